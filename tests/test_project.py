"""What is said in several files of the project is said alike."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from symbrain import __version__


@pytest.fixture(scope="module")
def project(repository: Path) -> dict[str, Any]:
    return tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def pins(repository: Path) -> dict[str, str]:
    lines = (repository / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {normal(name): version for name, version in pairs}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_conda_environment_equals_pyproject(repository: Path, project: dict[str, Any]) -> None:
    environment = yaml.safe_load((repository / "environment.yml").read_text(encoding="utf-8"))
    *conda, pip = environment["dependencies"]
    assert environment["name"] == "symbrain"
    assert conda == [f"python{project['requires-python']}", "pip"]
    options = [line for line in pip["pip"] if line.startswith("--")]
    assert options == ["--constraint constraints.txt", "--editable ."]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    assert [line for line in pip["pip"] if line not in options] == wanted


def test_every_dependency_is_pinned_within_its_bounds(project: dict[str, Any], pins: dict[str, str]) -> None:
    from packaging.requirements import Requirement

    for line in project["dependencies"] + project["optional-dependencies"]["dev"]:
        wanted = Requirement(line)
        assert wanted.specifier.contains(pins[normal(wanted.name)]), f"{line} against {pins[normal(wanted.name)]}"


def test_pins_name_no_build_of_one_machine(pins: dict[str, str], project: dict[str, Any]) -> None:
    assert not [name for name, version in pins.items() if "+" in version]
    assert pins["torch"] == "2.13.0"
    assert "symbrain" not in pins
    assert any(line.startswith("torch>=2.13,<2.14") for line in project["dependencies"])


def test_the_version_is_written_once(repository: Path, project: dict[str, Any]) -> None:
    assert "version" in project["dynamic"]
    citation = yaml.safe_load((repository / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == __version__
    assert f"## {__version__}" in (repository / "CHANGELOG.md").read_text(encoding="utf-8")
    holders = [
        p for p in (repository / "symbrain").rglob("*.py") if f'"{__version__}"' in p.read_text(encoding="utf-8")
    ]
    assert [p.name for p in holders] == ["version.py"]


def test_the_commands_that_are_promised_exist(repository: Path) -> None:
    makefile = (repository / "Makefile").read_text(encoding="utf-8")
    for target in ("demo", "test", "check", "format", "clean"):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE)
    ci = repository / ".ci" / "run"
    assert ci.stat().st_mode & 0o111
    assert ci.read_text(encoding="utf-8").splitlines()[-2:] == ["make check", "make test"]


def test_the_example_of_annotations_can_be_read(repository: Path) -> None:
    from symbrain.tables import read_table

    example = read_table(repository / "config" / "annotations.tsv", "annotations")
    assert len(example) == 2
    assert set(example["plane"]) == {"axial"}
