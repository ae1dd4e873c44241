from __future__ import annotations

import shlex
from pathlib import Path

from results import ALIGN, results
from symbrain.cli import _parser
from symbrain.provenance import Provenance, read_provenance
from symbrain.settings import AlignSettings
from symbrain.version import __version__


def test_commands_are_ones_that_the_command_line_takes() -> None:
    found = read_provenance(results(), 3)
    assert len(found.commands) == 3
    for command, stage in zip(found.commands, ("align", "slices", "score"), strict=True):
        name, *words = shlex.split(command)
        given = _parser().parse_args(words)
        assert (name, given.verb, given.chunk, Path(given.results).name) == ("symbrain", stage, 3, results().name)
    given = _parser().parse_args(shlex.split(found.commands[0])[1:])
    assert given.spacing_mm == ALIGN.spacing_mm != AlignSettings().spacing_mm


def test_versions_and_settings() -> None:
    found = read_provenance(results(), 0)
    assert {fact.label: fact.value for fact in found.versions}["Tables written by symbrain"] == __version__
    assert '"spacing_mm": 2.5' in found.settings


def test_without_a_record_nothing_is_said(tmp_path: Path) -> None:
    assert read_provenance(tmp_path, 0) == Provenance()
