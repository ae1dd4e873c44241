from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from symbrain.figure_style import INK, panel, rendered, save, styled


@styled
def drawn() -> Figure:
    figure, axes = panel()
    axes.plot([1, 2], [3, 4], label="<b>label</b>")
    axes.legend()
    axes.set_title("a title")
    return figure


def test_both_kinds_are_written_alike_each_time(tmp_path: Path) -> None:
    for name in ("a.png", "b"):
        save(drawn(), tmp_path / name)
    assert {path.name for path in tmp_path.iterdir()} == {"a.png", "a.svg", "b.png", "b.svg"}
    for kind in ("png", "svg"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


def test_a_drawing_has_its_words_as_text_and_no_date() -> None:
    text = rendered(drawn(), "svg").decode()
    assert "a title" in text
    assert "<b>" not in text
    assert "dc:date" not in text


def test_the_style_is_not_left_behind() -> None:
    before = mpl.rcParams["axes.edgecolor"]
    assert drawn().axes[0].spines["left"].get_edgecolor() == pytest.approx(mpl.colors.to_rgba(INK))
    assert mpl.rcParams["axes.edgecolor"] == before
