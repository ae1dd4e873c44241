"""Painting a head with its lesion: what each kind does to the tissue, by other brightness or by another shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from symbrain.phantom.anatomy import LESION_SHAPE, Anatomy
from symbrain.phantom.diffusion import ADC, RESTRICTED
from symbrain.phantom.fields import Field, Floats, Points, draw_field
from symbrain.phantom.lesion import STROKE, PlacedLesion
from symbrain.phantom.painting import TEXTURE, Painted
from symbrain.phantom.tissue import CSF, WHITE

Paint = Callable[[Anatomy, Points], Painted]
_RIM_MM = 5.0  # by how much wider a ventricle would reach the end of the injured rim around it
_RIM_SHARE = 0.45  # of the tissue in that rim is changed
_SHRINK = 0.9  # how strongly tissue is drawn to the centre of volume loss; folds from 1.25 on
_THICK = 2.2  # factor of the thickness of malformed cortex
_BLUR_MM = 1.2  # by how much its boundaries are smeared to each side
_WOBBLE_MM = 1.3  # standard deviation of the wrong folding, along each axis
_UNEVEN = 0.12  # standard deviation of the change of brightness within a lesion, as a share


@dataclass(frozen=True)
class Look:
    """What brightness depends on: the level of each tissue, the contrast (T2w, T1w, ADC) and the noise's SD."""

    levels: dict[str, float]
    modality: str
    noise: float

    @property
    def white_sd(self) -> float:
        """Standard deviation of white matter, from its texture and the noise."""
        return white_sd(self.levels, self.noise)


def white_sd(levels: dict[str, float], noise: float) -> float:
    """Return the standard deviation of white matter, from its texture and the noise."""
    return float(np.hypot(TEXTURE * levels["white"], noise))


def render(placed: PlacedLesion, paint: Paint, points: Points, look: Look) -> tuple[Painted, Floats]:
    """Return a head with its lesion at points of the head frame, and which share of each point is changed."""
    painted = paint(placed.anatomy, points)
    share = np.zeros_like(points.x)
    for one in placed.one_sided:
        kind = one.asked.kind
        reach = _reach(one)
        near = np.flatnonzero((one.away(points) < reach) & (points.x * one.sign > 0) & painted.mask)
        if not len(near):
            continue
        new, part = _DAMAGE.get(kind, _discoloured)(one, paint, points.take(near), _taken(painted, near), look)
        painted, share[near] = _with(painted, near, new), part
    return painted, share


def changed(image: Floats, share: Floats, placed: PlacedLesion, points: Points, look: Look) -> Floats:
    """Return brightness with a lesion in it: shifted with the texture kept, or mixed towards fluid (cyst).

    The diffusion of a stroke is lowered by a share, whatever the contrast that was asked for.

    Parameters
    ----------
    share
        Share of each point's tissue that is changed, 0 to 1.
    """
    kind = placed.asked.kind
    step = placed.asked.contrast_sd * look.white_sd
    uneven = 1 + np.float32(_UNEVEN) * placed.unevenness(Points(points.x, -points.y, points.z))
    if kind == "cyst":
        fluid = np.float32(look.levels["csf"])
        mix = np.clip(np.float32(step / abs(look.levels["csf"] - look.levels["white"])) * uneven, 0, 1)
        return np.asarray(image + mix * share * (fluid - image), np.float32)
    if kind == STROKE and look.modality == ADC:
        return np.asarray(image * (1 - np.float32(RESTRICTED) * share * uneven), np.float32)
    watery = kind not in ("haemorrhage", "cortical_malformation")
    sign = 1 if watery == (look.modality != "T1w") else -1  # water is bright but on T1w
    return np.maximum(image + share * np.float32(sign * step) * uneven, np.float32(0.02))


def _reach(placed: PlacedLesion) -> float:
    """Return the distance from the centre up to which anything changes, in head units."""
    if placed.asked.kind == "ventriculomegaly":
        return 65.0
    if placed.asked.kind == "volume_loss":
        return _shrinking_radius(placed) + placed.edge
    return 1.6 * max(placed.radius, 0) + 2 * placed.edge + 4  # the bend moves points by up to about 4


def _discoloured(
    placed: PlacedLesion, paint: Paint, points: Points, healthy: Painted, look: Look
) -> tuple[Painted, Floats]:
    share = placed.share(placed.anatomy.undo_bend(points)) * (1 - healthy.fluid)
    return replace(healthy, image=changed(healthy.image, share, placed, points, look)), share


