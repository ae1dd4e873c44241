"""One-sided changes put into any upright brain image, with the exact truth; for learning and for measuring.

Points are in millimetres from the middle of the array: x to the subject's right, y to the front, z upwards. The same
change on the other side of the mirrored image is the mirror image of the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symbrain.phantom.fields import Floats
from symbrain.phantom.insertable import Insertable, axis_mm, prepare
from symbrain.phantom.lesion import KINDS, Side
from symbrain.phantom.outline import HALVES, Half, Outline, draw_outline
from symbrain.phantom.warp import WARPS, warped

__all__ = ["HALVES", "Change", "Half", "Insertable", "draw_change", "insert", "mirrored", "prepare", "symmetric_pair"]
_BLOBS = ("haemorrhage", "white_matter_injury", "cyst")
_OTHER_SIDE: dict[Side, Side] = {"left": "right", "right": "left"}


@dataclass(frozen=True)
class Change:
    """One change of one side.

    Parameters
    ----------
    kind
        One of ``KINDS``, as in a synthetic head.
    center_mm
        Rightward, forward and upward from the middle of the array; the sign of x is the side's.
    diameter_mm
        Of the sphere with the volume of the change.
    contrast_sd
        Change of brightness in standard deviations of the tissue there (texture and noise together). A cyst becomes
        no brighter or darker than fluid; of ventriculomegaly and volume loss it is the strength of the displacement.
    seed
        Of the outline and the texture.
    half
        The law of the outline, the edge and the texture: ``train`` and ``test`` share none.
    """

    kind: str
    side: Side
    center_mm: tuple[float, float, float]
    diameter_mm: float
    contrast_sd: float
    seed: int
    half: Half = "train"

    def __post_init__(self) -> None:
        if self.kind not in KINDS or self.side not in _OTHER_SIDE or self.half not in HALVES:
            msg = f"a change has a kind of {', '.join(KINDS)}, a side and a half, not {self}"
            raise ValueError(msg)
        if not self.diameter_mm > 0 or not self.contrast_sd >= 0 or self.center_mm[0] * self.sign <= 0:
            msg = f"a change needs a diameter above 0 mm, a contrast of 0 or more and a centre on its side, not {self}"
            raise ValueError(msg)

    @property
    def sign(self) -> int:
        """-1 on the left, +1 on the right: the sign of x."""
        return 1 if self.side == "right" else -1


def mirrored(change: Change) -> Change:
    """Return the same change of the other side."""
    x, y, z = change.center_mm
    return replace(change, side=_OTHER_SIDE[change.side], center_mm=(-x, y, z))


def draw_change(
    insertable: Insertable,
    rng: np.random.Generator,
    *,
    kinds: Sequence[str] = KINDS,
    diameter_mm: tuple[float, float] = (6.0, 24.0),
    contrast_sd: tuple[float, float] = (1.0, 6.0),
    half: Half = "train",
    side: Side | None = None,
) -> Change:
    """Draw a change whose place suits its kind; diameters are drawn evenly on a logarithmic scale.

    Parameters
    ----------
    diameter_mm, contrast_sd
        Least and greatest.
    side
        None draws it.
    """
    kind = str(kinds[int(rng.integers(len(kinds)))])
    diameter = float(np.exp(rng.uniform(*np.log(diameter_mm))))
    contrast = float(rng.uniform(*contrast_sd))
    drawn: Side = "right" if rng.random() < 0.5 else "left"
    side = side or drawn
    at = _places(insertable, kind, side, diameter)
    index = np.unravel_index(at[int(rng.integers(len(at)))], insertable.image.shape)
    jitter = rng.uniform(-0.5, 0.5, 3)
    sizes = zip(index, insertable.image.shape, insertable.spacing_mm, jitter, strict=True)
    x, y, z = ((i - (n - 1) / 2 + j) * edge for i, n, edge, j in sizes)
    x = abs(x) if side == "right" else -abs(x)
    return Change(kind, side, (float(x), float(y), float(z)), diameter, contrast, int(rng.integers(2**31)), half)


def insert(insertable: Insertable, change: Change) -> tuple[Floats, Floats]:
    """Return the image with a change in it, and which share of each voxel is changed, 0 to 1."""
    image, share = insertable.image.copy(), np.zeros_like(insertable.image)
    _insert_into(image, share, insertable, change)
    return image, share


def symmetric_pair(insertable: Insertable, change: Change) -> tuple[Floats, Floats]:
    """Return the image with a change and its mirror image on the other side, and the share of both: a control."""
    image, share = insertable.image.copy(), np.zeros_like(insertable.image)
    for one in (change, mirrored(change)):
        _insert_into(image, share, insertable, one)
    return image, share


def _insert_into(image: Floats, share: Floats, insertable: Insertable, change: Change) -> None:
    """Change an image and its share in place, within a box around the change."""
    outline = draw_outline(change.half, change.seed)
    edge = max(outline.edge_mm, *insertable.spacing_mm)
    radius = change.diameter_mm / 2
    reach = 2.2 * radius + 2 * edge
    box, points = _box(insertable, change, reach)
    part = _share(insertable, change, outline, box, points, edge)
    if part.max(initial=0) <= 0:
        return
    now = image[box]
    if change.kind in _BLOBS:
        new = _recoloured(insertable, change, outline, box, points, part)
    else:
        new = warped(insertable, change.kind, change.contrast_sd, outline, box, points, part, radius, change.sign)
    image[box] = np.where(part > 0, new, now)
    share[box] = np.maximum(share[box], part)


def _box(insertable: Insertable, change: Change, reach: float) -> tuple[tuple[slice, ...], Floats]:
    """Return the part of the grid within reach of a change, and its points outwards, forward and up of the centre."""
    box, ticks = [], []
    for axis, (count, edge) in enumerate(zip(insertable.image.shape, insertable.spacing_mm, strict=True)):
        place = axis_mm(count, edge) - np.float32(change.center_mm[axis])
        inside = np.flatnonzero(np.abs(place) <= reach)
        box.append(slice(int(inside[0]), int(inside[-1]) + 1) if len(inside) else slice(0, 0))
        ticks.append(place[box[-1]] * np.float32(change.sign if axis == 0 else 1))
    return tuple(box), np.stack(np.meshgrid(*ticks, indexing="ij"))


def _share(
    insertable: Insertable,
    change: Change,
    outline: Outline,
    box: tuple[slice, ...],
    points: Floats,
    edge: float,
) -> Floats:
    """Return the share of each voxel in the box, soft at the edge, of the right volume where there is room."""
    nominal = change.diameter_mm / 2
    own_side = insertable.lateral_mm[box[0]] * np.float32(change.sign) - np.float32(1.0)
    allowed = insertable.mask[box] * np.clip(own_side / np.float32(2.0), 0, 1)[:, None, None]
    if change.kind in _BLOBS:
        allowed = allowed * (1 - insertable.fluid[box])
    radius = max(nominal, 0.4 * edge)  # what is smaller than a voxel fills a part of it
    stretch = outline.stretch(points / np.float32(nominal))
    want = 4 / 3 * np.pi * nominal**3 / insertable.voxel_mm3
    soft = np.float32(edge + 0.8 * nominal if change.kind in WARPS else edge)  # a steeper warp would fold
    for turn in range(4):
        depth = np.float32(0.5) + (np.float32(radius) - stretch * np.float32(nominal)) / soft
        depth = np.clip(depth, 0, 1)
        share = np.asarray(allowed * depth * depth * (3 - 2 * depth), np.float32)
        got = float(share.sum(dtype=float))
        if turn < 3:
            radius += (want - got) * insertable.voxel_mm3 / (4 * np.pi * max(nominal, edge / 2) ** 2)
            radius = float(np.clip(radius, 0.4 * edge, max(1.5 * nominal + 0.2 * edge, 0.4 * edge)))
    return share * np.float32(min(1.0, want / got)) if got else share


def _recoloured(
    insertable: Insertable,
    change: Change,
    outline: Outline,
    box: tuple[slice, ...],
    points: Floats,
    share: Floats,
) -> Floats:
    """Return the box with its brightness shifted, or mixed towards fluid (cyst); the texture stays."""
    image = insertable.image[box]
    weight = share / share.sum()
    sd = float((weight * insertable.local_sd[box]).sum())
    level = float((weight * image).sum())
    uneven = outline.unevenness(points / np.float32(change.diameter_mm / 2))
    step = change.contrast_sd * sd
    if change.kind == "cyst":
        mix = np.clip(step / max(abs(insertable.fluid_level - level), 1e-6) * uneven, 0, 1)
        return np.asarray(image + mix * share * (insertable.fluid_level - image), np.float32)
    brighter = (change.kind == "white_matter_injury") == insertable.bright_fluid
    shift = (step if brighter else -step) * uneven
    texture = np.float32(outline.gain - 1) * (image - insertable.level[box])
    return np.asarray(image + share * (shift + texture), np.float32)


def _places(insertable: Insertable, kind: str, side: Side, diameter_mm: float) -> NDArray[np.intp]:
    """Return the voxels where the centre of a change may lie."""
    lateral = insertable.lateral_mm * np.float32(1 if side == "right" else -1)
    tissue = insertable.mask & (insertable.fluid < 0.3)
    room, far, low = 3.0, np.inf, 0.35  # the lowest third is cerebellum and brainstem
    if kind == "ventriculomegaly":
        good, far = insertable.mask & (insertable.depth > 0.95), 30.0
    elif kind == "volume_loss":
        good, room = tissue & (insertable.near_fluid > 0.15) & (insertable.depth > 0.6), 5.0
    elif kind == "cortical_malformation":
        good, room = tissue & (insertable.depth > 0.5) & (insertable.depth < 0.85), 0.5 * diameter_mm + 2
    else:
        good, room, low = tissue & (insertable.depth > 0.8), 0.4 * diameter_mm + 2, 0.1
    good = good & (insertable.height > low)
    for least in (room, 3.0, 0.0):
        at = np.flatnonzero(good & ((lateral > least) & (lateral < far))[:, None, None])
        if len(at) >= 5:
            break
        good = good if least > 3 else insertable.mask
    if not len(at):
        msg = f"the mask holds no brain on the {side}, so that no change can be put there"
        raise ValueError(msg)
    if kind == "ventriculomegaly":
        wet = insertable.near_fluid.ravel()[at]
        return at[wet >= np.quantile(wet, 0.95)]
    return at
