"""The scene of a scan, from the files of the stages before to the script that a page in three dimensions loads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbrain.atomic import write_bytes
from symbrain.json_file import read_object, understood
from symbrain.scene_3d import scene_name, scene_script
from symbrain.volume import read_map

_ENDINGS = ("space-upright_image.nii.gz", "space-upright_mask.nii.gz", "midline.json")


@dataclass(frozen=True)
class WrittenScene:
    """The script that was written, and what its page says of it."""

    path: Path
    row: dict[str, Any]


def scene_sources(folder: Path, scan_id: str) -> list[Path]:
    """Return the files that a scan's scene is made from, beside its heatmap; none where one is missing."""
    paths = [folder / f"{scan_id}_{ending}" for ending in _ENDINGS]
    return paths if all(path.exists() for path in paths) else []


def write_scene(
    scenes: Path, folder: Path, scan_id: str, heatmap: Path | None, scale_sd: tuple[float, float]
) -> WrittenScene | None:
    """Write a scan's scene; None where there is no upright brain to show.

    Raises
    ------
    BadInput
        Where a file is damaged.
    """
    if not (paths := scene_sources(folder, scan_id)):
        return None
    image, mask, midline = paths
    again = "run the stage align again"
    to_scan = understood(_upright_to_scan, read_object(midline, again), midline.name, again)
    heat = None if heatmap is None else read_map(heatmap)
    script, edge_mm = scene_script(read_map(image), read_map(mask).data > 0, heat, to_scan, scale_sd)
    path = scenes / scene_name(scan_id, "js")
    write_bytes(path, script)
    return WrittenScene(path, {"edge_mm": edge_mm, "heat": heat is not None, "scale_sd": list(scale_sd)})


def _upright_to_scan(told: Mapping[str, Any]) -> NDArray[np.float64]:
    return np.array(told["upright_to_scan"], float).reshape(4, 4)
