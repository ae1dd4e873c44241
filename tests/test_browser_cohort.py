"""The cohort's page in a real browser: sorted, filtered, rated, by mouse and keyboard, and nothing leaves it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chromium import launched, needs_chromium
from cohort_rows import COHORT_NORMS, HOSTILE, tables
from symbrain.assets import copy_assets
from symbrain.atomic import write_text
from symbrain.cohort_page import Measured, cohort_page
from symbrain.ratings import Rating, read_ratings
from symbrain.source import Source

pytestmark = needs_chromium
COUNT = 60


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the page of a cohort that never was, with a hostile name, ids and reasons."""
    folder = tmp_path_factory.mktemp("cohort")
    source = Source("</script><script>alert(2)</script>", synthetic=False)
    write_text(folder / "index.html", cohort_page(tables(COUNT), source, Measured(COHORT_NORMS)))
    copy_assets(folder)
    return folder / "index.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as found:
        yield found


@pytest.fixture
def page(browser: Any, page_file: Path) -> Iterator[Any]:
    """Open the page; at the end, nothing was complained about and nothing asked for from elsewhere."""
    context = browser.new_context(viewport={"width": 1366, "height": 900})
    context.set_default_timeout(10_000)
    opened = context.new_page()
    errors: list[str] = []
    asked: list[str] = []
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("dialog", lambda dialog: errors.append(f"dialog: {dialog.message}"))
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(page_file.as_uri())
    opened.wait_for_selector("html[data-ready]")
    yield opened
    context.close()
    assert not errors
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)


def column(page: Any, number: int) -> list[str]:
    return list(page.locator(f".tabulator-row .tabulator-cell:nth-child({number})").all_inner_texts())


def numbers(cells: list[str]) -> list[float]:
    return [float(cell.replace("−", "-").split()[0]) for cell in cells if cell[:1] != "n"]


def test_sorts_by_mouse_and_keyboard(page: Any) -> None:
    z = numbers(column(page, 4))
    assert z == sorted(z, reverse=True), "the most unusual first"
    age = page.get_by_role("button", name="Age (weeks)")
    age.focus()
    page.keyboard.press("Enter")
    ages = numbers(column(page, 9))
    assert len(ages) == 25
    assert ages == sorted(ages)
    age.click()
    assert numbers(column(page, 9)) == sorted(numbers(column(page, 9)), reverse=True)


def test_filters(page: Any) -> None:
    page.get_by_label("Filter: Quality").select_option("fail")
    page.wait_for_function("document.getElementById('found').textContent.startsWith('6 of 60')")
    assert all("fail" in cell for cell in column(page, 3))
    page.get_by_label("Filter: Quality").select_option("")
    page.get_by_label("Filter: Age (weeks)").type("36-40")
    page.wait_for_function("!document.getElementById('found').textContent.startsWith('60')")
    assert all(36 <= age <= 40 for age in numbers(column(page, 9)))
    page.get_by_label("Filter: Age (weeks)").fill("")
    page.get_by_label("Find").fill("ses-42")
    page.wait_for_function("document.getElementById('found').textContent.startsWith('1 of')")
    page.get_by_label("Find").fill("")
    page.get_by_label("Flagged only").check()
    flagged = int(page.locator("label", has_text="Flagged only").inner_text().split("(")[1].rstrip(")"))
    page.wait_for_function(f"document.getElementById('found').textContent.startsWith('{flagged} of 60')")
    assert page.locator(".tabulator-row.flagged").count() == min(25, flagged)


def find(page: Any, words: str) -> None:
    """Look for words that one session alone has."""
    page.get_by_label("Find").fill(words)
    page.wait_for_function("document.querySelectorAll('.tabulator-row').length == 1")


def test_hostile_names_are_text(page: Any) -> None:
    find(page, "alert(1)")
    assert HOSTILE in column(page, 2)[0]
    assert page.locator("script:not([src])").count() == 0
    assert page.locator("h1 + p").inner_text().startswith("Each scan of “</script><script>alert(2)</script>”")


def test_ratings_are_kept_and_downloaded(page: Any, tmp_path: Path) -> None:
    find(page, "alert(1)")
    rate(page, "reject", 'moved,\t<b>"twice"</b>', "A B")
    find(page, "ses-42")
    page.wait_for_function(f"!document.querySelector('.tabulator-row').innerText.includes({HOSTILE!r})")
    rate(page, "accept", "", "")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert "2 ratings" in page.locator("#rated").inner_text()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download ratings.tsv").click()
    waiting.value.save_as(tmp_path / "ratings.tsv")
    assert waiting.value.suggested_filename == "ratings.tsv"
    assert read_ratings(tmp_path / "ratings.tsv") == {
        f"{HOSTILE}_ses-3_T2w": [Rating("reject", "A B", 'moved, <b>"twice"</b>')],
        "sub-CC00042XX_ses-42_T2w": [Rating("accept", "A B", None)],
    }


