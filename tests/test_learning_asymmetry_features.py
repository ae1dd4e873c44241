"""What a place is described by: laws of reflection, brightness and displacement, on small random brains."""

from __future__ import annotations

import numpy as np
import torch
from scipy import ndimage

from symbrain.learning.asymmetry_features import MIRRORED, NAMES, describe

torch.set_num_threads(1)
SHAPE = (32, 40, 28)


def brain(seed: int = 1, *, symmetric: bool = False) -> torch.Tensor:
    at = np.moveaxis(np.indices(SHAPE), 0, -1) - (np.array(SHAPE) - 1) / 2
    mask = np.linalg.norm(at / [12, 16, 10], axis=-1) < 1
    image = 4 * ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=SHAPE), 1.5)
    if symmetric:
        image = image + image[::-1]
    else:
        mask &= at[..., 0] + 0.3 * at[..., 1] < 10
    return torch.from_numpy(np.stack([np.where(mask, image, 0), mask]).astype(np.float32))[None]


def named(described: torch.Tensor, name: str) -> torch.Tensor:
    return described[0, NAMES.index(name)]


def test_every_description_has_a_name() -> None:
    found = describe(brain())
    assert found.shape == (1, len(NAMES), *(n // 2 for n in SHAPE))
    assert torch.isfinite(found).all()
    assert len(set(NAMES)) == len(NAMES)


def test_the_mirrored_brain_has_the_mirrored_descriptions() -> None:
    x = brain()
    plain, mirrored = describe(x), describe(x.flip(2))
    torch.testing.assert_close(mirrored.flip(2), plain[:, list(MIRRORED)], atol=1e-5, rtol=0)
    assert (mirrored.flip(2) - plain).abs().max() > 0.1, "left and right neighbours are told apart"
    assert [MIRRORED[i] for i in MIRRORED] == list(range(len(NAMES))), "reflecting twice is the identity"


def test_a_symmetric_brain_has_no_excess_and_equal_sides() -> None:
    found = describe(brain(symmetric=True))
    for name in NAMES:
        if name.startswith("excess"):
            assert named(found, name).abs().max() < 1e-5
        if name.startswith("mirrored") and "neighbour" not in name:
            own = named(found, name.removeprefix("mirrored "))
            torch.testing.assert_close(named(found, name), own, atol=1e-5, rtol=0)


def test_excess_forgives_a_small_displacement_and_sees_a_one_sided_blob() -> None:
    x = brain(symmetric=True)
    moved = torch.cat([x[:, :, :16], torch.roll(x, 1, 3)[:, :, 16:]], 2)  # one side 2 mm further forward
    blob = x.clone()
    blob[0, 0, 20:26, 18:24, 11:17] += 6
    inside = torch.nn.functional.avg_pool3d(x[:, 1:2], 2)[0, 0] > 0.9
    slight, strong = (named(describe(one), "excess 5 mm by 5").abs()[inside].max() for one in (moved, blob))
    assert strong > 5 * slight
    found = named(describe(blob), "excess 5 mm by 5")
    assert found[8:].max() > 1, "brighter where it is"
    assert found[:8].abs().max() < 0.5, "and nothing on the other side"


def test_the_histogram_counts_every_voxel_once() -> None:
    found = describe(brain())
    shares = torch.stack([named(found, name) for name in NAMES if name.startswith("share at")])
    deep = named(found, "brain within 8 mm") > 0.9
    torch.testing.assert_close(shares.sum(0)[deep], torch.ones(int(deep.sum())), atol=0.02, rtol=0)
