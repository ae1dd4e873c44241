"""Headers that lie about size, place, units or side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from faults.kind import Happens, Kind, excluded, harmless
from faults.site import Site, head, nifti, picture


def _scaled(factor: float) -> Callable[[Site], object]:
    return lambda site: site.store(nifti(affine=head().affine @ np.diag([factor] * 3 + [1])))


def _placed(change: Callable[[NDArray[Any]], NDArray[Any]], *, only: str = "sform") -> Callable[[Site], object]:
    """Return what writes a changed affine into the sform, as it is; with ``only`` "both", no qform stands beside it."""

    def make(site: Site) -> object:
        image = nifti()
        rows = np.asarray(change(head().affine.copy()), np.float32)
        for name, row in zip(("srow_x", "srow_y", "srow_z"), rows, strict=False):
            image.header[name] = row
        if only == "both":
            image.header["qform_code"] = 0

        def patch(content: bytearray) -> None:
            content[280:328] = rows[:3].tobytes()
            if only == "both":
                content[252:254] = np.int16(0).tobytes()

        return site.edit(patch)

    return make


def _pixdim(value: float) -> Callable[[Site], object]:
    """Return what writes a voxel edge into the header, where only the qform places the image."""

    def change(content: bytearray) -> None:
        content[80:92] = np.full(3, value, np.float32).tobytes()
        content[254:256] = np.int16(0).tobytes()

    return lambda site: site.edit(change)


def _no_codes(content: bytearray) -> None:
    content[252:256] = np.zeros(2, np.int16).tobytes()


def _turned(affine: NDArray[Any]) -> NDArray[Any]:
    turn = np.eye(4)
    turn[:3, :3] = Rotation.from_euler("x", 4, degrees=True).as_matrix()
    return np.asarray(turn @ affine)


def _singular(affine: NDArray[Any]) -> NDArray[Any]:
    affine[:3, 1] = affine[:3, 0]
    return affine


def _sheared(affine: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(affine @ np.array([[1, 0.3, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]))


def _lost(affine: NDArray[Any]) -> NDArray[Any]:
    affine[0, 3] = np.nan
    return affine


def _in_metres(site: Site) -> object:
    image = nifti(affine=head().affine @ np.eye(4))
    scale = np.diag([1e-3] * 3 + [1])
    image = nifti(affine=scale @ head().affine)
    image.header.set_xyzt_units("meter")
    return site.store(image)


def _called_metres(site: Site) -> object:
    image = nifti()
    image.header.set_xyzt_units("meter")
    return site.store(image)


def _stored_backwards(site: Site) -> object:
    """Store the head with its first axis the other way round: the voxels and the affine, so that nothing is changed."""
    data, affine = picture(), head().affine
    flip = np.diag([-1.0, 1, 1, 1])
    flip[0, 3] = data.shape[0] - 1
    return site.store(nifti(data[::-1], affine @ flip))


KINDS = (
    excluded("voxels of 300 mm", _scaled(100), "has voxels of 300 × 300 × 300 mm; 0.1 to 10.* mm are expected"),
    excluded("voxels of 0.003 mm", _scaled(0.001), "has voxels of 0.003 .* mm; 0.1 to 10.* mm are expected"),
    excluded("voxel size 0", _pixdim(0), "singular affine; write its header anew"),
    excluded("voxel size negative", _pixdim(-3), "pixdims.*should be positive.*write its header anew"),
    excluded("singular affine", _placed(_singular, only="both"), "singular or sheared affine.*write its header anew"),
    excluded("sheared affine", _placed(_sheared, only="both"), "singular or sheared affine.*resample it"),
    excluded("NaN in the affine", _placed(_lost, only="both"), "singular affine; write its header anew"),
    excluded(
        "sform and qform of opposite sides",
        _placed(lambda a: np.diag([-1, 1, 1, 1]) @ a),
        "contradicts itself about sides.*write both alike",
    ),
    Kind("sform and qform 4° apart", _placed(_turned), Happens.SCORED, "sform and qform differ by 4.0°"),
    excluded(
        "sform and qform code 0", lambda site: site.edit(_no_codes), "no side is given; convert it again from DICOM"
    ),
    Kind("affine in metres, and the header says so", _in_metres, Happens.CLOSE),
    excluded("affine in millimetres, called metres", _called_metres, "check the units in its header"),
    harmless("stored from right to left", _stored_backwards),
)
