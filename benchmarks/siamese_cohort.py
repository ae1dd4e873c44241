"""The rows of the Siamese benchmark: halves of infants' slices, every second one altered, and who learns from whom.

Rendering takes two seconds for an infant, so halves are kept in a folder that git ignores.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from siamese_slices import SLICES, Bytes, make_halves, with_patch
from suites import FOLDER
from symbrain.atomic import write_bytes
from symbrain.progress import track
from symbrain.split import fold_of
from symbrain.version import __version__

FIRST_SEED = 8_000_000
"""Seed of the first infant; nothing is trained on such seeds but what this benchmark trains."""
FOLDS = 4
_KEPT = 8  # one in so many of those that are not judged
Split = Literal["by infant", "by row pair"]
Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Parts:
    """Numbers of the rows that are learned from, kept back to choose the weights by, and judged."""

    learned: Rows
    kept: Rows
    judged: Rows


@dataclass(frozen=True)
class Cohort:
    """Slices in rows, infant by infant, as the published set has them.

    Parameters
    ----------
    halves
        Shape (rows, 2, 224, 224), nothing drawn into any of them.
    inside
        Which of their pixels show brain.
    infants
        Seed of the infant of each row.
    """

    halves: Bytes
    inside: NDArray[np.bool_]
    infants: NDArray[np.int64]

    def altered(self, size: int, fold: int) -> Bytes:
        """Return the halves, with a patch in every row of odd number; another patch for each fold."""
        changed = self.halves.copy()
        for row in range(1, len(changed), 2):
            changed[row] = with_patch(changed[row], size, np.random.default_rng([fold, size, row]))
        return changed

    @property
    def labels(self) -> NDArray[np.bool_]:
        """Which rows are altered: those of odd number."""
        return np.asarray(np.arange(len(self.halves)) % 2 == 1)

    def parts(self, split: Split, fold: int) -> Parts:
        """Return who learns, who says when it is enough, and who is judged: a quarter of all, another for each fold.

        ``by infant`` keeps all rows of an infant together. ``by row pair`` is the published split: two neighbouring
        rows stay together, but an infant has three, so that most infants are on both sides.
        """
        groups = (self.infants if split == "by infant" else np.arange(len(self.infants)) // 2).tolist()
        judged = np.array([fold_of(str(group), 0, FOLDS) == fold for group in groups])
        kept = ~judged & np.array([fold_of(str(group), 1, _KEPT) == 0 for group in groups])
        if not judged.any() or not kept.any():
            msg = f"{len(np.unique(self.infants))} infants are too few to be divided; take 24 or more with --infants"
            raise SystemExit(msg)
        return Parts(np.flatnonzero(~judged & ~kept), np.flatnonzero(kept), np.flatnonzero(judged))


def read_cohort(count: int, folder: Path | None = None) -> Cohort:
    """Return so many infants; those that are not in the folder yet are rendered first."""
    folder = _folder() if folder is None else folder
    infants = [FIRST_SEED + number for number in range(count)]
    _render((seed for seed in infants if not _path(folder, seed).exists()), folder)
    halves, inside = zip(*(_read(_path(folder, seed)) for seed in infants), strict=True)
    return Cohort(np.concatenate(halves), np.concatenate(inside), np.repeat(np.array(infants), SLICES))


def _render(infants: Iterable[int], folder: Path) -> None:
    for seed in track(list(infants), "infants"):
        halves, inside = make_halves(seed)
        content = io.BytesIO()
        np.savez_compressed(content, halves=halves, inside=np.packbits(inside, axis=-1))
        write_bytes(_path(folder, seed), content.getvalue())


def _read(path: Path) -> tuple[Bytes, NDArray[np.bool_]]:
    with np.load(path) as file:
        return file["halves"], np.unpackbits(file["inside"], axis=-1).astype(bool)


def _path(folder: Path, seed: int) -> Path:
    return folder / f"{seed}.npz"


def _folder() -> Path:
    """Return the folder of the halves, made where it is missing."""
    above = FOLDER / "results" / "siamese-halves"
    above.mkdir(parents=True, exist_ok=True)
    (above / ".gitignore").write_text("*\n", encoding="utf-8")
    return above / __version__
