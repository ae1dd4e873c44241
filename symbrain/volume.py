"""A scan in memory, and the only place that reads or writes NIfTI files.

A file is read once: the same bytes give the digest, the header checks and the image. In memory every volume is
canonical: axes run towards the subject's right, anterior and superior as nearly as the grid allows, so that how a
scan is stored (axis order and direction, compression, data type) changes no number (law 4).
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections import Counter
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from isal import igzip
from nibabel.arrayproxy import is_proxy
from nibabel.orientations import apply_orientation, axcodes2ornt, inv_ornt_aff, io_orientation, ornt_transform
from numpy.typing import ArrayLike, DTypeLike, NDArray
from scipy import ndimage

from symbrain.archive import HEADER, SPARE, inflated, is_compressed
from symbrain.atomic import write_bytes
from symbrain.blocks import along_axes, block_means
from symbrain.errors import BadInput
from symbrain.given_file import open_given, read_given
from symbrain.header import MOST_VOXELS, SMALLEST_AXIS, length_of, refuse_misplaced, world_of
from symbrain.nifti import Source, as_image, in_memory

Affine = NDArray[np.float64]
Box = tuple[slice, slice, slice]
_MOST_BYTES = 8 * MOST_VOXELS + 2**20  # of a file
_LARGEST_LABEL = 2**24  # beyond, single precision cannot tell one whole number from the next
_MOST_LOST = 1e-4  # share of the voxels that may be lost within the head
_BRIGHTNESS = 1e-5, 1e12  # of the brightest voxel: beyond, squares and their sums are no longer exact


@dataclass(frozen=True)
class Volume:
    """A canonical three-dimensional array with its place in the world.

    Parameters
    ----------
    data
        Shape (R, A, S): axes run towards right, anterior and superior.
    affine
        4×4, from voxel indices to world RAS+ in millimetres.
    """

    data: NDArray[np.float32]
    affine: Affine

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of voxels along each axis."""
        x, y, z = self.data.shape
        return x, y, z

    @property
    def spacing_mm(self) -> NDArray[np.float64]:
        """Voxel edge along each axis, in millimetres."""
        return np.asarray(np.linalg.norm(self.affine[:3, :3], axis=0))

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel, in millilitres."""
        return float(abs(np.linalg.det(self.affine[:3, :3]))) / 1000.0

    def to_world(self, voxels: ArrayLike) -> NDArray[np.float64]:
        """Return world points (…, 3) in millimetres of voxel indices (…, 3)."""
        return np.asarray(np.asarray(voxels, float) @ self.affine[:3, :3].T + self.affine[:3, 3])

    def to_voxels(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return voxel indices (…, 3) of world points (…, 3) in millimetres."""
        inverse = np.linalg.inv(self.affine)
        return np.asarray(np.asarray(points, float) @ inverse[:3, :3].T + inverse[:3, 3])

    def grid_mm(self) -> NDArray[np.float64]:
        """Return the world points of all voxels, shape (R, A, S, 3), in millimetres."""
        return self.to_world(np.moveaxis(np.indices(self.shape), 0, -1))

    def sampled(self, grid: Volume) -> NDArray[np.float32]:
        """Return the values at the voxels of another volume in the same world, by linear interpolation.

        Beyond the border the nearest value holds, as is right for smooth fields.
        """
        matrix = np.linalg.inv(self.affine) @ grid.affine
        if np.allclose(matrix[:3, :3], np.diag(np.diag(matrix)[:3]), atol=1e-9):
            return along_axes(self.data, np.diag(matrix)[:3], matrix[:3, 3], grid.shape)
        return np.asarray(
            ndimage.affine_transform(self.data, matrix[:3, :3], matrix[:3, 3], grid.shape, order=1, mode="nearest")
        )

    def part(self, box: Box) -> Volume:
        """Return a box of the volume, where it was in the world."""
        affine = self.affine.copy()
        affine[:3, 3] = self.to_world([side.start for side in box])
        return Volume(self.data[box], affine)

    @property
    def axes(self) -> NDArray[np.float64]:
        """Unit directions of the grid's axes in the world, as columns (of a sheared grid, the nearest rotation)."""
        left, _, right = np.linalg.svd(self.affine[:3, :3] / self.spacing_mm)
        return np.asarray(left @ right)

    def shrunk(self, target_mm: float) -> Volume:
        """Return the volume averaged over blocks of voxels, with edges of about ``target_mm`` or as they are.

        Block means need no interpolation, and are much cheaper than smoothing at full resolution. The spare voxels of
        an axis are left out evenly at both ends; an odd number of them is once left out on one side and once on the
        other, and the two are averaged, so that mirror images shrink to mirror images.
        """
        factor = np.maximum(1, np.floor(target_mm / self.spacing_mm + 0.25)).astype(int)
        if (factor == 1).all():
            return self
        inner = np.diag([*factor, 1.0])
        inner[:3, 3] = (np.array(self.shape) % factor + factor - 1) / 2
        return Volume(block_means(self.data, factor), self.affine @ inner)


