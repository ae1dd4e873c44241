"""Datasets from anybody: ingest lists what is there or says why it cannot, and writes into its own folder alone."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz_files import CELLS, tables
from fuzz_law import examples, in_little_memory, soaked, value_or_sentence
from symbrain.bids import inventory
from symbrain.bids_name import image_of
from symbrain.page import safe_name
from symbrain.settings import IngestSettings
from symbrain.stages.ingest import run
from symbrain.tables import read_table, records
from trees import image

LABELS = [
    "01",
    "CC00050XX01",
    "..",
    "a b",
    "a\nb",
    "\x1b[31m",
    "=1",
    "é",
    "\udcff",
    "$(touch x)",
    "<b>",
    "x" * 200,
    "%s",
]
SUFFIXES = ["T2w", "T1w", "desc-brain_mask", "desc-drawem87_dseg", "run-1_T2w", "acq-../../x_T2w", "ADC", "T2w_T2w", ""]
KINDS = ["image", "image", "image", "empty", "noise", "folder", "pipe", "gone", "loop", "device", "secret"]
LABEL, SUFFIX = st.sampled_from(LABELS), st.sampled_from(SUFFIXES)


@st.composite
def trees(draw: st.DrawFn) -> dict[str, str | bytes]:
    """Draw files by path: of what kind, or their bytes."""
    tree: dict[str, str | bytes] = {"sub-0/anat/sub-0_T2w.nii.gz": "image"}
    for _ in range(draw(st.integers(1, 6))):
        participant, session = f"sub-{draw(LABEL)}", draw(st.sampled_from(["", f"ses-{draw(LABEL)}"]))
        named = participant if draw(st.booleans()) else f"sub-{draw(LABEL)}"
        folder = "/".join(filter(None, [participant, session, draw(st.sampled_from(["anat", "dwi", "func"]))]))
        name = "_".join(filter(None, [named, session, draw(SUFFIX)])).replace("/", "|")
        tree[f"{folder}/{name}{draw(st.sampled_from(['.nii.gz', '.nii', '.json']))}"] = draw(st.sampled_from(KINDS))
    header = ["participant_id", "session_id", "scan_age", "sex", "radiology_score"]
    for table in draw(st.lists(st.sampled_from(["participants.tsv", "sessions.tsv", "combined.tsv"]), max_size=2)):
        tree[table] = draw(st.sampled_from(["pipe", "folder", "loop", "device"]) | tables(header, CELLS))
    return tree


def plant(root: Path, tree: dict[str, str | bytes]) -> None:
    """Make the files of a tree, as far as a file system can hold them."""
    for name, what in tree.items():
        path = root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(what, bytes):
                path.write_bytes(what)
            elif what in ("image", "empty", "noise"):
                content = {
                    "image": image(compressed=name.endswith(".gz")),
                    "empty": b"",
                    "noise": bytes(range(256)) * 9,
                }
                path.write_bytes(content[what])
            elif what == "folder":
                path.mkdir()
            elif what == "pipe":
                os.mkfifo(path)
            else:
                target = {"gone": "nowhere", "loop": path.name, "device": "/dev/zero", "secret": "../../../secret"}
                path.symlink_to(target[what])
        except OSError:  # a name too long, or taken
            continue


def check(folder: Path, tree: dict[str, str | bytes], capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "secret").write_text("nobody's business")
    root, out = folder / "dataset", folder / "results"
    plant(root, tree)
    before = inventory(root)

    def ingest() -> bool:
        run(root, out, IngestSettings(), seed=1, folds=5, chunks=2)
        return True

    done = in_little_memory(lambda: value_or_sentence(ingest, str(root)))
    assert inventory(root) == before, "the dataset was changed"
    assert {path.name for path in folder.iterdir()} <= {"secret", "dataset", "results"}
    told = capsys.readouterr().err
    assert all(line.isprintable() for line in told.split("\n")), repr(told)
    if done:
        scans = records(read_table(out / "scans.tsv", "scans"))
        assert any(scan["scan_id"] == "sub-0_T2w" and scan["usable"] for scan in scans)
        assert "nobody" not in "".join(path.read_text() for path in out.rglob("*") if path.is_file())


@examples(30)
@given(trees())
def test_a_dataset_is_listed_or_refused(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str], tree: dict[str, str | bytes]
) -> None:
    check(tmp_path_factory.getbasetemp() / "datasets", tree, capsys)


@pytest.mark.soak
@soaked()
@given(trees())
def test_soak_datasets(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str], tree: dict[str, str | bytes]
) -> None:
    check(tmp_path_factory.getbasetemp() / "datasets", tree, capsys)


@examples(200)
@given(st.text(), st.text(max_size=5), st.none() | st.text(max_size=5))
def test_any_name_is_taken_apart_and_makes_a_file_name(name: str, participant: str, session: str | None) -> None:
    found = image_of(f"a/{name}.nii.gz", participant, session)
    assert found.path == f"a/{name}.nii.gz"
    assert not set(safe_name(participant, session, name)) & set("/\\\0\n<>&'\" ")
