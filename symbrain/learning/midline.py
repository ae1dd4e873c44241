"""The trained regressor: the midline of a single slice, how sure it is, and whether there is one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from symbrain.errors import BadInput
from symbrain.json_file import understood
from symbrain.learning.bundle import Bundle, golden_gaps, read_bundle
from symbrain.learning.line_target import FLIPS, decode
from symbrain.learning.midline_choice import choose_line
from symbrain.learning.midline_input import Grid, prepare, scaled
from symbrain.learning.midline_net import MidlineNet, read_line
from symbrain.learning.symmetry import Outputs, Symmetrised
from symbrain.line import Line
from symbrain.nifti import Source, is_source
from symbrain.slice import axial_stack
from symbrain.volume import read_scan

TARGETS = ("symbrain.learning.midline_program.MidlineMap", "symbrain.learning.midline_net.MidlineNet")
"""What a bundle calls the network: with one tensor as its answer, as MONAI wants it, and as it was called before."""
_MOST_LEVELS, _MOST_CHANNELS, _MOST_UNITS = 8, 512, 8  # of a network that somebody describes
_AT_ONCE = 16  # slices, each in four flips
_GOLDEN_TOLERANCE = 1e-3
_COARSE_DEG, _COARSE_MM = 0.2, 0.12  # error for each millimetre of a pixel's width across the line


@dataclass(frozen=True)
class FoundMidline:
    """The midline found in a slice; without one, points are None and numbers NaN.

    Parameters
    ----------
    points
        [[x0, y0], [x1, y1]] in pixels of the slice, where the line meets its border, x ascending.
    angle_deg
        In (−90, 90] from +x towards +y, measured in millimetres.
    offset_mm
        Signed distance from the slice's centre along (−sin θ, cos θ).
    angle_sd_deg, offset_sd_mm
        Standard deviations of the two.
    p_midline
        Probability that the slice shows a midline.
    clearness
        0 to 1: how clearly the fissure is seen along the line.
    lead
        By how much the line is better supported than any other; with less than about 0.1 it may be another.
    """

    points: NDArray[np.float64] | None
    angle_deg: float
    offset_mm: float
    angle_sd_deg: float
    offset_sd_mm: float
    p_midline: float
    clearness: float = math.nan
    lead: float = math.nan

    def line(self, shape: tuple[int, int], spacing_mm: tuple[float, float]) -> Line | None:
        """Return the line in a slice of this shape and spacing."""
        if self.points is None:
            return None
        (x0, y0), (x1, y1) = self.points
        return Line((x0, y0), (x1, y1), shape, spacing_mm)


@dataclass(frozen=True)
class SdByLead:
    """Standard deviations of angle (degrees) and offset (mm) of lines with a lead, between the leads that are given.

    Parameters
    ----------
    lead
        Rising.
    """

    lead: tuple[float, ...] = (0.02, 0.1, 0.2, 0.35)
    angle_sd_deg: tuple[float, ...] = (9.0, 2.0, 0.7, 0.4)
    offset_sd_mm: tuple[float, ...] = (3.0, 0.8, 0.3, 0.2)

    @classmethod
    def of(cls, norms: Mapping[str, Any]) -> SdByLead:
        """Return those of a bundle's norms, the usual ones where it has none."""
        if "lead" not in norms:
            return cls()
        lead, angle, offset = (tuple(float(v) for v in norms[k]) for k in ("lead", "angle_sd_deg", "offset_sd_mm"))
        if not len(lead) == len(angle) == len(offset) > 0 or not min(*angle, *offset) > 0:
            msg = f"{len(lead)} leads have {len(angle)} and {len(offset)} deviations; as many above 0 are expected"
            raise ValueError(msg)
        return cls(lead, angle, offset)

    def at(self, lead: float, across_mm: float) -> tuple[float, float]:
        """Return the standard deviations of a line with this lead, in a slice with so coarse pixels across the line."""
        angle, offset = (
            math.exp(float(np.interp(lead, self.lead, np.log(sd)))) for sd in (self.angle_sd_deg, self.offset_sd_mm)
        )
        return math.hypot(angle, _COARSE_DEG * across_mm), math.hypot(offset, _COARSE_MM * across_mm)


