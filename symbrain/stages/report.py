"""Report: a page for each session and one for the cohort, to be looked at before a number is believed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from symbrain import figures, pictures
from symbrain.annotation_set import write_agreement, write_annotation_page
from symbrain.assets import copy_assets
from symbrain.atomic import write_bytes, write_text
from symbrain.cohort import digest_of, file_digest, folder_of, walk_chunk
from symbrain.cohort_page import Measured, Tables, cohort_page
from symbrain.errors import BadInput
from symbrain.json_file import read_object, understood
from symbrain.mirror_difference import METHOD
from symbrain.model_summary import ModelSummary, summary
from symbrain.models import NAMES, UNTRAINED, Models
from symbrain.operating import operating_of
from symbrain.provenance import read_provenance
from symbrain.scene_3d import scene_name
from symbrain.scene_files import scene_sources, write_scene
from symbrain.scene_page import scene_page
from symbrain.session_reports import grouped, optional_table, session_reports
from symbrain.settings import ReportSettings
from symbrain.source import read_source
from symbrain.subject_page import page_name, subject_page
from symbrain.tables import read_table, records
from symbrain.thumbnails import thumbnail, thumbnail_name

REPORTS = Path("reports")
FIGURES, SCENES = REPORTS / "figures", REPORTS / "3d"
Row = dict[str, Any]


def run(results: Path, chunk: int, settings: ReportSettings) -> None:
    """Draw the pictures of one chunk's scans, and write the pages of its sessions.

    Pictures that are there and fresh stay; pages cost little and are always written.
    """
    scores = {row["scan_id"]: row for row in _table(results, "scores")}

    def failed(scan: Row) -> bool:
        if scan["scan_id"] not in scores:
            msg = f"{scan['scan_id']} has no row in scores.tsv; gather the scores again"
            raise BadInput(msg)
        return bool(scores[scan["scan_id"]]["qc"] == "fail")

    def scale(scan: Row) -> tuple[float, float]:
        classical = scores[scan["scan_id"]]["asymmetry_method"] == METHOD
        return figures.CLASSICAL_HEAT_SD if classical else figures.HEAT_SD

    slices_of = grouped(optional_table(results, "slice_scores"), "scan_id")

    def digest(scan: Row) -> str:
        folder, scan_id = folder_of(results, scan), scan["scan_id"]
        files = [*pictures.sources(folder, scan_id, failed=failed(scan)), *scene_sources(folder, scan_id)]
        lines = slices_of.get((scan_id,), [])
        return digest_of("report", settings.dpi, scale(scan), lines, *(file_digest(path) for path in files))

    def work(scan: Row) -> tuple[list[Path], Row]:
        folder, scan_id = folder_of(results, scan), scan["scan_id"]
        look: Any = {"failed": failed(scan), "scale_sd": scale(scan), "slice_rows": slices_of.get((scan_id,), [])}
        drawn = pictures.draw(folder, scan_id, settings.dpi, **look)
        for picture, content in drawn:
            write_bytes(results / FIGURES / picture.file, content)
        paths = [results / FIGURES / picture.file for picture, _ in drawn]
        slices, _, *heat = pictures.sources(folder, scan_id, failed=failed(scan))
        if small := thumbnail(slices, heat[0] if heat else None, scale(scan)):
            paths.append(results / FIGURES / thumbnail_name(scan_id))
            write_bytes(paths[-1], small)
        scene = write_scene(results / SCENES, folder, scan_id, heat[0] if heat else None, scale(scan))
        paths += [scene.path] if scene else []
        return paths, {"pictures": [vars(picture) for picture, _ in drawn], "scene": scene and scene.row}

    walk_chunk(results, "report", chunk, digest, work)
    copy_assets(results)
    start = time.process_time()
    _write_pages(results, chunk)
    print(f"report {chunk}: pages written in {time.process_time() - start:.1f} s of processor time", file=sys.stderr)


def gather(results: Path, settings: ReportSettings, *, annotations: Path | None = None) -> None:
    """Write the cohort's page, ``index.html``, and the page on which midlines are drawn, ``annotate.html``."""
    always = (_table(results, name) for name in ("scans", "scores", "subjects", "exclusions"))
    tables = Tables(*always, *[optional_table(results, "sides")])
    models = Models.of_results(results)
    operating = operating_of(models.measured)
    measured = Measured(models.norms, operating, settings.prevalence, list(_summaries(results)))
    thumbnails = {path.name for path in (results / FIGURES).glob("*thumb*.webp")}
    copy_assets(results)
    write_text(results / "index.html", cohort_page(tables, read_source(results), measured, thumbnails))
    write_agreement(results, annotations)
    write_annotation_page(results, settings.annotate)


def _summaries(results: Path) -> Iterator[ModelSummary]:
    """Yield what the networks' bundles say of themselves; nothing of one that is not there."""
    for name in NAMES:
        path = results / "models" / name / "configs" / "metadata.json"
        if path.exists():
            metadata = read_object(path, "train the weights anew")
            yield understood(_summary(name), metadata, path.name, "train the weights anew")


def _summary(name: str) -> Callable[[Mapping[str, Any]], ModelSummary]:
    return lambda metadata: summary(name, metadata, str(metadata.get(UNTRAINED) or ""))


def _write_pages(results: Path, chunk: int) -> None:
    """Write the page of each session of a chunk, that of one whose scans were all excluded too, and its scenes."""
    source, provenance = read_source(results), read_provenance(results, chunk)
    for reports in session_reports(results, chunk, Models.of_results(results).norms):
        first = reports[0].scan
        page = subject_page(reports, source, provenance)
        write_text(results / REPORTS / page_name(first["participant_id"], first["session_id"]), page)
        for report in reports:
            if report.scene is not None:
                write_text(results / SCENES / scene_name(report.scan["scan_id"]), scene_page(report, source))


def _table(results: Path, name: str) -> list[Row]:
    return records(read_table(results / f"{name}.tsv", name))
