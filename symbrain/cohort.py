"""Walking a chunk of scans: what is fresh is skipped, what is bad is excluded, and nothing stops the others.

Beside the manifest, which is all that the workflow declares, a stage keeps one record for each scan
(``chunks/<stage>/scans/<scan_id>.json``): it is written as soon as the scan is done, so that a killed run goes on
where it stopped, and it carries a digest of everything that the result depends on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from symbrain.atomic import write_json
from symbrain.errors import BadInput
from symbrain.progress import track
from symbrain.tables import read_table, records, write_table
from symbrain.version import __version__

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
    return Path(json.loads((results / "chunks" / "ingest.json").read_text(encoding="utf-8"))["bids_dir"])


def folder_of(results: Path, scan: Mapping[str, Any]) -> Path:
    """Return the folder of a scan's derivatives: ``sub-…/[ses-…/]anat``."""
    parts = [scan["participant_id"], scan["session_id"], "anat"]
    return results.joinpath(*(p for p in parts if p))


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
    work: Callable[[dict[str, Any]], tuple[list[Path], dict[str, Any]]],
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
    made = [_one(results, stage, scan, digest, work) for scan in track(scans, f"{stage} {chunk}")]
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


def read_record(results: Path, stage: str, scan_id: str) -> Record:
    """Return what a stage did with a scan."""
    loaded = json.loads(_record_path(results, stage, scan_id).read_text(encoding="utf-8"))
    return Record(**{**loaded, "outputs": tuple(loaded["outputs"])})


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
    work: Callable[[dict[str, Any]], tuple[list[Path], dict[str, Any]]],
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
    if _record_path(results, stage, scan_id).exists():
        for name in read_record(results, stage, scan_id).outputs:
            (results / name).unlink(missing_ok=True)


def _fresh(results: Path, stage: str, scan_id: str, key: str) -> Record | None:
    if not _record_path(results, stage, scan_id).exists():
        return None
    old = read_record(results, stage, scan_id)
    there = all((results / name).exists() for name in old.outputs)
    return old if old.status == "done" and old.digest == key and there else None


def _record_path(results: Path, stage: str, scan_id: str) -> Path:
    return results / "chunks" / stage / "scans" / f"{scan_id}.json"
