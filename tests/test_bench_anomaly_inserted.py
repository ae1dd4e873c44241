"""Lesions put into brains that are there already, of a suite and of a dataset that somebody names."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

import anomaly_bids
from anomaly_bids import about, cases_of, results_of, run
from anomaly_scans import Scans, find_scans
from inserted import Brain, rows_of_brain
from methods import Method, get
from rows import read
from scenes import as_aligned, render
from suites import FIRST_SEED, Case
from symbrain.atomic import write_json
from symbrain.errors import BadInput
from symbrain.models import Models
from symbrain.phantom import KINDS, make_head
from symbrain.tables import write_table
from symbrain.volume import write_volume

LESION = {"kind": "haemorrhage", "side": "left", "diameter_mm": 16.0, "contrast_sd": 6.0, "half": "test", "place": 3}
BRIGHTEST = Method("brightest", score=lambda image, mask, *_: (float(image[mask].max()), "none", image * mask))


@cache
def brain() -> Brain:
    options = {"spacing_mm": 3.0, "max_tilt_deg": 1.0, "max_shift_mm": 0.7, "weeks": 38.0, "modality": "T2w"}
    case = Case("normal", 0, "score", FIRST_SEED - 50, options)
    return Brain(as_aligned(render(case), bias=np.ones((), np.float32)))


def lesion(**other: Any) -> Case:
    return Case("sick", 0, "score", 11, LESION | other)


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_lesion_changes_its_own_side_and_nothing_far_from_it(side: str) -> None:
    well, sick = brain().upright, brain().with_lesion(lesion(side=side))
    assert sick.changed is not None
    assert sick.changed.sum() * 27 == pytest.approx(np.pi * 16**3 / 6, rel=0.35)
    moved = np.argwhere(np.abs(sick.image - well.image) > 1e-4 * well.image.max())
    middle = (well.image.shape[0] - 1) / 2
    assert ((moved[:, 0] < middle) == (side == "left")).all()
    center = np.argwhere(sick.changed).mean(axis=0)
    assert np.linalg.norm((moved - center) * 3.0, axis=1).max() < 2.2 * 8 + 12
    assert brain().with_lesion(Case("normal", 0, "score", 11, {})) is well


def test_equal_places_are_equal_whatever_else_is_asked_for() -> None:
    def center(**other: Any) -> np.ndarray:
        changed = brain().with_lesion(lesion(**other)).changed
        return np.asarray(np.argwhere(changed).mean(axis=0))

    assert np.linalg.norm(center() - center(half="train")) < 2
    assert np.linalg.norm(center() - center(place=4)) > 2


def test_a_brain_is_asked_for_what_is_missing_only() -> None:
    cases = [Case("normal", 0, "score", 11, {}), lesion()]
    oracle = get("oracle")
    rows = [row for some in rows_of_brain(brain(), cases, [BRIGHTEST, oracle], {}, _never, places=True) for row in some]
    assert [(row["cell"], row["method"]) for row in rows] == [
        ("normal", "brightest"),
        ("sick", "brightest"),
        ("sick", "oracle"),
    ]
    assert rows[0]["clusters"]
    assert rows[1]["overlap"]
    assert rows[2]["score"] > rows[2]["reference"]
    assert {row["seed"] for row in rows} == {11}
    left = list(rows_of_brain(brain(), cases, [BRIGHTEST], {}, lambda case, _: case.cell == "normal", places=False))
    assert [(row["cell"], "overlap" in row) for some in left for row in some] == [("sick", False)]


def _never(_case: Case, _method: str) -> bool:
    return False


def test_each_scan_bears_every_kind_and_both_laws_at_one_place() -> None:
    cases = {case.cell: case for case in cases_of(5, 2)}
    assert {case.options["kind"] for case in cases.values() if case.has("kind")} == set(KINDS)
    one, other = cases["pooled_16mm_3sd"], cases["pooled_16mm_3sd_trained_law"]
    assert {key for key in one.options if one.options[key] != other.options[key]} == {"half"}
    places = [case.options["place"] for case in cases.values() if case.has("kind")]
    assert len(set(places)) == len(places) - 1
    for name in cases:
        sides = [next(c for c in cases_of(n, n) if c.cell == name).options.get("side") for n in range(4)]
        assert name == "normal" or sides.count("left") == 2


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two infants, one with a radiology score of 4, and a file that is no image."""
    root = tmp_path_factory.mktemp("bids")
    for number, score in ((1, 1), (2, 4)):
        folder = root / f"sub-{number:02d}" / "ses-1" / "anat"
        head = make_head(number, spacing_mm=3.0, scan_age_weeks=39.0, max_tilt_deg=8.0)
        folder.mkdir(parents=True)
        write_volume(folder / f"sub-{number:02d}_ses-1_T2w.nii.gz", head.image, head.affine)
        sheet = f"session_id\tscan_age\tradiology_score\n1\t39.0\t{score}\n"
        (root / f"sub-{number:02d}" / f"sub-{number:02d}_sessions.tsv").write_text(sheet)
    write_json(root / "dataset_description.json", {"Name": "two", "BIDSVersion": "1.10.0"})
    return root


