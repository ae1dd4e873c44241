from __future__ import annotations

import re

import numpy as np
import pytest

from cohort_rows import COHORT_NORMS
from symbrain.age_plot import KINDS, Point, age_plot, band_of
from symbrain.cohort_norms import SCORE


def points(count: int) -> list[Point]:
    kinds = list(KINDS)
    return [
        Point(30.0 + n, 2.0 + n % 3, kinds[n % 3], n % 2 == 0, f"reports/{n}.html", f"scan <{n}> & more")
        for n in range(count)
    ]


@pytest.mark.parametrize("count", [1, 2, 14])
def test_every_point_is_a_link_with_words(count: int) -> None:
    drawn = str(age_plot(points(count), None))
    assert sorted(re.findall(r' href="(reports/[^"]*)"', drawn)) == sorted(f"reports/{n}.html" for n in range(count))
    assert drawn.count('aria-label="scan &lt;') == count
    assert "scan <" not in drawn


def test_the_page_gives_the_colours() -> None:
    drawn = str(age_plot(points(5), None))
    assert {"var(--bar)", "var(--flag)", "var(--ink)"} <= set(re.findall(r"var\(--\w+\)", drawn))
    assert "<style" not in drawn
    assert drawn.startswith("<svg")


def test_the_band_holds_95_percent_of_new_normals() -> None:
    norm = COHORT_NORMS.of(SCORE, "T2w", None)
    band = band_of(norm, "T2w")
    assert norm is not None
    assert band is not None
    for end, z in ((band.low, -1), (band.high, 1)):
        percentiles = norm.percentile(norm.z(np.log(end), band.ages))
        np.testing.assert_allclose(percentiles, 50 + 47.5 * z, atol=1e-6)
    np.testing.assert_allclose(norm.z(np.log(band.median), band.ages), 0, atol=1e-9)
    assert band_of(None, "T2w") is None
