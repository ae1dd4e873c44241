"""How a slice can lie in its array: augmentations that move picture and midline together (law 6).

Each draws its parameters apart from applying them, so that what was done is known and can be done again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from symbrain.learning.picture import Picture
from symbrain.line import Line

Rng = np.random.Generator


@dataclass(frozen=True)
class Flip:
    """One of the eight ways in which an array can be turned over without interpolation."""

    rows: bool = False
    columns: bool = False
    transpose: bool = False

    @classmethod
    def draw(cls, rng: Rng) -> Flip:
        """Draw one of the eight."""
        return cls(*(bool(b) for b in rng.random(3) < 0.5))

    def apply(self, picture: Picture) -> Picture:
        """Reverse rows, then columns, then change their places."""
        pixels, (row_mm, col_mm), line = picture.pixels, picture.spacing_mm, picture.line
        ends = None if line is None else line.points
        height, width = picture.shape
        if self.rows:
            pixels, ends = pixels[::-1], None if ends is None else np.array([0, height - 1]) + ends * [1, -1]
        if self.columns:
            pixels, ends = pixels[:, ::-1], None if ends is None else np.array([width - 1, 0]) + ends * [-1, 1]
        if self.transpose:
            pixels, ends = pixels.T, None if ends is None else ends[:, ::-1]
            row_mm, col_mm = col_mm, row_mm
        pixels = np.ascontiguousarray(pixels)
        if ends is None:
            return Picture(pixels, (row_mm, col_mm), None)
        (x0, y0), (x1, y1) = ends
        return Picture(pixels, (row_mm, col_mm), Line((x0, y0), (x1, y1), pixels.shape, (row_mm, col_mm)))


@dataclass(frozen=True)
class Move:
    """A turn, a shift and a change of size, in one interpolation.

    Parameters
    ----------
    turn_deg
        From +x towards +y, about the array's centre.
    shift_mm
        Along x and y, after the turn.
    scale
        Size of what is seen relative to before.
    """

    turn_deg: float = 0.0
    shift_mm: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0

    @classmethod
    def draw(cls, rng: Rng, *, any_turn: float = 0.3, max_turn_deg: float = 25.0, max_shift_mm: float = 12.0) -> Move:
        """Draw a movement.

        Parameters
        ----------
        any_turn
            Share of movements by any angle; the others keep near the array's axes.
        """
        turn = rng.uniform(-90, 90) if rng.random() < any_turn else rng.uniform(-1, 1) * max_turn_deg
        shift = rng.uniform(-1, 1, 2) * max_shift_mm
        return cls(float(turn), (float(shift[0]), float(shift[1])), float(np.exp(rng.uniform(-0.25, 0.2))))

    def apply(self, picture: Picture) -> Picture:
        """Move the picture within its array; what comes in from outside is the border's value."""
        step = np.asarray(picture.spacing_mm)  # row, column
        middle = (np.asarray(picture.shape) - 1) / 2
        c, s = np.cos(np.radians(self.turn_deg)), np.sin(np.radians(self.turn_deg))
        turn = np.array([[c, s], [-s, c]])  # of (y, x) in millimetres
        shift = np.array(self.shift_mm[::-1])
        # new = scale · turn · (old − middle) + shift, so: old = turnᵀ · (new − shift) / scale
        back = (turn.T / self.scale) * step[None, :] / step[:, None]
        origin = middle - back @ (middle + shift / step)
        border = float(np.median(np.concatenate([picture.pixels[0], picture.pixels[-1]])))
        pixels = ndimage.affine_transform(picture.pixels, back, origin, order=1, cval=border)
        moved = replace(picture, pixels=pixels)
        if picture.line is None:
            return moved
        # A line of angle θ and offset d has the normal (−sin θ, cos θ), which turns with it.
        angle = np.radians(picture.line.angle_deg + self.turn_deg)
        offset = self.scale * picture.line.offset_mm + shift @ [np.cos(angle), -np.sin(angle)]
        line = Line.from_angle(float(np.degrees(angle)), float(offset), picture.shape, picture.spacing_mm)
        return replace(moved, line=line)


