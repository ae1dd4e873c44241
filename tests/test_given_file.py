"""Files that somebody gave: plain ones of a plausible size are read, and nothing is waited for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from symbrain.given_file import open_given, read_given, text_given


def test_a_plain_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"\xef\xbb\xbfone\r\ntwo\rthree\n")
    assert read_given(path) == path.read_bytes()
    assert text_given(path) == "one\ntwo\nthree\n"
    (tmp_path / "link").symlink_to(path)
    assert read_given(tmp_path / "link") == path.read_bytes()


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "gone", "loop", "large"])
def test_anything_else_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "large":
        path.write_bytes(bytes(11))
    elif kind != "gone":
        path.symlink_to("/dev/zero" if kind == "device" else path.name)
    with pytest.raises(OSError, match=kind) as refusal:
        read_given(path, most=10)
    assert refusal.value.strerror


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="it is no plain file"):
        open_given(tmp_path / "pipe")
