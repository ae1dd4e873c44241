"""The trained asymmetry detector: how an upright brain's sides differ, and where, judged by the network.

The network is averaged over the reflection, so that the map of a mirrored brain is the mirrored map, whatever the
weights: the even part (M + F M) / 2 says how much, and the odd part (M − F M) / 2 which side (law 2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from symbrain.deviation import Asymmetry, summarise
from symbrain.errors import BadInput
from symbrain.json_file import understood
from symbrain.learning.asymmetry_calibration import DEVIANT_SD, Calibration, compared
from symbrain.learning.asymmetry_input import SHAPE, SPACING_MM, Box, Image, Mask, Working, network_input
from symbrain.learning.asymmetry_net import AsymmetryNet
from symbrain.learning.bundle import golden_gaps, read_bundle, read_tensors

METHOD = "asymmetry_network"
TARGETS = ("symbrain.learning.asymmetry_net.AsymmetryMap", "symbrain.learning.asymmetry_net.AsymmetryNet")
"""What a bundle calls the network: with one tensor as its answer, as MONAI wants it, and as it was called before."""
_GOLDEN_TOLERANCE = 1e-3


def fold_file(fold: int) -> str:
    """Return where a bundle keeps the weights that never saw a fold."""
    return f"models/fold-{fold}.safetensors"


@dataclass(frozen=True)
class AsymmetryModel:
    """The networks of a bundle with their calibration.

    Parameters
    ----------
    net
        Trained on all normals.
    by_fold
        Networks that never saw a fold.
    sha256
        Digest of the final weights.
    """

    net: AsymmetryNet
    by_fold: Mapping[int, AsymmetryNet]
    calibration: Calibration
    sha256: str

    @classmethod
    def load(cls, folder: Path) -> AsymmetryModel:
        """Read a bundle.

        Raises
        ------
        BadInput
            Where it is damaged or not of this kind.
        """
        bundle = read_bundle(folder)
        folds: dict[int, AsymmetryNet] = {}
        while (path := folder / fold_file(len(folds))).exists():  # listed in the bundle's digests, so checked
            folds[len(folds)] = net_from(read_tensors(folder, fold_file(len(folds))), path)
        norms, remedy = f"{folder}/configs/norms.json", "train the weights anew"
        calibration = understood(lambda known: Calibration.from_dict(known["voxels"]), bundle.norms, norms, remedy)
        net = net_from(bundle.state, folder)
        (gap,) = golden_gaps(bundle, lambda golden: {"logit": net(golden["input"])["logit"]}).values()
        if not gap < _GOLDEN_TOLERANCE:
            msg = (
                f"{folder}: the golden brain's log-odds are {gap:.2g} away from golden.safetensors, less than "
                f"{_GOLDEN_TOLERANCE:g} is expected; install the versions that configs/metadata.json names"
            )
            raise BadInput(msg)
        return cls(net, folds, calibration, bundle.sha256)

    def compare(self, image: Image, mask: Mask, spacing_mm: float, fold: int | None = None) -> Asymmetry:
        """Compare the sides of an upright brain.

        Parameters
        ----------
        image, mask
            Upright, bias field removed; axis 0 runs from the subject's left to the right and its middle is the
            mid-sagittal plane.
        fold
            Judge by the network that never saw this fold; None, or a bundle without folds: by the final one.

        Returns
        -------
        The heat lies on the given grid. The other numbers are taken in the box of 2 mm, whatever the grid.
        """
        box = Box.around(mask, spacing_mm)
        working = box.working(image, mask)
        net = self.net if fold is None or not self.by_fold else self.by_fold[fold]
        found = judged(self.calibration, logit_map(net, working), working.mask)
        return replace(found, heat=np.where(mask, box.back(found.heat), 0).astype(np.float32))


def judged(calibration: Calibration, logit: Image, mask: Mask) -> Asymmetry:
    """Return what log-odds in the box say; the heat lies in the box too."""
    return summarise(calibration.heat(logit, mask), compared(mask), SPACING_MM, deviant_sd=DEVIANT_SD)


def logit_map(net: AsymmetryNet, working: Working) -> Image:
    """Return the symmetrised log-odds of each voxel of the box: M(F x) = F M(x)."""
    return finer(coarse_logits(net, working))


@torch.inference_mode()
def coarse_logits(net: AsymmetryNet, working: Working) -> Tensor:
    """Return the symmetrised log-odds at the network's 4 mm, shape (1, 1, 32, 36, 28)."""
    x = torch.from_numpy(network_input(working))[None].to(net.middle.device)
    return net.eval().averaged(x)["logit"].cpu()


def finer(logit: Tensor) -> Image:
    """Return log-odds of 4 mm at the box's 2 mm, shape (64, 72, 56)."""
    return np.asarray(functional.interpolate(logit, size=SHAPE, mode="trilinear", align_corners=False)[0, 0].numpy())


def net_from(state: Mapping[str, Tensor], source: Path) -> AsymmetryNet:
    """Return the network with these weights.

    Raises
    ------
    BadInput
        Where they are another network's.
    """
    net = AsymmetryNet()
    try:
        net.load_state_dict(dict(state))
    except RuntimeError as error:
        msg = f"{source} holds the weights of another network ({str(error).splitlines()[0]}); train them anew"
        raise BadInput(msg) from error
    return net.eval().requires_grad_(False)
