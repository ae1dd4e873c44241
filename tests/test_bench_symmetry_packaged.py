"""The packaged networks in the laboratory: they answer there as they do in the product, and averages are exact."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from symbrain.learning.line_target import FLIPS
from symbrain.learning.midline import Midline
from symbrain.learning.midline_net import read_line
from symbrain.learning.packaged import packaged
from symbrain.learning.symmetry import Symmetrised
from symmetry import packaged as measured
from symmetry.models import MODELS
from symmetry.packaged import AveragedOver, Places, measure_packaged, packaged_slices, packaged_table, read_packaged


@torch.inference_mode()
def test_slices_of_the_laboratory_get_the_lines_of_the_product_with_rows_and_columns_exchanged() -> None:
    x = torch.from_numpy(np.random.default_rng(0).random((3, 1, 96, 96), np.float32))
    ours = AveragedOver(MODELS["midline"](), FLIPS).infer(packaged_slices().eval(), x)
    theirs = Symmetrised(Midline.load(packaged("midline")).net.net.eval(), FLIPS)(x.transpose(-2, -1))
    assert torch.allclose(ours["heat"], theirs["heat"].transpose(-2, -1), atol=1e-5)
    found, expected = read_line(ours["heat"]), read_line(theirs["heat"])
    assert torch.allclose(found[:, 0], -expected[:, 0], atol=1e-4)  # the angle becomes 90° less itself
    assert torch.allclose(found[:, 2:], expected[:, [3, 2]], atol=1e-3)


@torch.inference_mode()
def test_places_are_exact_under_the_mirror_when_averaged_and_not_when_raw() -> None:
    model, net = MODELS["asymmetry"](), Places().eval()
    x = torch.from_numpy(np.random.default_rng(0).normal(size=(500, 64)).astype(np.float32))
    for flips, exact in ((model.group[:1], False), (model.group, True)):
        way = AveragedOver(model, flips)
        here, there = way.infer(net, x)["logit"], way.infer(net, model.reflection.on_input(x))["logit"]
        assert torch.allclose(here, there, atol=1e-4) == exact


def test_the_table_tells_the_difference_from_the_raw_network() -> None:
    rows = pd.DataFrame(
        [
            {"model": "midline", "averaged_over": over, "asymmetry": 0.0, "angle_deg": angle, "offset_mm": 1.0}
            | {"within_5deg": 0.9, "equivariance": 0.0, "scores": " | ".join([f"{angle} {angle}"] * 4)}
            for over, angle in (("none", 2.0), ("all flips", 1.5))
        ]
    )
    raw, averaged = packaged_table(rows)[2:]
    assert raw.startswith("| midline | 0 | none | 2 |  |")
    assert averaged.startswith("| midline | 0 | all flips | 1.5 | -0.5 (-0.5 to -0.5) |")


def test_the_packaged_weights_are_measured_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def judged(asymmetry: float, _setting: object) -> list[dict[str, object]]:
        asked.append(asymmetry)
        return [{"model": "midline", "averaged_over": "none", "asymmetry": asymmetry, "angle_deg": 2.0}]

    monkeypatch.setattr(measured, "judged", judged)
    path = tmp_path / "packaged.tsv"
    measure_packaged(path)
    measure_packaged(path)
    assert asked == [0.0, 1.0]
    assert read_packaged(path)["angle_deg"].tolist() == [2.0, 2.0]
