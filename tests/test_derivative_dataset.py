"""Results as a derivative dataset of BIDS, down to every file of a run."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from fnmatch import fnmatch
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results import dataset, results
from symbrain.columns import TABLES
from symbrain.derivative_dataset import ENDINGS, describe, describe_new, ignored, write_phenotype
from symbrain.tables import read_table, records
from validator import issues, needs_validator

# What BIDS 1.10 has a name for, of all that lies in results.
NAMED = re.compile(
    r"dataset_description\.json|descriptions\.tsv|README\.md|\.bidsignore|code/.*|phenotype/\w+(-\d+)?\.(tsv|json)|"
    r"(?P<sub>sub-\w+)/(?P<ses>ses-\w+)/anat/(?P=sub)_(?P=ses)_(?:[a-z]+-[A-Za-z0-9]+_)*(T2w|T1w|mask|dseg)\.(nii\.gz|json)"
)


def is_ignored(path: str) -> bool:
    """Tell whether ``.bidsignore`` names a file, as git reads such lines."""
    anchored = [pattern[1:] for pattern in ignored() if pattern.startswith("/")]
    anywhere = [pattern for pattern in ignored() if not pattern.startswith("/")]
    return any(fnmatch(path.split("/")[0], p) for p in anchored) or any(
        fnmatch(part, p) for p in anywhere for part in path.split("/")
    )


@pytest.fixture
def described(tmp_path: Path) -> Path:
    """Return a copy of real results, as ingest would have described them."""
    folder = tmp_path / "derivatives" / "symbrain"
    shutil.copytree(results(), folder)
    describe(folder, dataset()[0])
    return folder


def test_every_file_is_either_ignored_or_named_as_bids_asks(described: Path) -> None:
    files = [path.relative_to(described).as_posix() for path in described.rglob("*") if path.is_file()]
    assert len(files) > 40
    wrong = [path for path in files if is_ignored(path) == bool(NAMED.fullmatch(path))]
    assert not wrong


def test_every_ending_of_a_scans_files_is_written_by_somebody(described: Path) -> None:
    names = [path.name for path in described.rglob("sub-*_T2w_*")]
    written = {ending for ending in ENDINGS if any(fnmatch(name, f"*_{ending}") for name in names)}
    assert set(ENDINGS) - written == {"space-upright_biasfield.*"}  # which these results were made without


@needs_validator
@pytest.mark.slow
def test_the_validator_has_nothing_against_results(described: Path) -> None:
    assert not issues(described)
    assert {one["code"] for one in issues(described, "warning")} <= {"TOO_FEW_AUTHORS", "SIDECAR_KEY_RECOMMENDED"}


@needs_validator
@pytest.mark.slow
def test_the_validator_does_look_at_the_images(described: Path) -> None:
    path = next(described.rglob("*_space-uprightT2w_T2w.json"))
    path.write_text(json.dumps({"Sources": []}))
    assert {(one["code"], one["subCode"]) for one in issues(described)} == {
        ("SIDECAR_KEY_REQUIRED", "SkullStripped"), ("SIDECAR_KEY_REQUIRED", "SpatialReference"),
    }  # fmt: skip


def test_the_source_is_linked_and_no_absolute_path_told(tmp_path: Path) -> None:
    describe(tmp_path / "out", tmp_path / "data" / "bids")
    told = (tmp_path / "out" / "dataset_description.json").read_text()
    description = json.loads(told)
    assert description["DatasetType"] == "derivative"
    assert (tmp_path / "out" / description["DatasetLinks"]["raw"]).resolve() == tmp_path / "data" / "bids"
    assert str(tmp_path) not in told


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "scan.nii.gz").touch()
    describe_new(theirs)
    assert [path.name for path in theirs.iterdir()] == ["scan.nii.gz"]
    describe_new(tmp_path / "new" / "ours")
    assert (tmp_path / "new" / "ours" / "dataset_description.json").exists()


def test_descriptions_are_a_table_of_bids(tmp_path: Path) -> None:
    describe(tmp_path)
    head, *rows = [line.split("\t") for line in (tmp_path / "descriptions.tsv").read_text().splitlines()]
    assert head == ["desc_id", "description"]
    assert all(re.fullmatch(r"desc-[A-Za-z0-9]+", name) and text.endswith(".") for name, text in rows)


visits = st.dictionaries(
    st.tuples(st.sampled_from(["sub-1", "sub-2", "sub-3"]), st.sampled_from(["ses-1", "ses-2", "ses-3"])),
    st.none() | st.floats(22, 45),
    max_size=9,
)


@pytest.mark.slow
@settings(max_examples=25)
@given(visits)
def test_the_copy_has_every_row_once_and_every_participant_once_in_a_file(
    tmp_path_factory: pytest.TempPathFactory, sessions: dict[tuple[str, str], float | None]
) -> None:
    folder = tmp_path_factory.mktemp("copy")
    rows = [{"participant_id": p, "session_id": s, "scan_age_weeks": age} for (p, s), age in sessions.items()]
    write_phenotype(folder, [{"participant_id": f"sub-{n}", "session_id": s} for n in "12" for s in "abcd"])
    write_phenotype(folder, rows)
    files = list(read_back(folder))
    assert all(len({row["participant_id"] for row in file}) == len(file) for file in files)
    assert sorted((r["participant_id"], r["session_id"]) for file in files for r in file) == sorted(sessions)
    for earlier, later in pairwise(files):
        before = {row["participant_id"]: row["scan_age_weeks"] for row in earlier}
        for row in later:
            if row["scan_age_weeks"] is not None:
                assert before[row["participant_id"]] <= row["scan_age_weeks"]


def read_back(folder: Path) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of each visit's file, the first visit first."""
    for number, path in enumerate(sorted((folder / "phenotype").glob("*.tsv")), start=1):
        assert path.name == ("asymmetry.tsv" if number == 1 else f"asymmetry_visit-{number}.tsv")
        assert set(json.loads(path.with_suffix(".json").read_text())) == {c.name for c in TABLES["subjects"]}
        yield records(read_table(path, "subjects"))


def test_the_copy_of_real_results_is_their_subjects_table() -> None:
    ours, theirs = results() / "phenotype" / "asymmetry.tsv", results() / "subjects.tsv"
    assert ours.read_text() == theirs.read_text()


def test_somebodys_own_page_is_not_lost(tmp_path: Path) -> None:
    source = tmp_path / "dataset"
    source.mkdir()
    for text in ("My notes\n", ""):
        (tmp_path / "README.md").write_text(text)
        describe(tmp_path, source)
        assert (tmp_path / "README.md").read_text() == text
    (tmp_path / "README.md").unlink()
    describe(tmp_path, source)
    ours = (tmp_path / "README.md").read_text()
    (tmp_path / "README.md").write_text(ours.splitlines()[0] + "\nof an earlier version\n")
    describe(tmp_path, source)
    assert (tmp_path / "README.md").read_text() == ours
