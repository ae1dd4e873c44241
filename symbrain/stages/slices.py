"""Slices: 2-D slices at the portions of interest, in native pose, each annotated with its midline."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from symbrain import walk
from symbrain.alignment import Alignment
from symbrain.annotations import Drawn, leaves_slice, mean_curve, mean_line, read_annotations
from symbrain.cohort import dataset_of, digest_of, file_digest, folder_of, read_record, walk_chunk
from symbrain.errors import BadInput
from symbrain.settings import SlicesSettings
from symbrain.slice_table import AnnotatedSlice, robust_maximum, write_slices
from symbrain.volume import ScanFile, read_labels, read_scan

Key = tuple[str, str | None, str, str, int]


def run(results: Path, chunk: int, settings: SlicesSettings, *, annotations: Path | None = None) -> None:
    """Cut the slices of one chunk of scans; a line or curve that raters drew takes the place of the traced one."""
    dataset = dataset_of(results)
    drawn = read_annotations(annotations) if annotations is not None else {}
    rated = file_digest(annotations) if annotations is not None else ""

    def digest(scan: dict[str, Any]) -> str:
        return digest_of("slices", asdict(settings), read_record(results, "align", scan["scan_id"]).digest, rated)

    def work(scan: dict[str, Any]) -> tuple[list[Path], dict[str, Any]]:
        start = folder_of(results, scan) / scan["scan_id"]
        alignment = Alignment.read(start.with_name(f"{start.name}_midline.json"))
        image = read_scan(dataset / scan["path"])
        _refuse_changed(image, alignment)
        brain = read_labels(start.with_name(f"{start.name}_desc-brain_mask.nii.gz"), image) > 0
        cut = [_annotated(s, scan, drawn) for s in walk.cut_slices(image.volume, brain, alignment.plane, settings)]
        for key in drawn:
            if key[:3] == (scan["participant_id"], scan["session_id"], scan["modality"]) and key not in map(_key, cut):
                where = f"{key[3]} slice {key[4]} of {scan['scan_id']}"
                print(f"{where} was drawn by a rater but is not cut; add its portion to the fractions", file=sys.stderr)
        path = start.with_name(f"{start.name}_slices.parquet")
        write_slices(path, cut, intensity_scale=robust_maximum([s.image for s in cut]))
        return [path], {"settings": asdict(settings)}

    walk_chunk(results, "slices", chunk, digest, work)


def _refuse_changed(image: ScanFile, alignment: Alignment) -> None:
    """Refuse a file that is another one than was aligned, lest the plane of one image cut another."""
    if image.sha256 != alignment.input_sha256:
        msg = (
            f"{image.path.name} has changed since it was aligned (its digest was {alignment.input_sha256[:12]} and is "
            f"{image.sha256[:12]}); leave the dataset alone during a run, and run the same command again"
        )
        raise BadInput(msg)


def _annotated(cut: walk.CutSlice, scan: dict[str, Any], drawn: dict[Key, list[Drawn]]) -> AnnotatedSlice:
    image = cut.image
    one = AnnotatedSlice(
        participant_id=scan["participant_id"],
        session_id=scan["session_id"],
        scan_id=scan["scan_id"],
        modality=scan["modality"],
        image=image,
        line=cut.line,
        curve=cut.curve,
    )
    given = drawn.get(_key(one), [])
    rated = [line for line in given if not leaves_slice(line, image.shape)]
    if len(rated) < len(given):
        where = f"{image.orientation} slice {image.index} of {scan['scan_id']}"
        print(f"{where}: a rater's line leaves the slice, and is left out; points are (column, row)", file=sys.stderr)
    if not rated:
        return one
    line = mean_line(rated, image.shape, image.spacing_mm)
    return replace(one, line=line, curve=mean_curve(rated, line) or one.curve, source="rater")


def _key(one: AnnotatedSlice) -> Key:
    return one.participant_id, one.session_id, one.modality, one.image.orientation, one.image.index
