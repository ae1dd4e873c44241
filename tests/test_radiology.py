from __future__ import annotations

import pytest

from symbrain.errors import BadInput
from symbrain.radiology import RadiologyScore, read_radiology_score


@pytest.mark.parametrize(
    ("text", "score", "poor"),
    [
        *((str(n), n, False) for n in range(1, 6)),
        ("1.0", 1, False),
        ("Q", None, True),
        ("Q3", 3, True),
        ("3Q", 3, True),
        ("q", None, True),
        *((text, None, False) for text in ("", " ", "n/a", "NaN", "-999", "0.0", None)),
    ],
)
def test_spellings(text: str | None, score: int | None, poor: bool) -> None:
    assert read_radiology_score(text) == RadiologyScore(score, poor)


@pytest.mark.parametrize("text", ["6", "2.5", "normal", "33", "__import__('os')"])
def test_other_spellings_are_sentences(text: str) -> None:
    with pytest.raises(BadInput, match="is no radiology score; 1 to 5"):
        read_radiology_score(text)
