from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from heads import head, mask_of, volume_of
from symbrain.fissure import Bend, measure_bend, shift_mm, trace_fissure
from symbrain.line import Line
from symbrain.phantom.mass_effect import MassEffect, mass_effect, pushed
from symbrain.polyline import Polyline
from symbrain.reflection import reflect
from symbrain.settings import SlicesSettings
from symbrain.walk import CutSlice, cut_slices

SHAPE = (100, 140)
SPACING = (1.0, 0.8)
LINE = Line((0.0, 50.0), (139.0, 50.0), SHAPE, SPACING)
ROWS, COLUMNS = np.indices(SHAPE)
MASK = ((ROWS - 50) / 40) ** 2 + ((COLUMNS - 70) / 62) ** 2 < 1


def drawn(bend_mm: float, fissure: float) -> np.ndarray:
    """A brain of random texture, mirrored across a fissure that is bent towards higher rows (the subject's left)."""
    course = 50 + bend_mm * np.exp(-(((COLUMNS - 70) / 30) ** 2))
    texture = np.random.default_rng(0).normal(1, 0.15, (60, SHAPE[1]))
    away = np.abs(ROWS - course)
    tissue = texture[np.clip(away, 0, 59).round().astype(int), COLUMNS]
    depth = np.exp(-((away / 1.2) ** 2))
    return np.where(MASK, tissue + depth * (fissure - tissue), 0).astype(np.float32)


