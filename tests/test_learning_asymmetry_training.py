"""The stream of examples and one short training of the asymmetry network, on ellipsoids of texture."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy import ndimage

from symbrain.errors import BadInput
from symbrain.learning.asymmetry import AsymmetryModel
from symbrain.learning.asymmetry_augmentation import measured, moved, recoloured
from symbrain.learning.asymmetry_changes import ChangeLaw, with_changes
from symbrain.learning.asymmetry_features import NAMES
from symbrain.learning.asymmetry_input import SHAPE, Image, Mask, Working
from symbrain.learning.asymmetry_loss import make_loss
from symbrain.learning.asymmetry_net import AsymmetryNet
from symbrain.learning.asymmetry_normals import KeptNormals, UprightNormal, keep, phantom_normal
from symbrain.learning.asymmetry_places import gather_places, stream
from symbrain.learning.asymmetry_training import finish, train_fold
from symbrain.learning.bundle import read_bundle
from symbrain.operating import operating_of
from symbrain.reflection import reflect
from symbrain.repeatability import known_of
from symbrain.settings import TrainAsymmetrySettings

torch.set_num_threads(1)
BLOBS = ChangeLaw(("haemorrhage", "white_matter_injury"), (10.0, 20.0), (4.0, 6.0), none=0.0, both_sides=0.0)
SHORT = TrainAsymmetrySettings(
    start="scratch", rounds=2, epochs=8, batch=512, learning_rate=5e-3, flip_consistency=0.02, min_normals=5
)


def normal(seed: int, fold: int = 0) -> UprightNormal:
    def load() -> tuple[Image, Mask, float]:
        at = np.moveaxis(np.indices((49, 60, 46)), 0, -1) - [24, 30, 23]
        depth = 1 - np.linalg.norm(at / [21, 26, 20], axis=-1)
        noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=depth.shape), 1.0)
        image = np.where(depth > 0.12, 1.0, 1.7) + 0.3 * noise
        return np.where(depth > 0, image, 0).astype(np.float32), depth > 0, 2.0

    return UprightNormal(f"scan-{seed}", fold, "T2w", 40.0, load)


@cache
def working(seed: int = 1) -> Working:
    return keep(normal(seed)).working


def test_a_kept_scan_is_small_and_the_same() -> None:
    kept = keep(normal(1))
    assert kept.image.nbytes + kept.mask.nbytes < 600_000
    assert kept.image.shape == SHAPE
    assert not kept.working.image[~kept.working.mask].any()
    assert np.median(kept.working.image[kept.working.mask]) == pytest.approx(1, abs=1e-3)


def test_a_change_of_one_side_is_a_target_and_one_of_both_sides_is_none() -> None:
    one, share = with_changes(working(), BLOBS, np.random.default_rng(1))
    assert share.max() > 0.9
    assert np.abs(one.image - working().image)[share > 0.5].mean() > 0.05
    pair, nothing = with_changes(working(), replace(BLOBS, both_sides=1.0), np.random.default_rng(1))
    assert not nothing.any()
    changed = np.abs(pair.image - working().image) > 0.05
    assert changed.sum() > 100
    assert (changed & reflect(changed)).sum() > 0.7 * changed.sum()
    same, nothing = with_changes(working(), replace(BLOBS, none=1.0), np.random.default_rng(1))
    np.testing.assert_array_equal(same.image, working().image)
    assert not nothing.any()


@pytest.mark.parametrize("change", [moved, recoloured, measured])
def test_augmentation_keeps_a_brain_a_brain(change) -> None:  # type: ignore[no-untyped-def]
    before = working()
    after = change(before, np.random.default_rng(3))
    again = change(before, np.random.default_rng(3))
    np.testing.assert_array_equal(after.image, again.image)
    assert np.isfinite(after.image).all()
    assert not after.image[~after.mask].any()
    assert after.mask.sum() == pytest.approx(before.mask.sum(), rel=0.1)
    assert np.abs(after.image - before.image).max() > 0


def test_places_and_batches_are_pure_functions_of_the_seed() -> None:
    normals = [keep(normal(k)) for k in range(2)]
    first, second = (gather_places(normals, BLOBS, brains=2, seed=4) for _ in range(2))
    assert first.described.shape == (len(first.share), len(NAMES))
    assert torch.equal(first.described, second.described)
    assert 0 < (first.share > 0.3).float().mean() < 0.5
    assert first.weight.min() >= 1
    late, again = (stream(first, batch=100, seed=1) for _ in range(2))
    assert torch.equal(late(30)["places"], again(30)["places"]), "whatever was asked for before"
    rounds = len(first.share) // 100
    seen = torch.cat([again(step)["share"] for step in range(rounds)])
    assert seen.sum() == pytest.approx(float(first.share.sum()), rel=0.1), "each place once in a round"
    assert not torch.equal(again(0)["places"], again(rounds)["places"])


def test_the_flip_is_judged_only_where_it_has_a_weight() -> None:
    batch = stream(gather_places([keep(normal(1))], BLOBS, brains=1, seed=1), batch=64, seed=1)(0)
    net = AsymmetryNet()
    without, with_flip = make_loss(0.0)(net, batch), make_loss(0.1)(net, batch)
    assert "flip" not in without
    assert float(with_flip["flip"].detach()) == pytest.approx(0, abs=1e-6), "a fresh network says the same everywhere"
    torch.nn.init.normal_(net.head.weight)
    taught = make_loss(0.1)(net, batch)
    assert float(taught["flip"].detach()) > 0
    assert float(taught["loss"].detach()) == pytest.approx(float((taught["map"] + 0.1 * taught["flip"]).detach()))


def test_too_few_normals_are_refused(tmp_path: Path) -> None:
    few = [normal(k, fold=k % 2) for k in range(6)]
    with pytest.raises(BadInput, match="3 normal scans are left"):
        train_fold(few, tmp_path / "net.safetensors", SHORT, seed=1, fold=0, start=None)


@pytest.mark.slow
def test_training_lowers_the_loss_and_ends_in_a_bundle_with_norms(tmp_path: Path) -> None:
    normals = [normal(k, fold=k % 2) for k in range(6)]
    weights = tmp_path / "net.safetensors"
    history = train_fold(normals, weights, SHORT, seed=1, fold=None, start=None, law=BLOBS)
    assert history.train[-1]["loss"] < 0.8 * history.train[1]["loss"]
    found = {}

    def norms(by_scan):  # type: ignore[no-untyped-def]
        found.update(by_scan)
        return {"cohort": {"n": len(by_scan)}}

    model = finish(
        normals, weights, [weights, weights], tmp_path / "asymmetry", SHORT, seed=1, history=history,
        data_source="Ellipsoids.", cohort_norms=norms,
    )  # fmt: skip
    assert set(found) == {n.scan_id for n in normals}
    assert model.calibration.n == 6
    assert model.sha256 == AsymmetryModel.load(tmp_path / "asymmetry").sha256
    image, mask, spacing = normals[0].load()
    assert model.compare(image, mask, spacing, fold=1).score == pytest.approx(found["scan-0"].score, abs=0.1)
    norms = read_bundle(tmp_path / "asymmetry").norms
    assert [(one.unit, one.n) for one in known_of(norms)] == [("log", 6), ("z", 6)]
    operating = operating_of(norms)
    assert operating is not None
    assert (operating.n, [change.n for change in operating.changes]) == (6, [6, 6])
    said = (tmp_path / "asymmetry" / "docs" / "README.md").read_text(encoding="utf-8")
    assert "## Repeatability" in said
    assert str(next(operating.readings(0.05)).sensitivity) in said


def test_normals_are_read_again_rather_than_held() -> None:
    reads: list[int] = []

    def normal(number: int) -> UprightNormal:
        one = phantom_normal(1_700_000, 0)

        def load() -> Any:
            reads.append(number)
            return one.load()

        return replace(one, scan_id=f"scan{number}", load=load)

    held = KeptNormals([normal(number) for number in range(3)], most=2)
    assert len(held) == 3
    assert [held[number].scan_id for number in (0, 1, 1, 0)] == ["scan0", "scan1", "scan1", "scan0"]
    assert reads == [0, 1]
    assert [one.scan_id for one in held] == ["scan0", "scan1", "scan2"]
    assert [one.scan_id for one in held[1:]] == ["scan1", "scan2"]
    assert reads == [0, 1, 2]
    assert held[-3].scan_id == "scan0"
    assert reads == [0, 1, 2, 0]  # the one that was asked for longest ago was let go
    with pytest.raises(IndexError):
        held[3]
