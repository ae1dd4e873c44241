"""Batches made ahead: in order, each once, the same whoever makes them."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch

from symbrain.learning.ahead import Batch, ahead


@dataclass(frozen=True)
class Squares:
    last: int = 100

    def __call__(self, step: int) -> Batch:
        if step >= self.last:
            msg = f"nobody asked for {step}"
            raise ValueError(msg)
        return {"square": torch.tensor(step**2)}


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_each_step_has_its_own_batch_whoever_makes_it(workers: int) -> None:
    found = [(step, int(batch["square"])) for step, batch in ahead(iter(range(3, 9)), 9, Squares(9), workers)]
    assert found == [(step, step**2) for step in range(3, 9)]


def test_none_is_made_beyond_the_end() -> None:
    list(ahead(iter(range(4)), 4, Squares(4)))


def test_what_fails_ahead_is_told_when_its_step_comes() -> None:
    coming = ahead(iter(range(4)), 4, Squares(2))
    assert [next(coming)[0], next(coming)[0]] == [0, 1]
    with pytest.raises(ValueError, match="nobody asked for 2"):
        next(coming)
