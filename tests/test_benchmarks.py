"""The frozen benchmarks: the suites are what they say, a run can stop and go on, and the tables count right."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

import suites
from anomaly_table import (
    alarm_table,
    auroc_table,
    control_table,
    difference_table,
    found_table,
    judged_methods,
    oracle_estimate,
    walk_table,
)
from fingerprint import fingerprint, same, sample_of
from intervals import auroc, auroc_estimate, difference, share
from judged import judge
from methods import LineAnswer, Method, get, label_of
from midline_table import absence_table, calibration_table, line_table, plane_table
from rows import COLUMNS, Results, read
from run import run
from scenes import as_aligned, render, without_lesion
from suites import FIRST_SEED, Case, digest_of, load, to_text
from symbrain.phantom import KINDS, make_head
from symbrain.reflection import reflect
from symbrain.volume import write_volume

COARSE = {"spacing_mm": 4.0, "max_tilt_deg": 1.0, "max_shift_mm": 0.7, "modality": "T2w"}
SLICES = [0.4, 0.6]


def cell(name: str, task: str, heads: list[list[Any]], **fixed: Any) -> dict[str, Any]:
    columns = ["seed", "weeks", "kind", "side"] if heads and len(heads[0]) == 4 else ["seed", "weeks"]
    return {"name": name, "task": task, "fixed": COARSE | fixed, "columns": columns, "heads": heads}


def write_suite(path: Path, cells: list[dict[str, Any]]) -> Path:
    record = {"suite": "tiny", "cells": cells, "fingerprints": {}}
    path.write_text(to_text(record | {"sha256": digest_of(record)}), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def frozen() -> suites.Suite:
    return load("v1")


def test_suite_has_the_sizes_claimed(frozen: suites.Suite) -> None:
    sizes = {c["name"]: len(c["heads"]) for c in frozen.record["cells"]}
    assert sum(n for name, n in sizes.items() if name.startswith("plane_")) == 500
    assert sizes["normal"] == 1000
    assert all(sizes[f"{kind}_12mm_3sd"] == 100 for kind in KINDS)
    assert all(sizes[f"pooled_{name}"] == 100 for name in ("8mm_3sd", "16mm_3sd", "12mm_1.5sd", "12mm_6sd"))
    mimics = [name for name in sizes if name.startswith("mimic_")]
    assert len(mimics) == 7
    assert all(sizes[name] == 40 for name in [*mimics, "tilt_3deg", "shift_3mm", "ramp_20", "motion", "cropped"])
    assert sizes["callosal_agenesis"] == sizes["holoprosencephaly"] == 40
    assert sizes["walk_normal"] + sizes["walk_lesion"] == 60
    assert set(frozen.record["never_trained"]) == {"cyst", "cortical_malformation"} <= set(KINDS)


@pytest.mark.parametrize("name", ["v1", "templates"])
def test_seeds_of_suites_are_above_those_of_training(name: str) -> None:
    suite = load(name)
    seeds = [case.seed for case in suite.cases()]
    assert min(seeds) >= suite.record["first_seed"] == suite.record["training_seeds_below"] == FIRST_SEED == 5_000_000
    for one in suite.record["cells"]:
        own = [case.seed for case in suites.cases_of(one)]
        assert len(set(own)) == len(own)


def test_template_suite_has_the_sizes_claimed() -> None:
    sizes = {c["name"]: len(c["heads"]) for c in load("templates").record["cells"]}
    assert sizes == {"plane": 200, "normal": 200} | {f"{kind}_12mm_3sd": 30 for kind in KINDS}


@pytest.mark.parametrize("name", ["v1", "templates"])
def test_each_lesioned_infant_is_among_the_normals_once(name: str) -> None:
    suite = load(name)
    normals = {c.seed: c.options for c in suite.cases(["normal"])}
    lesioned = [c for c in suite.cases() if c.task == "score" and c.has("kind")]
    assert len({c.seed for c in lesioned}) == len(lesioned)
    assert all(without_lesion(c).options == normals[c.seed] for c in lesioned)


def test_generator_still_makes_the_heads_of_the_suite(frozen: suites.Suite) -> None:
    chosen = ("plane_torque", "cyst_12mm_3sd", "mimic_plagiocephaly", "mimic_symmetric_pair", "motion")
    for case in sample_of(frozen.cases()):
        if case.cell in chosen:
            assert same(fingerprint(case), frozen.record["fingerprints"][case.cell]), f"{case.cell}: make a v2"


def test_fingerprint_tells_another_head_and_not_the_last_bit(frozen: suites.Suite) -> None:
    then = frozen.record["fingerprints"]["normal"]
    slightly = {name: [v * (1 + 1e-6) for v in values] for name, values in then.items()}
    other = fingerprint(Case("normal", 0, "score", FIRST_SEED + 1, COARSE | {"weeks": 40.0}))
    assert same(slightly, then)
    assert not same(other, then)


def test_edited_suite_is_refused(tmp_path: Path, frozen: suites.Suite) -> None:
    record = json.loads(json.dumps(frozen.record))
    record["cells"][0]["heads"][0][0] += 1
    (tmp_path / "edited.json").write_text(to_text(record))
    with pytest.raises(SystemExit, match="digest"):
        load(str(tmp_path / "edited.json"))


def test_frozen_suite_is_not_written_over() -> None:
    import freeze

    with pytest.raises(SystemExit, match="frozen"):
        freeze.main([])


def test_cells_can_be_chosen_by_name(frozen: suites.Suite) -> None:
    assert [c.head for c in frozen.cases(["motion"], 2)] == [0, 1]
    with pytest.raises(SystemExit, match="no cell 'tumour'"):
        frozen.cases(["tumour"])


@pytest.mark.slow
def test_upright_head_is_odd_and_its_healthy_twin_the_same_but_for_the_lesion() -> None:
    options = COARSE | {"weeks": 38.0, "kind": "haemorrhage", "side": "left", "diameter_mm": 16.0, "contrast_sd": 6.0}
    case = Case("c", 0, "score", FIRST_SEED, options)
    sick = as_aligned(render(case))
    well = as_aligned(render(without_lesion(case)), sick.box)
    assert sick.image.shape[0] % 2 == 1
    assert sick.changed is not None
    assert sick.changed[: sick.image.shape[0] // 2].sum() == sick.changed.sum() > 0
    near = np.abs(sick.raw - well.raw) > 1e-3 * sick.raw.max()
    assert near[sick.changed].all()
    assert near.sum() < 8 * sick.changed.sum()


def test_run_stops_and_goes_on(tmp_path: Path) -> None:
    heads = [[FIRST_SEED + i, 36.0 + i] for i in range(2)]
    sick = [[FIRST_SEED, 36.0, "haemorrhage", "left"]]
    lesion = cell("sick", "score", sick, diameter_mm=16.0, contrast_sd=6.0)
    plane = cell("plane", "plane", heads[:1], slices=SLICES, max_tilt_deg=15.0)
    suite = write_suite(tmp_path / "tiny.json", [cell("normal", "score", heads), lesion, plane])
    out, specs = tmp_path / "results" / "tiny.tsv", ["mean_difference", "constant", "oracle"]
    run(str(suite), specs, out, cells=["normal"], limit=1)
    first = out.read_text()
    assert len(first.splitlines()) == 2 + 1
    out.write_text(first + "normal\t1\t-1\tmean_d")  # stopped in the middle of a line
    run(str(suite), specs, out)
    whole = out.read_text()
    assert whole.startswith(first)
    run(str(suite), specs, out)
    assert out.read_text() == whole
    _, rows = read([out])
    counts = rows.groupby(["cell", "method"]).size().to_dict()
    assert counts[("normal", "mean_difference")] == 2
    assert counts[("sick", "mean_difference")] == counts[("sick", "oracle")] == 1
    assert counts[("plane", "constant")] == counts[("plane", "oracle")] == 1 + len(SLICES)
    oracle = rows[(rows["method"] == "oracle")]
    assert (oracle["score"] > oracle["reference"])[oracle["cell"] == "sick"].all()
    assert oracle[oracle["cell"] == "plane"]["angle_deg"].max() < 2.0
    assert rows[rows["method"] == "constant"]["angle_deg"].min() > 1.0


def test_results_of_another_suite_are_not_mixed_in(tmp_path: Path) -> None:
    Results(tmp_path / "r.tsv", "tiny", "abc")
    with pytest.raises(SystemExit, match="another suite"):
        Results(tmp_path / "r.tsv", "tiny", "def")


@pytest.mark.parametrize("artefact", [{"name": "ramp", "share": 0.2}, {"name": "motion"}, {"name": "crop", "mm": 12.0}])
def test_artefacts_change_the_image_and_not_the_plane(artefact: dict[str, Any]) -> None:
    case = Case("c", 0, "score", FIRST_SEED, COARSE | {"weeks": 38.0})
    plain, spoiled = render(case), render(Case("c", 0, "score", FIRST_SEED, case.options | {"artefact": artefact}))
    assert spoiled.plane == plain.plane
    assert not np.allclose(spoiled.volume.data, plain.volume.data)
    assert (spoiled.mask.sum() < plain.mask.sum()) == (artefact["name"] == "crop")


def test_symmetrised_template_and_its_copies(tmp_path: Path) -> None:
    from symmetrised import build, load_template

    head = make_head(3, spacing_mm=4.0, scan_age_weeks=36.0, max_tilt_deg=5.0, skull=False)
    write_volume(tmp_path / "raw" / "T36.nii.gz", head.image, head.affine)
    write_volume(tmp_path / "raw" / "T36_mask.nii.gz", head.mask, head.affine, np.uint8)
    digests = build(tmp_path / "raw", tmp_path / "built")
    assert set(digests) == {"T36"}
    template = load_template(tmp_path / "built", "T36")
    np.testing.assert_array_equal(template.image.data, reflect(template.image.data))
    options = COARSE | {"template": "T36", "weeks": 36.0, "kind": "cyst", "side": "right"}
    case = Case("c", 0, "score", FIRST_SEED, options | {"diameter_mm": 15.0, "contrast_sd": 6.0})
    sick, well = render(case, tmp_path / "built"), render(without_lesion(case), tmp_path / "built")
    assert sick.changed is not None
    assert np.array_equal(sick.volume.data[~sick.changed] != 0, well.volume.data[~sick.changed] != 0)
    where = sick.volume.to_world(np.argwhere(sick.changed))
    assert (sick.plane.distance_mm(where) > 0).all()
    upright = as_aligned(well)
    assert not np.allclose(upright.image, reflect(upright.image), rtol=0.1)
    posed = Case("c", 0, "plane", FIRST_SEED, without_lesion(case).options | {"max_tilt_deg": 20.0, "slices": SLICES})
    assert render(posed, tmp_path / "built").plane.angle_to_deg(sick.plane) > 1


def test_known_auroc_and_its_interval() -> None:
    assert auroc([0, 1, 2, 3], [1, 4]) == pytest.approx((1 + 0.5 + 4) / 8)
    rng = np.random.default_rng(0)
    normal, sick = rng.normal(0, 1, 400), rng.normal(1, 1, 100)
    one = auroc_estimate(normal, np.arange(400), sick, np.arange(100))
    assert one.value == pytest.approx(auroc(normal, sick))
    assert one.value == pytest.approx(0.76, abs=0.05)
    assert one.low < one.value < one.high
    assert 0.06 < one.high - one.low < 0.16
    apart = auroc_estimate(normal, np.arange(400), sick + 10, np.arange(100))
    assert (apart.low, apart.value, apart.high) == (1.0, 1.0, 1.0)


def test_paired_difference_is_tighter_than_either_interval() -> None:
    rng = np.random.default_rng(1)
    normal, sick = rng.normal(0, 1, 300), rng.normal(1, 1, 100)
    one, two = (
        auroc_estimate(normal + noise[:300], np.arange(300), sick + noise[300:], np.arange(100))
        for noise in rng.normal(0, 0.1, (2, 400))
    )
    gap = difference(one, two)
    assert gap.low < 0 < gap.high
    assert gap.high - gap.low < 0.3 * (one.high - one.low)


def test_share_has_an_exact_interval() -> None:
    assert share(0, 10) == pytest.approx((0, 0, 0.3085), abs=1e-4)
    assert share(50, 1000) == pytest.approx((0.05, 0.0373, 0.0654), abs=1e-3)


def fake_rows(shift: float, method: str = "m", seed: int = 0) -> list[dict[str, Any]]:
    """Scores that rise with age; the lesioned lie ``shift`` standard deviations above."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for i in range(400):
        weeks = 26 + 19 * i / 400
        common = {"head": i, "seed": i, "weeks": weeks, "modality": "T1w" if i % 5 == 0 else "T2w", "slice": -1}
        value = 10 + 0.5 * weeks + rng.normal()
        rows.append(common | {"cell": "normal", "method": method, "score": value, "side": "left"})
        if i % 4 == 1:
            sick = {"cell": "cyst_12mm_3sd", "side_true": "right", "side": "right", "hit": 1.0, "pixel_ap": 0.5}
            rows.append(common | sick | {"method": method, "score": value + shift})
        if i % 8 == 0:
            rows.append(common | {"cell": "ramp_20", "method": method, "score": value + 0.1, "side": "left"})
            rows.append(common | {"cell": "walk_normal", "method": method, "score": value, "side": "left"})
    return rows


