"""What is a scan's own fault is told in a sentence; what is not is raised again."""

from __future__ import annotations

import errno

import pytest

from symbrain.errors import BadInput, reason_of


def test_the_sentence_of_bad_input_is_the_reason() -> None:
    assert reason_of(BadInput("x.nii is empty; copy it again"), "x.nii") == "x.nii is empty; copy it again"


def test_a_name_too_long_is_the_scans_own_fault() -> None:
    assert reason_of(OSError(errno.ENAMETOOLONG, "no"), "long.nii") == (
        "long.nii has a name too long for the outputs; shorten it"
    )


def test_a_full_disk_is_not() -> None:
    with pytest.raises(OSError, match="disk"):
        reason_of(OSError(errno.ENOSPC, "the disk is full"), "x.nii")


def test_a_sentence_stays_on_one_line_and_is_obeyed_by_no_terminal() -> None:
    error = BadInput("a\nb\t\x1b[31m c\u202e \udcff é 1×2")
    assert str(error) == "a b ?[31m c? ? é 1×2"
    str(error).encode()
