"""What a bundle says about itself: MONAI's mandatory keys, and where the weights come from."""

from __future__ import annotations

import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from symbrain.version import __version__

SCHEMA_URL = "https://github.com/Project-MONAI/MONAI-extra-test-data/releases/download/0.8.1/meta_schema_20240725.json"
"""What MONAI's own bundles name; ``docs/metadata.schema.json`` stands for it where there is no network."""
FORMAT = 1  # of the bundle; raised when a reader of the old one would be misled
MANDATORY = (
    "schema version changelog monai_version pytorch_version numpy_version required_packages_version task description "
    "authors copyright network_data_format intended_use data_source symbrain_version symbrain_format seed history"
).split()
"""MONAI's mandatory keys (mb_specification.rst), and ours."""


def make_metadata(
    *,
    task: str,
    description: str,
    intended_use: str,
    data_source: str,
    inputs: Mapping[str, Any],
    outputs: Mapping[str, Any],
    seed: int,
    history: Mapping[str, Any],
    **more: Any,
) -> dict[str, Any]:
    """Return the metadata of a bundle made by the installed versions.

    Parameters
    ----------
    inputs, outputs
        MONAI's tensor specifications by name, see ``tensor_format``.
    history
        The curves of the training (``dataclasses.asdict`` of a ``History``).
    more
        Optional keys, such as ``eval_metrics``.
    """
    return {
        "schema": SCHEMA_URL,
        "version": "1.0.0",
        "changelog": {"1.0.0": "as trained"},
        "monai_version": version("monai"),
        "pytorch_version": version("torch").split("+")[0],
        "numpy_version": version("numpy"),
        "required_packages_version": {"safetensors": version("safetensors")},
        "task": task,
        "description": description,
        "authors": "The symbrain developers",
        "copyright": "The symbrain developers, Apache-2.0",
        "network_data_format": {"inputs": dict(inputs), "outputs": dict(outputs)},
        "intended_use": intended_use,
        "data_source": data_source,
        "symbrain_version": __version__,
        "symbrain_format": FORMAT,
        "seed": seed,
        "history": dict(history),
        "cpu_hours": round(time.process_time() / 3600, 2),
        **more,
    }


def schema() -> dict[str, Any]:
    """Return what metadata must be, as a JSON schema: MONAI's mandatory keys, and ours."""
    words, tensors = {"type": "string", "minLength": 1}, {"type": "object", "minProperties": 1}
    texts = "schema version monai_version pytorch_version numpy_version task description authors copyright intended_use"
    objects = "changelog required_packages_version history"
    tensor = {
        "type": "object",
        "required": "type format num_channels spatial_shape dtype value_range is_patch_data channel_def".split(),
        "properties": {
            "num_channels": {"type": "integer", "minimum": 1},
            "spatial_shape": {"type": "array", "items": {"type": ["integer", "string"]}},
            "value_range": {"type": "array", "items": {"type": "number"}},
            "is_patch_data": {"type": "boolean"},
            "channel_def": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    }
    tensors = tensors | {"additionalProperties": tensor}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": list(MANDATORY),
        "properties": {
            **dict.fromkeys(texts.split(), words),
            **{key: {"type": "object"} for key in objects.split()},
            "network_data_format": {
                "type": "object",
                "required": ["inputs", "outputs"],
                "properties": {
                    "inputs": tensors | {"required": ["image"]},
                    "outputs": tensors | {"required": ["pred"]},
                },
            },
            "symbrain_format": {"const": FORMAT},
        },
    }


def tensor_format(
    kind: str, layout: str, channels: Mapping[int, str], shape: list[Any], value_range: list[float] | None = None
) -> dict[str, Any]:
    """Return MONAI's specification of one tensor, float32.

    Parameters
    ----------
    kind, layout
        MONAI's ``type`` and ``format``, such as ``image`` and ``magnitude``.
    channels
        What each channel holds.
    shape
        Size of each spatial dimension.
    """
    return {
        "type": kind,
        "format": layout,
        "modality": "MR",
        "num_channels": len(channels),
        "spatial_shape": shape,
        "dtype": "float32",
        "value_range": value_range or [],
        "is_patch_data": False,
        "channel_def": {str(number): text for number, text in channels.items()},
    }
