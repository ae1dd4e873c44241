"""What the workflow costs beside its work: a cohort of many scans is planned, run, run again, added to, and changed.

``python benchmarks/throughput.py --scans 1000 --folder DIR`` makes the cohort of copies of a few synthetic heads at a
low resolution, so that the overhead counts and not the heads, and calls ``snakemake`` as a person does. Processor time
is compared, because other work on a machine moves it least. Each step is a row; a step that has its row is not done
again, and ``throughput.md`` is written from the rows.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from symbrain.atomic import write_text
from symbrain.settings import PhantomSettings
from symbrain.stages import phantom
from symbrain.version import __version__

HERE = Path(__file__).resolve().parent
_DISTINCT, _CHUNK, _ADDED = 20, 100, 10
_COST = re.compile(r"^\S+: took ([\d.]+) s, ([\d.]+) s of processor time, (\d+) MB", re.MULTILINE)
_WORK = re.compile(r"^\w+ \d+: \d+ scans, (\d+) worked on in ([\d.]+) s of processor time", re.MULTILINE)
_PAGES = re.compile(r"^report \d+: (pages) written in ([\d.]+) s of processor time", re.MULTILINE)
_FEW = ('train_midline={"steps": 20}', 'train_asymmetry={"brains": 40, "epochs": 1}')  # training is not the question
_CHANGED = {
    "one key of score changed": 'score={"warn_confidence": 0.51}',
    "one key of report changed": 'report={"dpi": 70}',
}
_HEADS = {
    "wall_s": "seconds",
    "processor_s": "processor seconds",
    "worked_on": "times a scan was worked on",
    "work_s": "work",
    "training_s": "training",
    "starting_s": "starting",
    "gathering_s": "gathering",
    "snakemake_s": "Snakemake",
    "peak_mb": "MB of the largest process",
    "overhead": "overhead, seconds a scan",
}
_PAGE = """# What a thousand scans cost beside the work

`make bench-cost FOLDER=… ARGS="--scans 1000"`: copies of a few synthetic heads at 3 mm, without bias correction (or,
with `--spacing-mm 0.5`, as the dHCP has them and with it), and with short trainings, so that what is not work shows.
Work is reading, computing and writing for single scans; the overhead is what starts programs, gathers tables and pages,
runs the four notebooks, and plans. All but the first figure are processor time, since other work on the machine moves
that least. Two cores. A portion has about a hundred scans, or half of a small cohort. *Earlier* is before stages
started half a second sooner and before putting norms together kept its memory whole. Adding scans trains anew, because
they are training normals.
"""
STEPS = ("plan", "run", "run again", "ten scans more", *_CHANGED)


@dataclass(frozen=True)
class Cost:
    """What one call of ``snakemake`` has cost.

    Parameters
    ----------
    wall_s, processor_s
        Of the call with all its jobs.
    jobs, worked_on
        Jobs that ran, and how often one of them worked on a scan.
    work_s
        Processor time of reading, computing and writing for single scans.
    training_s
        Of the jobs that train.
    starting_s
        Of the jobs that go through the scans of a portion, beside the work: starting, finding out what is fresh.
    gathering_s
        Of all other jobs: ingest, tables and pages of the cohort, notebooks.
    snakemake_s
        Of Snakemake itself, and of the shells that it starts.
    peak_mb
        Of the largest process.
    """

    step: str
    scans: int
    wall_s: float
    processor_s: float
    jobs: int
    worked_on: int
    work_s: float
    training_s: float
    starting_s: float
    gathering_s: float
    snakemake_s: float
    peak_mb: float


def write_cohort(folder: Path, scans: int, spacing_mm: float) -> Path:
    """Write a dataset of so many participants, each a copy of one of a few heads; returns its folder."""
    heads, dataset = folder / "heads", folder / "dataset"
    distinct = min(_DISTINCT, max(scans // 10, 2))
    settings = PhantomSettings(subjects=distinct, spacing_mm=spacing_mm, lesion_share=0, t1w_share=0, broken=False)
    phantom.run(heads, settings, seed=5, workers=2)
    sources = sorted(heads.glob("sub-*/ses-*/anat"))
    for number in range(scans):
        _copy_session(sources[number % len(sources)], dataset, f"P{number:05d}")
    people = [{"participant_id": f"P{n:05d}", "sex": "MF"[n % 2], "birth_age": 36.0} for n in range(scans)]
    pd.DataFrame(people).to_csv(dataset / "participants.tsv", sep="\t", index=False)
    return dataset


def _copy_session(source: Path, dataset: Path, name: str) -> None:
    """Give a session's files second names; its sheet with age and radiology score comes along."""
    old_name, old_session = source.parts[-3].removeprefix("sub-"), source.parts[-2].removeprefix("ses-")
    target = dataset / f"sub-{name}" / "ses-1" / "anat"
    target.mkdir(parents=True, exist_ok=True)
    for path in source.iterdir():
        new = target / path.name.replace(f"sub-{old_name}_ses-{old_session}", f"sub-{name}_ses-1")
        if not new.exists():
            os.link(path, new)
    sheet = source.parents[1] / f"sub-{old_name}_sessions.tsv"
    table = pd.read_csv(sheet, sep="\t", dtype=str)
    table = table[table["session_id"].str.removeprefix("ses-") == old_session].assign(session_id="1")
    table.to_csv(dataset / f"sub-{name}" / f"sub-{name}_sessions.tsv", sep="\t", index=False)


