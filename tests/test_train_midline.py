"""The stage train_midline: what it hands to the training, and that it is not done twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cohorts import infants, write_cohort
from symbrain.published import import_symbrain
from symbrain.published_row import SCHEMA, line_text, png_of
from symbrain.settings import TrainMidlineSettings
from symbrain.stages import train_midline

SETTINGS = TrainMidlineSettings(steps=1, batch=4)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Put a stand-in in the place of the training, which notes what it was called with and writes a bundle's files."""
    noted: list[tuple[Any, ...]] = []

    def stand_in(cohort: Any, out: Path, settings: Any, *, seed: int, start: Path | None, threads: int) -> None:
        noted.append((list(cohort), settings, seed, start, threads))
        (out / "models").mkdir(parents=True, exist_ok=True)
        (out / "models" / "model.safetensors").write_text(f"weights {len(noted)}")
        (out / "SHA256SUMS").write_text(f"sums {len(noted)}")

    monkeypatch.setattr("symbrain.learning.midline_training.train_midline", stand_in)
    monkeypatch.setattr(train_midline, "packaged_or_none", lambda name: None)
    return noted


def test_every_slice_is_handed_over_with_its_split(
    tmp_path: Path, calls: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = infants(3)
    rows[1] |= {"split": "val"}
    rows[2] |= {"split": "test", "radiology_score": 5}
    train_midline.run(write_cohort(tmp_path, rows), SETTINGS, seed=4, threads=2)
    ((cohort, settings, seed, start, threads),) = calls
    assert [(s.participant_id, s.split) for s in cohort] == [
        (row["participant_id"], row["split"]) for row in rows for _ in range(2)
    ]
    assert all(s.line is not None and s.pixels.ndim == 2 for s in cohort)
    assert (settings, seed, start, threads) == (SETTINGS, 4, None, 2)
    assert "starts from scratch" in capsys.readouterr().err


@pytest.mark.slow
def test_slices_in_the_published_layout_are_trained_on_by_participant(
    tmp_path: Path, calls: list[tuple[Any, ...]]
) -> None:
    image = png_of(np.random.default_rng(1).random((290, 290), np.float32))
    rows = [
        {"image": {"bytes": image, "path": ""}, "line": line_text(((30, 140), (250, 146))), "rad_score": "1"}
        | {"session": session}
        for session in range(1, 9)
        for _ in range(3)
    ]
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), tmp_path / "train.parquet")
    twins = "".join(f"{n}\tsub-{(n + 1) // 2}\n" for n in range(1, 9))  # each infant was scanned twice
    (tmp_path / "sessions.tsv").write_text("session\tparticipant_id\n" + twins)
    import_symbrain(tmp_path / "train.parquet", tmp_path / "set", tmp_path / "sessions.tsv")
    train_midline.run(tmp_path / "set", SETTINGS, seed=4)
    cohort = calls[0][0]
    assert len(cohort) == 24
    assert all(len({s.split for s in cohort if s.participant_id == f"sub-{n}"}) == 1 for n in range(1, 5))
    assert [s.line.angle_deg for s in cohort] == pytest.approx([1.562] * 24, abs=0.01)


def test_it_is_not_trained_twice(tmp_path: Path, calls: list[tuple[Any, ...]]) -> None:
    results = write_cohort(tmp_path, infants(2))
    for seed in (1, 1, 2, 2):
        train_midline.run(results, SETTINGS, seed=seed)
    assert len(calls) == 2
    train_midline.run(write_cohort(tmp_path, infants(3)), SETTINGS, seed=2)
    assert len(calls) == 3


@pytest.mark.slow
def test_a_bundle_comes_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from symbrain.models import Models

    monkeypatch.setattr(train_midline, "packaged_or_none", lambda name: None)
    train_midline.run(write_cohort(tmp_path, infants(2)), SETTINGS, seed=1)
    models = Models.of_results(tmp_path)
    assert models.midline is not None
    assert models.weights_sha256()[1] is None


def test_memory_does_not_grow_with_the_cohort() -> None:
    scans = [({"scan_id": f"scan{n}", "split": ("train", "val", "test")[n % 3]}, "") for n in range(3000)]
    used = train_midline.some_of(scans)
    assert Counter(scan["split"] for scan, _ in used) == train_midline.MOST
    assert used == sorted(used, key=lambda one: int(one[0]["scan_id"][4:]))  # in the order in which they came
    assert train_midline.some_of(scans[::-1]) == used[::-1]  # chosen by their names alone
    assert train_midline.some_of(scans[:300]) == scans[:300]
