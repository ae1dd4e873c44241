"""Slices of heads that never were: layers, folds, blobs and a fissure, drawn from a formula in any pose.

Not anatomy, but everything that a midline can be told by and everything that can deceive, in random measure: outline,
mirrored and one-sided texture, paired structures, a fissure from plain to absent, one-sided lesions, part of a skull.
Such drawings carried a network over to real newborns better than their crudeness suggests; SynthMorph (Hoffmann et
al., 2022) found the same for shapes of pure noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from symbrain.learning.drawn_texture import pattern, steps
from symbrain.learning.picture import Picture
from symbrain.line import Line

Floats = NDArray[np.float32]
Rng = np.random.Generator


@dataclass(frozen=True)
class _Frame:
    """Points in the head's own frame: u across the midline, v along it, in millimetres."""

    u: Floats
    v: Floats
    half_u: float
    half_v: float

    @cached_property
    def _steps(self) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
        u, v = steps(self.u * np.float32(1.6)), steps(self.v * np.float32(1.6))
        return np.abs(u), u, v

    def mirrored(self, rng: Rng, band: int) -> Floats:
        """Return a pattern that is the same on both sides."""
        return pattern(rng, band, self._steps[0], self._steps[2])

    def own(self, rng: Rng, band: int) -> Floats:
        """Return a pattern that differs between the sides."""
        return pattern(rng, band, self._steps[1], self._steps[2])

    def along(self, rng: Rng) -> Floats:
        """Return a slow pattern that changes along the midline only."""
        return pattern(rng, 3, np.zeros_like(self._steps[2]), self._steps[2])

    def mixed(self, rng: Rng, band: int, share: float) -> Floats:
        """Return a pattern of which so great a share of the variance differs between the sides."""
        a, b = np.float32(np.sqrt(1 - share)), np.float32(np.sqrt(share))
        return np.asarray(a * self.mirrored(rng, band) + b * self.own(rng, band), np.float32)


def draw_head(rng: Rng, *, midline: bool = True) -> Picture:
    """Return a drawn slice in a random pose.

    Parameters
    ----------
    midline
        False draws a head without one: nothing in it is paired.
    """
    shape = int(rng.integers(80, 112)), int(rng.integers(80, 112))
    spacing = float(rng.uniform(1.3, 1.8))
    spacings = (spacing, spacing * float(rng.uniform(0.8, 1.25)) if rng.random() < 0.3 else spacing)
    turn = rng.uniform(-90, 90) if rng.random() < 0.3 else 90 * rng.integers(2) + rng.uniform(-25, 25)
    theta = np.radians(turn)
    blank = Picture(np.zeros(shape, np.float32), spacings, None)
    x, y = blank.millimetres()
    cx, cy = rng.uniform(-12, 12, 2)
    c, s = np.float32(np.cos(theta)), np.float32(np.sin(theta))
    dx, dy = x - np.float32(cx), y - np.float32(cy)
    # Half sizes of a newborn's head, axial or coronal, in these millimetres.
    half_u, half_v = rng.uniform(32, 56), rng.uniform(38, 66)
    frame = _Frame(c * dy - s * dx, c * dx + s * dy, float(half_u), float(half_v))
    pixels = _paint(_bent(frame, rng), rng, midline=midline)
    line = Line.from_angle(float(turn), float(-s * cx + c * cy), shape, spacings) if midline else None
    return Picture(pixels, spacings, line)


def _bent(frame: _Frame, rng: Rng) -> _Frame:
    """Return the frame with smooth deformations that leave the midline in place: egg shape, bends of both kinds."""
    egg = np.float32(rng.normal(0, 0.12) / frame.half_v)
    side = np.tanh(frame.u / 8)
    own = rng.uniform(0, 0.35)
    across, along = frame.mixed(rng, 3, own), frame.mixed(rng, 3, own)
    u = frame.u * (1 + egg * frame.v) + np.float32(rng.uniform(0, 2.5)) * across * side
    v = frame.v + np.float32(rng.uniform(0, 2.5)) * along
    if rng.random() < 0.25:  # one side pushed forward, as in a deformed skull
        v = v + np.float32(rng.normal(0, 0.07)) * u
    return _Frame(u.astype(np.float32), v.astype(np.float32), frame.half_u, frame.half_v)


