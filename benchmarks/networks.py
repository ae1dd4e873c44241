"""How a folder with a trained network becomes a method: the one place that knows how weights are packaged."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

from methods import LineAnswer, Method
from symbrain.line import Line


def load(folder: Path) -> Method:
    """Return the method of a bundle's folder: a network for the midline answers for slices, one for asymmetry scores.

    Called once in each worker and once by the run that hands out the heads, which only looks which questions the method
    answers; so the weights are read in the first answer.
    """
    inference = json.loads((folder / "configs" / "inference.json").read_text(encoding="utf-8"))
    name = folder.resolve().name
    if "midline" in inference["network_def"]["_target_"]:
        return Method(name, line=_line(folder))
    return Method(name, score=_score(folder))


def _line(folder: Path) -> Any:
    @cache
    def model() -> Any:
        from symbrain.learning.midline import Midline

        return Midline.load(folder)

    def line(pixels: Any, spacing_mm: tuple[float, float]) -> LineAnswer:
        found = model().predict(pixels, spacing_mm)
        if found.points is None:
            return LineAnswer(None, absent=1 - found.p_midline)
        one = Line.from_angle(found.angle_deg, found.offset_mm, pixels.shape, spacing_mm)
        sd = (found.angle_sd_deg, found.offset_sd_mm)
        return LineAnswer(one, *(v if math.isfinite(v) else None for v in sd), absent=1 - found.p_midline)

    return line


def _score(folder: Path) -> Any:
    @cache
    def model() -> Any:
        from symbrain.learning.asymmetry import AsymmetryModel

        return AsymmetryModel.load(folder)

    def score(image: Any, mask: Any, spacing_mm: float, _age_weeks: float, _modality: str) -> tuple[float, str, Any]:
        found = model().compare(image, mask, spacing_mm)
        return found.score, found.side, found.heat

    return score