@dataclass(frozen=True)
class ScanFile:
    """A scan as read from disk: its canonical volume, and all that is needed to write a map on its own grid.

    Parameters
    ----------
    volume
        The image, canonical.
    stored_affine, stored_shape
        The grid of the file itself.
    sha256
        Digest of the file's bytes; of an image that was handed over in memory, of its header and voxels.
    warnings
        Sentences about what is odd but harmless.
    """

    path: Path
    volume: Volume
    stored_affine: Affine
    stored_shape: tuple[int, int, int]
    sha256: str
    warnings: tuple[str, ...] = ()


def read_scan(source: Source, *, background: float = 0.0) -> ScanFile:
    """Read a scan, from its file or from an image of nibabel, check it and bring it into canonical order.

    Values that are not finite (some tools write NaN outside the brain) become ``background``, with a warning.

    Raises
    ------
    BadInput
        Where the file is missing, truncated, not NIfTI, not three-dimensional, empty, or its header is singular,
        of impossible size, without a side, or contradicts itself about sides.
    """
    path, image, sha256 = _open(source)
    affine, warnings = world_of(path, image.header)
    stored = _three_dimensional(path, image)
    volume = canonical(stored, affine)
    volume = Volume(_finite(path, volume.data, background, warnings), volume.affine)
    _an_image(path, volume.data)
    return ScanFile(path, volume, affine, _shape3(stored), sha256, tuple(warnings))


def read_labels(source: Source, scan: ScanFile) -> NDArray[np.int32]:
    """Read a mask or label map that lies on a scan's grid, as a canonical integer array.

    Raises
    ------
    BadInput
        Where the map cannot be read, lies on another grid, or holds values that are not whole numbers.
    """
    path, image, _ = _open(source)
    affine, _ = world_of(path, image.header)
    stored = _three_dimensional(path, image).astype(np.float32)
    if _shape3(stored) != scan.stored_shape or not np.allclose(affine, scan.stored_affine, atol=1e-2):
        msg = (
            f"{path.name} has the grid {stored.shape} and another affine than its scan {scan.path.name} "
            f"{scan.stored_shape}; a mask or label map must lie on the scan's grid: resample it, or leave it out"
        )
        raise BadInput(msg)
    apart = np.isfinite(stored).all() and np.abs(stored).max(initial=0) <= _LARGEST_LABEL
    if not apart or np.abs((whole := np.rint(stored)) - stored).max(initial=0) > 1e-3:
        msg = f"{path.name} holds values that are not whole numbers; a mask or label map needs whole numbers"
        raise BadInput(msg)
    return np.asarray(canonical(whole, affine).data, np.int32)


def read_map(path: Path) -> Volume:
    """Read a map that symbrain wrote itself, canonical; unlike a scan it may be constant."""
    _, image, _ = _open(path)
    return canonical(_three_dimensional(path, image), world_of(path, image.header)[0])


