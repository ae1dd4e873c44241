"""The header of a NIfTI file, without its image: the first 540 bytes tell most of what can be wrong with a scan.

Of a compressed file only the beginning is decompressed. That its end is missing shows only when all of it is read.
"""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from symbrain.errors import BadInput
from symbrain.given_file import open_given

Affine = NDArray[np.float64]
SMALLEST_MM, LARGEST_MM = 0.1, 10.0  # voxel edges outside this are a wrong header, not a scan
SMALLEST_AXIS = 8
MOST_VOXELS = 2**28  # as 0.2 mm over a newborn's whole head have; beyond, a header is wrong or means harm
MOST_INFLATED = 1032  # bytes that one byte of a gzip file can stand for (zlib's own bound)
_SLIGHT_DEG = 0.1  # what sform and qform may differ by
_SHEARED_DEG = 3.0  # from right angles; ITK takes no sheared image, and small shears are rounding
_MM_PER = {"mm": 1.0, "meter": 1000.0, "micron": 0.001, "unknown": 1.0}
_BEGINNING = 4096  # compressed bytes that are sure to hold a header
_LENGTH: dict[int, Any] = {348: nib.Nifti1Header, 540: nib.Nifti2Header}
_MAGIC = {348: b"n+1", 540: b"n+2"}

_PLACE: tuple[str, ...] = ("pixdim", "xyzt_units", "qform_code", "sform_code", "quatern_b", "quatern_c", "quatern_d")
_PLACE += ("qoffset_x", "qoffset_y", "qoffset_z", "srow_x", "srow_y", "srow_z")
_checked: dict[bytes, tuple[Affine, list[str]]] = {}


@dataclass(frozen=True)
class Header:
    """The grid of a scan.

    Parameters
    ----------
    shape
        Voxels along each stored axis.
    affine
        4×4, from stored voxel indices to world RAS+ in millimetres.
    warnings
        Sentences about what is odd but harmless.
    """

    shape: tuple[int, int, int]
    affine: Affine
    warnings: tuple[str, ...] = ()

    def same_grid(self, other: Header) -> bool:
        """Tell whether two files have one grid, to a hundredth of a millimetre."""
        if self.shape != other.shape:
            return False
        return self.affine is other.affine or bool(np.allclose(self.affine, other.affine, atol=1e-2))


def read_header(path: Path) -> Header:
    """Read and check the header of a scan.

    Raises
    ------
    BadInput
        Where the file is missing, not NIfTI, not three-dimensional, of colours, shorter than its header says, or its
        header is singular, of impossible size, without a side, or contradicts itself about sides.
    """
    plain, size = _beginning(path)
    header = _parsed(path, plain)
    if size is None:
        _judge(path, header, MOST_INFLATED * path.stat().st_size, "inflates to at most")
    else:
        _judge(path, header, size)
    shape = _shape(path, header)
    affine, warnings = _placed(path, header)
    return Header(shape, affine, tuple(warnings))


def _placed(path: Path, header: nib.Nifti1Header) -> tuple[Affine, list[str]]:
    """Return a header's affine, checked; the images of a session mostly share one, which is then the same object."""
    place = b"".join(header[name].tobytes() for name in _PLACE)
    if place not in _checked:
        _checked[place] = world_of(path, header)
    return _checked[place]


def _beginning(path: Path) -> tuple[bytes, int | None]:
    """Return the first bytes, decompressed, and the file's size where it is not compressed."""
    try:
        with open_given(path) as file:
            raw = file.read(_BEGINNING)
        size = path.stat().st_size
    except OSError as error:
        msg = f"{path.name} cannot be read ({error.strerror}); check that the file exists and is readable"
        raise BadInput(msg) from error
    if raw[:2] != b"\x1f\x8b":
        return raw, size
    try:
        return zlib.decompressobj(wbits=31).decompress(raw, 540), None
    except zlib.error as error:
        msg = f"{path.name} is truncated or damaged ({error}); copy it again from its source"
        raise BadInput(msg) from error


def _parsed(path: Path, plain: bytes) -> nib.Nifti1Header:
    for order in "<>":  # bytes in little-endian order, or big-endian
        (length,) = struct.unpack(f"{order}i", plain[:4].ljust(4))
        if length not in _LENGTH or len(plain) < length:
            continue
        header: nib.Nifti1Header = _LENGTH[length](plain[:length], endianness=order, check=False)
        if header["magic"].item() == _MAGIC[length]:
            return header
    msg = f"{path.name} is not a NIfTI file, or not a whole one; copy it again, or convert it to .nii or .nii.gz"
    raise BadInput(msg)


def _shape(path: Path, header: nib.Nifti1Header) -> tuple[int, int, int]:
    count = int(header["dim"][0])
    stored = tuple(int(n) for n in header["dim"][1 : 1 + count]) if 1 <= count <= 7 else ()
    shape = tuple(n for i, n in enumerate(stored) if i < 3 or n != 1)  # one volume in 4D is squeezed
    if len(shape) != 3 or min(shape) < SMALLEST_AXIS:
        msg = (
            f"{path.name} has the shape {stored}; a scan needs three axes of at least {SMALLEST_AXIS} voxels: "
            "choose one volume of a series, or the three-dimensional reconstruction"
        )
        raise BadInput(msg)
    return shape


def _real_numbers(path: Path, header: nib.Nifti1Header) -> None:
    try:
        dtype = header.get_data_dtype()
    except (KeyError, nib.spatialimages.HeaderDataError) as error:
        msg = f"{path.name} has an unknown data type ({error}); convert it again to .nii or .nii.gz"
        raise BadInput(msg) from error
    if dtype.fields is not None or dtype.kind not in "iuf":
        msg = f"{path.name} holds colours or complex numbers; a scan needs one real number a voxel"
        raise BadInput(msg)


