"""Walking a chunk of scans: what is fresh is skipped, what is bad is excluded, and nothing stops the others.

Beside the manifest, which is all that the workflow declares, a stage keeps one record for each scan
(``chunks/<stage>/scans/<scan_id>.json``): it is written as soon as the scan is done, so that a killed run goes on
where it stopped, and it carries a digest of everything that the result depends on.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from symbrain.atomic import write_json
from symbrain.errors import BadInput
from symbrain.json_file import read_object, understood
from symbrain.progress import track
from symbrain.tables import read_table, records, write_table
from symbrain.version import __version__

Work = Callable[[dict[str, Any]], tuple[list[Path], dict[str, Any]]]

_PARTS_PATHS = frozenset("/\\\0")
PER_SCAN = ("align", "slices", "score")
"""The stages that go through the scans one by one, in order."""


@dataclass(frozen=True)
class Record:
    """What a stage did with one scan."""

    scan_id: str
    status: str  # done | excluded
    digest: str
    reason: str | None = None
    outputs: tuple[str, ...] = ()
    row: dict[str, Any] = field(default_factory=dict)


def scans_of(results: Path, chunk: int | None = None) -> list[dict[str, Any]]:
    """Return the usable scans of ``scans.tsv``, of one chunk or of all."""
    scans = records(read_table(results / "scans.tsv", "scans"))
    return [s for s in scans if s["usable"] and (chunk is None or int(s["chunk"]) == chunk)]


def dataset_of(results: Path) -> Path:
    """Return the dataset that was ingested into a results folder."""
    record = results / "chunks" / "ingest.json"
    again = "run the stage ingest again"
    return understood(lambda told: Path(told["bids_dir"]), read_object(record, again), record.name, again)


def folder_of(results: Path, scan: Mapping[str, Any]) -> Path:
    """Return the folder of a scan's derivatives: ``sub-…/[ses-…/]anat``."""
    parts = [p for p in (scan["participant_id"], scan["session_id"], "anat") if p]
    for name in (*parts, scan.get("scan_id") or "anat"):
        if name in (".", "..") or set(name) & _PARTS_PATHS:
            msg = f"scans.tsv has the name {name!r}, which leads out of its folder; run the stage ingest again"
            raise BadInput(msg)
    return results.joinpath(*parts)


