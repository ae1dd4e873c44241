"""The one training loop: repeatable, resumable, and it keeps the best."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from symbrain.learning import loop
from symbrain.learning.ahead import Batch
from symbrain.learning.loop import History, Schedule, train
from symbrain.learning.training_device import TrainingDevice

SCHEDULE = Schedule(steps=40, batch=8, learning_rate=0.02, warmup=5, check_every=5, patience=100, average=0.9)
TRUTH = torch.tensor([[1.0], [-2.0], [0.5]])


def batches(step: int) -> Batch:
    x = torch.randn(8, 3, generator=torch.Generator().manual_seed(step))
    return {"x": x, "y": x @ TRUTH}


def loss(net: nn.Module, batch: Batch) -> dict[str, Tensor]:
    return {"loss": (net(batch["x"]) - batch["y"]).square().mean()}


def check(net: nn.Module) -> float:
    with torch.no_grad():
        return float(loss(net, batches(10_000))["loss"])


def fresh() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.2), nn.Linear(4, 1))


def run(net: nn.Module, schedule: Schedule = SCHEDULE, path: Path | None = None, stop_at: int | None = None) -> History:
    def stream(step: int) -> Batch:
        if step == stop_at:
            raise KeyboardInterrupt
        return batches(step)

    return train(net, schedule, stream, loss, check, seed=3, name="test", checkpoint=path)


def same(a: nn.Module, b: nn.Module) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values(), strict=True))


def test_same_seed_is_bit_equal_and_learns() -> None:
    a, b = fresh(), fresh()
    before = check(a.eval())
    first, second = run(a), run(b)
    assert same(a, b)
    assert first == second
    assert check(a) < before / 2
    assert first.steps == list(range(0, 41, 5))
    assert first.stopped == "steps"


@pytest.mark.slow
def test_processes_that_make_batches_move_no_bit() -> None:
    one, several = fresh(), fresh()
    for net, workers in ((one, 1), (several, 2)):
        train(net, SCHEDULE, batches, loss, check, seed=3, name="test", workers=workers)
    assert same(one, several)


def test_learns_in_mixed_precision_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a card, but on the processor: products in bfloat16, weights in float32."""
    mixed = TrainingDevice(torch.device("cpu"), mixed=True)
    monkeypatch.setattr(loop.TrainingDevice, "of", lambda _: mixed)
    net = fresh()
    before = check(net.eval())
    run(net)
    assert check(net) < before / 2
    assert all(value.dtype == torch.float32 for value in net.state_dict().values())
    assert not same(net, _in_full_precision(monkeypatch))


def _in_full_precision(monkeypatch: pytest.MonkeyPatch) -> nn.Module:
    monkeypatch.undo()
    net = fresh()
    run(net)
    return net


def test_leaves_the_callers_random_stream_alone() -> None:
    torch.manual_seed(7)
    expected = torch.rand(3)
    net = fresh()
    torch.manual_seed(7)
    run(net)
    assert torch.equal(torch.rand(3), expected)
    assert not torch.are_deterministic_algorithms_enabled()


@pytest.mark.parametrize("stop_at", [7, 22, 39])
def test_resuming_changes_no_bit(tmp_path: Path, stop_at: int) -> None:
    whole, path = fresh(), tmp_path / "run.safetensors"
    expected = run(whole)
    with pytest.raises(KeyboardInterrupt):
        run(fresh(), path=path, stop_at=stop_at)
    torch.manual_seed(99)
    other = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.2), nn.Linear(4, 1))
    assert run(other, path=path) == expected
    assert same(whole, other)
    again = fresh()
    assert run(again, path=path, stop_at=0) == expected  # nothing is left to do
    assert same(whole, again)


def test_checkpoint_of_another_run_is_not_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, plain, other = tmp_path / "run.safetensors", fresh(), fresh()
    run(fresh(), path=path)
    changed = replace(SCHEDULE, learning_rate=0.01)
    assert run(other, changed, path) == run(plain, changed)
    assert "another seed or schedule" in capsys.readouterr().err
    path.write_bytes(b"\x80\x04 a pickle")
    run(fresh(), path=path)
    assert "is no checkpoint" in capsys.readouterr().err


def test_early_stopping_restores_the_best() -> None:
    """The check is made to rise from its fourth call on: those weights are the ones to keep."""
    seen: list[dict[str, Tensor]] = []
    figures = [3.0, 2.0, 1.0, 1.5, float("nan"), 1.2, 0.1]

    def rising(net: nn.Module) -> float:
        seen.append({k: v.clone() for k, v in net.state_dict().items()})
        return figures[len(seen) - 1]

    net = fresh()
    history = train(net, replace(SCHEDULE, patience=3), batches, loss, rising, seed=3, name="test")
    assert (history.stopped, history.best_step) == ("patience", 10)
    assert len(seen) == 6
    assert all(torch.equal(v, seen[2][k]) for k, v in net.state_dict().items())


def test_no_finite_loss_is_an_error() -> None:
    def broken(net: nn.Module, batch: Batch) -> dict[str, Tensor]:
        return {"loss": net(batch["x"]).sum() * float("nan")}

    with pytest.raises(FloatingPointError, match="not a finite number"):
        train(fresh(), SCHEDULE, batches, broken, check, seed=1, name="test")


def test_rate_rises_then_falls() -> None:
    rates = [SCHEDULE.rate(step) for step in range(SCHEDULE.steps)]
    assert max(rates) == SCHEDULE.learning_rate
    assert rates[:6] == sorted(rates[:6])
    assert rates[5:] == sorted(rates[5:], reverse=True)
    assert min(rates) > 0
