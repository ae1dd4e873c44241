from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from symbrain.figure_style import BLUE, panel, styled
from symbrain.inline_svg import inline_svg

NASTY = '"><script>alert(1)</script>'


@styled
def drawn(label: str, words: dict[str, str] | None = None) -> str:
    figure, axes = panel(3, 2)
    axes.set_title(NASTY)
    axes.scatter([1, 2], [1, 2], facecolor=BLUE).set_urls(list(words or {}))
    return str(inline_svg(figure, label, words))


@pytest.mark.parametrize("label", ["a label", NASTY])
def test_everything_is_escaped_and_well_formed(label: str) -> None:
    text = drawn(label, {"a.html": NASTY, NASTY: "words"})
    assert "<script" not in text
    root = ET.fromstring(text)
    assert root.get("aria-label") == label
    links = [one for one in root.iter() if one.tag.endswith("}a")]
    assert {(one.get("href"), one.get("aria-label")) for one in links} == {("a.html", NASTY), (NASTY, "words")}


def test_a_drawing_fits_its_page() -> None:
    root = ET.fromstring(drawn("a label"))
    assert root.get("width") is None
    assert root.get("viewBox")
    assert root.get("role") == "img"
    assert "var(--bar)" in drawn("a label")
    assert drawn("a label") == drawn("a label")
