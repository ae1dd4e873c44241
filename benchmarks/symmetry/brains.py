"""Places of synthetic brains to learn from and to be judged on, made once and kept: making them takes the time.

*How asymmetric normal brains are* is a setting: from 0, where no side is favoured, to 1, where the left ventricle is
wider by half and the lobes are twisted against each other. Training brains are changed, moved and recoloured as the
product's are (``symbrain.learning.asymmetry_places``), but never mirrored: that is a mechanism here. Judged heads bear
one change of the half of the generator that nothing is trained on, or none; of the kinds and the contrast that are
neither always found nor never.
"""

from __future__ import annotations

import copy
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from suites import FOLDER
from symbrain.atomic import write_bytes
from symbrain.learning.asymmetry_augmentation import measured, moved, recoloured
from symbrain.learning.asymmetry_changes import ChangeLaw, with_changes
from symbrain.learning.asymmetry_features import NAMES, STRIDE, describe
from symbrain.learning.asymmetry_input import SHAPE, SPACING_MM, Image, Working, network_input
from symbrain.phantom import Asymmetry, make_head
from symbrain.phantom.insert import draw_change, insert, prepare
from symbrain.progress import steps
from symbrain.reflection import reflect
from symbrain.version import __version__
from symmetry.bures import bures_wasserstein, regional_covariances

FIRST_SEED = {"train": 3_400_000, "check": 3_410_000, "told": 3_420_000, "judged": 3_430_000}
"""Seeds of heads of each part: of neither the packaged training, nor the suites, nor any other part."""
SIZE_MM, CONTRAST_SD = 16.0, 3.0
JUDGED_KINDS = ("haemorrhage", "white_matter_injury", "cyst")
_VENTRICLES, _TORQUE = 0.5, 0.05  # at full asymmetry
_CHANGED, _UNCHANGED, _IS_CHANGED, _MOST_WEIGHT = 300, 500, 0.3, 40.0
_REGION_SD = 2.0  # places of 4 mm
Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Amount:
    """How much of everything.

    Parameters
    ----------
    heads, brains
        To learn from: changed brains made of so many heads, which take turns.
    check, told
        Changed brains that decide when to stop, and on which calibration is measured; a head each.
    judged
        Heads that are judged twice: as they are, and with a change.
    """

    heads: int = 120
    brains: int = 360
    check: int = 24
    told: int = 40
    judged: int = 80


def read_brains(amount: Amount, asymmetry: float, folder: Path | None = None) -> dict[str, Arrays]:
    """Return the parts ``train``, ``check``, ``told`` and ``judged``; what is not in the folder yet is made first."""
    counts = {"train": amount.brains, "check": amount.check, "told": amount.told, "judged": amount.judged}
    found = {}
    for part, count in counts.items():
        heads = amount.heads if part == "train" else count
        path = (folder or cache()) / f"places-{part}-{heads}-{count}-{asymmetry:g}.npz"
        if not path.exists():
            make = _judged if part == "judged" else _changed
            write_bytes(path, packed(make(part, heads, count, asymmetry)))
        with np.load(path) as file:
            found[part] = {key: file[key] for key in file.files}
    return found


def cache() -> Path:
    """Return the folder of what is kept; git ignores it."""
    above = FOLDER / "results" / "symmetry-cache"
    above.mkdir(parents=True, exist_ok=True)
    (above / ".gitignore").write_text("*\n", encoding="utf-8")
    return above / __version__


def packed(arrays: Arrays) -> bytes:
    """Return arrays as the content of a file."""
    content = io.BytesIO()
    np.savez(content, **arrays)  # type: ignore[arg-type]
    return content.getvalue()


@dataclass(frozen=True)
class Newborn:
    """A synthetic normal newborn in the box, nearly upright, axis 0 from the subject's left to the right."""

    working: Working
    weeks: float
    t1w: bool


def normal_brain(seed: int, asymmetry: float) -> Newborn:
    """Return one as asymmetric as asked for."""
    rng = np.random.default_rng([seed, 21])
    usual = Asymmetry(
        ventricles=_VENTRICLES * asymmetry + float(rng.normal(0, 0.05)),
        torque=_TORQUE * asymmetry,
        hemisphere=float(rng.normal(0, 0.008)),
    )
    head = make_head(
        seed,
        modality="T1w" if seed % 3 == 0 else "T2w",
        spacing_mm=SPACING_MM,
        shape=SHAPE,
        max_tilt_deg=1.5,
        max_shift_mm=1.0,
        noise=0.015,
        bias=0.05,
        skull=False,
        asymmetry=usual,
    )
    # Stored from right to left. Reversed it is no mirror image: the grid's first voxel comes to the left.
    image, mask = reflect(head.image), reflect(head.mask)
    size = float(np.median(np.abs(image[mask])))
    working = Working(np.where(mask, image / size, 0).astype(np.float32), mask)
    return Newborn(working, head.scan_age_weeks, head.modality == "T1w")


def _changed(part: str, heads: int, brains: int, asymmetry: float) -> Arrays:
    """Return some places of changed brains."""
    rows: list[Arrays] = []
    normals: dict[int, Working] = {}
    for number in steps(0, brains, f"brains, {part}"):
        head = number % heads
        if head not in normals:
            normals[head] = normal_brain(FIRST_SEED[part] + head, asymmetry).working
        rng = np.random.default_rng([FIRST_SEED[part], number])
        working, share = with_changes(_moved(normals[head], rng), ChangeLaw(), rng)
        places = described(measured(recoloured(working, rng), rng), share)
        rows.append(_some(places, rng) | {"head": np.array(head, np.int32)})
    return joined(rows)