def table_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows).reindex(columns=list(COLUMNS)).astype({"hit": float, "pixel_ap": float})


def test_scores_are_judged_for_age_out_of_half() -> None:
    judged = judge(table_of(fake_rows(3.0)))
    normal, sick = (judged[judged["cell"] == name] for name in ("normal", "cyst_12mm_3sd"))
    assert abs(np.corrcoef(normal["z"], normal["weeks"])[0, 1]) < 0.15
    assert normal["z"].std() == pytest.approx(1, abs=0.15)
    assert 0.02 < normal["alarm"].mean() < 0.09
    assert sick["z"].mean() - normal["z"].mean() == pytest.approx(3, abs=0.7)


def test_tables_of_scores() -> None:
    rows = table_of([*fake_rows(20.0, "mirror_difference"), *fake_rows(0.0, "net#1"), *fake_rows(1.0, "net#2", 1)])
    observed = [r | {"method": "oracle", "reference": 0.0, "score": 1.0} for r in fake_rows(1.0) if r.get("side_true")]
    rows = pd.concat([rows, table_of(observed)])
    judged = judged_methods(rows)
    assert list(judged) == ["mirror_difference", "net#1", "net#2"]
    ceiling = oracle_estimate(rows, "cyst_12mm_3sd")
    assert ceiling is not None
    assert ceiling.value == 1.0
    text = "\n".join(auroc_table(rows, judged))
    assert "| cyst_12mm_3sd | 100 | 1.00 (1.00 to 1.00) | 1.00 (1.00 to 1.00) | 0." in text
    assert "over 2 seeds" in text
    assert "-0." in difference_table(rows, judged, "mirror_difference")[2]
    found = found_table(rows, judged)
    assert "| 100 % (96 to 100) of 100 | 100 % (96 to 100) of 100 | 100 %" in found[2]
    assert "weeks" in alarm_table(judged)[3]
    assert any(line.startswith("| ramp_20 | net |") for line in control_table(rows, judged))
    assert "| 50 | -0.00 (" in walk_table(judged)[2].replace("| 0.00 (", "| -0.00 (")


