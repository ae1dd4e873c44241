"""The cohort of copies, and what is read off the logs."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

import throughput
from symbrain.settings import IngestSettings
from symbrain.stages import ingest
from symbrain.tables import read_table


@pytest.mark.slow
def test_copies_are_participants_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throughput, "_DISTINCT", 2)
    dataset = throughput.write_cohort(tmp_path, 5, 3.0)
    throughput.write_cohort(tmp_path, 7, 3.0)  # more come, the others stay
    ingest.run(dataset, tmp_path / "results", IngestSettings(), seed=1, folds=2, chunks=2)
    scans = read_table(tmp_path / "results" / "scans.tsv", "scans")
    assert scans["usable"].all()
    assert scans["participant_id"].nunique() == len(scans) == 7
    assert scans["scan_age_weeks"].notna().all()
    assert scans["radiology_score"].notna().all()


def test_costs_are_read_off_the_logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logs = {
        "align/0.log": "align 0: 1/1 x\nalign 0: 1 scans, 1 worked on in 3.5 s of processor time\n"
        "align: took 9.0 s, 5.0 s of processor time, 300 MB at most\n",
        "score/gather.log": "score: took 2.0 s, 1.5 s of processor time, 200 MB at most\n",
        "train_midline/midline.log": "train_midline: took 20.0 s, 18.0 s of processor time, 800 MB at most\n",
    }

    def called(folder: Path, *_: object) -> tuple[float, float, float, str]:
        for name, text in logs.items():
            (folder / "logs" / name).parent.mkdir(parents=True)
            (folder / "logs" / name).write_text(text)
        return 30.0, 26.0, 100.0, ""

    monkeypatch.setattr(throughput, "call", called)
    cost = throughput.measure("run", tmp_path, tmp_path, 3.0, 1)
    assert (cost.work_s, cost.starting_s, cost.gathering_s, cost.training_s) == (3.5, 1.5, 1.5, 18.0)
    assert cost.snakemake_s == pytest.approx(26 - 5 - 1.5 - 18)
    assert (cost.jobs, cost.worked_on, cost.peak_mb) == (3, 1, 800)
    text = throughput.page(pd.DataFrame([{"version": "x", "mm": 3.0, **vars(cost)}]))
    assert "| 4.500 |" in text  # 1.5 + 1.5 + 1.5 s beside the work on one scan
