"""A machine that is not as it should be: folders that cannot be written to, two runs, a wrong clock, little memory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.account import Row, placeless, tell
from faults.conftest import Undisturbed
from faults.flow import finish, start, wait_for
from faults.runs import command, digests, ordinary, permissions_apply, run, walk

pytestmark = pytest.mark.slow

needs_permissions = pytest.mark.skipif(not permissions_apply(), reason="root writes everywhere, without setpriv")
ALIGNED = "results/chunks/align/0.tsv"
GIB = 2**30


def closed(folder: Path) -> Iterator[None]:
    """Take away the right to write in a folder and all below; give it back in the end."""
    places = [folder, *(path for path in folder.rglob("*") if not path.is_symlink())]
    modes = {path: path.stat().st_mode for path in places}
    for path in reversed(places):
        path.chmod(modes[path] & ~0o222)
    yield
    for path in places:
        path.chmod(modes[path])


@pytest.fixture
def read_only(undisturbed: Undisturbed) -> Iterator[None]:
    """Let nobody write into the dataset."""
    yield from closed(undisturbed.dataset)


@needs_permissions
def test_a_dataset_that_nobody_may_write_to_is_enough(
    read_only: None, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    results = tmp_path / "run" / "results"
    (tmp_path / "run").mkdir()
    probe = undisturbed.dataset / "probe"
    assert subprocess.run([*ordinary(), "touch", str(probe)], check=False, stderr=subprocess.DEVNULL).returncode != 0
    said = walk([command(step, results, undisturbed.dataset) for step in ("ingest", "align")])
    assert said.code == 0, said.err
    assert images(digests(results)) == images(undisturbed.after["align"])
    tell(Row("The machine", "read-only dataset", "scored as ever"))


def images(files: dict[str, str]) -> dict[str, str]:
    """Return those of the files that belong to scans: no path of the machine is in them."""
    return {name: digest for name, digest in files.items() if name.startswith("sub-")}


@needs_permissions
def test_results_that_cannot_be_written_to_are_a_sentence(undisturbed: Undisturbed, tmp_path: Path) -> None:
    results = tmp_path / "results"
    shutil.copytree(undisturbed.results, results)
    before = digests(results)
    for _ in closed(results):
        said = run(command("ingest", results, undisturbed.dataset))
        assert digests(results) == before
    assert said.code == 2
    assert "Permission denied; check that what is read exists" in said.sentence
    assert "Traceback" not in said.err
    tell(Row("The machine", "results that cannot be written to", "stopped with code 2", placeless(said.sentence)))


@pytest.fixture(scope="module")
def twice(undisturbed: Undisturbed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which a run worked, while a second one was started in it."""
    folder = tmp_path_factory.mktemp("twice") / "run"
    folder.mkdir()
    with start(folder, undisturbed.dataset, ALIGNED) as first:
        wait_for(lambda: any((folder / ".snakemake" / "locks").glob("*.lock")) or first.poll() is not None)
        second = finish(folder, undisturbed.dataset, ALIGNED)
        assert second.code != 0
        said = second.out + second.err
        assert "cannot be locked" in said
        assert "no other Snakemake process" in said
        assert "Traceback" not in said
        assert first.wait() == 0
    assert digests(folder / "results") == undisturbed.after["align"]
    (line,) = (line for line in said.splitlines() if "cannot be locked" in line)
    tell(Row("The run", "two at once in one folder", "the second stopped, the first was unharmed", placeless(line)))
    return folder


def test_a_second_run_in_a_folder_is_refused(twice: Path) -> None:
    assert (twice / ALIGNED).exists()


@pytest.mark.parametrize(("clock", "year"), [("set back by years", 4e9), ("once in 1980", 3.2e8)])
def test_a_wrong_clock_computes_no_scan_again(clock: str, year: float, undisturbed: Undisturbed, twice: Path) -> None:
    """What was written before the clock was set back seems to come from the future, and the other way round."""
    results = twice / "results"
    written = {path: path.stat().st_mtime_ns for path in results.glob("sub-*/**/*.nii.gz")}
    os.utime(results / "scans.tsv", (year, year))
    for path in undisturbed.dataset.rglob("*.nii.gz"):
        os.utime(path, (year, year))
    said = finish(twice, undisturbed.dataset, ALIGNED)
    assert said.code == 0, said.err
    assert digests(results) == undisturbed.after["align"]
    assert {path: path.stat().st_mtime_ns for path in written} == written
    tell(Row("The machine", f"clock {clock}", "stages looked again, no scan was computed again; bit-equal"))


def test_two_processes_on_the_same_scans_do_not_harm_each_other(undisturbed: Undisturbed, tmp_path: Path) -> None:
    """A killed run may leave a process that goes on, beside the one that is started anew."""
    results = tmp_path / "run" / "results"
    assert walk([command("ingest", results, undisturbed.dataset)]).code == 0
    words = [sys.executable, "-m", "symbrain", *command("align", results, undisturbed.dataset)]
    both = [subprocess.Popen(words, stderr=subprocess.DEVNULL) for _ in range(2)]
    assert [one.wait() for one in both] == [0, 0]
    assert images(digests(results)) == images(undisturbed.after["align"])
    tell(Row("The run", "two processes on the same scans", "both finished; bit-equal"))


@pytest.mark.parametrize("step", ["train_midline", "train_asymmetry"])
@pytest.mark.parametrize(
    "gib", [0.5, pytest.param(1.0, marks=pytest.mark.soak), pytest.param(1.5, marks=pytest.mark.soak)]
)
def test_too_little_memory_is_a_sentence(step: str, gib: float, undisturbed: Undisturbed, tmp_path: Path) -> None:
    results = tmp_path / "run" / "results"
    shutil.copytree(undisturbed.results, results)
    (results / "chunks" / "train_midline" / "midline.json").unlink()
    (results / "chunks" / "train_asymmetry" / "asymmetry.json").unlink()
    before = images(digests(results))
    said = run(command(step, results, undisturbed.dataset), limit_bytes=int(gib * GIB))
    assert said.code == 1, said.err
    assert "there is not enough memory; close other programs" in said.err  # Python may add lines of its own as it ends
    assert "Traceback" not in said.err
    assert images(digests(results)) == before
    tell(Row("The machine", f"{gib:g} GiB of memory for {step}", "stopped with code 1", said.sentence))
