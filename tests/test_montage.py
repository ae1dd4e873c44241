from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from symbrain.montage import montage


def picture(grey: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.full((30, 40), grey, np.uint8)).save(buffer, format="webp")
    return buffer.getvalue()


def test_pictures_stand_in_rows_under_their_headings() -> None:
    figure = montage([(f"$_{k}$ <b>", picture(20 * k)) for k in range(4)], 3)
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert len(figure.axes) == 6
    assert [axes.get_title(loc="left") for axes in shown] == [f"$_{k}$ <b>" for k in range(4)]
    greys = [float(axes.images[0].get_array().mean()) for axes in shown]
    assert greys == pytest.approx([0, 20, 40, 60], abs=4)
    figure.canvas.draw()  # a heading from data is no formula
