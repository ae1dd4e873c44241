"""``symbrain run``: what it checks, what it writes down, what it hands to Snakemake, and what it answers."""

from __future__ import annotations

import signal
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from symbrain import cli, front_door
from symbrain.errors import BadInput
from symbrain.front_door import Order, run, workflow_folder
from symbrain.tables import write_table
from trees import session


@pytest.fixture
def order(tmp_path: Path) -> Order:
    for person in ("01", "02"):
        session(tmp_path / "bids", ["T2w"], f"sub-{person}/ses-1/anat/sub-{person}_ses-1")
    return Order(tmp_path / "bids", tmp_path / "out", "participant")


@pytest.fixture
def snakemake(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Put a stand-in in the place of Snakemake, which notes its commands and answers with ``code``."""
    stand_in = SimpleNamespace(commands=[], code=0)

    def answer(command: list[str], **_: Any) -> SimpleNamespace:
        stand_in.commands.append(command)
        return SimpleNamespace(returncode=stand_in.code)

    monkeypatch.setattr(front_door.subprocess, "run", answer)
    return stand_in


def written(order: Order) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load((order.out_dir / "config.yaml").read_text(encoding="utf-8"))
    return config


def test_what_was_asked_for_is_written_down(order: Order, snakemake: SimpleNamespace, tmp_path: Path) -> None:
    own = tmp_path / "mine.yaml"
    own.write_text("seed: 7\ningest: {modalities: [T1w], sessions: ['2']}\n")
    assert run(replace(order, participants=("02",), config_file=own)) == 0
    out = order.out_dir
    assert written(order) == {
        "seed": 7,
        "bids_dir": str(order.bids_dir),
        "ingest": {"modalities": ["T1w"], "sessions": ["2"], "participants": ["02"]},
        "pathvars": {"results": str(out), "logs": str(out / "logs")},
    }


def test_each_level_has_its_target(order: Order, snakemake: SimpleNamespace) -> None:
    run(order)
    run(replace(order, level="group", cores="3", dry_run=True, work_dir=order.out_dir / "w", further=("--quiet",)))
    participant, group = snakemake.commands
    assert participant[:4] == [sys.executable, "-m", "snakemake", str(order.out_dir / "scores.tsv")]
    assert participant[participant.index("--cores") + 1] == "all"
    assert participant[participant.index("--directory") + 1] == str(order.out_dir)
    assert group[3] == "all"
    assert group[group.index("--cores") + 1 :] == ["3", "--dry-run", "--quiet"]
    assert group[group.index("--directory") + 1] == str(order.out_dir / "w")


def test_the_answer_tells_of_exclusions_and_of_failure(
    order: Order, snakemake: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["run", str(order.bids_dir), str(order.out_dir), "participant"]
    assert cli.main(words) == cli.DONE
    write_table(order.out_dir / "exclusions.tsv", "exclusions", [{"scan_id": "x", "reason": "It is empty."}])
    assert cli.main(words) == cli.SOME_EXCLUDED
    assert "symbrain run: scans excluded: 1; " in capsys.readouterr().err
    assert cli.main([*words, "--dry-run"]) == cli.DONE
    snakemake.code = 1
    assert cli.main(words) == cli.FAILED


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("{bids} {out} group --participant-label 03", "has no participant sub-03; it has sub-01, sub-02 (2 in all)"),
        ("{bids} {out} group --session-id 9x", "no session ses-9x; it has ses-1 (1 in all)"),
        ("{bids} {bids} group", "the results would be written into the dataset"),
        ("{out} {out}/x group", "is not a folder"),
        ("{bids} {out} group --config-file {bids}/nothing.yaml", "nothing.yaml cannot be read as YAML"),
        ("{bids} {out} group --config-file {odd}", "holds no keys"),
        ("{bids} {out} group --config-file {wrong}", "The configuration has no key 'chunk' at its top level"),
        ("{bids} {out} group -- --configfile x.yaml", "name it before, --config-file YAML"),
    ],
)
def test_what_cannot_be_done_is_a_sentence_before_anything_starts(
    words: str,
    sentence: str,
    order: Order,
    snakemake: SimpleNamespace,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    odd, wrong = tmp_path / "odd.yaml", tmp_path / "wrong.yaml"
    odd.write_text("- 1\n")
    wrong.write_text("chunk: 3\n")
    filled = words.format(bids=order.bids_dir, out=order.out_dir, odd=odd, wrong=wrong)
    assert cli.main(["run", *filled.split()]) == cli.USAGE
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
    assert snakemake.commands == []
    assert not order.out_dir.exists()


def test_drawn_lines_are_found_from_where_the_person_is(
    order: Order, snakemake: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("lines.tsv").write_text("")
    Path("mine.yaml").write_text("annotations: lines.tsv\n")
    run(replace(order, config_file=Path("mine.yaml")))
    assert written(order)["annotations"] == str(tmp_path / "lines.tsv")


def test_the_workflow_is_found_in_the_repository(repository: Path) -> None:
    assert workflow_folder() == repository


def test_an_installation_without_the_workflow_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_door, "__file__", str(tmp_path / "symbrain" / "front_door.py"))
    monkeypatch.setattr(front_door, "files", lambda _: [])
    with pytest.raises(BadInput, match="this installation has no Snakefile"):
        workflow_folder()


def test_a_wheel_carries_the_whole_workflow(repository: Path) -> None:
    """Every file that the Snakefile reads is among the data that setuptools puts into a wheel, in the same folders."""
    tool = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    home = Path("share/symbrain")
    carried = {
        Path(folder).relative_to(home) / path.name
        for folder, patterns in tool["data-files"].items()
        for pattern in patterns
        for path in repository.glob(pattern)
    }
    folders = [repository / name for name in ("workflow", "profiles", "notebooks")]
    needed = {path.relative_to(repository) for folder in folders for path in folder.rglob("*") if path.is_file()}
    assert carried == needed | {Path("Snakefile"), Path("config/config.yaml")}


def test_an_interruption_waits_for_snakemake_to_end(
    order: Order, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ended: list[bool] = []

    def interrupted(*_: Any, **__: Any) -> SimpleNamespace:
        signal.raise_signal(signal.SIGINT)
        ended.append(True)
        return SimpleNamespace(returncode=1)

    monkeypatch.setattr(front_door.subprocess, "run", interrupted)
    assert cli.main(["run", str(order.bids_dir), str(order.out_dir), "group"]) == cli.INTERRUPTED
    assert ended == [True]
    assert "the same command goes on from here" in capsys.readouterr().err


@pytest.mark.slow
def test_the_workflow_plans_what_was_asked_for(order: Order) -> None:
    words = ["run", str(order.bids_dir), str(order.out_dir), "participant", "--participant-label", "02", "-n"]
    done = subprocess.run(
        [sys.executable, "-m", "symbrain", *words, "--cores", "1", "--", "--config", "chunks=1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert f"symbrain ingest {order.bids_dir} --out {order.out_dir} " in done.stderr
    assert "--participants 02 --sessions" in done.stderr
    assert "score_gather" in done.stderr
    assert not any(word in done.stderr for word in ("rule report", "rule phantom"))
