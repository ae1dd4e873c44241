"""The dumb baselines: what they see, what they do not see, and that no infant is in the norm that judges it."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

import norm_baselines
import norm_maps
from baselines import asymmetry_index, deep_fluid, shuffled_estimate, worst
from intervals import auroc_estimate
from judged import judge
from methods import get
from norm_baselines import METHODS, fit_halves, rows_of
from norm_maps import CELLS, BrainMap, map_of, read_map, write_map
from rows import read
from scenes import Upright, as_aligned, render
from suites import FIRST_SEED, Case, digest_of, to_text
from symbrain.reflection import reflect

PLAIN = ("mean_difference", "constant_windows", "global_z", "ventricle_index")
OTHER = {"left": "right", "right": "left", "none": "none"}
NORMALS = 14


def case_of(number: int, **options: Any) -> Case:
    fixed = {"spacing_mm": 4.0, "max_tilt_deg": 1.0, "max_shift_mm": 0.7}
    fixed |= {"weeks": 36 + 0.5 * (number % 8), "modality": "T1w" if number % 8 == 7 else "T2w"}
    return Case("test", number, "score", FIRST_SEED - 1000 + number, fixed | options)


@cache
def upright(number: int, kind: str = "", side: str = "left", mm: float = 20.0, sd: float = 8.0) -> Upright:
    lesion = {"kind": kind, "side": side, "diameter_mm": mm, "contrast_sd": sd} if kind else {}
    return as_aligned(render(case_of(number, **lesion)), bias=np.ones((), np.float32))  # its bias field is left in


def ask(name: str, head: Upright) -> tuple[float, str]:
    score = get(name).score
    assert score is not None
    return score(head.image, head.mask, head.spacing_mm, head.weeks, head.modality)[:2]


def mirrored(head: Upright) -> Upright:
    return replace(head, image=reflect(head.image), mask=reflect(head.mask))


def mirrored_map(head: BrainMap) -> BrainMap:
    return replace(head, brightness=reflect(head.brightness), inside=reflect(head.inside))


def sphere(head: Upright, radius_mm: float = 9.0) -> np.ndarray:
    """Return a ball in the middle of the left hemisphere."""
    middle = np.array(head.mask.shape) * [0.3, 0.5, 0.5]
    away = np.indices(head.mask.shape) - middle[:, None, None, None]
    return np.asarray((np.sqrt((away**2).sum(axis=0)) * head.spacing_mm < radius_mm) & head.mask)


@pytest.fixture(scope="module")
def normals() -> list[BrainMap]:
    return [map_of(upright(number), number) for number in range(NORMALS)]


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("kind", ["", "ventriculomegaly"])
def test_mirrored_head_has_the_same_score_on_the_other_side(name: str, kind: str) -> None:
    head = upright(1, kind)
    score, side = ask(name, head)
    score_of_image, side_of_image = ask(name, mirrored(head))
    assert score_of_image == pytest.approx(score, rel=1e-3)
    assert side_of_image == OTHER[side]


def test_constant_windows_see_paint_and_no_lesion_that_keeps_its_texture() -> None:
    head = upright(1)
    ball, well = sphere(head), ask("constant_windows", head)[0]
    painted = replace(head, image=np.where(ball, np.float32(head.image[ball].mean()), head.image))
    textured = replace(head, image=head.image + np.float32(head.image[head.mask].std()) * ball)
    assert ask("constant_windows", painted) == (pytest.approx(well + 0.005, abs=0.004), "left")
    assert ask("constant_windows", painted)[0] > 2 * well
    assert ask("constant_windows", textured)[0] < well + 0.0005


@pytest.mark.parametrize("modality", ["T2w", "T1w"])
def test_global_z_sees_what_is_unlike_any_tissue(modality: str) -> None:
    head = upright(7 if modality == "T1w" else 1)
    assert head.modality == modality
    ball = np.float32(8 * head.image[head.mask].std()) * sphere(head)
    bright = replace(head, image=head.image + ball)
    assert ask("global_z", bright)[0] > 1.2 * ask("global_z", head)[0]
    assert ask("global_z", bright)[1] == "left"
    assert ask("global_z", mirrored(bright))[1] == "right"


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("number", [1, 7])
def test_ventricle_index_sees_a_wide_ventricle(side: str, number: int) -> None:
    sick = upright(number, "ventriculomegaly", side)
    score, found = ask("ventricle_index", sick)
    assert score > ask("ventricle_index", upright(number))[0] + 1
    assert found == side
    fluid = deep_fluid(sick.image, sick.mask, sick.spacing_mm, sick.modality)
    assert 0.01 < fluid.sum() / sick.mask.sum() < 0.12


def test_asymmetry_index_of_known_volumes() -> None:
    part = np.zeros((5, 4, 4), bool)
    assert asymmetry_index(part) == 0
    part[:2], part[3] = True, True
    assert asymmetry_index(part) == pytest.approx((32 - 16) / 24)
    assert asymmetry_index(reflect(part)) == -asymmetry_index(part)


def test_worst_is_the_mean_of_the_largest() -> None:
    assert worst(np.array([1, 5, 3, 2], np.float32), 2) == (4, 3)
    assert worst(np.array([1, 5], np.float32), 9) == (3, 1)
    assert worst(np.zeros(0, np.float32), 2)[0] == 0


def test_map_keeps_what_it_says(tmp_path: Path, normals: list[BrainMap]) -> None:
    write_map(tmp_path / "0.npz", normals[7])
    again = read_map(tmp_path / "0.npz")
    np.testing.assert_array_equal(again.brightness, normals[7].brightness)
    np.testing.assert_array_equal(again.inside, normals[7].inside)
    assert (again.cell_ml, again.seed, again.weeks, again.modality) == (normals[7].cell_ml, 7, 39.5, "T1w")
    assert again.brightness.shape == CELLS
    assert again.cell_ml * again.inside.sum() == pytest.approx(upright(7).mask.sum() * 0.064, rel=0.05)


@pytest.mark.parametrize("number", [1, 7])
def test_map_of_the_mirror_image_is_the_mirror_image_of_the_map(number: int, normals: list[BrainMap]) -> None:
    found = map_of(mirrored(upright(number)), number)
    np.testing.assert_allclose(found.brightness, reflect(normals[number].brightness), atol=0.02)
    assert (found.inside == reflect(normals[number].inside)).mean() > 0.999
    np.testing.assert_allclose(found.difference(), -normals[number].difference(), atol=0.02)


def test_mirrored_norms_judge_mirrored_heads_alike(normals: list[BrainMap]) -> None:
    head = map_of(upright(2, "cyst"), 2)
    one = rows_of(case_of(2), head, fit_halves(normals))
    other = rows_of(case_of(2), mirrored_map(head), fit_halves([mirrored_map(n) for n in normals]))
    assert [row["method"] for row in one] == list(METHODS)
    for row, image in zip(one, other, strict=True):
        assert image["score"] == pytest.approx(row["score"], rel=1e-3)
        assert image["side"] == OTHER[row["side"]]


@pytest.mark.parametrize(("kind", "side"), [("cyst", "left"), ("haemorrhage", "right"), ("ventriculomegaly", "right")])
def test_norms_see_a_large_lesion_and_its_side(kind: str, side: str, normals: list[BrainMap]) -> None:
    halves = fit_halves(normals)
    well = rows_of(case_of(2), normals[2], halves)
    sick = rows_of(case_of(2, side=side), map_of(upright(2, kind, side), 2), halves)
    for before, after in zip(well, sick, strict=True):
        assert after["score"] > 1.1 * before["score"]
        assert (after["side"], after["side_true"], after["cell"]) == (side, side, "test")


def test_no_infant_is_in_the_norm_that_judges_it(normals: list[BrainMap]) -> None:
    absurd = [replace(n, brightness=50 * n.brightness[:, ::-1]) if n.seed == 4 else n for n in normals]
    before, after = fit_halves(normals), fit_halves(absurd)
    for seed in (2, 3):
        pairs = zip(
            rows_of(case_of(seed), normals[seed], before), rows_of(case_of(seed), normals[seed], after), strict=True
        )
        changed = [one["score"] != other["score"] for one, other in pairs]
        assert all(changed) if seed % 2 else not any(changed)  # an odd infant is judged by the even ones


def test_too_few_normals_are_refused(normals: list[BrainMap]) -> None:
    with pytest.raises(SystemExit, match="too few"):
        fit_halves(normals[:6])


@pytest.mark.slow
def test_a_run_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fixed = {"spacing_mm": 5.0, "max_tilt_deg": 1.0, "max_shift_mm": 0.7, "modality": "T2w"}
    sick = {"kind": "cyst", "side": "left", "diameter_mm": 20.0, "contrast_sd": 8.0}
    cells = [
        {"name": name, "task": "score", "fixed": fixed | more, "columns": ["seed", "weeks"], "heads": heads}
        for name, more, heads in (
            ("normal", {}, [[FIRST_SEED + i, 38.0 + i / 10] for i in range(8)]),
            ("cyst", sick, [[FIRST_SEED + i, 38.0 + i / 10] for i in range(2)]),
        )
    ]
    record = {"suite": "tiny", "cells": cells}
    suite, out = tmp_path / "tiny.json", tmp_path / "tiny.tsv"
    suite.write_text(to_text(record | {"sha256": digest_of(record)}), encoding="utf-8")
    monkeypatch.setattr(norm_maps, "FOLDER", tmp_path)
    norm_baselines.run(str(suite), out, limit=1)
    first = out.read_text(encoding="utf-8")
    assert first.count("\n") == 2 + 2 * len(METHODS)
    assert len(list(tmp_path.rglob("normal/*.npz"))) == 8
    norm_baselines.run(str(suite), out)
    assert out.read_text(encoding="utf-8").startswith(first)
    rows = read([out])[1]
    assert rows.groupby("method").size().to_dict() == dict.fromkeys(METHODS, 10)
    monkeypatch.setattr(norm_baselines, "case_map", lambda *_: pytest.fail("all maps are there"))
    norm_baselines.run(str(suite), out, normals=8)
    assert set(read([out])[1]["method"]) == {*METHODS, *(f"{name}_8" for name in METHODS)}


@pytest.mark.parametrize("method", ["ours", "mirror_difference"])
def test_labels_dealt_at_random_say_nothing(method: str, repository: Path) -> None:
    rows = read([repository / "benchmarks" / "results" / "v1.tsv"])[1]
    judged = judge(rows[(rows["method"] == method) & rows["score"].notna()])
    well, sick = judged[judged["cell"] == "normal"], judged[judged["cell"] == "pooled_16mm_3sd"]
    parts = (well["z"], well["seed"], sick["z"], sick["seed"])
    assert auroc_estimate(*parts).low > 0.5
    dealt = [shuffled_estimate(*parts, seed=seed) for seed in range(8)]
    assert np.mean([e.value for e in dealt]) == pytest.approx(0.5, abs=0.03)
    assert sum(e.low <= 0.5 <= e.high for e in dealt) >= 6
