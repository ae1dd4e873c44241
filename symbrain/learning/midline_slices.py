"""The stream of training slices: each batch a pure function of the seed and the step's number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from symbrain.learning.ahead import Batch
from symbrain.learning.augment import Move, Thicken
from symbrain.learning.augmented import augment
from symbrain.learning.line_target import FLIPS
from symbrain.learning.midline_input import prepare
from symbrain.learning.midline_net import GRID
from symbrain.learning.midline_synthetic import synthetic
from symbrain.learning.phantom_slices import HEADS
from symbrain.learning.picture import Picture
from symbrain.line import Line


@dataclass(frozen=True)
class AnnotatedSlice:
    """A slice of a cohort to learn from.

    Parameters
    ----------
    pixels
        Shape (rows, columns), float32, any scale.
    spacing_mm
        Distance between rows and between columns.
    line
        None where the slice shows no midline.
    split
        ``train``, ``val`` or ``test``.
    """

    pixels: NDArray[np.float32]
    spacing_mm: tuple[float, float]
    line: Line | None
    split: str
    participant_id: str

    def picture(self) -> Picture:
        """Return the slice with a brightness of about 1, no finer than 0.8 mm, so that it is moved about fast."""
        pixels = np.nan_to_num(self.pixels.astype(np.float32))
        low, high = np.percentile(pixels, (0.5, 99.5))
        pixels = (pixels - np.float32(low)) / np.float32(high - low if high > low else 1.0)
        picture = Picture(pixels, self.spacing_mm, self.line)
        for axis in (0, 1):
            if picture.spacing_mm[axis] < 0.8 and picture.shape[axis] >= 64:
                picture = Thicken(axis, 2).apply(picture)
        return picture


@dataclass(frozen=True)
class Stream:
    """Batches of synthetic slices mixed with a cohort's, each seen as it is and flipped.

    Parameters
    ----------
    pictures
        The cohort's training slices; empty for synthetic slices alone.
    synthetic_share
        Share of the batch that is synthetic.
    """

    pictures: Sequence[Picture]
    synthetic_share: float
    batch: int
    seed: int
    heads: int = HEADS

    def __call__(self, step: int) -> Batch:
        """Return the batch of a step: its last fifth is its first, flipped by the element ``flip``."""
        rng = np.random.default_rng([self.seed, 11, step])
        # Phantoms are rendered as they are needed; early batches choose from few, so that training starts at once.
        heads = min(self.heads, 6 + step // 4)
        twins = max(self.batch // 5, 1)
        batch = collate([self._draw(rng, heads) for _ in range(max(self.batch - twins, 1))])
        number = int(rng.integers(1, len(FLIPS)))
        flipped = FLIPS[number].act_out({"line": batch["line"][:twins]})
        return {
            "image": torch.cat([batch["image"], FLIPS[number].on_input(batch["image"][:twins])]),
            "line": torch.cat([batch["line"], flipped["line"]]),
            "exists": torch.cat([batch["exists"], batch["exists"][:twins]]),
            "flip": torch.tensor(number),
            "twins": torch.tensor(len(flipped["line"])),
        }

    def _draw(self, rng: np.random.Generator, heads: int) -> Picture:
        if not self.pictures or rng.random() < self.synthetic_share:
            return synthetic(rng, heads if self.heads else 0)
        return augment(self.pictures[int(rng.integers(len(self.pictures)))], rng)


def collate(pictures: Sequence[Picture]) -> Batch:
    """Return slices on the working grid (n, 1, 96, 96), lines (n, 4) in its pixels, and whether there is one (n,)."""
    images = np.zeros((len(pictures), 1, GRID, GRID), np.float32)
    lines, exists = np.zeros((len(pictures), 4), np.float32), np.zeros(len(pictures), np.float32)
    for i, picture in enumerate(pictures):
        if (prepared := prepare(picture.pixels, picture.spacing_mm)) is None:
            continue
        images[i, 0], grid = prepared
        if picture.line is not None:
            angle = np.radians(picture.line.angle_deg)
            offset = grid.offset_here(angle, picture.line.offset_mm)
            lines[i] = np.cos(2 * angle), np.sin(2 * angle), -offset * np.sin(angle), offset * np.cos(angle)
            exists[i] = abs(offset) < GRID / 2  # a line beside the head is none to be seen
    return {"image": torch.from_numpy(images), "line": torch.from_numpy(lines), "exists": torch.from_numpy(exists)}


def posed(pictures: Sequence[Picture], seed: int, *, turn_deg: float = 20.0, shift_mm: float = 8.0) -> list[Picture]:
    """Return slices after a random turn and shift: as annotated, nearly all lines are one and the same."""
    rng = np.random.default_rng([seed, 12])
    moved = []
    for picture in pictures:
        x, y = rng.uniform(-shift_mm, shift_mm, 2)
        one = Move(float(rng.uniform(-turn_deg, turn_deg)), (float(x), float(y))).apply(picture)
        moved.append(one)
    return moved
