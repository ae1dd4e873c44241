"""The two models tell the truth of themselves: descriptions move as they are said to, encoders and readers compose."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from symbrain.learning.asymmetry_features import NAMES
from symmetry.brains import described, normal_brain
from symmetry.catalogue import MECHANISMS, for_model
from symmetry.mechanism import Coded, coded
from symmetry.models import MODELS, SIDE, SPREAD, PlaceNet


@pytest.mark.parametrize("name", MODELS)
def test_flips_are_involutions_and_a_network_is_its_encoder_and_its_reader(name: str) -> None:
    torch.manual_seed(0)
    model = MODELS[name]()
    net = model.make().eval()
    x = torch.randn(5, 1, 96, 96) if name == "midline" else torch.randn(20, 64)
    for element in (*model.group, model.parity):
        torch.testing.assert_close(element.on_input(element.on_input(x)), x)
    halved: Coded = coded(net)
    latent = halved.encode(x)
    assert latent.shape[1] == model.width
    for key, value in net(x).items():
        torch.testing.assert_close(halved.read(latent)[key], value)


def test_descriptions_move_as_the_model_says() -> None:
    """Against the descriptions of a brain and its mirror image themselves; both in the order of the places."""
    brain = normal_brain(3_490_000, 1.0).working
    nothing = np.zeros_like(brain.image)
    here, there = (described(one, nothing)["x"].astype(np.float32) for one in (brain, brain.mirrored()))
    model, at = MODELS["asymmetry"](), NAMES.index
    key = [SIDE, at("from the midline"), at("forward"), at("upward")]

    def order(x: np.ndarray, side: float) -> np.ndarray:
        return np.lexsort(np.round(x[:, key] * [side, 1, 1, 1], 2).T)

    moved = model.reflection.on_input(torch.from_numpy(here)).numpy()
    np.testing.assert_allclose(moved[order(moved, 1)], there[order(there, 1)], atol=0.02)
    # The homologous place of the same brain; depth, of which the other side's is not known, is left out.
    across = model.parity.on_input(torch.from_numpy(here)).numpy()
    numbers = {tuple(row): i for i, row in enumerate(np.round(here[:, key], 2))}
    pairs = [(i, numbers[tuple(row)]) for i, row in enumerate(np.round(across[:, key], 2)) if tuple(row) in numbers]
    assert len(pairs) > 0.9 * len(here)
    own, other = (list(v) for v in zip(*pairs, strict=True))
    told = [i for i, name in enumerate(NAMES) if not name.startswith("brain within")]
    np.testing.assert_allclose(across[own][:, told], here[other][:, told], atol=0.02)


def test_every_mechanism_is_for_a_model_or_says_why_not() -> None:
    for name, kind in MECHANISMS.items():
        assert all(len(reason) > 20 for reason in kind.not_for.values()), name
        for model in set(MODELS) - set(kind.not_for):
            way = kind(MODELS[model]())
            assert way.passes >= 1
    assert len(for_model("midline")) >= 14
    assert len(for_model("asymmetry")) >= 13


def test_a_place_is_not_trusted_where_either_side_is_changed() -> None:
    batch = {
        "trust": torch.full((4,), 0.8),
        "share": torch.tensor([0, 0.5, 0, 0.5]),
        "other": torch.tensor([0, 0, 1, 1]),
    }
    assert MODELS["asymmetry"]().trust(batch).tolist() == pytest.approx([0.8, 0, 0, 0])


def test_what_is_changed_on_the_other_side_is_what_is_changed_in_the_mirror() -> None:
    brain = normal_brain(3_490_000, 0.0).working
    changed = np.zeros_like(brain.image)
    changed[: len(changed) // 3] = 1.0  # on the subject's left
    here = described(brain, changed)
    left = here["x"][:, SIDE] < 0
    assert here["share"][left].max() == here["other"][~left].max() == 1.0
    assert here["share"][~left].max() == here["other"][left].max() == 0.0
    assert here["share"].sum() > 0


def test_the_side_is_seen_only_where_it_is_asked_for_and_the_distance_by_its_mechanism() -> None:
    x = torch.randn(20, 64, generator=torch.Generator().manual_seed(0))
    for side, seen in ((False, {SPREAD: False}), (True, {SPREAD: False})):
        net = PlaceNet(side=side)
        for column, is_seen in (seen | {SIDE: side, 0: True}).items():
            other = x.clone()
            other[:, column] += 1
            assert torch.equal(net.encode(x), net.encode(other)) != is_seen
    bures = MECHANISMS["bures feature"](MODELS["asymmetry"]()).prepare(PlaceNet())
    assert (bures.seen[SPREAD], bures.seen[SIDE]) == (1, 0)
