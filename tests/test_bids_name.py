from __future__ import annotations

import pytest

from symbrain.bids_name import image_of


@pytest.mark.parametrize(
    ("path", "participant", "session", "expected"),
    [
        ("sub-1/ses-2/anat/sub-1_ses-2_desc-restore_T2w.nii.gz", "sub-1", "ses-2", ({"desc": "restore"}, (), "T2w")),
        ("sub-1/anat/sub-1_T2w_brainmask.nii", "sub-1", None, ({}, ("T2w",), "brainmask")),
        ("sub-1/anat/fetus 7_T2w.nii.gz", "sub-1", None, ({}, ("fetus 7",), "T2w")),
        ("sub-a_b/anat/sub-a_b_run-1_T2w.nii.gz", "sub-a_b", None, ({"run": "1"}, (), "T2w")),
        ("sub-1/anat/T2w.nii.gz", "sub-1", None, ({}, (), "T2w")),
    ],
)
def test_parts(path: str, participant: str, session: str | None, expected: tuple[object, ...]) -> None:
    image = image_of(path, participant, session)
    assert (image.entities, image.words, image.suffix) == expected
    assert image.stranger is None
    assert image.participant_id == participant


def test_session_of_a_file_without_session_folder() -> None:
    assert image_of("sub-1/anat/sub-1_ses-9_T2w.nii.gz", "sub-1", None).session_id == "ses-9"


@pytest.mark.parametrize(
    ("name", "stranger"), [("sub-2_ses-1_T2w", "sub-2"), ("sub-1_ses-2_T2w", "ses-2"), ("sub-10_ses-1_T2w", "sub-10")]
)
def test_contradiction_between_name_and_folder(name: str, stranger: str) -> None:
    assert image_of(f"sub-1/ses-1/anat/{name}.nii.gz", "sub-1", "ses-1").stranger == stranger


def test_stem_and_folder() -> None:
    image = image_of("a/sub-1/anat/sub-1_T2w.nii.gz", "sub-1", None)
    assert (image.stem, image.name, image.folder) == ("sub-1_T2w", "sub-1_T2w.nii.gz", "a/sub-1/anat")
