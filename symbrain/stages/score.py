"""Score: how asymmetric each scan is, and then, over the cohort, how unusual, on which side, how sure."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from symbrain.cohort import dataset_of, digest_of, file_digest, folder_of, read_record, records_of, scans_of, walk_chunk
from symbrain.comparison import compare, heatmap
from symbrain.derivative_dataset import describe_new, write_phenotype
from symbrain.derivatives import Upright, read_alignment, read_upright
from symbrain.deviation import DEVIANT_SD
from symbrain.deviation_place import Structures
from symbrain.directed_asymmetry import Brain, measure_directed
from symbrain.errors import BadInput, reason_of
from symbrain.map_row import SCAN_FAILED, judge_map, unjudged
from symbrain.models import NETWORK, Models
from symbrain.norm_columns import add_norms, add_regional_norms
from symbrain.progress import track
from symbrain.ratings import mistaken, read_ratings, unknown_scans
from symbrain.repeatability import add_retest, known_of, measure_cohort
from symbrain.run_record import write_run_record
from symbrain.scan_maps import maps_of, name_of_file
from symbrain.score_row import add_ratings, best_scans, score_row
from symbrain.scored import Score
from symbrain.settings import ScoreSettings
from symbrain.side_alarm import side_rows
from symbrain.sidecar import Origin, sidecar_of, write_sidecars
from symbrain.single import ids_of, score_scan
from symbrain.slice_row import rows_in_scan
from symbrain.slice_table import read_slices
from symbrain.source import read_source
from symbrain.tables import read_parts, read_table, records, write_table
from symbrain.volume import canonical, read_map, read_scan, refuse_same_names, stem_of, write_volume

HEATMAP = "desc-asymmetry_heatmap.nii.gz"
TABLES_WRITTEN = ("scores", "subjects", "regions", "maps", "slice_scores", "repeatability", "sides", "exclusions")


def run(results: Path, chunk: int, settings: ScoreSettings, *, threads: int = 1) -> None:
    """Score the scans of one chunk, each for itself."""
    before = ("align", "slices")
    models = Models.of_results(results)
    models.say_what_is_missing()
    weights, dataset = models.digests, dataset_of(results)

    def digest(scan: dict[str, Any]) -> str:
        known = {k: scan[k] for k in ("scan_age_weeks", "birth_age_weeks", "sex", "radiology_score", "split", "fold")}
        digests = [read_record(results, stage, scan["scan_id"]).digest for stage in before]
        maps = {path: _digest_of_map(dataset / path) for path in maps_of(scan)}
        return digest_of("score", asdict(settings), known, threads, *digests, *weights, maps)

    def work(scan: dict[str, Any]) -> tuple[list[Path], dict[str, Any]]:
        stages = [read_record(results, stage, scan["scan_id"]).row["settings"] for stage in before]
        config = digest_of(*stages, asdict(settings))
        return _score_one(results, scan, dataset, models, settings, config)

    walk_chunk(results, "score", chunk, digest, work)


def _score_one(
    results: Path, scan: dict[str, Any], dataset: Path, models: Models, settings: ScoreSettings, config_sha256: str
) -> tuple[list[Path], dict[str, Any]]:
    """Score a scan, its slices and its maps; what slices, maps and sides say travels in the scan's row."""
    folder = folder_of(results, scan)

    def named(ending: str) -> Path:
        return folder / f"{scan['scan_id']}_{ending}"

    alignment = read_alignment(folder, scan["scan_id"])
    upright, slices = read_upright(folder, scan["scan_id"], alignment), read_slices(named("slices.parquet"))
    structures = _structures(folder, scan["scan_id"])
    compared = compare(scan, upright, [s.image for s in slices], alignment.plane, models, settings, structures)
    row = score_row(scan, alignment, slices, compared, settings, config_sha256)
    if row["qc"] == "fail":
        for left in (named(HEATMAP), sidecar_of(named(HEATMAP))):
            left.unlink(missing_ok=True)
        return [], row | {"maps": [unjudged(scan, path, SCAN_FAILED) for path in maps_of(scan)]}
    brain = read_map(named("desc-brain_mask.nii.gz")).data > 0
    heat = heatmap(compared.asymmetry, upright.grid, brain, alignment)
    maps = [judge_map(dataset / path, path, scan, upright, models, settings) for path in maps_of(scan)]
    heats = {named(HEATMAP): heat} | {
        named(one.heatmap): heatmap(one.asymmetry, upright.grid, brain, alignment)
        for one in maps
        if one.asymmetry is not None
    }
    for path, data in heats.items():
        write_volume(path, data, alignment.stored_affine)
    origin = Origin(results, scan["path"])
    start = folder / scan["scan_id"]
    sidecars = write_sidecars(start, [HEATMAP], origin)
    for one in maps:
        if one.asymmetry is not None:
            sidecars += write_sidecars(start, [one.heatmap], origin, further=(one.row["path"],))
    in_scan = canonical(heat, alignment.stored_affine)
    deviant_sd = _deviant_sd(compared.method)
    cut = rows_in_scan(slices, in_scan, alignment.plane, compared.method, deviant_sd, compared.lines)
    directed = _directed(upright, scan["modality"], structures)
    return [*heats, *sidecars], row | {"maps": [one.row for one in maps], "slices": list(cut), "sides": directed}


