"""Ask methods about one head, and compare what they say with the truth."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anomaly_cuts import clusters_text, cuts_of, overlap_text
from methods import LineAnswer, Method
from observers import Told
from rows import Row
from scenes import Scene, Upright, as_aligned, as_walked, render, without_lesion
from suites import Case
from symbrain.line import Line
from symbrain.plane import Plane
from symbrain.settings import SlicesSettings
from symbrain.slice import Slice, cut
from symbrain.walk import slice_indices

NEAR_MM = 4.0
_MISSED = (90.0, 99.0)  # where a method's line does not even cross the slice: degrees, millimetres


def measure(case: Case, methods: Sequence[Method], folder: Any = None) -> list[Row]:
    """Return the rows of one head, one for each method that answers the case's question, more for its slices."""
    rows = _planes(case, methods, folder) if case.task == "plane" else _scores(case, methods, folder)
    about = {"cell": case.cell, "head": case.head, "seed": case.seed, "side_true": case.options.get("side")}
    return [{"slice": -1} | row | about for row in rows]


def answers(case: Case, method: Method) -> bool:
    """Whether a method has something to say about a case (an observer only where there is something to observe)."""
    if case.task == "plane":
        return method.plane is not None or method.line is not None
    return method.score is not None and (not method.told or (case.task == "score" and case.has("kind")))


def _planes(case: Case, methods: Sequence[Method], folder: Any) -> list[Row]:
    scene = render(case, folder)
    about = {"weeks": scene.weeks, "modality": scene.modality}
    settings = SlicesSettings(fractions=tuple(case.options["slices"]), fraction_of="brain")
    cuts = [cut(scene.volume, "axial", i, f) for f, i in slice_indices(scene.mask, "axial", settings).items()]
    rows: list[Row] = []
    for method in methods:
        plane = None
        if method.plane is not None:
            start = time.process_time()
            plane, confidence = _plane(method, scene)
            row = {"seconds": time.process_time() - start, "confidence": confidence}
            row |= {"angle_deg": plane.angle_to_deg(scene.plane), "gap_mm": plane.gap_mm(scene.plane, scene.center_mm)}
            rows.append({"method": method.name} | about | row)
        for number, image in enumerate(cuts):
            truth = image.line_of(scene.plane)
            if truth is not None:
                rows.append({"method": method.name, "slice": number} | about | _line(method, image, plane, truth))
    return rows


def _plane(method: Method, scene: Scene) -> tuple[Plane, float | None]:
    found = method.plane(scene.volume, *((scene,) if method.told else ()))  # type: ignore[misc]
    return found if isinstance(found, tuple) else (found, None)


def _line(method: Method, image: Slice, plane: Plane | None, truth: Line) -> Row:
    start = time.process_time()
    if method.line is not None:
        found = method.line(image.pixels, image.spacing_mm)
    else:
        found = image.line_of(plane) if plane is not None else None
    seconds = time.process_time() - start
    answer = found if isinstance(found, LineAnswer) else LineAnswer(found)
    angle, gap = _MISSED if answer.line is None else answer.line.error_to(truth)
    return {
        "angle_deg": angle,
        "gap_mm": min(gap, _MISSED[1]),
        "absent": answer.absent,
        "angle_sd_deg": answer.angle_sd_deg,
        "offset_sd_mm": answer.offset_sd_mm,
        "seconds": seconds,
    }


def _scores(case: Case, methods: Sequence[Method], folder: Any) -> list[Row]:
    scene = render(case, folder)
    upright = as_walked(scene, case.options["upright_mm"]) if case.task == "walk" else as_aligned(scene)
    healthy = told = None
    if any(method.told for method in methods):
        healthy, told = _observed(case, upright, folder)
    if not case.has("side"):
        upright = replace(upright, changed=None)  # a change of both sides is nothing to be found
    rows = []
    for method in methods:
        row, heat = score_row(method, upright, told)
        if heat is not None:
            row |= place_row(heat, upright)
        if method.told and healthy is not None:
            row["reference"] = float(_asked(method, healthy.image, upright, told)[0])
        rows.append(row)
    return rows


def score_row(method: Method, upright: Upright, told: Told | None = None) -> tuple[Row, NDArray[np.float32] | None]:
    """Return what a method says of an upright brain, and its heat map."""
    start = time.process_time()
    score, side, heat = _asked(method, upright.image, upright, told)
    row: Row = {"method": method.name, "score": float(score), "side": side, "seconds": time.process_time() - start}
    return row | {"weeks": upright.weeks, "modality": upright.modality}, heat


def place_row(heat: NDArray[np.float32], upright: Upright) -> Row:
    """Return how a heat map agrees with the lesion, or without one how many clusters stand out of it."""
    changed = upright.changed
    if changed is None:
        return {"clusters": clusters_text(cuts_of(heat, upright.mask))}
    if not changed.any():
        return {}
    inside = upright.mask | changed
    return {
        "hit": _hit(heat, changed, upright.spacing_mm),
        "pixel_ap": average_precision(heat, changed, inside),
        "overlap": overlap_text(cuts_of(heat, inside, changed)),
    }


def _asked(method: Method, image: NDArray[np.float32], upright: Upright, told: Told | None) -> tuple[float, str, Any]:
    more = (told,) if method.told else ()
    return method.score(image, upright.mask, upright.spacing_mm, upright.weeks, upright.modality, *more)  # type: ignore[misc]


def _observed(case: Case, upright: Upright, folder: Any) -> tuple[Upright, Told]:
    """Return the same infant without the lesion, seen alike, and the change that the lesion makes."""
    field = upright.raw / np.where(upright.image == 0, 1, upright.image)
    healthy = as_aligned(render(without_lesion(case), folder), upright.box, np.where(field == 0, 1, field))
    return healthy, Told(upright.raw - healthy.raw)


def _hit(heat: NDArray[np.float32], changed: NDArray[np.bool_], spacing_mm: float) -> float:
    """Return 1 where the hottest place is in or near the lesion."""
    if float(heat.max()) <= 0:
        return 0.0
    away = ndimage.distance_transform_edt(~changed, sampling=spacing_mm)
    return float(away.flat[int(heat.argmax())] <= NEAR_MM)


def average_precision(heat: NDArray[np.float32], changed: NDArray[np.bool_], inside: NDArray[np.bool_]) -> float:
    """Return the average precision of a heatmap's voxels, of those inside."""
    order = np.argsort(-heat[inside], kind="stable")
    truth = changed[inside][order]
    precision = np.cumsum(truth) / np.arange(1, len(truth) + 1)
    return float(precision[truth].mean())
