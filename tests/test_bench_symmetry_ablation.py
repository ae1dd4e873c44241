"""The ablation: who is tried in which order, that it goes on where it stopped, and that both models learn for real."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from symmetry import brains, frozen, slices
from symmetry.ablation import COLUMNS, Job, SymmetryResults, jobs, main, read_rows
from symmetry.catalogue import FEW, MECHANISMS, for_model
from symmetry.mechanism import Mechanism
from symmetry.models import MODELS
from symmetry.teaching import Budget, prepared
from symmetry.trial import _area, line_errors


def test_first_come_all_mechanisms_of_one_seed_and_none_where_it_has_no_meaning() -> None:
    found = list(jobs([1, 2], list(MODELS), list(MECHANISMS), [0.0], [0]))
    count = sum(len(for_model(model)) for model in MODELS)
    assert len(found) == len(set(found)) == 2 * count
    assert {job.seed for job in found[:count]} == {1}
    assert {job.mechanism for job in found} == set(MECHANISMS) - {"polar decomposition"}
    assert not any(job.model in MECHANISMS[job.mechanism].not_for for job in found)


def test_a_dearer_mechanism_gets_fewer_steps_of_the_same_budget() -> None:
    budget, model = Budget(1000, 16), MODELS["asymmetry"]()
    for name in for_model("asymmetry"):
        way = MECHANISMS[name](model)
        paid = budget.steps(way) * way.passes + 2 * budget.first_steps(way)
        assert abs(paid - 1000) <= way.passes + 2, name
    assert budget.steps(Mechanism(model)) == 1000


def test_results_go_on_where_they_stopped_and_are_of_one_setting(tmp_path: Path) -> None:
    path, job = tmp_path / "symmetry.tsv", Job("midline", "none", 1, 0.5, 0)
    results = SymmetryResults(path, "one setting")
    results.add(job, [{"judged_on": "frozen", "angle_deg": 1.25, "steps": 10, "best_step": 5, "learned": "none"}])
    with path.open("a") as file:
        file.write("midline\tcut o")
    assert SymmetryResults(path, "one setting").done == {job}
    rows = read_rows(path)
    assert list(rows.columns) == list(COLUMNS)
    assert rows["angle_deg"].tolist() == [1.25]
    assert rows["auroc"].isna().all()
    with pytest.raises(SystemExit, match="another setting"):
        SymmetryResults(path, "another")


def test_a_head_scores_by_its_worst_places_and_a_line_errs_by_angle_and_offset() -> None:
    judged = {"number": np.repeat(np.arange(4), 50), "sick": np.repeat([0, 1, 0, 1], 50)}
    logit = np.random.default_rng(0).normal(size=200)
    logit[judged["number"] == 1] += np.where(np.arange(50) < 6, 9, -9)
    logit[judged["number"] == 3] += np.where(np.arange(50) < 6, 9, -9)
    assert _area(logit, judged) == 1.0
    truth = torch.tensor([[-1.0, 0.0, 3.0, 0.0]])  # x = 3
    moved = torch.tensor([[-1.0, 0.0, 5.0, 0.0]])
    angle, offset = line_errors(moved, {"line": truth.numpy(), "pixel_mm": np.array([1.5])})
    assert (angle[0] < 1e-3, offset[0]) == (True, pytest.approx(3.0))


@pytest.mark.parametrize("model", list(MODELS))
def test_a_seed_gives_the_same_network_whatever_was_drawn_before(model: str) -> None:
    about = MODELS[model]()
    for name in for_model(model):
        states = []
        for before in (1, 2):
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(5)
                net, way = about.make(), MECHANISMS[name](about)
            torch.rand(before)
            states.append(prepared(net, way, 5).state_dict())
        assert all(torch.equal(states[0][key], states[1][key]) for key in states[0]), name


@pytest.mark.slow
def test_the_small_version_runs_resumes_and_repeats_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (brains, frozen, slices):
        monkeypatch.setattr(module, "cache", lambda: tmp_path)
    outs = [tmp_path / "first.tsv", tmp_path / "again.tsv"]
    for limit in ("3", "9"):
        main(["--small", "--limit", limit, "--out", str(outs[0])])
    main(["--small", "--limit", "2", "--out", str(outs[1])])
    first, again = (read_rows(out) for out in outs)
    assert sorted(first["mechanism"]) == sorted([*FEW] * 4)  # two models, judged on two kinds of heads
    seconds = [name for name in COLUMNS if name.endswith("seconds")]
    both = first.merge(again, on=["model", "mechanism", "judged_on"], suffixes=("", "_again"))
    assert len(both) == 4
    for name in set(COLUMNS) - {*seconds, "model", "mechanism", "judged_on"}:
        assert both[name].equals(both[f"{name}_again"]), name
    asymmetry, midline = (first[first["model"] == model] for model in ("asymmetry", "midline"))
    assert asymmetry["auroc"].between(0, 1).all()
    assert midline["angle_deg"].between(0, 90).all()
    # Brains of another asymmetry are others: the left ventricle is wider.
    symmetric, asymmetric = (brains.normal_brain(3_490_001, a) for a in (0.0, 1.0))
    assert not np.array_equal(symmetric.image, asymmetric.image)
