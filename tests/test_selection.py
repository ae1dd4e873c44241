"""Participants and sessions by their labels: nothing else is left, prefixes do not matter, unknown ones are told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbrain.bids import Dataset, read_dataset
from symbrain.errors import BadInput
from symbrain.selection import select
from symbrain.settings import IngestSettings
from symbrain.stages import ingest
from symbrain.tables import read_table, records
from trees import put, session

PEOPLE, VISITS = ("01", "02", "ab"), ("1", "2")


@pytest.fixture(scope="module")
def bids(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a dataset of three participants, two of them with two sessions, one without, and one empty folder."""
    root = tmp_path_factory.mktemp("bids")
    for person in PEOPLE[:2]:
        for visit in VISITS:
            session(root, ["T2w"], f"sub-{person}/ses-{visit}/anat/sub-{person}_ses-{visit}")
    put(root, "sub-01/ses-1/dwi/sub-01_ses-1_ADC.nii.gz")
    put(root, "sub-ab/anat/sub-ab_T2w.nii.gz")
    (root / "sub-none").mkdir()
    return root


def labels(values: tuple[str, ...], prefix: str) -> st.SearchStrategy[list[str]]:
    written = st.sampled_from(values).flatmap(lambda v: st.sampled_from([v, f"{prefix}-{v}"]))
    return st.lists(written, max_size=4)


@given(people=labels(PEOPLE, "sub"), visits=labels(VISITS, "ses"))
def test_what_is_left_is_what_was_named(bids: Path, people: list[str], visits: list[str]) -> None:
    whole = read_dataset(bids)
    wanted, seen = ({x.split("-")[-1] for x in given} for given in (people, visits))
    expected = {
        image.path
        for image in whole.images
        if (not wanted or image.participant_id[4:] in wanted) and (not seen or (image.session_id or "")[4:] in seen)
    }
    if not expected:
        return  # participant ab has no session: see below
    left = select(whole, people, visits)
    assert {image.path for image in left.images} == expected
    folders = {path.rpartition("/anat/")[0] for path in expected}
    assert folders <= set(left.sessions) <= set(whole.sessions)
    assert left.tables == whole.tables


def test_nothing_named_is_everything(bids: Path) -> None:
    assert select(read_dataset(bids), (), ()) == read_dataset(bids)


def test_maps_of_diffusion_go_with_their_participant(bids: Path) -> None:
    def maps(*people: str) -> list[str]:
        return [image.name for image in select(read_dataset(bids), people, ()).diffusion]

    assert maps("01") == ["sub-01_ses-1_ADC.nii.gz"]
    assert maps("02") == []


@pytest.mark.parametrize(
    ("people", "visits", "sentence"),
    [
        (["99"], [], r"has no participant sub-99; it has sub-01, sub-02, sub-ab, sub-none \(4 in all\)"),
        (["sub-nome"], [], r"has no participant sub-nome; did you mean sub-none\?"),
        (["01"], ["7x"], r"no session ses-7x; it has ses-1, ses-2 \(2 in all\)"),
        (["ab"], ["1"], r"of the participants that were named, no session ses-1; it has none \(0 in all\)"),
    ],
)
def test_unknown_labels_are_told(bids: Path, people: list[str], visits: list[str], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        select(read_dataset(bids), people, visits)


def test_a_participant_without_images_is_known(bids: Path) -> None:
    left: Dataset = select(read_dataset(bids), ["none"], [])
    assert (left.images, left.sessions) == ((), ("sub-none",))


def test_ingest_lists_the_selected_ones_as_it_lists_all(bids: Path, tmp_path: Path) -> None:
    def rows(name: str, **named: tuple[str, ...]) -> list[dict[str, object]]:
        ingest.run(bids, tmp_path / name, IngestSettings(**named), seed=1, folds=5, chunks=6)
        return records(read_table(tmp_path / name / "scans.tsv", "scans"))

    every, some = rows("all"), rows("some", participants=("sub-02",), sessions=("2",))
    assert [row["scan_id"] for row in some] == ["sub-02_ses-2_T2w"]
    assert some[0] in every  # its split, fold and portion do not depend on the others