def _paint(frame: _Frame, rng: Rng, *, midline: bool) -> Floats:
    power = rng.uniform(1.8, 2.8)
    radius = ((np.abs(frame.u) / frame.half_u) ** power + (np.abs(frame.v) / frame.half_v) ** power) ** (1 / power)
    own = float(rng.uniform(0, 0.8)) if midline else 1.0
    # Depth below the brain's hull in millimetres, negative outside.
    depth = ((1 - radius) * min(frame.half_u, frame.half_v)).astype(np.float32)
    depth = depth + np.float32(rng.uniform(0, 1.2)) * frame.mixed(rng, 2, own)
    grey, white, fluid = _levels(rng)
    folds = _folded(frame, rng, depth, own)
    if midline:
        folds = np.minimum(folds, _fissure(frame, rng, depth))
    tissue = _soft(folds - np.float32(rng.uniform(1.2, 3.5)), 0.7)
    pixels = grey + (white - grey) * tissue
    pixels = pixels * (1 + np.float32(rng.uniform(0, 0.12)) * frame.mixed(rng, int(rng.integers(3)), own))
    pixels = _blobs(frame, rng, pixels, (grey, white, fluid), paired=midline)
    pixels = fluid + (pixels - fluid) * _soft(folds, 0.7)
    if midline and rng.random() < 0.5:
        pixels = _falx(frame, rng, pixels, depth)
    for _ in range(int(rng.integers(1, 4)) if rng.random() < 0.3 else 0):
        pixels = _blob(frame, rng, pixels, float(rng.uniform(0, 1.4)), one_sided=True)
    return _shell(frame, rng, pixels, depth, fluid)


def _levels(rng: Rng) -> tuple[float, float, float]:
    """Return the brightness of grey matter, white matter and fluid: like T2w, like T1w, or anything."""
    kind = rng.random()
    usual = (0.55, 0.8, 1.1) if kind < 0.35 else (0.85, 0.6, 0.25) if kind < 0.65 else rng.uniform(0.1, 1.1, 3)
    grey, white, fluid = (float(v) for v in np.clip(usual + rng.normal(0, 0.08, 3), 0.02, 1.3))
    return grey, white, fluid


def _folded(frame: _Frame, rng: Rng, depth: Floats, own: float) -> Floats:
    """Return the distance from fluid: from the hull, and from sulci that follow the zeros of a pattern."""
    if rng.random() < 0.15:
        return depth  # smooth, as at 26 weeks
    sheet = np.abs(frame.mixed(rng, int(rng.integers(1, 3)), own)) * np.float32(rng.uniform(3, 7))
    reach = np.float32(rng.uniform(4, 16))
    sulci = sheet + np.maximum(depth - reach, 0) - np.float32(rng.uniform(0.3, 1.6))
    return np.asarray(np.minimum(depth, sulci), np.float32)


def _fissure(frame: _Frame, rng: Rng, depth: Floats) -> Floats:
    """Return the distance from the fissure, in front, behind, or throughout; at times there is none to see."""
    if rng.random() < 0.1:
        return np.full_like(depth, 99)
    start, end = (rng.uniform(-0.6, 0.3), rng.uniform(-0.3, 0.6)) if rng.random() < 0.75 else (1.5, -1.5)
    # Between start and end (of the half length) the hemispheres are joined.
    joined = np.minimum(frame.v / frame.half_v - start, end - frame.v / frame.half_v) * frame.half_v
    sway = np.float32(rng.uniform(0, 0.5)) * frame.along(rng)
    gap = np.hypot(frame.u + sway, np.maximum(joined, 0)) - np.float32(rng.uniform(0.2, 2.2))
    return np.asarray(gap, np.float32)


def _falx(frame: _Frame, rng: Rng, pixels: Floats, depth: Floats) -> Floats:
    """Lay the falx, a thin sheet, and the sinus at its end into the fissure."""
    reach = np.float32(rng.uniform(5, 30))
    cover = np.exp(-0.5 * (frame.u / np.float32(rng.uniform(0.5, 1.2))) ** 2) * _soft(reach - depth, 2)
    level, share = np.float32(rng.uniform(0, 1.2)), np.float32(rng.uniform(0.2, 0.9))
    return np.asarray(pixels + share * cover * (level - pixels), np.float32)


