"""Slices of synthetic heads with their midline, to learn from and to be judged on, made once and kept.

*How asymmetric the heads are* is the setting of ``brains.py``; the lobes' twist and a larger left hemisphere draw what
is symmetric away from the fissure, always to the same side. Slices are turned, shifted and recoloured as the product's
are when it is reported on, and never flipped: that is a mechanism here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from symbrain.atomic import write_bytes
from symbrain.learning.augment import Move
from symbrain.learning.augment_look import Bias, Noise, Recolour
from symbrain.learning.line_target import transposed
from symbrain.learning.midline_metrics import pixel_sizes
from symbrain.learning.midline_slices import collate
from symbrain.learning.picture import Picture
from symbrain.learning.symmetry import Outputs
from symbrain.phantom import Asymmetry, make_head
from symbrain.plane import Plane
from symbrain.progress import steps
from symbrain.slice import Orientation, cut, slice_axis
from symbrain.volume import Volume
from symmetry.brains import Arrays, cache, packed

FIRST_SEED = {"train": 3_500_000, "check": 3_510_000, "judged": 3_530_000}
"""Seeds of heads of each part, of no other training and no suite."""
_TORQUE, _HEMISPHERE = 0.1, 0.04  # at full asymmetry
_BARE = 0.3  # of the fullest slice's brain: less shows no midline
_TILT_DEG = 12.0


@dataclass(frozen=True)
class SliceAmount:
    """How many heads and slices of each part; slices that decide when to stop are of many heads."""

    heads: int = 80
    slices: int = 1600
    check: int = 64
    judged: int = 300

    def of(self, part: str) -> tuple[int, int]:
        """Return heads and slices of a part; the judged have ten slices of each head, the others three."""
        if part == "train":
            return self.heads, self.slices
        slices, each = {"check": (self.check, 3), "judged": (self.judged, 10)}[part]
        return max(1, slices // each), slices


def read_slices(amount: SliceAmount, asymmetry: float, folder: Path | None = None) -> dict[str, Arrays]:
    """Return the parts ``train``, ``check`` and ``judged``; what is not in the folder yet is made first."""
    found = {}
    for part in FIRST_SEED:
        heads, slices = amount.of(part)
        path = (folder or cache()) / f"slices-{part}-{heads}-{slices}-{asymmetry:g}.npz"
        if not path.exists():
            write_bytes(path, packed(_made(part, heads, slices, asymmetry)))
        with np.load(path) as file:
            found[part] = {key: file[key] for key in file.files}
    return found


def _made(part: str, heads: int, slices: int, asymmetry: float) -> Arrays:
    """Return slices ``x`` (n, 1, 96, 96), ``line`` (n, 4), their ``head`` and the pixel's edge ``pixel_mm``."""
    pictures, numbers = [], []
    for number in steps(0, slices, f"slices, {part}"):
        # All slices of a head after one another, so that few heads are kept in memory.
        head = number * heads // slices
        pictures.append(_posed(FIRST_SEED[part], head, number, asymmetry))
        numbers.append(head)
    return standing(pictures) | {"head": np.array(numbers, np.int32)}


def own_pictures(amount: SliceAmount, asymmetry: float) -> tuple[list[Picture], list[int]]:
    """Return the judged slices as they are, and the head of each."""
    heads, slices = amount.of("judged")
    numbers = [number * heads // slices for number in range(slices)]
    return [_posed(FIRST_SEED["judged"], head, i, asymmetry) for i, head in enumerate(numbers)], numbers


def standing(pictures: list[Picture]) -> Arrays:
    """Return slices ``x`` (n, 1, 96, 96), their ``line`` (n, 4) and the pixel's edge ``pixel_mm``.

    The sides are exchanged by reversing the columns, and the midline runs from above to below: a plain angle has its
    jump there. In the product's slices it is the rows.
    """
    batch = collate(pictures)
    return {
        "x": batch["image"].numpy().swapaxes(-2, -1).astype(np.float16),
        "line": transposed(batch["line"]).numpy(),
        "pixel_mm": pixel_sizes(pictures).astype(np.float32),
    }


class Transposed(nn.Module):
    """A network of heat maps on slices that lie the other way: the trials' on the product's slices, or the reverse."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> Outputs:
        """Return the heat map, rows and columns exchanged back, and the numbers."""
        found: Outputs = self.net(x.transpose(-2, -1))
        return found | {"heat": found["heat"].transpose(-2, -1)}


def _posed(first: int, head: int, number: int, asymmetry: float) -> Picture:
    rng = np.random.default_rng([first, 41, number])
    picture = _cut(first + head, asymmetry, rng)
    picture = Recolour.draw(rng).apply(picture) if rng.random() < 0.5 else picture
    x, y = rng.uniform(-8, 8, 2)
    picture = Move(float(rng.uniform(-20, 20)), (float(x), float(y))).apply(picture)
    return Noise.draw(rng, 0.08).apply(Bias.draw(rng, 0.3).apply(picture))


def _cut(seed: int, asymmetry: float, rng: np.random.Generator) -> Picture:
    """Return a random slice that shows enough brain."""
    volume, mask, plane = _head(seed, asymmetry)
    orientation: Orientation = "axial" if rng.random() < 0.65 else "coronal"
    axis = slice_axis(orientation)
    area = mask.sum(tuple(a for a in range(3) if a != axis))
    index = int(rng.choice(np.flatnonzero(area > _BARE * area.max())))
    one = cut(volume, orientation, index, 0.0)
    return Picture(one.pixels, one.spacing_mm, one.line_of(plane))


@lru_cache(maxsize=2)
def _head(seed: int, asymmetry: float) -> tuple[Volume, NDArray[np.bool_], Plane]:
    head = make_head(
        seed,
        modality="T1w" if seed % 3 == 0 else "T2w",
        spacing_mm=2.0,
        max_tilt_deg=_TILT_DEG,
        max_shift_mm=0.0,
        noise=0.01,
        bias=0.0,
        skull=seed % 5 < 3,
        asymmetry=Asymmetry(torque=_TORQUE * asymmetry, hemisphere=_HEMISPHERE * asymmetry),
    )
    # Stored from the subject's right to the left; canonical is the other way.
    affine = head.affine.copy()
    affine[:3, 3] += affine[:3, 0] * (head.image.shape[0] - 1)
    affine[:3, 0] *= -1
    bright = np.float32(np.percentile(head.image[head.mask], 98))
    return Volume(np.ascontiguousarray(head.image[::-1]) / bright, affine), head.mask[::-1], head.plane
