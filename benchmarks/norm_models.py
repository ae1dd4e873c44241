"""What the L−R maps of normal infants are like: place by place over age, and in their principal components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baselines import WORST_ML, Floats, Mask, worst
from norm_maps import BrainMap

_WIDTH_WEEKS, _MIDDLE_WEEKS = 10.0, 36.0
_RIDGE = 1.0  # heads, of a spread of ten weeks, that speak for no slope over age
_BORROWED = 10.0  # heads whose spread a contrast takes over from all contrasts together
_LEAST_SPREAD = 0.2  # of the middle of all cells' spread
_KNOWN = 0.8  # share of the normals that must have a cell
_VARIANCE, _MOST_COMPONENTS = 0.75, 0.25  # of the normals' variance; of their number


@dataclass(frozen=True)
class AgeLine:
    """A straight line over age for each cell."""

    level: Floats
    slope: Floats

    def at(self, weeks: float) -> Floats:
        """Return the values at an age."""
        return self.level + self.slope * np.float32(_time(weeks))


@dataclass(frozen=True)
class VoxelNorm:
    """Mean and spread of L−R for each cell over age, within each contrast; after Saase et al. (2020).

    Parameters
    ----------
    difference, tissue
        L−R and the mean of both sides, by contrast.
    spread
        Standard deviation of L−R around its line, by contrast.
    known
        Cells of the left half that most normals have on both sides.
    """

    difference: dict[str, AgeLine]
    tissue: dict[str, AgeLine]
    spread: dict[str, Floats]
    known: Mask

    def z(self, head: BrainMap) -> Floats:
        """Return how many standard deviations L−R is from its mean; 0 where it is unknown."""
        line, spread = self.difference[head.modality], self.spread[head.modality]
        compared = self.known & head.compared()
        return np.where(compared, (head.difference() - line.at(head.weeks)) / spread, 0).astype(np.float32)

    def worst(self, head: BrainMap) -> tuple[float, str]:
        """Return the mean |z| of the worst millilitre, and its side."""
        return self.worst_of(self.z(head), head)

    def worst_of(self, z: Floats, head: BrainMap) -> tuple[float, str]:
        """Return the mean size of a map's worst millilitre, and its side."""
        size = np.abs(z)
        score, least = worst(size[self.known], WORST_ML / head.cell_ml)
        return score, self.side(head, size >= max(least, 1e-6))

    def side(self, head: BrainMap, where: Mask) -> str:
        """Return the side that is further from the tissue's norm in some cells of the left half and their images."""
        usual = self.tissue[head.modality].at(head.weeks)
        left, right = _sides(head)
        further = np.abs(left - usual)[where].sum() - np.abs(right - usual)[where].sum()
        return "none" if further == 0 else "left" if further > 0 else "right"


@dataclass(frozen=True)
class ComponentNorm:
    """The principal components of the normals' z; what they cannot say of a head is what is unusual about it.

    Parameters
    ----------
    basis
        Components of length 1, shape (components, known cells).
    """

    voxel: VoxelNorm
    basis: Floats

    def whole(self, head: BrainMap) -> tuple[float, str]:
        """Return the root mean square of the residual, and the side of its worst millilitre."""
        residual = self.residual(head)
        score = float(np.sqrt(np.mean(residual[self.voxel.known] ** 2, dtype=float)))
        return score, self.voxel.worst_of(residual, head)[1]

    def worst(self, head: BrainMap) -> tuple[float, str]:
        """Return the mean size of the residual in its worst millilitre, and its side."""
        return self.voxel.worst_of(self.residual(head), head)

    def residual(self, head: BrainMap) -> Floats:
        """Return what the components do not say of a head's z."""
        left, z = np.zeros(self.voxel.known.shape, np.float32), self.voxel.z(head)[self.voxel.known]
        left[self.voxel.known] = z - (self.basis @ z) @ self.basis
        return left


def fit_voxels(normals: Sequence[BrainMap]) -> VoxelNorm:
    """Fit L−R over age for each cell, within each contrast."""
    differences: dict[str, AgeLine] = {}
    tissue: dict[str, AgeLine] = {}
    squares: dict[str, Floats] = {}
    counts: dict[str, Floats] = {}
    for modality in sorted({head.modality for head in normals}):
        heads = [head for head in normals if head.modality == modality]
        times = np.array([_time(head.weeks) for head in heads], np.float32)
        compared = np.stack([head.compared() for head in heads])
        values = np.stack([head.difference() for head in heads])
        differences[modality], squares[modality] = _regress(values, compared, times)
        tissue[modality], _ = _regress(np.stack([sum(_sides(head)) / 2 for head in heads]), compared, times)
        counts[modality] = compared.sum(axis=0, dtype=np.float32)
    known = np.asarray(sum(counts.values()) >= _KNOWN * len(normals))
    return VoxelNorm(differences, tissue, _spreads(squares, counts, known), known)


def fit_components(normals: Sequence[BrainMap], voxel: VoxelNorm) -> ComponentNorm:
    """Fit the components that hold most of the normals' variance, but no more than a quarter of their number."""
    z = np.stack([voxel.z(head)[voxel.known] for head in normals])
    variance, vectors = np.linalg.eigh((z @ z.T).astype(float))
    variance, vectors = np.maximum(variance[::-1], 0), vectors[:, ::-1]
    enough = int(np.searchsorted(np.cumsum(variance), _VARIANCE * variance.sum())) + 1
    count = min(enough, int(_MOST_COMPONENTS * len(normals)), int((variance > 1e-6 * variance[0]).sum()))
    basis = (vectors[:, :count] / np.sqrt(variance[:count])).T @ z
    return ComponentNorm(voxel, np.asarray(basis, np.float32))


def _regress(values: Floats, inside: Mask, times: Floats) -> tuple[AgeLine, Floats]:
    """Return the line over age of each cell, of those heads that have it, and the sum of squares around it."""
    at = times[:, None, None, None]
    count = np.maximum(inside.sum(axis=0, dtype=np.float32), 1)
    middle, level = (at * inside).sum(axis=0) / count, (values * inside).sum(axis=0) / count
    away = (at - middle) * inside
    slope = (away * values).sum(axis=0) / ((away**2).sum(axis=0) + _RIDGE)
    residual = (values - level - slope * away) * inside
    return AgeLine(level - slope * middle, slope), np.asarray((residual**2).sum(axis=0))


def _spreads(squares: dict[str, Floats], counts: dict[str, Floats], known: Mask) -> dict[str, Floats]:
    """Return standard deviations by contrast, drawn towards that of all contrasts where there are few heads."""
    free = {name: np.maximum(count - 2, 0) for name, count in counts.items()}
    common = sum(squares.values()) / np.maximum(sum(free.values()), 1)
    found = {}
    for name in squares:
        spread = np.sqrt((squares[name] + _BORROWED * common) / (free[name] + _BORROWED))
        least = _LEAST_SPREAD * float(np.median(spread[known])) if known.any() else 0.0
        found[name] = np.maximum(spread, max(least, 1e-6)).astype(np.float32)
    return found


def _sides(head: BrainMap) -> NDArray[np.float32]:
    """Return the brightness of the left half, and that of the right half seen in a mirror."""
    half = len(head.brightness) // 2
    return np.stack([head.brightness[:half], head.brightness[: -half - 1 : -1]])


def _time(weeks: float) -> float:
    return (weeks - _MIDDLE_WEEKS) / _WIDTH_WEEKS
