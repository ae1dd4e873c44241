from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from heads import few
from symbrain.region_bars import region_bars


def region(name: str, index: float | None, **more: Any) -> dict[str, Any]:
    blank = {"asymmetry_index_z": None, "intensity_asymmetry_z": None, "intensity_asymmetry": None}
    return {"region": name, "asymmetry_index": index, "left_ml": 1.0, "right_ml": 1.0} | blank | more


@few
@given(st.floats(-2, 2))
def test_bars_point_to_the_larger_side_and_mirror(index: float) -> None:
    one, other = (region_bars([region("a", value)])[0] for value in (index, -index))
    assert one["bar_length"] == other["bar_length"] <= 50
    assert one["bar_start"] + one["bar_length"] == 100 - other["bar_start"]
    if one["bar_length"]:
        # The subject's left is on the viewer's right.
        assert (one["bar_start"] >= 50) == (one["larger"] == "left") == (index > 0)


def test_most_unequal_first_and_unknown_ones_left_out() -> None:
    rows = region_bars([region("small", 0.1), region("unknown", None), region("large", -0.4)])
    assert [row["name"] for row in rows] == ["large", "small"]


def test_unusual_ones_are_marked() -> None:
    marked = [
        region_bars([region("a", 0.1, **z)])[0]["unusual"]
        for z in ({}, {"asymmetry_index_z": -2.4}, {"asymmetry_index_z": 1.9}, {"intensity_asymmetry_z": 2.0})
    ]
    assert marked == [False, True, False, True]
