"""A lock is stale when nobody works in its folder any more."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from symbrain import lock
from symbrain.lock import is_stale, release_stale


def locked(folder: Path) -> Path:
    locks = folder / ".snakemake" / "locks"
    locks.mkdir(parents=True)
    (locks / "0.input.lock").write_text("scans.tsv\n")
    return folder


def test_no_lock_is_not_stale(tmp_path: Path) -> None:
    assert not is_stale(tmp_path)
    (tmp_path / ".snakemake" / "locks").mkdir(parents=True)
    assert not is_stale(tmp_path)


def test_a_lock_is_stale_as_soon_as_nobody_works_there(tmp_path: Path) -> None:
    folder = locked(tmp_path / "work")
    program = tmp_path / "snakemake"
    program.write_text("import time; print('here', flush=True); time.sleep(60)")
    with subprocess.Popen([sys.executable, str(program)], cwd=folder, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        running.stdout.readline()
        assert not is_stale(folder)
        assert is_stale(locked(tmp_path / "elsewhere"))
        running.kill()
    for _ in range(50):
        if is_stale(folder):
            break
        time.sleep(0.1)
    assert is_stale(folder)


@pytest.mark.parametrize(
    ("command", "is_one"),
    [
        ("snakemake --cores 2", True),
        ("/x/bin/python -u -m snakemake -n", True),
        ("python3.11 -X dev -s -m snakemake", True),
        ("python -W error /x/bin/snakemake --cores 1", True),
        ("python -m pytest snakemake", False),
        ("python train.py snakemake", False),
        ("vim snakemake", False),
        ("", False),
    ],
)
def test_snakemake_is_known_by_its_command(command: str, is_one: bool) -> None:
    assert lock._is_snakemake(command.split()) == is_one


def test_the_lock_of_somebody_elses_run_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose working folder is hidden may work here."""

    class Hidden:
        pid = -1

        def cmdline(self) -> list[str]:
            return ["python", "-m", "snakemake"]

        def cwd(self) -> str:
            raise psutil.AccessDenied(self.pid)

    monkeypatch.setattr(psutil, "process_iter", lambda: iter([Hidden()]))
    folder = locked(tmp_path / "shared")
    release_stale(folder)
    assert not is_stale(folder)
    assert list((folder / ".snakemake" / "locks").iterdir())


def test_a_stale_lock_is_released_and_no_other(tmp_path: Path) -> None:
    release_stale(locked(tmp_path / "work"))
    assert not is_stale(tmp_path / "work")
    assert (tmp_path / "work" / ".snakemake" / "locks").is_dir()
    release_stale(tmp_path)  # nothing to release


def test_a_lock_from_another_machine_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    here = socket.gethostname()
    monkeypatch.setattr(socket, "gethostname", lambda: "login2")
    release_stale(folder)  # a run starts on the other machine, and locks
    shutil.copytree(locked(tmp_path / "any") / ".snakemake" / "locks", folder / ".snakemake" / "locks")
    monkeypatch.setattr(socket, "gethostname", lambda: here)
    release_stale(folder)
    assert list((folder / ".snakemake" / "locks").iterdir())
    monkeypatch.setattr(socket, "gethostname", lambda: "login2")
    release_stale(folder)
    assert not list((folder / ".snakemake" / "locks").iterdir())


@pytest.mark.slow
def test_a_job_that_reads_the_snakefile_leaves_the_lock_of_its_run(tmp_path: Path, repository: Path) -> None:
    folder = locked(tmp_path / "work")
    (folder / "phantom_cohort").mkdir()
    where = ["--snakefile", str(repository / "Snakefile"), "--cores", "1", "--list-rules"]
    for mode, left in (("remote", 1), ("subprocess", 1), ("default", 0)):
        words = [sys.executable, "-m", "snakemake", *where, "--mode", mode]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert len(list((folder / ".snakemake" / "locks").iterdir())) == left, mode
