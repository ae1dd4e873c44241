"""The workflow on a real Slurm: every job through ``sbatch``, and the same numbers, whatever the cluster does to it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml

from local_slurm import Slurm, end_jobs, local_slurm, needs_slurm, wait_for
from symbrain.lock import is_stale

pytestmark = [pytest.mark.slow, needs_slurm]

REPOSITORY = Path(__file__).resolve().parents[1]
PROFILE = REPOSITORY / "workflow" / "profiles" / "slurm"
SMALL = [
    'report={"notebooks": false}',
    'phantom={"subjects": 2, "spacing_mm": 2, "broken": false}',
    'align={"spacing_mm": 2}',
    'train_midline={"steps": 2}',
    *("chunks=2", "folds=2"),
]
# What a laboratory's Slurm would be asked a minute later is asked at once.
QUICK = ["--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "10"]
WALK = "align_slices"  # the group of both
JOBS = "JobID:|,State:|,MinMemory:|,tres-per-job:|,Comment:|"


@dataclass(frozen=True)
class Job:
    """A line of Slurm's job list."""

    number: int
    state: str
    memory: str
    card: str
    rule: str


@dataclass(frozen=True)
class Run:
    """A run that ended: its folder, what it said, and its jobs."""

    folder: Path
    said: str
    jobs: list[Job]

    def of(self, rule: str) -> list[Job]:
        return [job for job in self.jobs if re.search(rf"_{rule}(_wildcards_.*)?$", job.rule)]


def command(folder: Path, *words: str) -> list[str]:
    folder.mkdir(exist_ok=True)
    where = ["--snakefile", str(REPOSITORY / "Snakefile"), "--directory", str(folder)]
    return [sys.executable, "-m", "snakemake", *where, *words, "--config", *SMALL]


def tight(folder: Path) -> Path:
    """Return the profile with a card for a training, and too little memory for scoring; then a multiple of the need."""
    profile = yaml.safe_load((PROFILE / "config.yaml").read_text(encoding="utf-8"))
    profile["set-resources"]["score"] = {"mem_mb": "200 * 20 ** (attempt - 1)"}
    profile["set-resources"]["train_midline"]["gpu"] = 1
    (folder / "config.yaml").write_text(yaml.safe_dump(profile), encoding="utf-8")
    return folder


def submitting(slurm: Slurm, folder: Path, profile: Path = PROFILE) -> subprocess.Popen[str]:
    """Start the workflow on a Slurm; what it says goes to ``said.txt`` in its folder."""
    whole = command(folder, "--profile", str(profile), *QUICK)
    with (folder / "said.txt").open("a") as said:
        return subprocess.Popen(whole, env=slurm.environment, stdout=said, stderr=said, text=True, cwd=folder)


def finished(slurm: Slurm, folder: Path, running: subprocess.Popen[str]) -> Run:
    code = running.wait(timeout=1500)
    said = (folder / "said.txt").read_text(encoding="utf-8")
    assert code == 0, said[-5000:] + slurm.logs()
    return Run(folder, said, jobs(slurm))


def jobs(slurm: Slurm) -> list[Job]:
    """Return all jobs that this Slurm has seen, in their order."""
    lines = slurm.says("squeue", "--noheader", "--states=all", f"--Format={JOBS}", "--sort=i").splitlines()
    return [Job(int(number), *rest) for number, *rest, _ in (line.split("|") for line in lines)]


def drained(slurm: Slurm) -> bool:
    """Tell whether nothing runs although something waits."""
    return bool(slurm.queue("pending")) and not slurm.queue("running,completing")


def numbers(folder: Path) -> dict[str, bytes]:
    """Return every table and every image of the results, byte for byte, by their names."""
    results = folder / "results"
    found = [path for kind in ("*.tsv", "*.nii.gz", "*.parquet", "*.safetensors") for path in results.rglob(kind)]
    return {str(path.relative_to(results)): path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def slurm() -> Iterator[Slurm]:
    with TemporaryDirectory(prefix="slurm-") as folder, local_slurm(Path(folder)) as started:
        yield started


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the workflow ran on this machine alone."""
    folder = tmp_path_factory.mktemp("here")
    done = subprocess.run(command(folder, "--cores", "2"), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def there(slurm: Slurm, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run through Slurm: the node was drained for a while, and one rule had too little memory at first."""
    folder = tmp_path_factory.mktemp("there")
    running = submitting(slurm, folder, tight(tmp_path_factory.mktemp("profile")))
    try:
        wait_for(lambda: bool(slurm.queue("running")), "the first job", slurm, 600)
        slurm.node("drain")
        wait_for(lambda: drained(slurm), "jobs that wait for the node", slurm, 600)
        slurm.node("resume")
        return finished(slurm, folder, running)
    finally:
        running.kill()


def test_the_same_numbers_as_on_one_machine(here: Path, there: Run) -> None:
    ours, theirs = numbers(there.folder), numbers(here)
    assert {"scores.tsv", "subjects.tsv", "regions.tsv", "exclusions.tsv", "repeatability.tsv"} < set(ours)
    assert set(ours) == set(theirs)
    assert [name for name in ours if ours[name] != theirs[name]] == []


def test_every_job_went_through_slurm_but_those_that_end_in_seconds(there: Run, slurm: Slurm) -> None:
    done = [job.rule for job in there.jobs if job.state == "COMPLETED"]
    assert len(there.of(WALK)) == len(there.of("report")) == 2, done
    for rule in ("phantom", "train_midline", "train_asymmetry"):
        assert len(there.of(rule)) == 1, (rule, done)
    assert len(there.of("train_asymmetry_fold")) == 3
    assert not any("gather" in rule or "ingest" in rule for rule in done)
    log = slurm.completed()
    assert log.count("JobState=COMPLETED") == len(done)
    assert "Directory cannot be locked" not in there.said


def test_a_job_that_ran_out_of_memory_is_done_again_with_more(there: Run) -> None:
    killed = [job for job in there.of("score") if job.state in ("FAILED", "OUT_OF_MEMORY")]
    again = [job for job in there.of("score") if job.state == "COMPLETED"]
    assert [job.memory for job in killed] == ["200M", "200M"]
    assert [job.memory for job in again] == ["4000M", "4000M"]
    logs = (there.folder / "logs" / "slurm" / "rule_score").rglob("*.log")
    assert any("exceeded memory limit" in path.read_text() for path in logs)


def test_a_card_is_reserved_where_it_is_asked_for_and_nowhere_else(there: Run) -> None:
    (training,) = there.of("train_midline")
    assert "gpu:1" in training.card
    assert {job.card for job in there.jobs if job != training} == {"N/A"}
    assert training.memory == "4000M"


@pytest.mark.soak
def test_a_run_that_was_killed_while_the_node_was_drained_goes_on(slurm: Slurm, here: Path, tmp_path: Path) -> None:
    folder = tmp_path / "there"
    running = submitting(slurm, folder)
    try:
        wait_for(lambda: WALK in " ".join(slurm.queue("running")), "the first portion", slurm, 600)
        slurm.node("drain")
        wait_for(lambda: drained(slurm), "jobs that wait for the node", slurm, 600)
    finally:
        running.kill()
        running.wait()
    assert is_stale(folder)
    end_jobs(slurm)  # by hand, as the guide says: nobody else is left to do so
    slurm.node("resume")
    done = finished(slurm, folder, submitting(slurm, folder))
    assert numbers(done.folder) == numbers(here)
    assert done.said.count("rule phantom:") == 1, "what was done was done again"