@dataclass(frozen=True)
class Crop:
    """A field of view that ends early.

    Parameters
    ----------
    first, last
        Rows and columns that are lost at the start and at the end.
    """

    first: tuple[int, int] = (0, 0)
    last: tuple[int, int] = (0, 0)

    @classmethod
    def draw(cls, rng: Rng, shape: tuple[int, int], *, most: float = 0.2) -> Crop:
        """Draw how much is lost on one or two of the four sides, up to a share of the picture."""
        lost = rng.uniform(0, most, 4) * (rng.random(4) < 0.4) * np.repeat(shape, 2)
        a, b, c, d = (int(v) for v in lost)
        return cls((a, c), (b, d))

    def apply(self, picture: Picture) -> Picture:
        """Cut the rim away."""
        (top, left), (height, width) = self.first, picture.shape
        pixels = np.ascontiguousarray(picture.pixels[top : height - self.last[0], left : width - self.last[1]])
        line = picture.line
        if line is not None:
            # The equation of the line, moved to the new first pixel, and cut at the new border.
            (x0, y0), (x1, y1) = line.points - [left, top]
            a, b = y0 - y1, x1 - x0
            line = Line.from_equation(a, b, a * x0 + b * y0, pixels.shape, picture.spacing_mm)
        return Picture(pixels, picture.spacing_mm, line)


@dataclass(frozen=True)
class Thicken:
    """Thick slices seen from the side: along one axis, so many pixels become one."""

    axis: int = 0
    factor: int = 1

    @classmethod
    def draw(cls, rng: Rng) -> Thicken:
        """Draw an axis, and a factor of 2 or 3."""
        return cls(int(rng.integers(2)), int(rng.integers(2, 4)))

    def apply(self, picture: Picture) -> Picture:
        """Average pixels along the axis, and lose those that are left over at its end."""
        size = picture.shape[self.axis] // self.factor
        pixels = np.take(picture.pixels, range(size * self.factor), axis=self.axis)
        split = [*pixels.shape[: self.axis], size, self.factor, *pixels.shape[self.axis + 1 :]]
        pixels = pixels.reshape(split).mean(self.axis + 1).astype(np.float32)
        spacing = [s * (self.factor if axis == self.axis else 1) for axis, s in enumerate(picture.spacing_mm)]
        row_mm, col_mm = spacing
        line = picture.line
        if line is not None:
            # The centre of the first thick pixel lies (factor − 1)/2 thin ones from the first thin one's.
            scale = np.array([self.factor if axis == self.axis else 1 for axis in (1, 0)])
            (x0, y0), (x1, y1) = (line.points - (scale - 1) / 2) / scale
            a, b = y0 - y1, x1 - x0
            line = Line.from_equation(a, b, a * x0 + b * y0, pixels.shape, (row_mm, col_mm))
        return Picture(pixels, (row_mm, col_mm), line)


@dataclass(frozen=True)
class Warp:
    """A smooth, mirrored deformation: the sides move alike and the midline stays a line, where it was.

    Parameters
    ----------
    amplitude_mm
        Across and along the midline.
    waves
        Cycles per metre across and along, and phase of the two displacements.
    """

    amplitude_mm: tuple[float, float] = (0.0, 0.0)
    waves: tuple[float, float, float, float] = (8.0, 8.0, 0.0, 0.0)

    @classmethod
    def draw(cls, rng: Rng) -> Warp:
        """Draw a gentle deformation; its derivative stays below 1, so that nothing folds."""
        across, along = (float(v) for v in rng.uniform(-2.5, 2.5, 2))
        a, b, p, q = (float(v) for v in (*rng.uniform(4, 14, 2), *rng.uniform(0, 2 * np.pi, 2)))
        return cls((across, along), (a, b, p, q))

    def apply(self, picture: Picture) -> Picture:
        """Deform about the midline; without one, about the array's middle row."""
        line = picture.line
        theta = 0.0 if line is None else np.radians(line.angle_deg)
        offset = 0.0 if line is None else line.offset_mm
        x, y = picture.millimetres()
        c, s = np.float32(np.cos(theta)), np.float32(np.sin(theta))
        along, across = c * x + s * y, c * y - s * x - np.float32(offset)
        fa, fb, p, q = (np.float32(v) for v in self.waves)
        per_mm = np.float32(2 * np.pi / 1000)
        side = np.tanh(across / 6)  # odd, so that nothing crosses the midline
        du = self.amplitude_mm[0] * side * np.sin(per_mm * fa * along + p)
        dv = self.amplitude_mm[1] * np.sin(per_mm * fb * along + q) * np.cos(per_mm * fa * np.abs(across))
        rows = (y + c * du + s * dv) / picture.spacing_mm[0] + (picture.shape[0] - 1) / 2
        columns = (x - s * du + c * dv) / picture.spacing_mm[1] + (picture.shape[1] - 1) / 2
        pixels = ndimage.map_coordinates(picture.pixels, [rows, columns], order=1, mode="nearest")
        return replace(picture, pixels=pixels)
