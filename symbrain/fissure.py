"""The curved midline: the interhemispheric fissure traced through a slice, near the straight one, and how it is bent.

Across the fissure a slice looks the same to both sides, whatever the contrast, and the fissure itself is a thin sheet:
bright fluid in T2w, dark in T1w, which of the two its ends tell. Both are evidence for where it runs; between them,
at the callosum and the thalami, the midline goes on as stiffly as a falx (stiff_path.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from symbrain.line import Line
from symbrain.polyline import Polyline
from symbrain.stiff_path import stiff_path

_SAMPLE_MM = 0.5  # along the line, before smoothing
_CURVE_MM = 2.0  # between the points of the curve
_STEP_MM = 0.25  # across the line
_REACH_MM, _NEAR_MM = 6.0, 3.0  # how far across the fissure the sides are compared; SD of the weight
_ALONG_MM, _ACROSS_MM, _SHEET_MM = 1.5, 0.7, 1.2  # smoothing of the slice along and across, and of the sheet across
_FLOOR = 0.25  # contrast within which two sides are alike by chance, in SD of the band
_MIRROR, _SHEET = 4.0, 0.5  # weights of the two kinds of evidence
_TURN_DEG = 2.6  # how much the midline turns within two millimetres
_END_MM = 1.0  # how near to the line the midline ends, where the falx is fixed to the skull
_SEPTUM = (0.55, 0.70)  # of the brain's extent along an axial line from behind: the septum pellucidum
_MEAN_MM = 10.0  # length over which the largest shift is taken

Array = NDArray[np.float64]


def trace_fissure(pixels: NDArray[np.float32], mask: NDArray[np.bool_], line: Line, band_mm: float) -> Polyline | None:
    """Trace the fissure from one end of the brain to the other.

    Parameters
    ----------
    pixels, mask
        A slice and its brain mask, shape (height, width).
    line
        The straight midline.
    band_mm
        How far from the line the fissure is looked for.

    Returns
    -------
    The curve, a point every two millimetres, or None where the line crosses less than 10 mm of brain.
    """
    row_mm, col_mm = line.spacing_mm
    length = float(np.linalg.norm((line.points[1] - line.points[0]) * [col_mm, row_mm]))
    spine = line.at(np.arange(0, length, _SAMPLE_MM) / length)
    inside = _sampled(mask.astype(np.float32), spine) > 0.5
    if inside.sum() * _SAMPLE_MM < 10:
        return None
    first, last = np.flatnonzero(inside)[[0, -1]]
    spine = spine[first : last + 1]
    theta = np.radians(line.angle_deg)
    across = np.array([-np.sin(theta) / col_mm, np.cos(theta) / row_mm])  # one millimetre, in pixels
    half = round((band_mm + _REACH_MM) / _STEP_MM)
    band = _sampled(pixels, spine[:, None] + np.arange(-half, half + 1)[:, None] * _STEP_MM * across)
    turn = np.tan(np.radians(_TURN_DEG)) * _CURVE_MM / _STEP_MM
    columns = stiff_path(_evidence(band), turn, _END_MM / _STEP_MM)
    offsets = ndimage.gaussian_filter1d(columns * _STEP_MM, 1.0, mode="nearest")
    return Polyline(spine[:: round(_CURVE_MM / _SAMPLE_MM)] + offsets[:, None] * across, line.shape)


@dataclass(frozen=True)
class Bend:
    """How a curved midline departs from the straight one; all positive towards the subject's right.

    Parameters
    ----------
    septum_mm
        Midline shift at the level of the septum pellucidum: the mean departure between 55 % and 70 % of the brain's
        extent along the line, from behind (from below in a coronal slice).
    largest_mm
        The largest mean departure over a centimetre of the curve's middle half, where septum and third ventricle
        lie; towards its ends the fissure opens into cisterns.
    curvature_per_mm
        Of the arc that fits the curve's middle half best (a parabola's, at its vertex), in 1 / mm: positive where it
        bulges to the right.
    """

    septum_mm: float
    largest_mm: float
    curvature_per_mm: float


def measure_bend(curve: Polyline, line: Line) -> Bend:
    """Return how a curve departs from a line."""
    departure = curve.departure_mm(line)
    count = len(departure)
    first, last = (round(share * (count - 1)) for share in _SEPTUM)
    middle = departure[count // 4 : count - count // 4]
    smooth = ndimage.uniform_filter1d(middle, min(round(_MEAN_MM / _CURVE_MM), len(middle)), mode="nearest")
    return Bend(float(departure[first : last + 1].mean()), float(smooth[np.abs(smooth).argmax()]), _curvature(middle))


def shift_mm(curve: Polyline, line: Line) -> float:
    """Return the largest midline shift in millimetres, positive towards the subject's right."""
    return measure_bend(curve, line).largest_mm


def _curvature(departure: Array) -> float:
    if len(departure) < 3:
        return 0.0
    along = np.linspace(-1, 1, len(departure))
    half_mm = (len(departure) - 1) / 2 * _CURVE_MM
    return -2 * float(np.polynomial.polynomial.polyfit(along, departure, 2)[2]) / half_mm**2


def _sampled(image: NDArray[np.float32], points: Array) -> Array:
    at = np.moveaxis(points, -1, 0)[::-1]  # (row, column)
    return np.asarray(ndimage.map_coordinates(image, at, order=1, mode="nearest"), float)


def _evidence(band: Array) -> Array:
    """Return how strongly each place along (rows) and across (columns) looks like the fissure."""
    every, reach = round(_CURVE_MM / _SAMPLE_MM), round(_REACH_MM / _STEP_MM)
    along, across, sheet = _ALONG_MM / _SAMPLE_MM, _ACROSS_MM / _STEP_MM, _SHEET_MM / _STEP_MM
    smooth = ndimage.gaussian_filter(band, [along, across])[::every]
    ridge = -ndimage.gaussian_filter(band, [along, sheet], order=[0, 2])[::every, reach:-reach]
    return _SHEET * _sheetness(ridge) - _MIRROR * _unlikeness(smooth, reach)


def _unlikeness(smooth: Array, reach: int) -> Array:
    """Return the share, 0 to 1, of what is seen about a place that is not alike on both sides."""
    middle = np.arange(reach, smooth.shape[1] - reach)[:, None]
    steps = np.arange(2, reach + 1, 2)
    weight = np.exp(-0.5 * np.square(steps * _STEP_MM / _NEAR_MM))
    weight /= weight.sum()
    one, other = smooth[:, middle + steps], smooth[:, middle - steps]
    odd = np.square((one - other) / 2) @ weight
    even = (one + other) / 2
    alike = np.square(even - (even @ weight)[..., None]) @ weight
    floor = (_FLOOR * smooth[:, reach:-reach].std()) ** 2
    return np.asarray(odd / np.maximum(odd + alike + floor, np.finfo(float).tiny))


def _sheetness(ridge: Array) -> Array:
    """Return how much each place looks like a thin sheet, 0 to 2; bright or dark, as at both ends near the line."""
    spread = float(ridge.std())
    if spread == 0:
        return np.zeros_like(ridge)
    ridge = ridge / spread
    fifth, middle, near = len(ridge) // 5, ridge.shape[1] // 2, round(2 / _STEP_MM)
    ends = np.concatenate([ridge[:fifth], ridge[-fifth:]])[:, middle - near : middle + near + 1]
    bright = float(np.tanh((ends**3).mean()))  # a sheet outdoes the two valleys beside it
    return np.clip(bright * ridge, 0, 2)
