from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from symbrain.errors import BadInput
from symbrain.published_row import line_text, pixels_of, png_of, read_line

hundredths = st.integers(-100_000, 100_000).map(lambda n: n / 100)
points = st.tuples(st.tuples(hundredths, hundredths), st.tuples(hundredths, hundredths)).filter(lambda p: p[0] != p[1])
Points = tuple[tuple[float, float], tuple[float, float]]


@given(points)
def test_line_round_trip(line: Points) -> None:
    assert read_line(line_text(line)) == line


@given(st.tuples(*[st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))] * 2))
def test_any_line_is_written_to_a_hundredth_of_a_pixel(line: Points) -> None:
    text = line_text(line)
    assert "e" not in text
    assert "-0.0}" not in text
    try:
        np.testing.assert_allclose(read_line(text), line, atol=0.0051)
    except BadInput:
        assert np.abs(np.subtract(*line)).max() < 0.02


PUBLISHED = "[{'x': 30.53, 'y': 137.73} {'x': 246.75, 'y': 147.18}]"


@pytest.mark.parametrize(
    "text",
    [
        PUBLISHED,
        PUBLISHED.replace("} {", "}\n {"),
        PUBLISHED.replace("} {", "}, {"),
        PUBLISHED.replace("'", '"'),
        PUBLISHED.replace(" ", ""),
    ],
)
def test_spellings_of_a_line(text: str) -> None:
    assert read_line(text) == ((30.53, 137.73), (246.75, 147.18))


def test_published_spelling() -> None:
    assert line_text(((30.53, 137.73), (246.75, 147.18))) == PUBLISHED
    assert line_text(((145, 0), (145.004, 289.999))) == "[{'x': 145.0, 'y': 0.0} {'x': 145.0, 'y': 290.0}]"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "[{'x': 1.0, 'y': 2.0}]",
        PUBLISHED[:-1],
        PUBLISHED + "; import os",
        "[{'x': __import__('os').getpid(), 'y': 1} {'x': 2, 'y': 3}]",
        "[{'x': nan, 'y': 1} {'x': 2, 'y': 3}]",
        "[{'x': 1e999, 'y': 1} {'x': 2, 'y': 3}]",
        "[{'x': 1, 'y': 1} {'x': 1.0, 'y': 1.0}]",
        "[{'x': 1, 'y': 1} {'x': 2, 'y': 3} {'x': 2, 'y': 3}]",
    ],
)
def test_other_lines_are_sentences(text: str) -> None:
    with pytest.raises(BadInput, match="the line "):
        read_line(text)


def test_image_round_trip() -> None:
    pixels = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4)
    png = png_of(pixels)
    assert Image.open(io.BytesIO(png)).mode == "RGBA"
    np.testing.assert_allclose(pixels_of(png), pixels, atol=0.5 / 255 + 1e-6)
    np.testing.assert_array_equal(pixels_of(png_of(np.array([[-1, 2], [np.nan, 1]], np.float32))), [[0, 1], [0, 1]])


def test_what_is_no_image() -> None:
    sixteen = io.BytesIO()
    Image.fromarray(np.zeros((2, 2), np.uint16)).save(sixteen, "PNG")
    jpeg = io.BytesIO()
    Image.fromarray(np.zeros((2, 2), np.uint8)).save(jpeg, "JPEG")
    whole = png_of(np.random.default_rng(0).random((32, 32)).astype(np.float32))
    for content in (b"", b"png", sixteen.getvalue(), jpeg.getvalue(), whole[:200]):
        with pytest.raises(BadInput, match="a PNG of 8 bits is expected"):
            pixels_of(content)
