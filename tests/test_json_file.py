"""JSON files: an object and what it says, or a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from symbrain.errors import BadInput
from symbrain.json_file import read_object, understood


def test_an_object_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"n": [1, 2.5, null], "é": "x"}', encoding="utf-8")
    assert read_object(tmp_path / "a.json") == {"n": [1, 2.5, None], "é": "x"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is no JSON"),
        (b"{", "is no JSON"),
        (b"\xff", "is no JSON"),
        (b"[" * 200_000, "is no JSON"),
        (b"[1]", "holds a list"),
        (b"9" * 5000, "is no JSON"),
        (b"null", "holds a NoneType"),
        (None, "cannot be read"),
    ],
)
def test_anything_else_is_a_sentence(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    if content is not None:
        (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(BadInput, match=rf"^a\.json {sentence}.*make it anew$"):
        read_object(tmp_path / "a.json")


@pytest.mark.parametrize(
    "read",
    [lambda told: told["b"], lambda told: float(told["a"]), lambda told: told["a"]["x"], lambda told: 1 // told["n"]],
)
def test_what_cannot_be_understood_is_a_sentence(read: Callable[[Any], Any]) -> None:
    with pytest.raises(BadInput, match=r"^a\.json is not as it was written \(.+\); train anew$"):
        understood(read, {"a": "x", "n": 0}, "a.json", "train anew")
