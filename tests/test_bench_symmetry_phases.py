"""The phases of the ablation: who takes part in which, chosen by the first seeds on the development suite alone."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from symmetry.catalogue import FEW, MECHANISMS, REFERENCE, for_model
from symmetry.models import MODELS
from symmetry.phases import PHASES, PRODUCT, finalists, winner
from symmetry.trial import CHOSEN_ON, FINAL, Setting, full

ORDER = ("tversky head", "latent flip", "none", "constrained", "half embedding", REFERENCE, "barlow twins", PRODUCT)


def rows(order: tuple[str, ...] = ORDER, on: str = "development", seeds: tuple[int, ...] = (1, 2, 3)) -> pd.DataFrame:
    """Return rows of mechanisms, the best first."""
    return pd.DataFrame(
        [
            {"model": "asymmetry", "mechanism": name, "seed": seed, "asymmetry": 0.0, "heads": 0, "judged_on": on}
            | {"auroc": 0.9 - 0.01 * place, "scores": "0 1 | 1 2"}
            for place, name in enumerate(order)
            for seed in seeds
        ]
    )


def test_first_comes_every_mechanism_of_one_seed_and_none_where_it_has_no_meaning() -> None:
    first = next(phase for phase in PHASES if phase.name == "first")
    found = list(first.jobs(pd.DataFrame()))
    count = sum(len(for_model(model)) for model in MODELS)
    assert len(found) == len(set(found)) == len(first.seeds) * count
    assert {job.seed for job in found[:count]} == {1}
    assert {job.mechanism for job in found} == set(MECHANISMS) - {"polar decomposition"}
    assert not any(job.model in MECHANISMS[job.mechanism].not_for for job in found)


@pytest.mark.parametrize("misleading", [("own", (1, 2, 3)), ("frozen", (1, 2, 3)), ("development", (4, 5))])
def test_the_best_are_chosen_by_the_first_seeds_on_the_development_suite_alone(
    misleading: tuple[str, tuple[int, ...]],
) -> None:
    whole = pd.concat([rows(), rows(ORDER[::-1], *misleading)])
    best = {"tversky head", "latent flip", "none", "constrained"}
    assert set(finalists(whole, "asymmetry")) == best | {REFERENCE, "none", PRODUCT}
    assert set(winner(whole, "asymmetry")) == {"tversky head", REFERENCE, PRODUCT}


def test_the_frozen_suite_is_for_the_last_phases_and_settings_are_kept_apart() -> None:
    last = ("final", "final-full")
    assert tuple(phase.name for phase in PHASES[-2:]) == last
    assert all(phase.judged_on == (FINAL if phase.name in last else CHOSEN_ON) for phase in PHASES)
    texts = {phase.variant: phase.setting(Setting()).text for phase in PHASES}
    assert set(texts) == {"", "side", "longer", "full", "full-midline"}
    assert len(set(texts.values())) == len(texts)
    assert texts[""] == Setting().text
    assert (full(Setting()).brains.heads, dict(full(Setting()).budgets)["asymmetry"].passes) == (600, 12_000)


def test_the_small_version_has_two_mechanisms_and_one_seed_of_each_phase() -> None:
    for phase in PHASES:
        jobs = list(phase.small().jobs(pd.DataFrame()))
        assert {job.mechanism for job in jobs} == set(FEW)
        assert len({job.seed for job in jobs}) == 1
        assert len(set(jobs)) == len(jobs)
        assert max(job.heads for job in jobs) <= 2


def test_who_chooses_waits_for_the_whole_first_phase_and_who_is_named_does_not() -> None:
    first = next(phase for phase in PHASES if phase.name == "first")
    jobs = list(first.jobs(pd.DataFrame()))
    whole = pd.DataFrame([vars(job) | {"judged_on": "development"} for job in jobs])
    final = next(phase for phase in PHASES if phase.name == "final")
    assert final.ready(whole)
    assert not final.ready(whole[1:])
    assert first.ready(whole[:0])
    named = final.of(["tversky head", "none"])
    assert named.ready(whole[:0])
    assert {(job.model, job.mechanism) for job in named.jobs(whole[:0])} == {
        ("asymmetry", "tversky head"),
        ("asymmetry", "none"),
        ("midline", "none"),
    }
