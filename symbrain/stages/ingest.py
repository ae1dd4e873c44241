"""Ingest: every scan of a dataset, usable or not, and then why not, in a sentence."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from symbrain.atomic import write_json
from symbrain.bids import OWN_RECORD, Dataset, find_base, has_anat, is_own, read_dataset
from symbrain.demographics import Demographics, read_demographics
from symbrain.derivative_dataset import describe
from symbrain.errors import BadInput, one_line
from symbrain.header import Header, read_header
from symbrain.json_file import read_object
from symbrain.scan_maps import ScanMaps, find_maps
from symbrain.scans import Scan, find_scans
from symbrain.selection import select
from symbrain.settings import IngestSettings
from symbrain.split import chunk_of, family_of, fold_of, split_of
from symbrain.tables import write_table


def run(bids_dir: Path, out: Path, settings: IngestSettings, *, seed: int, folds: int, chunks: int) -> None:
    """List the scans of a dataset in ``scans.tsv``, with their split and their portion of the work.

    Raises
    ------
    BadInput
        Where the dataset has no scan at all, lacks a participant or session that is named, or where the
        results would be written into it or over another.
    """
    root = bids_dir.resolve()
    refuse_as_results(bids_dir, out)
    dataset = select(read_dataset(root), settings.participants, settings.sessions)
    found = find_scans(dataset, settings.modalities)
    if not found:
        msg = (
            f"{root} has no image that ends in {' or '.join(f'_{m}.nii[.gz]' for m in settings.modalities)} in its "
            "anat folders; name the dataset that has them, or set the contrasts to look for"
        )
        raise BadInput(msg)
    demographics = read_demographics((root / path, participant) for path, participant in dataset.tables)
    notes = [*dataset.notes, *demographics.notes, *_without_scans(dataset, found, settings)]
    scans = list(_without_duplicates(_checked(dataset, found, notes)))
    maps = find_maps(dataset, scans, settings.maps, settings.modalities)
    notes += maps.notes
    rows = [_row(scan, maps, seed, folds, chunks) for scan in scans]
    _add_demographics(rows, demographics)
    write_table(out / "scans.tsv", "scans", rows)
    describe(out, root)
    draw = {"seed": seed, "folds": folds, "chunks": chunks, "settings": asdict(settings)}
    write_json(out / OWN_RECORD, {"bids_dir": str(root), **draw})
    print(*map(one_line, notes), _summary(rows), sep="\n", file=sys.stderr)


def refuse_as_results(bids_dir: Path, out: Path) -> None:
    """Refuse to write the results among the data, or over what somebody else made; ``derivatives/`` is free to take.

    Raises
    ------
    BadInput
        Where ``out`` is the dataset itself, lies in a participant's folder of it, or holds another dataset.
    """
    root = bids_dir.resolve()
    if out.resolve() in (root, find_base(root)):
        msg = f"the results would be written into the dataset {root}; choose another folder for them"
        raise BadInput(msg)
    spelled = (_spelled(bids_dir), _spelled(out)), (root, out.resolve())  # a participant's folder may be a link
    inside = [part for data, place in spelled if place.is_relative_to(data) for part in place.relative_to(data).parts]
    if any(part.startswith("sub-") for part in inside):
        msg = f"the results would be written to {out}; choose a folder outside the participants' folders"
        raise BadInput(msg)
    if _is_another(out):
        msg = f"{out} holds a dataset that is no results of symbrain and would be overwritten; choose another folder"
        raise BadInput(msg)


def _spelled(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 (links are not followed, and .. is taken out)


def _is_another(folder: Path) -> bool:
    """Tell whether a folder holds a dataset, raw or derived, that is no results of symbrain."""
    description = folder / "dataset_description.json"
    if is_own(folder):
        return False
    if not (description.exists() or description.is_symlink()):
        return has_anat(folder)
    try:
        said = read_object(description)
    except BadInput:  # whatever it is, it is not ours
        return True
    makers = said.get("GeneratedBy")
    by_us = isinstance(makers, list) and any(isinstance(m, dict) and m.get("Name") == "symbrain" for m in makers)
    return not by_us or said.get("DatasetType") != "derivative"


def _checked(dataset: Dataset, scans: Iterable[Scan], notes: list[str]) -> Iterator[Scan]:
    """Yield the scans with the reason why a header makes one unusable, and without the maps of another grid."""
    for scan in scans:
        if scan.reason is not None:
            yield scan
            continue
        try:
            header = read_header(dataset.root / scan.path)
        except BadInput as error:
            yield replace(scan, reason=str(error))
            continue
        yield replace(
            scan,
            mask_path=_on_grid(dataset.root, scan.mask_path, scan, header, notes),
            labels_path=_on_grid(dataset.root, scan.labels_path, scan, header, notes),
        )


def _on_grid(root: Path, path: str | None, scan: Scan, header: Header, notes: list[str]) -> str | None:
    if path is None:
        return None
    try:
        if read_header(root / path).same_grid(header):
            return path
        notes.append(f"{path} is left out: it has another grid than its scan {scan.scan_id}; resample it")
    except BadInput as error:
        notes.append(f"{path} is left out: {error}")
    return None


def _without_duplicates(scans: Iterable[Scan]) -> Iterator[Scan]:
    """Yield the scans; of two usable ones with one name, whose outputs would overwrite each other, the first stays."""
    first: dict[str, Scan] = {}
    for scan in scans:
        if scan.reason is None and (other := first.setdefault(scan.scan_id, scan)) is not scan:
            msg = f"{scan.path} has the same name as {other.path}; name it after its own participant and session"
            yield replace(scan, reason=msg)
        else:
            yield scan


def _without_scans(dataset: Dataset, scans: Iterable[Scan], settings: IngestSettings) -> Iterator[str]:
    """Yield a sentence on the sessions that have a folder and no scan in it."""
    filled = {scan.path.rsplit("/anat/", 1)[0] for scan in scans}
    unread = tuple(f"{folder}/" for folder in dataset.unread)  # a note tells of these
    bare = [s for s in dataset.sessions if s not in filled and not any(u.startswith(f"{s}/") for u in unread)]
    if bare:
        contrasts = " or ".join(settings.modalities)
        named = ", ".join(bare[:5]) + (" …" if len(bare) > 5 else "")
        have = "session has" if len(bare) == 1 else "sessions have"
        yield f"{len(bare)} {have} no {contrasts} image and no row: {named}"


def _row(scan: Scan, maps: ScanMaps, seed: int, folds: int, chunks: int) -> dict[str, Any]:
    family = family_of(scan.participant_id)
    return {
        "participant_id": scan.participant_id,
        "session_id": scan.session_id,
        "scan_id": scan.scan_id,
        "modality": scan.modality,
        "path": scan.path,
        "mask_path": scan.mask_path,
        "labels_path": scan.labels_path,
        "family_id": family,
        "split": split_of(family, seed),
        "chunk": chunk_of(scan.participant_id, chunks),
        "usable": scan.reason is None,
        "reason": scan.reason,
        "fold": fold_of(family, seed, folds),
        "alternatives": " ".join(scan.alternatives) or None,
        "maps_paths": maps.cell(scan),
    }


def _add_demographics(rows: list[dict[str, Any]], demographics: Demographics) -> None:
    sessions = {(row["participant_id"], row["session_id"]) for row in rows}
    count = Counter(participant for participant, _ in sessions)
    for row in rows:
        participant = row["participant_id"]
        infant = demographics.of(participant, row["session_id"], only_session=count[participant] == 1)
        row |= {
            "scan_age_weeks": infant.scan_age_weeks,
            "birth_age_weeks": infant.birth_age_weeks,
            "sex": infant.sex,
            "radiology_score": infant.radiology_score,
            "site": infant.site,
        }


def _summary(rows: list[dict[str, Any]]) -> str:
    usable = sum(row["usable"] for row in rows)
    participants = len({row["participant_id"] for row in rows})
    families = len({row["family_id"] for row in rows})
    without = sum(row["scan_age_weeks"] is None for row in rows)
    return (
        f"ingest: {_count(len(rows), 'scan')}, {usable} usable, {len(rows) - usable} not (reasons in scans.tsv), of "
        f"{_count(participants, 'participant')} in {_count(families, 'family', 'families')}; "
        f"{_count(without, 'scan')} without an age"
    )


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
