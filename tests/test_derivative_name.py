"""BIDS's names of our images: in BIDS's order, and never one name for two images."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbrain.derivative_name import bids_name

ENDINGS = [f"space-upright_{kind}.nii.gz" for kind in ("image", "mask", "labels")] + ["desc-brain_mask.nii.gz"]
ORDER = ["sub", "ses", "acq", "ce", "rec", "run", "space", "desc"]
label = st.text("abXY019", min_size=1, max_size=3)


@st.composite
def scan_ids(draw: st.DrawFn) -> str:
    """Draw the name of a scan: entities in any order behind participant and session."""
    further = draw(st.permutations(draw(st.lists(st.sampled_from(ORDER[1:]), unique=True))))
    pairs = [f"{key}-{draw(label)}" for key in ["sub", *further]]
    return "_".join([*pairs, draw(st.sampled_from(["T1w", "T2w"]))])


@given(scan_ids(), st.sampled_from(ENDINGS))
def test_entities_are_in_the_order_of_bids_and_none_is_lost(scan_id: str, ending: str) -> None:
    name = bids_name(scan_id, ending)
    assert name is not None
    *pairs, suffix = name.removesuffix(".nii.gz").split("_")
    keys = [pair.split("-")[0] for pair in pairs]
    assert keys == [key for key in ORDER if key in keys]
    kept = [pair for pair in scan_id.split("_")[:-1] if not pair.startswith(("space-", "desc-"))]
    assert set(kept) <= set(pairs)
    assert suffix in (scan_id[-3:], "mask", "dseg")


def test_no_two_images_of_a_session_share_a_name() -> None:
    scans = ["T2w", "T1w", "desc-restore_T2w", "run-1_T2w", "acq-a_run-1_T2w", "rec-b_T1w"]
    names = [bids_name(f"sub-1_ses-2_{scan}", ending) for scan, ending in itertools.product(scans, ENDINGS)]
    assert len(set(names)) == len(scans) * len(ENDINGS)


@pytest.mark.parametrize("stranger", ["scan", "my scan_T2w", "sub-1_reo_T2w", "sub-1_FLAIR", "sub-1_mt-on_T2w", "T2w",
                                      "sub-1_sub-2_T2w", "sub-a+b_T2w"])  # fmt: skip
def test_a_scan_that_is_not_named_as_bids_asks_has_no_such_name(stranger: str) -> None:
    assert [bids_name(stranger, ending) for ending in ENDINGS] == [None] * 4
