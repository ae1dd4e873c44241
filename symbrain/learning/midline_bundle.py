"""Writing the bundle of the midline: weights, golden pair, curves, and the card that says what it is good for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from symbrain.learning.bundle import write_bundle
from symbrain.learning.curve import curve_picture
from symbrain.learning.line_target import FLIPS
from symbrain.learning.metadata import make_metadata, tensor_format
from symbrain.learning.midline import TARGETS
from symbrain.learning.midline_input import MARGIN, TAIL, THRESHOLD
from symbrain.learning.midline_net import GRID, HEAT, MidlineNet, read_line
from symbrain.learning.midline_slices import collate
from symbrain.learning.midline_synthetic import synthetic
from symbrain.learning.symmetry import Symmetrised
from symbrain.settings import SlicesSettings

_USE = "Research on the symmetry of newborns' brains on MRI. Not a medical device; no diagnosis may rest on it."
_SYNTHETIC = "drawn heads and phantoms of symbrain, no person's scan"


def write_midline(
    out: Path,
    net: MidlineNet,
    *,
    metrics: Mapping[str, Any],
    norms: Mapping[str, Any],
    history: Mapping[str, Any],
    settings: Mapping[str, Any],
    sources: Mapping[str, str],
    seed: int,
    started_from: str,
) -> None:
    """Write the bundle.

    Parameters
    ----------
    norms
        Factors of the network's standard deviations, and those of what is found.
    sources
        For ``train``, ``val`` and ``test``: ``cohort`` or ``synthetic``.
    started_from
        Digest of the weights that training began with; empty for random ones.
    """
    data = f"training mixes the cohort's slices with {_SYNTHETIC}" if sources["train"] == "cohort" else _SYNTHETIC
    metadata = make_metadata(
        task="midline of a slice",
        description="A small U-Net paints the interhemispheric midline of a 2-D slice; a line is read off it.",
        intended_use=_USE,
        data_source=data,
        inputs={"image": tensor_format("image", "magnitude", {0: "slice, mean 0, variance 1"}, [GRID, GRID])},
        outputs={"pred": tensor_format("image", "probabilities", {0: "logit of the midline"}, [HEAT, HEAT])},
        seed=seed,
        history=history,
        eval_metrics=dict(metrics),
        settings=dict(settings),
        sources=dict(sources),
        started_from=started_from,
    )
    images = collate([synthetic(np.random.default_rng([7, i]), 0) for i in range(2)])["image"]
    with torch.inference_mode():
        outputs = Symmetrised(net, FLIPS).eval()(images)
    golden = {"image": images, "line": read_line(outputs["heat"]), "numbers": outputs["numbers"]}
    definition = {"_target_": TARGETS[0], "channels": list(net.channels), "residual_units": net.residual_units}
    inference = {
        "imports": ["$import symbrain.learning.bundle_run as bundle_run"],
        "bundle_root": ".",
        "image": "",
        "output": "",
        "network_def": definition,
        "run": "$bundle_run.lines(@bundle_root, @image, @output)",
        "least_p": 0.5,
        "symmetrised_over": ["1", "rows", "columns", "both"],
        "working_grid": {"pixels": GRID, "threshold": THRESHOLD, "tail": TAIL, "margin": MARGIN},
        "slices": asdict(SlicesSettings()),
    }
    write_bundle(
        out,
        metadata=metadata,
        inference=inference,
        norms=norms,
        state=net.state_dict(),
        golden=golden,
        card=_card(metadata, metrics, sources),
        extra={"docs/curve.png": curve_picture(history)},
    )


def _card(metadata: Mapping[str, Any], metrics: Mapping[str, Any], sources: Mapping[str, str]) -> str:
    """Return the model card, with the head that model hubs read."""
    head = "---\nlicense: apache-2.0\nlibrary_name: symbrain\ntags: [neonatal MRI, midline, brain symmetry]\n---\n"
    rows = [
        f"| {name} | {kind} | " + " | ".join(str(figures.get(key, "n/a")) for key in _COLUMNS) + " |"
        for name, result in metrics.items()
        for kind, figures in result.items()
        if isinstance(figures, dict)
    ]
    table = [f"| slices | line | {' | '.join(_COLUMNS)} |", "|---" * (2 + len(_COLUMNS)) + "|", *rows]
    return "\n".join([
        f"{head}\n# Midline of a slice\n\n{metadata['description']}\n",
        f"**Intended use.** {_USE}\n",
        f"**Trained on** {metadata['data_source']}; seed {metadata['seed']}; symbrain {metadata['symbrain_version']},",
        f"{metadata['cpu_hours']:g} hours of one core for the run that wrote this.",
        "Synthetic newborns are of 26 to 45 weeks, T2w and T1w.\n",
        f"Slices that decided when to stop: {sources['val']}; slices reported on as test: {sources['test']}.\n",
        "## Evaluation\n\nAfter a random pose of up to ±20°, where the slices are upright before it.\n",
        *table,
        "\n![curve](curve.png)\n",
        "## Where it fails\n\nLow slices of tilted heads, which show no fissure; slices much coarser in one direction;",
        "heads whose midline is missing (holoprosencephaly). Its standard deviation says how far to trust a line,",
        "and a lead below 0.1 that another line is as likely.\n",
        "## Limits\n\nSynthetic figures say nothing about infants; test on slices annotated by hand before use. The",
        "standard deviations are scaled on the slices that decided when to stop. Settings:",
        f"`{json.dumps(metadata['settings'])}`.\n",
    ])  # fmt: skip


_COLUMNS = ("angle_deg_median", "angle_deg_p95", "offset_mm_median", "offset_mm_p95", "exists_accuracy")
