"""A trained model by its name or its folder: what ``symbrain.load`` is."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from symbrain.errors import BadInput

if TYPE_CHECKING:  # they bring torch, which waits until a model is asked for
    from symbrain.learning.asymmetry import AsymmetryModel
    from symbrain.learning.midline import Midline


@overload
def load(model: Literal["midline"]) -> Midline: ...
@overload
def load(model: Literal["asymmetry"]) -> AsymmetryModel: ...
@overload
def load(model: str | PathLike[str]) -> Midline | AsymmetryModel: ...
def load(model: str | PathLike[str]) -> Midline | AsymmetryModel:
    """Return a trained model, checked against its digests.

    Parameters
    ----------
    model
        ``"midline"`` or ``"asymmetry"``: the weights that come with symbrain. Anything else is the folder of a bundle,
        such as ``results/models/midline``, whose own ``network_def`` says which of the two it is; a folder that lies
        here by one of the two names is ``"./midline"``.

    Raises
    ------
    BadInput
        Where there is no such folder, or it holds no whole bundle of a network that is known.

    Examples
    --------
    >>> import numpy as np
    >>> found = load("midline").predict(np.zeros((60, 50)), spacing_mm=1.0)
    >>> found.points is None, found.p_midline
    (True, 0.0)
    """
    from symbrain.learning.asymmetry import AsymmetryModel
    from symbrain.learning.asymmetry_net import AsymmetryNet
    from symbrain.learning.bundle import read_bundle
    from symbrain.learning.midline import Midline
    from symbrain.learning.midline_net import MidlineNet
    from symbrain.learning.packaged import packaged

    if model == "midline":
        return Midline.load(packaged("midline"))
    if model == "asymmetry":
        return AsymmetryModel.load(packaged("asymmetry"))
    folder = Path(model)
    if not folder.is_dir():
        msg = f"{folder} is no folder; 'midline', 'asymmetry' or the folder of a trained bundle is expected"
        raise BadInput(msg)
    definition = read_bundle(folder).inference.get("network_def")
    target = definition.get("_target_") if isinstance(definition, dict) else None
    if target == _name(MidlineNet):  # compared, never looked up
        return Midline.load(folder)
    if target == _name(AsymmetryNet):
        return AsymmetryModel.load(folder)
    msg = f"{folder} holds the network {target!r}; {_name(MidlineNet)} or {_name(AsymmetryNet)} is expected"
    raise BadInput(msg)


def _name(network: type) -> str:
    return f"{network.__module__}.{network.__qualname__}"
