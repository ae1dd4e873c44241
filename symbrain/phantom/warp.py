"""Changes of shape in an image: a ventricle that is wider, tissue that has shrunk, cortex that is malformed."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from symbrain.phantom.fields import Floats
from symbrain.phantom.insertable import Insertable
from symbrain.phantom.outline import Outline, draw_waves

WARPS = ("ventriculomegaly", "volume_loss")
_WIDEN, _SHRINK = 0.75, 0.9  # strongest pull; from 1 and 1.25 on the image would fold
_HALF_AT = 2.5  # contrast at which a displacement has most of its strength
_FOLD_MM, _BLUR_MM = 3.0, 1.5  # strongest wrong folding, and the width of a blurred boundary


def warped(
    insertable: Insertable,
    kind: str,
    strength: float,
    outline: Outline,
    box: tuple[slice, ...],
    points: Floats,
    share: Floats,
    radius_mm: float,
    sign: int,
) -> Floats:
    """Return the box with its tissue displaced; where the share is 0 nothing moves.

    Parameters
    ----------
    strength
        The change's contrast; the displacement grows with it up to a limit.
    points
        Shape (3, ...), outwards, forward and upwards of the change's centre, in millimetres.
    sign
        -1 on the left, +1 on the right.
    """
    amount = 1 - float(np.exp(-strength / _HALF_AT))
    if kind in WARPS:
        pull = (-_WIDEN if kind == "ventriculomegaly" else _SHRINK) * amount
        reach = np.float32(2.0 * radius_mm)
        bell = np.square(1 - np.minimum(np.square(points).sum(axis=0) / reach**2, 1))
        inside = np.clip(2.5 * insertable.depth[box] - 1.25, 0, 1)  # or the surroundings would be drawn in
        where = _sources(box, np.float32(pull) * bell * share * inside * points, insertable, sign)
        return np.asarray(_moved(insertable.image, where) + _lost_noise(insertable, box, where), np.float32)
    rng = np.random.default_rng([outline.seed, 9])
    folding = np.stack([draw_waves(rng, 9.0, 6).at(points) for _ in range(3)])
    folding *= share * np.float32(amount * _FOLD_MM / np.sqrt(3))
    image, level = insertable.image[box], insertable.level[box]
    blurred = gaussian_filter(
        _moved(insertable.level, _sources(box, folding, insertable, sign)),
        [_BLUR_MM / edge for edge in insertable.spacing_mm],
        truncate=2.0,
    )
    weight = share / share.sum()
    step = strength * float((weight * insertable.local_sd[box]).sum())
    tissue = 1 - insertable.fluid[box]
    darker = -1 if insertable.bright_fluid else 1  # as grey matter is beside white
    shift = np.float32(darker * step * 0.5) * outline.unevenness(points / np.float32(radius_mm))
    change = np.float32(amount) * (blurred - level + np.float32(outline.gain - 1) * (image - level)) + shift * tissue
    return np.asarray(image + share * change, np.float32)


def _moved(image: Floats, where: Floats) -> Floats:
    return map_coordinates(image, where, order=1, mode="nearest")  # type: ignore[no-any-return]


def _sources(box: tuple[slice, ...], displacement: Floats, insertable: Insertable, sign: int) -> Floats:
    """Return the voxel index from which each voxel of the box is taken, shape (3, ...)."""
    where = np.empty_like(displacement)
    for axis, (part, edge) in enumerate(zip(box, insertable.spacing_mm, strict=True)):
        ticks = np.arange(part.start, part.stop, dtype=np.float32).reshape([-1 if a == axis else 1 for a in range(3)])
        where[axis] = ticks + displacement[axis] * np.float32((sign if axis == 0 else 1) / edge)
    return where


def _lost_noise(insertable: Insertable, box: tuple[slice, ...], where: Floats) -> Floats:
    """Return the noise that interpolation takes away, from the voxels' own; or a change would be seen by its calm."""
    between = where - np.floor(where)
    kept = np.prod(1 - 2 * between * (1 - between), axis=0)
    limit = 2.5 * insertable.local_sd[box]
    own = np.clip(insertable.image[box] - insertable.level[box], -limit, limit)
    return np.asarray(own * np.sqrt(1 - kept), np.float32)
