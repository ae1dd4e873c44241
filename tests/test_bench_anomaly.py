"""Where the anomaly benchmark looks at heat maps: cuts, hits, overlap, and what was never trained on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from anomaly_cuts import (
    MOST_OF_BRAIN,
    THRESHOLDS,
    clusters_text,
    cuts_of,
    overlap_text,
    read_clusters,
    read_overlap,
)
from anomaly_froc import best_dice, threshold_at, with_hits
from anomaly_table import found_table, judged_methods
from anomaly_unseen import never_trained, unseen_table
from intervals import auroc_estimate, share
from rows import COLUMNS, Results, read
from suites import load
from symbrain.learning.asymmetry_changes import TRAINED_KINDS
from symbrain.phantom import KINDS
from symbrain.reflection import reflect

SHAPE = (12, 10, 9)
seeds = st.integers(0, 10**6)
few = settings(max_examples=15)


def map_of(seed: int, scale: float = 2.0) -> np.ndarray:
    """Return a smooth map, 0 in about half of its voxels."""
    noise = np.random.default_rng(seed).standard_normal(SHAPE)
    return np.maximum(scale * ndimage.gaussian_filter(noise, 1.0) * 4, 0).astype(np.float32)


def lesion(seed: int) -> np.ndarray:
    corner = np.random.default_rng(seed).integers(0, 6, 3)
    truth = np.zeros(SHAPE, bool)
    truth[tuple(slice(c, c + 3) for c in corner)] = True
    return truth


INSIDE = np.ones(SHAPE, bool)


@given(seeds, st.floats(0.1, 30))
@few
def test_cuts_count_what_stands_out(seed: int, scale: float) -> None:
    heat, truth = map_of(seed, scale), lesion(seed)
    cuts = cuts_of(heat, INSIDE, truth)
    around = np.ones((3, 3, 3))
    for k in range(0, len(THRESHOLDS), 7):
        above = heat > THRESHOLDS[k]
        if above.mean() > MOST_OF_BRAIN:
            continue
        labels, count = ndimage.label(above, around)
        peaks = ndimage.maximum_position(heat, labels, range(1, count + 1)) if count else []
        assert (cuts.clusters[k], cuts.found[k], cuts.right[k]) == (count, above.sum(), (above & truth).sum())
        assert cuts.hit[k] == any(truth[peak] for peak in peaks)
    assert (np.diff(cuts.found) <= 0).all()
    assert cuts.lesion == 27


@given(seeds)
@few
def test_mirrored_map_is_cut_alike(seed: int) -> None:
    heat, truth = map_of(seed), lesion(seed)
    one, other = cuts_of(heat, INSIDE, truth), cuts_of(reflect(heat), INSIDE, reflect(truth))
    for name in ("clusters", "hit", "found", "right"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@given(seeds, st.floats(0.01, 300))
@few
def test_cuts_survive_as_text(seed: int, scale: float) -> None:
    cuts = cuts_of(map_of(seed, scale), INSIDE, lesion(seed))
    again = read_overlap(overlap_text(cuts))
    np.testing.assert_array_equal(read_clusters(clusters_text(cuts)), cuts.clusters)
    for name in ("hit", "found", "right", "lesion"):
        np.testing.assert_array_equal(getattr(again, name), getattr(cuts, name))
    assert "\t" not in overlap_text(cuts) + clusters_text(cuts)


def test_nothing_stands_out_of_an_empty_map() -> None:
    cuts = cuts_of(np.zeros(SHAPE, np.float32), INSIDE, lesion(1))
    assert not cuts.clusters.any()
    assert not read_overlap(overlap_text(cuts)).hit.any()
    assert clusters_text(cuts) == ""
    assert not read_clusters("").any()


@given(st.lists(seeds, min_size=3, max_size=12))
@few
def test_normals_have_no_more_than_one_cluster_each_beyond_the_threshold(several: list[int]) -> None:
    clusters = [cuts_of(map_of(seed), INSIDE).clusters for seed in several]
    at = threshold_at(clusters)
    assert np.mean(clusters, axis=0)[at:].max() <= 1
    assert at == 0 or np.mean(clusters, axis=0)[at - 1] > 1


@given(seeds, st.integers(1, 12))
@few
def test_best_dice_does_not_know_the_unit_of_the_map(seed: int, steps: int) -> None:
    heat, truth = np.where(lesion(seed), 1.0, 0.4).astype(np.float32) + map_of(seed, 0.5), lesion(seed)
    texts = [overlap_text(cuts_of(heat * unit, INSIDE, truth)) for unit in (1.0, 1.12**steps)]
    assert best_dice(texts[:1]) == pytest.approx(best_dice(texts[1:]), abs=1e-9)


def test_best_dice_pools_heads_at_one_threshold() -> None:
    truth = lesion(3)
    perfect, faint = (overlap_text(cuts_of(heat * truth.astype(np.float32), INSIDE, truth)) for heat in (4.0, 1.0))
    assert best_dice([perfect]) == best_dice([faint]) == best_dice([perfect, faint]) == 1
    blurred = overlap_text(cuts_of(np.where(truth, 4.0, 1.2).astype(np.float32) * map_of(1, 9.0), INSIDE, truth))
    assert 0 < best_dice([blurred, faint]) < 1
    assert np.isnan(best_dice([]))


def rows_of_maps(strength: float, method: str = "net", heads: int = 40) -> list[dict[str, Any]]:
    """Normals with plain maps, and heads in whose maps the lesion stands out by so much."""
    rows: list[dict[str, Any]] = []
    for i in range(heads):
        about = {"head": i, "seed": i, "weeks": 30 + i % 10, "modality": "T2w", "slice": -1, "method": method}
        plain, truth = map_of(i), lesion(i)
        rows.append(about | {"cell": "normal", "score": plain.max(), "clusters": clusters_text(cuts_of(plain, INSIDE))})
        sick = plain + np.float32(strength) * truth
        kind = KINDS[i % len(KINDS)]
        found = {"cell": f"{kind}_12mm_3sd", "side_true": "left", "side": "left", "score": sick.max(), "pixel_ap": 0.5}
        rows.append(about | found | {"hit": 1.0, "overlap": overlap_text(cuts_of(sick, INSIDE, truth))})
    return rows


def table_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows).reindex(columns=list(COLUMNS)).astype({"hit": float, "pixel_ap": float})


def test_what_stands_out_is_hit_and_what_does_not_is_not() -> None:
    strong, none = (with_hits(table_of(rows_of_maps(strength))) for strength in (50.0, 0.0))
    lesioned = strong["cell"] != "normal"
    assert strong[lesioned]["hit_at_one"].eq(1).all()
    assert strong[~lesioned]["hit_at_one"].isna().all()
    assert none[none["cell"] != "normal"]["hit_at_one"].mean() < 0.25


def test_no_head_sets_its_own_threshold() -> None:
    rows = table_of(rows_of_maps(3.0))
    noisy = rows.copy()
    even = (rows["seed"] % 2 == 0) & (rows["cell"] == "normal")
    noisy.loc[even, "clusters"] = "9x80"  # no threshold is high enough for the odd infants
    before, after = with_hits(rows), with_hits(noisy[noisy["seed"] % 2 == 0])
    assert before["hit_at_one"].notna().sum() == 40
    assert after["hit_at_one"].isna().all()  # the even infants have nobody to set a threshold
    both = with_hits(noisy)
    of_odd = both[(both["seed"] % 2 == 1) & both["hit_at_one"].notna()]
    assert before["hit_at_one"].any()
    assert len(of_odd) == 20
    assert not of_odd["hit_at_one"].any()


def test_tables_show_hits_overlap_and_what_was_never_trained_on() -> None:
    rows = table_of([*rows_of_maps(50.0, "strong"), *rows_of_maps(0.0, "blind")])
    judged = judged_methods(rows)
    lines = found_table(rows, judged)
    assert "hit at one false alarm a scan" in lines[0]
    assert lines[0].count("|") == lines[1].count("|") == lines[2].count("|")
    assert "| 100 % (59 to 100) of 7 |" in next(
        line for line in lines if line.startswith("| haemorrhage_12mm_3sd | st")
    )
    trained, never, less = unseen_table(rows, judged)[2:]
    assert "trained: haemorrhage, white matter injury, ventriculomegaly, volume loss | 27 | 1.00" in trained
    assert "never trained: cyst, cortical malformation | 13 | 1.00" in never
    assert "0.00 (0.00 to 0.00)" in less
    assert unseen_table(rows[rows["cell"] == "normal"], judged) == []


def test_the_kinds_kept_from_training_are_not_trained_on() -> None:
    assert set(never_trained()) | set(TRAINED_KINDS) == set(KINDS)
    assert not set(never_trained()) & set(TRAINED_KINDS)


def test_more_infants_to_draw_from_leave_the_estimate() -> None:
    rng = np.random.default_rng(0)
    parts = rng.normal(0, 1, 60), np.arange(60), rng.normal(1, 1, 30), np.arange(30)
    one, same, wider = (auroc_estimate(*parts, among) for among in ((), np.arange(40), np.arange(100, 200)))
    np.testing.assert_array_equal(one.draws, same.draws)
    assert wider.value == one.value
    assert wider.high - wider.low == pytest.approx(one.high - one.low, rel=0.3)


def test_intervals_that_hold_at_once_are_wider() -> None:
    value, low, high = share(5, 100)
    same, lower, higher = share(5, 100, at_once=11)
    assert value == same
    assert 0 < lower < low < high < higher < 1


def test_older_results_are_read_and_go_on(tmp_path: Path) -> None:
    older = [name for name in COLUMNS if name not in ("clusters", "overlap")]
    row = {"cell": "normal", "head": "0", "slice": "-1", "method": "net", "seed": "7"}
    lines = ["# suite tiny abc", "\t".join(older), "\t".join(row.get(name, "n/a") for name in older)]
    path = tmp_path / "older.tsv"
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    assert read([path])[1]["clusters"].isna().all()
    path.write_text("\n".join([*lines, "normal\t1\t-1\tne"]), encoding="utf-8")  # stopped in the middle of a line
    results = Results(path, "tiny", "abc")
    assert results.done == {("normal", 0, "net")}
    results.add([{"cell": "normal", "head": 1, "slice": -1, "method": "net", "seed": 8, "clusters": "4x27 3"}])
    name, rows = read([path])
    assert name == "tiny abc"
    assert rows["clusters"].tolist()[1] == "4x27 3"
    assert rows["seed"].tolist() == [7, 8]
    assert Results(path, "tiny", "abc").done == {("normal", 0, "net"), ("normal", 1, "net")}


def test_a_method_is_measured_again_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "r.tsv"
    base = {"cell": "normal", "head": 0, "slice": -1, "seed": 1}
    Results(path, "tiny", "abc").add([base | {"method": "net"}, base | {"method": "net2"}])
    assert Results(path, "tiny", "abc", again=["net"]).done == {("normal", 0, "net2")}
    assert read([path])[1]["method"].tolist() == ["net2"]


def test_normals_may_be_more_than_the_heads_of_other_cells() -> None:
    cases = load("v1").cases(["normal", "motion"], 2, normals=5)
    assert [case.cell for case in cases] == ["normal"] * 5 + ["motion"] * 2
