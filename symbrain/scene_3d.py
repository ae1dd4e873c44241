"""The brain in three dimensions, as NiiVue draws it: the upright brain and its deviation, small enough for a page.

A browser loads no data from a disk but scripts, so both volumes travel as base64 in a script of their own. The grid
stays symmetric about the midline plane, x = 0, so that a cut through the middle of the volume is the midline plane.
"""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass

import numpy as np
from isal import igzip
from numpy.typing import NDArray

from symbrain.nifti import as_image
from symbrain.page import safe_name
from symbrain.volume import Affine, Volume

MOST_BYTES = 1_400_000
UNIT_SD = 0.1  # of the heat's whole numbers
_EDGES_MM = (1.0, 1.5, 2.0, 3.0)  # tried from the finest
_RIM_MM = 2.0
_BRIGHTEST = 99.8  # percentile that is white


@dataclass(frozen=True)
class Scene:
    """What is drawn.

    Parameters
    ----------
    brain
        Upright, 0 outside the brain and up to 255 within it.
    heat
        On the same grid, in ``UNIT_SD``; None where the scan has none.
    """

    brain: Volume
    heat: Volume | None


def scene_name(scan_id: str, ending: str = "html") -> str:
    """Return the file name of a scan's page in three dimensions, or of the script with its data."""
    return f"{safe_name(scan_id)}.{ending}"


def make_scene(upright: Volume, mask: NDArray[np.bool_], heat: Volume | None, to_scan: Affine, edge_mm: float) -> Scene:
    """Return the scene of a scan.

    Parameters
    ----------
    upright, mask
        Image and brain on the upright grid, whose first axis is symmetric about x = 0.
    heat
        In the scan's world, SD units.
    to_scan
        4×4 rigid motion from the upright world to the scan's (RAS+, mm).
    edge_mm
        Voxel edge that is wanted; it never gets finer than the upright grid.
    """
    shown = Volume(np.where(mask, upright.data, 0).astype(np.float32), upright.affine)
    small, inside = _cropped(shown.shrunk(edge_mm), Volume(mask.astype(np.float32), upright.affine).shrunk(edge_mm))
    brightest = float(np.percentile(upright.data[mask], _BRIGHTEST)) if mask.any() else 0.0
    shares = np.clip(small.data / brightest, 0, 1) if brightest > 0 else np.zeros_like(small.data)
    brain = Volume(np.where(inside.data > 0.5, 1 + 254 * shares, 0).astype(np.float32), small.affine)
    if heat is None:
        return Scene(brain, None)
    here = heat.sampled(Volume(brain.data, to_scan @ brain.affine))
    return Scene(brain, Volume(np.where(brain.data > 0, np.clip(here / UNIT_SD, 0, 255), 0), brain.affine))


def scene_script(
    upright: Volume, mask: NDArray[np.bool_], heat: Volume | None, to_scan: Affine, scale_sd: tuple[float, float]
) -> tuple[bytes, float]:
    """Return the script that holds a scan's scene, and its voxel edge (mm): the finest that keeps it small enough."""
    for edge_mm in _EDGES_MM:
        scene = make_scene(upright, mask, heat, to_scan, edge_mm)
        content = {
            "brain": _base64(scene.brain),
            "heat": None if scene.heat is None else _base64(scene.heat),
            "scale": [end / UNIT_SD for end in scale_sd],
        }
        script = f'"use strict";\nvar SCENE = {json.dumps(content)};\n'.encode()
        if len(script) <= MOST_BYTES:
            break
    return script, round(float(scene.brain.spacing_mm[0]), 2)


def _cropped(image: Volume, mask: Volume) -> tuple[Volume, Volume]:
    """Return image and mask around the brain with a rim; as much is taken from the left as from the right."""
    found = [np.flatnonzero((mask.data > 0.5).any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
    if not all(len(ends) for ends in found):
        return image, mask
    rim = np.ceil(_RIM_MM / image.spacing_mm).astype(int)
    first = [max(int(ends[0]) - r, 0) for ends, r in zip(found, rim, strict=True)]
    spare = [max(n - 1 - int(ends[-1]) - r, 0) for ends, r, n in zip(found, rim, image.shape, strict=True)]
    first[0] = spare[0] = min(first[0], spare[0])
    window = tuple(slice(start, n - end) for start, end, n in zip(first, spare, image.shape, strict=True))
    affine = image.affine.copy()
    affine[:3, 3] = image.to_world(first)
    return Volume(image.data[window], affine), Volume(mask.data[window], affine)


def _base64(volume: Volume) -> str:
    image = as_image(np.rint(volume.data), volume.affine, np.uint8)
    return b64encode(igzip.compress(image.to_bytes(), 3, mtime=0)).decode()