def call(folder: Path, dataset: Path, spacing_mm: float, scans: int, *words: str) -> tuple[float, float, float, str]:
    """Call ``snakemake``; returns seconds, processor seconds, MB of the largest process, and what was said."""
    config = [f"bids_dir={dataset}", f"chunks={max(scans // _CHUNK, 2)}", *_FEW]
    if spacing_mm > 1:  # at a low resolution the bias field would be most of the work
        config.append(f'align={{"spacing_mm": {spacing_mm}, "bias_correction": false}}')
    where = ["--snakefile", str(HERE.parent / "Snakefile"), "--directory", str(folder), "--cores", "2", "--quiet"]
    dry, changed = [w for w in words if w.startswith("--")], [w for w in words if not w.startswith("--")]
    start, said = time.monotonic(), folder / "said.txt"
    with said.open("w") as out:
        command = [sys.executable, "-m", "snakemake", *where, *dry, "--config", *config, *changed]
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        _, code, usage = os.wait4(process.pid, 0)
    text = said.read_text(encoding="utf-8")
    if code:
        raise SystemExit(text)
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6, text


def measure(step: str, folder: Path, dataset: Path, spacing_mm: float, scans: int, keys: Sequence[str] = ()) -> Cost:
    """Do one step, and tell from the logs that it wrote what it has cost.

    Parameters
    ----------
    keys
        That are not as they are by default, those that earlier steps changed too.
    """
    words = ["--dry-run"] if step == "plan" else keys
    shutil.rmtree(folder / "logs", ignore_errors=True)
    wall, processor, peak, _ = call(folder, dataset, spacing_mm, scans, *words)
    logs = {path: path.read_text(encoding="utf-8") for path in folder.glob("logs/*/*.log")}
    spent = {path: sum(float(cost[1]) for cost in _COST.findall(text)) for path, text in logs.items()}
    largest = max([peak, *(float(cost[2]) for text in logs.values() for cost in _COST.findall(text))])
    work = {path: [(int(n), float(s)) for n, s in _WORK.findall(text)] for path, text in logs.items()}
    for path, text in logs.items():
        work[path] += [(0, float(s)) for _, s in _PAGES.findall(text)]
    worked = sum(s for found in work.values() for _, s in found)
    training = sum(spent[path] for path in logs if path.parent.name.startswith("train_"))
    portions = sum(spent[path] for path in logs if work[path])
    gathering = sum(spent.values()) - training - portions
    return Cost(
        step=step,
        scans=scans,
        wall_s=wall,
        processor_s=processor,
        jobs=len(logs),
        worked_on=sum(n for found in work.values() for n, _ in found),
        work_s=worked,
        training_s=training,
        starting_s=portions - worked,
        gathering_s=gathering,
        snakemake_s=processor - sum(spent.values()),
        peak_mb=largest,
    )


