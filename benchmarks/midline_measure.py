"""Ask one method about one head in one pose, and compare what it says with the truth."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from baselines import constant_plane
from midline_heads import Posed
from midline_methods import CONTENDERS
from midline_rows import Row
from peers_ask import Answer, Workers
from peers_geometry import PROBES, matrix_of, midway_plane, mirror_plane
from symbrain.line import Line
from symbrain.plane import Plane
from symbrain.slice import Slice, cut

_COSTS = ("seconds", "cpu_seconds", "read_seconds", "brain_seconds", "plane_seconds", "peak_mib")
_MISSED = (90.0, 99.0)  # where a method's line does not cross the slice: degrees, millimetres
LIMIT_S = 900


def ask(name: str, python: Path, workers: Workers, posed: Posed, path: Path, repeats: int) -> list[Row]:
    """Return the rows of a method about a head that lies in a file: one, or of a method for slices one for each."""
    contender = CONTENDERS[name]
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    job = {"path": str(path), "probes": PROBES, "slices": posed.slices, "repeats": repeats, "limit_s": LIMIT_S}
    answer = workers.ask(python, contender.script, name, job)
    about: Row = {"slice": -1, "load": load, "error": answer.get("error")} | {k: answer.get(k) for k in _COSTS}
    if contender.finds == "lines":
        cuts = [cut(posed.volume, "axial", index, 0) for index in posed.slices]
        found = answer.get("lines", [None] * len(cuts))
        return [about | {"slice": i} | _line(one, posed, found[i], answer) for i, one in enumerate(cuts)]
    if "error" in answer:
        return [about]
    try:
        plane = plane_of(name, answer, posed)
    except ValueError as error:
        return [about | {"error": type(error).__name__}]
    return [about | {"confidence": answer.get("confidence")} | against(plane, posed)]


def plane_of(name: str, answer: Answer, posed: Posed) -> Plane:
    """Return the plane of an answer, which is one or a map to the mirror image."""
    if "plane" in answer:
        return Plane.from_dict(answer["plane"])
    geometry = midway_plane if name == "ants_affine" else mirror_plane
    return geometry(matrix_of(answer["mapped"]), constant_plane(posed.volume))


def against(plane: Plane, posed: Posed) -> Row:
    """Return a plane's errors, and the plane in the frame of its head."""
    still = plane.moved(np.linalg.inv(posed.motion))
    center = (np.linalg.inv(posed.motion) @ [*posed.center_mm, 1.0])[:3]
    row: Row = dict(zip(("right", "anterior", "superior"), still.normal, strict=True))
    row["offset_mm"] = -float(still.distance_mm(center))
    if posed.truth is not None:
        row |= {"angle_deg": plane.angle_to_deg(posed.truth), "gap_mm": plane.gap_mm(posed.truth, posed.center_mm)}
    return row


def _line(one: Slice, posed: Posed, found: Answer | None, answer: Answer) -> Row:
    truth = None if posed.truth is None else one.line_of(posed.truth)
    if truth is None or "error" in answer:
        return {}
    if found is None:
        return dict(zip(("angle_deg", "gap_mm"), _MISSED, strict=True))
    start, end = ((float(x), float(y)) for x, y in found["points"])
    angle, gap = Line(start, end, one.shape, one.spacing_mm).error_to(truth)
    return {"angle_deg": angle, "gap_mm": min(gap, _MISSED[1]), "confidence": found["confidence"]}
