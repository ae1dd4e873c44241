"""How bright unmyelinated white matter is from place to place: bands before term, caps and tracts about term."""

from __future__ import annotations

import numpy as np

from symbrain.phantom.anatomy import Anatomy
from symbrain.phantom.fields import Floats, Points
from symbrain.phantom.shapes import glow, tube

# Courses of tubes: lateral, anterior, superior, radius.
_RADIATION = ((16.0, -9.0, 3.0, 2.0), (24.0, -20.0, 4.0, 2.2), (24.5, -32.0, 4.0, 2.0), (17.0, -44.0, 3.0, 1.4))
_CENTRAL = ((16.0, -5.0, 10.0, 2.0), (18.0, -5.0, 22.0, 3.0), (23.0, -5.0, 33.0, 4.0))
_CAPS = (((14, 27, 9), (11, 12, 11)), ((22, -31, 8), (11, 14, 11)))


def white_shade(anatomy: Anatomy, points: Points, depth: Floats, wave: Floats, modality_sign: float) -> Floats:
    """Return the factor of white matter's brightness.

    Parameters
    ----------
    depth
        Below the cortex, in head units.
    wave
        The texture field at the points.
    modality_sign
        1 where water is bright (T2w), about -0.7 where it is dark (T1w).
    """
    weeks = anatomy.weeks
    young = float(np.clip((35.0 - weeks) / 4, 0, 1))
    old = float(1 / (1 + np.exp(-(weeks - 37.5) / 1.5)))
    water = np.float32(0.045) * wave
    for center, axes in _CAPS:
        water += np.float32(0.16 - 0.06 * old) * glow(points, center, axes)
    if young:
        subplate = np.exp(-np.square((depth - np.float32(2.0)) * np.float32(1 / 1.7)))
        cells = np.exp(-np.square((depth - np.float32(7.0)) * np.float32(1 / 2.4)))
        water += np.float32(young) * (np.float32(0.16) * subplate - np.float32(0.13) * cells)
    tracts = np.clip(np.maximum(tube(points, _RADIATION), tube(points, _CENTRAL)) / 2 + np.float32(0.8), 0, 1)
    water -= np.float32(0.16 * old) * tracts
    inner = np.clip(depth * np.float32(1 / 9), 0, 1)
    water += np.float32(0.05 * old) * (inner - np.float32(0.5))
    return np.asarray(1 + np.float32(modality_sign) * water, np.float32)
