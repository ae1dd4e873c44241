"""A session's page and the view in three dimensions in a real browser: flicker, slider, pixels, and nothing leaves."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from chromium import launched, needs_chromium
from reported import ILL, reported
from symbrain.atomic import write_text
from symbrain.cohort_norms import CohortNorms
from symbrain.scene_3d import scene_name
from symbrain.scene_page import scene_page
from symbrain.session_reports import session_reports
from symbrain.source import Source
from symbrain.subject_page import subject_page

pytestmark = needs_chromium
SOFTWARE_GL = ["--disable-dev-shm-usage", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
HOSTILE = "sub-</script><script>alert(1)</script>"
SMALL = {"width": 360, "height": 320}  # software draws every pixel
WAIT_MS = 60_000
Opener = Callable[..., Any]


@pytest.fixture(scope="module")
def folder() -> Path:
    """Return the folder of the pages; two of them of an infant with a hostile name."""
    pages = reported() / "reports"
    reports = next(r for r in session_reports(reported(), 0, CohortNorms()) if r[0].scene)
    scan = reports[0].scan | {"participant_id": HOSTILE, "scan_id": HOSTILE, "sex": "<b>"}
    hostile, source = replace(reports[0], scan=scan), Source(HOSTILE, synthetic=False)
    write_text(pages / "hostile.html", subject_page([hostile], source))
    write_text(pages / "3d" / "hostile.html", scene_page(hostile, source))
    shutil.copy(pages / "3d" / f"{ILL}_T2w.js", pages / "3d" / scene_name(HOSTILE, "js"))
    return pages


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched(*SOFTWARE_GL) as found:
        yield found


@pytest.fixture
def opened(browser: Any, folder: Path) -> Opener:
    """Return what opens a page, and looks at the end that nothing was complained about or asked for from elsewhere."""

    @contextmanager
    def open_page(name: str, before: str = "", **options: Any) -> Iterator[Any]:
        context = browser.new_context(**{"viewport": {"width": 700, "height": 600}} | options)
        context.set_default_timeout(WAIT_MS)
        page, errors, asked = context.new_page(), [], []
        page.on("console", lambda said: errors.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("dialog", lambda dialog: errors.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: asked.append(request.url))
        if before:
            page.add_init_script(before)
        page.goto((folder / name).as_uri())
        yield page
        context.close()
        assert not [error for error in errors if "GPU stall" not in error]  # software drawing is slow, and says so
        assert asked
        assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)

    return open_page


def mirrored(page: Any) -> bool:
    return bool(page.locator(".mirror .upper").first.evaluate("one => getComputedStyle(one).visibility === 'visible'"))


def test_mirror_image_at_a_key_or_a_click(opened: Opener) -> None:
    with opened(f"{ILL}.html") as page:
        assert mirrored(page)
        page.keyboard.press("m")
        assert not mirrored(page)
        assert page.locator(".mirror figcaption").first.inner_text() == "As scanned."
        assert page.locator("[data-flip]").get_attribute("aria-pressed") == "false"
        page.locator(".mirror .stack").first.click()
        assert mirrored(page)
        page.locator("[data-flip]").focus()
        page.keyboard.press("Enter")
        assert not mirrored(page)


@pytest.mark.slow
def test_flicker_runs_and_stops(opened: Opener) -> None:
    with opened(f"{ILL}.html") as page:
        button = page.locator("[data-flicker]")
        button.click()
        for state in ("false", "true", "false"):
            page.wait_for_selector(f"[data-flip][aria-pressed={state}]")
        page.keyboard.press("m")  # by hand again
        assert button.get_attribute("aria-pressed") == "false"
        before = mirrored(page)
        page.wait_for_timeout(1500)
        assert mirrored(page) == before


def test_who_wants_less_motion_gets_no_flicker(opened: Opener) -> None:
    with opened(f"{ILL}.html", reduced_motion="reduce") as page:
        assert not page.locator("[data-flicker]").is_visible()
        page.keyboard.press("m")
        assert not mirrored(page)


def test_slider_fades_the_deviation(opened: Opener) -> None:
    with opened(f"{ILL}.html") as page:
        slider = page.locator("[data-opacity]")
        slider.focus()
        for _ in range(4):
            page.keyboard.press("ArrowLeft")
        shown = page.locator(".deviation .upper").evaluate_all("all => all.map(one => getComputedStyle(one).opacity)")
        assert set(shown) == {"0.8"}
        assert page.locator("[data-tools] output").inner_text() == "80 %"


def test_without_script_the_page_shows_the_same(opened: Opener) -> None:
    with opened(f"{ILL}.html", java_script_enabled=False) as page:
        assert not page.locator("[data-tools]").is_visible()
        assert page.locator(".mirror .upper").first.is_visible()
        assert page.locator(".deviation .upper").first.is_visible()


@pytest.mark.parametrize("width", [390, 1200])
def test_nothing_is_wider_than_the_window(opened: Opener, width: int) -> None:
    with opened(f"{ILL}.html", viewport={"width": width, "height": 800}) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", ["hostile.html", "3d/hostile.html"])
def test_a_hostile_name_is_text(opened: Opener, name: str) -> None:
    with opened(name, viewport=SMALL) as page:
        assert HOSTILE in page.locator("body").inner_text()


@pytest.mark.slow
def test_three_dimensions(opened: Opener) -> None:
    with opened(f"3d/{ILL}_T2w.html", viewport=SMALL) as page:
        page.wait_for_selector("canvas[data-ready]")
        front = pixels(page)
        assert 0.05 < (front.max(axis=2) > 60).mean() < 0.9, "a brain before a black ground"
        assert ends(page) == "RL"
        page.get_by_role("button", name="left").click()
        assert ends(page) == "AP"
        warm = coloured(pixels(page))
        page.locator("#heat-opacity").fill("0")
        assert coloured(pixels(page)) < 0.2 * warm, "the heat fades"
        page.get_by_label("without the right half").check()
        assert ends(page) == "PA", "at the face that the cut has opened"
        assert np.abs(pixels(page).astype(int) - front).mean() > 2
        page.get_by_label("brain and slices").check()
        assert not page.locator("#scene-start").is_visible()
        assert not page.locator(".still").is_visible()


@pytest.mark.slow
def test_without_webgl_there_is_a_picture(opened: Opener) -> None:
    off = "HTMLCanvasElement.prototype.getContext = () => null;"
    with opened(f"3d/{ILL}_T2w.html", before=off) as page:
        assert page.locator(".still img").is_visible()
        assert not page.locator("canvas").is_visible()
        assert page.locator(".still img").evaluate("one => one.complete && one.naturalWidth > 100")


def pixels(page: Any) -> np.ndarray[Any, np.dtype[np.uint8]]:
    page.wait_for_timeout(300)
    return np.asarray(Image.open(io.BytesIO(page.locator("canvas").screenshot())).convert("RGB"))


def coloured(drawn: np.ndarray[Any, np.dtype[np.uint8]]) -> float:
    """Return the share of pixels that are not grey, away from the cube in the corner."""
    height, width = drawn.shape[:2]
    inner = drawn[: int(0.75 * height), int(0.15 * width) :].astype(int)
    return float((inner.max(axis=2) - inner.min(axis=2) > 40).mean())


def ends(page: Any) -> str:
    """Return the letters at the left and the right edge of the picture."""
    return str(page.locator("#scene-start").inner_text() + page.locator("#scene-end").inner_text())
