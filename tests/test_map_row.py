"""A map judged on its scan's midline: a stroke that no anatomical scan shows, and maps that cannot be used."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import nibabel as nib
import numpy as np
import pytest

import symbrain
from heads import LESION, head, volume_of, walk
from results import SCORE, dataset, listed, results
from symbrain.cli import main
from symbrain.cohort import file_digest, read_record
from symbrain.columns import MAPS
from symbrain.derivatives import Upright
from symbrain.map_row import JudgedMap, judge_map
from symbrain.mirror_difference import METHOD as CLASSICAL
from symbrain.models import NETWORK, Models
from symbrain.phantom import Lesion
from symbrain.settings import ScoreSettings
from symbrain.stages import score
from symbrain.tables import read_table, records
from symbrain.volume import read_map, write_volume
from symbrain.walk import unbiased

MODELS = Models(None, None, of_cohort=True)
WEEKS = 40.0
Side = Literal["left", "right"]
Row = dict[str, Any]


def stroke(side: Side) -> Lesion:
    return Lesion("stroke", side, 20.0, 0.0)


def row_of(number: int) -> Row:
    return dataset()[1][number - 1]


@cache
def upright(seed: int, side: Side | None = None) -> Upright:
    """The upright T2w of a head, with or without a stroke."""
    lesion = None if side is None else stroke(side)
    aligned = walk(volume_of(head(seed, scan_age_weeks=WEEKS, lesion=lesion))).aligned
    image = unbiased(aligned.image, aligned.grid.affine, aligned.bias)
    return Upright(image, aligned.mask, aligned.grid)


def adc(folder: Path, seed: int, side: Side | None = None, **options: object) -> Path:
    """Write the ADC map of a head, in slices of 4 mm unless told otherwise."""
    lesion = None if side is None else stroke(side)
    given = {"spacing_mm": 2.0, "scan_age_weeks": WEEKS, "lesion": lesion, "modality": "ADC", "noise": 0.08, **options}
    phantom = head(seed, **given)
    path = folder / "sub-1_ADC.nii.gz"
    write_volume(path, phantom.image, phantom.affine)
    return path


def judged(folder: Path, seed: int, side: Side | None = None, models: Models = MODELS, **options: object) -> JudgedMap:
    path = adc(folder, seed, side, **options)
    return judge_map(path, f"sub-1/dwi/{path.name}", row_of(1), upright(seed, side), models, ScoreSettings())


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "side"), [(1, "left"), (4, "right")])
def test_a_stroke_that_t2w_does_not_show_is_found_on_the_map(tmp_path: Path, seed: int, side: Side) -> None:
    plain, ill = judged(tmp_path, seed), judged(tmp_path, seed, side)
    assert np.array_equal(upright(seed).image, upright(seed, side).image), "T2w shows nothing"
    assert ill.row["asymmetry_side"] == ill.row["classical_side"] == side
    assert ill.row["asymmetry_score"] > 3 * plain.row["asymmetry_score"]
    assert ill.row["asymmetry_score_low"] > plain.row["asymmetry_score_high"], "a normal map stays quiet"
    assert ill.asymmetry is not None
    grid, truth = upright(seed, side).grid, head(seed, scan_age_weeks=WEEKS, lesion=stroke(side))
    hottest = grid.to_scan @ grid.affine @ [*np.unravel_index(ill.asymmetry.heat.argmax(), grid.shape), 1]
    assert np.linalg.norm(hottest[:3] - truth.lesion_center_mm) < 12


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "side"), [(1, "left"), (4, "right")])
def test_the_network_finds_it_too(tmp_path: Path, seed: int, side: Side) -> None:
    plain, ill = (judged(tmp_path, seed, one, Models.given(None)) for one in (None, side))
    assert ill.row["asymmetry_method"] == NETWORK
    assert ill.row["scored_by"] == "packaged"
    assert ill.row["asymmetry_side"] == side
    assert ill.row["asymmetry_score"] > 1.5 * plain.row["asymmetry_score"]


@pytest.mark.slow
def test_the_row_says_what_it_comes_from(tmp_path: Path) -> None:
    found = judged(tmp_path, 1)
    assert {c.name for c in MAPS} == {*found.row, "reason"}
    assert (found.row["map"], found.row["path"]) == ("ADC", "sub-1/dwi/sub-1_ADC.nii.gz")
    assert found.row["asymmetry_method"] == CLASSICAL
    assert found.row["input_sha256"] == file_digest(tmp_path / "sub-1_ADC.nii.gz")
    assert found.row["coverage"] == pytest.approx(1, abs=0.01)
    assert found.heatmap == "map-ADC_desc-asymmetry_heatmap.nii.gz"


@pytest.mark.slow
def test_another_grid_changes_little(tmp_path: Path) -> None:
    """A map of 3 mm in another field of view lies in the same world."""
    own = judged(tmp_path, 1, "left").row
    coarse = judged(tmp_path, 1, "left", spacing_mm=3.0, noise=0.04, shape=(56, 60, 40)).row
    assert coarse["asymmetry_side"] == own["asymmetry_side"] == "left"
    assert coarse["asymmetry_score"] == pytest.approx(own["asymmetry_score"], rel=0.3)


def broken(kind: str, folder: Path) -> Path:
    path = adc(folder, 1)
    image = nib.load(path)
    data, affine = image.get_fdata(dtype=np.float32), image.affine.copy()
    if kind == "missing":
        path.unlink()
    elif kind == "short":
        path.write_bytes(path.read_bytes()[:-4000])
    elif kind == "elsewhere":
        affine[0, 3] += 400
    elif kind == "nan":
        data[:] = np.nan
    elif kind == "nan in the brain":
        data[head(1, scan_age_weeks=WEEKS).mask] = np.nan
    if kind not in ("missing", "short"):
        nib.save(nib.Nifti1Image(data, affine), path)
    return path


REFUSED = {
    "missing": "cannot be read",
    "short": "truncated",
    "elsewhere": "in 0% of the brain",
    "nan": "is not finite in 100%",
    "nan in the brain": "within the head",
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", REFUSED)
def test_a_map_that_cannot_be_used_has_a_sentence_and_no_number(tmp_path: Path, kind: str) -> None:
    path = broken(kind, tmp_path)
    found = judge_map(path, f"dwi/{path.name}", row_of(1), upright(1), MODELS, ScoreSettings())
    assert found.asymmetry is None
    assert REFUSED[kind] in found.row["reason"]
    assert path.name in found.row["reason"]
    assert not [name for name in found.row if name.startswith(("asymmetry", "classical", "laterality", "deviation"))]


def with_maps(folder: Path) -> tuple[Path, list[Row]]:
    """A copy of the results in which the second and the third scan have a map; the third was excluded by align."""
    copy, root = Path(shutil.copytree(results(), folder / "results")), folder / "data"
    rows = [row | {"maps_paths": f"dwi/sub-{n}_ADC.nii.gz" if n in (2, 3) else None}
            for n, row in enumerate(dataset()[1], 1)]  # fmt: skip
    phantom = head(2, spacing_mm=2.5, lesion=stroke("right"), modality="ADC")
    write_volume(root / "dwi" / "sub-2_ADC.nii.gz", phantom.image, phantom.affine)
    listed(copy, rows, root)
    return copy, rows


def scored_again(copy: Path) -> tuple[set[str], list[Row]]:
    """Score and gather; return which scans were computed anew, and the table of maps."""

    def outputs() -> dict[str, int]:
        return {path.stem: path.stat().st_mtime_ns for path in (copy / "chunks" / "score" / "scans").glob("*.json")}

    before = outputs()
    score.run(copy, 0, SCORE)
    score.gather(copy)
    anew = {name for name, time in outputs().items() if before[name] != time}
    return anew, records(read_table(copy / "maps.tsv", "maps"))


@pytest.mark.slow
def test_the_stage_judges_maps_and_only_their_scans_again(tmp_path: Path) -> None:
    copy, rows = with_maps(tmp_path)
    anew, (second, third) = scored_again(copy)
    assert anew == {rows[1]["scan_id"]}
    assert (second["scan_id"], second["asymmetry_side"]) == (rows[1]["scan_id"], "right")
    assert row_of_scores(copy, rows[1])["asymmetry_side"] == LESION.side == "left", "the scan has another lesion"
    assert third["reason"].startswith("its scan was excluded at the stage align:")
    ending = f"{rows[1]['scan_id']}_map-ADC_desc-asymmetry_heatmap.nii.gz"
    heat, scan = read_map(next(copy.rglob(ending))), nib.load(dataset()[0] / rows[1]["path"])
    phantom = head(2, spacing_mm=2.5, lesion=stroke("right"))
    assert np.allclose(np.abs(heat.affine[:3, :3]), np.abs(scan.affine[:3, :3]))
    hottest = heat.to_world(np.argwhere(heat.data > 0.8 * heat.data.max())).mean(axis=0)
    assert np.linalg.norm(hottest - phantom.lesion_center_mm) < stroke("right").diameter_mm / 2

    assert scored_again(copy)[0] == set(), "nothing has changed"
    (tmp_path / "data" / "dwi" / "sub-2_ADC.nii.gz").write_bytes(b"no image")
    anew, (second, _) = scored_again(copy)
    assert anew == {rows[1]["scan_id"]}
    assert "sub-2_ADC.nii.gz is not a NIfTI file" in second["reason"]
    assert not list(copy.rglob(ending)), "what an earlier map said is gone"
    assert row_of_scores(copy, rows[1])["asymmetry_side"] == "left", "the scan itself stays"
    (tmp_path / "data" / "dwi" / "sub-2_ADC.nii.gz").unlink()
    anew, (second, _) = scored_again(copy)
    assert anew == {rows[1]["scan_id"]}
    assert "cannot be read" in second["reason"]


def row_of_scores(folder: Path, scan: Row) -> Row:
    (row,) = (r for r in records(read_table(folder / "scores.tsv", "scores")) if r["scan_id"] == scan["scan_id"])
    return row


@pytest.mark.slow
def test_a_scan_that_fails_its_check_takes_its_map_along(tmp_path: Path) -> None:
    copy, rows = with_maps(tmp_path)
    score.run(copy, 0, replace(SCORE, fail_confidence=1.0))
    score.gather(copy)
    second, _ = records(read_table(copy / "maps.tsv", "maps"))
    assert second["reason"].startswith("its scan failed its quality check")
    assert second["asymmetry_score"] is None
    assert "maps" in read_record(copy, "score", rows[1]["scan_id"]).row


@pytest.mark.slow
def test_a_person_names_a_map_with_the_scan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = {"spacing_mm": 2.5, "scan_age_weeks": WEEKS, "lesion": stroke("right")}
    scan, out = tmp_path / "sub-1_T2w.nii.gz", tmp_path / "out"
    write_volume(scan, head(1, **options).image, head(1, **options).affine)
    path = adc(tmp_path, 1, "right", spacing_mm=3.0)
    words = ["score", str(scan), "--map", str(path), "--out", str(out)]
    assert main(words) == 0
    (row,) = records(read_table(out / "maps.tsv", "maps"))
    assert (row["scan_id"], row["map"], row["path"]) == ("sub-1_T2w", "ADC", "sub-1_ADC.nii.gz")
    assert row["asymmetry_side"] == "right"
    written = nib.load(out / "sub-1_T2w_map-ADC_desc-asymmetry_heatmap.nii.gz")
    (found,) = symbrain.score(scan, maps=[path], device="cpu").maps
    assert found.row["asymmetry_score"] == pytest.approx(row["asymmetry_score"], rel=1e-4)
    np.testing.assert_array_equal(written.get_fdata(), found.asymmetry.heat.get_fdata())
    assert written.shape == nib.load(scan).shape

    path.write_bytes(b"")
    assert main(words) == 0, "a bad map does not stop its scan"
    (row,) = records(read_table(out / "maps.tsv", "maps"))
    assert "sub-1_ADC.nii.gz is empty" in row["reason"]
    assert not list(out.glob("*map-ADC*"))

    assert main([*words, "--map", str(tmp_path / "sub-2_ADC.nii.gz")]) == 2
    assert "two maps are called ADC" in capsys.readouterr().err
