"""Phantom heads for the tests, canonical, each made and walked once in a process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from symbrain.deviation import Asymmetry
from symbrain.mask import find_brain
from symbrain.phantom import Lesion, Phantom, make_head
from symbrain.plane import Plane
from symbrain.settings import AlignSettings, ScoreSettings
from symbrain.volume import Volume, canonical
from symbrain.walk import Aligned, align, score_upright

ALIGN, SCORE = AlignSettings(spacing_mm=2.0), ScoreSettings()
few = settings(max_examples=30)  # enough for geometry, where anything wrong is wrong nearly everywhere
LESION = Lesion("haemorrhage", "left", 18.0, 6.0)


@cache
def head(seed: int = 1, **options: object) -> Phantom:
    return make_head(seed, **{"spacing_mm": 2.0, **options})  # type: ignore[arg-type]


def volume_of(phantom: Phantom) -> Volume:
    return canonical(phantom.image, phantom.affine)


def mask_of(phantom: Phantom) -> NDArray[np.bool_]:
    return canonical(phantom.mask, phantom.affine).data > 0


@dataclass(frozen=True)
class Walked:
    """A scan after align and score."""

    aligned: Aligned
    asymmetry: Asymmetry

    @property
    def plane(self) -> Plane:
        return self.aligned.plane


def walk(volume: Volume, mask: NDArray[np.bool_] | None = None) -> Walked:
    aligned = align(volume, ALIGN, given_mask=mask)
    return Walked(aligned, score_upright(aligned.image, aligned.mask, aligned.grid.affine, aligned.bias, SCORE))


@cache
def walked(seed: int = 1, **options: object) -> Walked:
    return walk(volume_of(head(seed, **options)))


@cache
def found_mask(seed: int = 1, **options: object) -> NDArray[np.bool_]:
    return find_brain(volume_of(head(seed, **options))).data


def planes() -> st.SearchStrategy[Plane]:
    """Any plane within the scanner."""
    component = st.floats(-1, 1)
    normals = st.tuples(component, component, component).filter(lambda n: float(np.linalg.norm(n)) > 0.1)
    return st.builds(Plane, normals, st.floats(-100, 100))


def motions() -> st.SearchStrategy[NDArray[np.float64]]:
    """Any rigid motion of the head by at most 60° about each axis and 50 mm along it."""
    from scipy.spatial.transform import Rotation

    def motion(angles: tuple[float, ...], shift: tuple[float, ...]) -> NDArray[np.float64]:
        matrix = np.eye(4)
        matrix[:3, :3] = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
        matrix[:3, 3] = shift
        return matrix

    triple = lambda limit: st.tuples(*[st.floats(-limit, limit)] * 3)  # noqa: E731
    return st.builds(motion, triple(60), triple(50))
