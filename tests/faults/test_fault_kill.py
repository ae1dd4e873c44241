"""A run that is killed again and again, at moments drawn by a seed, ends with the bits of one that never was."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from faults.account import Row, tell
from faults.conftest import Undisturbed
from faults.flow import finish, kill, start
from faults.runs import digests
from faults.small import copy_training

pytestmark = pytest.mark.slow


@pytest.fixture
def timed(undisturbed: Undisturbed, tmp_path: Path) -> float:
    """Return how many seconds the workflow takes here where nothing happens to it, and that it gives the same bits."""
    folder = tmp_path / "timed"
    copy_training(undisturbed.results, folder / "results")
    begun = time.monotonic()
    said = finish(folder, undisturbed.dataset)
    assert said.code == 0, said.err
    assert digests(folder / "results") == undisturbed.after["report, its index"]
    return time.monotonic() - begun


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.soak)])
def test_a_killed_run_ends_with_the_bits_of_one_that_was_not(
    kills: int, undisturbed: Undisturbed, timed: float, tmp_path: Path
) -> None:
    folder, whole = tmp_path / "killed", undisturbed.after["report, its index"]
    copy_training(undisturbed.results, folder / "results")
    moments = np.random.default_rng(kills).uniform(0.05, 0.3, kills) * timed
    struck = 0
    for moment in moments:
        with start(folder, undisturbed.dataset) as running:
            time.sleep(moment)
            struck += kill(running)
        # Nothing that carries its final name is half a file: whatever it says, it is read and trusted by the next run.
        halves = {name for name, digest in digests(folder / "results").items() if digest != whole.get(name, digest)}
        assert not halves
    assert struck >= min(2, kills)  # a machine that got faster may be done before the last
    said = finish(folder, undisturbed.dataset)
    assert said.code == 0, said.err
    assert digests(folder / "results") == whole
    said = f"killed {struck} times, each after a twentieth to three tenths of a run; then bit-equal"
    tell(Row("The run", f"killed {kills} times (SIGKILL of all processes)", said))
