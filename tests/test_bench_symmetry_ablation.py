"""The ablation: who is tried in which order, that it goes on where it stopped, and that both models learn for real."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from symmetry import ablation, brains, slices, suite
from symmetry.ablation import main, parsed
from symmetry.catalogue import FEW, MECHANISMS, for_model
from symmetry.mechanism import Mechanism
from symmetry.models import MODELS
from symmetry.results import COLUMNS, read_rows
from symmetry.teaching import Budget, prepared
from symmetry.trial import _kept


def test_a_dearer_mechanism_gets_fewer_steps_of_the_same_budget() -> None:
    budget, model = Budget(1000, 16), MODELS["asymmetry"]()
    for name in for_model("asymmetry"):
        way = MECHANISMS[name](model)
        paid = budget.steps(way) * way.passes + 2 * budget.first_steps(way)
        assert abs(paid - 1000) <= way.passes + 2, name
    assert budget.steps(Mechanism(model)) == 1000


def test_each_seed_learns_from_other_heads_and_all_mechanisms_of_a_seed_from_the_same() -> None:
    train = {"head": np.repeat(np.arange(20), 3), "x": np.arange(60)}
    for heads, count in ((0, 16), (5, 5), (99, 20)):
        first, again, other = (_kept(train, heads, seed) for seed in (1, 1, 2))
        assert len(np.unique(first["head"])) == count
        assert np.array_equal(first["x"], again["x"])
        assert (first["x"] // 3 == first["head"]).all()
        assert np.array_equal(first["head"], other["head"]) == (count == 20)


@pytest.mark.parametrize(
    "words", [["--out", "rows.md"], ["--limit", "-1"], ["--mechanisms", "magic"], ["--phases", "all of them"]]
)
def test_words_that_mean_nothing_are_refused(words: list[str]) -> None:
    with pytest.raises(SystemExit):
        parsed(words)


def test_nothing_done_is_said_and_a_stop_is_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--out", str(tmp_path / "rows.tsv")]
    main(["--phases", "first", "--limit", "0", *out])
    assert "Nothing is done yet" in capsys.readouterr().out
    main(["--phases", "full", "final", *out])
    assert capsys.readouterr().out.count("chooses by the rows of phase first") == 2

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ablation, "trained", stop)
    with pytest.raises(SystemExit) as stopped:
        main(["--phases", "first", "--small", *out[:1], str(tmp_path / "small.tsv")])
    assert stopped.value.code == 130
    assert "the same command goes on" in capsys.readouterr().err


def test_what_is_measured_beside_is_written_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []
    monkeypatch.setattr(ablation, "measure_chosen", lambda path, _rows: written.append(path))
    monkeypatch.setattr(ablation, "measure_packaged", written.append)
    main(["--phases", "chosen", "packaged", "--out", str(tmp_path / "rows.tsv")])
    assert written == [tmp_path / "rows-chosen.tsv", tmp_path / "rows-packaged.tsv"]


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
    for module in (brains, slices, suite):
        monkeypatch.setattr(module, "cache", lambda: tmp_path)
    outs = [tmp_path / "first.tsv", tmp_path / "again.tsv"]
    for limit in ("3", "9"):
        main(["--small", "--phases", "first", "--limit", limit, "--out", str(outs[0])])
    main(["--small", "--phases", "first", "--limit", "2", "--out", str(outs[1])])
    first, again = (read_rows(out) for out in outs)
    assert sorted(first["mechanism"]) == sorted([*FEW] * 4)  # two models, judged on two kinds of heads
    seconds = [name for name in COLUMNS if name.endswith("seconds")]
    both = first.merge(again, on=["model", "mechanism", "judged_on"], suffixes=("", "_again"))
    assert len(both) == 4
    for name in set(COLUMNS) - {*seconds, "model", "mechanism", "judged_on"}:
        assert both[name].equals(both[f"{name}_again"]), name
    assert set(first["judged_on"]) == {"development", "own"}
    main(["--small", "--phases", "final", "--models", "midline", "--out", str(outs[0])])
    final = read_rows(outs[0])[lambda rows: rows["judged_on"] == "frozen"]
    assert set(final["mechanism"]) == set(FEW)
    steps = first[first["model"] == "midline"].groupby("mechanism")["best_step"].first()
    assert (final.set_index("mechanism")["best_step"] == steps[final["mechanism"]]).all()  # the same weights
    asymmetry, midline = (first[first["model"] == model] for model in ("asymmetry", "midline"))
    assert asymmetry["auroc"].between(0, 1).all()
    assert midline["angle_deg"].between(0, 90).all()
    page = outs[0].with_suffix(".md").read_text()
    assert "A small run" in page
    assert "(first.png)" in page
    main(
        ["--small", "--phases", "first", "--models", "asymmetry", "--mechanisms", "tversky head", "--out", str(outs[1])]
    )
    assert "tversky head" in set(read_rows(outs[1])["mechanism"])
    # Brains of another asymmetry are others: the left ventricle is wider.
    symmetric, asymmetric = (brains.normal_brain(3_490_001, a).working for a in (0.0, 1.0))
    assert not np.array_equal(symmetric.image, asymmetric.image)