def _directed(upright: Upright, modality: str, structures: Structures | None) -> dict[str, float | None]:
    labels, atlas = (None, None) if structures is None else (structures.labels, structures.atlas)
    return measure_directed(Brain(upright.image, upright.mask, modality, labels, atlas))


def _digest_of_map(path: Path) -> str:
    """Return the digest of a map's file; none of one that cannot be read, which its row will say."""
    try:
        return file_digest(path)
    except BadInput:
        return ""


def _deviant_sd(method: str) -> float:
    if method != NETWORK:
        return DEVIANT_SD
    from symbrain.learning.asymmetry_calibration import DEVIANT_SD as OF_THE_NETWORK

    return OF_THE_NETWORK


def gather(results: Path, settings: ScoreSettings | None = None, *, ratings: Path | None = None) -> int:
    """Write the tables of the cohort, and what they were made with; returns how many scans were excluded.

    Parameters
    ----------
    ratings
        What people say of the scans; it counts beside the measured verdict.
    """
    scored = [record.row for _, record in records_of(results, "score") if record.status == "done"]
    rated = _rate(scored, ratings) if ratings is not None else {}
    maps, slices = ([one for row in scored for one in row.pop(kind, ())] for kind in ("maps", "slices"))
    directed = {row["scan_id"]: row.pop("sides") for row in scored if "sides" in row}
    models = Models.of_results(results)
    add_norms(scored, models.norms, synthetic=read_source(results).synthetic)
    brought = known_of(models.measured)
    add_retest(scored, brought)
    regions = _all_regions(results, scored)
    add_regional_norms(regions, scored, models.norms)
    excluded = list(_exclusions(results))
    write_table(results / "scores.tsv", "scores", scored)
    subjects = best_scans(scored)
    write_table(results / "subjects.tsv", "subjects", subjects)
    write_phenotype(results, subjects)
    write_table(results / "regions.tsv", "regions", regions)
    write_table(results / "maps.tsv", "maps", [*maps, *_maps_left_out(results, excluded)])
    write_table(results / "slice_scores.tsv", "slice_scores", slices)
    repeatability = [one.to_dict() for one in measure_cohort(scored, brought)]
    write_table(results / "repeatability.tsv", "repeatability", repeatability)
    sites = {scan["scan_id"]: scan["site"] for scan in scans_of(results)}
    write_table(results / "sides.tsv", "sides", side_rows(scored, subjects, directed, sites))
    write_table(results / "exclusions.tsv", "exclusions", excluded)
    write_run_record(results, asdict(settings or ScoreSettings()) | rated, TABLES_WRITTEN)
    failed = sum(row["qc"] == "fail" for row in scored)
    print(f"score: {len(scored)} scans scored, {failed} of them failed QC; {len(excluded)} excluded", file=sys.stderr)
    return len(excluded)


def _rate(scored: list[dict[str, Any]], ratings: Path) -> dict[str, str]:
    """Let ratings count, and take slices and maps away from who is rejected; returns what the run's record says."""
    said = read_ratings(ratings)
    if note := unknown_scans(said, {row["scan_id"] for row in scored}):
        print(f"{ratings.name}: {note}", file=sys.stderr)
    if note := mistaken(said, {row["scan_id"]: row["participant_id"] for row in scored}):
        msg = f"{ratings.name}: {note}"
        raise BadInput(msg)
    add_ratings(scored, said)
    for row in scored:
        if row["qc"] == "fail":
            row |= {"slices": [], "maps": [unjudged(row, one["path"], SCAN_FAILED) for one in row.get("maps", ())]}
    return {"ratings_sha256": file_digest(ratings)}


def _structures(folder: Path, scan_id: str) -> Structures | None:
    """Return the structures of an upright brain; None where it has no labels of a known atlas."""
    path, regions = folder / f"{scan_id}_space-upright_labels.nii.gz", _regions(folder / f"{scan_id}_regions.tsv")
    if not path.exists() or not regions:
        return None
    one_label_of_both = regions[0]["index_left"] == regions[0]["index_right"]
    return Structures.of(read_map(path).data.astype(np.uint8), "drawem9" if one_label_of_both else "drawem87")


