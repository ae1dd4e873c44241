"""The page of the mechanisms: all of them, each with figure, tests and paper; and figures that keep their laws."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from heads import few
from symmetry.catalogue import MECHANISMS
from symmetry.polar import MOST_SHEAR
from symmetry_figures import FIGURES, FOLDER, file_name, write
from symmetry_flip_figures import cube_outputs, equivariance_errors, orbit_errors
from symmetry_form_figures import angle_errors, shears
from symmetry_latent_figures import slice_parts
from symmetry_strength_figures import similarities, steadiness

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "concepts" / "symmetry-mechanisms.md"
TEXT = PAGE.read_text(encoding="utf-8")
SECTIONS = {part.split("\n")[0].lower(): part for part in TEXT.split("\n## ")[1:]}
MOST_BYTES = 40_000


def test_every_mechanism_has_a_section_and_a_figure() -> None:
    assert list(SECTIONS) == list(MECHANISMS)
    assert set(FIGURES) == set(MECHANISMS)
    assert {path.name for path in FOLDER.iterdir()} == {file_name(name) for name in MECHANISMS}


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_shows_its_figure_and_tells_what_is_seen(name: str) -> None:
    (told, target), *others = re.findall(r"!\[(.*)\]\((.*)\)", SECTIONS[name])
    assert not others
    assert len(told) > 100
    path = (PAGE.parent / target).resolve()
    assert path == FOLDER / file_name(name)
    assert path.stat().st_size < MOST_BYTES


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_is_short_and_names_tests_that_there_are(name: str) -> None:
    text = SECTIONS[name].split("![")[0]
    assert 80 < len(text.split()) < 150
    (target,) = re.findall(r"\[tests\]\(([^)]+)\)", text)
    source = (PAGE.parent / target).resolve().read_text(encoding="utf-8")
    named = re.findall(r"`(test_\w+)`", text)
    assert named
    for test in named:
        assert f"def {test}(" in source, f"{target} has no {test}"


def test_papers_are_those_that_the_laboratory_names() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "benchmarks" / "symmetry").glob("*.py"))
    cited = re.findall(r"\[(\d{4}\.\d{5})\]\(https://arxiv.org/abs/(\d{4}\.\d{5})\)", TEXT)
    assert len({number for number, _ in cited}) >= 14
    for number, address in cited:
        assert number == address
        assert number in sources


def test_a_figure_is_the_same_each_time(tmp_path: Path) -> None:
    first = write("polar decomposition", tmp_path).read_bytes()
    assert write("polar decomposition", tmp_path).read_bytes() == first
    assert first.startswith(b"\x89PNG")


def test_the_parts_of_a_slice_are_even_and_odd_and_the_change_is_on_the_left() -> None:
    whole, even, odd = slice_parts()
    torch.testing.assert_close(even + odd, whole)
    torch.testing.assert_close(even.flip(0), even)
    torch.testing.assert_close(odd.flip(0), -odd)
    right, left = odd[20:48, 20:80], odd[48:76, 20:80]  # rows run from the subject's right to the left
    assert float(left.mean()) < 0 < float(right.mean())  # a haemorrhage is dark in this contrast


@few
@given(st.floats(0.5, 5))
def test_similarities_change_places_with_the_side(size: float) -> None:
    there, back = similarities(np.array([-size, 0.0, size]))
    np.testing.assert_allclose(there, back[::-1], rtol=1e-5)
    assert there[2] < there[1]


def test_bures_is_steady_where_the_log_euclidean_distance_is_not() -> None:
    bures, logarithmic = steadiness(np.array([1e-12, 1e-3]))
    assert bures[0] < 0.04
    assert logarithmic[0] > 20
    np.testing.assert_allclose([bures[1], logarithmic[1]], 0, atol=1e-6)


def test_shears_are_of_the_error_that_was_asked_for_and_grow_with_it() -> None:
    asked = np.linspace(0, 13.8, 8)
    turned, shear = shears(asked)
    np.testing.assert_allclose(turned, asked, atol=1e-5)
    assert (np.diff(shear) > 0).all()
    assert shear[0] < MOST_SHEAR < shear[1]


def test_averages_over_frames_do_not_depend_on_the_pose() -> None:
    raw, averaged = cube_outputs()
    assert len(raw) == 48
    assert np.ptp(raw) > 0.5
    assert np.ptp(averaged) < 1e-9
    assert abs(averaged[0]) > 1e-3
    before, after = equivariance_errors("midline")
    assert min(before) > 0.05
    assert max(after) < 1e-5


@pytest.mark.slow
def test_errors_that_go_with_the_slice_stay_and_others_fall_as_the_root() -> None:
    own = [orbit_errors(0.0, turns).std() for turns in ((), (-6.0, 6.0))]
    common = [orbit_errors(0.5, turns).std() for turns in ((), (-6.0, 6.0))]
    assert 0.8 < own[0] / own[1] / np.sqrt(8) < 1.25
    assert common[1] > 0.6 * common[0]
    assert abs(orbit_errors(0.0).mean()) < 1  # on both sides of the truth


@pytest.mark.slow
def test_the_plain_angle_fails_at_the_jump_and_the_doubled_angle_does_not() -> None:
    plain, doubled = angle_errors("plain angle"), angle_errors("doubled angle")
    assert plain[[0, -1]].max() > 60
    assert plain[90:271].max() < 5  # away from the jump it learns as well
    assert doubled.max() < 2
