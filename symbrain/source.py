"""Where the data come from: what a page must say about the dataset before anything else."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from symbrain.bids import find_base
from symbrain.cohort import dataset_of
from symbrain.errors import BadInput
from symbrain.json_file import read_object

_SYNTHETIC = ("phantom", "synthetic", "simulated")


@dataclass(frozen=True)
class Source:
    """The dataset behind the results: its name, and whether its heads are synthetic."""

    name: str
    synthetic: bool


def read_source(results: Path) -> Source:
    """Return the dataset that was ingested, as its own description names it; by its folder's name without one."""
    try:
        root = dataset_of(results)
    except BadInput:
        return Source("a dataset without a name", synthetic=False)
    for folder in _candidates(root):
        try:
            return _described(read_object(folder / "dataset_description.json"), root)
        except BadInput:
            continue
    return Source(root.name, synthetic=False)


def _candidates(root: Path) -> list[Path]:
    try:
        return [root, find_base(root)]
    except BadInput:
        return [root]


def _described(description: dict[str, object], root: Path) -> Source:
    said = json.dumps([description.get("Name"), description.get("GeneratedBy")]).lower()
    return Source(str(description.get("Name") or root.name), any(word in said for word in _SYNTHETIC))