def stem_of(path: Path) -> str:
    """Return a file's name without ``.nii`` or ``.nii.gz``."""
    return path.name.removesuffix(".gz").removesuffix(".nii")


def refuse_same_names(paths: list[Path]) -> None:
    """Refuse files of one name, whose outputs would overwrite each other."""
    twice = [stem for stem, times in Counter(map(stem_of, paths)).items() if times > 1]
    if twice:
        places = " and ".join(str(path) for path in paths if stem_of(path) == twice[0])
        msg = f"{places} have one name; their outputs would overwrite each other: give each its own --out"
        raise BadInput(msg)


def canonical(data: NDArray[np.generic], affine: Affine) -> Volume:
    """Return an array of any axis order as a canonical volume; only axes are swapped and reversed."""
    orientation = io_orientation(affine)
    turned = np.asarray(apply_orientation(data, orientation))
    placed = np.empty(turned.shape, np.float32)
    for sheet in range(turned.shape[1]):  # one sheet fits into the cache, in which its axes are swapped
        placed[:, sheet] = turned[:, sheet]
    return Volume(placed, np.asarray(affine @ inv_ornt_aff(orientation, data.shape)))


def box_around(mask: NDArray[np.bool_], margin: int = 0) -> Box:
    """Return the smallest box of a mask, with some voxels around as far as the image goes; of none, an empty one."""
    sides = []
    for axis, size in enumerate(mask.shape):
        filled = np.flatnonzero(mask.any(axis=tuple(a for a in range(mask.ndim) if a != axis)))
        first, last = (int(filled[0]), int(filled[-1])) if filled.size else (0, -1 - 2 * margin)
        sides.append(slice(max(first - margin, 0), max(min(last + 1 + margin, size), 0)))
    x, y, z = sides
    return x, y, z


def as_stored(data: NDArray[np.generic], stored_affine: Affine) -> NDArray[np.generic]:
    """Return a canonical array in the axis order and direction of the grid with this affine."""
    back = ornt_transform(axcodes2ornt("RAS"), io_orientation(stored_affine))
    return np.asarray(apply_orientation(data, back))


def write_volume(path: Path, data: NDArray[np.generic], affine: Affine, dtype: DTypeLike = np.float32) -> None:
    """Write a NIfTI file, compressed and in one move; the same array gives the same bytes."""
    write_bytes(path, igzip.compress(as_image(data, affine, dtype).to_bytes(), 2, mtime=0))


def _open(source: Source) -> tuple[Path, nib.Nifti1Image, str]:
    """Return the path of an image, which names it in messages, the image itself, and its digest."""
    if not isinstance(source, (str, PathLike)):
        return in_memory(source)
    path = Path(source)
    try:
        raw = read_given(path, _most_bytes(path))
    except OSError as error:
        folder = "name a scan in it, or run the workflow with --config bids_dir=FOLDER"
        file = (
            "copy it again from its source"
            if error.errno == errno.EFBIG
            else "check that the file exists and is readable"
        )
        msg = f"{path.name or path} cannot be read ({error.strerror}); {folder if path.is_dir() else file}"
        raise BadInput(msg) from error
    if not raw:
        msg = f"{path.name} is empty (0 bytes); copy it again from its source"
        raise BadInput(msg)
    sha256 = hashlib.sha256(raw).hexdigest()
    plain = inflated(path, raw)
    length_of(path, plain, len(plain), "inflates to" if is_compressed(raw) else "has")  # memory would be taken for it
    refuse_misplaced(path, plain)
    try:
        two = int.from_bytes(plain[:4], "little") == 540 or int.from_bytes(plain[:4], "big") == 540
        image = (nib.Nifti2Image if two else nib.Nifti1Image).from_bytes(plain)
    except Exception as error:  # nibabel raises many kinds for a file that is not NIfTI
        msg = f"{path.name} is not a NIfTI file ({error}); convert it to .nii or .nii.gz"
        raise BadInput(msg) from error
    return path, image, sha256


