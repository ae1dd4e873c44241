from __future__ import annotations

import json
from pathlib import Path

import pytest

from symbrain.model_summary import summary

WEIGHTS = Path(__file__).resolve().parents[1] / "symbrain" / "weights"


def metadata(name: str) -> dict[str, object]:
    return dict(json.loads((WEIGHTS / name / "configs" / "metadata.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", ["midline", "asymmetry"])
def test_a_bundle_tells_of_its_training(name: str) -> None:
    told = summary(name, metadata(name))
    facts = {fact.label: fact.value for fact in told.facts}
    assert told.trained
    assert facts["Learned from"] == metadata(name)["data_source"]
    assert facts["Steps"] == str(metadata(name)["history"]["steps"][-1])  # type: ignore[index]
    assert told.curve is not None
    assert "held-out" in told.curve


def test_the_measured_errors_are_those_of_the_bundle() -> None:
    told = summary("midline", metadata("midline"))
    found = metadata("midline")["eval_metrics"]["synthetic_upright_posed"]["chosen"]  # type: ignore[index]
    (row,) = [one for one in told.measured if one.slices.startswith("synthetic upright") and "as it is used" in one.way]
    median, tail = row.angle_deg.rstrip("°").split(" / ")
    assert float(median) == round(found["angle_deg_median"], 2)
    assert float(tail) == round(found["angle_deg_p95"], 2)


def test_an_untrained_or_old_bundle_is_told_without_a_curve() -> None:
    told = summary("asymmetry", {}, "too few normal scans")
    assert not told.trained
    assert told.why_not == "Too few normal scans."
    assert told.curve is None
    assert told.measured == ()
