"""A full disk in every stage: a sentence, no half file, and after some space was made the same bits as without."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faults.account import Row, placeless, tell
from faults.conftest import Undisturbed
from faults.runs import Said, digests
from faults.small import STEPS, do
from symbrain.cli import main

pytestmark = pytest.mark.slow

SIZE = "32m"
SPARE = 40_000  # bytes: enough for some of the files of a stage, and not for all
UNFINISHED = "checkpoint.safetensors"  # whole in itself, and gone when the training is done


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Return a small disk of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    if shutil.which("mount") is None or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)], check=False)
    if done.returncode:
        pytest.skip("this machine does not let a small disk be mounted")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def fill(disk: Path, spare: int = 0) -> Path:
    """Fill a disk to the brim, or but for some bytes; return the file that does it."""
    filler = disk / "filler"
    room = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize - spare
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, room)
    return filler


def refused(said: Said, before: dict[str, str], now: dict[str, str], whole: dict[str, str]) -> None:
    """Check that a stage ended with a sentence, and left no file that is neither the old one nor the new one."""
    assert said.code != 0
    assert "there is no space left for " in said.sentence
    assert "; free some, and run the same command again" in said.sentence
    assert "Traceback" not in said.err
    for name, digest in now.items():
        assert digest in (before.get(name), whole.get(name)) or name.endswith(UNFINISHED), f"{name} is half a file"


def test_every_stage_survives_a_full_disk(undisturbed: Undisturbed, disk: Path, tmp_path: Path) -> None:
    results = disk / "results"
    for name, step, further in STEPS:
        before, whole = digests(results) if results.exists() else {}, undisturbed.after[name]
        sentence = ""
        for spare in (0, SPARE):
            filler = fill(disk, spare)
            said = do(step, results, undisturbed.dataset, further)
            if spare == 0 or said.code:
                refused(said, before, digests(results) if results.exists() else {}, whole)
                sentence = sentence or said.sentence
            filler.unlink()
            assert not list(disk.rglob("*.tmp"))
        again = do(step, results, undisturbed.dataset, further)
        assert again.code == 0, again.err
        assert digests(results) == whole
        tell(Row("Disk full", f"in {name}", "stopped; with space again, bit-equal", placeless(sentence)))


def test_the_synthetic_cohort_survives_a_full_disk(
    disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def words(out: Path) -> list[str]:
        settings = ["--subjects", "1", "--spacing-mm", "3", "--no-broken", "--t1w-share", "0", "--lesion-share", "0"]
        return ["phantom", "--out", str(out), *settings]

    def phantom(out: Path) -> Said:
        code = main(words(out))
        return Said(code, "", capsys.readouterr().err)

    assert phantom(tmp_path / "whole").code == 0
    whole = digests(tmp_path / "whole")
    _survives(disk, phantom, whole)


def _survives(disk: Path, make: Callable[[Path], Said], whole: dict[str, str]) -> None:
    filler, out = fill(disk), disk / "cohort"
    said = make(out)
    refused(said, {}, digests(out) if out.exists() else {}, whole)
    filler.unlink()
    assert make(out).code == 0
    assert digests(out) == whole
    tell(Row("Disk full", "in phantom", "stopped; with space again, bit-equal", placeless(said.sentence)))
