"""Shares with their exact intervals, and how they are written."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from symbrain.share import Share, exact_share


def test_exact_intervals() -> None:
    rule_of_three = exact_share(60, 60)
    assert rule_of_three.low == pytest.approx(0.025 ** (1 / 60))
    assert rule_of_three.high == 1
    some = exact_share(7, 20)
    assert stats.binom.sf(6, 20, some.low) == pytest.approx(0.025)
    assert stats.binom.cdf(7, 20, some.high) == pytest.approx(0.025)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (Share(0.934, 0.84, 0.98), "93 % (84 to 98)"),
        (Share(1.0, 0.94, 1.0), "100 % (94 to 100)"),
        (Share(0.0033, 0.0, 0.02), "0.3 % (0.0 to 2.0)"),
        (Share(0.99995, 0.997, 1.0), "99.995 % (99.700 to 100.000)"),
        (Share(math.nan, 0.0, 1.0), "n/a"),
    ],
)
def test_shares_in_words(share: Share, text: str) -> None:
    assert str(share) == text


@given(st.integers(1, 80), st.integers(0, 80))
def test_the_rest_is_the_mirror_image(n: int, count: int) -> None:
    count = min(count, n)
    share, rest = exact_share(count, n), exact_share(n - count, n)
    assert 0 <= share.low <= share.value <= share.high <= 1
    assert rest.low == pytest.approx(1 - share.high, abs=1e-9)
    assert rest.high == pytest.approx(1 - share.low, abs=1e-9)
