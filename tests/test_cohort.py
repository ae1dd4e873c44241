from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from results import listed, scan_row
from symbrain.cohort import (
    Record,
    dataset_of,
    digest_of,
    file_digest,
    folder_of,
    read_record,
    records_of,
    scans_of,
    walk_chunk,
)
from symbrain.errors import BadInput
from symbrain.tables import read_table, records


class Worker:
    """Work that writes one small file for each scan, and remembers for which it was called."""

    def __init__(self, results: Path, stage: str = "align", bad: set[int] | None = None) -> None:
        self.results, self.stage, self.bad, self.calls = results, stage, bad or set(), list[int]()
        self.version = 1

    def __call__(self, chunk: int = 0) -> list[int]:
        self.calls.clear()
        walk_chunk(self.results, self.stage, chunk, lambda scan: digest_of(scan["scan_id"], self.version), self._work)
        return list(self.calls)

    def _work(self, scan: dict[str, Any]) -> tuple[list[Path], dict[str, Any]]:
        number = int(scan["participant_id"][-2:])
        self.calls.append(number)
        if number in self.bad:
            msg = f"scan {number} is upside down; turn it"
            raise BadInput(msg)
        path = self.results / f"{number}_{self.stage}.txt"
        path.write_text("x")
        return [path], {"n": number}


def manifest(results: Path, stage: str = "align", chunk: int = 0) -> list[dict[str, Any]]:
    return records(read_table(results / "chunks" / stage / f"{chunk}.tsv", "manifest"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return listed(tmp_path, [scan_row(1), scan_row(2), scan_row(3, chunk=1), scan_row(4, usable=False)])


def test_a_chunk_is_its_usable_scans(folder: Path) -> None:
    assert [s["participant_id"] for s in scans_of(folder)] == ["sub-01", "sub-02", "sub-03"]
    assert [s["participant_id"] for s in scans_of(folder, 1)] == ["sub-03"]
    assert (Worker(folder)(0), Worker(folder)(1)) == ([1, 2], [3])
    assert [(r["scan_id"][:6], r["status"], r["outputs"]) for r in manifest(folder)] == [
        ("sub-01", "done", "1_align.txt"),
        ("sub-02", "done", "2_align.txt"),
    ]


def test_what_is_fresh_is_not_done_again(folder: Path) -> None:
    work = Worker(folder)
    assert (work(), work()) == ([1, 2], [])
    before = (folder / "chunks/align/0.tsv").read_bytes()
    work()
    assert (folder / "chunks/align/0.tsv").read_bytes() == before


def test_what_depends_on_something_else_now_is_done_again(folder: Path) -> None:
    work = Worker(folder)
    work()
    work.version = 2
    assert work() == [1, 2]


def test_a_deleted_output_is_made_again(folder: Path) -> None:
    work = Worker(folder)
    work()
    (folder / "2_align.txt").unlink()
    assert work() == [2]


def test_a_lost_manifest_costs_nothing(folder: Path) -> None:
    work = Worker(folder)
    work()
    (folder / "chunks/align/0.tsv").unlink()
    assert work() == []
    assert len(manifest(folder)) == 2


def test_a_bad_scan_is_excluded_in_its_sentence_and_the_others_go_on(folder: Path) -> None:
    work = Worker(folder, bad={1})
    assert work() == [1, 2]
    first, second = manifest(folder)
    assert (first["status"], first["reason"], first["outputs"]) == ("excluded", "scan 1 is upside down; turn it", None)
    assert second["status"] == "done"
    assert work() == [1], "a scan that was excluded may have been mended"


def test_a_scan_whose_files_are_gone_is_excluded(folder: Path) -> None:
    walk_chunk(folder, "align", 0, lambda scan: file_digest(folder / scan["path"]), lambda scan: ([], {}))
    assert {r["status"] for r in manifest(folder)} == {"excluded"}
    assert "cannot be read (No such file or directory)" in manifest(folder)[0]["reason"]


def test_a_fault_of_the_software_stops_and_what_was_done_stays_done(folder: Path) -> None:
    def faulty(scan: dict[str, Any]) -> tuple[list[Path], dict[str, Any]]:
        if scan["participant_id"] == "sub-02":
            msg = "a fault"
            raise ZeroDivisionError(msg)
        return [], {}

    with pytest.raises(ZeroDivisionError):
        walk_chunk(folder, "align", 0, lambda scan: digest_of(scan["scan_id"], 1), faulty)
    assert not (folder / "chunks/align/0.tsv").exists()
    assert Worker(folder)() == [2]


def test_later_stages_see_what_came_through(folder: Path) -> None:
    Worker(folder, bad={1})()
    assert Worker(folder, "slices")() == [2]
    assert Worker(folder, "score")() == [2]
    assert [r.row["n"] for _, r in records_of(folder, "score")] == [2]


def test_a_scan_that_drops_out_later_leaves_no_trace_in_what_follows(folder: Path) -> None:
    for stage in ("align", "slices", "score"):
        Worker(folder, stage)()
    work = Worker(folder, bad={1})
    work.version = 2
    work()
    assert [r.row["n"] for _, r in records_of(folder, "score")] == [2]
    assert [r.row["n"] for _, r in records_of(folder, "slices")] == [2]
    Worker(folder, "score")()
    assert len(manifest(folder, "score")) == 1


def test_a_record_says_what_was_done(folder: Path) -> None:
    Worker(folder)()
    record = read_record(folder, "align", "sub-01_ses-1_T2w")
    digest = digest_of("sub-01_ses-1_T2w", 1)
    assert record == Record("sub-01_ses-1_T2w", "done", digest, None, ("1_align.txt",), {"n": 1})


def test_digests_tell_contents_apart_and_not_the_order_of_keys(tmp_path: Path) -> None:
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
    assert digest_of("a", 1) != digest_of("a", 2)
    assert digest_of("a", None) != digest_of("a")
    (tmp_path / "f").write_bytes(b"abc")
    assert file_digest(tmp_path / "f") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_folders(folder: Path, tmp_path: Path) -> None:
    assert folder_of(folder, scan_row(1)) == folder / "sub-01" / "ses-1" / "anat"
    assert folder_of(folder, scan_row(1, session_id=None)) == folder / "sub-01" / "anat"
    assert dataset_of(folder) == tmp_path


@pytest.mark.parametrize("name", ["..", "../x", "/etc", "a\\b", "a\0"])
def test_no_name_leads_out_of_the_results(tmp_path: Path, name: str) -> None:
    for key in ("participant_id", "session_id", "scan_id"):
        scan = {"participant_id": "sub-1", "session_id": None, "scan_id": "sub-1_T2w", key: name}
        with pytest.raises(BadInput, match="leads out of its folder"):
            folder_of(tmp_path, scan)


@pytest.mark.parametrize("name", ["/etc/passwd", "../secret", "sub-1/../../secret"])
def test_a_record_names_no_file_outside_the_results(tmp_path: Path, name: str) -> None:
    path = tmp_path / "chunks" / "align" / "scans" / "x.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"scan_id": "x", "status": "done", "digest": "d", "outputs": [name]}))
    with pytest.raises(BadInput, match=r"x\.json .*lies outside the results"):
        read_record(tmp_path, "align", "x")
