"""Several pictures of scans in one figure, each with a heading."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from PIL import Image

from symbrain.figure_style import styled

_WIDTH_IN, _HEADING_IN = 10.0, 0.34


@styled
def montage(pictures: Sequence[tuple[str, bytes]], columns: int) -> Figure:
    """Return a figure of pictures in rows, as wide as a page.

    Parameters
    ----------
    pictures
        Heading and file of each, all of one size; at least one. Headings are shown as they are, without any markup.
    """
    images = [np.asarray(Image.open(io.BytesIO(content)).convert("RGB")) for _, content in pictures]
    rows, (height, width) = math.ceil(len(images) / columns), images[0].shape[:2]
    tall = rows * (_WIDTH_IN / columns * height / width + _HEADING_IN)
    figure = Figure(figsize=(_WIDTH_IN, tall), layout=ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.02))
    grid = figure.subplots(rows, columns, squeeze=False, subplot_kw={"xticks": [], "yticks": [], "frame_on": False})
    for axes in grid.flat[len(images) :]:
        axes.set_visible(False)
    for axes, (heading, _), image in zip(grid.flat, pictures, images, strict=False):
        axes.imshow(image, interpolation="antialiased")
        axes.set_title(heading, fontsize=9, pad=4, parse_math=False)
    return figure
