"""The midline benchmark: planes of registrations are right, workers measure, runs go on, and the tables count right."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from heads import few, head, mask_of, planes, volume_of
from midline_heads import Posed
from midline_labels import plane_of_labels
from midline_measure import ask
from midline_methods import CONTENDERS, answers
from midline_quantiles import quantile_estimate, short
from midline_report import follows, report, same_heads
from midline_rows import COLUMNS, MidlineResults, read_rows
from peers_ask import Workers
from peers_geometry import PROBES, matrix_of, midway_plane, mirror_plane
from symbrain.plane import Plane
from symbrain.volume import write_volume

MIDDLE = Plane((1.0, 0.05, -0.02), 3.0)


def tilted(turn_deg: float, shift_mm: float) -> Plane:
    turn = Rotation.from_euler("xyz", [turn_deg / 2, -turn_deg / 3, turn_deg], degrees=True).as_matrix()
    return Plane.through(MIDDLE.unit_normal * (MIDDLE.offset_mm + shift_mm), turn @ MIDDLE.unit_normal)


def near(one: Plane, other: Plane) -> bool:
    return one.angle_to_deg(other) < 1e-6 and one.gap_mm(other, (0, 0, 0)) < 1e-6


@few
@given(planes(), planes())
def test_a_perfect_registration_means_the_plane_of_the_head(plane: Plane, middle: Plane) -> None:
    """The mirror image is I(Fx) and the head I(x) = I(Sx), so the registration is T = F⁻¹S."""
    assert near(mirror_plane(middle.mirror() @ plane.mirror(), middle), plane)


@pytest.mark.parametrize("turn", [0.0, 5.0, 30.0, -45.0])
def test_half_way_to_the_mirror_image_lies_the_same_plane(turn: float) -> None:
    plane = tilted(turn, shift_mm=7.0)
    assert near(midway_plane(MIDDLE.mirror() @ plane.mirror(), MIDDLE), plane)


def test_unlike_sides_turn_and_glide_about_the_plane_and_leave_it() -> None:
    plane = tilted(12.0, shift_mm=-4.0)
    slip = np.eye(4)
    slip[:3, :3] = Rotation.from_rotvec(np.radians(3) * plane.unit_normal).as_matrix()
    slip[:3, 3] = np.cross(plane.unit_normal, [0.0, 0.0, 2.0])
    assert near(mirror_plane(MIDDLE.mirror() @ plane.mirror() @ slip, MIDDLE), plane)


def test_a_map_is_read_from_where_it_takes_the_probes() -> None:
    matrix = tilted(10.0, 5.0).mirror()
    to_lps = np.diag([-1.0, -1.0, 1.0, 1.0])
    lps = to_lps @ matrix @ to_lps
    np.testing.assert_allclose(matrix_of([lps[:3, :3] @ p + lps[:3, 3] for p in PROBES]), matrix, atol=1e-9)


@pytest.fixture(scope="module")
def symmetric(tmp_path_factory: pytest.TempPathFactory) -> Path:
    volume = volume_of(head(3, spacing_mm=3.0, symmetric=True, max_tilt_deg=15.0))
    path = tmp_path_factory.mktemp("head") / "head.nii.gz"
    write_volume(path, volume.data, volume.affine)
    return path


@pytest.mark.slow
def test_a_symmetric_head_of_known_pose_is_registered_to_its_mirror_image(symmetric: Path) -> None:
    from baselines import constant_plane
    from peers_sitk import register

    phantom = head(3, spacing_mm=3.0, symmetric=True, max_tilt_deg=15.0)
    matrix, middle = matrix_of(register(str(symmetric), PROBES)), constant_plane(volume_of(phantom))
    assert middle.angle_to_deg(phantom.plane) > 3
    for plane in (mirror_plane(matrix, middle), midway_plane(matrix, middle)):
        assert plane.angle_to_deg(phantom.plane) < 0.5
        assert plane.gap_mm(phantom.plane, phantom.center_mm) < 0.3


def test_the_labels_of_the_sides_have_the_midline_between_them() -> None:
    from symbrain.volume import canonical

    phantom = head(2, spacing_mm=2.0, atlas=True)
    assert phantom.labels87 is not None
    labels = np.rint(canonical(phantom.labels87, phantom.affine).data).astype(int)
    plane = plane_of_labels(labels, volume_of(phantom))
    assert plane is not None
    assert plane.angle_to_deg(phantom.plane) < 0.3
    assert plane.gap_mm(phantom.plane, phantom.center_mm) < 0.3
    assert plane_of_labels(np.minimum(labels, 0), volume_of(phantom)) is None


WORKER = """
import os, sys, time
sys.path.insert(0, {folder!r})
from peers_serve import serve
def work(job):
    print("chatter of a library")
    if job["do"] == "sleep":
        time.sleep(5)
    if job["do"] == "crash":
        os.kill(os.getpid(), 9)
    if job["do"] == "raise":
        raise KeyError("/a/path")
    return {{"size": len(bytearray(job["mib"] * 2**20))}}
