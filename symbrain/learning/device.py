"""Where a network runs: by name, or the best there is."""

from __future__ import annotations

import torch

from symbrain.errors import BadInput

KNOWN = ("auto", "cpu", "cuda", "mps")


def device_of(name: str) -> torch.device:
    """Return the device of this name; ``auto`` is the first there is of cuda, mps and cpu.

    Raises
    ------
    BadInput
        Where there is no such device, here or at all.

    Examples
    --------
    >>> device_of("cpu")
    device(type='cpu')
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(kind for kind, is_there in there.items() if is_there))
    kind, _, number = str(name).partition(":")
    if kind not in there or (number and not number.isdecimal()):
        msg = f"{name!r} was given as device; {', '.join(map(repr, KNOWN))} is expected"
        raise BadInput(msg)
    if not there[kind] or (kind == "cuda" and int(number or 0) >= torch.cuda.device_count()):
        msg = f"this machine has no device {name!r} that PyTorch can use; choose 'cpu', or 'auto' for the best there is"
        raise BadInput(msg)
    return torch.device(name)
