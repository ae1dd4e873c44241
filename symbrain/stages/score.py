"""Score: how asymmetric each scan is, and then, over the cohort, how unusual, on which side, how sure."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbrain import walk
from symbrain.alignment import Alignment
from symbrain.bids_name import image_of
from symbrain.cohort import digest_of, folder_of, read_record, records_of, walk_chunk
from symbrain.columns import TABLES
from symbrain.derivatives import Upright, read_alignment, read_upright
from symbrain.deviation import Asymmetry
from symbrain.errors import BadInput
from symbrain.mirror_difference import METHOD, compare_sides
from symbrain.models import NETWORK, Models
from symbrain.plane import Plane
from symbrain.progress import track
from symbrain.score_row import Compared, add_norms, add_regional_norms, best_scans, score_row
from symbrain.settings import AlignSettings, ScoreSettings, SlicesSettings
from symbrain.slice import Slice
from symbrain.slice_table import read_slices
from symbrain.source import read_source
from symbrain.tables import is_missing, read_table, records, write_table
from symbrain.upright_grid import UprightGrid
from symbrain.volume import Volume, as_stored, canonical, read_map, read_scan, refuse_same_names, stem_of, write_volume

HEATMAP = "desc-asymmetry_heatmap.nii.gz"
IDS = ("participant_id", "session_id", "scan_id")


def run(results: Path, chunk: int, settings: ScoreSettings, *, threads: int = 1) -> None:
    """Score the scans of one chunk, each for itself."""
    before = ("align", "slices")
    models = Models.of_results(results)
    models.say_what_is_missing()
    weights = models.digests

    def digest(scan: dict[str, Any]) -> str:
        known = {k: scan[k] for k in ("scan_age_weeks", "sex", "radiology_score", "split", "fold")}
        digests = [read_record(results, stage, scan["scan_id"]).digest for stage in before]
        return digest_of("score", asdict(settings), known, threads, *digests, *weights)

    def work(scan: dict[str, Any]) -> tuple[list[Path], dict[str, Any]]:
        stages = [read_record(results, stage, scan["scan_id"]).row["settings"] for stage in before]
        return _score_one(folder_of(results, scan), scan, models, settings, digest_of(*stages, asdict(settings)))

    walk_chunk(results, "score", chunk, digest, work)


def _score_one(
    folder: Path, scan: dict[str, Any], models: Models, settings: ScoreSettings, config_sha256: str
) -> tuple[list[Path], dict[str, Any]]:
    def named(ending: str) -> Path:
        return folder / f"{scan['scan_id']}_{ending}"

    alignment = read_alignment(folder, scan["scan_id"])
    upright, slices = read_upright(folder, scan["scan_id"], alignment), read_slices(named("slices.parquet"))
    compared = compare(scan, upright, [s.image for s in slices], alignment.plane, models, settings)
    row = score_row(scan, alignment, slices, compared, settings, config_sha256)
    if row["qc"] == "fail":
        named(HEATMAP).unlink(missing_ok=True)
        return [], row
    brain = read_map(named("desc-brain_mask.nii.gz")).data > 0
    write_heatmap(named(HEATMAP), compared.asymmetry, upright.grid, brain, alignment)
    return [named(HEATMAP)], row


def compare(
    scan: dict[str, Any],
    upright: Upright,
    slices: Sequence[Slice],
    plane: Plane,
    models: Models,
    settings: ScoreSettings,
) -> Compared:
    """Compare the sides of an upright brain, by the network and classically."""
    classical = compare_sides(*upright.sides, settings.smoothing_mm)
    detector, finder = models.asymmetry, None if models.midline is None else models.find_line
    agreement = None if finder is None else walk.midline_agreement_deg(slices, plane, finder)
    scored_by, fold = models.relation(scan)
    weights = models.weights_sha256(fold)
    if detector is None:
        return Compared(classical, classical, METHOD, scored_by, agreement, weights)
    asymmetry = detector.compare(*upright.sides, fold=fold)
    return Compared(asymmetry, classical, NETWORK, scored_by, agreement, weights)


def write_heatmap(
    path: Path, asymmetry: Asymmetry, grid: UprightGrid, brain: NDArray[np.bool_], alignment: Alignment
) -> None:
    """Write the heatmap on the scan's own grid and affine: SD units, on the bearing side, 0 outside the brain."""
    scan = canonical(np.zeros(alignment.stored_shape, np.uint8), alignment.stored_affine)
    upright = Volume(asymmetry.heat, grid.to_scan @ grid.affine)
    heat = np.where(brain, upright.sampled(scan), 0)
    write_volume(path, as_stored(heat, alignment.stored_affine), alignment.stored_affine)


