"""Images in memory as nibabel knows them: what a caller may hand over in place of a file, and what is handed back."""

from __future__ import annotations

import hashlib
from os import PathLike
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import DTypeLike, NDArray

from symbrain.errors import BadInput

Image = nib.Nifti1Image
Source = str | PathLike[str] | Image
"""A scan, a mask or a label map: the path of its file, or a nibabel NIfTI image."""
UNNAMED = Path("image.nii")
"""What an image in memory is called that comes from no file."""


def is_source(thing: Any) -> bool:
    """Tell whether something is a path or an image of nibabel, and no plain array."""
    return isinstance(thing, (str, PathLike, nib.spatialimages.SpatialImage))


def name_of(source: Source) -> str:
    """Return what messages call an image: the name of its file."""
    named = source.get_filename() if isinstance(source, Image) else source
    return Path(named or UNNAMED).name


def in_memory(source: Any) -> tuple[Path, Image, str]:
    """Return the name, the image and the digest of an image that is handed over in memory.

    The header says what the image's affine says, also where the affine was changed after loading. The digest is that
    of header and voxels, as there is no file.

    Raises
    ------
    BadInput
        Where it is no NIfTI image of nibabel.
    """
    if not isinstance(source, Image):  # the parent of NIfTI-2 images too
        kind = f"{type(source).__module__.split('.')[0]}.{type(source).__qualname__}"
        msg = (
            f"a {kind} was given as an image; a path or a nibabel NIfTI image is expected: an array alone has no "
            "sides, so wrap it, nibabel.Nifti1Image(array, affine)"
        )
        raise BadInput(msg)
    path = Path(source.get_filename() or UNNAMED)
    image = type(source)(source.dataobj, source.affine, source.header)
    try:
        voxels = np.ascontiguousarray(image.dataobj).tobytes()
    except Exception as error:  # the file behind it is gone, or shorter than its header says
        msg = f"{path.name} has no voxels that can be read ({' '.join(str(error).split())}); load it again"
        raise BadInput(msg) from error
    return path, image, hashlib.sha256(image.header.binaryblock + voxels).hexdigest()


def as_image(data: NDArray[np.generic], affine: NDArray[np.float64], dtype: DTypeLike = np.float32) -> Image:
    """Return an array as an image whose sform and qform both say where it lies (RAS+, mm)."""
    image = Image(np.asarray(data, dtype), affine, dtype=dtype)
    image.set_sform(affine, 1)
    image.set_qform(affine, 1)
    image.header.set_xyzt_units("mm")
    return image
