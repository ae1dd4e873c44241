from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbrain.split import chunk_of, family_of, fold_of, split_of

dhcp = st.tuples(st.integers(0, 99999), st.sampled_from(["XX", "AN", "BN", "CN"]), st.integers(1, 20)).map(
    lambda t: f"sub-CC{t[0]:05}{t[1]}{t[2]:02}"
)
participants = st.one_of(dhcp, st.text(min_size=1).map(lambda t: f"sub-{t}"))


def drawn(participant: str, seed: int) -> tuple[object, ...]:
    family = family_of(participant)
    return split_of(family, seed), fold_of(family, seed, 5), chunk_of(participant, 6)


@given(st.lists(participants, unique=True), st.lists(participants), st.integers(0, 2**31))
def test_law_7_a_draw_never_depends_on_the_others(cohort: list[str], more: list[str], seed: int) -> None:
    alone = {p: drawn(p, seed) for p in cohort}
    together = {p: drawn(p, seed) for p in [*more, *reversed(cohort)]}
    assert all(together[p] == alone[p] for p in cohort)


@given(st.integers(0, 99999), st.integers(0, 99), st.integers(0, 1000))
def test_siblings_stay_together(digits: int, last: int, seed: int) -> None:
    ids = [f"{prefix}CC{digits:05}{kind}{last:02}" for prefix in ("", "sub-") for kind in ("AN", "BN", "CN", "XX")]
    families = {family_of(i) for i in ids}
    assert len(families) == 1
    assert family_of(f"sub-CC{digits:05}AN{(last + 1) % 100:02}") not in families


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_shares(seed: int) -> None:
    n = 5000
    splits = Counter(split_of(f"{i:05}-01", seed) for i in range(n))
    for name, share in {"train": 0.60, "val": 0.15, "test": 0.25}.items():
        assert splits[name] / n == pytest.approx(share, abs=0.025)
    assert max(Counter(fold_of(f"{i}", seed, 5) for i in range(n)).values()) / n < 0.23
    assert max(Counter(chunk_of(f"{i}", 6) for i in range(n)).values()) / n < 0.19


def test_fold_does_not_follow_the_split() -> None:
    inside = [fold_of(f"{i}", 1, 5) for i in range(5000) if split_of(f"{i}", 1) == "test"]
    assert set(Counter(inside)) == set(range(5))
    assert max(Counter(inside).values()) / len(inside) < 0.25


@given(st.text(), st.integers(0, 2**63), st.integers(1, 100))
def test_draws_lie_inside(name: str, seed: int, count: int) -> None:
    assert 0 <= fold_of(name, seed, count) < count
    assert 0 <= chunk_of(name, count) < count


def test_draws_are_pinned() -> None:
    """A cohort that was split once is split so for ever."""
    assert [split_of(f"{i:05}-01", 1) for i in range(6)] == ["train", "train", "train", "test", "train", "train"]
    assert [fold_of(f"{i:05}-01", 1, 5) for i in range(6)] == [2, 4, 0, 0, 2, 3]
    assert [chunk_of(f"sub-{i:02}_T2w", 6) for i in range(6)] == [4, 2, 4, 5, 0, 1]


def test_seeds_draw_apart() -> None:
    assert len({tuple(split_of(f"{i}", seed) for i in range(50)) for seed in range(10)}) == 10
