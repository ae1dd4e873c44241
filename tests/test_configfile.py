"""The configuration: every mistake is a sentence, and what is generated is up to date."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from symbrain.configfile import KEYS, SCHEMA, problem_with, schema_text, typed, with_key_table
from symbrain.settings import schema


@pytest.mark.parametrize(
    ("config", "parts"),
    [
        ({"chunk": 3}, ["no key 'chunk' at its top level", "did you mean 'chunks'?"]),
        ({"align": {"spacing": 2}}, ["no key 'spacing' in its section 'align'", "did you mean 'spacing_mm'?"]),
        ({"dpi": 90}, ["no key 'dpi'", "belongs in the section 'report'"]),
        ({"score": {"zzz": 1}}, ["no key 'zzz'", "it knows smoothing_mm, fail_confidence"]),
        ({"chunks": 0}, ["has 0 as chunks", "at least 1 is expected"]),
        ({"align": {"spacing_mm": 9}}, ["has 9 as align.spacing_mm", "at most 3 is expected"]),
        ({"phantom": {"release": "rel9"}}, ["'rel9' as phantom.release", "one of rel2, rel3 is expected"]),
        ({"slices": {"fractions": []}}, ["slices.fractions", "at least 1 value is expected"]),
        ({"seed": "one"}, ["'one' as seed", "a whole number is expected"]),
        ({"align": None}, ["None as align", "a section with keys is expected"]),
        ({"bids_dir": "nowhere"}, ["'nowhere' as bids_dir", "no such folder", "give its path"]),
        ({"annotations": "nowhere.tsv"}, ["'nowhere.tsv' as annotations", "no such file"]),
    ],
)
def test_a_mistake_is_a_sentence(config: dict[str, Any], parts: list[str]) -> None:
    problem = problem_with(config)
    assert problem is not None
    assert all(part in problem for part in parts), problem
    assert problem.endswith((".", "?"))


def test_a_misspelt_key_comes_before_a_wrong_value() -> None:
    assert "chunk'" in str(problem_with({"chunk": 3, "bids_dir": 4}))


def test_a_good_configuration_has_no_problem(tmp_path: Path) -> None:
    (tmp_path / "sub-01" / "anat").mkdir(parents=True)
    assert problem_with({}) is None
    assert problem_with({"bids_dir": str(tmp_path), "pathvars": {"results": "elsewhere"}}) is None


def test_a_folder_without_participants_is_a_sentence(tmp_path: Path) -> None:
    assert "a bids_dir that cannot be used" in str(problem_with({"bids_dir": str(tmp_path)}))


def test_text_becomes_the_number_that_is_asked_for() -> None:
    given = {"seed": "3", "align": {"spacing_mm": "2", "bias_correction": "false"}, "slices": {"fractions": ["0.5"]}}
    wanted = {"seed": 3, "align": {"spacing_mm": 2, "bias_correction": False}, "slices": {"fractions": [0.5]}}
    assert typed(given) == wanted
    assert typed({"bids_dir": "12", "unknown": "3"}) == {"bids_dir": "12", "unknown": "3"}
    assert "'two' as seed" in str(problem_with(typed({"seed": "two"})))


def test_the_schema_file_is_generated_from_the_settings(repository: Path) -> None:
    text = (repository / SCHEMA).read_text(encoding="utf-8")
    assert text == schema_text(), "run `make format`"
    assert yaml.safe_load(text) == schema()


def test_the_key_table_is_generated_from_the_settings(repository: Path) -> None:
    page = (repository / KEYS).read_text(encoding="utf-8")
    assert page == with_key_table(page), "run `make format`"


def test_the_shipped_configuration_holds_the_defaults(repository: Path) -> None:
    """So that the workflow, the commands and the functions start from the same numbers."""
    config = yaml.safe_load((repository / "config" / "config.yaml").read_text(encoding="utf-8"))
    for key, rule in schema()["properties"].items():
        if "properties" in rule:
            assert config[key] == {name: inner["default"] for name, inner in rule["properties"].items()}
        elif key != "pathvars":
            assert config[key] == rule["default"]


def test_the_default_configuration_shows_every_key_in_order(repository: Path) -> None:
    text = (repository / "config" / "config.yaml").read_text(encoding="utf-8")
    config = yaml.safe_load(text)
    known = {key: rule for key, rule in schema()["properties"].items() if key != "pathvars"}
    assert list(config) == list(known)
    for key, rule in known.items():
        if "properties" in rule:
            assert list(config[key]) == list(rule["properties"])
    lines = text.splitlines()
    for above, line in pairwise(lines):
        assert above.lstrip().startswith("#") or not line.strip() or line.lstrip().startswith("#"), f"explain {line}"


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"align": {"margin_mm": float("nan")}}, "nan as align.margin_mm; a finite number is expected"),
        ({"score": {"smoothing_mm": float("inf")}}, "score.smoothing_mm"),
        ({"bids_dir": "x" * 5000}, "but there is no such folder"),
        ({"chunks": 10**11}, "at most 10000 is expected"),
    ],
)
def test_numbers_are_finite_and_names_are_names(config: dict[str, object], sentence: str) -> None:
    assert sentence in (problem_with(config) or "")
