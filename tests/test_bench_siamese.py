"""The Siamese protocol, repeated: halves are where they should be, nobody is on both sides, the tables count right."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

import siamese_cohort
from heads import few
from siamese import LEAKY, MAIN, MIDDLE, SIMPLE, asked, figures, jobs
from siamese_cohort import FIRST_SEED, FOLDS, Cohort, read_cohort
from siamese_counting import best_threshold, constant_windows, largest_difference
from siamese_nets import BACKBONES, make_net
from siamese_report import report
from siamese_rows import COLUMNS, Job, SiameseResults, counts_text, read_counts, read_rows
from siamese_slices import DEPTH, GRID, PIXEL_MM, SIZES_PX, SLICES, TOP, halves_of, make_halves, with_patch
from suites import FIRST_SEED as FIRST_JUDGED_SEED
from symbrain.line import Line
from symbrain.reflection import reflect
from symbrain.slice import Slice

SHAPE = (260, 300)
MM = 0.6
angles, offsets, seeds = st.floats(-40, 40), st.floats(-15, 15), st.integers(0, 1000)


def slice_of(pixels: np.ndarray) -> Slice:
    return Slice(np.asarray(pixels, np.float32), np.diag([MM, -MM, 1.0, 1.0]), "axial", 0, 0.5)


def line_at(angle: float, offset: float) -> Line:
    line = Line.from_angle(angle, offset, SHAPE, (MM, MM))
    assert line is not None
    return line


def distances(line: Line) -> np.ndarray:
    y, x = np.indices(SHAPE)
    return line.distance_mm(np.stack([x.ravel(), y.ravel()], 1)).reshape(SHAPE)


@cache
def noise(infants: int = 4, seed: int = 0) -> Cohort:
    """Return a cohort of textures, in which no two neighbouring pixels are likely to be equal."""
    rng = np.random.default_rng(seed)
    halves = np.zeros((infants * SLICES, 2, GRID, GRID), np.uint8)
    halves[:, :, TOP : TOP + DEPTH] = rng.integers(40, 130, (len(halves), 2, DEPTH, GRID), np.uint8)
    return Cohort(halves, halves > 0, np.repeat(FIRST_SEED + np.arange(infants), SLICES))


def small(infants: int) -> Cohort:
    """Return a cohort whose pictures are single pixels: enough to be divided."""
    halves = np.ones((infants * SLICES, 2, 1, 1), np.uint8)
    return Cohort(halves, halves > 0, np.repeat(FIRST_SEED + np.arange(infants), SLICES))


@few
@given(angles, offsets)
def test_the_midline_lies_below_both_halves_and_left_is_the_subjects_left(angle: float, offset: float) -> None:
    """Distance to the line is a linear image, so that interpolation is exact: a half shows how deep each pixel lies."""
    line = line_at(angle, offset)
    right, left = halves_of(slice_of(distances(line)), line)
    expected = PIXEL_MM * (TOP + DEPTH - 0.5 - np.arange(TOP, TOP + DEPTH))[:, None]
    for half, side in ((right, -1), (left, 1)):  # positive distances lie on the subject's left
        shown = half[TOP : TOP + DEPTH]
        within = slice(GRID // 2 - 30, GRID // 2 + 30)
        np.testing.assert_allclose(shown[-40:, within], np.broadcast_to(side * expected[-40:], (40, 60)), atol=1e-3)
        assert not half[:TOP].any()
        assert not half[TOP + DEPTH :].any()


@few
@given(angles, offsets, seeds)
def test_a_mirrored_slice_has_its_halves_exchanged(angle: float, offset: float, seed: int) -> None:
    image, line = slice_of(np.random.default_rng(seed).random(SHAPE)), line_at(angle, offset)
    right, left = halves_of(image, line)
    mirrored = halves_of(reflect(image), reflect(line))
    np.testing.assert_allclose(mirrored, [left, right], atol=1e-3)


@few
@given(st.integers(0, 9), seeds)
def test_a_patch_has_one_grey_and_its_size_within_the_published_bounds(size: int, seed: int) -> None:
    halves = noise().halves[1]
    changed = with_patch(halves, size, np.random.default_rng(seed))
    where = np.argwhere(changed != halves)
    edge = SIZES_PX[size]
    assert len(set(where[:, 0])) == 1
    (top, first), (bottom, last) = where[:, 1:].min(0), where[:, 1:].max(0)
    assert bottom - top == last - first == edge
    assert top >= 105
    assert bottom <= 145
    assert first >= 61
    assert last <= 169
    greys = changed[changed != halves]
    assert 140 <= greys[0] <= 215
    assert (greys == greys[0]).all()
    disc, square = np.pi / 4 * (edge + 1) ** 2, (edge + 1) ** 2
    assert min(abs(len(where) - disc), abs(len(where) - square)) <= 0.12 * square + 1


def test_sizes_are_the_published_ones() -> None:
    assert SIZES_PX == (2, 6, 10, 14, 18, 23, 27, 31, 35, 40)


@few
@given(seeds, st.integers(1, 9))
def test_counting_sees_every_patch_of_6_pixels_in_texture(seed: int, size: int) -> None:
    halves = noise().halves[:2]
    changed = np.stack([halves[0], with_patch(halves[1], size, np.random.default_rng(seed))])
    plain, patched = constant_windows(changed, changed > 0)
    assert plain == 0
    least = 1 if size == 1 else (SIZES_PX[size] - 4) ** 2 / 2
    assert patched * 2 * DEPTH * GRID >= least


def test_the_largest_difference_is_that_of_the_two_sides() -> None:
    cohort = noise()
    same = cohort.halves[:, [0, 0]]
    assert not largest_difference(same, cohort.inside).any()
    brighter = same.copy()
    brighter[:, 1, 90:140, 80:140] += 60
    found = largest_difference(brighter, cohort.inside)
    np.testing.assert_allclose(found, largest_difference(brighter[:, ::-1], cohort.inside), rtol=1e-5)
    assert ((found > 55) & (found < 60.5)).all()
    outside = cohort.inside.copy()
    outside[:, 0, :, 60:160] = False
    assert (largest_difference(brighter, outside) < 5).all()


@few
@given(st.lists(st.tuples(st.floats(-5, 5), st.booleans()), min_size=1, max_size=30))
def test_no_threshold_is_right_more_often(pairs: list[tuple[float, bool]]) -> None:
    scores, labels = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
    found = best_threshold(scores, labels)
    right = np.mean((scores > found) == labels)
    assert all(right >= np.mean((scores > other) == labels) for other in [-9.0, 9.0, *(scores - 1e-9), *scores])


@pytest.mark.parametrize("fold", range(FOLDS))
def test_nobody_is_on_both_sides_but_by_the_published_split(fold: int) -> None:
    cohort = small(80)
    for split in ("by infant", "by row pair"):
        parts = cohort.parts(split, fold)  # type: ignore[arg-type]
        rows = np.concatenate([parts.learned, parts.kept, parts.judged])
        assert sorted(rows) == list(range(80 * SLICES))
        assert 0.1 < len(parts.judged) / len(rows) < 0.4 < len(parts.learned) / len(rows)
        learned, kept, judged = (set(cohort.infants[part]) for part in (parts.learned, parts.kept, parts.judged))
        if split == "by infant":
            assert not learned & kept | learned & judged | kept & judged
        else:
            assert len(learned & judged) > 0.9 * len(judged)
            assert {row ^ 1 for row in parts.judged} == set(parts.judged)


def test_too_few_infants_to_be_divided_are_refused() -> None:
    with pytest.raises(SystemExit, match="4 infants are too few"):
        small(4).parts("by infant", 0)


def test_folds_judge_each_row_once_and_draw_other_patches() -> None:
    judged = np.concatenate([small(80).parts("by infant", fold).judged for fold in range(FOLDS)])
    assert sorted(judged) == list(range(80 * SLICES))
    cohort = noise()
    first, again, other = cohort.altered(5, 0), cohort.altered(5, 0), cohort.altered(5, 1)
    np.testing.assert_array_equal(first, again)
    for changed in (first, other):
        np.testing.assert_array_equal((changed != cohort.halves).any((1, 2, 3)), cohort.labels)
    np.testing.assert_array_equal((first != other).any((1, 2, 3)), cohort.labels)


def test_rows_of_odd_number_are_not_of_one_contrast_or_height() -> None:
    rows = np.arange(12 * SLICES)
    infant, height = FIRST_SEED + rows // SLICES, rows % SLICES
    for t1w, at in product((0, 1), range(SLICES)):
        chosen = rows[(infant // 2 % 2 == t1w) & (height == at)]
        assert (chosen % 2).mean() == 0.5
    assert FIRST_SEED > FIRST_JUDGED_SEED
    assert FIRST_SEED % 4 == 0


@pytest.mark.slow
def test_heads_fill_their_halves_and_are_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    halves, inside = make_halves(FIRST_SEED)
    right, left = inside[:, 0], inside[:, 1]
    dice = 2 * (right & left).sum((1, 2)) / (right.sum((1, 2)) + left.sum((1, 2)))
    assert (dice > 0.9).all()
    assert inside[:, :, TOP + DEPTH - 1].sum(-1).min() > 80  # the brain reaches the line
    assert 90 < np.median(halves[inside]) < 200
    assert constant_windows(halves, inside).max() < 1e-4
    monkeypatch.setattr(siamese_cohort, "make_halves", lambda seed: (halves, inside))
    cohort, again = read_cohort(2, tmp_path), read_cohort(2, tmp_path)
    for found in (cohort, again):
        np.testing.assert_array_equal(found.halves, np.concatenate([halves] * 2))
        np.testing.assert_array_equal(found.inside, np.concatenate([inside] * 2))
        assert list(found.infants) == [FIRST_SEED] * SLICES + [FIRST_SEED + 1] * SLICES


@pytest.mark.parametrize("name", BACKBONES)
def test_a_network_is_a_function_of_its_seed_and_looks_at_both_halves(name: str) -> None:
    """As in training: what a batch has in common is taken off at each layer, and all that drops out is seeded."""
    import torch

    def said(seed: int, pairs: torch.Tensor) -> torch.Tensor:
        net = make_net(name, seed, 32, 48).train()
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.manual_seed(0)
            found: torch.Tensor = net(pairs)
        return found

    pairs, others = torch.rand(2, 4, 2, 32, 48, generator=torch.Generator().manual_seed(0))
    plain = said(1, pairs)
    assert plain.shape == (4,)
    torch.testing.assert_close(said(1, pairs), plain)
    assert (said(2, pairs) - plain).abs().max() > 1e-2
    for half in (0, 1):
        changed = pairs.clone()
        changed[:, half] = others[:, half]
        assert (said(1, changed) - plain).abs().max() > 1e-2


@pytest.mark.slow
def test_a_network_learns_what_counting_knows(tmp_path: Path) -> None:
    """Large patches that are brighter than a flat texture: a real training, judged on rows that it did not see."""
    cohort = noise(32, 3)
    cohort = replace(cohort, halves=np.where(cohort.halves > 0, 80 + cohort.halves // 16, 0).astype(np.uint8))
    rows = asked(Job("ResNet", "by infant", 9, 0), cohort, [9], epochs=8)
    assert rows[0]["test_size"] == 9
    assert rows[0]["known_infants"] == 0
    assert rows[0]["auroc"] > 0.9
    counted = asked(Job("constant windows", "by infant", 9, 0), cohort, [9], epochs=8)
    assert counted[0]["rows"] == rows[0]["rows"]


def test_every_job_is_asked_for_once() -> None:
    found = list(jobs([1, 5], 2))
    assert len(set(found)) == len(found)
    assert {job.method for job in found} == {*SIMPLE, *BACKBONES}
    assert {job.size for job in found if job.method in MAIN} == {1, 5}
    assert {job.size for job in found if job.method not in (*MAIN, *SIMPLE)} == {MIDDLE}
    assert {job.method for job in found if job.split == "by row pair"} == {LEAKY}


def fake(
    method: str, right: int, size: int = 5, split: str = "by infant", fold: int = 0, **more: Any
) -> dict[str, Any]:
    """Return a row of two infants of 50 slices each, of which the first is judged rightly as often as it can be."""
    about = {"method": method, "split": split, "train_size": size, "test_size": size, "fold": fold, "rows": 100}
    first = 0 if split == "by row pair" else 2 * fold
    counts = counts_text({first: (min(right, 50), 50), first + 1: (right - min(right, 50), 50)})
    known = {"known_infants": 1 if split == "by row pair" else 0, "learned_rows": 250, "seconds": 20.0}
    return about | known | {"right": right, "auroc": right / 100, "by_infant": counts} | more


ROWS = [
    fake("constant windows", 100),
    fake("constant windows", 70, size=0),
    *(fake("ResNet", right, fold=fold) for fold, right in enumerate((70, 80))),
    fake("ResNet", 90, size=9),
    fake("ResNet", 55, test_size=9),
    fake("ResNet", 65, size=9, test_size=5),
    *(fake("ResNet", right, split="by row pair", fold=fold) for fold, right in enumerate((90, 95))),
]


def test_shares_are_pooled_over_folds_and_the_leak_is_told() -> None:
    text = report(128, 5, pd.DataFrame(ROWS))
    assert "Not complete" not in text
    assert "Not complete: 3 learnings" in report(128, 5, pd.DataFrame(ROWS), missing=3)
    assert "not comparable with the published ones" in text
    assert "nothing of symbrain is tuned" in text
    assert "solved by counting windows of constant grey" in text
    assert (
        "128 infants. Folds: 2, each learned from about 250 rows; together they judged 200 rows of 4 infants." in text
    )
    assert "| right (%), AUROC | 2 px | 23 px | 40 px |" in text
    assert "| constant windows | 70 (40 to 100), 0.70 | 100 (16 to 100), 1.00 | – |" in text
    assert "| ResNet | – | 75 (50 to 100), 0.75 | 90 (80 to 100), 0.90 |" in text
    assert "| ResNet, 40 px | 65 | 90 |" in text
    assert "of those that it judges by, 50% were" in text
    # Infant 1: 20 of 50, and 85 of 100 by the other split; infant 0: all right both times.
    assert "| ResNet, 23 px | 75 (50 to 100) | 92 (85 to 100) | +22.5 (+0.0 to +45.0) |" in text
    assert "| ResNet, all of these | 75 (50 to 100) | 92 (85 to 100) | +22.5 (+0.0 to +45.0) |" in text


@few
@given(st.dictionaries(st.integers(0, 999), st.tuples(st.integers(0, 99), st.integers(1, 99))))
def test_counts_are_read_as_they_were_written(counts: dict[int, tuple[int, int]]) -> None:
    assert read_counts(counts_text(counts)) == counts


def test_what_is_written_is_what_was_right() -> None:
    cohort = noise(8)
    judged = np.arange(13, 39)
    scores = np.where(cohort.labels[judged], 1.0, -1.0)
    scores[:3] *= -1
    row = figures(cohort, judged, scores)
    assert (row["rows"], row["right"]) == (26, 23)
    assert read_counts(row["by_infant"]) == {1: (10, 13), 2: (13, 13)}
    assert 0.7 < row["auroc"] < 0.9


def test_results_go_on_where_they_stopped_and_are_not_mixed(tmp_path: Path) -> None:
    path = tmp_path / "results" / "siamese.tsv"
    for row in ROWS:
        job = Job(row["method"], row["split"], row["train_size"], row["fold"])
        SiameseResults(path, "8 infants, 1 epochs").add(job, [row])
    with path.open("a") as file:
        file.write("VGG\tby inf")  # stopped in the middle of a line
    done = SiameseResults(path, "8 infants, 1 epochs").done
    assert done == {Job(r["method"], r["split"], r["train_size"], r["fold"]) for r in ROWS}
    rows = read_rows(path)
    assert list(rows.columns) == list(COLUMNS)
    assert report(8, 1, rows) == report(8, 1, pd.DataFrame(ROWS))
    with pytest.raises(SystemExit, match="name another file with --out"):
        SiameseResults(path, "9 infants, 1 epochs")


def test_figure_is_drawn(tmp_path: Path) -> None:
    from siamese_figure import write_figure

    write_figure(pd.DataFrame(ROWS), noise(), tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 10_000
