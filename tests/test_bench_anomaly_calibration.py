"""The calibration of unseen normals: counts by age and contrast, and whether z is of a standard normal law."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from anomaly_calibration import alarms_of, bound, by_norm, distance, norm_report, normals_of, report
from anomaly_calibration_figure import write_figure
from anomaly_table import judged_methods
from rows import COLUMNS


def rows_of(method: str, heads: int = 600) -> pd.DataFrame:
    """Return normals whose scores rise with age and are higher in T1w, and some that are no normals."""
    rng = np.random.default_rng(0)
    weeks, t1w = rng.uniform(26, 46, heads), rng.random(heads) < 0.3
    score = 5 + 0.3 * weeks + 2 * t1w + rng.standard_normal(heads)
    rows = pd.DataFrame({"head": range(heads), "seed": range(heads), "weeks": weeks, "score": score, "method": method})
    rows = rows.assign(modality=np.where(t1w, "T1w", "T2w"), cell="normal", slice=-1)
    return pd.concat([rows, rows[:50].assign(cell="ramp_20")]).reindex(columns=list(COLUMNS))


@pytest.fixture(scope="module")
def judged() -> dict[str, pd.DataFrame]:
    return judged_methods(pd.concat([rows_of("ours"), rows_of("mirror_difference")], ignore_index=True))


def test_alarms_of_ages_and_contrasts_are_those_of_all(judged: dict[str, pd.DataFrame]) -> None:
    whole, *parts = alarms_of(normals_of(judged["ours"]))
    assert len(parts) == 10
    assert (whole.alarms, whole.heads) == (sum(p.alarms for p in parts), sum(p.heads for p in parts))
    assert whole.heads == 600
    assert 0.03 < whole.alarms / whole.heads < 0.08


def test_distance_tells_a_normal_law_from_others(judged: dict[str, pd.DataFrame]) -> None:
    z = normals_of(judged["ours"])["z"].to_numpy()
    assert distance(z) < bound(len(z))
    assert distance(1.5 * z) > bound(len(z)) < distance(z + 0.3)
    assert bound(400) == pytest.approx(bound(100) / 2)


def test_intervals_are_corrected_for_all_rows(judged: dict[str, pd.DataFrame]) -> None:
    lines = report(judged).splitlines()
    row = next(line for line in lines if line.startswith("| all |"))
    low, high = (int(part) for part in row.split("(")[1].split(")")[0].split(" to "))
    assert high - low > 4.5  # of 600 heads an interval of one row alone is 3.6 wide
    assert sum(line.startswith(("| T2w,", "| T1w,")) for line in lines) == 10
    assert sum(line.startswith(("| ours |", "| mirror_difference |")) for line in lines) == 2


def test_the_norm_of_a_cohort_judges_normals_as_normal(judged: dict[str, pd.DataFrame]) -> None:
    found = by_norm(normals_of(judged["ours"]))
    assert len(found) == 600
    assert found["z"].std() == pytest.approx(1, abs=0.1)
    text = norm_report({"ours": normals_of(judged["ours"])})
    assert "| ours | 600 |" in text
    assert found["alarm"].mean() == pytest.approx(0.05, abs=0.03)


def test_figure_is_drawn(judged: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    path = tmp_path / "calibration.png"
    write_figure({name: normals_of(part) for name, part in judged.items()}, path)
    both = path.read_bytes()
    assert both.startswith(b"\x89PNG")
    write_figure({"ours": normals_of(judged["ours"])}, path)
    assert path.read_bytes() != both
