from __future__ import annotations

import io
import json
import re

import numpy as np
import pytest
from PIL import Image

from symbrain.annotation_page import annotation_page, sheet_of, to_annotate
from symbrain.exhibit import nothing
from symbrain.line import Line
from symbrain.line_sources import KnownSlice
from symbrain.slice import Slice
from symbrain.slice_table import AnnotatedSlice
from symbrain.source import Source
from symbrain.view import view_of

NASTY = "</script><script>alert(1)</script><!--"


@pytest.fixture
def known() -> KnownSlice:
    """Return a slice of a square head with a bright corner on the subject's left, at the front."""
    pixels = np.zeros((61, 81), np.float32)
    pixels[10:51, 10:71] = 0.4
    pixels[44:50, 64:70] = 1.0
    affine = np.array([[0, -1.0, 0, 30], [0.5, 0, 0, -20], [0, 0, 1.0, 0], [0, 0, 0, 1]])
    image = Slice(pixels, affine, "axial", 9, 0.5)
    line = Line((0.0, 30.0), (80.0, 30.0), image.shape, image.spacing_mm)
    one = AnnotatedSlice(f"sub-{NASTY}", None, "sub-x_T2w", "T2w", image, line)
    return KnownSlice(one, {"network": line, "plane": line})


def test_the_least_agreed_come_first_and_what_failed_last() -> None:
    rows = [
        {"participant_id": f"sub-{k}", "session_id": None, "midline_agreement_deg": agreement, "qc": qc}
        for k, (agreement, qc) in enumerate([(1.0, "pass"), (None, "warn"), (9.0, "pass"), (None, "fail")])
    ]
    assert [row["participant_id"] for row in to_annotate(rows, 4)] == ["sub-1", "sub-2", "sub-0", "sub-3"]
    assert [row["participant_id"] for row in to_annotate(rows, 2)] == ["sub-1", "sub-2"]
    assert to_annotate(rows, 0) == []


def test_a_proposal_ends_where_the_head_does(known: KnownSlice) -> None:
    sheet, _ = sheet_of(known)
    (x0, y0), (x1, y1) = sheet.proposals["network"]
    assert x0 == pytest.approx(10, abs=1)
    assert x1 == pytest.approx(70, abs=1)
    assert y0 == y1 == 30.0


def test_the_picture_is_hung_as_a_film(known: KnownSlice) -> None:
    """The bright corner is on the subject's left, at the front: on the viewer's right, at the top."""
    picture = np.asarray(Image.open(io.BytesIO(sheet_of(known)[1])).convert("L"), float)
    assert picture.shape == view_of(known.slice.image).pixels.shape
    down, across = np.argwhere(picture > 200).mean(axis=0)
    assert across > 0.6 * picture.shape[1]
    assert down < 0.3 * picture.shape[0]


def test_nothing_from_data_breaks_out_and_the_data_are_whole(known: KnownSlice) -> None:
    sheet, _ = sheet_of(known)
    page = annotation_page([sheet], Source(NASTY, synthetic=False), 3, nothing("nobody drew"), "x.svg")
    assert "<script>alert" not in page
    (data,) = re.findall(r'<script id="data" type="application/json">(.*?)</script>', page, flags=re.DOTALL)
    told = json.loads(data)["sheets"][0]
    assert told["ids"]["participant_id"] == f"sub-{NASTY}"
    assert told["proposals"] == sheet.proposals
    assert "3 more are left out" in page
    assert "http" not in page.replace("http-equiv", "")
    assert "How well do raters agree" not in page


def test_without_script_the_proposal_is_drawn_in_the_middle(known: KnownSlice) -> None:
    sheet, _ = sheet_of(known)
    page = annotation_page([sheet], Source("data", synthetic=True), 0, nothing("nobody drew"), "x.svg")
    (drawn,) = re.findall(r'<polyline class="proposed" points="([^"]+)">', page)
    points = np.array([pair.split(",") for pair in drawn.split()], float)
    np.testing.assert_allclose(points[:, 0], 0, atol=1e-6)
    assert points[0, 1] > 10 > -10 > points[1, 1]


def test_no_slices_is_said() -> None:
    page = annotation_page([], Source("data", synthetic=False), 0, nothing("nobody drew"), "x.svg")
    assert "There is nothing to draw in" in page
