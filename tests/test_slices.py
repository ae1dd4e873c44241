"""The stage slices: slices in native pose, each with its midline, by the plane or by raters."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from results import SLICES, dataset, derivative, listed, results
from symbrain.plane import Plane
from symbrain.slice import cut
from symbrain.slice_table import read_slices
from symbrain.stages import slices
from symbrain.tables import read_table, records
from symbrain.volume import read_scan
from trees import table


def test_each_portion_is_a_slice_of_the_scan_with_the_planes_line() -> None:
    root, rows = dataset()
    scan = read_scan(root / rows[0]["path"])
    plane = Plane.from_dict(json.loads(derivative(1, "midline.json").read_text()))
    read = read_slices(derivative(1, "slices.parquet"))
    assert [one.image.fraction for one in read] == list(SLICES.fractions)
    for one in read:
        assert one.image.index == round(one.image.fraction * scan.volume.shape[2])
        original = cut(scan.volume, "axial", one.image.index, one.image.fraction)
        assert np.corrcoef(original.pixels.ravel(), one.image.pixels.ravel())[0, 1] > 0.99999
        assert (one.source, one.scan_id, one.modality) == ("plane", "sub-01_ses-1_T2w", "T2w")
        assert one.line is not None
        np.testing.assert_allclose(plane.distance_mm(one.image.to_world(one.line.points)), 0, atol=1e-6)
        assert one.curve is not None
        assert np.abs(one.curve.departure_mm(one.line)).max() <= SLICES.band_mm


def test_only_scans_that_were_aligned_have_slices() -> None:
    assert derivative(2, "slices.parquet").exists()
    assert not derivative(3, "slices.parquet").exists()
    manifest = (results() / "chunks" / "slices" / "0.tsv").read_text().splitlines()
    assert [line[:6] for line in manifest[1:]] == ["sub-01", "sub-02"]


def test_a_scan_that_changed_since_it_was_aligned_is_excluded_until_it_is_aligned_again(tmp_path: Path) -> None:
    root, rows = dataset()
    folder, own = Path(shutil.copytree(results(), tmp_path / "results")), tmp_path / "data" / rows[0]["path"]
    own.parent.mkdir(parents=True)
    shutil.copyfile(root / rows[1]["path"], own)  # another head on the same grid
    listed(folder, rows[:1], tmp_path / "data")
    shutil.rmtree(folder / "chunks" / "slices")  # as after align, before the first slice was cut
    slices.run(folder, 0, SLICES)
    (reason,) = (row["reason"] for row in records(read_table(folder / "chunks" / "slices" / "0.tsv", "manifest")))
    assert reason is not None
    assert "has changed since it was aligned (its digest was" in reason
    shutil.copyfile(root / rows[0]["path"], own)
    slices.run(folder, 0, SLICES)
    assert "excluded" not in (folder / "chunks" / "slices" / "0.tsv").read_text()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the results that a test may write to."""
    return Path(shutil.copytree(results(), tmp_path / "results"))


def annotated(copy: Path, *lines: str) -> Path:
    header = "participant_id session_id modality plane slice_index x0 y0 x1 y1 rater"
    return table(copy / "annotations.tsv", header, *lines)


def test_a_raters_line_takes_the_place_of_the_planes_in_its_slice_only(copy: Path) -> None:
    path = copy / "sub-01" / "ses-1" / "anat" / "sub-01_ses-1_T2w_slices.parquet"
    first, second = (one.image.index for one in read_slices(path))
    drawn = annotated(
        copy,
        f"sub-01 ses-1 T2w axial {first} 4 20 50 30 anna",
        f"sub-01 ses-1 T2w axial {first} 50 32 4 22 ben",
        f"sub-01 ses-1 T1w axial {second} 4 20 50 30 anna",
        f"sub-02 ses-1 T2w coronal {second} 4 20 50 30 anna",
    )
    before = read_slices(path)
    slices.run(copy, 0, SLICES, annotations=drawn)
    rated, plain = read_slices(path)
    assert (rated.source, plain.source) == ("rater", "plane")
    assert rated.line is not None
    np.testing.assert_allclose(rated.line.points, [[4, 21], [50, 31]])
    assert plain.line == before[1].line
    np.testing.assert_array_equal(rated.image.pixels, before[0].image.pixels)
    assert {one.source for one in read_slices(derivative(2, "slices.parquet"))} == {"plane"}
    slices.run(copy, 0, SLICES)
    assert read_slices(path)[0].source == "plane", "without the table the plane's line is back"


def test_other_settings_cut_other_slices(copy: Path) -> None:
    path = copy / "sub-01" / "ses-1" / "anat" / "sub-01_ses-1_T2w_slices.parquet"
    written = path.stat().st_mtime_ns
    slices.run(copy, 0, SLICES)
    assert path.stat().st_mtime_ns == written
    slices.run(copy, 0, type(SLICES)(orientations=("axial", "coronal"), fractions=(0.5,), fraction_of="brain"))
    assert [one.image.orientation for one in read_slices(path)] == ["axial", "coronal"]
