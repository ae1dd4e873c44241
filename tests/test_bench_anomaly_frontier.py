"""The frontier: which lesions are tried on which heads, and the size that a curve says is caught."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

import frontier
from frontier import CONTRASTS_SD, SIZES_MM, lesions, normals
from frontier_figure import write_figure
from frontier_fit import CAUGHT, Curve, fit_curves, frontiers
from frontier_table import law_table, report, size_table
from methods import Method
from norm_baselines import METHODS as NORM_METHODS
from rows import COLUMNS, Results, read
from suites import load

HEADS = 36


def test_heads_are_normals_whose_turn_in_the_sentinel_cells_comes_last() -> None:
    chosen = normals(100)
    assert len({case.seed for case in chosen}) == 100
    assert min(case.head % 100 for case in chosen) == 90
    assert normals(20) == chosen[:20]
    first = [c for c in load("v1").cases(limit=80) if c.has("kind") and c.task == "score"]
    assert not {case.seed for case in chosen} & {case.seed for case in first}


def test_each_size_and_contrast_is_borne_alike_often_by_both_kinds_on_both_sides() -> None:
    borne = [case for turn, head in enumerate(normals(HEADS)) for case in lesions(head, turn)]
    pooled = [case for case in borne if case.cell.startswith("pooled")]
    assert len({case.cell for case in pooled}) == len(SIZES_MM) * len(CONTRASTS_SD)
    assert set(Counter(case.cell for case in pooled).values()) == {HEADS // 3}
    for key in ("kind", "side"):
        each = Counter((case.cell, case.options[key]) for case in pooled)
        assert set(each.values()) == {HEADS // 6}
    assert {case.options["half"] for case in pooled} == {"test"}
    assert len({(case.cell, case.head) for case in borne}) == len(borne)


def test_the_two_laws_differ_in_nothing_else() -> None:
    one, other = [case for case in lesions(normals(1)[0], 0) if case.cell.startswith("law")]
    differs = {key for key in one.options if one.options[key] != other.options[key]}
    assert (differs, one.seed) == ({"half"}, other.seed)


@given(st.floats(5, 15), st.floats(1, 8))
@settings(max_examples=20)
def test_a_curve_is_found_again(half: float, steepness: float) -> None:
    true, sizes = Curve(half, steepness), np.array(SIZES_MM)
    heads = np.full((1, len(sizes)), 2000.0)
    (found,) = fit_curves(sizes, heads, heads * true.at(sizes))
    assert found.size_of(0.5) == pytest.approx(true.size_of(0.5), rel=0.05)
    assert found.at(sizes) == pytest.approx(true.at(sizes), abs=0.03)
    assert true.at(np.array([true.size_of(CAUGHT)])) == pytest.approx(CAUGHT)


def rows_of(strength: float, method: str = "net", seed: int = 0) -> list[dict[str, Any]]:
    """Normals of spread 1, and lesions that add to the score what their size and contrast are."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for i in range(200):
        about = {"head": i, "seed": i, "weeks": 26 + i % 19, "modality": "T2w", "slice": -1, "method": method}
        rows.append(about | {"cell": "normal", "score": rng.normal(), "side": "left"})
        for k, size in enumerate(SIZES_MM):
            for contrast in (1.0, 3.0):
                if i < 60 and (i + k) % 3 == 0:
                    cell, score = f"pooled_{size:g}mm_{contrast:g}sd", rng.normal() + strength * contrast * size / 10
                    rows.append(about | {"cell": cell, "score": score, "side_true": "left", "side": "left"})
        if i < 60:
            for law in ("train", "test"):
                sick = {"cell": f"law_{law}_16mm_3sd", "score": rng.normal() + 3 * strength, "side": "left"}
                rows.append(about | sick | {"side_true": "left"})
    return rows


def table_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows).reindex(columns=list(COLUMNS))


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return table_of([*rows_of(1.0, "net"), *rows_of(3.0, "better"), *rows_of(0.0, "blind")])


def test_what_sees_more_catches_smaller_lesions(table: pd.DataFrame) -> None:
    found = {(one.method, one.contrast_sd): one for one in frontiers(table)}
    assert found["better", 3.0].size_mm < found["net", 3.0].size_mm < found["net", 1.0].size_mm
    assert found["net", 3.0].size_mm == pytest.approx(10, abs=2.5)  # 10 mm add 3 SD, the threshold is at 1.64
    assert found["blind", 3.0].size_mm == found["blind", 3.0].low_mm == np.inf
    for one in found.values():
        assert one.low_mm <= one.size_mm <= one.high_mm
        assert one.heads.tolist() == [20] * len(SIZES_MM)


@pytest.mark.slow
def test_table_and_figure_show_every_method(table: pd.DataFrame, tmp_path: Path) -> None:
    found = frontiers(table)
    lines = size_table(found)
    assert lines[0] == "| method | 1 SD | 3 SD |"
    assert "> 20 (> 20 to > 20)" in next(line for line in lines if line.startswith("| blind"))
    laws = law_table(table)
    assert [line.split(" | ")[1] for line in laws[2:]] == ["net", "better", "blind"]
    assert laws[0].count("|") == laws[2].count("|")
    assert "60 synthetic heads with 360 lesions, among 200 normals" in report(table, found)
    write_figure(found, tmp_path / "frontier.png")
    assert (tmp_path / "frontier.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_a_run_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frontier, "map_folder", lambda suite: tmp_path / "maps")
    monkeypatch.setattr(frontier, "CONTRASTS_SD", (3.0,))
    chosen = [c for c in normals(40) if c.options["modality"] == "T2w"]
    chosen = [*[c for c in chosen if c.seed % 2][:4], *[c for c in chosen if not c.seed % 2][:4]]
    chosen = [replace(c, options=c.options | {"spacing_mm": 4.0}) for c in chosen]
    method = Method("brightest", score=lambda image, mask, *_: (float(image[mask].max()), "none", None))
    out = tmp_path / "frontier.tsv"
    frontier.run(Results(out, "tiny", "abc"), 1, chosen[:1], [method], norms=False)
    first = out.read_text(encoding="utf-8")
    assert first.count("\n") == 2 + 1 + 2 + 3  # a normal, two laws, three sizes
    frontier.run(Results(out, "tiny", "abc"), 1, chosen, [method], norms=True)
    whole = out.read_text(encoding="utf-8")
    assert whole.startswith(first)
    rows = read([out])[1]
    names = {"brightest", *(f"{name}_8" for name in NORM_METHODS)}
    assert rows.groupby("method").size().to_dict() == dict.fromkeys(names, 8 + 5)
    monkeypatch.setattr(frontier, "render", lambda case: pytest.fail("all is measured"))
    frontier.run(Results(out, "tiny", "abc"), 1, chosen, [method], norms=True)
    assert out.read_text(encoding="utf-8") == whole
