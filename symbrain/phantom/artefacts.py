"""What may go wrong in the scanner after the head itself: pure changes of an image that leave its truth in place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import convolve1d

Image = NDArray[np.float32]
Spacing = tuple[float, float, float]


def thick_slices(image: Image, spacing_mm: Spacing, axis: int, thickness_mm: float) -> Image:
    """Return an image as if scanned in slices of a thickness along an axis: averaged, then repeated.

    Parameters
    ----------
    spacing_mm
        Voxel edge along each axis.
    thickness_mm
        Of a slice; where it is no multiple of the voxel edge, slices take turns in their number of voxels.
    """
    count = image.shape[axis]
    thick = thickness_mm / spacing_mm[axis]
    if thick <= 1:
        return image.copy()
    bins = np.minimum((np.arange(count) + 0.5) / thick, np.ceil(count / thick) - 0.5).astype(np.intp)
    starts = np.flatnonzero(np.diff(bins, prepend=-1))
    sizes = np.diff(np.append(starts, count))
    shape = [1, 1, 1]
    shape[axis] = len(sizes)
    mean = np.add.reduceat(image, starts, axis) / sizes.reshape(shape)
    return np.asarray(np.repeat(mean, sizes, axis), np.float32)


def motion_ghosts(
    image: Image,
    spacing_mm: Spacing,
    axis: int,
    rng: np.random.Generator,
    *,
    shift_mm: float = 2.0,
    share: float = 0.15,
) -> Image:
    """Return an image some of whose k-space lines were measured after the head had moved.

    Parameters
    ----------
    axis
        The phase-encode direction, along which ghosts appear.
    shift_mm
        Standard deviation of the head's shift along that direction in each bout of motion.
    share
        Of the lines that are disturbed; the tenth at the centre is never, so that the head stays where it is.
    """
    count = image.shape[axis]
    frequency = np.fft.fftfreq(count)
    order = np.argsort(frequency)
    moved = np.zeros(count)
    bouts = max(1, round(share * count / 6))
    for start in rng.integers(0, count, bouts):
        moved[start : start + 6] = rng.normal(0, shift_mm)
    shift = np.zeros(count)
    shift[order] = moved
    shift[np.abs(frequency) < 0.05] = 0
    turn = np.exp(-2j * np.pi * frequency * shift / spacing_mm[axis])
    shape = [1, 1, 1]
    shape[axis] = count
    spectrum = np.fft.fft(image.astype(np.complex64), axis=axis) * turn.reshape(shape).astype(np.complex64)
    return np.asarray(np.abs(np.fft.ifft(spectrum, axis=axis)), np.float32)


def bias_ramp(image: Image, axis: int, amount: float) -> Image:
    """Return an image whose brightness rises evenly along an axis, as beside a receiving coil.

    Parameters
    ----------
    amount
        Brightness at the last voxel less that at the first, as a share of that in the middle; below 2 in size.
    """
    if not abs(amount) < 2:
        msg = f"a ramp must be smaller than 2, or brightness would turn negative, not {amount:g}"
        raise ValueError(msg)
    shape = [1, 1, 1]
    shape[axis] = image.shape[axis]
    ramp = 1 + amount * np.linspace(-0.5, 0.5, image.shape[axis])
    return np.asarray(image * ramp.reshape(shape).astype(np.float32), np.float32)


def blurred(image: Image, spacing_mm: Spacing, width_mm: float) -> Image:
    """Return an image of a wider point spread; ``width_mm`` is its full width at half maximum along each axis."""
    out = image
    for axis, spacing in enumerate(spacing_mm):
        sd = width_mm / 2.3548 / spacing
        if sd > 0:
            reach = max(1, round(3 * sd))
            kernel = np.exp(-0.5 * np.square(np.arange(-reach, reach + 1) / sd))
            out = convolve1d(out, kernel / kernel.sum(), axis, mode="nearest")
    return np.asarray(out, np.float32)


def cropped(
    image: Image, affine: NDArray[np.float64], first: tuple[int, int, int], last: tuple[int, int, int]
) -> tuple[Image, NDArray[np.float64]]:
    """Return a smaller field of view and its affine: the voxels keep their places in the world.

    Parameters
    ----------
    first, last
        Voxels to cut off at the beginning and at the end of each axis.
    """
    if any(a < 0 or b < 0 or a + b >= n for a, b, n in zip(first, last, image.shape, strict=True)):
        msg = f"{first} and {last} voxels cannot be cut off an image of {image.shape}"
        raise ValueError(msg)
    window = tuple(slice(a, n - b) for a, b, n in zip(first, last, image.shape, strict=True))
    moved = affine.copy()
    moved[:3, 3] += affine[:3, :3] @ np.asarray(first, float)
    return image[window].copy(), moved


def cropped_at_random(
    image: Image, affine: NDArray[np.float64], spacing_mm: Spacing, rng: np.random.Generator, *, most_mm: float
) -> tuple[Image, NDArray[np.float64]]:
    """Return a field of view whose six faces were each moved inwards by up to ``most_mm``, and its affine."""
    most = [min(int(most_mm / s), (n - 1) // 2) for s, n in zip(spacing_mm, image.shape, strict=True)]
    cuts = [int(rng.integers(0, most[k % 3] + 1)) for k in range(6)]
    return cropped(image, affine, (cuts[0], cuts[1], cuts[2]), (cuts[3], cuts[4], cuts[5]))
