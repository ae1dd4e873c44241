"""The annotation page in a real browser: a line drawn there is the line that symbrain reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chromium import launched, needs_chromium
from rated import write_rated
from symbrain.annotation_set import PAGE, write_annotation_page
from symbrain.annotations import read_annotations
from symbrain.assets import copy_assets
from symbrain.tables import read_table

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    write_rated(folder)
    write_annotation_page(folder, 2)
    copy_assets(folder)
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as found:
        yield found


@pytest.fixture
def page(browser: Any, results: Path) -> Iterator[Any]:
    """Yield the page; afterwards nothing was complained of, and nothing was asked for from outside."""
    context = browser.new_context(viewport={"width": 1200, "height": 1000}, accept_downloads=True)
    opened, wrong = context.new_page(), []
    opened.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on(
        "request", lambda asked: None if asked.url.startswith(("file:", "data:", "blob:")) else wrong.append(asked.url)
    )
    opened.goto((results / PAGE).as_uri())
    yield opened
    context.close()
    assert not wrong


def downloaded(page: Any, folder: Path) -> Path:
    page.fill("#rater", "anna\tb")
    with page.expect_download() as caught:
        page.click("#download")
    path = folder / "annotations.tsv"
    caught.value.save_as(path)
    return path


def on_screen(page: Any, across: float, down: float) -> tuple[float, float]:
    """Return where a place of the picture, in shares of its width and height, lies on the screen."""
    box = page.locator("#stage").bounding_box()
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def test_an_accepted_proposal_is_read_as_it_was_proposed(page: Any, tmp_path: Path) -> None:
    """The second session's slices come first, with the plane's line, for the network sees none there."""
    page.focus("#stage")
    page.keyboard.press("Enter")
    sheets = page.evaluate("JSON.parse(document.getElementById('data').textContent).sheets")
    assert "2 of 4; 1 drawn" in page.inner_text("#progress")
    ((key, (drawn,)),) = read_annotations(downloaded(page, tmp_path)).items()
    assert list(drawn.points) == [tuple(point) for point in sheets[0]["proposals"]["plane"]]
    assert drawn.rater == "anna b"
    assert key[0] == sheets[0]["ids"]["participant_id"] == "sub-02"


def test_a_line_is_drawn_moved_by_keys_undone_and_read_again(page: Any, tmp_path: Path) -> None:
    page.get_by_role("button", name="empty").click()
    for across, down in ((0.5, 0.2), (0.55, 0.8)):
        page.mouse.click(*on_screen(page, across, down))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("u")
    sheet = page.evaluate("JSON.parse(document.getElementById('data').textContent).sheets[0]")
    ((_, (drawn,)),) = read_annotations(downloaded(page, tmp_path)).items()
    (height, width), (row_mm, col_mm), half = sheet["shape"], sheet["spacing_mm"], sheet["half_mm"]
    # Right on the screen is a higher row; up is a higher column. One step to the right is left: 0.5 mm.
    expected = [
        (
            width / 2 - 0.5 - (down - 0.5) * 2 * half / col_mm,
            height / 2 - 0.5 + ((across - 0.5) * 2 * half + mm) / row_mm,
        )
        for across, down, mm in ((0.5, 0.2, 0.0), (0.55, 0.8, 0.5))
    ]
    np.testing.assert_allclose(drawn.points, expected, atol=0.3 / min(row_mm, col_mm))


def test_a_third_point_makes_a_curve_and_delete_takes_it_away(page: Any, tmp_path: Path) -> None:
    page.keyboard.press("n")
    page.mouse.click(*on_screen(page, 0.6, 0.5))
    assert "Curve of 3 points" in page.inner_text("#told")
    path = downloaded(page, tmp_path)
    ((_, (drawn,)),) = read_annotations(path).items()
    assert len(drawn.curve) == 3
    assert (drawn.curve[0], drawn.curve[-1]) == drawn.points
    assert read_table(path, "annotations")["curve"].notna().all()
    page.focus("#stage")
    page.keyboard.press("Delete")
    assert "Straight line, drawn" in page.inner_text("#told")


def test_points_are_dragged_and_what_was_drawn_is_kept(page: Any, tmp_path: Path) -> None:
    before = page.inner_text("#told")
    circle = page.locator("#points circle").first.bounding_box()
    at = circle["x"] + circle["width"] / 2, circle["y"] + circle["height"] / 2
    page.mouse.move(*at)
    page.mouse.down()
    page.mouse.move(at[0] + 60, at[1])
    page.mouse.up()
    assert page.inner_text("#told") != before
    moved = page.get_attribute("#line", "points")
    page.fill("#rater", "ben")
    page.reload()
    assert page.get_attribute("#line", "points") == moved
    assert page.input_value("#rater") == "ben"


def test_nobody_signs_anothers_lines(page: Any, tmp_path: Path) -> None:
    page.fill("#rater", "Anna")
    page.focus("#stage")
    page.keyboard.press("Enter")
    page.once("dialog", lambda dialog: dialog.accept())
    page.fill("#rater", "Ben")
    page.focus("#stage")
    assert "0 drawn" in page.inner_text("#progress")
    page.keyboard.press("Enter")
    with page.expect_download() as waiting:
        page.click("#download")
    waiting.value.save_as(tmp_path / "annotations.tsv")
    raters = [one.rater for lines in read_annotations(tmp_path / "annotations.tsv").values() for one in lines]
    assert sorted(map(str, raters)) == ["Anna", "Ben"]


def test_a_name_is_asked_for_before_anything_is_written(page: Any) -> None:
    page.focus("#stage")
    page.keyboard.press("Enter")
    page.click("#download")
    assert "Type your name" in page.inner_text("#told")


def test_without_javascript_the_slices_are_there(browser: Any, results: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((results / PAGE).as_uri())
    assert page.locator(".slices svg").count() == 4
    assert "Drawing needs JavaScript" in page.inner_text("main")
    assert not page.locator("#editor").is_visible()
    context.close()
