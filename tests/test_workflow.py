"""The workflow as a person runs it: what it plans, what it refuses, what it makes, and what it does not do twice."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from symbrain.columns import TABLES
from symbrain.lock import is_stale
from symbrain.settings import STAGES
from symbrain.tables import read_table, read_text_table
from validator import issues, needs_validator

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).resolve().parents[1]
TRAIN = ['train_midline={"steps": 2}', 'train_asymmetry={"brains": 2}', "folds=2"]
SMALL = ['phantom={"subjects": 3, "spacing_mm": 2}', 'align={"spacing_mm": 2}', "chunks=2", *TRAIN]


def command(folder: Path, *words: str, config: list[str]) -> list[str]:
    where = ["--snakefile", str(REPOSITORY / "Snakefile"), "--directory", str(folder), "--cores", "2"]
    return [sys.executable, "-m", "snakemake", *where, *words, "--config", *config]


def snakemake(folder: Path, *words: str, config: list[str] = SMALL, code: int = 0) -> str:
    """Run the workflow in a folder and return all that it said."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        command(folder, *words, config=config), capture_output=True, text=True, check=False, timeout=1500
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def planned(said: str) -> dict[str, int]:
    """Return the number of jobs of each rule that a dry run announced."""
    return {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", said, flags=re.MULTILINE)}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the workflow ran over a cohort of three synthetic newborns."""
    folder = tmp_path_factory.mktemp("finished")
    snakemake(folder)
    return folder


def test_lints_clean() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--lint"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_plans_one_job_per_chunk_and_stage(tmp_path: Path) -> None:
    chunks = dict.fromkeys(("align", "slices", "score", "report"), 2)
    once = dict.fromkeys(
        ("phantom", "ingest", "train_midline", "train_asymmetry", "score_gather", "report_gather", "all"), 1
    )
    several = {"train_asymmetry_fold": 3, "report_notebook": 4}  # two folds, and all
    assert planned(snakemake(tmp_path, "--dry-run")) == {**once, **several, **chunks, "total": 22}
    without = planned(snakemake(tmp_path, "--dry-run", config=[*SMALL, 'report={"notebooks": false}']))
    assert without == {**once, "train_asymmetry_fold": 3, **chunks, "total": 18}


def test_makes_no_phantom_where_a_dataset_is_named(tmp_path: Path) -> None:
    scan = tmp_path / "data" / "sub-01" / "anat" / "sub-01_T2w.nii.gz"
    scan.parent.mkdir(parents=True)
    scan.touch()
    said = snakemake(tmp_path, "--dry-run", config=["bids_dir=data", "chunks=2"])
    assert "phantom" not in planned(said)
    assert "symbrain ingest data --out results" in said


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ("chunk=3", "The configuration has no key 'chunk' at its top level; did you mean 'chunks'?"),
        ('align={"spacing": 2}', "no key 'spacing' in its section 'align'; did you mean 'spacing_mm'?"),
        ("bids_dir=nowhere", "The configuration names 'nowhere' as bids_dir, but there is no such folder"),
        ("annotations=nowhere.tsv", "The configuration names 'nowhere.tsv' as annotations, but there is no such file"),
        ("seed=-1", "The configuration has -1 as seed; at least 0 is expected."),
    ],
)
def test_a_wrong_configuration_stops_with_a_sentence(tmp_path: Path, config: str, sentence: str) -> None:
    said = snakemake(tmp_path, "--dry-run", config=[config], code=1)
    assert sentence in said
    assert "Traceback" not in said
    assert len(said.strip().splitlines()) < 8


def test_results_can_be_moved(tmp_path: Path) -> None:
    said = snakemake(tmp_path, "--dry-run", config=[*SMALL, 'pathvars={"results": "my results"}'])
    assert "symbrain ingest phantom_cohort --out 'my results' " in said
    assert "symbrain align --results 'my results' --chunk 0 " in said


def test_writes_the_tables_and_the_pages(finished: Path) -> None:
    results = finished / "results"
    for name in ("scans", "scores", "subjects", "regions", "exclusions", "repeatability", "sides"):
        table = read_table(results / f"{name}.tsv", name)
        assert list(table.columns) == [c.name for c in TABLES[name]]
        assert (results / f"{name}.json").exists()
    scans, scores = (read_table(results / f"{name}.tsv", name) for name in ("scans", "scores"))
    excluded = read_table(results / "exclusions.tsv", "exclusions")
    assert len(scores) > 0
    assert scores["asymmetry_score"].notna().any()
    assert set(scores["scan_id"]) | set(excluded["scan_id"]) == set(scans["scan_id"])
    assert "<html" in (results / "index.html").read_text(encoding="utf-8").lower()
    assert {path.name for path in (finished / "logs").iterdir()} == set(STAGES)


