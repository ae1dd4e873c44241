"""The regressor: exactly equivariant (law 2), saved bit-equal (law 8), and able to learn."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from symbrain.errors import BadInput
from symbrain.learning.bundle import read_bundle
from symbrain.learning.line_target import FLIPS, angle_error, encode, foot_error
from symbrain.learning.loop import Schedule, train
from symbrain.learning.midline import FoundMidline, Midline
from symbrain.learning.midline_loss import MidlineLoss
from symbrain.learning.midline_net import HEAT, MidlineNet, positions, read_line
from symbrain.learning.midline_slices import AnnotatedSlice, Stream, collate
from symbrain.learning.midline_synthetic import synthetic
from symbrain.learning.midline_training import TrainMidlineSettings, train_midline
from symbrain.learning.picture import Picture
from symbrain.line import Line
from test_learning_bundle import resum


def small() -> MidlineNet:
    torch.manual_seed(4)
    return MidlineNet((4, 8, 8, 8))


@pytest.fixture
def model() -> Midline:
    return Midline(small(), least_p=0.0)


def easy(seed: int, shape: tuple[int, int] = (60, 52)) -> Picture:
    """Return an ellipse with a dark fissure."""
    rng = np.random.default_rng(seed)
    line = Line.from_angle(float(90 + rng.uniform(-20, 20)), float(rng.uniform(-4, 4)), shape, (2.0, 2.0))
    assert line is not None
    y, x = np.indices(shape)
    points = np.stack([x.ravel(), y.ravel()], 1)
    u = line.distance_mm(points).reshape(shape)
    theta = np.radians(line.angle_deg)
    v = ((x - (shape[1] - 1) / 2) * np.cos(theta) + (y - (shape[0] - 1) / 2) * np.sin(theta)) * 2.0
    head = (u / 36) ** 2 + (v / 48) ** 2 < 1
    pixels = (head * (1 - 0.8 * np.exp(-0.5 * (u / 2.5) ** 2))).astype(np.float32)
    return Picture(pixels + 0.03 * rng.random(shape, np.float32), (2.0, 2.0), line)


def test_line_is_read_off_a_ridge() -> None:
    angles, offsets = torch.tensor([0.0, 0.5, -1.2, 1.5]), torch.tensor([0.0, 6.0, -9.0, 3.0])
    at = positions(HEAT)
    far = -at[None, :] * torch.sin(angles)[:, None, None] + at[:, None] * torch.cos(angles)[:, None, None]
    disc = (at[None, :] ** 2 + at[:, None] ** 2 > 40**2) * 50.0
    heat = -0.5 * ((far - offsets[:, None, None]) / 2.0) ** 2 - disc
    found, truth = read_line(heat[:, None]), encode(angles, offsets)
    assert torch.rad2deg(angle_error(found, truth)).max() < 0.1
    assert foot_error(found, truth).max() < 0.05


def test_law_2_on_tensors(model: Midline) -> None:
    images = collate([synthetic(np.random.default_rng(i), 0) for i in range(3)])["image"]
    plain = model.outputs(images)
    for element in FLIPS:
        flipped, expected = model.outputs(element.on_input(images)), element.act_out(plain)
        for key in plain:
            assert (flipped[key] - expected[key]).abs().max() < 1e-4, key
        heats = model.net(element.on_input(images))["heat"], element.act_out(model.net(images))["heat"]
        assert (heats[0] - heats[1]).abs().max() < 1e-5


@pytest.mark.parametrize("axes", [(-2,), (-1,), (-2, -1)])
def test_law_2_on_lines(model: Midline, axes: tuple[int, ...]) -> None:
    picture = easy(3, (61, 52))
    plain = model.predict(picture.pixels, (2.0, 2.2))
    flipped = model.predict(np.flip(picture.pixels, axes), (2.0, 2.2))
    assert isinstance(plain, FoundMidline)
    assert isinstance(flipped, FoundMidline)
    assert plain.points is not None
    assert flipped.points is not None
    signs, last = [-1 if -1 in axes else 1, -1 if -2 in axes else 1], [51, 60]
    start, end = (np.where(np.array(signs) < 0, last, 0) + p * signs for p in plain.points)
    expected = Line(tuple(start), tuple(end), (61, 52), (2.0, 2.2))
    found = Line(tuple(flipped.points[0]), tuple(flipped.points[1]), (61, 52), (2.0, 2.2))
    assert found.error_to(expected) == pytest.approx((0, 0), abs=0.01)
    for name in ("angle_sd_deg", "offset_sd_mm", "p_midline"):
        assert getattr(flipped, name) == pytest.approx(getattr(plain, name), rel=1e-3)


def test_predict_takes_slices_and_stacks(model: Midline) -> None:
    image = easy(1).pixels
    one = model.predict(image, 2.0)
    several = model.predict(np.stack([image, np.zeros_like(image), image * np.nan]), (2.0, 2.0))
    assert isinstance(one, FoundMidline)
    assert isinstance(several, list)
    assert one.points is not None
    assert one.points.shape == (2, 2)
    assert one.points[0, 0] <= one.points[1, 0]
    assert -90 < one.angle_deg <= 90
    assert several[0].angle_deg == pytest.approx(one.angle_deg, abs=1e-3)
    for empty in several[1:]:
        assert empty.points is None
        assert empty.p_midline == 0
        assert all(math.isnan(v) for v in (empty.angle_deg, empty.offset_mm, empty.angle_sd_deg, empty.offset_sd_mm))
    assert model.predict(np.zeros((0, 50, 50)), 1.0) == []
    for wrong in (np.zeros(5), np.zeros((2, 2, 2, 2))):
        with pytest.raises(BadInput, match="expected"):
            model.predict(wrong, 1.0)
    with pytest.raises(BadInput, match="expected"):
        model.predict(image, (1.0, 2.0, 3.0))


def test_unsure_slices_have_no_line() -> None:
    found = Midline(small(), least_p=1.1).predict(easy(1).pixels, 2.0)
    assert isinstance(found, FoundMidline)
    assert found.points is None
    assert 0 < found.p_midline < 1


def test_batches_are_functions_of_the_step() -> None:
    stream = Stream([easy(i) for i in range(3)], 0.5, 10, seed=2, heads=0)
    a, b = stream(5), stream(5)
    assert all(torch.equal(a[key], b[key]) for key in a)
    assert not torch.equal(a["image"], stream(6)["image"])
    assert a["image"].shape == (10, 1, 96, 96)
    assert int(a["twins"]) == 2
    element = FLIPS[int(a["flip"])]
    assert torch.equal(element.on_input(a["image"][:2]), a["image"][-2:])
    assert torch.equal(element.act_out({"line": a["line"][:2]})["line"], a["line"][-2:])


@pytest.mark.slow
def test_learns_an_easy_line() -> None:
    """A tiny network on tiny heads: the loss falls, and unseen easy lines are found."""
    net = small()
    pictures = [easy(i) for i in range(96)]
    together = collate(pictures)

    def batches(step: int) -> dict[str, torch.Tensor]:
        rows = torch.from_numpy(np.random.default_rng(step).choice(96, 8, replace=False))
        image, line, exists = (together[k][rows] for k in ("image", "line", "exists"))
        flipped = FLIPS[1].act_out({"line": line})["line"]
        return {
            "image": torch.cat([image, image.flip(-2)]),
            "line": torch.cat([line, flipped]),
            "exists": exists.repeat(2),
            "flip": torch.tensor(1),
            "twins": torch.tensor(8),
        }

    unseen = collate([easy(i) for i in range(1000, 1024)])

    def degrees(one: torch.nn.Module) -> float:
        with torch.inference_mode():
            return float(torch.rad2deg(angle_error(read_line(one(unseen["image"])["heat"]), unseen["line"])).median())

    before = degrees(net)
    schedule = Schedule(120, 16, 0.01, warmup=10, check_every=30, average=0.9)
    history = train(net, schedule, batches, MidlineLoss(0.1), degrees, seed=1, name="test")
    assert history.train[-1]["loss"] < 0.6 * history.train[1]["loss"]
    assert degrees(net) < min(2.0, before)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("weights") / "midline"
    cohort = [
        AnnotatedSlice(one.pixels * 300, one.spacing_mm, one.line, split, f"sub-{i}")
        for i, split in enumerate(["train", "train", "val", "test"])
        for one in [easy(i)]
    ]
    settings = TrainMidlineSettings(steps=3, batch=4)
    train_midline(cohort, out, settings, seed=1, start=None, threads=1, heads=0, held_out=8)
    return out


@pytest.mark.slow
def test_trained_bundle_is_whole(trained: Path) -> None:
    bundle = read_bundle(trained)
    metrics = bundle.metadata["eval_metrics"]
    assert set(metrics) == {"cohort_test", "synthetic_upright_posed", "synthetic_any_pose"}
    assert set(metrics["cohort_test"]) >= {"raw", "symmetrised", "chosen", "constant_line"}
    assert bundle.metadata["sources"] == {"train": "cohort", "val": "cohort", "test": "cohort"}
    assert {"angle_sd_factor", "offset_sd_factor"} <= set(bundle.norms)
    assert [p.name for p in trained.parent.iterdir()] == ["midline"]  # no checkpoint is left
    assert "constant_line" in (trained / "docs" / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_law_8_the_loaded_network_is_bit_equal(trained: Path) -> None:
    bundle, model = read_bundle(trained), Midline.load(trained)
    state = model.net.net.state_dict()
    assert all(torch.equal(state[key], value) for key, value in bundle.state.items())
    assert model.sha256 == bundle.sha256
    assert torch.equal(model.outputs(bundle.golden["image"])["line"], bundle.golden["line"])


@pytest.mark.slow
def test_training_twice_is_bit_equal_and_goes_on_from_a_bundle(trained: Path, tmp_path: Path) -> None:
    settings = TrainMidlineSettings(steps=2, batch=4)
    results = []
    for name in ("a", "b"):
        train_midline((), tmp_path / name, settings, seed=1, start=trained, threads=1, heads=0, held_out=4)
        results.append(read_bundle(tmp_path / name))
    assert results[0].sha256 == results[1].sha256
    assert results[0].metadata["started_from"] == read_bundle(trained).sha256
    assert results[0].metadata["sources"]["val"] == "synthetic"


@pytest.mark.parametrize("change", ["target", "channels", "golden"])
@pytest.mark.slow
def test_another_network_is_refused(trained: Path, tmp_path: Path, change: str) -> None:
    import shutil

    folder = tmp_path / "changed"
    shutil.copytree(trained, folder)
    if change == "golden":
        from safetensors.torch import load_file, save_file

        golden = load_file(folder / "golden.safetensors")
        save_file(golden | {"line": golden["line"] + 0.1}, folder / "golden.safetensors")
    else:
        path = folder / "configs" / "inference.json"
        record = json.loads(path.read_text())
        record["network_def"] |= {"_target_": "os.system"} if change == "target" else {"channels": [4, 8, 8]}
        path.write_text(json.dumps(record))
    resum(folder)
    with pytest.raises(BadInput, match={"target": "os.system", "channels": "does not fit", "golden": "golden"}[change]):
        Midline.load(folder)
