"""What a results folder says it was made with."""

from __future__ import annotations

import json
from dataclasses import asdict

from results import ALIGN, SCORE, SLICES, results
from symbrain.cohort import digest_of, file_digest
from symbrain.run_record import RECORD
from symbrain.tables import read_table, records
from symbrain.version import __version__


def test_the_settings_are_those_that_the_rows_were_made_with() -> None:
    told = json.loads((results() / RECORD).read_text())
    settings = told["settings"]
    assert settings["align"] == asdict(ALIGN)
    assert settings["score"] == asdict(SCORE)
    assert settings["slices"] == json.loads(json.dumps(asdict(SLICES)))
    digests = {row["config_sha256"] for row in records(read_table(results() / "scores.tsv", "scores"))}
    assert digests == {digest_of(settings["align"], settings["slices"], settings["score"])}


def test_versions_and_digests_are_those_of_what_lies_there() -> None:
    told = json.loads((results() / RECORD).read_text())
    assert told["symbrain_version"] == __version__
    assert {"numpy", "torch", "SimpleITK"} <= set(told["libraries"])
    assert told["models_sha256"] == {"train_midline": None, "train_asymmetry": None}  # these results have none
    assert told["tables_sha256"].keys() >= {"scores.tsv", "subjects.tsv", "exclusions.tsv"}
    for name, digest in told["tables_sha256"].items():
        assert digest == file_digest(results() / name)
    assert str(results()) not in json.dumps(told)
