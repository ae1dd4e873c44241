"""The table of the ablation: ranked by the figure that counts, differences paired by seed, strengths read back."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from symmetry.report import averaging, difference, lopsided, ranked, report, table
from symmetry.results import COLUMNS


def rows() -> pd.DataFrame:
    """Return three seeds of three mechanisms: one is better by 0.1 in each seed, one is dearer and worse."""
    found = []
    for seed, luck in enumerate((0.0, 0.05, -0.02)):
        for name, gain, cost in (("none", 0.0, 1.0), ("flip consistency", 0.02, 1.25), ("tversky head", 0.12, 2.0)):
            row = dict.fromkeys(COLUMNS, float("nan")) | {"model": "asymmetry", "mechanism": name, "seed": seed}
            row |= {
                "asymmetry": 0.5,
                "heads": 0,
                "judged_on": "own",
                "steps": 100,
                "auroc": 0.7 + luck + gain,
                "step_seconds": cost,
            }
            row |= {"scores": f"0 1 2 3 | {1 + gain} 2.5 {2 + gain} 4"}  # the same for all seeds
            row |= {"auroc_averaged": 0.7 + luck + gain, "infer_seconds": 1.0, "learned": f"reflection={seed + 1}"}
            found.append(row)
    return pd.DataFrame(found)


def test_mechanisms_are_ranked_and_compared_with_the_reference_seed_by_seed() -> None:
    lines = table(rows(), "asymmetry")
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| tversky head", "| flip consistency", "| none"]
    assert "| +0.1, +0.1 to +0.1 |" in lines[2]  # heads stand in the same order for both, so that there is no doubt
    assert "| reference |" in lines[3]
    assert difference(rows().assign(scores=float("nan")), "none", "auroc") == ""


def test_more_seeds_of_some_do_not_change_the_ranking() -> None:
    """The later seeds are easy ones, which only the reference has."""
    easy = rows()[lambda found: found["mechanism"] == "flip consistency"]
    easy = easy.assign(seed=easy["seed"] + 10, auroc=0.99)
    assert ranked(pd.concat([rows(), easy]), "asymmetry") == ["tversky head", "flip consistency", "none"]


def test_the_report_tells_what_was_learned_and_what_has_no_meaning() -> None:
    text = report(rows())
    assert "## asymmetry model, learned from heads of asymmetry 0.5, judged on own heads" in text
    assert "| tversky head | asymmetry | 0.5 | four fifths | reflection 2 |" in text
    assert "polar decomposition, midline" in text
    assert np.isfinite(len(text))


def test_variants_stand_below_on_the_same_page() -> None:
    text = report(rows(), {"The asymmetry model sees the side": rows()})
    assert text.count("asymmetry model, learned from heads of asymmetry 0.5, judged on own heads") == 2
    assert "## The asymmetry model sees the side: what was learned of the symmetries" in text


def test_nothing_is_said_of_averaging_plain_training_where_there_was_none() -> None:
    assert "averaging over all flips" in report(rows())
    assert "averaging over all flips" not in report(rows()[lambda found: found["mechanism"] != "none"])


def test_what_lopsided_heads_bring_is_paired_by_seed_and_mechanism() -> None:
    usual = rows().assign(asymmetry=0.0, judged_on="development")
    better = usual["auroc"] + 0.05
    more = usual.assign(asymmetry=0.5, auroc=better, auroc_averaged=better)
    titles, _, *lines = lopsided(pd.concat([usual, more]), "asymmetry")
    assert [line.split(" | ")[0] for line in lines] == ["| flip consistency", "| none", "| tversky head"]
    assert lines[1] == "| none | 0.5 | 3 | 0.71 | 0.76 | +0.05, +0.05 to +0.05 |"
    assert "what more lopsided heads to learn from bring" in report(pd.concat([usual, more]))
    assert lopsided(usual, "asymmetry") == []
    assert titles.count("|") == lines[0].count("|")


def test_what_averaging_does_is_paired_by_seed() -> None:
    plain = rows()[lambda found: found["mechanism"] == "none"]
    product = plain.assign(mechanism="as in the product", auroc=0.75)
    (line,) = averaging(plain.assign(auroc_averaged=plain["auroc"] - [0.02, 0.03, 0.04]), product)[2:]
    assert line == "| asymmetry | asymmetry 0.5 | own heads | 3 | 0.71 | 0.68 | -0.03 (-0.055 to -0.0052) | 0.75 |"
