from __future__ import annotations

import io
import re
import sys

import numpy as np
import pytest

from symbrain.costs import peak_mb, tell_costs


def test_a_log_ends_with_what_the_command_cost(capsys: pytest.CaptureFixture[str]) -> None:
    tell_costs("align")
    said = capsys.readouterr()
    assert said.out == ""
    assert re.fullmatch(r"align: took [\d.]+ s, [\d.]+ s of processor time, \d+ MB at most\n", said.err)


def test_a_terminal_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)
    tell_costs("align")
    assert terminal.getvalue() == ""


@pytest.mark.slow
def test_memory_is_told_in_megabytes() -> None:
    before = peak_mb()
    held = np.ones(int(before * 1e6 / 8 + 4e7))  # more than all that was held so far
    assert peak_mb() >= held.nbytes / 1e6
