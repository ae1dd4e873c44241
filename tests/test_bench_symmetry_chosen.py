"""The line that a user gets: a network that knows the midline keeps it, and the table pairs the same trainings."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest
import torch
from torch import Tensor, nn

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from symbrain.learning.line_target import decode
from symbrain.learning.midline_net import HEAT, positions
from symbrain.learning.symmetry import Outputs
from symmetry import chosen
from symmetry.chosen import ChosenResults, chosen_table, judged, read_chosen
from symmetry.slices import SliceAmount, own_pictures, standing
from symmetry.trial import SMALL


class Knowing(nn.Module):
    """Paints a line that it was told, as the trials' slices lie."""

    def __init__(self, line: Tensor) -> None:
        super().__init__()
        self.line = line

    def forward(self, x: Tensor) -> Outputs:
        """Return a ridge along the line."""
        theta, offset = (value[:, None, None] for value in decode(self.line.expand(len(x), 4)))
        at = positions(HEAT)
        away = at[None, :, None] * torch.cos(theta) - at[None, None, :] * torch.sin(theta) - offset
        return {"heat": -(away.square() / 8)[:, None], "numbers": torch.tensor([[-3.0, 0.0, 5.0]]).expand(len(x), 3)}


@pytest.mark.parametrize("number", [0, 7])
def test_who_knows_the_midline_is_near_it_and_a_line_at_right_angles_is_another(number: int) -> None:
    pictures, heads = own_pictures(SliceAmount(judged=10), 0.0)
    assert heads == [0] * 10
    picture = pictures[number]
    line = torch.from_numpy(standing([picture])["line"]).float()
    right = judged(Knowing(line), [picture], [0])
    assert right["angle_deg"] < 3  # of the slice's own line, at 2 mm and with noise
    assert right["lost"] == 0
    turned = line * torch.tensor([-1.0, -1.0, 1.0, 1.0])
    assert judged(Knowing(turned), [picture], [0])["angle_deg"] != right["angle_deg"]


def test_the_table_stands_beside_the_networks_of_the_same_trainings() -> None:
    scores = " | ".join(["1 9"] * 4)
    names = ("none", "flip consistency", "as in the product")
    rows = pd.DataFrame(
        [
            {"mechanism": name, "seed": seed, "judged_on": "own", "angle_deg": 1.0, "offset_mm": 0.5, "lost": 0.5}
            | {"scores": scores}
            for name in names
            for seed in (1, 2)
        ]
    )
    networks = rows.assign(model="midline", heads=0, asymmetry=0.0, angle_deg=[3.0, 3.0, 2.0, 2.0, 4.0, 4.0])
    networks = pd.concat([networks, networks.assign(asymmetry=1.0, angle_deg=99.0)])
    reference, none, product = chosen_table(rows, networks)[2:]
    same = "+0, +0 to +0"
    assert reference == f"| own | flip consistency | 2 | 2 | 1 (reference) | 9 | 0.5 | 0.5 (reference) | {same} |"
    assert none == f"| own | none | 2 | 3 | 1 ({same}) | 9 | 0.5 | 0.5 ({same}) | {same} |"
    assert product.endswith(f"0.5 ({same}) | reference |")


def test_lines_are_kept_of_whole_trainings_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ChosenResults, "_slices", {"development": ([], []), "own": ([], [])})
    monkeypatch.setattr(
        chosen, "judged", lambda *_: {"angle_deg": 1.0, "offset_mm": 0.5, "lost": 0.0, "scores": "1 | 2"}
    )
    path = tmp_path / "lines.tsv"
    results = ChosenResults(path, SMALL)
    results.add("none", 1, nn.Identity())
    assert ChosenResults(path, SMALL).holds("none", 1)
    path.write_text(path.read_text()[:-2])
    assert not ChosenResults(path, SMALL).holds("none", 1)
    ChosenResults(path, SMALL).add("none", 1, nn.Identity())
    assert read_chosen(path)[["mechanism", "judged_on"]].values.tolist() == [["none", "development"], ["none", "own"]]
