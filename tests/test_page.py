from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from symbrain.page import render, safe_name
from symbrain.source import Source

NASTY = "<script>alert('x')</script>"


@given(st.text(min_size=1, max_size=200))
def test_names_of_files_are_safe(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_+-]{1,140}", safe_name(text))


@pytest.mark.parametrize("name", ["../../etc/passwd", "sub-<script>", "a b", ".hidden", "sub-01%2e", "-flag", "ü"])
def test_odd_names_stay_different(name: str) -> None:
    safe = safe_name(name)
    assert safe != name
    assert not set(safe) & set("./%<> ")
    assert safe != safe_name(name + "!")


def test_plain_names_stay_readable() -> None:
    assert safe_name("sub-CC00054XX09", "ses-21030") == "sub-CC00054XX09_ses-21030"
    assert safe_name("sub-01", None) == "sub-01"


def page(**content: object) -> str:
    empty: dict[str, object] = {
        "counts": [],
        "infants": [],
        "flagged": 0,
        "flag_z": 1.64,
        "normed": 0,
        "plot": None,
        "sites": [],
        "doubts": [],
        "models": [],
        "exclusions": [],
        "operating": None,
        "source": Source("a dataset", synthetic=False),
        "side_news": None,
        "version": "1",
    }
    return render("cohort.html", **empty | content)


def test_everything_is_escaped() -> None:
    row = {"participant": NASTY, "session": NASTY, "page": '"><script>', "stage": NASTY, "reason": NASTY}
    text = page(exclusions=[row], source=Source(NASTY, synthetic=True))
    assert NASTY not in text
    assert '"><script>' not in text
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" in text


def test_missing_content_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render("cohort.html", source=Source("a", synthetic=False))


def test_a_page_stands_alone() -> None:
    text = page()
    assert "<style>" in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    assert "default-src 'none'; script-src 'self' file:;" in text
    for outside in ("http://", "https://", "<script>", "@import", "url("):
        assert outside not in text
    loaded = re.findall(r'<(?:script src|link rel="stylesheet" href)="([^"]*)"', text)
    assert loaded
    assert all(name.startswith("reports/assets/") for name in loaded)


@pytest.mark.parametrize("synthetic", [True, False])
def test_every_page_says_what_it_is_not(synthetic: bool) -> None:
    text = page(source=Source("a dataset", synthetic=synthetic))
    assert "nothing here is a diagnosis" in text
    assert "What affects both sides alike" in text
    assert ("Synthetic heads." in text) == synthetic
