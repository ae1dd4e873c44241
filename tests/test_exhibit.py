from __future__ import annotations

import pandas as pd

from symbrain.exhibit import Exhibit, nothing
from symbrain.figure_style import panel

NASTY = '<script>alert("1")</script>'


def test_a_figure_is_a_picture_with_words() -> None:
    figure, _ = panel()
    html = Exhibit(f"What {NASTY} shows", figure)._repr_mimebundle_()["text/html"]
    assert html.startswith("<img")
    assert "data:image/png;base64,iVBOR" in html
    assert "<script" not in html


def test_a_table_is_escaped() -> None:
    table = pd.DataFrame({"name": [NASTY, None]})
    html = Exhibit(NASTY, table=table)._repr_mimebundle_()["text/html"]
    assert "<table" in html
    assert "<script" not in html
    assert "n/a" in html


def test_nothing_says_why() -> None:
    shown = nothing(f"no {NASTY} was found")
    assert shown.empty
    bundle = shown._repr_mimebundle_()
    assert bundle["text/plain"] == f"Nothing to show, because no {NASTY} was found."
    assert "<script" not in bundle["text/html"]
