"""What a page says of a network: what it learned from, how its training went, how good it is on what it never saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure

from symbrain.figure_style import INK, SOFT, styled
from symbrain.findings import Fact, sentence, shown
from symbrain.inline_svg import inline_svg

_TITLES = {
    "midline": "The midline network: where is the midline in a slice?",
    "asymmetry": "The asymmetry network: which places are not normal?",
}
_WAYS = {
    "chosen": "as it is used: network and mirror-likeness together",
    "symmetrised": "the network alone, averaged over the flips",
    "raw": "the network alone, as it was trained",
    "constant_line": "for comparison: the same line in every slice",
}
_STOPPED = {"patience": "; more did not help", "steps": "; no more were asked for"}


@dataclass(frozen=True)
class Measured:
    """Errors on slices that no training saw: median and 95th percentile of angle and offset."""

    slices: str
    way: str
    angle_deg: str
    offset_mm: str


@dataclass(frozen=True)
class ModelSummary:
    """A network on a page.

    Parameters
    ----------
    trained
        Whether it was trained in this run; otherwise ``why_not`` says why the packaged one is used.
    curve
        The course of its training as a drawing; None where none is recorded.
    measured
        Its errors; empty where its bundle brings none.
    """

    name: str
    title: str
    trained: bool
    why_not: str
    facts: tuple[Fact, ...]
    curve: Markup | None
    measured: tuple[Measured, ...]


def summary(name: str, metadata: Mapping[str, Any], why_not: str = "") -> ModelSummary:
    """Return what a bundle's metadata say, in words and numbers for a page.

    Parameters
    ----------
    why_not
        Why nothing was trained and the packaged network is used.
    """
    history = metadata.get("history") or {}
    curve = training_curve(history, f"Training of the {name} network") if len(history.get("steps", ())) > 1 else None
    measured = tuple(_measured(metadata.get("eval_metrics") or {}))
    facts = tuple(_facts(metadata, history))
    return ModelSummary(name, _TITLES[name], not why_not, sentence(why_not) if why_not else "", facts, curve, measured)


def _facts(metadata: Mapping[str, Any], history: Mapping[str, Any]) -> list[Fact]:
    facts = [Fact("Learned from", str(metadata.get("data_source", "not recorded")))]
    if history.get("steps"):
        kept = history.get("best_step")
        why = _STOPPED.get(str(history.get("stopped")), "")
        facts.append(Fact("Steps", str(history["steps"][-1]), f"the best, step {kept}, was kept{why}"))
    settings = metadata.get("settings") or {}
    if "flip_consistency" in settings:
        facts.append(Fact("Weight of the flip-consistency loss", str(settings["flip_consistency"])))
    if metadata.get("seed") is not None:
        facts.append(Fact("Seed", str(metadata["seed"])))
    return facts


def _measured(metrics: Mapping[str, Any]) -> list[Measured]:
    rows = []
    for group, found in metrics.items():
        ways = found if isinstance(found, Mapping) else {}
        name = f"{group.replace('_', ' ')} ({ways.get('with_midline', '?')} slices)"
        for way, meaning in _WAYS.items():
            if isinstance(numbers := ways.get(way), Mapping):
                rows.append(
                    Measured(name, meaning, _pair(numbers, "angle_deg", "°"), _pair(numbers, "offset_mm", "mm"))
                )
    return rows


def _pair(numbers: Mapping[str, Any], key: str, unit: str) -> str:
    median, tail = (shown(numbers.get(f"{key}_{end}"), 2) for end in ("median", "p95"))
    return f"{median} / {tail}{'' if unit == '°' else ' '}{unit}"


@styled
def training_curve(history: Mapping[str, Any], title: str) -> Markup:
    """Draw the parts of the loss and the check on held-out data; the line marks the step that was kept."""
    figure = Figure(figsize=(8.5, 3.0), layout="constrained")
    left, right = figure.subplots(1, 2)
    steps, rows = history["steps"][1:], history["train"][1:]  # at step 0 nothing has been learned from
    for key in rows[0] if rows else []:
        left.plot(steps, [row.get(key, np.nan) for row in rows], label=key)
    left.set(xlabel="Step", ylabel="Training loss, by part")
    if rows:
        left.legend(fontsize=9)
    right.plot(history["steps"], history["check"], color=INK, marker="o" if len(rows) < 20 else "", ms=3)
    right.axvline(history["best_step"], color=SOFT, linestyle=":")
    right.annotate(
        "kept",
        (history["best_step"], 1),
        (3, -3),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        color=SOFT,
        va="top",
    )
    right.set(xlabel="Step", ylabel="Check on held-out data")
    check = [value for value in history["check"] if value is not None and np.isfinite(value)]
    best = f" The least was {min(check):.3g}." if check else ""
    label = f"{title}: parts of the loss, and the check on held-out data, kept at step {history['best_step']}.{best}"
    return inline_svg(figure, label)