def gather(results: Path) -> int:
    """Write the tables of the cohort; returns how many scans were excluded."""
    scored = [record.row for _, record in records_of(results, "score") if record.status == "done"]
    models = Models.of_results(results)
    add_norms(scored, models.norms, synthetic=read_source(results).synthetic)
    regions = [
        region
        for scan, record in records_of(results, "align")
        if record.status == "done"
        for region in _regions(folder_of(results, scan) / f"{scan['scan_id']}_regions.tsv")
    ]
    kept = {row["scan_id"] for row in scored}
    regions = [r for r in regions if r["scan_id"] in kept]
    add_regional_norms(regions, scored, models.norms)
    excluded = list(_exclusions(results))
    write_table(results / "scores.tsv", "scores", scored)
    write_table(results / "subjects.tsv", "subjects", best_scans(scored))
    write_table(results / "regions.tsv", "regions", regions)
    write_table(results / "exclusions.tsv", "exclusions", excluded)
    failed = sum(row["qc"] == "fail" for row in scored)
    print(f"score: {len(scored)} scans scored, {failed} of them failed QC; {len(excluded)} excluded", file=sys.stderr)
    return len(excluded)


def _regions(path: Path) -> list[dict[str, Any]]:
    return records(read_table(path, "regions")) if path.exists() else []


def _exclusions(results: Path) -> Iterator[dict[str, Any]]:
    """Yield every scan that has no row in scores.tsv, with stage and reason."""
    ids = ("participant_id", "session_id", "scan_id", "path")
    for scan in records(read_table(results / "scans.tsv", "scans")):
        if not scan["usable"]:
            yield {**{k: scan[k] for k in ids}, "stage": "ingest", "reason": scan["reason"]}
    for stage in ("align", "slices", "score"):
        for scan, record in records_of(results, stage):
            if record.status == "excluded":
                yield {**{k: scan[k] for k in ids}, "stage": stage, "reason": record.reason}


def run_files(
    scans: list[Path],
    out: Path,
    settings: ScoreSettings,
    *,
    ages: dict[str, float] | float | None = None,
    weights: Path | None = None,
    as_json: bool = False,
    threads: int = 1,
) -> int:
    """Score scans named by a person, without a norm; returns how many were excluded.

    Parameters
    ----------
    weights
        Folder with the bundles ``midline`` and ``asymmetry``; without it the packaged ones score.

    Notes
    -----
    Writes the heatmaps and ``scores.tsv`` with its dictionary to ``out``, and ``exclusions.tsv``.
    """
    refuse_same_names(scans)
    models = Models.given(weights)
    models.say_what_is_missing()
    rows: list[dict[str, Any]] = []
    excluded: list[dict[str, Any]] = []
    for path in track(scans, "score"):
        age = ages.get(stem_of(path)) if isinstance(ages, dict) else ages
        ids = _ids_of(path, age)
        try:
            rows.append(_score_file(path, out, models, settings, ids, threads))
        except BadInput as error:
            print(f"excluded: {error}", file=sys.stderr)
            excluded.append({k: ids[k] for k in IDS} | {"path": path.name, "stage": "score", "reason": str(error)})
    write_table(out / "scores.tsv", "scores", rows)
    write_table(out / "exclusions.tsv", "exclusions", excluded)
    if as_json:
        columns = [c.name for c in TABLES["scores"]]
        print(json.dumps([{c: _plain(row.get(c)) for c in columns} for row in rows], indent=2))
    return len(excluded)


def _score_file(
    path: Path, out: Path, models: Models, settings: ScoreSettings, ids: dict[str, Any], threads: int
) -> dict[str, Any]:
    scan = read_scan(path)
    align_settings, slices_settings = AlignSettings(), SlicesSettings()
    restored = "desc-restore" in path.name
    aligned = walk.align(scan.volume, align_settings, restored=restored, threads=threads, name=path.name)
    alignment = walk.alignment_of(aligned, scan)
    slices = walk.cut_slices(scan.volume, aligned.brain.data, alignment.plane, slices_settings)
    image = walk.unbiased(aligned.image, aligned.grid.affine, aligned.bias)
    upright = Upright(image, aligned.mask, aligned.grid)
    compared = compare(ids, upright, [s.image for s in slices], alignment.plane, models, settings)
    config = digest_of(asdict(align_settings), asdict(slices_settings), asdict(settings))
    row = score_row(ids, alignment, slices, compared, settings, config)
    if row["qc"] != "fail":
        write_heatmap(
            out / f"{stem_of(path)}_{HEATMAP}", compared.asymmetry, aligned.grid, aligned.brain.data, alignment
        )
    return row


def _ids_of(path: Path, age: float | None) -> dict[str, Any]:
    """Return what a file's name tells about its scan; a person's own scans belong to no cohort."""
    name = image_of(path.name, "", None)
    return {
        "participant_id": name.stranger,
        "session_id": name.session_id,
        "scan_id": stem_of(path),
        "modality": name.suffix if name.suffix in ("T2w", "T1w") else None,
        "split": "external",
        "fold": None,
        "scan_age_weeks": age,
        "sex": None,
        "radiology_score": None,
    }


def _plain(value: Any) -> Any:
    if is_missing(value):
        return None
    return value.item() if isinstance(value, np.generic) else value
