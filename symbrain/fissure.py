"""The curved midline: the interhemispheric fissure traced through a slice, near the straight one.

Across the fissure a slice looks the same to both sides, whatever the contrast: bright fluid in T2w, dark in T1w, a
falx between. So the trace is the cheapest path (minimal-cost path, scikit-image) through a band around the line,
where a point costs little if the profile across it is its own mirror image.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.graph import route_through_array

from symbrain.line import Line
from symbrain.polyline import Polyline

_STEP_MM = 0.5
_REACH_MM = 5.0  # how far across the fissure the two sides are compared
_SMOOTHING_MM = 2.0  # along the fissure
_CURVE_MM = 2.0  # distance between the points of the curve
_PRIOR = 1.0  # how much a point at the band's rim costs beyond one on the line, in typical differences

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
    along = np.arange(0, length, _STEP_MM) / length
    spine = line.at(along)
    inside = _sampled(mask.astype(np.float32), spine) > 0.5
    if inside.sum() * _STEP_MM < 10:
        return None
    first, last = np.flatnonzero(inside)[[0, -1]]
    spine = spine[first : last + 1]
    theta = np.radians(line.angle_deg)
    across = np.array([-np.sin(theta) / col_mm, np.cos(theta) / row_mm])  # one millimetre, in pixels
    reach = np.arange(-band_mm - _REACH_MM, band_mm + _REACH_MM + 1e-6, _STEP_MM)
    band = _sampled(pixels, spine[:, None] + reach[:, None] * across)
    cost = _cost(band, round(_REACH_MM / _STEP_MM))
    rows = _path(cost)
    offsets = (rows - (cost.shape[1] - 1) / 2) * _STEP_MM
    offsets = ndimage.gaussian_filter1d(offsets, _SMOOTHING_MM / _STEP_MM, mode="nearest")
    curve = spine + offsets[:, None] * across
    return Polyline(curve[:: round(_CURVE_MM / _STEP_MM)], line.shape)


def shift_mm(curve: Polyline, line: Line) -> float:
    """Return the midline shift in millimetres, positive towards the subject's right.

    Largest mean departure from the line over a centimetre of the curve's middle half, where septum and third
    ventricle lie; towards its ends the fissure opens into cisterns, and a trace wanders.
    """
    departure = curve.departure_mm(line)
    departure = departure[len(departure) // 4 : len(departure) - len(departure) // 4]
    smooth = ndimage.uniform_filter1d(departure, min(round(10 / _CURVE_MM), len(departure)), mode="nearest")
    return float(smooth[np.abs(smooth).argmax()])


def _sampled(image: NDArray[np.float32], points: Array) -> Array:
    at = np.moveaxis(points, -1, 0)[::-1]  # (row, column)
    return np.asarray(ndimage.map_coordinates(image, at, order=1, mode="nearest"), float)


def _cost(band: Array, reach: int) -> Array:
    """Return the cost of each place along (rows) and across (columns): mean mirror difference plus a prior."""
    smooth = ndimage.gaussian_filter(band, [_SMOOTHING_MM / _STEP_MM, 0.5 / _STEP_MM])
    width = band.shape[1]
    middle = np.arange(reach, width - reach)
    differences = [np.abs(smooth[:, middle + k] - smooth[:, middle - k]) for k in range(1, reach + 1)]
    difference = np.mean(differences, axis=0)
    unit = float(np.median(difference)) or 1.0
    place = np.linspace(-1, 1, len(middle))
    return np.asarray(difference / unit + _PRIOR * place**2 + 0.05)


def _path(cost: Array) -> Array:
    """Return the column of the cheapest path in each row."""
    walled = np.pad(cost, ((1, 1), (0, 0)), constant_values=1e-3)  # free choice of both ends
    middle = cost.shape[1] // 2
    route, _ = route_through_array(walled, (0, middle), (len(walled) - 1, middle), fully_connected=True, geometric=True)
    steps = np.array(route)
    total = np.bincount(steps[:, 0], weights=steps[:, 1], minlength=len(walled))
    return np.asarray((total / np.bincount(steps[:, 0], minlength=len(walled)))[1:-1])