def _widened(
    placed: PlacedLesion, paint: Paint, points: Points, healthy: Painted, look: Look
) -> tuple[Painted, Floats]:
    wide = paint(placed.widened(), points)
    beyond = paint(placed.widened(_RIM_MM), points)
    gain = np.clip(wide.ventricle - healthy.ventricle, 0, 1)
    rim = np.float32(_RIM_SHARE) * np.clip(beyond.ventricle - wide.ventricle, 0, 1) * (1 - wide.fluid)
    return replace(wide, image=changed(wide.image, rim, placed, points, look)), np.maximum(gain, rim)


def _shrunken(
    placed: PlacedLesion, paint: Paint, points: Points, healthy: Painted, look: Look
) -> tuple[Painted, Floats]:
    x, y, z = placed.center
    fade = np.clip((points.lateral - 1) / 6, 0, 1)
    pull = 1 - np.minimum(placed.away(points) / np.float32(_shrinking_radius(placed)), 1) ** 2
    pull = np.float32(_SHRINK) * pull * pull * fade * fade * (3 - 2 * fade)
    moved = Points(
        points.x + pull * (points.x - np.float32(placed.sign * x)),
        points.y + pull * (points.y - np.float32(y)),
        points.z + pull * (points.z - np.float32(z)),
    )
    shrunk = _inside(paint(placed.anatomy, moved), look)
    core = placed.share(placed.anatomy.undo_bend(points)) * (1 - shrunk.fluid)
    share = np.maximum(core, np.clip(shrunk.fluid - healthy.fluid, 0, 1))
    return replace(shrunk, image=changed(shrunk.image, core, placed, points, look)), share


def _shrinking_radius(placed: PlacedLesion) -> float:
    return 1.5 * placed.nominal + 4.0


def _malformed(
    placed: PlacedLesion, paint: Paint, points: Points, healthy: Painted, look: Look
) -> tuple[Painted, Floats]:
    patch = placed.share(placed.anatomy.undo_bend(points))
    growth = placed.anatomy.growth
    thick = replace(placed.anatomy, growth=replace(growth, cortex=_THICK * growth.cortex))
    size = patch * np.float32(_WOBBLE_MM / growth.unit_mm)
    dx, dy, dz = (field.at(points) * size for field in _wobble(placed.seed))
    moved = Points(points.x + placed.sign * dx, points.y + dy, points.z + dz)
    step = np.float32(_BLUR_MM / growth.unit_mm) / np.sqrt(moved.x**2 + moved.y**2 + moved.z**2 + 1)
    layers = [_inside(paint(thick, moved.scaled(1 + k * step)), look) for k in (0, -1, 1)]
    image, fluid = (np.mean([getattr(layer, name) for layer in layers], axis=0) for name in ("image", "fluid"))
    share = patch * (1 - np.minimum(fluid, healthy.fluid))
    image = healthy.image + patch * (image - healthy.image)
    mixed = _with(healthy, np.flatnonzero(patch >= 0.5), _taken(layers[0], np.flatnonzero(patch >= 0.5)))
    white = np.mean([layer.tissue == WHITE for layer in layers], axis=0)  # cortex itself changes least
    weight = np.asarray(share * (1 - fluid) * (0.25 + 0.75 * white), np.float32)
    image = changed(np.asarray(image, np.float32), weight, placed, points, look)
    return replace(mixed, image=image, fluid=np.asarray(healthy.fluid + patch * (fluid - healthy.fluid))), share


@lru_cache(maxsize=2)
def _wobble(seed: int) -> tuple[Field, Field, Field]:
    a, b, c = (draw_field([seed, LESION_SHAPE, axis], 9.0, cell=2.0, own=0.0) for axis in range(3))
    return a, b, c


def _inside(part: Painted, look: Look) -> Painted:
    """Return what was painted, with fluid where the displaced points left the brain's mask."""
    out = ~part.mask
    if not out.any():
        return part
    image, tissue, fluid = part.image.copy(), part.tissue.copy(), part.fluid.copy()
    image[out], tissue[out], fluid[out] = look.levels["csf"], CSF, 1
    return replace(part, image=image, tissue=tissue, fluid=fluid, mask=np.ones_like(part.mask))


def _taken(painted: Painted, at: NDArray[np.intp]) -> Painted:
    values = {f.name: getattr(painted, f.name) for f in fields(painted)}
    return Painted(**{name: value[at] if isinstance(value, np.ndarray) else value for name, value in values.items()})


def _with(whole: Painted, at: NDArray[np.intp], part: Painted) -> Painted:
    """Return what was painted with some points painted anew; the mask stays."""
    values = {}
    for field in fields(whole):
        old, new = getattr(whole, field.name), getattr(part, field.name)
        if isinstance(old, np.ndarray) and field.name != "mask":
            old = old.copy()
            old[at] = new
        values[field.name] = old
    return Painted(**values)


_DAMAGE = {"ventriculomegaly": _widened, "volume_loss": _shrunken, "cortical_malformation": _malformed}
