"""A trained model by its name or its folder, checked against its digests."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from symbrain.errors import BadInput
from symbrain.learning import asymmetry, midline
from symbrain.learning.asymmetry import AsymmetryModel
from symbrain.learning.bundle import read_bundle
from symbrain.learning.device import device_of
from symbrain.learning.midline import Midline
from symbrain.learning.packaged import packaged
from symbrain.learning.placed import placed


def read_model(model: str | PathLike[str], device: str) -> Midline | AsymmetryModel:
    """Read the model of this name, or of this folder, and put it on a device.

    Raises
    ------
    BadInput
        Where there is no such folder or device, or the folder holds no whole bundle of a network that is known.
    """
    device_of(device)  # before anything is read
    folder = folder_of(model)
    definition = read_bundle(folder).inference.get("network_def")
    target = definition.get("_target_") if isinstance(definition, dict) else None
    if target in midline.TARGETS:  # compared, never looked up
        return placed(Midline.load(folder), device)
    if target in asymmetry.TARGETS:
        return placed(AsymmetryModel.load(folder), device)
    expected = " or ".join((midline.TARGETS[0], asymmetry.TARGETS[0]))
    msg = f"{folder} holds the network {target!r}; {expected} is expected"
    raise BadInput(msg)


def folder_of(model: str | PathLike[str]) -> Path:
    """Return where the bundle of this name, or of this folder, lies.

    Raises
    ------
    BadInput
        Where there is no such folder.
    """
    if model == "midline":
        return packaged("midline")
    if model == "asymmetry":
        return packaged("asymmetry")
    try:
        folder = Path(model)
    except TypeError as error:
        msg = f"{model!r} is no path; 'midline', 'asymmetry' or the folder of a trained bundle is expected"
        raise BadInput(msg) from error
    if not folder.is_dir():
        msg = f"{folder} is no folder; 'midline', 'asymmetry' or the folder of a trained bundle is expected"
        raise BadInput(msg)
    return folder
