"""The brain in a single slice, with and without a skull, beside the true mask of a synthetic head."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from symbrain.phantom import make_head
from symbrain.reflection import reflect
from symbrain.slice_brain import find_outline
from symbrain.volume import canonical


def upright_slice(seed: int, portion: float = 0.55, **options: object) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """An axial slice of an upright head: axis 0 from the subject's left to the right."""
    phantom = make_head(seed, spacing_mm=1.5, max_tilt_deg=0.0, max_shift_mm=0.0, **options)  # type: ignore[arg-type]
    image, mask = canonical(phantom.image, phantom.affine).data, canonical(phantom.mask, phantom.affine).data > 0
    filled = np.flatnonzero(mask.any(axis=(0, 1)))
    at = int(filled[0] + portion * (filled[-1] - filled[0]))
    return image[:, :, at], mask[:, :, at]


def dice(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


@pytest.mark.parametrize("skull", [True, False])
@pytest.mark.parametrize("modality", ["T2w", "T1w"])
@pytest.mark.parametrize(("seed", "weeks"), [(2, 30.0), (5, 41.0)])
def test_the_brain_is_found_to_a_millimetre(seed: int, weeks: float, modality: str, skull: bool) -> None:
    image, mask = upright_slice(seed, scan_age_weeks=weeks, modality=modality, skull=skull)
    found = find_outline(image, 1.5)
    assert dice(found, mask) > 0.95
    off = ndimage.distance_transform_edt(~(found ^ ndimage.binary_erosion(found)), sampling=1.5)
    border = mask ^ ndimage.binary_erosion(mask)
    assert np.median(off[border]) <= 1.5


def test_a_mirrored_slice_has_the_mirrored_brain() -> None:
    image, _ = upright_slice(3)
    assert (find_outline(reflect(image), 1.5) == reflect(find_outline(image, 1.5))).all()


def test_brightness_does_not_matter() -> None:
    image, _ = upright_slice(3)
    assert (find_outline(image * np.float32(1e-3), 1.5) == find_outline(image, 1.5)).all()


def test_where_nothing_is_shown_there_is_no_brain() -> None:
    assert not find_outline(np.zeros((41, 40), np.float32), 1.0).any()
