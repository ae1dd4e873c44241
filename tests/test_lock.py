"""A lock is stale when nobody works in its folder any more."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

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


def test_a_stale_lock_is_released_and_no_other(tmp_path: Path) -> None:
    release_stale(locked(tmp_path / "work"))
    assert not is_stale(tmp_path / "work")
    assert (tmp_path / "work" / ".snakemake" / "locks").is_dir()
    release_stale(tmp_path)  # nothing to release