def test_the_notebooks_and_the_page_for_drawing_are_there(finished: Path) -> None:
    results = finished / "results"
    assert {path.name for path in (results / "notebooks").iterdir()} == {
        f"qc_{what}.{kind}" for what in ("alignment", "asymmetry", "cohort", "midline") for kind in ("html", "ipynb")
    }
    assert "Where is the midline" in (results / "annotate.html").read_text(encoding="utf-8")


def test_snakemakes_own_report_links_to_the_pages(finished: Path) -> None:
    snakemake(finished, "--report", "report.html")
    text = (finished / "report.html").read_text(encoding="utf-8")
    assert "results/index.html" in text
    assert "results/annotate.html" in text
    assert "qc_alignment" in text
    (finished / "report.html").unlink()


@needs_validator
def test_the_results_are_a_derivative_dataset_of_bids(finished: Path) -> None:
    assert not issues(finished / "results")


def test_the_same_command_again_does_nothing(finished: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (finished / "results").rglob("*")}
    assert "Nothing to be done" in snakemake(finished)
    assert "Nothing to be done" in snakemake(finished, "--cores", "1")
    assert {path: path.stat().st_mtime_ns for path in (finished / "results").rglob("*")} == before


def test_a_changed_key_reruns_its_stage_and_what_follows(finished: Path) -> None:
    def rerun(change: str) -> set[str]:
        return set(planned(snakemake(finished, "--dry-run", config=[*SMALL, change])))

    pages = {"report", "report_gather", "report_notebook", "all", "total"}
    assert rerun('report={"dpi": 90}') == pages
    assert rerun('score={"smoothing_mm": 3}') == {"score", "score_gather"} | pages
    trained = rerun('train_midline={"steps": 3}')
    assert {"train_midline", "score", "report"} < trained
    assert not {"align", "slices", "train_asymmetry", "train_asymmetry_fold"} & trained
    assert {"align", "slices", "train_asymmetry_fold", "score", "report"} < rerun("threads=2")
    assert not {"phantom", "ingest"} & rerun("threads=2")


OWN = ["bids_dir=data", 'align={"spacing_mm": 2}', "chunks=3", *TRAIN]


def done_scans(folder: Path) -> dict[Path, int]:
    """Return the records of the aligned scans with the times at which they were written."""
    records = (folder / "results" / "chunks" / "align" / "scans").glob("*.json")
    return {path: path.stat().st_mtime_ns for path in records if '"done"' in path.read_text(encoding="utf-8")}


@pytest.fixture(scope="module")
def resumed(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which a run over a copy of the cohort was killed, and started again."""
    folder = tmp_path_factory.mktemp("resumed")
    shutil.copytree(finished / "phantom_cohort", folder / "data")
    with subprocess.Popen(
        command(folder, config=OWN), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as running:
        wait_for(lambda: bool(done_scans(folder)), seconds=300)
        os.killpg(running.pid, signal.SIGKILL)
    before = done_scans(folder)
    assert is_stale(folder)
    snakemake(folder, config=OWN)
    assert before.items() <= done_scans(folder).items(), "a scan that was done was computed again"
    return folder


@pytest.mark.parametrize("name", ["scores", "subjects", "regions", "exclusions"])
def test_neither_a_kill_nor_other_chunks_move_a_number(finished: Path, resumed: Path, name: str) -> None:
    ours, theirs = (read_text_table(folder / "results" / f"{name}.tsv") for folder in (resumed, finished))
    assert ours.equals(theirs)


def test_a_changed_dataset_is_noticed(resumed: Path) -> None:
    assert "Nothing to be done" in snakemake(resumed, "--dry-run", config=OWN)
    os.utime(next((resumed / "data").glob("sub-*/*/anat/*_T2w.nii.gz")))
    assert {"ingest", "align"} < set(planned(snakemake(resumed, "--dry-run", config=OWN)))


def wait_for(condition: Callable[[], bool], *, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
