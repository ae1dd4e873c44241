"""The package's public names: what ``import symbrain`` offers, and what each gives."""

from __future__ import annotations

import doctest
import math
import subprocess
import sys

import nibabel as nib
import numpy as np
import pytest

import symbrain
from heads import head, volume_of
from symbrain.detector import Detector
from symbrain.errors import BadInput
from symbrain.learning.midline import FoundMidline, Midline
from symbrain.learning.packaged import packaged
from symbrain.line import Line
from symbrain.slice import Slice, cut


@pytest.fixture(scope="module")
def model() -> Midline:
    return symbrain.load("midline")


def axial() -> tuple[Slice, Line]:
    """An axial slice of a synthetic head through the middle of the brain, and its true midline."""
    phantom = head(1)
    image = cut(volume_of(phantom), "axial", 28, 0.5)
    line = image.line_of(phantom.plane)
    assert line is not None
    return image, line


def test_every_public_name_is_there_and_stays_what_it_is() -> None:
    assert dir(symbrain) == sorted(symbrain.__all__)
    for name in symbrain.__all__:
        first = getattr(symbrain, name)
        assert getattr(symbrain, name) is first
    assert set(symbrain.__all__) - {"__version__"} == {"score", "align", "load", "Score", "Plane"}
    with pytest.raises(AttributeError, match="no attribute 'utils'"):
        symbrain.utils  # noqa: B018


def test_a_name_brings_torch_only_when_a_model_is_loaded() -> None:
    code = "import sys; from symbrain import load, align, score, Plane, Score; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_packaged_midline_finds_a_line_and_says_how_sure_it_is(model: Midline) -> None:
    image, line = axial()
    found = model.predict(image.pixels, image.spacing_mm)
    assert isinstance(found, FoundMidline)
    assert found.points is not None
    assert found.points.shape == (2, 2)
    assert found.points[0, 0] <= found.points[1, 0]
    (x0, y0), (x1, y1) = found.points
    drawn = Line((x0, y0), (x1, y1), image.shape, image.spacing_mm)
    assert (drawn.angle_deg, drawn.offset_mm) == pytest.approx((found.angle_deg, found.offset_mm), abs=1e-6)
    angle, gap = drawn.error_to(line)
    assert angle < 5
    assert gap < 4
    assert 0 < found.angle_sd_deg < 20
    assert 0 < found.offset_sd_mm < 20
    assert 0.5 <= found.p_midline <= 1


def test_a_stack_gives_a_list_and_an_empty_slice_no_line(model: Midline) -> None:
    image, _ = axial()
    one = model.predict(image.pixels, image.spacing_mm)
    several = model.predict(np.stack([image.pixels, np.zeros_like(image.pixels)]), image.spacing_mm)
    assert isinstance(one, FoundMidline)
    assert isinstance(several, list)
    assert several[0].angle_deg == pytest.approx(one.angle_deg, abs=1e-3)
    assert several[1].points is None
    assert several[1].p_midline == 0
    numbers = (several[1].angle_deg, several[1].offset_mm, several[1].angle_sd_deg, several[1].offset_sd_mm)
    assert all(math.isnan(n) for n in numbers)


def test_a_mirrored_slice_has_the_mirrored_line(model: Midline) -> None:
    image, _ = axial()
    one, other = (model.predict(pixels, image.spacing_mm) for pixels in (image.pixels, image.pixels[::-1]))
    assert isinstance(one, FoundMidline)
    assert isinstance(other, FoundMidline)
    assert (other.angle_deg, other.offset_mm) == pytest.approx((-one.angle_deg, -one.offset_mm), abs=1e-3)


@pytest.mark.slow
def test_a_scan_is_the_stack_of_its_axial_slices(model: Midline) -> None:
    phantom = head(1)
    several = model.predict(nib.Nifti1Image(phantom.image, phantom.affine))
    assert isinstance(several, list)
    assert len(several) == phantom.image.shape[2]
    image, _ = axial()
    one = model.predict(image.pixels, image.spacing_mm)
    assert isinstance(one, FoundMidline)
    assert several[image.index].angle_deg == pytest.approx(one.angle_deg, abs=1e-3)


def test_a_slice_needs_its_spacing(model: Midline) -> None:
    with pytest.raises(BadInput, match="spacing None were given"):
        model.predict(np.zeros((40, 40)))


@pytest.mark.slow
def test_models_by_name_and_by_folder(model: Midline) -> None:
    detector = symbrain.load("asymmetry")
    assert isinstance(detector, Detector)
    for name, kind, sha256 in (("midline", Midline, model.sha256), ("asymmetry", Detector, detector.sha256)):
        loaded = symbrain.load(packaged(name))  # type: ignore[arg-type]
        assert isinstance(loaded, kind)
        assert loaded.sha256 == sha256


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Plane", "Score", "align", "load", "score"])
def test_each_public_name_has_a_worked_example_that_works(name: str) -> None:
    (example,) = doctest.DocTestFinder(recurse=False).find(getattr(symbrain, name), name)
    assert len(example.examples) > 2
    told: list[str] = []
    assert doctest.DocTestRunner().run(example, out=told.append).failed == 0, "".join(told)