class Midline:
    """A network for the midline, exactly equivariant to flips of the slice, and the choice of the line it points at.

    The network says where to look and whether there is anything to find; the slice itself says where the line is
    (``midline_choice``), several times more closely.

    Parameters
    ----------
    net
        The raw network.
    angle_sd_factor, offset_sd_factor
        What the network's standard deviations are multiplied with, so that they are those of its errors.
    sds
        The standard deviations of what is found.
    least_p
        Below this probability there is no midline.
    sha256
        Digest of the weights.
    """

    def __init__(
        self,
        net: MidlineNet,
        *,
        angle_sd_factor: float = 1.0,
        offset_sd_factor: float = 1.0,
        sds: SdByLead | None = None,
        least_p: float = 0.5,
        sha256: str = "",
    ) -> None:
        self.net = Symmetrised(net, FLIPS).eval()
        self.angle_sd_factor, self.offset_sd_factor = angle_sd_factor, offset_sd_factor
        self.sds = sds or SdByLead()
        self.least_p, self.sha256 = least_p, sha256

    @classmethod
    def load(cls, folder: Path) -> Midline:
        """Read a bundle, and check that it still gives the answer that it was written with.

        Raises
        ------
        BadInput
            Where the bundle is damaged, is of another network, or answers otherwise on this machine.
        """
        bundle = read_bundle(Path(folder))
        net = network(bundle)
        known = {**bundle.norms, "least_p": bundle.inference.get("least_p", 0.5)}
        remedy = "train the weights anew"
        norms = understood(_norms, known, f"{bundle.folder}/configs/norms.json", remedy)
        model = cls(net, **norms, sha256=bundle.sha256)
        for key, gap in golden_gaps(bundle, lambda golden: model.outputs(golden["image"])).items():
            if not gap < _GOLDEN_TOLERANCE:
                msg = (
                    f"{bundle.folder}: the golden slice gives {key} {gap:.2g} away from golden.safetensors, less than "
                    f"{_GOLDEN_TOLERANCE:g} is expected; install the versions that configs/metadata.json names"
                )
                raise BadInput(msg)
        return model

    @torch.inference_mode()
    def outputs(self, images: torch.Tensor) -> Outputs:
        """Return ``line`` (n, 4) in pixels of the working grid and ``numbers`` (n, 3) of prepared slices."""
        outputs = self.net(images)
        return {"line": read_line(outputs["heat"]), "numbers": outputs["numbers"]}

    def predict(
        self, slices: ArrayLike | Source, spacing_mm: float | Sequence[float] | None = None
    ) -> FoundMidline | list[FoundMidline]:
        """Find the midline of a slice [y, x], or of each slice of a stack [n, y, x].

        Parameters
        ----------
        slices
            Any orientation, brightness and size; pixels that are not finite count as background. Or a scan, as a path
            or a nibabel image: the stack of its axial slices from the lowest up, whose rows run from the subject's
            right to the left and whose columns from posterior to anterior.
        spacing_mm
            One number, or distance between rows and between columns; a scan knows its own.
        """
        if is_source(slices):
            slices, spacing_mm = axial_stack(read_scan(cast(Source, slices)).volume)
        pixels = np.asarray(slices)
        given = np.asarray([] if spacing_mm is None else spacing_mm, float)
        steps = np.broadcast_to(given, 2) if given.size in (1, 2) else given
        if pixels.ndim not in (2, 3) or steps.shape != (2,):
            msg = f"shape {pixels.shape} and spacing {spacing_mm} were given; [y, x] or [n, y, x] is expected"
            raise BadInput(msg)
        spacing = float(steps[0]), float(steps[1])
        stack = pixels if pixels.ndim == 3 else pixels[None]
        found: list[FoundMidline] = []
        for start in range(0, len(stack), _AT_ONCE):
            found += self._predict(stack[start : start + _AT_ONCE], spacing)
        return found if pixels.ndim == 3 else found[0]

    def _predict(self, slices: NDArray[Any], spacing_mm: tuple[float, float]) -> list[FoundMidline]:
        prepared = [prepare(one, spacing_mm) for one in slices]
        images = [one[0] for one in prepared if one is not None]
        if not images:
            return [_nothing(0.0)] * len(prepared)
        outputs = self.outputs(torch.from_numpy(np.stack(images)[:, None]))
        angles, offsets = decode(outputs["line"].double())
        rows = iter(zip(angles.tolist(), offsets.tolist(), outputs["numbers"].tolist(), strict=True))
        return [
            _nothing(0.0) if ready is None else self._chosen(pixels, ready, self._found(ready[1], *next(rows)))
            for pixels, ready in zip(slices, prepared, strict=True)
        ]

    def _found(self, grid: Grid, angle: float, offset: float, numbers: list[float]) -> FoundMidline:
        """Return what the network alone says."""
        p = 1 / (1 + math.exp(-numbers[2]))
        line = grid.line(angle, offset)
        if p < self.least_p or line is None:
            return _nothing(p)
        angle_sd = math.exp(numbers[0]) * self.angle_sd_factor
        offset_sd = math.exp(numbers[1]) * self.offset_sd_factor * grid.pixel_mm
        away = math.hypot(offset_sd, grid.along_mm(angle) * math.tan(min(angle_sd, 1.4)))
        return FoundMidline(line.points, line.angle_deg, line.offset_mm, math.degrees(angle_sd), away, p)

    def _chosen(
        self, pixels: NDArray[Any], ready: tuple[NDArray[np.float32], Grid], found: FoundMidline
    ) -> FoundMidline:
        """Return the slice's own line near the network's; the network's, where the slice shows too little."""
        square, grid = ready
        line = found.line(grid.shape, grid.spacing_mm)
        if line is None:
            return found
        shown = scaled(pixels)
        sd = (found.angle_sd_deg, found.offset_sd_mm)
        chosen = None if shown is None else choose_line(shown, square, grid, line, sd)
        if chosen is None:
            return found
        line, p = chosen.line, found.p_midline
        sds = self.sds.at(chosen.lead, _across_mm(line))
        return FoundMidline(line.points, line.angle_deg, line.offset_mm, *sds, p, chosen.clearness, chosen.lead)


