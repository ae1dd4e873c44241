"""The sheets of heat maps: which heads they show, and that left and right, front and back are where they are said."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from anomaly_sheet import Chosen, false_alarms, item_of, misses
from anomaly_sheet_figure import Item, view_through, write_sheet
from methods import Method
from suites import FIRST_SEED, Case

SHAPE = (21, 25, 17)


def judged() -> pd.DataFrame:
    rows = [
        ("cyst_12mm_3sd", "left", -1.0, False),
        ("cyst_12mm_3sd", "left", -2.0, False),
        ("cyst_12mm_3sd", "left", 5.0, True),
        ("haemorrhage_12mm_3sd", "right", 0.5, False),
        ("walk_lesion", "right", -9.0, False),
        ("normal", None, 3.0, True),
        ("normal", None, 4.0, True),
        ("normal", None, -3.0, False),
        ("ramp_20", None, 9.0, True),
    ]
    return pd.DataFrame(rows, columns=["cell", "side_true", "z", "alarm"])


def test_misses_are_the_lowest_of_each_kind_in_turn() -> None:
    found = misses(judged())
    assert list(zip(found["cell"], found["z"], strict=True)) == [
        ("cyst_12mm_3sd", -2.0),
        ("haemorrhage_12mm_3sd", 0.5),
        ("cyst_12mm_3sd", -1.0),
    ]
    assert len(misses(judged(), 2)) == 2


def test_false_alarms_are_the_highest_normals() -> None:
    assert false_alarms(judged())["z"].tolist() == [4.0, 3.0]
    assert false_alarms(judged(), 1)["z"].tolist() == [4.0]


def item() -> Item:
    """Return a head with one bright voxel to the right, in front and above of its middle, seen through it."""
    where = (16, 20, 13)
    image = np.full(SHAPE, 0.1, np.float32)
    image[where] = 1
    return Item(image, np.zeros(SHAPE, np.float32), image > 0.5, where, 2.0, "a\nb")


@pytest.mark.parametrize(("place", "on_viewers_left", "above"), [(0, True, True), (1, True, True), (2, True, True)])
def test_right_and_front_are_on_the_viewers_left(place: int, on_viewers_left: bool, above: bool) -> None:
    # Axial: right is left, front is up; coronal: right is left, crown is up; sagittal: front is left, crown is up.
    seen = view_through(item().image, item(), place).pixels
    (row,), (column,) = np.nonzero(seen > 0.5)
    assert (column < seen.shape[1] / 2) == on_viewers_left
    assert (row > seen.shape[0] / 2) == above  # rows are drawn from the lowest up
    other = replace(item(), image=item().image[::-1], where=(SHAPE[0] - 1 - 16, 20, 13))
    mirrored = view_through(other.image, other, place).pixels
    np.testing.assert_array_equal(mirrored, seen if place == 2 else seen[:, ::-1])


def test_sheet_has_the_colours_of_truth_and_heat(tmp_path: Path) -> None:
    hot = replace(item(), heat=np.where(np.indices(SHAPE)[0] > 12, np.float32(6), np.float32(0)))
    write_sheet([hot, item(), replace(hot, truth=None)], "test", tmp_path / "sheet.png")
    whole = np.asarray(Image.open(tmp_path / "sheet.png").convert("RGB"), int)
    assert whole.shape[0] > whole.shape[1] * 0.4
    rows = whole.reshape(-1, 3)
    blue = (np.abs(rows - [0x56, 0xB4, 0xE9]).max(axis=1) < 25).sum()
    yellow = ((rows[:, 0] > 120) & (rows[:, 1] > 120) & (rows[:, 2] < 80)).sum()
    assert blue > 20
    assert yellow > 500


@pytest.mark.slow
def test_a_head_is_shown_as_the_results_have_it_or_not_at_all() -> None:
    options = {"spacing_mm": 4.0, "max_tilt_deg": 1.0, "max_shift_mm": 0.7, "weeks": 38.0, "modality": "T2w"}
    sick = {"kind": "haemorrhage", "side": "right", "diameter_mm": 16.0, "contrast_sd": 6.0}
    case = Case("sick", 0, "score", FIRST_SEED - 60, options | sick)
    method = Method("ours", score=lambda image, mask, *_: (7.0, "right", np.where(mask, image, 0)))
    shown = item_of(Chosen(case, pd.Series({"score": 7.0, "z": 1.25, "method": "ours"})), method, None)
    assert shown.truth is not None
    assert shown.truth[shown.where]
    assert shown.where[0] > (shown.image.shape[0] - 1) / 2
    assert "haemorrhage, right, 16 mm, 6 SD; T2w, 38.0 weeks" in shown.caption
    assert "z +1.2" in shown.caption
    with pytest.raises(SystemExit, match="other weights"):
        item_of(Chosen(case, pd.Series({"score": 9.0, "z": 1.0, "method": "ours"})), method, None)
