"""One healthy dataset and its undisturbed results for all faults of a run and of a machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from faults.cohort import write_healthy
from faults.small import do_all


@dataclass(frozen=True)
class Undisturbed:
    """What a run gives that nothing happens to: the dataset, the results, and the digests after each step."""

    dataset: Path
    results: Path
    after: dict[str, dict[str, str]]


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    folder = tmp_path_factory.mktemp("undisturbed")
    dataset, results = write_healthy(folder / "data"), folder / "run" / "results"
    return Undisturbed(dataset, results, do_all(results, dataset))