serve(work)
"""


def test_a_worker_measures_and_survives(tmp_path: Path) -> None:
    script = tmp_path / "worker.py"
    script.write_text(WORKER.format(folder=str(Path(__file__).resolve().parents[1] / "benchmarks")))

    def ask(do: str, **more: Any) -> dict[str, Any]:
        return workers.ask(Path(sys.executable), script, "m", {"do": do, "mib": 1} | more)

    with Workers(threads=1) as workers:
        small, large = ask("work"), ask("work", mib=200)
        assert ask("raise")["error"] == "KeyError"  # and no path
        assert ask("crash")["error"] == "signal 9"
        assert ask("sleep", limit_s=1)["error"] == "out of time"
        assert ask("work", repeats=3)["size"] == 2**20
    assert 150 < large["peak_mib"] - small["peak_mib"] < 250
    assert 0 <= small["seconds"] < 2


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mirror_correlation", "fissure_symmetry"])
def test_symbrains_worker_finds_the_plane(name: str, symmetric: Path) -> None:
    with Workers(threads=1) as workers:
        (row,) = ask(name, Path(sys.executable), workers, posed(), symmetric, 1)
    assert row["error"] is None
    assert row["angle_deg"] < 0.5
    assert row["gap_mm"] < 0.3
    assert 0 < row["read_seconds"] < row["seconds"]
    assert 0 < row["confidence"] <= 1


def test_symbrains_worker_draws_lines(symmetric: Path) -> None:
    with Workers(threads=1) as workers:
        rows = ask("constant_line", Path(sys.executable), workers, posed(), symmetric, 1)
    assert [row["slice"] for row in rows] == [0, 1, 2]
    assert all(row["angle_deg"] > 1 for row in rows)


def posed() -> Posed:
    phantom = head(3, spacing_mm=3.0, symmetric=True, max_tilt_deg=15.0)
    return Posed(volume_of(phantom), mask_of(phantom), phantom.plane, np.array(phantom.center_mm), np.eye(4))


def test_results_go_on_and_can_be_measured_again(tmp_path: Path) -> None:
    path = tmp_path / "results" / "r.tsv"
    first = MidlineResults(path)
    first.add(fake("fissure_symmetry", 1.0)[:2] + fake("constant", 9.0)[:2])
    with path.open("a") as file:
        file.write("v1\tplane_us")  # stopped in the middle of a line
    again = MidlineResults(path)
    assert again.done == {
        ("v1", "plane_usual", i, 0, name) for i in range(2) for name in ("fissure_symmetry", "constant")
    }
    assert MidlineResults(path, ["fissure_symmetry"]).done == {
        ("v1", "plane_usual", i, 0, "constant") for i in range(2)
    }
    assert list(read_rows(path)["angle_deg"]) == [9.0, 9.0]


def fake(method: str, angle: float, poses: int = 1, cell: str = "plane_usual") -> list[dict[str, Any]]:
    x = np.radians(angle)
    about = {"source": "v1", "cell": cell, "slice": -1, "method": method, "spacing_mm": 1.0, "seconds": 2.0}
    found = {"angle_deg": angle, "gap_mm": 0.1, "anterior": 0.0, "superior": 0.0}
    return [
        about | found | {"head": i, "seed": i, "pose": pose, "load": 0.0}
        | {"right": np.cos(x * pose), "anterior": np.sin(x * pose), "offset_mm": float(pose)}
        for i in range(10)
        for pose in range(poses)
    ]  # fmt: skip


def table_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows).reindex(columns=list(COLUMNS)).astype({"error": "string"})


def test_failures_are_counted_and_methods_compared_on_the_same_heads() -> None:
    lost = fake("sitk_rigid", 1.0)[:4]
    lost[0] |= {"angle_deg": np.nan, "gap_mm": np.nan, "error": "RuntimeError"}
    lost[1] |= {"angle_deg": 40.0}
    rows = table_of([*fake("fissure_symmetry", 0.5), *lost])
    assert set(same_heads(rows)["head"]) == {0, 1, 2, 3}
    text = report(rows)
    assert "| symbrain, anatomical midline | 4 | 0.50 | 0.50, 0.50 | 100 %" in text
    assert "50 % (7 to 93) of 4" in text
    assert "| 1, 1 |" in text
    assert "| v1, plane_usual | symbrain, anatomical midline | 10 | 0.50 (0.50 to 0.50)" in text


def test_a_plane_follows_a_motion_when_it_is_the_same_plane_of_the_head() -> None:
    found = follows(table_of(fake("fissure_symmetry", 3.0, poses=3)))
    assert len(found) == 20
    np.testing.assert_allclose(found[found["pose"] == 2]["angle_deg"], 6.0, atol=1e-6)
    np.testing.assert_allclose(found[found["pose"] == 2]["gap_mm"], 2.0)


def test_figure_is_drawn(tmp_path: Path) -> None:
    from midline_figure import write_figure

    write_figure(table_of([*fake("fissure_symmetry", 0.5), *fake("constant", 9.0)]), tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 10_000


def test_quantiles_have_intervals_over_infants() -> None:
    values: NDArray[np.float64] = np.random.default_rng(0).normal(5, 1, 400)
    one = quantile_estimate(values, np.arange(400))
    four = quantile_estimate(np.repeat(values[:100], 4), np.repeat(np.arange(100), 4))
    assert one.low < one.value < one.high
    assert four.high - four.low > 1.4 * (one.high - one.low)
    assert [short(v) for v in (0.0123, 0.456, 12.34, 123.4, np.nan)] == ["0.012", "0.46", "12.3", "123", "–"]


def test_a_method_at_1_mm_is_asked_about_finer_scans_only() -> None:
    assert [answers("ants_rigid_1mm", mm) for mm in (0.5, 0.86, 1.0)] == [True, False, False]
    assert all(answers(name, 2.0) for name in CONTENDERS if not CONTENDERS[name].finest_mm)
