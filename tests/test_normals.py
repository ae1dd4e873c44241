from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from heads import head, volume_of, walked
from symbrain.alignment import Alignment
from symbrain.normals import is_normal
from symbrain.settings import TrainAsymmetrySettings
from symbrain.volume import ScanFile
from symbrain.walk import alignment_of

SCAN = {"split": "train", "radiology_score": 2.0, "scan_age_weeks": 41.0}
RULE = TrainAsymmetrySettings()


@cache
def alignment() -> Alignment:
    phantom = head(1)
    scan = ScanFile(Path("a.nii.gz"), volume_of(phantom), phantom.affine, phantom.image.shape, "0" * 64)  # type: ignore[arg-type]
    return alignment_of(walked(1).aligned, scan)


@pytest.mark.parametrize(
    ("changes", "normal"),
    [
        ({}, True),
        ({"radiology_score": 1}, True),
        ({"radiology_score": 3}, False),
        ({"radiology_score": None}, False),
        ({"split": "val"}, False),
        ({"split": "test"}, False),
        ({"scan_age_weeks": None}, True),
    ],
)
def test_who_counts_as_normal(changes: dict[str, object], normal: bool) -> None:
    assert is_normal(SCAN | changes, alignment(), RULE) == normal


def test_the_rule_is_a_setting() -> None:
    unlabelled, ill = SCAN | {"radiology_score": None}, SCAN | {"radiology_score": 4}
    assert is_normal(unlabelled, alignment(), replace(RULE, unlabelled="normal"))
    assert not is_normal(ill, alignment(), replace(RULE, unlabelled="normal"))
    assert is_normal(ill, alignment(), replace(RULE, normal_radiology_score=4))


def test_a_scan_that_fails_its_check_is_not_learned_from() -> None:
    assert not is_normal(SCAN, replace(alignment(), confidence=0.1), RULE)
    assert is_normal(SCAN, replace(alignment(), confidence=0.1), replace(RULE, fail_confidence=0.0))
