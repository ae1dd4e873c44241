"""The front door for those who know BIDS Apps: ``symbrain run BIDS_DIR OUT_DIR participant|group``.

It checks what was asked for, writes it down as ``OUT_DIR/config.yaml``, and hands it to the workflow, which does the
work. So the same run can be had from Snakemake itself: ``snakemake --configfile OUT_DIR/config.yaml``.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any, Literal

import yaml

from symbrain.atomic import write_text
from symbrain.bids import read_dataset
from symbrain.configfile import problem_with, typed
from symbrain.errors import BadInput
from symbrain.selection import select
from symbrain.settings import TABLES_GIVEN
from symbrain.stages.ingest import refuse_as_results
from symbrain.tables import read_table

Level = Literal["participant", "group"]
SNAKEFILE = "Snakefile"


@dataclass(frozen=True)
class Order:
    """What a person asks for.

    Parameters
    ----------
    level
        ``participant``: everything up to scores.tsv; ``group``: the pages too.
    participants, sessions
        Labels, with or without prefix; none for all.
    config_file
        A config.yaml with the keys that differ from the defaults.
    work_dir
        Where Snakemake keeps its records; None: in the folder of the results.
    further
        Options for Snakemake itself.
    """

    bids_dir: Path
    out_dir: Path
    level: Level
    participants: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    cores: str = "all"
    config_file: Path | None = None
    work_dir: Path | None = None
    dry_run: bool = False
    further: tuple[str, ...] = ()


def run(order: Order) -> int | None:
    """Run the workflow; return how many scans were excluded, None where the workflow failed.

    Raises
    ------
    BadInput
        Where the dataset, a label, a folder or the configuration cannot be used.
    """
    if any(word.startswith("--configfile") for word in order.further):
        msg = "--configfile after -- would take the place of what is asked for here; name it before, --config-file YAML"
        raise BadInput(msg)
    refuse_as_results(order.bids_dir, order.out_dir)
    select(read_dataset(order.bids_dir.resolve()), order.participants, order.sessions)
    config = _config(order)
    if problem := problem_with(config):
        raise BadInput(problem.rstrip("."))
    path = order.out_dir.resolve() / "config.yaml"
    write_text(path, yaml.safe_dump(config, sort_keys=False, allow_unicode=True))
    if _finished(_command(order, path)) != 0:
        return None
    return 0 if order.dry_run else _excluded(order.out_dir)


def workflow_folder() -> Path:
    """Return where the Snakefile lies: in the repository, or where a wheel was installed to.

    Raises
    ------
    BadInput
        Where this installation has none.
    """
    repository = Path(__file__).resolve().parents[1]
    if (repository / SNAKEFILE).is_file() and (repository / "workflow").is_dir():
        return repository
    try:
        installed = [Path(str(f.locate())) for f in files("symbrain") or () if f.name == SNAKEFILE]
    except PackageNotFoundError:
        installed = []
    if not installed or not installed[0].is_file():
        msg = f"this installation has no {SNAKEFILE}; install symbrain from its repository or from a wheel"
        raise BadInput(msg)
    return installed[0].resolve().parent


def _config(order: Order) -> dict[str, Any]:
    """Return the person's own configuration with what the command line says on top."""
    out, own = order.out_dir.resolve(), _own(order.config_file)
    ingest = own.get("ingest") or {}
    named = {"participants": list(order.participants), "sessions": list(order.sessions)}
    given = {key: str(Path(own[key]).resolve()) for key in TABLES_GIVEN if own.get(key)}
    return {
        **own,
        **given,
        "bids_dir": str(order.bids_dir.resolve()),
        "ingest": {**ingest, **{key: labels for key, labels in named.items() if labels}},
        "pathvars": {"results": str(out), "logs": str(out / "logs")},
    }


def _own(path: Path | None) -> Mapping[str, Any]:
    if path is None:
        return {}
    try:
        own = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        msg = f"{path} cannot be read as YAML ({' '.join(str(error).split())}); see config/config.yaml for an example"
        raise BadInput(msg) from error
    if not isinstance(own or {}, dict):
        msg = f"{path} holds no keys; lines such as 'seed: 2' are expected"
        raise BadInput(msg)
    if problem := problem_with(typed(own or {})):
        msg = f"{path}: {problem}"
        raise BadInput(msg)
    return own or {}


def _command(order: Order, config: Path) -> list[str]:
    home, work = workflow_folder(), (order.work_dir or order.out_dir).resolve()
    work.mkdir(parents=True, exist_ok=True)
    target = "all" if order.level == "group" else str(order.out_dir.resolve() / "scores.tsv")
    places = {"snakefile": home / SNAKEFILE, "workflow-profile": home / "profiles" / "default", "directory": work}
    options = [word for name, place in places.items() for word in (f"--{name}", str(place))]
    dry = ["--dry-run"] if order.dry_run else []
    return [
        *(sys.executable, "-m", "snakemake", target, *options, "--configfile", str(config), "--cores", order.cores),
        *(*dry, *order.further),
    ]


def _finished(command: Sequence[str]) -> int:
    """Run Snakemake until it ends; an interruption from the keyboard reaches it too, and it ends in its own order."""
    interruptions: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: interruptions.append(number))
    try:
        code = subprocess.run(command, stdout=2, check=False).returncode  # what it says is no data
    finally:
        signal.signal(signal.SIGINT, before)
    if interruptions:
        raise KeyboardInterrupt
    return code


def _excluded(out_dir: Path) -> int:
    table = out_dir / "exclusions.tsv"
    count = len(read_table(table, "exclusions")) if table.exists() else 0
    if count:
        print(f"symbrain run: scans excluded: {count}; {table} says why", file=sys.stderr)
    return count
