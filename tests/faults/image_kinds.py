"""Files that are no whole image, and images that hold no picture or one in an unusual data type."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from faults.kind import Happens, Kind, excluded, harmless
from faults.site import Site, head, mask, nifti, picture


def _cut(share: float, ending: str = "T2w.nii.gz") -> Callable[[Site], object]:
    def make(site: Site) -> object:
        path = site.store(nifti(), ending)
        content = path.read_bytes()
        return path.write_bytes(content[: int(len(content) * share)])

    return make


def _damaged(site: Site) -> object:
    path = site.healthy()
    content = bytearray(path.read_bytes())
    content[-8] ^= 255  # of the checksum
    return path.write_bytes(content)


def _magic(site: Site) -> object:
    def change(content: bytearray) -> None:
        content[344:348] = b"bad\0"

    return site.edit(change)


def _data(change: Callable[[NDArray[np.float32]], NDArray[Any]]) -> Callable[[Site], object]:
    return lambda site: site.store(nifti(change(picture())))


def _put(value: float, where: str) -> Callable[[Site], object]:
    """Return what puts a value into every voxel, outside the brain, or into a hole of the brain."""

    def change(data: NDArray[np.float32]) -> NDArray[np.float32]:
        x, y, z = (int(c.mean()) for c in np.nonzero(mask()))
        if where == "outside":
            data[:, :2] = value
        elif where == "hole":
            data[x : x + 4, y : y + 4, z : z + 4] = value
        else:
            data[:] = value
        return data

    return _data(change)


def _noise(data: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.random.default_rng(1).normal(9, 1, data.shape).astype(np.float32)


def _colours(site: Site) -> object:
    rgb = np.zeros(picture().shape, np.dtype([(c, "u1") for c in "RGB"]))
    return site.store(nifti(rgb))


def _stored(dtype: str, slope: float, intercept: float) -> Callable[[Site], object]:
    """Return what stores the healthy image as ``(value − intercept) / slope``, exactly."""

    def make(site: Site) -> object:
        whole = np.dtype(dtype).kind in "iu"
        numbers = (picture().astype(float) - intercept) / slope
        image = nifti((np.rint(numbers) if whole else numbers).astype(dtype))
        image.header.set_slope_inter(slope, intercept)
        content = image.to_bytes()  # as bytes, because nibabel chooses a slope itself when it is asked to write
        header = nib.Nifti1Header(content[:348], check=False)
        header["scl_slope"], header["scl_inter"] = slope, intercept
        return site.write(gzip.compress(header.binaryblock + content[348:], 1, mtime=0))

    return make


def _slope(value: float) -> Callable[[Site], object]:
    """Return what writes a scale factor into the header of the healthy image, whatever the data are."""

    def change(content: bytearray) -> None:
        content[112:116] = np.float32(value).tobytes()

    return lambda site: site.edit(change)


def _big_endian(site: Site) -> object:
    image = nifti()
    header = image.header.as_byteswapped(">")
    swapped = nib.Nifti1Image(picture().astype(">f4"), None, header)
    return site.store(swapped)


def _nifti2(site: Site) -> object:
    image = nib.Nifti2Image(picture(), head().affine)
    image.set_qform(head().affine, 1)
    image.header.set_xyzt_units("mm")
    return site.store(image)


KINDS = (
    excluded("truncated gzip", _cut(0.5), "truncated or damaged.*copy it again", "align"),
    excluded("gzip whose checksum is wrong", _damaged, "truncated or damaged.*copy it again", "align"),
    excluded("truncated .nii", _cut(0.9, "T2w.nii"), "bytes and its header says.*copy it again"),
    excluded("file that ends within its header", _cut(0.0002, "T2w.nii"), "not a NIfTI file, or not a whole one"),
    excluded("empty file", lambda site: site.write(b""), r"is empty \(0 bytes\).*copy it again"),
    excluded("web page in place of the image", lambda site: site.write(b"<html>404</html>"), "not a NIfTI file"),
    excluded("wrong magic", _magic, "not a NIfTI file.*copy it again, or convert it"),
    Kind("NaN outside the head", _put(np.nan, "outside"), Happens.SCORED, "voxels are not finite and count as 0"),
    excluded("NaN within the brain", _put(np.nan, "hole"), "not finite in 64 voxels within the head", "align"),
    excluded("infinity within the brain", _put(np.inf, "hole"), "not finite in 64 voxels within the head", "align"),
    excluded("NaN everywhere", _put(np.nan, "everywhere"), "not finite in 100% of its voxels", "align"),
    excluded("all zero", _put(0, "everywhere"), r"constant \(0 everywhere\).*export it again", "align"),
    excluded("constant", _put(7, "everywhere"), r"constant \(7 everywhere\).*export it again", "align"),
    Kind("noise without a head", _data(_noise), Happens.FAILED, "the midline plane has a confidence of 0.0"),
    excluded("two-dimensional", _data(lambda d: d[:, :, 17]), "needs three axes of at least 8 voxels"),
    excluded("a series of three volumes", _data(lambda d: np.stack([d] * 3, -1)), "choose one volume of a series"),
    harmless("a series of one volume", _data(lambda d: d[..., None])),
    excluded("colours (RGB)", _colours, "holds colours or complex numbers"),
    excluded("complex numbers", _data(lambda d: d.astype("c8")), "holds colours or complex numbers"),
    harmless("int8 with slope 1 and intercept 128", _stored("i1", 1, 128)),
    harmless("uint8", _stored("u1", 1, 0)),
    harmless("int16 with slope 0.5", _stored("i2", 0.5, 0)),
    harmless("uint16 with slope 0.25 and intercept -10", _stored("u2", 0.25, -10)),
    harmless("int32 with slope 0.5 and intercept 3", _stored("i4", 0.5, 3)),
    harmless("float64 with slope 2 and intercept 1", _stored("f8", 2, 1)),
    harmless("big-endian", _big_endian),
    harmless("NIfTI-2", _nifti2),
    harmless("slope 0, which means none", _slope(0)),
    excluded("slope of 1e30", _slope(1e30), "has values of up to.*correct its scale factor", "align"),
    Kind("an image whose scanner made it negative", _data(lambda d: d - 300), Happens.SCORED, "negative values"),
)
