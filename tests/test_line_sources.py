from __future__ import annotations

from pathlib import Path

import pytest

from rated import NETWORK, write_rated
from symbrain.annotations import Drawn
from symbrain.line_sources import UNNAMED, known_slices, network_line, rated_lines
from symbrain.result_table import table_of
from symbrain.tables import records


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    write_rated(folder)
    return folder


def test_each_slice_has_the_planes_line_and_the_networks_where_it_sees_one(results: Path) -> None:
    scans, seen = (records(table_of(results, name)) for name in ("scans", "slice_scores"))
    for scan, names in zip(scans, ({"plane", "network"}, {"plane"}), strict=True):
        found = list(known_slices(results, scan, [row for row in seen if row["scan_id"] == scan["scan_id"]]))
        assert len(found) == 2
        for known in found:
            assert set(known.lines) == names
            assert known.slice.line is not None
            assert known.lines["plane"].error_to(known.slice.line) == pytest.approx((0, 0), abs=1e-6)
            assert known.key[0] == scan["participant_id"]
    line = network_line(seen[0], found[0].slice.image)
    assert line is not None
    assert (line.angle_deg, line.offset_mm) == pytest.approx(
        (NETWORK["network_angle_deg"], NETWORK["network_offset_mm"])
    )


def test_a_scan_without_slices_has_none(results: Path) -> None:
    assert not list(known_slices(results, {"participant_id": "sub-9", "session_id": None, "scan_id": "sub-9_T2w"}, ()))


def test_only_drawn_slices_are_rated_and_a_raters_last_line_counts(results: Path) -> None:
    scan = records(table_of(results, "scans"))[0]
    key = next(known_slices(results, scan, ())).key
    first, last = ((0.0, 1.0), (30.0, 2.0)), ((0.0, 5.0), (30.0, 5.0))
    drawn = {key: [Drawn(first, "anna"), Drawn(last, "anna"), Drawn(first, None)]}
    ((raters, own),) = rated_lines(results, [scan], {}, drawn).values()
    assert raters["anna"].start == (0.0, 5.0)
    assert set(raters) == {"anna", UNNAMED}
    assert set(own) == {"symbrain plane"}
    assert not rated_lines(results, [scan], {}, {("sub-9", None, "T2w", "axial", 1): drawn[key]})
