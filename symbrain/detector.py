"""The asymmetry network as a caller wants it, on scans as they are; and ``symbrain.load``, which gives the networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, cast, overload

import numpy as np
from numpy.typing import ArrayLike

from symbrain.deviation import Asymmetry
from symbrain.errors import BadInput
from symbrain.nifti import Source, is_source

if TYPE_CHECKING:  # they bring torch, which waits until a model is asked for
    from symbrain.learning.asymmetry import AsymmetryModel
    from symbrain.learning.midline import Midline


@overload
def load(model: Literal["midline"], *, device: str = "auto") -> Midline: ...
@overload
def load(model: Literal["asymmetry"], *, device: str = "auto") -> Detector: ...
@overload
def load(model: str | PathLike[str], *, device: str = "auto") -> Midline | Detector: ...
def load(model: str | PathLike[str], *, device: str = "auto") -> Midline | Detector:
    """Return a trained model, checked against its digests; ``predict`` asks it.

    Parameters
    ----------
    model
        ``"midline"`` or ``"asymmetry"``: the weights that come with symbrain. Anything else is the folder of a bundle,
        such as ``results/models/midline``, whose own ``network_def`` says which of the two it is; a folder that lies
        here by one of the two names is ``"./midline"``.
    device
        ``auto`` (the first there is of ``cuda``, ``mps`` and ``cpu``), or one of these.

    Raises
    ------
    BadInput
        Where there is no such folder or device, or the folder holds no whole bundle of a network that is known.

    Examples
    --------
    The midline of a slice, and the sides of a scan:

    >>> import nibabel
    >>> import symbrain
    >>> from symbrain.phantom import Lesion, make_head
    >>> head = make_head(1, spacing_mm=2.0, lesion=Lesion("haemorrhage", "left", diameter_mm=18.0, contrast_sd=6.0))
    >>> found = symbrain.load("midline").predict(head.image[:, :, 25], spacing_mm=2.0)
    >>> found.points.shape, found.p_midline > 0.5
    ((2, 2), True)
    >>> symbrain.load("asymmetry").predict(nibabel.Nifti1Image(head.image, head.affine)).side
    'left'
    """
    from symbrain.learning.asymmetry import AsymmetryModel
    from symbrain.learning.trained_model import read_model

    found = read_model(model, device)
    return Detector(found) if isinstance(found, AsymmetryModel) else found


@dataclass(frozen=True)
class Detector:
    """The asymmetry network: how the sides of a brain differ, judged by what is normal.

    It gives the bare numbers; ``symbrain.score`` gives them with a quality verdict and where they come from.
    """

    model: AsymmetryModel

    @property
    def sha256(self) -> str:
        """Digest of the weights."""
        return self.model.sha256

    def predict(self, image: Any, *, mask: Any = None, spacing_mm: float | None = None) -> Asymmetry | list[Asymmetry]:
        """Compare the sides of a brain, or of each of a list.

        Parameters
        ----------
        image
            A scan: a path or a nibabel image. It is aligned first, and the heat is a nibabel image on its own grid.
            Or an upright brain: an array whose axis 0 runs from the subject's left to the right, with the
            mid-sagittal plane in its middle, and whose bias field is removed; the heat is an array like it. Or a list
            of such, which gives a list.
        mask
            The brain, on the grid of the image, as the image is given, or a list. A scan's may be left out.
        spacing_mm
            Voxel edge of an upright array; a scan knows its own.

        Raises
        ------
        BadInput
            Where an image or a mask cannot be used, in a sentence.
        """
        if isinstance(image, (list, tuple)):
            masks = _one_for_each(mask, len(image))
            return [self._one(one, its, spacing_mm) for one, its in zip(image, masks, strict=True)]
        return self._one(image, mask, spacing_mm)

    def _one(self, image: Any, mask: Any, spacing_mm: float | None) -> Asymmetry:
        return self._scan(image, mask) if is_source(image) else self._upright(image, mask, spacing_mm)

    def _scan(self, source: Source, mask: Source | None) -> Asymmetry:
        from symbrain import walk
        from symbrain.comparison import heatmap
        from symbrain.nifti import as_image
        from symbrain.single import align_scan, upright_of
        from symbrain.volume import read_scan

        scan = read_scan(source)
        aligned = align_scan(scan, mask)
        found = self.model.compare(*upright_of(aligned).sides)
        heat = heatmap(found, aligned.grid, aligned.brain.data, walk.alignment_of(aligned, scan))
        return replace(found, heat=cast(Any, as_image(heat, scan.stored_affine)))  # an image for an image

    def _upright(self, image: ArrayLike, mask: ArrayLike | None, spacing_mm: float | None) -> Asymmetry:
        voxels, brain = np.asarray(image, np.float32), np.asarray(mask)
        if spacing_mm is None or voxels.ndim != 3 or brain.shape != voxels.shape:
            given = "no mask" if mask is None else f"a mask of shape {brain.shape}"
            msg = (
                f"an array of shape {voxels.shape} was given with {given} and the spacing {spacing_mm}; an upright "
                "brain has three axes, a mask of its shape and a voxel edge in mm: give a scan, which is turned "
                "upright first, as a path or a nibabel image"
            )
            raise BadInput(msg)
        return self.model.compare(voxels, brain > 0, float(spacing_mm))


def _one_for_each(masks: Any, count: int) -> Sequence[Any]:
    if masks is None:
        return [None] * count
    if not isinstance(masks, (list, tuple)) or len(masks) != count:
        given = f"{len(masks)} masks" if isinstance(masks, (list, tuple)) else "one mask"
        msg = f"{given} for {count} images; give a list with one for each image, None for those without"
        raise BadInput(msg)
    return masks
