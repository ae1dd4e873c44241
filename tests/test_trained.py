from __future__ import annotations

from pathlib import Path
from typing import Any

from symbrain.trained import read_training, record_path, train_once


def test_the_same_training_is_not_done_twice(tmp_path: Path) -> None:
    record, weights, done = record_path(tmp_path, "train_midline", "midline"), tmp_path / "weights", []

    def train() -> dict[str, Any]:
        done.append(1)
        weights.write_text(f"weights {len(done)}")
        return {"slices": 3}

    train_once(record, "a", [weights], train)
    assert read_training(record)["slices"] == 3
    before = [path.stat().st_mtime_ns for path in (record, weights)]
    train_once(record, "a", [weights], train)
    assert len(done) == 1
    after = [path.stat().st_mtime_ns for path in (record, weights)]
    assert all(new >= old for new, old in zip(after, before, strict=True))
    train_once(record, "b", [weights], train)
    assert len(done) == 2
    weights.write_text("changed by hand")
    train_once(record, "b", [weights], train)
    weights.unlink()
    train_once(record, "b", [weights], train)
    assert len(done) == 4


def test_a_training_without_weights_is_remembered_too(tmp_path: Path) -> None:
    record, done = record_path(tmp_path, "train_asymmetry", "0"), []

    def train() -> dict[str, Any]:
        done.append(1)
        return {"why": "There are too few."}

    for _ in range(2):
        train_once(record, "a", [tmp_path / "weights"], train)
    assert done == [1]
    assert read_training(record)["why"] == "There are too few."
