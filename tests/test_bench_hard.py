"""The benchmark of hard cases: heads are reproducible, the truth goes with what is done to them, tables count right."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from hard import measure
from hard_heads import FIRST_SEED, KINDS, REAL, HardHead, cut_off, in_thick_slices, make, padded, seed_of, uneven
from hard_masks import mask_figures
from hard_report import report
from hard_rows import COLUMNS, HardResults, read_rows
from heads import head, mask_of, volume_of
from symbrain.volume import Volume


def hard_head(**options: object) -> HardHead:
    phantom = head(3, spacing_mm=1.5, symmetric=True, max_tilt_deg=30.0, **options)
    about = (phantom.plane, phantom.center_mm, phantom.scan_age_weeks, phantom.modality)
    return HardHead(volume_of(phantom), mask_of(phantom), *about)


CHANGES: dict[str, Callable[[HardHead], HardHead]] = {
    "cropped below": lambda h: cut_off(h, 2, slice(17, None)),
    "cropped on the right": lambda h: cut_off(h, 0, slice(None, 62)),
    "padded below": lambda h: padded(h, 1, False, 20.0),
    "padded above": lambda h: padded(h, 0, True, 30.0),
    "thick sagittal": lambda h: in_thick_slices(h, 0, 3),
    "thick axial": lambda h: in_thick_slices(h, 2, 3),
    "uneven": lambda h: uneven(h, 0.9, np.array([1.0, 0.5, -0.3])),
}


@pytest.mark.parametrize("name", [name for name in CHANGES if name != "uneven"])
def test_every_voxel_stays_where_it_is_in_the_world(name: str) -> None:
    """A linear image is its own block mean, and so is any part of it."""
    plain = hard_head()
    ramp = plain.plane.distance_mm(plain.volume.grid_mm()).astype(np.float32)
    mask = np.ones(plain.mask.shape, bool)
    changed = CHANGES[name](replace(plain, volume=Volume(ramp, plain.volume.affine), mask=mask))
    assert changed.volume.shape == changed.mask.shape != plain.volume.shape
    expected = changed.plane.distance_mm(changed.volume.grid_mm())
    np.testing.assert_allclose(changed.volume.data[changed.mask], expected[changed.mask], atol=1e-3)


@pytest.mark.parametrize("name", CHANGES)
def test_the_plane_of_a_symmetric_head_is_still_the_true_one(name: str) -> None:
    row = measure("cropped", CHANGES[name](hard_head()))
    assert row["angle_deg"] < 0.5
    assert row["gap_mm"] < 0.3
    assert row["confidence"] > 0.5


def test_heads_are_pure_functions_of_seeds_that_are_never_trained_on() -> None:
    seeds = [seed_of(kind, number) for kind in KINDS for number in (0, 9999)]
    assert len(set(seeds)) == len(seeds)
    assert min(seeds) >= FIRST_SEED
    one, again, other = (make("one hemisphere", number) for number in (0, 0, 1))
    np.testing.assert_array_equal(one.volume.data, again.volume.data)
    assert one.plane == again.plane != other.plane


def test_masks_are_compared_about_the_true_plane() -> None:
    plain = hard_head()
    same = mask_figures(plain.mask, plain.mask, plain.plane, plain.volume)
    assert same == {"dice": 1.0, "side_percent": 0.0, "volume_percent": 0.0}
    left = plain.plane.distance_mm(plain.volume.grid_mm()) < 0
    half = mask_figures(plain.mask & left, plain.mask, plain.plane, plain.volume)
    assert half["dice"] == pytest.approx(2 / 3, abs=0.02)
    assert half["side_percent"] == pytest.approx(100, abs=1)
    assert half["volume_percent"] == pytest.approx(-50, abs=1)


def fake(kind: str, number: int, **found: Any) -> dict[str, Any]:
    about = {"kind": kind, "head": number, "seed": number, "modality": "T2w", "skull": 1, "seen": 1, "seconds": 0.5}
    errors = {"side_percent": -1.0, "volume_percent": 2.0}
    masks = errors | {f"otsu_{name}": value for name, value in errors.items()}
    masks |= {"dice": 0.95, "otsu_dice": 0.9}
    masks |= {f"line{i}_{error}": float(i) for i in (1, 2, 3) for error in ("angle_deg", "gap_mm")}
    return about | masks | {"angle_deg": 0.5, "gap_mm": 0.2, "start_angle_deg": 0.7, "confidence": 0.9} | found


ROWS = [
    *(fake("turned", number) for number in range(3)),
    fake("turned", 3, angle_deg=40.0, gap_mm=9.0, confidence=0.31),
    fake("cropped", 4, gap_mm=1.5, confidence=0.1, dice=None),
    {"kind": "cropped", "head": 5, "seed": 5, "modality": "T2w", "skull": 1, "confidence": 0.0},
    fake("fused hemispheres", 6, confidence=0.6, dice=None),
    fake(REAL, 7, skull=0),
]


def test_misses_and_their_confidence_are_told() -> None:
    text = report(pd.DataFrame(ROWS))
    assert "| turned | 4 | 0.50, 34.1, 40.0 | 0.20, 7.68, 9.00 | 75 % (19 to 99) of 4 | 1 | 0.31 | 0.70" in text
    assert "| cropped | 2 | 0.50, 0.50, 0.50 | 1.50, 1.50, 1.50 | 50 % (1 to 99) of 2 | 2 | 0.10 |" in text
    assert "| fused hemispheres | 1 | 0.60, 0.60 | 1 | 1 |" in text
    assert "| 0.5 to 0.8 | none | 0 % (0 to 98) of 1 |" in text
    assert "| 0.8 to 1 | 100 % (40 to 100) of 4 | 100 % (40 to 100) of 4 |" in text
    assert "| AUROC of being right | 1.00 (1.00 to 1.00), 3 wrong | 1.00 (1.00 to 1.00), 4 wrong |" in text
    assert "| hard, T2w, skull | 4 | 0.950, 0.950 | 0.900, 0.900 | 1.00, 1.00 | 1.00, 1.00 | +2.0 | +2.0 |" in text
    assert f"| {REAL}, T2w, stripped | 1 |" in text
    assert "| turned | 12 | 2.00, 3.00, 3.00 | 2.00, 3.00, 3.00 | 67 % (35 to 90) of 12 |" in text


def test_results_go_on_where_they_stopped(tmp_path: Path) -> None:
    path = tmp_path / "results" / "hard.tsv"
    for row in ROWS:
        HardResults(path).add(row)
    with path.open("a") as file:
        file.write("turned\t9")  # stopped in the middle of a line
    assert HardResults(path).done == {(row["kind"], row["head"]) for row in ROWS}
    rows = read_rows(path)
    assert list(rows.columns) == list(COLUMNS)
    assert report(rows) == report(pd.DataFrame(ROWS))


def test_the_sheet_shows_of_each_kind_the_first_and_the_worst() -> None:
    from hard_sheet import caption_of, chosen

    shown = chosen(pd.DataFrame([*ROWS, fake("usual", 8)]))
    assert list(shown["head"]) == [0, 1, 2, 3, 4, 5, 7, 6]
    captions = [caption_of(row) for _, row in shown.iterrows()]
    assert captions[3] == "turned, missed\n40.0°, 9.0 mm, confidence 0.31"
    assert captions[5] == "cropped\nno brain found"
    assert captions[7] == "fused hemispheres\nno midline, confidence 0.60"
