"""The state of a training run in one safetensors file, whose header carries the history as JSON: never a pickle.

One file, so that weights and history cannot disagree after a run is killed between two writes.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor, nn

from symbrain.atomic import write_bytes

State = dict[str, Tensor]


@dataclass(frozen=True)
class Checkpoint:
    """What is needed to go on: tensors by name, and the history so far."""

    tensors: State
    history: dict[str, Any]


def save(
    path: Path,
    terms: dict[str, Any],
    history: dict[str, Any],
    net: nn.Module,
    average: nn.Module,
    optimiser: torch.optim.Optimizer,
    best: State,
) -> None:
    """Write the state in one move.

    Parameters
    ----------
    terms
        What a run must share with this one to go on from here (name, seed, schedule).
    """
    tensors = {f"net.{k}": v for k, v in net.state_dict().items()}
    tensors |= {f"average.{k}": v for k, v in average.state_dict().items()}
    tensors |= {f"best.{k}": v for k, v in best.items()}
    for number, moments in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{number}.{k}": v for k, v in moments.items()}
    # Cloned: safetensors refuses tensors that share memory.
    tensors = {k: v.detach().clone().contiguous() for k, v in tensors.items()}
    write_bytes(path, to_bytes(tensors, {"terms": json.dumps(terms), "history": json.dumps(history)}))


def load(path: Path, terms: dict[str, Any]) -> Checkpoint | None:
    """Return the state to go on from; None where there is none, or one of another run."""
    if not path.exists():
        return None
    try:
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a mapping)
    except (SafetensorError, OSError) as error:
        print(f"{path} is no checkpoint ({error}); training starts from the beginning", file=sys.stderr)
        return None
    if header.get("terms") != json.dumps(terms):
        print(f"{path} is of a run with another seed or schedule; training starts from the beginning", file=sys.stderr)
        return None
    return Checkpoint(tensors, json.loads(header["history"]))


def restore(found: Checkpoint, net: nn.Module, average: nn.Module, optimiser: torch.optim.Optimizer) -> State:
    """Put the state back, and return the best weights so far."""
    net.load_state_dict(_under("net", found.tensors))
    average.load_state_dict(_under("average", found.tensors))
    moments: dict[int, State] = {}
    for key, value in _under("optimiser", found.tensors).items():
        number, name = key.split(".", 1)
        moments.setdefault(int(number), {})[name] = value
    optimiser.load_state_dict({"state": moments, "param_groups": optimiser.state_dict()["param_groups"]})
    return _under("best", found.tensors)


def _under(prefix: str, tensors: State) -> State:
    return {k.removeprefix(f"{prefix}."): v for k, v in tensors.items() if k.startswith(f"{prefix}.")}
