"""The methods of symbrain's environment, on a file: ``python midline_worker.py METHOD`` serves one of them.

The clock runs from the file on disk to the plane. Libraries are loaded before, as in a process that scores many scans.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from baselines import constant_line, constant_plane
from peers_serve import Answer, Job, serve
from symbrain.mask import find_brain
from symbrain.midplane import find_midplane
from symbrain.plane import Plane
from symbrain.slice import Slice, cut
from symbrain.symmetry import find_symmetry_plane
from symbrain.volume import Volume, read_scan

_LOADED_BEFORE = {"network": ("symbrain.learning.midline",)}


def read(job: Job) -> Volume:
    """Return the head of a job."""
    return read_scan(Path(job["path"])).volume


def plane(job: Job, anatomical: bool) -> Answer:
    """Find the brain and its plane of greatest symmetry, or the anatomical one, and say how long each step takes."""
    times = [time.perf_counter()]
    volume = read(job)
    times.append(time.perf_counter())
    brain = find_brain(volume).data
    times.append(time.perf_counter())
    start = find_symmetry_plane(volume, brain)
    found, confidence = start.plane, start.confidence
    if anatomical:
        midplane = find_midplane(volume, brain, start.plane, start.center_mm)
        found, confidence = midplane.plane, midplane.confidence(start.confidence)
    times.append(time.perf_counter())
    steps = dict(zip(("read_seconds", "brain_seconds", "plane_seconds"), np.diff(times).tolist(), strict=True))
    return {"plane": found.to_dict(), "confidence": confidence} | steps


def sitk_rigid(job: Job) -> Answer:
    """Register the head to its mirror image."""
    from peers_sitk import register

    return {"mapped": register(job["path"], job["probes"])}


def inertia(job: Job) -> Answer:
    """Return the plane through the brain's centre across the axis of inertia that is nearest to the left-right axis."""
    volume = read(job)
    at = volume.to_world(np.argwhere(find_brain(volume).data))
    _, axes = np.linalg.eigh(np.cov(at.T))
    nearest = int(np.abs(volume.axes[:, 0] @ axes).argmax())
    return {"plane": Plane.through(at.mean(axis=0), axes[:, nearest]).to_dict()}


def constant(job: Job) -> Answer:
    """Return the middle of the image."""
    return {"plane": constant_plane(read(job)).to_dict()}


def lines(job: Job, load: Callable[[], Callable[..., Any]]) -> Answer:
    """Return the midline of each slice that a job asks for; the clock runs for the slices alone."""
    find = load()
    volume = read(job)
    slices = [cut(volume, "axial", index, 0) for index in job["slices"]]
    _ask(find, slices[0])  # the first answer loads what is needed
    wall, cpu = time.perf_counter(), time.process_time()
    found = [_ask(find, one) for one in slices]
    each = {"seconds": (time.perf_counter() - wall) / len(slices)}
    return {"lines": found, "cpu_seconds": (time.process_time() - cpu) / len(slices)} | each


def _ask(find: Callable[..., Any], one: Slice) -> Answer | None:
    answer = find(one.pixels, one.spacing_mm)
    line = getattr(answer, "line", answer)
    if line is None:
        return None
    absent = getattr(answer, "absent", None)
    return {"points": line.points.tolist(), "confidence": None if absent is None else 1 - absent}


def _network() -> Callable[..., Any]:
    import networks
    from symbrain.learning.packaged import packaged

    line = networks.load(packaged("midline")).line
    assert line is not None  # noqa: S101 (it is the network of the midline)
    return line


WORK: dict[str, Callable[[Job], Answer]] = {
    "mirror_correlation": partial(plane, anatomical=False),
    "fissure_symmetry": partial(plane, anatomical=True),
    "sitk_rigid": sitk_rigid,
    "inertia": inertia,
    "constant": constant,
    "network": partial(lines, load=_network),
    "constant_line": partial(lines, load=lambda: constant_line),
}


def main() -> None:
    """Serve one method."""
    method = sys.argv[1]
    for module in _LOADED_BEFORE.get(method, ()):
        import_module(module)
    serve(WORK[method])


if __name__ == "__main__":
    main()