def steps(scans: int, folder: Path, spacing_mm: float, wanted: list[str]) -> list[Cost]:
    """Go through all steps with one cohort; the folder is made anew."""
    dataset, place = write_cohort(folder, scans, spacing_mm), folder / "work"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    rows, keys = [], []
    for step in wanted:
        keys += [_CHANGED[step]] if step in _CHANGED else []
        if step == "ten scans more":
            write_cohort(folder, scans + _ADDED, spacing_mm)
        rows.append(measure(step, place, dataset, spacing_mm, scans, keys))
        print(rows[-1], file=sys.stderr, flush=True)
    return rows


def disk(folder: Path) -> dict[str, float]:
    """Return how many MB each kind of file takes in the results, a file of two names counted once."""
    seen: set[int] = set()
    sizes: dict[str, float] = {}
    for path in sorted((folder / "work" / "results").rglob("*")):
        status = path.lstat()
        if not path.is_file() or status.st_ino in seen:
            continue
        seen.add(status.st_ino)
        kind = re.sub(r"^sub-[^_]+_ses-[^_]+_T[12]w_", "", path.name) if path.name.startswith("sub-") else ""
        top = path.relative_to(folder / "work" / "results").parts[0]
        kind = kind or (top if path.parent.name != top or (path.parent / top).is_dir() else f"{top}/")
        sizes[kind] = sizes.get(kind, 0.0) + status.st_blocks * 512 / 1e6
    return sizes


def page(rows: pd.DataFrame) -> str:
    """Return the page with all rows, the overhead as seconds a scan."""
    beside = rows["starting_s"] + rows["gathering_s"] + rows["snakemake_s"]
    shown = rows.assign(overhead=(beside / rows["scans"]).map("{:.3f}".format))
    for name in shown.columns[shown.columns.str.endswith("_s") | (shown.columns == "peak_mb")]:
        shown[name] = shown[name].map("{:.0f}".format)
    shown = shown.rename(columns=_HEADS)
    head = "\n".join(("| " + " | ".join(shown.columns) + " |", "|---" * len(shown.columns) + "|"))
    body = "\n".join("| " + " | ".join(map(str, row)) + " |" for row in shown.to_numpy().tolist())
    return f"{_PAGE}\n{head}\n{body}\n"


def main() -> None:
    """Do the steps, append their rows, and print what lies on the disk."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scans", type=int, default=1000)
    parser.add_argument("--spacing-mm", type=float, default=3.0)
    parser.add_argument("--steps", nargs="+", default=list(STEPS), choices=STEPS)
    parser.add_argument("--folder", type=Path, required=True, help="where the cohort and its results are made")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "throughput.tsv")
    parser.add_argument("--version", default=__version__, help="a word for the rows, to tell before from after")
    given = parser.parse_args()
    rows = pd.DataFrame(
        [
            {"version": given.version, "mm": given.spacing_mm, **asdict(row)}
            for row in steps(given.scans, given.folder, given.spacing_mm, given.steps)
        ]
    )
    rows.to_csv(given.out, sep="\t", index=False, mode="a", header=not given.out.exists(), float_format="%.2f")
    for kind, size in sorted(disk(given.folder).items(), key=lambda item: -item[1])[:25]:
        print(f"{size:9.1f} MB  {kind}")
    write_text(given.out.parents[1] / "throughput.md", page(pd.read_csv(given.out, sep="\t")))


if __name__ == "__main__":
    main()
