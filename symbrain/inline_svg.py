"""Plots as SVG inside a page: in the page's own colours, light and dark, with links that keyboards and screens reach.

Matplotlib draws in the colours of ``figure_style``; here they become the variables of the page's style sheet. A plot
that is part of its page needs no second picture for dark mode, and its points can be links.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET  # what is read is our own drawing
from collections.abc import Mapping

from markupsafe import Markup
from matplotlib.figure import Figure

from symbrain.figure_style import BAND, BLUE, GREEN, INK, ORANGE, SKY, SOFT, VERMILION, rendered

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_VARIABLES = {
    INK: "--ink", SOFT: "--soft", BAND: "--band", BLUE: "--bar", VERMILION: "--flag", ORANGE: "--orange",
    GREEN: "--green", SKY: "--sky",
}  # fmt: skip


def inline_svg(figure: Figure, label: str, words: Mapping[str, str] | None = None) -> Markup:
    """Return a figure as an SVG element for a page.

    Parameters
    ----------
    label
        What is seen, for those who do not see it.
    words
        By the address of each link in the drawing (matplotlib's ``url``): what it leads to.
    """
    figure.set_facecolor("none")
    for axes in figure.axes:
        axes.set_facecolor("none")
    root = ET.fromstring(rendered(figure, "svg"))  # noqa: S314
    for part in ("metadata", "defs"):
        _drop_first(root, part)
    for size in ("width", "height"):
        root.attrib.pop(size, None)
    root.attrib |= {"role": "group" if words else "img", "aria-label": label, "class": "drawing"}
    _name_links(root, words or {})
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _XLINK)
    text = ET.tostring(root, encoding="unicode")
    for colour, variable in _VARIABLES.items():
        text = text.replace(colour.lower(), f"var({variable})")
    return Markup(text)  # noqa: S704 (every text and attribute was escaped where the tree was written)


def _drop_first(root: ET.Element, name: str) -> None:
    """Remove the first child of a name: the drawing's description, and a style that would be the whole page's."""
    found = root.find(f"{{{_SVG}}}{name}")
    if found is not None:
        root.remove(found)


def _name_links(root: ET.Element, words: Mapping[str, str]) -> None:
    for link in root.iter(f"{{{_SVG}}}a"):
        address = link.attrib.pop(f"{{{_XLINK}}}href")
        link.attrib |= {"href": address, "aria-label": words[address]}
        title = ET.Element(f"{{{_SVG}}}title")
        title.text = words[address]
        link.insert(0, title)