def test_a_difference_is_of_the_heads_that_both_methods_judged() -> None:
    """One method has judged fewer heads: its answers there are the other's, so nothing may differ."""
    all_heads = fake_rows(2.0, "all")
    some = [row | {"method": "some"} for row in all_heads if row["head"] < 200]
    judged = judged_methods(table_of([*all_heads, *some]))
    judged["some"] = judged["some"].merge(judged["all"][["cell", "head", "z"]], on=["cell", "head"], suffixes=("_", ""))
    assert "| 50 to 100 | – |" in auroc_table(table_of([*all_heads, *some]), judged)[2]
    assert difference_table(table_of(all_heads), judged, "all")[2].endswith("| 0.00 (0.00 to 0.00) |")


def test_tables_of_midlines() -> None:
    rows = []
    for i in range(50):
        common = {"cell": "plane_usual", "head": i, "seed": i, "method": "a"}
        rows.append(common | {"slice": -1, "angle_deg": i / 10, "gap_mm": 0.1, "confidence": 1 - i / 100})
        rows.append(common | {"slice": 0, "angle_deg": 1.0, "gap_mm": 0.1, "absent": 0.1})
        rows[-1] |= {"angle_sd_deg": 0.6, "offset_sd_mm": 0.01}
        rows.append(common | {"cell": "holoprosencephaly", "slice": 0, "angle_deg": 50.0, "gap_mm": 9.0, "absent": 0.9})
    table = pd.DataFrame(rows).reindex(columns=list(COLUMNS))
    planes = plane_table(table)
    assert planes[2].startswith(
        "| all | a | 50 | 2.45, 4.65, 4.90 | 0.10, 0.10, 0.10 | 42 % (28 to 57) of 50 | 29, at most"
    )
    assert "1.00, 1.00, 1.00" in line_table(table)[2]
    assert "| holoprosencephaly | a | absent | 50 | 1.00 |" in absence_table(table)
    assert "100 % (93 to 100) of 50 | 0 % (0 to 7) of 50" in calibration_table(table)[2]


def test_methods_are_named_and_found() -> None:
    assert label_of("ours#1=network:weights/a") == "ours#1"
    assert label_of("network:weights/a") == "a"
    assert get("first=mean_difference").name == "first"
    with pytest.raises(SystemExit, match="no method"):
        get("guesswork")


def test_a_method_may_say_how_sure_it_is() -> None:
    from measure import measure

    def unsure(pixels: Any, spacing_mm: Any) -> LineAnswer:
        return LineAnswer(None, absent=0.75)

    options = COARSE | {"weeks": 38.0, "slices": SLICES}
    rows = measure(Case("c", 0, "plane", FIRST_SEED, options), [Method("unsure", line=unsure)])
    assert [row["absent"] for row in rows] == [0.75, 0.75]
    assert all(row["angle_deg"] == 90.0 for row in rows)
