"""The picture of a training: each part of the loss, and the check that decided when to stop."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any


def curve_picture(history: Mapping[str, Any]) -> bytes:
    """Return the picture as PNG of a ``History`` as a dictionary."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    steps, rows = history["steps"][1:], history["train"][1:]  # at step 0 nothing has been learned from
    for key in rows[0] if rows else []:
        left.plot(steps, [row[key] for row in rows], label=key)
    left.set(xlabel="step", title="training loss, by part")
    if rows:
        left.legend(fontsize=6)
    right.plot(history["steps"], history["check"], color="black")
    right.axvline(history["best_step"], color="grey", linestyle=":")
    right.set(xlabel="step", title="check (the dotted step is kept)")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=80, metadata={"Software": None})
    return buffer.getvalue()
