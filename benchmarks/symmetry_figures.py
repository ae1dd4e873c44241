"""A figure for each mechanism of the symmetry laboratory, each computed by the mechanism's own code on a small task.

``python benchmarks/symmetry_figures.py [NAME…]`` writes them to ``docs/images/mechanisms``. They explain; what each
mechanism is worth the ablation says.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import torch
from matplotlib.figure import Figure
from PIL import Image

from symbrain.atomic import write_bytes
from symbrain.figure_style import rendered
from symbrain.progress import track
from symmetry.catalogue import MECHANISMS
from symmetry_canvas import LOOK
from symmetry_flip_figures import FIGURES as OF_FLIPS
from symmetry_form_figures import FIGURES as OF_FORMS
from symmetry_latent_figures import FIGURES as OF_LATENTS
from symmetry_place_figures import FIGURES as OF_PLACES
from symmetry_strength_figures import FIGURES as OF_STRENGTHS

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images" / "mechanisms"
_COLOURS = 96
FIGURES: dict[str, Callable[[], Figure]] = OF_PLACES | OF_FLIPS | OF_LATENTS | OF_STRENGTHS | OF_FORMS


def file_name(mechanism: str) -> str:
    """Return the name of a mechanism's figure."""
    return mechanism.replace(" ", "-").replace("/", "-") + ".png"


def write(mechanism: str, folder: Path = FOLDER) -> Path:
    """Draw the figure of a mechanism, and return where it is."""
    with mpl.rc_context(LOOK):
        content = _few_colours(rendered(FIGURES[mechanism](), "png"))
    path = folder / file_name(mechanism)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, content)
    return path


def _few_colours(png: bytes) -> bytes:
    """Return a picture of 96 colours, which nobody tells from the same in all colours, and which is a third as long."""
    buffer = io.BytesIO()
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(_COLOURS, Image.Quantize.MAXCOVERAGE).save(buffer, "png", optimize=True)
    return buffer.getvalue()


def main(names: list[str]) -> None:
    """Draw all figures, or those that are named."""
    torch.set_num_threads(1)
    for name in track(names or list(MECHANISMS), "figures"):
        write(name)


if __name__ == "__main__":
    main(sys.argv[1:])
