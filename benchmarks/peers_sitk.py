"""SimpleITK's rigid registration of a head to its mirror image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import SimpleITK as sitk  # noqa: N813

_SHRINK, _SMOOTH_MM, _POINTS, _ITERATIONS = (4, 2, 1), (4.0, 2.0, 0.0), 100_000, 200


def register(path: str, probes: Sequence[Sequence[float]]) -> list[list[float]]:
    """Return where the probes (world points in LPS) are mapped by the rigid transform to the mirror image.

    The two images have one contrast, so their correlation is compared, from coarse to fine, from the shift of their
    centres of mass.
    """
    head = sitk.ReadImage(path, sitk.sitkFloat32)
    mirror = sitk.GetImageFromArray(np.ascontiguousarray(sitk.GetArrayViewFromImage(head)[:, :, ::-1]))
    mirror.CopyInformation(head)
    start = sitk.CenteredTransformInitializer(
        head, mirror, sitk.Euler3DTransform(), sitk.CenteredTransformInitializerFilter.MOMENTS
    )
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsCorrelation()
    method.SetMetricSamplingStrategy(method.RANDOM)
    voxels = [head.GetNumberOfPixels() / shrink**3 for shrink in _SHRINK]
    method.SetMetricSamplingPercentagePerLevel([min(1.0, _POINTS / count) for count in voxels], seed=1)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(
        learningRate=1.0, minStep=1e-4, numberOfIterations=_ITERATIONS, gradientMagnitudeTolerance=1e-8
    )
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel(_SHRINK)
    method.SetSmoothingSigmasPerLevel(_SMOOTH_MM)
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    method.SetInitialTransform(start, inPlace=True)
    method.Execute(head, mirror)
    return [list(map(float, start.TransformPoint(probe))) for probe in probes]
