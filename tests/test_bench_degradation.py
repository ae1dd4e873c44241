"""The benchmark of degradation: errors are as large as asked, rows are added once, tables and figure count right."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

import degradation
from appended import append
from degradation_figure import write_figure
from degradation_heads import BASE, LEVELS, PLANE, UNDISTURBED, WALK, disturbed, on_plane, walked, wrong_plane
from degradation_report import CLASSICAL, COLUMNS, OURS, points, read_rows, report
from hard_heads import HardHead
from heads import head, mask_of, planes, volume_of
from methods import Method
from symbrain.plane import Plane
from symbrain.reflection import reflect
from symbrain.volume import Volume


def posed(**options: object) -> HardHead:
    phantom = head(3, spacing_mm=2.0, **options)
    about = (phantom.plane, phantom.center_mm, phantom.scan_age_weeks, phantom.modality)
    return HardHead(volume_of(phantom), mask_of(phantom), *about)


def bare(plane: Plane, center: tuple[float, float, float]) -> HardHead:
    nothing = np.zeros((2, 2, 2), np.float32)
    return HardHead(Volume(nothing, np.eye(4)), nothing > 0, plane, center, 40.0, "T2w")


@given(planes(), st.tuples(*[st.floats(-50, 50)] * 3), st.floats(0.1, 10), st.integers(0, 2**31))
def test_a_wrong_plane_is_wrong_by_as_much_as_asked(
    plane: Plane, center: tuple[float, float, float], level: float, seed: int
) -> None:
    tilted, shifted = (wrong_plane(bare(plane, center), kind, level, seed) for kind in ("tilt", "shift"))
    assert tilted.angle_to_deg(plane) == pytest.approx(level, abs=1e-4)
    foot = np.asarray(center) - plane.distance_mm(center) * plane.unit_normal
    assert abs(float(tilted.distance_mm(foot))) < 1e-6, "it turns about the brain's centre"
    assert shifted.angle_to_deg(plane) < 1e-4
    assert abs(shifted.offset_mm - plane.offset_mm) == pytest.approx(level)
    assert wrong_plane(bare(plane, center), "tilt", level, seed) == tilted


@pytest.mark.slow
def test_on_the_true_plane_a_symmetric_head_is_symmetric_and_beside_it_is_not() -> None:
    scene = posed(symmetric=True, noise=0.0, bias=0.0)
    _, aligned = walked(scene)
    unlike = []
    for level in (0.0, 1.0, 4.0):
        seen = on_plane(scene, aligned, wrong_plane(scene, "shift", level, 5))
        assert seen.gap_mm == pytest.approx(level, abs=1e-6)
        both = seen.mask & reflect(seen.mask)
        unlike.append(np.abs(seen.image - reflect(seen.image))[both].mean() / seen.image[both].std())
    assert unlike[0] < unlike[1] < unlike[2], unlike
    assert 2 * unlike[0] < unlike[2], unlike


def test_disturbances_do_what_they_say() -> None:
    scene = posed(noise=0.0, bias=0.0)
    brain, data = scene.mask, scene.volume.data
    thick = disturbed(scene, "thickness", 4.0, 1)
    np.testing.assert_allclose(thick.volume.spacing_mm, [2, 2, 4])
    noise = [(disturbed(scene, "noise", level, 1).volume.data - data)[brain].std() for level in (2.0, 4.0)]
    assert noise[1] / noise[0] == pytest.approx(np.sqrt(15 / 3), rel=0.05)
    rise = disturbed(scene, "ramp", 40.0, 1).volume.data / np.maximum(data, 1e-3)
    first, *_, last = (np.median(rise[i][brain[i]]) for i in np.flatnonzero(brain.any(axis=(1, 2))))
    assert last - first == pytest.approx(0.4, abs=1e-3)
    shaken = [np.abs(disturbed(scene, "motion", level, 1).volume.data - data)[brain].mean() for level in (0.0, 15, 30)]
    assert shaken[1] > 0.005 * data[brain].mean()
    assert shaken[2] > shaken[1]


def row(kind: str, level: float, number: int, lesion: int, method: str, score: float | None) -> dict[str, Any]:
    side = "left" if lesion else "none"
    about = {"head": number, "lesion": lesion, "seed": number, "weeks": 40.0, "modality": "T2w", "side_true": side}
    return about | {"kind": kind, "level": level, "method": method, "score": score, "side": side, "angle_deg": level}


def table(path: Path) -> pd.DataFrame:
    """Scores of 1 to 4 of normals, which a degree doubles; a lesion has ten times as much, or classically the same."""
    rows = []
    levels = [(WALK, 0.0), (PLANE, 0.0), *((kind, level) for kind, those in LEVELS.items() for level in those)]
    for kind, level in levels:
        for number in range(4):
            healthy = (1.0 + number) * 2.0 ** (level if kind == "tilt" else 0)
            refused = kind == "ramp" and level == 40.0 and number == 0
            for method, factor in ((OURS, 10.0), (CLASSICAL, 1.0)):
                rows.append(row(kind, level, number, 0, method, None if refused else healthy))
                rows.append(row(kind, level, number, 1, method, None if refused else factor * healthy))
    path.write_text("# x\n" + "\t".join(COLUMNS) + "\n")
    append(path, COLUMNS, rows, digits=6)
    return read_rows(path)


def test_points_say_what_the_rows_hold(tmp_path: Path) -> None:
    found = {(p.kind, p.level, p.method): p for p in points(table(tmp_path / "rows.tsv"))}
    assert set(BASE.values()) == {WALK, PLANE}
    for kind in LEVELS:
        for method, expected in ((OURS, 1.0), (CLASSICAL, 0.5)):
            base = found[kind, UNDISTURBED[kind], method]
            assert (base.factor, base.normals.value) == (pytest.approx(1), pytest.approx(0))
            assert base.auroc.value == pytest.approx(expected)
            assert base.sides == (4, 4)
    tilted = found["tilt", 2.0, OURS]
    assert tilted.factor == pytest.approx(4, rel=1e-4)
    assert tilted.normals.value == pytest.approx(np.log(4) / np.log([1, 2, 3, 4]).std(ddof=1), rel=1e-3)
    assert found["ramp", 40.0, OURS].refused == 2
    assert found["ramp", 20.0, OURS].refused == 0


@pytest.mark.slow
def test_report_and_figure_show_every_disturbance(tmp_path: Path) -> None:
    rows = table(tmp_path / "rows.tsv")
    text = report(rows)
    for kind, levels in LEVELS.items():
        assert text.count("\n## ") == len(LEVELS)
        assert kind == "motion" or f"| {levels[-1]:g}" in text
    assert "Plane turned by 1°, network: the score of normals ×2.00" in text
    assert "2 refused" in text
    write_figure(rows, tmp_path / "figure.png")
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


def brightness(image: np.ndarray, mask: np.ndarray, *_: object) -> tuple[float, str, None]:
    return float(image[mask].mean()), "left", None


@pytest.mark.slow
def test_a_run_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, weights = tmp_path / "rows.tsv", degradation.WEIGHTS
    monkeypatch.setattr(degradation.methods, "get", lambda spec: Method(spec.split("=")[0], score=brightness))
    monkeypatch.setattr(degradation, "make", lambda *_, **__: (posed(), "left"))
    monkeypatch.setattr(degradation, "CONDITIONS", [(WALK, 0.0), (PLANE, 0.0), ("tilt", 1.0)])
    degradation.run(1, out, weights)
    first = out.read_text().splitlines()
    assert len(first) == 2 + 2 * 3 * 2
    out.write_text("\n".join(first[:-2]) + "\n")  # a stop before the last condition
    degradation.run(1, out, weights)
    assert out.read_text().splitlines() == first
    assert set(read_rows(out)["method"]) == {OURS, CLASSICAL}
    out.write_text("# symbrain 0.0.0 weights other\n" + "\n".join(first[1:]) + "\n")
    with pytest.raises(SystemExit, match="other software or weights"):
        degradation.run(1, out, weights)