def _most_bytes(path: Path) -> int:
    """Return how many bytes of a file are worth reading; a plain one's header is judged before all of it is read."""
    with open_given(path) as file:
        beginning, size = file.read(HEADER), os.fstat(file.fileno()).st_size
    if not beginning or is_compressed(beginning):
        return _MOST_BYTES
    return length_of(path, beginning, size) + SPARE


def _three_dimensional(path: Path, image: nib.Nifti1Image) -> NDArray[np.generic]:
    shape = tuple(n for i, n in enumerate(image.shape) if i < 3 or n != 1)  # one volume in 4D is squeezed
    if len(shape) != 3 or min(shape) < SMALLEST_AXIS:
        msg = (
            f"{path.name} has the shape {image.shape}; a scan needs three axes of at least {SMALLEST_AXIS} "
            "voxels: choose one volume of a series, or the three-dimensional reconstruction"
        )
        raise BadInput(msg)
    if image.get_data_dtype().fields is not None or image.get_data_dtype().kind == "c":
        msg = f"{path.name} holds colours or complex numbers; a scan needs one real number a voxel"
        raise BadInput(msg)
    try:
        stored: Any = image.dataobj
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is told where it matters
            if not is_proxy(stored):  # an array that was wrapped in memory
                data = np.asarray(stored)
            elif (stored.slope, stored.inter) == (1, 0):
                data = stored.get_unscaled()
            else:
                data = image.get_fdata(dtype=np.float32, caching="unchanged")
    except Exception as error:  # truncated data raise several kinds
        why = " ".join(str(error).split())
        msg = f"{path.name} holds fewer voxels than its header says ({why}); copy it again from its source"
        raise BadInput(msg) from error
    return np.asarray(data.reshape(shape))


def _shape3(data: NDArray[np.generic]) -> tuple[int, int, int]:
    x, y, z = data.shape
    return x, y, z


def _within(bad: NDArray[np.bool_]) -> int:
    """Return how many voxels belong to no region that reaches the border: tools write NaN outside the brain."""
    regions, _ = ndimage.label(bad)
    faces = [np.take(regions, end, axis) for axis in range(bad.ndim) for end in (0, -1)]
    outside = np.unique(np.concatenate([face.ravel() for face in faces]))
    return int(np.count_nonzero(bad & ~np.isin(regions, outside)))


def _finite(path: Path, data: NDArray[np.float32], background: float, warnings: list[str]) -> NDArray[np.float32]:
    if np.isfinite(data.min()) and np.isfinite(data.max()):  # NaN is the least and the greatest where there is one
        return data
    bad = ~np.isfinite(data)
    share = float(bad.mean())
    if share > 0.9:
        msg = f"{path.name} is not finite in {share:.0%} of its voxels; copy it again from its source"
        raise BadInput(msg)
    within = _within(bad)
    if within > _MOST_LOST * bad.size:
        msg = (
            f"{path.name} is not finite in {within} voxels within the head; what was there is lost, and a hole would "
            "pass for a change: copy it again from its source, or export it again"
        )
        raise BadInput(msg)
    warnings.append(f"{share:.1%} of the voxels are not finite and count as {background:g}")
    return np.where(bad, np.float32(background), data)


def _an_image(path: Path, data: NDArray[np.float32]) -> None:
    if float(data.min()) == float(data.max()):
        msg = f"{path.name} is constant ({float(data.flat[0]):g} everywhere); it holds no image: export it again"
        raise BadInput(msg)
    low, high = _BRIGHTNESS
    if not low < (most := float(max(-data.min(), data.max()))) < high:
        msg = f"{path.name} has values of up to {most:g}; {low:g} to {high:g} is expected: correct its scale factor"
        raise BadInput(msg)
