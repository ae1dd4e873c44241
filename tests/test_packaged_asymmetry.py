"""Law 3 for the network that comes with the package: symmetric heads score low, and the score rises with a lesion."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.stats import spearmanr

from symbrain.learning.asymmetry import AsymmetryModel
from symbrain.learning.packaged import packaged
from symbrain.phantom import Lesion, make_head
from symbrain.reflection import reflect

pytestmark = pytest.mark.slow


@cache
def model() -> AsymmetryModel:
    return AsymmetryModel.load(packaged("asymmetry"))


def score(seed: int, *, lesion: Lesion | None = None, symmetric: bool = False) -> float:
    """Score an upright head of 2 mm on its true plane."""
    head = make_head(
        seed,
        spacing_mm=2.0,
        shape=(65, 72, 60),
        max_tilt_deg=0.0,
        max_shift_mm=0.0,
        noise=0.0 if symmetric else 0.015,
        bias=0.0,
        skull=False,
        symmetric=symmetric,
        lesion=lesion,
    )
    return model().compare(reflect(head.image), reflect(head.mask), 2.0).score


def test_symmetric_heads_score_below_the_normals() -> None:
    normals = [score(seed) for seed in range(40, 60)]
    symmetric = [score(seed, symmetric=True) for seed in (40, 50, 61, 62)]
    assert max(symmetric) < np.percentile(normals, 95)
    assert np.median(symmetric) < np.median(normals)


@pytest.mark.parametrize("series", ["diameter_mm", "contrast_sd"])
def test_the_score_rises_with_the_lesion(series: str) -> None:
    """Below what is found at all, the score is that of the head's own most unusual place: hence the mean over heads."""
    steps = (6.0, 10.0, 14.0, 18.0, 22.0) if series == "diameter_mm" else (1.0, 2.0, 3.5, 5.0, 7.0)
    ranks = []
    for seed in (21, 22, 23, 24):
        lesion = {"kind": "haemorrhage", "side": "right", "diameter_mm": 18.0, "contrast_sd": 5.0}
        scores = [score(seed, lesion=Lesion(**{**lesion, series: step})) for step in steps]  # type: ignore[arg-type]
        ranks.append(spearmanr(steps, scores).statistic)
        assert scores[-1] > 2 * scores[0]
    assert np.mean(ranks) > 0.8
