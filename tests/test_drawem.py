from __future__ import annotations

import numpy as np
import pytest

from symbrain.drawem import PAIRS_87, PARTNER, TISSUES_9, UNPAIRED_87, atlas_of

# LEFT_HEMI_LABELS of MIRTK/DrawEM, parameters/ALBERT/configuration.sh
LEFT = {
    *range(1, 19, 2), *range(21, 48, 2), 49, *range(51, 63, 2), *range(64, 83, 2), 87,
}  # fmt: skip


def test_left_labels_are_those_of_drawem() -> None:
    assert {left for left, _ in PAIRS_87.values()} == LEFT


def test_every_label_is_there_once() -> None:
    labels = [label for pair in PAIRS_87.values() for label in pair] + list(UNPAIRED_87.values())
    assert sorted(labels) == list(range(1, 88))
    assert len(PAIRS_87) == 41
    assert sorted(UNPAIRED_87.values()) == [19, 48, 83, 84, 85]


def test_partners_are_neighbours_and_swap_back() -> None:
    assert all(PARTNER[PARTNER[label]] == label for label in PARTNER)
    assert all(abs(label - partner) == 1 for label, partner in PARTNER.items())


@pytest.mark.parametrize(
    ("structure", "left", "right"),
    [
        ("Hippocampus", 1, 2),
        ("Cerebellum", 17, 18),
        ("Insula, GM", 21, 20),
        ("Caudate nucleus", 41, 40),
        ("Lateral ventricle", 49, 50),
        ("Anterior temporal lobe, medial part, WM", 51, 52),
        ("Insula, WM", 64, 63),
        ("Parietal lobe, WM", 82, 81),
        ("Thalamus, low intensity part in T2", 87, 86),
    ],
)
def test_the_parity_of_left_flips(structure: str, left: int, right: int) -> None:
    assert PAIRS_87[structure] == (left, right)


def test_grey_and_white_pairs_lie_on_one_side() -> None:
    """DrawEM merges white matter 51–62 into 5–16 and 63–82 into 20–39, side by side."""
    merged = {**{51 + i: 5 + i for i in range(12)}, **{63 + i: 20 + i for i in range(20)}}
    assert all((white in LEFT) == (grey in LEFT) for white, grey in merged.items())


def test_tissues_have_no_side() -> None:
    assert sorted(TISSUES_9.values()) == list(range(1, 10))


@pytest.mark.parametrize(
    ("highest", "name", "expected"),
    [
        (87, "", "drawem87"),
        (9, "", "drawem9"),
        (85, "sub-1_desc-drawem87_dseg.nii.gz", "drawem87"),
        (8, "sub-1_desc-drawem9_dseg.nii.gz", "drawem9"),
        (9, "sub-1_desc-drawem87_dseg.nii.gz", "drawem87"),
        (96, "", None),
        (1096, "sub-1_desc-drawem87_dseg.nii.gz", None),
        (19, "sub-1_desc-bounti_dseg.nii.gz", None),
        (0, "", None),
    ],
)
def test_atlas_by_name_and_highest_label(highest: int, name: str, expected: str | None) -> None:
    assert atlas_of(np.array([[0, highest]]), name) == expected


def test_atlas_of_nothing() -> None:
    assert atlas_of(np.zeros((0,), int)) is None
