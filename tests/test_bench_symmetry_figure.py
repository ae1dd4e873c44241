"""The figure of the ablation draws what the table says, from the first rows to several sizes and asymmetries."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from symmetry.figure import broken, by_count, write_figure
from symmetry.results import COLUMNS

NAMES = ("none", "flip consistency", "soft equivariance")


def rows(asymmetries: list[float], heads: list[int]) -> pd.DataFrame:
    """Return rows of both models, three seeds each."""
    rng, found = np.random.default_rng(0), []
    for model, figure in (("asymmetry", "auroc"), ("midline", "angle_deg")):
        for asymmetry in asymmetries:
            for count in heads:
                for seed in (1, 2, 3):
                    for name in NAMES:
                        words = f"reflection={2 - asymmetry + 0.1 * seed} turn=1" if name == NAMES[2] else "none"
                        row = dict.fromkeys(COLUMNS, float("nan"))
                        row |= {"model": model, "mechanism": name, "seed": seed, "asymmetry": asymmetry}
                        row |= {"heads": count, "learned": words, figure: 0.7 + 0.02 * rng.normal()}
                        row |= {"scores": "0 1 2 | 1 2 3", "broken": 0.3 * asymmetry + 0.01 * seed}
                        found += [row | {"judged_on": on} for on in ("development", "own")]
    return pd.DataFrame(found)


@pytest.mark.parametrize(("asymmetries", "heads"), [([0.0], [0]), ([0.0, 0.5, 1.0], [0]), ([0.0, 1.0], [4, 12, 0])])
def test_it_is_drawn_of_whatever_rows_there_are(tmp_path: Path, asymmetries: list[float], heads: list[int]) -> None:
    path = tmp_path / "symmetry.png"
    write_figure(rows(asymmetries, heads), path)
    assert path.read_bytes()[:4] == b"\x89PNG"


def test_the_mirror_is_that_of_trainings_from_all_heads() -> None:
    found = broken(rows([0.0, 1.0], [4, 0]))
    assert len(found) == 2 * 2 * 3 * len(NAMES)  # models, asymmetries, seeds
    mean = found.groupby("asymmetry")[["broken", "strength"]].mean()
    assert mean["broken"].tolist() == pytest.approx([0.02, 0.32])
    assert mean["strength"].tolist() == pytest.approx([2.2, 1.2])


def test_trainings_as_large_as_the_packaged_networks_stand_beside_the_others(tmp_path: Path) -> None:
    several, full = rows([0.0, 1.0], [4, 12, 0]), rows([0.0], [0])
    found = by_count(several, full[full["mechanism"] != NAMES[0]], "asymmetry", "own")
    counts = {str(name): set(mine["count"]) for name, mine in found.groupby("mechanism")}
    assert counts == {NAMES[0]: {4, 12, 96}, NAMES[1]: {4, 12, 96, 480}, NAMES[2]: {4, 12, 96, 480}}
    assert set(found["judged_on"]) == {"own"}
    assert by_count(rows([0.0], [0]), full, "midline", "own").empty, "of one number of heads alone"
    write_figure(several, tmp_path / "symmetry.png", full, full)
    assert (tmp_path / "symmetry.png").read_bytes()[:4] == b"\x89PNG"
