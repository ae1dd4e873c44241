"""The score as an object: exactly the columns of the registry, frozen, and pages that are safe to show."""

from __future__ import annotations

import base64
import io
from dataclasses import FrozenInstanceError, fields
from typing import Any

import numpy as np
import pytest
from PIL import Image as Picture

from cohorts import alignment
from heads import head, volume_of, walked
from symbrain.columns import SCORES
from symbrain.nifti import as_image
from symbrain.scored import Score
from symbrain.settings import SlicesSettings
from symbrain.volume import as_stored
from symbrain.walk import cut_slices

COLUMNS = [column.name for column in SCORES]


def score(**changes: Any) -> Score:
    """Return the score of a head that was aligned, with numbers put in by hand."""
    volume, affine = volume_of(head(1)), head(1).affine
    lines = cut_slices(volume, walked(1).aligned.brain.data, walked(1).plane, SlicesSettings())
    heat = np.zeros(volume.shape, np.float32)
    heat[40:50, 30:40, lines[2].image.index] = 8.0
    row = {
        "scan_id": "sub-1_T2w", "qc": "pass", "asymmetry_score": np.float32(4.5), "asymmetry_score_low": 3.0,
        "asymmetry_score_high": float("nan"), "asymmetry_side": "right", "laterality_index": 0.9, "norm_source": "none",
        "deviation_volume_ml": 2.0, "asymmetry_method": "asymmetry_network", "norm_reason": "there are no normals",
    }  # fmt: skip
    given = {"plane": alignment().plane, "lines": tuple(lines), "heatmap": as_image(as_stored(heat, affine), affine)}
    return Score.of(row | changes, **given)


def test_the_attributes_are_the_columns_and_what_lies_behind_them() -> None:
    assert [f.name for f in fields(Score)] == [*COLUMNS, "plane", "lines", "heatmap", "regions", "maps"]
    assert list(score().to_dict()) == COLUMNS
    assert all(getattr(score(), name) == value for name, value in score().to_dict().items())


def test_it_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        score().asymmetry_score = 0.0


def test_values_are_plain_and_missing_ones_none() -> None:
    found = score()
    assert type(found.asymmetry_score) is float
    assert found.asymmetry_score_high is None
    assert found.asymmetry_z is None


def test_an_unknown_attribute_is_an_error() -> None:
    with pytest.raises(AttributeError):
        score().asymmetry  # noqa: B018
    with pytest.raises(TypeError):
        Score(**dict.fromkeys([*COLUMNS, "asymmetry"]), plane=alignment().plane)


def test_it_says_in_words_what_was_found() -> None:
    said = str(score())
    assert said.startswith("sub-1_T2w. Quality: pass.")
    assert "4.5 SD" in said
    assert "subject's right" in said
    assert "No z and no percentile: there are no normals." in said


def test_the_page_shows_the_slice_with_the_heat_and_marks_no_side_wrongly() -> None:
    html = score()._repr_html_()
    pictures = [part.split('"')[0] for part in html.split("data:image/webp;base64,")[1:]]
    assert len(pictures) == 2
    plain, hot = (np.asarray(Picture.open(io.BytesIO(base64.b64decode(p))).convert("RGB"), float) for p in pictures)
    colourful = np.ptp(hot[: hot.shape[1]], axis=2) - np.ptp(plain[: plain.shape[1]], axis=2) > 60
    across = np.argwhere(colourful)[:, 1]
    assert across.size > 50
    assert np.median(across) < hot.shape[1] / 2, "heat on the subject's right is on the viewer's left"
    assert "the subject's right is on the left of the picture" in html.lower()
    assert "not a medical device" in html.lower()


def test_a_scan_that_failed_shows_its_midline_only() -> None:
    failed = score(qc="fail", qc_reason="the image ends inside the brain", asymmetry_score=None)
    html = Score.of(failed.to_dict(), plane=failed.plane, lines=failed.lines)._repr_html_()
    assert html.count("data:image/webp") == 1
    assert "The image ends inside the brain." in html
    assert "Asymmetry score" not in html


def test_what_comes_from_data_is_escaped() -> None:
    html = score(scan_id="<script>alert(1)</script>", qc_reason="<b>odd</b>")._repr_html_()
    assert "<script>" not in html
    assert "<b>" not in html