def _blobs(frame: _Frame, rng: Rng, pixels: Floats, levels: tuple[float, float, float], *, paired: bool) -> Floats:
    """Paint ventricles, nuclei and the like: pairs that differ a little, and single ones on the midline."""
    for _ in range(int(rng.integers(1, 5))):
        level = levels[int(rng.integers(3))] * float(rng.uniform(0.85, 1.15))
        pixels = _blob(frame, rng, pixels, level, one_sided=not paired)
    for _ in range(int(rng.integers(0, 3)) if paired else 0):
        v0, a, b = rng.uniform(-0.7, 0.7) * frame.half_v, rng.uniform(1, 9), rng.uniform(2, 14)
        distance = np.hypot(frame.u / np.float32(a), (frame.v - np.float32(v0)) / np.float32(b))
        shade = np.float32(levels[int(rng.integers(3))])
        pixels = pixels + _soft((1 - distance) * np.float32(min(a, b)), 0.7) * (shade - pixels)
    return pixels


def _blob(frame: _Frame, rng: Rng, pixels: Floats, level: float, *, one_sided: bool) -> Floats:
    """Paint an ellipse on one side, or about the same one on both."""
    u0, v0 = rng.uniform(0.12, 0.7) * frame.half_u, rng.uniform(-0.65, 0.65) * frame.half_v
    a, b, tilt = rng.uniform(2, 11), rng.uniform(3, 18), rng.uniform(-0.8, 0.8)
    jitter = rng.uniform(0, 0.25)
    sides = [1 - 2 * int(rng.integers(2))] if one_sided else [1, -1]
    for side in sides:
        size = np.exp(rng.normal(0, jitter))
        du = np.float32(side) * frame.u - np.float32(u0 + rng.normal(0, 3 * jitter))
        dv = frame.v - np.float32(v0 + rng.normal(0, 3 * jitter))
        c, s = np.float32(np.cos(tilt)), np.float32(np.sin(tilt))
        distance = np.hypot((c * du + s * dv) / np.float32(a * size), (c * dv - s * du) / np.float32(b * size))
        pixels = pixels + _soft((1 - distance) * np.float32(min(a, b)), 0.7) * (np.float32(level) - pixels)
    return np.asarray(pixels, np.float32)


def _shell(frame: _Frame, rng: Rng, pixels: Floats, depth: Floats, fluid: float) -> Floats:
    """Put the brain into fluid, skull and scalp, into part of them, or into nothing."""
    csf = np.float32(rng.uniform(0, 5))
    pixels = np.float32(fluid) + (pixels - np.float32(fluid)) * _soft(depth, 0.8)
    air = np.float32(rng.uniform(0, 0.06))
    if rng.random() < 0.45:
        return np.asarray(air + (pixels - air) * _soft(depth + csf, 0.8), np.float32)
    bone, skin = np.float32(rng.uniform(1, 4)), np.float32(rng.uniform(1.5, 7))
    swollen = np.float32(rng.uniform(0, 1.0)) * frame.own(rng, 3)
    skull, scalp = np.float32(rng.uniform(0, 0.35)), np.float32(rng.uniform(0.3, 1.3))
    outside = skull + (scalp - skull) * _soft(-(depth + csf + bone), 0.8)
    pixels = np.asarray(outside + (pixels - outside) * _soft(depth + csf, 0.8), np.float32)
    rim = np.asarray(depth + csf + bone + skin + swollen, np.float32)
    if rng.random() < 0.2:  # part of the shell is cut away
        cut = frame.own(rng, 3) > np.float32(rng.uniform(0, 1))
        rim = np.where(cut, depth + csf, rim).astype(np.float32)
    return np.asarray(air + (pixels - air) * _soft(rim, 0.8), np.float32)


def _soft(distance: Floats, edge: float) -> Floats:
    """Return the share of a pixel that is inside, for a signed distance from an edge in millimetres."""
    return np.asarray(np.clip(distance / np.float32(2 * edge) + np.float32(0.5), 0, 1), np.float32)