def digest_of(*things: Any) -> str:
    """Return a digest of plain things (numbers, text, dictionaries), of the software's version too."""
    text = json.dumps([__version__, *things], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes.

    Raises
    ------
    BadInput
        Where the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        msg = f"{path.name} cannot be read ({error.strerror}); check that the file exists and is readable"
        raise BadInput(msg) from error


def walk_chunk(
    results: Path,
    stage: str,
    chunk: int,
    digest: Callable[[dict[str, Any]], str],
    work: Work,
) -> None:
    """Do one stage's work on each scan of a chunk that came through the stages before, and write the manifest.

    Parameters
    ----------
    digest
        Digest of everything that the result of a scan depends on.
    work
        Does the work on one scan: returns the files written and a row of numbers for the record. A BadInput
        excludes the scan.
    """
    scans = [s for s in scans_of(results, chunk) if _came_through(results, stage, s["scan_id"])]
    clock = _Clock()
    work = clock.timed(work)
    made = [_one(results, stage, scan, digest, work) for scan in track(scans, f"{stage} {chunk}")]
    spent = f"{clock.count} worked on in {clock.seconds:.1f} s of processor time"
    print(f"{stage} {chunk}: {len(made)} scans, {spent}", file=sys.stderr)
    rows = [
        {
            "scan_id": r.scan_id,
            "status": r.status,
            "reason": r.reason,
            "digest": r.digest,
            "outputs": " ".join(r.outputs),
        }
        for r in made
    ]
    write_table(results / "chunks" / stage / f"{chunk}.tsv", "manifest", rows, dictionary=False)


@dataclass
class _Clock:
    """How much processor time went into work on scans, as apart from everything beside it."""

    count: int = 0
    seconds: float = 0.0

    def timed(self, work: Work) -> Work:
        def counted(scan: dict[str, Any]) -> tuple[list[Path], dict[str, Any]]:
            start = time.process_time()
            try:
                return work(scan)
            finally:
                self.count += 1
                self.seconds += time.process_time() - start

        return counted


def read_record(results: Path, stage: str, scan_id: str) -> Record:
    """Return what a stage did with a scan.

    Raises
    ------
    BadInput
        Where its record is damaged, or names files outside the results.
    """
    path = _record_path(results, stage, scan_id)
    again = f"remove it, and run the stage {stage} again"
    return understood(_record, read_object(path, again), path.name, again)


def _record(told: Mapping[str, Any]) -> Record:
    record = Record(**{**told, "outputs": tuple(str(name) for name in told["outputs"])})
    if record.status not in ("done", "excluded") or not isinstance(record.row, dict):
        msg = f"the status is {record.status!r}; done or excluded is expected"
        raise ValueError(msg)
    for name in record.outputs:  # which are removed when the scan is done anew
        if Path(name).is_absolute() or ".." in Path(name).parts:
            msg = f"{name} lies outside the results"
            raise ValueError(msg)
    return record


def records_of(results: Path, stage: str) -> Iterator[tuple[dict[str, Any], Record]]:
    """Yield each usable scan that reached a stage, with what the stage did with it."""
    for scan in scans_of(results):
        # A record may be left from an earlier run, in which the scan came further than in this one.
        if _came_through(results, stage, scan["scan_id"]) and _record_path(results, stage, scan["scan_id"]).exists():
            yield scan, read_record(results, stage, scan["scan_id"])


def _came_through(results: Path, stage: str, scan_id: str) -> bool:
    """Tell whether a scan was done by all the stages before this one."""
    before = PER_SCAN[: PER_SCAN.index(stage)] if stage in PER_SCAN else PER_SCAN
    return all(
        _record_path(results, earlier, scan_id).exists() and read_record(results, earlier, scan_id).status == "done"
        for earlier in before
    )


def _one(
    results: Path,
    stage: str,
    scan: dict[str, Any],
    digest: Callable[[dict[str, Any]], str],
    work: Work,
) -> Record:
    try:
        key = digest(scan)
        if (old := _fresh(results, stage, scan["scan_id"], key)) is not None:
            return old
        _forget(results, stage, scan["scan_id"])
        outputs, row = work(scan)
        names = tuple(p.relative_to(results).as_posix() for p in outputs)
        record = Record(scan["scan_id"], "done", key, None, names, row)
    except BadInput as error:
        _forget(results, stage, scan["scan_id"])
        record = Record(scan["scan_id"], "excluded", "", str(error))
    write_json(_record_path(results, stage, scan["scan_id"]), asdict(record))
    return record


def _forget(results: Path, stage: str, scan_id: str) -> None:
    """Remove what an earlier run made of a scan, lest a file that is not made again be taken for a new one."""
    if (old := _known(results, stage, scan_id)) is not None:
        for name in old.outputs:
            (results / name).unlink(missing_ok=True)


def _fresh(results: Path, stage: str, scan_id: str, key: str) -> Record | None:
    old = _known(results, stage, scan_id)
    if old is None or old.status != "done" or old.digest != key:
        return None
    return old if all((results / name).exists() for name in old.outputs) else None


def _known(results: Path, stage: str, scan_id: str) -> Record | None:
    """Return what a stage did with a scan; None where there is no record, or a damaged one: then it is done anew."""
    try:
        return read_record(results, stage, scan_id) if _record_path(results, stage, scan_id).exists() else None
    except BadInput:
        return None


def _record_path(results: Path, stage: str, scan_id: str) -> Path:
    return results / "chunks" / stage / "scans" / f"{scan_id}.json"