def test_one_persons_word_replaces_nobody_elses(page: Any, tmp_path: Path) -> None:
    rate(page, "reject", "motion", "Anna")
    page.locator("#infant-table .tabulator-row button").first.press("Enter")
    page.wait_for_selector("dialog[open]")
    page.get_by_label("Your name or initials").fill("Ben")
    page.get_by_label("Comment").focus()
    assert page.get_by_label("Comment").input_value() == "", "what the first one said is not shown to the second"
    page.get_by_label("accept", exact=True).check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector("dialog", state="hidden")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download ratings.tsv").click()
    waiting.value.save_as(tmp_path / "ratings.tsv")
    (said,) = read_ratings(tmp_path / "ratings.tsv").values()
    assert said == [Rating("reject", "Anna", "motion"), Rating("accept", "Ben", None)]


def rate(page: Any, word: str, comment: str, rater: str) -> None:
    """Rate the first scan of the table, with the keyboard; an empty rater leaves the one that was remembered."""
    page.locator("#infant-table .tabulator-row button").first.press("Enter")
    page.wait_for_selector("dialog[open]")
    page.get_by_label(word, exact=True).check()
    page.get_by_label("Comment").fill(comment)
    if rater:
        page.get_by_label("Your name or initials").fill(rater)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector("dialog", state="hidden")
    assert word in page.locator("#infant-table .tabulator-row button").first.inner_text()


def test_points_of_the_plot_show_and_lead(page: Any) -> None:
    points = page.locator("#age-plot svg a")
    assert points.count() == COUNT - 6
    hollow = page.locator('#age-plot svg a[tabindex="-1"]').first
    hollow.hover()
    assert page.locator(".tip").is_visible()
    page.locator('#age-plot svg a[tabindex="0"]').focus()
    first = page.locator(".tip").inner_text()
    page.keyboard.press("ArrowRight")
    assert page.locator(".tip").is_visible()
    assert page.locator(".tip").inner_text() != first
    page.keyboard.press("Escape")
    assert not page.locator(".tip").is_visible()
    assert page.evaluate("document.activeElement.getAttribute('href')").startswith("reports/sub-")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("sub-")


def test_a_phone_needs_no_sideways_scrolling_and_no_script_is_needed(browser: Any, page_file: Path) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    phone = context.new_page()
    phone.goto(page_file.as_uri())
    phone.wait_for_selector("html[data-ready]")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(page_file.as_uri())
    assert plain.locator("#infant-table tbody tr").count() == COUNT
    assert plain.locator("#infant-tools").is_hidden()
    context.close()


@pytest.mark.slow
def test_a_thousand_sessions_stay_quick(browser: Any, tmp_path: Path) -> None:
    """Time is that of the page's own thread, so that a busy machine moves it little."""
    text = cohort_page(tables(1000), Source("a thousand", synthetic=True), Measured(COHORT_NORMS))
    write_text(tmp_path / "index.html", text)
    copy_assets(tmp_path)
    context = browser.new_context(viewport={"width": 1366, "height": 900})
    context.set_default_timeout(120_000)
    opened = context.new_page()
    session = context.new_cdp_session(opened)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> float:
        return float(
            next(m["value"] for m in session.send("Performance.getMetrics")["metrics"] if m["name"] == "ThreadTime")
        )

    started = time.perf_counter()
    opened.goto((tmp_path / "index.html").as_uri(), wait_until="commit")
    opened.wait_for_selector("html[data-ready]")
    waited, ready = time.perf_counter() - started, spent()
    opened.get_by_label("Find").fill("thalamus")
    opened.wait_for_function("!document.getElementById('found').textContent.startsWith('1000')")
    filtered = spent() - ready
    opened.get_by_role("button", name="Age (weeks)").press("Enter")
    opened.wait_for_selector('.tabulator-col[aria-sort="ascending"]')
    sorted_in = spent() - ready - filtered
    context.close()
    size = len(text.encode())
    print(f"{size / 1e6:.2f} MB; ready {ready:.2f} s of its thread ({waited:.1f} s waited), ", end="")
    print(f"filtered {filtered:.2f} s, sorted {sorted_in:.2f} s")
    assert size < 2_000_000
    assert ready < 6
    assert filtered < 2
    assert sorted_in < 2
