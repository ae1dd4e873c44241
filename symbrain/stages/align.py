"""Align: the brain, its mid-sagittal plane in world millimetres, and the upright image, for each scan."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbrain import walk
from symbrain.alignment import Alignment
from symbrain.atomic import write_json
from symbrain.cohort import dataset_of, digest_of, file_digest, folder_of, walk_chunk
from symbrain.derivative_dataset import describe_new
from symbrain.drawem import atlas_of
from symbrain.errors import BadInput, one_line, reason_of
from symbrain.face import face_warning
from symbrain.mask import is_skull_stripped
from symbrain.progress import track
from symbrain.settings import AlignSettings
from symbrain.sidecar import Origin, write_sidecars
from symbrain.tables import write_table
from symbrain.upright import write_transform
from symbrain.volume import ScanFile, as_stored, read_labels, read_scan, refuse_same_names, stem_of, write_volume

IDS = ("participant_id", "session_id", "scan_id")


def run(results: Path, chunk: int, settings: AlignSettings, *, threads: int = 1) -> None:
    """Align the scans of one chunk of ``scans.tsv``."""
    dataset = dataset_of(results)

    def digest(scan: dict[str, Any]) -> str:
        files = [scan["path"], scan["mask_path"], scan["labels_path"]]
        return digest_of("align", asdict(settings), threads, *(file_digest(dataset / f) for f in files if f))

    def work(scan: dict[str, Any]) -> tuple[list[Path], dict[str, Any]]:
        path, mask, labels = (scan[k] and dataset / scan[k] for k in ("path", "mask_path", "labels_path"))
        ids = {k: scan[k] for k in IDS}
        origin = Origin(results, scan["path"])
        written = align_file(path, folder_of(results, scan), settings, mask, labels, ids, threads, origin)
        return written, {"settings": asdict(settings)}

    walk_chunk(results, "align", chunk, digest, work)


def run_files(scans: list[Path], out: Path, settings: AlignSettings, *, threads: int = 1) -> int:
    """Align scans named by a person; returns how many were excluded. What is odd is told on the standard error."""
    refuse_same_names(scans)
    describe_new(out)  # before anything is worked out
    excluded = 0
    for path in track(scans, "align"):
        try:
            origin = Origin(out, path.name, in_dataset=False)
            written = align_file(
                path, out, settings, None, None, {"scan_id": stem_of(path)}, threads, origin, unbiased=True
            )
            _tell_warnings(written[-1], path.name)
        except (BadInput, OSError) as error:
            print(f"excluded: {reason_of(error, path.name)}", file=sys.stderr)
            excluded += 1
    return excluded


def _tell_warnings(midline: Path, name: str) -> None:
    """Write on the standard error what was odd about a scan, from its ``_midline.json``."""
    for warning in Alignment.read(midline).warnings:
        print(f"{name}: {one_line(warning)}", file=sys.stderr)


def align_file(
    path: Path,
    folder: Path,
    settings: AlignSettings,
    mask_path: Path | None,
    labels_path: Path | None,
    ids: dict[str, Any],
    threads: int,
    origin: Origin,
    *,
    unbiased: bool = False,
) -> list[Path]:
    """Align one file and write what came of it; returns the files written, ``_midline.json`` last.

    Parameters
    ----------
    unbiased
        Write the upright image without its bias field too: what an exported network wants.
    """
    scan = read_scan(path)
    notes: list[str] = []
    mask = _map_of(mask_path, scan, "brain mask", notes)
    labels = _map_of(labels_path, scan, "label map", notes)
    atlas = atlas_of(labels, labels_path.name) if labels is not None and labels_path is not None else None
    if labels is not None and atlas is None:
        notes.append("the labels are not DrawEM's, so there are no regions")
    aligned = walk.align(
        scan.volume,
        settings,
        given_mask=mask,
        labels=labels,
        atlas=atlas,
        restored="desc-restore" in path.name,
        threads=threads,
        name=path.name,
    )
    face = _shows_face(aligned, stem_of(path)) if settings.deface_check else None
    start, stripped = folder / stem_of(path), is_skull_stripped(scan.volume, aligned.brain.data)
    images = _write_images(start, aligned, scan, unbiased=unbiased)
    sidecars = write_sidecars(start, images, origin, skull_stripped=stripped, shows_face=face)
    others = _write_numbers(start, aligned, walk.alignment_of(aligned, scan, tuple(notes)), ids)
    return [*(_named(start, ending) for ending in images), *sidecars, *others]


def _shows_face(aligned: walk.Aligned, name: str) -> bool:
    """Tell whether an upright image shows a face, and warn of it."""
    warning = face_warning(aligned.image, aligned.mask, aligned.grid.affine)
    if warning is not None:
        print(f"{one_line(name)}: {warning}", file=sys.stderr)
    return warning is not None


def _map_of(path: Path | None, scan: ScanFile, kind: str, notes: list[str]) -> NDArray[np.int32] | None:
    """Return a map on the scan's grid; one that cannot be used is told and left out, the scan goes on."""
    if path is None:
        return None
    try:
        return read_labels(path, scan)
    except BadInput as error:
        notes.append(f"the {kind} was left out: {error}")
        return None


def _named(start: Path, ending: str) -> Path:
    return start.with_name(f"{start.name}_{ending}")


def _write_images(start: Path, aligned: walk.Aligned, scan: ScanFile, *, unbiased: bool) -> list[str]:
    """Write the images of a scan; returns how their names end."""
    affine, own = aligned.grid.affine, scan.stored_affine
    files = {
        "space-upright_image.nii.gz": (aligned.image, affine, np.float32),
        "space-upright_mask.nii.gz": (aligned.mask, affine, np.uint8),
        "desc-brain_mask.nii.gz": (as_stored(aligned.brain.data, own), own, np.uint8),
    }
    if aligned.labels is not None:
        files["space-upright_labels.nii.gz"] = (aligned.labels, affine, np.uint8)
    if aligned.bias is not None:
        files["space-upright_biasfield.nii.gz"] = (aligned.bias.data, aligned.bias.affine, np.float32)
    if unbiased:
        plain = walk.unbiased(aligned.image, affine, aligned.bias)
        files["space-upright_desc-unbiased_image.nii.gz"] = (plain, affine, np.float32)
    for ending, (data, grid, dtype) in files.items():
        write_volume(_named(start, ending), data, grid, dtype)
    return list(files)


def _write_numbers(start: Path, aligned: walk.Aligned, numbers: Alignment, ids: dict[str, Any]) -> list[Path]:
    """Write transform, volumes of the structures and plane of a scan; returns the files, the plane's last."""
    written = [_named(start, "xfm.txt")]
    write_transform(written[0], aligned.grid)
    if aligned.regions:
        written.append(_named(start, "regions.tsv"))
        write_table(written[-1], "regions", [{**ids, **r.to_row()} for r in aligned.regions], dictionary=False)
    written.append(_named(start, "midline.json"))
    write_json(written[-1], numbers.to_dict())
    return written
