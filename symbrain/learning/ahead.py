"""Batches made while the network learns from those before, so that it need not wait for them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

import torch
from torch import Tensor

Batch = dict[str, Tensor]


def ahead(
    numbers: Iterator[int], stop: int, batches: Callable[[int], Batch], workers: int = 1
) -> Iterator[tuple[int, Batch]]:
    """Yield each step with its batch.

    Parameters
    ----------
    numbers
        The steps, one after another; training may end before ``stop``.
    batches
        From the step's number to its batch, a pure function, so that it does not matter who calls it when.
    workers
        Processes that make batches; with one of them, a thread does.
    """
    with _makers(batches, workers) as (pool, make):
        coming: deque[Future[Batch]] = deque()
        for step in numbers:
            while len(coming) <= workers and step + len(coming) < stop:
                coming.append(pool.submit(make, step + len(coming)))
            yield step, coming.popleft().result()


@contextmanager
def _makers(batches: Callable[[int], Batch], workers: int) -> Iterator[tuple[Executor, Callable[[int], Batch]]]:
    if workers == 1:
        with ThreadPoolExecutor(1) as threads:
            yield threads, batches
        return
    # Spawned, because a process that is forked from one with threads may wait forever.
    with ProcessPoolExecutor(workers, get_context("spawn"), _hold, (batches,)) as processes:
        yield processes, _made


def _hold(batches: Callable[[int], Batch]) -> None:
    """Keep, in a process that makes batches, what makes them: it is sent once."""
    torch.set_num_threads(1)
    _made.batches = batches  # type: ignore[attr-defined]


def _made(step: int) -> Batch:
    batch: Batch = _made.batches(step)  # type: ignore[attr-defined]
    return batch
