"""From a co-registered map to its row of maps.tsv: judged on its scan's midline, by the same detectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from symbrain.comap import Comap, pull
from symbrain.derivatives import Upright
from symbrain.deviation import Asymmetry
from symbrain.errors import BadInput
from symbrain.mirror_difference import METHOD, compare_sides
from symbrain.models import NETWORK, Models
from symbrain.nifti import Source
from symbrain.scan_maps import name_of_file
from symbrain.settings import ScoreSettings
from symbrain.volume import read_scan

Row = dict[str, Any]
_IDS = ("participant_id", "session_id", "scan_id")
SCAN_FAILED = (
    "its scan failed its quality check, so that the midline plane may be wrong; look at qc_reason in scores.tsv"
)
"""Why no map of such a scan is judged."""


@dataclass(frozen=True)
class JudgedMap:
    """A map's row of maps.tsv, and the comparison behind it; None where there is none.

    The heat of the comparison lies on the upright grid; of a map that ``symbrain.score`` was given, it is a nibabel
    image on the scan's own grid.
    """

    row: Row
    asymmetry: Asymmetry | None = None

    @property
    def heatmap(self) -> str:
        """How the name of its heatmap ends."""
        return f"map-{self.row['map']}_desc-asymmetry_heatmap.nii.gz"


def judge_map(
    source: Source, path: str, scan: Mapping[str, Any], upright: Upright, models: Models, settings: ScoreSettings
) -> JudgedMap:
    """Compare the sides of a map; one that cannot be used has a reason and no numbers.

    Parameters
    ----------
    source
        The map: its file, or an image in memory.
    path
        What the row calls it.
    scan
        The scan's columns of scans.tsv.
    upright
        The scan's upright brain.
    """
    try:
        file = read_scan(source)
        pulled = pull(file.volume, upright.grid, upright.mask, file.path.name)
    except BadInput as error:
        return JudgedMap(unjudged(scan, path, str(error)))
    scored_by, fold = models.relation(dict(scan))
    classical = compare_sides(*_sides(pulled, upright), settings.smoothing_mm)
    detector = models.asymmetry
    found = classical if detector is None else detector.compare(*_sides(pulled, upright), fold=fold)
    row = _ids(scan, path) | {
        "asymmetry_score": found.score,
        "asymmetry_score_low": found.low,
        "asymmetry_score_high": found.high,
        "laterality_index": found.laterality_index,
        "asymmetry_side": found.side,
        "deviation_volume_ml": found.volume_ml,
        "asymmetry_method": METHOD if detector is None else NETWORK,
        "classical_score": classical.score,
        "classical_side": classical.side,
        "scored_by": scored_by,
        "coverage": pulled.coverage,
        "input_sha256": file.sha256,
    }
    return JudgedMap(row, found)


def unjudged(scan: Mapping[str, Any], path: str, reason: str) -> Row:
    """Return the row of a map that was not judged."""
    return _ids(scan, path) | {"reason": reason}


def _ids(scan: Mapping[str, Any], path: str) -> Row:
    return {key: scan[key] for key in _IDS} | {"map": name_of_file(path), "path": path}


def _sides(pulled: Comap, upright: Upright) -> tuple[Any, Any, float]:
    return pulled.image, pulled.mask, upright.sides[2]
