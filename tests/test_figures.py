from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from symbrain import figures
from symbrain.line import Line
from symbrain.polyline import Polyline
from symbrain.slice import Slice
from symbrain.volume import Volume

AFFINE = np.array([[0, -1.0, 0, 30], [1.0, 0, 0, -30], [0, 0, 1.0, 0], [0, 0, 0, 1]])
DPI = 40


@pytest.fixture
def image() -> Slice:
    """Return a slice with a bright marker on the subject's left, at the front."""
    pixels = np.zeros((61, 61), np.float32)
    pixels[10:51, 10:51] = 0.2
    pixels[44:50, 44:50] = 1.0
    return Slice(pixels, AFFINE, "axial", 9, 0.5)


@pytest.fixture
def line() -> Line:
    return Line((0.0, 30.0), (60.0, 30.0), (61, 61), (1.0, 1.0))


def opened(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), float)


def letters(figure: Figure, axes: int = 0) -> dict[str, float]:
    """Return where letters stand, as shares of the panel's width."""
    return {text.get_text(): text.get_position()[0] for text in figure.axes[axes].texts if len(text.get_text()) == 1}


def bright(picture: np.ndarray) -> tuple[float, float]:
    """Return the centre (across, down) of what is bright in the upper nine tenths, as shares of the picture."""
    height, width = picture.shape[:2]
    square = picture[: int(0.9 * height)].mean(axis=2)
    square[int(0.8 * height) :, : int(0.4 * width)] = 0  # the scale
    square[int(0.42 * height) : int(0.5 * height)] = 0  # the letters
    down, across = np.argwhere(square > 180).mean(axis=0)
    return across / width, down / height


def test_the_subjects_left_is_on_the_right_with_its_letter(
    image: Slice, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    across, down = bright(opened(figures.midline_picture(image, None, None, 30.0, DPI)))
    assert across > 0.6
    assert down < 0.4
    across, down = bright(opened(figures.mirror_picture(image, line, 30.0, DPI)))
    assert across < 0.4
    assert down < 0.4
    monkeypatch.setattr(figures, "_file", lambda figure, dpi: figure)
    native, mirror = (
        letters(f)
        for f in (figures.midline_picture(image, line, None, 30.0, DPI), figures.mirror_picture(image, line, 30.0, DPI))
    )
    assert native["L"] > 0.9 > 0.1 > native["R"]
    assert mirror["R"] > 0.9 > 0.1 > mirror["L"]


def heated(strength: float) -> np.ndarray:
    """Return the picture of an even slice with a deviation on the subject's left, at the front."""
    dull = Slice(np.full((61, 61), 0.3, np.float32), AFFINE, "axial", 9, 0.5)
    heat = np.zeros((61, 61), np.float32)
    heat[44:50, 44:50] = strength
    return opened(
        figures.heat_picture(dull, Slice(heat, AFFINE, "axial", 9, 0.5), None, 30.0, DPI, figures.CLASSICAL_HEAT_SD)
    )


def test_heat_shows_where_it_is_and_nowhere_else() -> None:
    without = heated(0.0)
    changed = np.argwhere(np.abs(heated(6.0) - without).max(axis=2) > 60)
    height, width = without.shape[:2]
    down, across = changed.mean(axis=0)
    assert across / width > 0.65
    assert down / height < 0.35
    assert np.ptp(changed, axis=0).max() < 0.25 * width


def test_heat_has_one_scale() -> None:
    """Half the deviation has another colour: the scale does not follow the picture's own greatest value."""
    spot = np.abs(heated(6.0) - heated(0.0)).max(axis=2) > 100
    greens = [heated(strength)[spot][:, 1].mean() for strength in (2.0, 4.0, 6.0)]
    assert greens[0] + 20 < greens[1] < greens[2] - 20
    np.testing.assert_array_equal(heated(6.0), heated(60.0))


@pytest.mark.parametrize("with_line", [True, False])
@pytest.mark.parametrize("curve", [None, Polyline(np.array([[5.0, 30.0], [40.0, 33.0]]), (80, 90))])
def test_slice_without_line_curve_or_pixels(image: Slice, line: Line, curve: Polyline | None, with_line: bool) -> None:
    empty = Slice(np.full((61, 61), np.nan, np.float32), AFFINE, "coronal", 3, 0.5)
    for one in (image, empty):
        half = figures.field_of_view_mm([one])
        assert opened(figures.midline_picture(one, line if with_line else None, curve, half, DPI)).size
    assert figures.field_of_view_mm([empty]) == 30.5


def test_pictures_of_one_kind_have_one_size_and_are_small(image: Slice, line: Line) -> None:
    noise = np.random.default_rng(1).random((290, 290)).astype(np.float32)
    noisy = Slice(noise, AFFINE, "axial", 9, 0.5)
    contents = [figures.midline_picture(one, None, None, 30.0, 80) for one in (image, noisy)]
    assert opened(contents[0]).shape == opened(contents[1]).shape == (393, 360, 3)
    assert max(map(len, contents)) < 60_000


def test_same_input_gives_the_same_bytes(image: Slice, line: Line) -> None:
    assert figures.mirror_picture(image, line, 30, DPI) == figures.mirror_picture(image, line, 30, DPI)


def test_upright_views_mark_their_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    data = np.zeros((21, 31, 25), np.float32)
    data[2:5, 24:28, 18:22] = 1.0
    upright = Volume(data, np.diag([1.0, 1.0, 1.0, 1.0]))
    assert opened(figures.upright_picture(upright, DPI)).size
    monkeypatch.setattr(figures, "_file", lambda figure, dpi: figure)
    figure = figures.upright_picture(upright, DPI)
    for panel in (0, 1):
        assert letters(figure, panel)["L"] > letters(figure, panel)["R"]
    assert letters(figure, 2)["A"] < letters(figure, 2)["P"]
    assert figures.upright_picture(Volume(np.zeros((9, 9, 9), np.float32), np.eye(4)), DPI)


def test_no_global_state(repository: Path) -> None:
    assert "pyplot" not in (repository / "symbrain" / "figures.py").read_text(encoding="utf-8")
