from __future__ import annotations

from cohort_rows import tables
from symbrain.deviation_sites import UNNAMED, sites
from symbrain.infant_table import is_flagged


def test_every_deviation_is_counted_once() -> None:
    rows = [*tables(80).subjects, {"asymmetry_side": "left", "deviation_region": None, "qc": "warn"}]
    found = sites(rows, is_flagged)
    bearing = [row for row in rows if row["asymmetry_side"] in ("left", "right")]
    assert sum(site.total for site in found) == len(bearing)
    assert sum(site.left_flagged + site.right_flagged for site in found) == sum(map(is_flagged, bearing))
    assert found[-1].region == UNNAMED
    assert [site.total for site in found[:-1]] == sorted((site.total for site in found[:-1]), reverse=True)


def test_a_mirrored_cohort_has_mirrored_sites() -> None:
    rows = tables(40).subjects
    other = {"left": "right", "right": "left"}
    mirrored = [row | {"asymmetry_side": other.get(row["asymmetry_side"], row["asymmetry_side"])} for row in rows]
    for one, two in zip(sites(rows, is_flagged), sites(mirrored, is_flagged), strict=True):
        assert (one.left, one.left_flagged, one.right) == (two.right, two.right_flagged, two.left)


def test_nothing_deviates() -> None:
    assert sites([{"asymmetry_side": "none"}, {"asymmetry_side": None}], is_flagged) == []
