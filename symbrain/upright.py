"""The upright image: the scan turned so that its mid-sagittal plane is x = 0, with one interpolation.

Only ``align`` needs this module, and it alone imports SimpleITK.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813 (its usual name)
from numpy.typing import NDArray

from symbrain.atomic import write_bytes
from symbrain.upright_grid import UprightGrid
from symbrain.volume import Affine, Volume

_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])  # ITK's world is LPS, nibabel's is RAS
_BIAS_MM = 4.0


def resample(volume: Volume, grid: UprightGrid, *, nearest: bool = False, threads: int = 1) -> NDArray[np.float32]:
    """Return a scan's volume on the upright grid, by one linear (or nearest) interpolation; zero outside."""
    resampler = sitk.ResampleImageFilter()
    resampler.SetNumberOfThreads(threads)
    resampler.SetInterpolator(sitk.sitkNearestNeighbor if nearest else sitk.sitkLinear)
    resampler.SetTransform(_transform(grid))
    resampler.SetReferenceImage(_image(np.zeros(grid.shape, np.float32), grid.affine))
    resampler.SetOutputPixelType(sitk.sitkFloat32)
    return _array(resampler.Execute(_image(volume.data, volume.affine)))


def bias_field(image: NDArray[np.float32], mask: NDArray[np.bool_], grid: UprightGrid, *, threads: int = 1) -> Volume:
    """Return the bias field of an upright image (1 where unknown), estimated at coarse resolution.

    N4 (Tustison et al. 2010, IEEE TMI 29:1310), on blocks of four millimetres.
    """
    small = Volume(image, grid.affine).shrunk(_BIAS_MM)
    inside = Volume(mask.astype(np.float32), grid.affine).shrunk(_BIAS_MM).data > 0.5
    positive = np.where(inside, np.maximum(small.data, 1e-3 * float(np.median(small.data[inside]))), 0)
    correct = sitk.N4BiasFieldCorrectionImageFilter()
    correct.SetNumberOfThreads(threads)
    correct.SetMaximumNumberOfIterations([20, 15, 10])
    correct.SetNumberOfControlPoints([4, 4, 4])
    source = _image(positive.astype(np.float32), small.affine)
    correct.Execute(source, _image(inside.astype(np.uint8), small.affine))
    log_field = _array(correct.GetLogBiasFieldAsImage(source))
    return Volume(np.exp(log_field - np.median(log_field[inside])).astype(np.float32), small.affine)


def write_transform(path: Path, grid: UprightGrid) -> None:
    """Write the transform as ITK text (LPS), as ``antsApplyTransforms -i SCAN -r UPRIGHT -t XFM`` takes it."""
    with tempfile.TemporaryDirectory() as folder:
        temporary = Path(folder) / "xfm.txt"
        sitk.WriteTransform(_transform(grid), str(temporary))
        write_bytes(path, temporary.read_bytes())


def _transform(grid: UprightGrid) -> sitk.AffineTransform:
    matrix = _LPS @ grid.to_scan @ _LPS
    transform = sitk.AffineTransform(3)
    transform.SetMatrix(matrix[:3, :3].ravel().tolist())
    transform.SetTranslation(matrix[:3, 3].tolist())
    return transform


def _image(data: NDArray[np.generic], affine: Affine) -> sitk.Image:
    image = sitk.GetImageFromArray(np.ascontiguousarray(data.T))
    lps = _LPS @ affine
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetDirection((lps[:3, :3] / spacing).ravel().tolist())
    image.SetOrigin(lps[:3, 3].tolist())
    return image


def _array(image: sitk.Image) -> NDArray[np.float32]:
    return np.ascontiguousarray(sitk.GetArrayFromImage(image).T, np.float32)