def _maps_left_out(results: Path, excluded: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the rows of the maps whose scan was excluded."""
    why = {row["scan_id"]: f"its scan was excluded at the stage {row['stage']}: {row['reason']}" for row in excluded}
    for scan in scans_of(results):
        if scan["scan_id"] in why:
            yield from (unjudged(scan, path, why[scan["scan_id"]]) for path in maps_of(scan))


def _regions(path: Path) -> list[dict[str, Any]]:
    return records(read_table(path, "regions")) if path.exists() else []


def _all_regions(results: Path, scored: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the volumes of the structures of all scans that were scored."""
    paths = [folder_of(results, row) / f"{row['scan_id']}_regions.tsv" for row in scored]
    there = [path for path in paths if path.exists()]
    return records(read_parts(there, "regions")) if there else []


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
    maps: list[Path] | None = None,
    threads: int = 1,
) -> int:
    """Score scans named by a person, without a norm; returns how many were excluded.

    Parameters
    ----------
    weights
        Folder with the bundles ``midline`` and ``asymmetry``; without it the packaged ones score.
    maps
        In the world of the scan, which is then the only one: judged on its midline too.

    Notes
    -----
    Writes the heatmaps and ``scores.tsv`` with its dictionary to ``out``, and ``exclusions.tsv``; with maps, also
    ``maps.tsv``. Rows of other scans that are there stay.
    """
    refuse_same_names(scans)
    maps = _told_apart(maps or [])
    describe_new(out)  # before anything is worked out
    models = Models.given(weights)
    models.say_what_is_missing()
    _ = models.midline, models.asymmetry  # a damaged bundle is no scan's fault
    rows: list[dict[str, Any]] = []
    judged: list[dict[str, Any]] = []
    excluded: list[dict[str, Any]] = []
    others = {name: _others(out, name, scans) for name in ("scores", "exclusions", "maps")}
    try:
        for path in track(scans, "score"):
            known = {"scan_age_weeks": ages.get(stem_of(path)) if isinstance(ages, dict) else ages}
            try:
                found = score_scan(read_scan(path), models, known, settings, maps=maps, threads=threads)
                _write_heatmap(out, path, found)
                rows.append(found.to_dict())
                judged += (one.row for one in found.maps)
            except (BadInput, OSError) as error:
                reason = reason_of(error, path.name)
                print(f"excluded: {reason}", file=sys.stderr)
                excluded.append(ids_of(path) | {"path": path.name, "stage": "score", "reason": reason})
    finally:  # what was scored before an interruption is not lost
        write_table(out / "scores.tsv", "scores", [*others["scores"], *rows])
        write_table(out / "exclusions.tsv", "exclusions", [*others["exclusions"], *excluded])
        if judged or others["maps"]:
            write_table(out / "maps.tsv", "maps", [*others["maps"], *judged])
    if as_json:
        print(json.dumps(rows, indent=2))
    return len(excluded)


def _others(out: Path, name: str, scans: Sequence[Path]) -> list[dict[str, Any]]:
    """Return the rows that an earlier call wrote to the folder, of scans that are not scored again.

    Raises
    ------
    BadInput
        Where there is a table of this name that symbrain did not write, lest it be lost.
    """
    path, again = out / f"{name}.tsv", {stem_of(scan) for scan in scans}
    try:
        found = records(read_table(path, name)) if path.exists() else []
    except BadInput as error:
        msg = f"{path} is no table of this version's scores, and would be lost ({error}); name another folder"
        raise BadInput(msg) from error
    return [row for row in found if row["scan_id"] not in again]


def _write_heatmap(out: Path, scan: Path, found: Score) -> None:
    start = out / stem_of(scan)
    path = start.with_name(f"{start.name}_{HEATMAP}")
    if found.heatmap is None:
        path.unlink(missing_ok=True)
        sidecar_of(path).unlink(missing_ok=True)
    else:
        write_volume(path, np.asarray(found.heatmap.dataobj), found.heatmap.affine)
        write_sidecars(start, [HEATMAP], Origin(out, scan.name, in_dataset=False))
    for one in found.maps:
        path = start.with_name(f"{start.name}_{one.heatmap}")
        if one.asymmetry is None:
            path.unlink(missing_ok=True)
            sidecar_of(path).unlink(missing_ok=True)
        else:
            image: Any = one.asymmetry.heat
            write_volume(path, np.asarray(image.dataobj), image.affine)
            write_sidecars(start, [one.heatmap], Origin(out, scan.name, in_dataset=False), further=(one.row["path"],))


def _told_apart(maps: list[Path]) -> list[Path]:
    """Return the maps, whose heatmaps are called by their names; two of one name are refused."""
    names = [name_of_file(path.name) for path in maps]
    if twice := [name for name in names if names.count(name) > 1]:
        msg = f"two maps are called {twice[0]} by the end of their file names; name one otherwise, or leave it out"
        raise BadInput(msg)
    return maps
