"""The page of one scan in three dimensions; where a browser cannot draw it, the picture of the upright head stays."""

from __future__ import annotations

from symbrain.page import render
from symbrain.scene_3d import scene_name
from symbrain.source import Source
from symbrain.subject_page import ScanReport, page_name
from symbrain.version import __version__


def scene_page(report: ScanReport, source: Source) -> str:
    """Return the page of a scan that has a scene."""
    scan, scene = report.scan, report.scene or {}
    return render(
        "scene.html",
        participant=scan["participant_id"],
        session=scan["session_id"],
        scan_id=scan["scan_id"],
        back=page_name(scan["participant_id"], scan["session_id"]),
        still=next((picture for picture in report.pictures if picture["kind"] == "upright"), None),
        heat=scene["heat"],
        scale=scene["scale_sd"],
        edge_mm=scene["edge_mm"],
        data=scene_name(scan["scan_id"], "js"),
        source=source,
        version=__version__,
    )