def plain(scans: Scans) -> Scans:
    """Return the scans without any network."""
    return replace(scans, models=Models(None, None, of_cohort=False))


@pytest.mark.slow
def test_a_dataset_is_measured_resumed_and_left_as_it_was(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anomaly_bids, "FOLDER", tmp_path)
    before = {path: path.stat().st_mtime_ns for path in dataset.rglob("*")}
    scans = plain(find_scans(dataset, None))
    assert (len(scans.rows), scans.abnormal, scans.weeks(0)) == (1, 1, 39.0)
    results = results_of(scans, 3.0)
    run(scans, [0], results, 3.0, [BRIGHTEST, get("oracle")])
    rows = read([results.path])[1]
    cells = [case.cell for case in cases_of(0, 0)]
    assert rows.groupby("method")["cell"].apply(list).to_dict() == {"brightest": cells, "oracle": cells[1:]}
    assert rows["side_true"].notna().sum() == 2 * (len(cells) - 1)
    assert (rows["weeks"].dropna() == 39.0).all()
    whole = results.path.read_text(encoding="utf-8")
    monkeypatch.setattr(Scans, "upright", lambda *_: pytest.fail("all is measured"))
    run(scans, [0], results_of(scans, 3.0), 3.0, [BRIGHTEST, get("oracle")])
    assert results.path.read_text(encoding="utf-8") == whole
    assert {path: path.stat().st_mtime_ns for path in dataset.rglob("*")} == before
    assert "1 usable scans that a radiologist" in about(scans, 1, 3.0)
    assert "So few normals" in about(scans, 1, 3.0)


def test_each_scan_is_scored_by_the_copy_that_never_saw_its_family() -> None:
    asked: list[int | None] = []

    def compare(image: Any, mask: Any, spacing_mm: float, fold: int | None) -> Any:
        asked.append(fold)
        return SimpleNamespace(score=1.0, side="left", heat=image)

    class Trained(Models):
        asymmetry = SimpleNamespace(compare=compare)  # type: ignore[assignment]
        packaged = False  # type: ignore[assignment]

    rows = tuple(
        {"family_id": f"f{k}", "split": split, "fold": k} for k, split in enumerate(("train", "test", "train"))
    )
    scans = Scans(Path(), rows, Trained(None, Path(), of_cohort=True), 0)
    for number in range(3):
        method = scans.network(number)
        assert method is not None
        assert method.score is not None
        method.score(np.zeros((3, 3, 3)), None, 1.0, 40.0, "T2w")
    assert asked == [0, None, 2]
    assert [scans.infant(number) for number in range(3)] == [0, 1, 2]


def test_results_of_another_dataset_are_refused(tmp_path: Path) -> None:
    write_table(tmp_path / "results" / "scans.tsv", "scans", [])
    write_json(tmp_path / "results" / "chunks" / "ingest.json", {"bids_dir": str(tmp_path / "mine")})
    with pytest.raises(BadInput, match=r"not of .*yours"):
        find_scans(tmp_path / "yours", tmp_path / "results")


def test_unknown_ages_are_those_of_the_others() -> None:
    rows = tuple({"scan_age_weeks": age} for age in (30.0, None, 34.0))
    scans = Scans(Path(), rows, Models(None, None, of_cohort=False), 0)
    assert [scans.weeks(number) for number in range(3)] == [30.0, 32.0, 34.0]
    assert replace(scans, rows=rows[1:2]).weeks(0) == 40.0
