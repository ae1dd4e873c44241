from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from symbrain.atomic import write_bytes, write_json, write_text


def test_the_folder_is_made_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "c.txt"
    write_text(path, "größer\n")
    assert path.read_bytes() == "größer\n".encode()
    assert [p.name for p in path.parent.iterdir()] == ["c.txt"]


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "c.bin"
    write_bytes(path, b"a long content")
    write_bytes(path, b"short")
    assert path.read_bytes() == b"short"


def test_what_fails_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "c.txt"
    write_text(path, "old")

    def full(self: Path, target: Path) -> None:
        msg = "No space left on device"
        raise OSError(msg)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["c.txt"]


def test_a_full_disk_is_told_with_the_file_that_it_was_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left") as raised:
        write_text(tmp_path / "c.txt", "new")
    assert raised.value.filename == str(tmp_path / "c.txt")


def test_json_is_readable_and_never_nan(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    write_json(path, {"side": "größer", "n": [1, 2.5, None]})
    assert json.loads(path.read_text(encoding="utf-8")) == {"side": "größer", "n": [1, 2.5, None]}
    assert "größer" in path.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="JSON"):
        write_json(path, {"n": float("nan")})
    assert json.loads(path.read_text(encoding="utf-8"))["n"] == [1, 2.5, None]
