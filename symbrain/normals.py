"""Which scans count as normal: what may be learned from, and what norms are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbrain.alignment import Alignment
from symbrain.quality import judge
from symbrain.settings import ScoreSettings, TrainAsymmetrySettings


def is_normal(scan: Mapping[str, Any], alignment: Alignment, settings: TrainAsymmetrySettings) -> bool:
    """Tell whether a scan is one of the normals.

    It belongs to the training split, did not fail its quality check, and a radiologist called it normal; what none has
    looked at is normal only where the settings say so.

    Parameters
    ----------
    scan
        The scan's columns of scans.tsv.
    """
    score = scan["radiology_score"]
    called = settings.unlabelled == "normal" if score is None else score <= settings.normal_radiology_score
    if scan["split"] != "train" or not called:
        return False
    limits = ScoreSettings(fail_confidence=settings.fail_confidence)
    verdict, _ = judge(alignment.quality, alignment.confidence, scan["scan_age_weeks"], (), limits)
    return verdict != "fail"