def _moved(working: Working, rng: np.random.Generator) -> Working:
    """Return the brain moved as for the product, but not mirrored: mirrored first where the draw will mirror it."""
    will_mirror = copy.deepcopy(rng).random() < 0.5
    return moved(working.mirrored() if will_mirror else working, rng)


def _judged(part: str, _heads: int, count: int, asymmetry: float) -> Arrays:
    """Return all places of heads as they are and with a change: ``number`` counts them, ``sick`` tells.

    ``seed`` is the infant's, ``weeks`` its age, and ``t1w`` tells its contrast, for which it is judged.
    """
    rows: list[Arrays] = []
    for i in steps(0, count, "heads to be judged"):
        newborn = normal_brain(FIRST_SEED[part] + i, asymmetry)
        sick, share = with_change(newborn.working, i)
        for is_sick, one, changed in ((0, newborn.working, np.zeros_like(share)), (1, sick, share)):
            about = told(2 * i + is_sick, bool(is_sick), i, newborn.weeks, newborn.t1w)
            rows.append(described(one, changed) | about)
    return joined(rows)


def with_change(working: Working, number: int, contrast_sd: float = CONTRAST_SD) -> tuple[Working, Image]:
    """Return a brain with a change of the half of the generator that is judged on, and the changed share of voxels."""
    there, rng = prepare(working.image, working.mask, (SPACING_MM,) * 3), np.random.default_rng([31, number])
    size, contrast = (SIZE_MM, SIZE_MM), (contrast_sd, contrast_sd)
    kinds = [JUDGED_KINDS[number % len(JUDGED_KINDS)]]
    image, share = insert(
        there, draw_change(there, rng, kinds=kinds, diameter_mm=size, contrast_sd=contrast, half="test")
    )
    return Working(np.where(working.mask, image, 0).astype(np.float32), working.mask), share


def told(number: int, sick: bool, seed: int, weeks: float, t1w: bool) -> Arrays:
    """Return what is known of a judged head, as its places bear it."""
    whole = {"number": number, "sick": sick, "seed": seed}
    found: Arrays = {key: np.array(value, np.int32) for key, value in whole.items()}
    return found | {"weeks": np.array(weeks, np.float32), "t1w": np.array(t1w, np.float32)}


@torch.inference_mode()
def described(working: Working, share: Image) -> Arrays:
    """Return descriptions ``x`` (n, 64), changed ``share`` (n,) and the brain's ``trust`` of the places not at the rim.

    ``other`` is the changed share of the homologous place. ``trust`` is how well the two sides mirror each other
    (correlation), so how well the plane fits.
    """
    x = torch.from_numpy(network_input(working))[None]
    features = describe(x)[0].numpy()
    changed = functional.avg_pool3d(torch.from_numpy(share)[None, None], STRIDE)[0, 0].numpy()
    brain = (functional.avg_pool3d(x[:, 1:2], STRIDE) > 0.5).float()
    inner = (-functional.max_pool3d(-brain, 3, 1, 1))[0, 0].numpy() > 0  # as in the calibration: not the rim
    shape = inner.shape
    side = np.broadcast_to(np.sign(np.arange(shape[0]) - (shape[0] - 1) / 2)[:, None, None], shape)
    channels = features[[NAMES.index(name) for name in ("mean", "fine texture", "edge")]]
    local = regional_covariances(channels, brain[0, 0].numpy(), _REGION_SD)
    spread = bures_wasserstein(local[inner], local[::-1][inner])
    both = inner & inner[::-1]
    trust = np.corrcoef(channels[0][both], channels[0][::-1][both])[0, 1] if both.any() else 0.0
    columns = [*features[:, inner], side[inner], spread]
    return {
        "x": np.stack(columns, 1).astype(np.float16),
        "share": changed[inner].astype(np.float32),
        "other": changed[::-1][inner].astype(np.float32),
        "trust": np.array(max(trust, 0.0), np.float32),
    }


def _some(places: Arrays, rng: np.random.Generator) -> Arrays:
    """Return some places, each with how many it stands for."""
    share = places["share"]
    chosen, weights = [], []
    for which, most in ((share > _IS_CHANGED, _CHANGED), (share <= _IS_CHANGED, _UNCHANGED)):
        at = np.flatnonzero(which)
        some = rng.permutation(at)[:most]
        chosen.append(some)
        weights.append(np.full(len(some), min(len(at) / max(len(some), 1), _MOST_WEIGHT), np.float32))
    rows = np.concatenate(chosen)
    kept = {key: places[key][rows] for key in ("x", "share", "other")}
    return kept | {"weight": np.concatenate(weights), "trust": places["trust"]}


def joined(rows: list[Arrays]) -> Arrays:
    """Return the places of all brains; what is one number for a brain becomes one for each place."""
    each = [
        {key: np.broadcast_to(v, len(row["share"])) if v.ndim == 0 else v for key, v in row.items()} for row in rows
    ]
    return {key: np.concatenate([row[key] for row in each]) for key in each[0]}
