"""The examples run as they are, and find what was put into their input."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from heads import LESION, head
from symbrain.tables import write_table
from symbrain.volume import write_volume

EFFECT, PER_WEEK = 0.5, 0.02
EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def run_example(name: str, *words: object) -> str:
        monkeypatch.setattr(sys, "argv", [name, *map(str, words)])
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        return capsys.readouterr().out

    return run_example


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Return a folder of forty infants: patients score higher, all score higher with age, the left is the larger."""
    rng, rows, regions = np.random.default_rng(1), [], []
    for i in range(40):
        age = float(rng.uniform(36, 44))
        log_score = 1 + EFFECT * (i % 2) + PER_WEEK * (age - 40) + float(rng.normal(0, 0.05))
        who = {"participant_id": f"sub-{i:02d}", "session_id": "ses-1", "scan_id": f"sub-{i:02d}_ses-1_T2w"}
        more = {"asymmetry_score": np.exp(log_score), "qc": "pass", "sex": "male" if i % 3 else "female"}
        rows.append({**who, "scan_age_weeks": age, **more})
        volumes = {"left_ml": 1.1 * age, "right_ml": 1.0 * age, "asymmetry_index": 0.1 / 1.05}
        regions += [{**who, "region": name, "index_left": 1, **volumes} for name in ("Hippocampus", "Cerebellum")]
    rows.append({**rows[1], "session_id": "ses-2", "scan_id": "again", "asymmetry_score": 500.0})
    rows.append({**rows[0], "participant_id": "sub-99", "scan_id": "failed", "qc": "fail", "asymmetry_score": None})
    write_table(tmp_path / "subjects.tsv", "subjects", rows)
    write_table(tmp_path / "regions.tsv", "regions", regions)
    return tmp_path


def test_groups_differ_by_what_was_put_in(run: Any, results: Path) -> None:
    groups = pd.DataFrame({"participant_id": [f"{i:02d}" for i in range(40)], "group": ["control", "patient"] * 20})
    groups.to_csv(results / "groups.tsv", sep="\t", index=False)
    said = run("compare_groups.py", results, results / "groups.tsv")
    assert "{'control': 20, 'patient': 20}" in said
    found = {line.split()[0]: [float(x) for x in line.split()[1:]] for line in said.splitlines()[2:]}
    effect, low, high, p = found["group[T.patient]"]
    assert low < EFFECT < high
    assert abs(effect - EFFECT) < 0.05
    assert p < 0.001
    assert abs(found["scan_age_weeks"][0] - PER_WEEK) < 0.02
    turned = run("compare_groups.py", results, results / "groups.tsv", "--reference", "patient")
    assert "group[T.control]" in turned


def test_one_group_is_a_sentence(run: Any, results: Path) -> None:
    (results / "groups.tsv").write_text("participant_id\tgroup\n00\tcontrol\n02\tcontrol\n")
    with pytest.raises(SystemExit, match="two groups of three or more are needed"):
        run("compare_groups.py", results, results / "groups.tsv")


def test_volumes_become_a_figure(run: Any, results: Path) -> None:
    figure = results / "volumes.png"
    said = run("left_right_volumes.py", results, "--out", figure)
    assert said.splitlines() == [
        f"{name}: 40 scans, median asymmetry index +0.095" for name in ("Cerebellum", "Hippocampus")
    ]
    assert figure.read_bytes()[:4] == b"\x89PNG"
    with pytest.raises(SystemExit, match="'Nowhere'"):
        run("left_right_volumes.py", results, "--regions", "Nowhere", "--out", figure)


@pytest.mark.slow
def test_a_folder_is_ranked(run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, lesion in (("sub-1_T2w", None), ("sub-2_T2w", LESION)):
        made = head(1, lesion=lesion)
        write_volume(tmp_path / name / f"{name}.nii.gz", made.image, made.affine)
    (tmp_path / "sub-3_T2w.nii.gz").write_bytes(b"no image")
    ages = tmp_path / "ages.tsv"
    ages.write_text("scan_id\tscan_age_weeks\nsub-1_T2w\t41\n")
    run("screen_folder.py", tmp_path, "--ages", ages, "--out", tmp_path / "ranked.tsv")
    ranked = pd.read_csv(tmp_path / "ranked.tsv", sep="\t", na_values="n/a")
    assert ranked["scan_id"].tolist() == ["sub-2_T2w", "sub-1_T2w"]
    assert ranked["asymmetry_side"][0] == LESION.side
    assert ranked["scan_age_weeks"].tolist()[1] == 41
