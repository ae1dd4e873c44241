"""The methods that a benchmark compares, by name.

A method answers one or more of three questions; a question that it does not answer is ``None``:

``score(image, mask, spacing_mm, age_weeks, modality)``
    → ``(score, side, heat)`` of an upright, bias-corrected brain: a number that rises with asymmetry, ``left``,
    ``right`` or ``none``, and a map of the image's shape or None.
``plane(volume)``
    → a ``Plane``, or ``(plane, confidence)``, of a canonical volume.
``line(pixels, spacing_mm)``
    → a ``Line``, or a ``LineAnswer``, of one slice [y, x] whose rows run from the subject's right to the left.

A method that has a plane and no line answers for a slice with the line in which its plane cuts it.

A trained network is named ``network:FOLDER`` and is loaded when the first head asks for it; ``LABEL=network:FOLDER``
gives it a name, and labels that differ only after a ``#`` (``ours#1=…``, ``ours#2=…``) are seeds of one method, which
the tables show as mean and range. ``networks.py`` says how a folder becomes a method.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from symbrain.line import Line
from symbrain.plane import Plane


@dataclass(frozen=True)
class LineAnswer:
    """A midline with what a method says about how sure it is.

    Parameters
    ----------
    angle_sd_deg, offset_sd_mm
        Its own standard deviations of angle and offset.
    absent
        0 to 1: how likely it is that there is no midline here.
    """

    line: Line | None
    angle_sd_deg: float | None = None
    offset_sd_mm: float | None = None
    absent: float | None = None


@dataclass(frozen=True)
class Method:
    """A method by name; one that is ``told`` is given the truth as its last argument, as an observer's ceiling is."""

    name: str
    score: Callable[..., tuple[float, str, Any]] | None = None
    plane: Callable[..., Plane | tuple[Plane, float]] | None = None
    line: Callable[..., Line | LineAnswer | None] | None = None
    told: bool = False


def get(spec: str) -> Method:
    """Return the method of a spec: a name of the registry, ``network:FOLDER`` or ``LABEL=…``."""
    label, _, rest = spec.rpartition("=")
    if rest.startswith("network:"):
        from networks import load

        method = load(Path(rest.removeprefix("network:")))
    elif rest in REGISTRY:
        method = REGISTRY[rest]()
    else:
        msg = f"{rest!r} is no method; choose from {', '.join(REGISTRY)}, or name a network as network:FOLDER"
        raise SystemExit(msg)
    return replace(method, name=label or method.name)


def label_of(spec: str) -> str:
    """Return the name under which a spec stands in the results, without loading anything."""
    label, _, rest = spec.rpartition("=")
    return label or (Path(rest.removeprefix("network:")).name if rest.startswith("network:") else rest)


def _mirror_difference() -> Method:
    from symbrain.mirror_difference import compare_sides
    from symbrain.settings import ScoreSettings

    def score(image: Any, mask: Any, spacing_mm: float, _age_weeks: float, _modality: str) -> tuple[float, str, Any]:
        found = compare_sides(image, mask, spacing_mm, ScoreSettings().smoothing_mm)
        return found.score, found.side, found.heat

    return Method("mirror_difference", score=score)


def _mirror_correlation() -> Method:
    from symbrain.mask import find_brain
    from symbrain.symmetry import find_symmetry_plane

    def plane(volume: Any) -> tuple[Plane, float]:
        found = find_symmetry_plane(volume, find_brain(volume).data)
        return found.plane, found.confidence

    return Method("mirror_correlation", plane=plane)


def _fissure() -> Method:
    from symbrain.mask import find_brain
    from symbrain.midplane import find_midplane
    from symbrain.symmetry import find_symmetry_plane

    def plane(volume: Any) -> tuple[Plane, float]:
        brain = find_brain(volume).data
        start = find_symmetry_plane(volume, brain)
        found = find_midplane(volume, brain, start.plane, start.center_mm)
        return found.plane, found.confidence(start.confidence)

    return Method("fissure_symmetry", plane=plane)


def _mean_difference() -> Method:
    from baselines import mean_difference

    return Method("mean_difference", score=mean_difference)


def _constant_windows() -> Method:
    from baselines import constant_windows

    return Method("constant_windows", score=constant_windows)


def _global_z() -> Method:
    from baselines import global_z

    return Method("global_z", score=global_z)


def _ventricle_index() -> Method:
    from baselines import ventricle_index

    return Method("ventricle_index", score=ventricle_index)


def _constant_line() -> Method:
    from baselines import constant_line, constant_plane

    return Method("constant", plane=constant_plane, line=constant_line)


def _oracle() -> Method:
    from local_search import nearest_symmetry
    from observers import beside_mirror

    return Method("oracle", score=beside_mirror, plane=nearest_symmetry, told=True)


def _oracle_local() -> Method:
    from observers import beside_surround

    return Method("oracle_local", score=beside_surround, told=True)


REGISTRY: dict[str, Callable[[], Method]] = {
    "mirror_difference": _mirror_difference,
    "mirror_correlation": _mirror_correlation,
    "fissure_symmetry": _fissure,
    "mean_difference": _mean_difference,
    "constant_windows": _constant_windows,
    "global_z": _global_z,
    "ventricle_index": _ventricle_index,
    "constant": _constant_line,
    "oracle": _oracle,
    "oracle_local": _oracle_local,
}
