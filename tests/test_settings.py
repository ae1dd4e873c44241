"""Settings: flags and config say the same, and bounds are kept."""

from __future__ import annotations

import argparse
from dataclasses import asdict, fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from symbrain.settings import STAGES, Config, add_flags, flags, from_flags, key_table, schema


def parser_of(stage: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(exit_on_error=True)
    add_flags(parser, stage)
    return parser


def value_of(rule: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return a strategy of the values that a rule of the schema allows."""
    if "enum" in rule:
        return st.sampled_from(rule["enum"])
    low, high = rule.get("minimum"), rule.get("maximum")
    if rule["type"] == "array":
        return st.lists(value_of(rule["items"]), min_size=rule["minItems"], max_size=4)
    return {
        "boolean": st.booleans(),
        "integer": st.integers(low, 10**6 if high is None else high),
        "number": st.floats(low, 1e6 if high is None else high, allow_nan=False),
        "string": st.from_regex(r"[A-Za-z0-9]{1,8}", fullmatch=True),
    }[rule["type"]]


def sections() -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    def of(stage: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
        rules = schema()["properties"][stage]["properties"]
        keys = st.fixed_dictionaries({}, optional={name: value_of(rule) for name, rule in rules.items()})
        return st.tuples(st.just(stage), keys)

    return st.sampled_from(sorted(STAGES)).flatmap(of)


@given(sections())
def test_a_section_survives_the_way_through_flags(drawn: tuple[str, dict[str, Any]]) -> None:
    stage, section = drawn
    settings = from_flags(stage, parser_of(stage).parse_args(flags(stage, section)))
    for f in fields(STAGES[stage]):
        value = section.get(f.name, f.default)
        assert getattr(settings, f.name) == (tuple(value) if isinstance(value, list) else value)


@given(sections())
def test_what_is_drawn_is_valid(drawn: tuple[str, dict[str, Any]]) -> None:
    stage, section = drawn
    Draft202012Validator(schema()).validate({stage: section})


@pytest.mark.parametrize("stage", STAGES)
def test_no_flags_give_the_defaults(stage: str) -> None:
    assert from_flags(stage, parser_of(stage).parse_args([])) == STAGES[stage]()
    assert from_flags(stage, parser_of(stage).parse_args(flags(stage, {}))) == STAGES[stage]()


@pytest.mark.parametrize("stage", STAGES)
def test_bounds_hold_in_flags_and_schema(stage: str, capsys: pytest.CaptureFixture[str]) -> None:
    for name, rule in schema()["properties"][stage]["properties"].items():
        one = rule.get("items", rule)
        beyond = [one[bound] + step for bound, step in (("minimum", -1), ("maximum", 1)) if bound in one]
        for value in beyond:
            given_value = [value] if rule["type"] == "array" else value
            assert not Draft202012Validator(schema()).is_valid({stage: {name: given_value}})
            with pytest.raises(SystemExit):
                parser_of(stage).parse_args([f"--{name.replace('_', '-')}={value}"])
    capsys.readouterr()


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "two"])
def test_only_finite_numbers_are_numbers(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser_of("score").parse_args([f"--smoothing-mm={text}"])
    assert text in capsys.readouterr().err


def test_one_and_one_point_zero_are_one_setting() -> None:
    assert flags("align", {"spacing_mm": 1}) == flags("align", {"spacing_mm": 1.0})


def test_every_setting_is_explained_and_its_default_valid() -> None:
    for kind in (*STAGES.values(), Config):
        for f in fields(kind):
            assert f.name in STAGES or len(f.metadata["help"]) > 5
    plain = {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(Config()).items()}
    for stage in STAGES:
        plain[stage] = {k: list(v) if isinstance(v, tuple) else v for k, v in plain[stage].items()}
    Draft202012Validator(schema()).validate(plain)


def test_the_key_table_names_every_key() -> None:
    table = key_table()
    for stage, kind in STAGES.items():
        for f in fields(kind):
            assert f"`{stage}.{f.name}`" in table


@pytest.mark.parametrize("stage", STAGES)
def test_help_can_be_shown(stage: str) -> None:
    assert "settings of" in parser_of(stage).format_help()
