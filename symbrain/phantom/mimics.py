"""Heads that look one-sided or odd without a one-sided change of the brain, and heads without a normal midline.

Mimics are controls: a measure of the brain's asymmetry should not answer to them. In a head without a midline a
midline must not be claimed with confidence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symbrain.phantom.head import Phantom, make_head
from symbrain.phantom.lesion import KINDS, Lesion
from symbrain.phantom.variant import Variant

_STREAM = 300
_TURNED_DEG = 28.0

Draw = Callable[[np.random.Generator], dict[str, Any]]


def _either(rng: np.random.Generator, low: float, high: float) -> float:
    """Return a size with the sign of a side, drawn."""
    return float(rng.uniform(low, high) * rng.choice([-1, 1]))


def _pair(rng: np.random.Generator) -> dict[str, Any]:
    kind = str(rng.choice(KINDS))
    size = (13, 18) if kind == "ventriculomegaly" else (9, 18)
    lesion = Lesion(kind, "left", float(rng.uniform(*size)), float(rng.uniform(3, 6)), both_sides=True)
    return {"lesion": lesion}


_MIMICS: dict[str, Draw] = {
    "plagiocephaly": lambda rng: {"variant": Variant(plagiocephaly_mm=_either(rng, 6, 12))},
    "caput": lambda rng: {"variant": Variant(caput_mm=_either(rng, 4, 9))},
    "cavum": lambda rng: {"variant": Variant(cavum_mm=float(rng.uniform(3, 7)))},
    "wide_extra_axial": lambda rng: {"variant": Variant(extra_axial_mm=float(rng.uniform(2, 5)))},
    "turned_head": lambda rng: {"max_tilt_deg": _TURNED_DEG},
    "defaced": lambda rng: {"variant": Variant(defaced=True)},
    "symmetric_pair": _pair,
}
_NO_MIDLINE: dict[str, Draw] = {
    "callosal_agenesis": lambda rng: {"variant": Variant(callosum=False)},
    "holoprosencephaly": lambda rng: {"variant": Variant(fused=float(rng.choice([0.5, 1.0])))},
}
MIMICS = tuple(_MIMICS)
NO_MIDLINE = tuple(_NO_MIDLINE)


def mimic_options(name: str, seed: int) -> dict[str, Any]:
    """Return the options of ``make_head`` for a mimic, or a head without a midline, drawn from a seed."""
    draw = (_MIMICS | _NO_MIDLINE).get(name)
    if draw is None:
        msg = f"{name!r} is no mimic; choose one of {', '.join(MIMICS + NO_MIDLINE)}"
        raise ValueError(msg)
    return draw(np.random.default_rng([seed, _STREAM]))


def make_mimic(name: str, seed: int, **options: Any) -> Phantom:
    """Return the head of a mimic, or one without a normal midline.

    Parameters
    ----------
    name
        One of ``MIMICS`` or ``NO_MIDLINE``.
    seed
        Of the infant and of the departure's size and side.
    options
        Of ``make_head``; they take precedence over the mimic's own.
    """
    return make_head(seed, **(mimic_options(name, seed) | options))