def length_of(path: Path, beginning: bytes, most: int, has: str = "has") -> int:
    """Return how many bytes an image has by its header, the first 540 of which are enough to tell.

    Parameters
    ----------
    most, has
        How many bytes there can be at most, and the verb that says so in a sentence.

    Raises
    ------
    BadInput
        Where they are no header of a scan, or of one that cannot be there.
    """
    header = _parsed(path, beginning)
    _judge(path, header, most, has)
    return _length(header)


def _judge(path: Path, header: nib.Nifti1Header, most: int, has: str = "has") -> None:
    """Refuse what no scan has; of a short file, that it is short, whatever its header claims."""
    shape = _shape(path, header)
    _real_numbers(path, header)
    if most < (expected := _length(header)):
        msg = f"{path.name} {has} {most} bytes and its header says {expected}; copy it again from its source"
        raise BadInput(msg)
    if (many := math.prod(shape)) > MOST_VOXELS:
        msg = f"{path.name} has {many} voxels by its header; at most {MOST_VOXELS} are expected: resample it"
        raise BadInput(msg)


def refuse_misplaced(path: Path, beginning: bytes) -> None:
    """Refuse a header whose place in the world cannot be trusted as it is stored.

    nibabel mends a header as it reads an image: a voxel edge of 0 becomes 1 mm, whatever it was.
    """
    world_of(path, _parsed(path, beginning))


def _length(header: nib.Nifti1Header) -> int:
    voxels = math.prod(header["dim"][1 : 1 + int(header["dim"][0])].tolist())
    offset = float(header["vox_offset"])
    return (int(offset) if math.isfinite(offset) else 0) + int(voxels * header.get_data_dtype().itemsize)


def world_of(path: Path, header: nib.Nifti1Header) -> tuple[Affine, list[str]]:
    """Return the affine in millimetres, refusing what cannot be trusted about sides."""
    sform, s_code = header.get_sform(coded=True)
    qform, q_code = _qform(path, header)
    if not s_code and not q_code:
        msg = (
            f"{path.name} has sform and qform code 0, so no side is given; convert it again from DICOM, or set "
            "the code after checking a marker of left and right"
        )
        raise BadInput(msg)
    affine = np.array(sform if s_code else qform, float)
    affine[:3] *= _mm(header)
    _sizes(path, affine)
    warnings: list[str] = []
    if s_code and q_code:
        other = np.array(qform, float)
        other[:3] *= _mm(header)
        _agree(path, affine, other, warnings)
    return affine, warnings


def _qform(path: Path, header: nib.Nifti1Header) -> tuple[Affine, int]:
    """Return the qform with its code, where it is one."""
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            qform, code = header.get_qform(coded=True)
        if code and not np.isfinite(qform).all():
            msg = "its numbers are not finite"
            raise ValueError(msg)
    except (ValueError, nib.spatialimages.HeaderDataError) as error:
        msg = f"{path.name} has a damaged qform ({error}); write its header anew from the scanner's files"
        raise BadInput(msg) from error
    return qform, int(code)


def _mm(header: nib.Nifti1Header) -> float:
    """Return the unit of a header's world in millimetres; what it does not name is one."""
    try:
        return _MM_PER.get(header.get_xyzt_units()[0], 1.0)
    except KeyError:  # a number that stands for no unit
        return 1.0


def _sizes(path: Path, affine: Affine) -> None:
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    if not np.isfinite(affine).all() or spacing.min() == 0:
        msg = f"{path.name} has a singular affine; write its header anew from the scanner's files"
        raise BadInput(msg)
    if spacing.min() < SMALLEST_MM or spacing.max() > LARGEST_MM:
        sizes = " × ".join(f"{v:.4g}" for v in spacing)
        msg = (
            f"{path.name} has voxels of {sizes} mm; {SMALLEST_MM} to {LARGEST_MM} mm are expected: "
            "check the units in its header"
        )
        raise BadInput(msg)
    axes = affine[:3, :3] / spacing
    sheared = float(np.degrees(np.arcsin(min(np.abs(axes.T @ axes - np.eye(3)).max(), 1.0))))
    if sheared > _SHEARED_DEG:
        msg = (
            f"{path.name} has a singular or sheared affine: its axes are {sheared:.0f}° off right angles, at most "
            f"{_SHEARED_DEG:g}° are expected; resample it to a plain grid, or write its header anew"
        )
        raise BadInput(msg)


def _agree(path: Path, affine: Affine, other: Affine, warnings: list[str]) -> None:
    """Compare sform with qform: refuse another side, warn of another pose."""
    a, b = (m[:3, :3] / np.maximum(np.linalg.norm(m[:3, :3], axis=0), 1e-12) for m in (affine, other))
    codes = ["".join(str(c) for c in nib.aff2axcodes(m)) for m in (affine, other)]
    turn = np.degrees(np.arccos(np.clip((np.trace(a.T @ b) - 1) / 2, -1, 1)))
    # Axes that are turned by 45° may be called either way by the last digit.
    if np.linalg.det(a) * np.linalg.det(b) < 0 or (codes[0] != codes[1] and turn > _SLIGHT_DEG):
        msg = (
            f"{path.name} contradicts itself about sides: its sform says {codes[0]}, its qform {codes[1]}; "
            "find out which is right and write both alike"
        )
        raise BadInput(msg)
    shift = float(np.linalg.norm(affine[:3, 3] - other[:3, 3]))
    if turn > _SLIGHT_DEG or shift > 0.5:
        warnings.append(f"sform and qform differ by {turn:.1f}° and {shift:.1f} mm; the sform is used")
