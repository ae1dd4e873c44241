from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbrain.errors import BadInput
from symbrain.ratings import VERDICTS, Rating, mistaken, read_ratings, unknown_scans, worst
from symbrain.tables import write_table

RATINGS = st.builds(Rating, st.sampled_from(list(VERDICTS)), st.sampled_from([None, "A", "B"]))


def row(scan_id: str | None, rating: str, rater: str | None = None, comment: str | None = None) -> dict[str, object]:
    ids = {"participant_id": "sub-01", "session_id": None, "scan_id": scan_id}
    return ids | {"rating": rating, "comment": comment, "rater": rater}


def table(path: Path, *rows: dict[str, object]) -> Path:
    write_table(path / "ratings.tsv", "ratings", rows)
    return path / "ratings.tsv"


def test_of_one_persons_words_the_last_counts(tmp_path: Path) -> None:
    path = table(tmp_path, row("x", "reject", "A"), row("x", "Accept", "A"), row("x", "doubtful", "B", "moved; twice"))
    read = read_ratings(path)
    assert read == {"x": [Rating("accept", "A"), Rating("doubtful", "B", "moved; twice")]}
    assert worst(read["x"]) == ("warn", ["called doubtful by B: moved; twice"])


def test_nameless_people_may_be_several(tmp_path: Path) -> None:
    path = table(
        tmp_path, row("x", "reject"), row("x", "accept"), row("y", "reject", "Anna"), row("y", "accept", "anna")
    )
    read = read_ratings(path)
    assert worst(read["x"])[0] == "fail"
    assert worst(read["y"])[0] == "pass", "of one person's words the last counts"


def test_a_scan_of_another_participant_is_told(tmp_path: Path) -> None:
    read = read_ratings(table(tmp_path, row("x", "reject", "A")))
    assert mistaken(read, {"x": "sub-01"}) is None
    assert mistaken(read, {"x": "01"}) is None
    assert mistaken(read, {"y": "sub-02"}) is None
    sentence = mistaken(read, {"x": "sub-02"})
    assert sentence is not None
    assert "x of sub-01" in sentence


@given(st.lists(RATINGS, max_size=6), RATINGS)
def test_another_word_never_makes_it_better(said: list[Rating], more: Rating) -> None:
    order = list(VERDICTS.values())
    before, after = (order.index(worst(ratings)[0]) for ratings in (said, [*said, more]))
    assert after == max(before, order.index(VERDICTS[more.word]))
    assert worst(said) == (worst(said[::-1])[0], worst(said[::-1])[1][::-1])


def test_reasons_name_the_rater() -> None:
    assert str(Rating("reject", "A B", "half a brain")) == "rejected by A B: half a brain"
    assert str(Rating("doubtful")) == "called doubtful by a rater without a name"


def test_unknown_scans_are_told() -> None:
    ratings = {name: [Rating("accept")] for name in "abcdefgh"}
    assert unknown_scans(ratings, set("abcdefgh")) is None
    sentence = unknown_scans(ratings, {"a"})
    assert sentence is not None
    assert sentence.startswith("7 rated scans have no row in scores.tsv")
    assert sentence.endswith("b, c, d, e, f …")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (row(None, "accept"), "row 2 names no scan_id"),
        (row("x", "fine"), "row 2 has the rating 'fine'; accept, doubtful, reject is expected"),
        (row("x", ""), "row 2 has the rating 'n/a'"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, wrong: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read_ratings(table(tmp_path, wrong))