@pytest.mark.parametrize("fissure", [1.8, 0.2], ids=["bright", "dark"])
@pytest.mark.parametrize("bend", [-4.0, 0.0, 4.0])
def test_the_trace_follows_a_bent_fissure(bend: float, fissure: float) -> None:
    curve = trace_fissure(drawn(bend, fissure), MASK, LINE, 6.0)
    assert curve is not None
    truth = 50 + bend * np.exp(-(((curve.points[:, 0] - 70) / 30) ** 2))
    inner = slice(len(truth) // 4, -len(truth) // 4)
    assert np.abs(curve.points[:, 1] - truth)[inner].max() < 1.0


@pytest.mark.parametrize(("bend", "sign"), [(4.0, -1), (-4.0, 1)])
def test_a_shift_towards_the_subjects_right_is_positive(bend: float, sign: int) -> None:
    """Rows run from the subject's right to the left, so that lower rows are on the right."""
    curve = trace_fissure(drawn(bend, 1.8), MASK, LINE, 6.0)
    assert curve is not None
    assert sign * shift_mm(curve, LINE) == pytest.approx(3.7, abs=0.8)


def test_the_mirrored_slice_has_the_mirrored_trace() -> None:
    image = drawn(3.0, 1.8)
    curve, mirrored = (
        trace_fissure(image, MASK, LINE, 6.0),
        trace_fissure(reflect(image), reflect(MASK), reflect(LINE), 6.0),
    )
    assert curve is not None
    assert mirrored is not None
    np.testing.assert_allclose(mirrored.points[:, 0], curve.points[:, 0], atol=1e-6)
    np.testing.assert_allclose(reflect(mirrored).points[:, 1], curve.points[:, 1], atol=1e-4)
    one, other = measure_bend(curve, LINE), measure_bend(mirrored, reflect(LINE))
    for name in ("septum_mm", "largest_mm", "curvature_per_mm"):
        assert getattr(other, name) == pytest.approx(-getattr(one, name), abs=1e-4)


def test_the_trace_stays_in_the_band_and_in_the_brain() -> None:
    curve = trace_fissure(drawn(0.0, 1.8), MASK, LINE, 3.0)
    assert curve is not None
    assert np.abs(curve.departure_mm(LINE)).max() <= 3.0
    assert 8 <= curve.points[0, 0] < 12
    assert 128 < curve.points[-1, 0] <= 132
    steps = np.linalg.norm(np.diff(curve.points, axis=0) * SPACING[::-1], axis=1)
    assert np.median(steps) == pytest.approx(2.0, rel=0.1)


def test_a_line_beside_the_brain_has_no_trace() -> None:
    beside = Line((0.0, 2.0), (139.0, 2.0), SHAPE, SPACING)
    assert trace_fissure(drawn(0.0, 1.8), MASK, beside, 6.0) is None


def test_a_bend_is_measured_where_it_is_said() -> None:
    """A parabola towards the subject's right, 2 mm high over 100 mm: 8 · 2 / 100² is its curvature."""
    x = np.linspace(7.5, 132.5, 51)  # 100 mm at 0.8 mm a column
    parabola = Polyline(np.stack([x, 50 - 2 * (1 - ((x - 70) / 62.5) ** 2)], axis=1), SHAPE)
    bend = measure_bend(parabola, LINE)
    assert bend.largest_mm == pytest.approx(2, abs=0.02)
    assert bend.septum_mm == pytest.approx(2 * (1 - 0.25**2), abs=0.05)
    assert bend.curvature_per_mm == pytest.approx(0.0016, rel=0.01)
    straight = Polyline(np.stack([x, np.full(51, 50.0)], axis=1), SHAPE)
    assert measure_bend(straight, LINE) == Bend(0, 0, 0)
    short = Polyline(np.array([[60.0, 49.0], [62.5, 49.0]]), SHAPE)
    assert measure_bend(short, LINE) == Bend(1, 1, 0)


SETTINGS = SlicesSettings(band_mm=12.0)


@cache
def cuts(seed: int, modality: str, peak_mm: float) -> tuple[list[CutSlice], MassEffect]:
    """The slices at the default portions of a head whose septum was pushed, and the truth."""
    phantom = head(seed, modality=modality)
    effect = mass_effect(phantom, peak_mm)
    after = pushed(phantom, effect)
    return cut_slices(volume_of(after), mask_of(after), after.plane, SETTINGS), effect


def truth_of(one: CutSlice, effect: MassEffect) -> Bend:
    """Measure the known midline as the traced one is measured."""
    assert one.line is not None
    assert one.curve is not None
    at = one.curve.points
    theta, (row_mm, col_mm) = np.radians(one.line.angle_deg), one.line.spacing_mm
    left = np.array([-np.sin(theta) / col_mm, np.cos(theta) / row_mm])
    shift = effect.midline_shift_mm(one.image.to_world(at)) + one.line.distance_mm(at)
    return measure_bend(Polyline(at - shift[:, None] * left, one.curve.shape), one.line)


@pytest.mark.parametrize("modality", ["T2w", "T1w"])
@pytest.mark.parametrize("seed", [1, 4, 6])
def test_a_known_mass_effect_is_measured(seed: int, modality: str) -> None:
    septum, curvature = [], []
    for peak in (-8.0, -5.0, -3.5, 2.0, 4.0, 6.0):
        slices, effect = cuts(seed, modality, peak)
        for one in slices:
            assert one.line is not None
            assert one.curve is not None
            found, truth = measure_bend(one.curve, one.line), truth_of(one, effect)
            septum.append(found.septum_mm - truth.septum_mm)
            curvature.append(found.curvature_per_mm - truth.curvature_per_mm)
            for name in ("septum_mm", "largest_mm"):
                value, expected = getattr(found, name), getattr(truth, name)
                assert abs(expected) < 3 or value * expected > 0, f"{name}: {value:.1f} for {expected:.1f} mm"
    assert np.median(np.abs(septum)) < 0.5
    assert np.percentile(np.abs(septum), 90) < 1.5
    assert np.median(np.abs(curvature)) < 0.002  # 1/mm; a push of 8 mm has 0.01


@pytest.mark.parametrize("modality", ["T2w", "T1w"])
@pytest.mark.parametrize("seed", [2, 3, 5])
def test_on_a_symmetric_head_the_fissure_is_the_line(seed: int, modality: str) -> None:
    phantom = head(seed, symmetric=True, modality=modality)
    slices = cut_slices(volume_of(phantom), mask_of(phantom), phantom.plane, SETTINGS)
    bends = [measure_bend(s.curve, s.line) for s in slices if s.curve is not None and s.line is not None]
    assert len(bends) == 3
    assert abs(np.median([b.septum_mm for b in bends])) < 0.3
    assert abs(np.median([b.largest_mm for b in bends])) < 0.3
