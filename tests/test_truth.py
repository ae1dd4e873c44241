"""The phantom's truth is for judging, never for scoring: no stage opens it."""

import subprocess
import sys

import pytest

GUARDED = """
import sys

def guard(event, arguments):
    if event in ("open", "os.scandir", "os.listdir") and "derivatives/truth" in str(arguments[0]).replace("\\\\", "/"):
        sys.stderr.write(f"opened {arguments[0]}\\n")
        import os
        os._exit(99)

sys.addaudithook(guard)
from symbrain.cli import main
sys.exit(main(sys.argv[1:]))
"""


def guarded(*words):
    """Run one verb in a process that dies with 99 when it looks into the truth."""
    return subprocess.run([sys.executable, "-c", GUARDED, *map(str, words)], capture_output=True, text=True)


def test_the_guard_itself_notices(tmp_path):
    (tmp_path / "derivatives" / "truth").mkdir(parents=True)
    table = tmp_path / "derivatives" / "truth" / "annotations.tsv"
    table.write_text("participant_id\n")
    done = guarded("import-symbrain", table, "--out", tmp_path / "out")
    assert done.returncode == 99
    assert "annotations.tsv" in done.stderr


@pytest.mark.slow
def test_no_stage_opens_the_truth(tmp_path):
    cohort, results = tmp_path / "cohort", tmp_path / "results"
    made = subprocess.run(
        [sys.executable, "-m", "symbrain", "phantom", "--out", cohort, "--subjects", "2", "--spacing-mm", "3",
         "--no-broken"],
        capture_output=True,
    )  # fmt: skip
    assert made.returncode == 0
    assert (cohort / "derivatives" / "truth" / "truth.tsv").exists()
    for words in (
        ("ingest", cohort, "--out", results, "--chunks", 1),
        ("align", "--results", results, "--chunk", 0),
        ("slices", "--results", results, "--chunk", 0),
        ("score", "--results", results, "--chunk", 0),
        ("score", "--results", results),
        ("report", "--results", results, "--chunk", 0),
        ("report", "--results", results),
    ):
        done = guarded(*words)
        assert done.returncode == 0, done.stderr
    assert (results / "index.html").exists()
