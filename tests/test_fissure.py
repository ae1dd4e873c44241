from __future__ import annotations

import numpy as np
import pytest

from heads import head, mask_of, volume_of
from symbrain.fissure import shift_mm, trace_fissure
from symbrain.line import Line
from symbrain.reflection import reflect
from symbrain.settings import SlicesSettings
from symbrain.walk import cut_slices

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
    np.testing.assert_allclose(reflect(mirrored).points[:, 1], curve.points[:, 1], atol=0.5)
    assert shift_mm(mirrored, reflect(LINE)) == pytest.approx(-shift_mm(curve, LINE), abs=0.2)


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


@pytest.mark.parametrize("modality", ["T2w", "T1w"])
def test_on_a_symmetric_head_the_fissure_is_the_line(modality: str) -> None:
    phantom = head(2, symmetric=True, modality=modality)
    settings = SlicesSettings(fractions=(0.5, 0.6), fraction_of="brain")
    for one in cut_slices(volume_of(phantom), mask_of(phantom), phantom.plane, settings):
        assert one.line is not None
        assert one.curve is not None
        middle = one.curve.points[len(one.curve.points) // 4 : -len(one.curve.points) // 4]
        assert np.abs(one.line.distance_mm(middle)).mean() < 1.0
        assert abs(shift_mm(one.curve, one.line)) < 1.0
