"""The trial: who is tried, with which changes, and what its numbers say of a detector whose scores are known."""

from __future__ import annotations

import json
import math
from functools import cache

import numpy as np
import pytest
from scipy import ndimage, stats

from symbrain.cohort_norms import severity
from symbrain.learning.asymmetry_changes import with_changes as changes_of_the_training
from symbrain.learning.asymmetry_input import SHAPE, SPACING_MM, Working
from symbrain.learning.asymmetry_normals import KeptNormal, kept
from symbrain.learning.asymmetry_trial import (
    CHANGES,
    KINDS,
    MOST,
    Trial,
    by_the_others,
    evidence,
    try_out,
    with_changes,
)
from symbrain.operating import operating_of
from symbrain.repeatability import LOG, REPOSITIONED, Z, known_of, measure


@cache
def brain(seed: int = 0) -> KeptNormal:
    at = np.moveaxis(np.indices(SHAPE), 0, -1) - (np.array(SHAPE) - 1) / 2
    depth = 1 - np.linalg.norm(at / [24, 28, 22], axis=-1)
    texture = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=SHAPE), 1.0)
    image = np.where(depth > 0.12, 1.0, 1.7) + 0.3 * texture
    return kept(f"scan-{seed}", Working(np.where(depth > 0, image, 0).astype(np.float32), depth > 0))


def simulated(n: int, again: float = 0.1, shifts: tuple[float, ...] = (0.5, 1.5), seed: int = 0) -> dict[str, Trial]:
    """Return trials whose log scores have SD 1 between brains."""
    rng = np.random.default_rng(seed)
    trials = {}
    for k in range(n):
        log = rng.normal()
        changed = tuple(float(np.exp(log + shift)) for shift in shifts)
        trials[f"scan-{k}"] = Trial(float(np.exp(log)), float(np.exp(log + rng.normal(0, again))), changed)
    return trials


def test_changes_lie_on_one_side_and_kinds_and_sides_go_round() -> None:
    before, signs = brain().working, {}
    for turn in range(4):
        for (diameter, _), copy in zip(CHANGES, with_changes(before, turn, seed=7), strict=True):
            step = copy.image - before.image
            touched = np.abs(step) > 1e-3
            left, right = (touched[half].sum() for half in (slice(0, 32), slice(32, None)))
            assert min(left, right) == 0
            volume = 4 / 3 * np.pi * (diameter / 2) ** 3 / SPACING_MM**3
            assert 0.7 * volume < max(left, right) < 3 * volume
            assert not copy.image[~copy.mask].any()
            signs.setdefault((turn // 2, "left" if left else "right"), set()).add(np.sign(step[touched].mean()))
    assert set(signs) == {(kind, side) for kind in range(len(KINDS)) for side in ("left", "right")}
    bleeding, injury = (signs[kind, "left"] | signs[kind, "right"] for kind in range(2))
    assert len(bleeding) == len(injury) == 1
    assert bleeding == {-sign for sign in injury}, "one towards fluid, the other away from it"


def test_changes_are_of_the_half_that_no_training_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    halves = []
    import symbrain.learning.asymmetry_changes as training
    import symbrain.learning.asymmetry_trial as trial

    for module in (training, trial):
        real = module.draw_change
        monkeypatch.setattr(module, "draw_change", lambda *a, real=real, **k: halves.append(k["half"]) or real(*a, **k))
    with_changes(brain().working, 0, seed=1)
    assert set(halves) == {"test"}
    law = training.ChangeLaw(none=0.0, both_sides=0.0)
    changes_of_the_training(brain().working, law, np.random.default_rng(1))
    assert set(halves[len(CHANGES) :]) == {"train"}


def test_each_normal_is_scored_again_and_changed() -> None:
    normals = {f"scan-{k}": (brain(k), 10.0 + k) for k in range(2)}
    asked: list[tuple[str, Working]] = []

    def scorer(name: str, working: Working) -> float:
        asked.append((name, working))
        return float(len(asked))

    trials = try_out(normals, scorer)
    assert set(trials) == set(normals)
    for name, trial in trials.items():
        assert trial.plain == normals[name][1]
        own = [k for k, (other, _) in enumerate(asked, 1) if other == name]
        assert [trial.again, *trial.changed] == own
    for _, working in asked:
        assert all(np.abs(working.image - normal.working.image).max() > 0.05 for normal, _ in normals.values())


def test_who_is_tried_depends_on_names_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    import symbrain.learning.asymmetry_trial as trial

    monkeypatch.setattr(trial, "_tried", lambda name, *_: Trial(1.0, 1.0, (1.0, 1.0)))
    names = [f"scan-{k}" for k in range(3 * MOST)]
    normals = dict.fromkeys(names, (brain(), 1.0))
    there, back = (try_out(dict(items), lambda *_: 1.0) for items in (normals.items(), reversed(normals.items())))
    assert list(there) == list(back)
    assert len(there) == MOST
    assert list(there) != names[:MOST]


def test_the_others_judge_as_students_law_says() -> None:
    """The z of a new one of the same law, in a small sample, follows t with n − 2 degrees of freedom."""
    drawn = np.random.default_rng(0).normal(size=(3000, 6))
    z = [
        by_the_others({str(k): float(np.exp(v)) for k, v in enumerate(row)})("0", float(np.exp(row[0])))
        for row in drawn
    ]
    assert {freedom for _, freedom in z} == {4}
    assert stats.kstest([one for one, _ in z], "t", args=(4,)).pvalue > 0.01
    assert math.isnan(by_the_others({"a": 1.0, "b": 2.0})("a", 1.0)[0])


def test_the_evidence_is_plain_and_true() -> None:
    trials = simulated(MOST)
    entries = json.loads(json.dumps(evidence(trials), allow_nan=False))
    log, z = known_of(entries)
    assert log == measure(REPOSITIONED, LOG, [(severity(t.plain), severity(t.again)) for t in trials.values()])
    assert log.within_subject_sd == pytest.approx(0.1 / math.sqrt(2), rel=0.25)
    assert (z.condition, z.unit, z.n) == (REPOSITIONED, Z, MOST)
    assert z.within_subject_sd == pytest.approx(log.within_subject_sd, rel=0.25)  # log scores of SD 1
    found = operating_of(entries)
    assert found is not None
    assert (found.n, [(c.diameter_mm, c.contrast_sd, c.n) for c in found.changes]) == (
        MOST, [(*change, MOST) for change in CHANGES],
    )  # fmt: skip
    for point in found.points:
        assert point.quiet / MOST == pytest.approx(point.meant, abs=0.12)
        for count, shift in zip(point.found, (0.5, 1.5), strict=True):
            assert count / MOST == pytest.approx(stats.norm.sf(point.threshold_z, shift), abs=0.2)


def test_without_a_norm_only_the_score_is_repeatable() -> None:
    entries = evidence(simulated(20), lambda *_: (math.nan, math.nan))
    log, z = known_of(entries)
    assert (log.n, z.n) == (20, 0)
    assert operating_of(entries) is None
    json.dumps(entries, allow_nan=False)


def test_scans_without_a_norm_are_left_out() -> None:
    def judge(name: str, score: float) -> tuple[float, float]:
        return (severity(score), 50.0) if name != "scan-3" else (math.nan, math.nan)

    found = operating_of(evidence(simulated(20), judge))
    assert found is not None
    assert found.n == 19
    assert found.points[0].threshold_z == pytest.approx(stats.t.ppf(0.9, 50))