def _norms(known: Mapping[str, Any]) -> dict[str, Any]:
    factors = {k: float(known.get(k, 1.0)) for k in ("angle_sd_factor", "offset_sd_factor")}
    return {**factors, "sds": SdByLead.of(known), "least_p": float(known["least_p"])}


def _across_mm(line: Line) -> float:
    """Return how wide the slice's pixels are across a line."""
    theta = math.radians(line.angle_deg)
    return math.hypot(line.spacing_mm[0] * math.cos(theta), line.spacing_mm[1] * math.sin(theta))


def _nothing(p: float) -> FoundMidline:
    return FoundMidline(None, math.nan, math.nan, math.nan, math.nan, p)


def network(bundle: Bundle) -> MidlineNet:
    """Return the bundle's network; its target is compared, never looked up."""
    described = bundle.inference.get("network_def")
    definition: dict[str, Any] = described if isinstance(described, dict) else {}
    target = definition.get("_target_")
    if target not in TARGETS:
        msg = f"{bundle.folder} holds the network {target!r}; {TARGETS[0]} is expected: name its folder"
        raise BadInput(msg)
    try:
        channels, units = tuple(definition["channels"]), int(definition["residual_units"])
        if len(channels) > _MOST_LEVELS or max(channels) > _MOST_CHANNELS or units > _MOST_UNITS:
            msg = f"{channels} channels and {units} residual units are no network that symbrain trains"
            raise ValueError(msg)
        net = MidlineNet(channels, units)
        net.load_state_dict(bundle.state)
    except (ArithmeticError, LookupError, TypeError, ValueError, RuntimeError) as error:
        msg = f"{bundle.folder} does not fit its network_def ({error}); train the weights anew"
        raise BadInput(msg) from error
    return net
