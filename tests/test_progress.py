from __future__ import annotations

import io
import sys

import pytest

from symbrain.progress import track


def test_a_log_has_one_line_a_thing_on_the_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    things = [{"scan_id": "a"}, {"scan_id": "b"}]
    assert list(track(things, "align 3")) == things
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "align 3: 1/2 a\nalign 3: 2/2 b\n"


def test_the_line_comes_before_the_work(capsys: pytest.CaptureFixture[str]) -> None:
    next(iter(track(["a.nii", "b.nii"], "score")))
    assert capsys.readouterr().err == "score: 1/2 a.nii\n"


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)
    assert list(track([1, 2, 3], "align")) == [1, 2, 3]
    assert "align" in terminal.getvalue()
