"""The command line: help, version, exit codes, and what each verb hands to its stage."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from symbrain import __version__, cli
from symbrain.errors import BadInput
from symbrain.settings import STAGES, AlignSettings, ScoreSettings, TrainAsymmetrySettings, TrainMidlineSettings

Calls = list[tuple[str, tuple[Any, ...], dict[str, Any]]]


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Put stand-ins in the place of the stages, which note what they were called with; two scans are excluded."""
    calls: Calls = []

    def note(name: str, answer: int) -> Callable[..., int]:
        def noted(*args: Any, **kwargs: Any) -> int:
            calls.append((name, args, kwargs))
            return answer

        return noted

    names = {name: f"symbrain.stages.{name}" for name in STAGES} | {"published": "symbrain.published"}
    for name, full in names.items():
        module = ModuleType(full)
        for function, answer in (("run", 0), ("run_files", 2), ("gather", 2), ("export_symbrain", 0)):
            setattr(module, function, note(f"{name}.{function}", answer))
        module.import_symbrain = note("published.import_symbrain", 0)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, full, module)
        parent, child = full.rsplit(".", 1)
        monkeypatch.setattr(import_module(parent), child, module, raising=False)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    return calls


def refused(*words: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(words)
    assert stopped.value.code == cli.USAGE


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"symbrain {__version__}\n"


def test_help_comes_within_a_second() -> None:
    took = []
    for _ in range(3):  # the best of three, because other tests run at the same time
        start = time.perf_counter()
        done = subprocess.run([sys.executable, "-m", "symbrain", "--help"], capture_output=True, text=True, check=True)
        took.append(time.perf_counter() - start)
        assert all(stage in done.stdout for stage in STAGES)
    assert min(took) < 1


@pytest.mark.parametrize("verb", [*STAGES, "run", "export-symbrain", "import-symbrain"])
def test_every_verb_explains_itself(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main([verb, "--help"])
    assert stopped.value.code == 0
    assert "--" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        "",
        "allign",
        "align",
        "align scan.nii",
        "align --out there",
        "align --results there",
        "align scan.nii --out there --results there --chunk 0",
        "align scan.nii --out there --chunk 0",
        "align --results there --chunk -1",
        "align --results there --chunk 0 --thread 2",
        "align --results there --chunk 0 --spacing-mm 99",
        "slices --results there",
        "train_midline",
        "train_asymmetry --results there --fold some",
        "train_asymmetry --results there --fold -1",
        "score --results there --json",
        "score --results there --weights there",
        "score --results there --age 40",
        "score --results there --map there.nii",
        "score scan.nii other.nii --map there.nii --out there",
        "score scan.nii --out there --age 40 --ages ages.tsv",
        "score scan.nii --out there --age 4",
        "run here there",
        "run here there all",
        "run here there group --cores 0",
        "run here there group --unknown",
        "ingest --out there",
        "report",
    ],
)
def test_wrong_usage_is_2(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    refused(*words.split())
    said = capsys.readouterr()
    assert said.out == ""
    assert "usage" in said.err


def test_a_sentence_instead_of_a_traceback(
    stages: Calls, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        msg = "there is no scan in this folder; name another"
        raise BadInput(msg)

    monkeypatch.setattr("symbrain.stages.ingest.run", refuse)
    assert cli.main(["ingest", "here", "--out", "there"]) == cli.USAGE
    assert capsys.readouterr().err == "symbrain ingest: there is no scan in this folder; name another\n"


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (MemoryError(), cli.FAILED, "there is not enough memory; close other programs"),
        (
            OSError(errno.ENOSPC, "No space left", "there/scans.tsv"),
            cli.FAILED,
            "no space left for there/scans.tsv; free",
        ),
        (
            OSError(errno.EACCES, "Permission denied", "there"),
            cli.USAGE,
            "there: Permission denied; check that what is read",
        ),
    ],
)
def test_what_the_machine_lacks_or_refuses_is_a_sentence(
    error: Exception,
    code: int,
    sentence: str,
    stages: Calls,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("symbrain.stages.ingest.run", fail)
    assert cli.main(["ingest", "here", "--out", "there"]) == code
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1


def test_a_failure_of_the_software_is_1_with_a_traceback(tmp_path: Path) -> None:
    code = (
        "import sys, types; stage = types.ModuleType('symbrain.stages.report'); stage.gather = lambda *_, **__: 1 / 0; "
        "sys.modules['symbrain.stages.report'] = stage; import symbrain.stages; symbrain.stages.report = stage; "
        "from symbrain.cli import main; sys.exit(main(['report', '--results', 'there']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert done.stdout == ""


def test_excluded_scans_show_in_the_exit_code_of_files_only(stages: Calls) -> None:
    assert cli.main(["align", "a.nii", "--out", "there"]) == cli.SOME_EXCLUDED
    assert cli.main(["score", "a.nii", "--out", "there"]) == cli.SOME_EXCLUDED
    assert cli.main(["align", "--results", "there", "--chunk", "0"]) == cli.DONE
    assert cli.main(["score", "--results", "there", "--chunk", "0"]) == cli.DONE
    assert cli.main(["score", "--results", "there"]) == cli.DONE
    called = [name for name, _, _ in stages]
    assert called == ["align.run_files", "score.run_files", "align.run", "score.run", "score.gather"]


def test_the_stages_get_what_was_asked_for(stages: Calls) -> None:
    there = Path("there")
    cli.main(["phantom", "--out", "there", "--seed", "4", "--workers", "2", "--subjects", "3", "--no-broken"])
    cli.main(["ingest", "here", "--out", "there", "--folds", "3", "--chunks", "2"])
    cli.main(["align", "--results", "there", "--chunk", "1", "--spacing-mm", "2", "--threads", "3"])
    cli.main(["slices", "--results", "there", "--chunk", "1", "--annotations", "lines.tsv"])
    cli.main(["train_midline", "--results", "there", "--seed", "3", "--steps", "7"])
    cli.main(["train_asymmetry", "--results", "there", "--fold", "2"])
    cli.main(["train_asymmetry", "--results", "there", "--fold", "all", "--unlabelled", "normal"])
    cli.main(["train_asymmetry", "--results", "there", "--threads", "2"])
    cli.main(["score", "b.nii", "a.nii", "--out", "there", "--age", "40.5", "--json", "--weights", "w"])
    cli.main(["report", "--results", "there", "--chunk", "1"])
    cli.main(["report", "--results", "there"])
    cli.main(["export-symbrain", "--results", "there", "--out", "slices.parquet"])
    cli.main(["import-symbrain", "slices.parquet", "--out", "there", "--sessions", "sessions.tsv"])
    (made, read, aligned, cut, lines, fold, every, together, scored, paged, gathered, exported, imported) = stages
    assert made[1][0] == there
    assert (made[1][1].subjects, made[1][1].broken, made[2]) == (3, False, {"seed": 4, "workers": 2})
    assert read[1][:2] == (Path("here"), there)
    assert read[2] == {"seed": 1, "folds": 3, "chunks": 2}
    assert aligned == ("align.run", (there, 1, AlignSettings(spacing_mm=2.0)), {"threads": 3})
    assert cut[2] == {"annotations": Path("lines.tsv")}
    assert lines == ("train_midline.run", (there, TrainMidlineSettings(steps=7)), {"seed": 3, "threads": 1})
    plain = TrainAsymmetrySettings()
    assert fold == ("train_asymmetry.run", (there, 2, plain), {"seed": 1, "threads": 1})
    assert every[1] == (there, "all", TrainAsymmetrySettings(unlabelled="normal"))
    assert together == ("train_asymmetry.gather", (there, plain), {"seed": 1, "threads": 2})
    assert scored[1] == ([Path("b.nii"), Path("a.nii")], there, ScoreSettings())
    assert scored[2] == {"ages": 40.5, "weights": Path("w"), "as_json": True, "maps": [], "threads": 1}
    assert [paged[0], gathered[0]] == ["report.run", "report.gather"]
    assert exported[1] == (there, Path("slices.parquet"))
    assert imported[1] == (Path("slices.parquet"), there, Path("sessions.tsv"))
    assert imported[2] == {"modality": "T2w", "seed": 1, "folds": 5}


def test_threads_are_limited_before_numpy_is_imported(stages: Calls) -> None:
    cli.main(["align", "--results", "there", "--chunk", "0", "--threads", "3"])
    assert os.environ["OMP_NUM_THREADS"] == os.environ["ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"] == "3"
    cli.main(["report", "--results", "there"])
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"


def test_a_table_of_ages_is_read(stages: Calls, tmp_path: Path) -> None:
    ages = tmp_path / "ages.tsv"
    ages.write_text("scan_id\tscan_age_weeks\nsub-1_T2w\t40.1\n")
    cli.main(["score", "a.nii", "--out", "there", "--ages", str(ages)])
    assert stages[0][2]["ages"] == {"sub-1_T2w": 40.1}
    ages.write_text("scan_id\tage\nsub-1_T2w\t40.1\n")
    assert cli.main(["score", "a.nii", "--out", "there", "--ages", str(ages)]) == cli.USAGE
    assert len(stages) == 1
