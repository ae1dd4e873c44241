from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from symbrain.columns import MAPS, SCORES, SLICE_SCORES
from symbrain.provenance import Provenance
from symbrain.source import Source
from symbrain.subject_page import ScanReport, page_name, subject_page

SOURCE = Source("a cohort", synthetic=False)
SCAN: dict[str, Any] = {
    "participant_id": "sub-01", "session_id": "ses-1", "scan_id": "sub-01_ses-1_T2w", "modality": "T2w",
    "scan_age_weeks": 40.0, "birth_age_weeks": 39.0, "sex": "female", "radiology_score": 1,
}  # fmt: skip
SCORE = dict.fromkeys(column.name for column in SCORES) | {
    "qc": "pass", "asymmetry_score": 2.0, "asymmetry_score_low": 1.0, "asymmetry_score_high": 3.0,
    "asymmetry_side": "left", "norm_source": "none", "scored_by": "held_out",
}  # fmt: skip
SLICE = dict.fromkeys(column.name for column in SLICE_SCORES) | {
    "plane": "axial", "slice_index": 51, "fraction": 0.4975, "asymmetry_score": 2.5, "asymmetry_side": "left",
    "deviation_area_mm2": 120.0, "network_angle_deg": -3.0, "network_offset_mm": 1.2, "network_angle_sd_deg": 0.5,
    "network_offset_sd_mm": 0.3, "network_p_midline": 0.99,
}  # fmt: skip
MAP = dict.fromkeys(column.name for column in MAPS) | {
    "map": "ADC", "path": "sub-01/dwi/a_ADC.nii.gz", "asymmetry_score": 4.0, "asymmetry_score_low": 3.0,
    "asymmetry_score_high": 5.0, "asymmetry_side": "right", "coverage": 0.97,
}  # fmt: skip
REPORT = ScanReport(SCAN, SCORE, slices=[SLICE], maps=[MAP])


def words(*reports: ScanReport, provenance: Provenance | None = None) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", subject_page(reports, SOURCE, provenance)).split())


def test_slices_with_the_line_of_the_network() -> None:
    text = words(REPORT)
    assert "Axial 51 50 % 2.5 left 120 −3.0 ± 0.5°, +1.2 ± 0.3 mm" in text
    assert "no midline seen" in words(replace(REPORT, slices=[SLICE | {"network_p_midline": 0.1}]))
    assert "not asked" in words(replace(REPORT, slices=[SLICE | {"network_p_midline": None}]))


def test_maps_with_their_reasons() -> None:
    assert "ADC 4.0 (3.0 to 5.0) right" in words(REPORT)
    left_out = dict.fromkeys(MAP) | {"map": "ADC", "path": "a.nii.gz", "reason": "a.nii.gz is <b>empty</b>"}
    page = subject_page([replace(REPORT, maps=[left_out])], SOURCE)
    assert "a.nii.gz is &lt;b&gt;empty&lt;/b&gt;." in page


@pytest.mark.parametrize("heading", ["The annotated slices", "Co-registered maps", "Left and right of each structure"])
def test_what_is_not_there_has_no_heading(heading: str) -> None:
    assert heading not in words(ScanReport(SCAN, SCORE))


def test_a_failed_scan_has_no_slice_scores() -> None:
    assert "The annotated slices" not in words(replace(REPORT, score=SCORE | {"qc": "fail"}))


def test_scene_is_linked_only_where_there_is_one() -> None:
    scene = {"edge_mm": 1.0, "heat": True, "scale_sd": [3, 12]}
    picture = {"file": "a.webp", "kind": "upright", "row": "The whole head, set upright", "caption": "", "alt": "a"}
    with_pictures = replace(REPORT, pictures=[picture])
    assert 'href="3d/sub-01_ses-1_T2w.html"' in subject_page([replace(with_pictures, scene=scene)], SOURCE)
    assert "3d/" not in subject_page([with_pictures], SOURCE)


def test_provenance_is_folded_away_and_escaped() -> None:
    made = Provenance(commands=("symbrain align --results 'a <b>'",), settings='{"seed": 1}')
    page = subject_page([REPORT], SOURCE, made)
    assert page.index("<details>") < page.index("symbrain align --results &#39;a &lt;b&gt;&#39;")


def test_names_of_pages() -> None:
    assert page_name("sub-01", None) == "sub-01.html"
