"""The groups whose sides are judged: each scan in the cohort and in one site, however the site is spelled."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from symbrain.side_evidence import LEAST_INFANTS
from symbrain.side_groups import COHORT, NO_SITE, groups_of

Row = dict[str, Any]
names = st.lists(st.sampled_from(["Basel", "BASEL", "basel", "Ulm", "ulm", "no site named", "", None]), max_size=30)
few = settings(max_examples=40, deadline=None)


def rows(n: int) -> list[Row]:
    return [{"participant_id": f"sub-{k:02d}", "scan_id": f"sub-{k:02d}_T2w", "radiology_score": 1} for k in range(n)]


def sites_of(given_names: list[str | None]) -> dict[str, str | None]:
    return {row["scan_id"]: name for row, name in zip(rows(len(given_names)), given_names, strict=True)}


@few
@given(names)
def test_the_sites_share_all_scans_out(given_names: list[str | None]) -> None:
    scans = rows(len(given_names))
    cohort, *sites = groups_of(scans, scans, sites_of(given_names))
    assert (cohort.name, list(cohort.scans), list(cohort.infants)) == (COHORT, scans, scans)
    shared = Counter(row["scan_id"] for site in sites for row in site.scans)
    assert not sites or shared == Counter(row["scan_id"] for row in scans)
    assert len(sites) != 1
    assert all(site.scans == site.infants for site in sites)
    assert len({site.name for site in sites}) == len(sites)


@few
@given(names)
def test_case_makes_no_site(given_names: list[str | None]) -> None:
    scans = rows(len(given_names))
    lower: list[str | None] = [name.lower() if name else None for name in given_names]
    found, wanted = (groups_of(scans, scans, sites_of(one)) for one in (given_names, lower))
    assert [(group.scans, group.infants) for group in found] == [(group.scans, group.infants) for group in wanted]


def test_the_first_spelling_is_shown_in_any_order() -> None:
    scans, sites = rows(3), sites_of(["BASEL", "Basel", None])
    for ordered in (scans, scans[::-1]):
        assert [group.name for group in groups_of(ordered, ordered, sites)] == [COHORT, "site BASEL", NO_SITE]


def test_a_group_of_few_healthy_infants_is_not_judged() -> None:
    scans = rows(2 * LEAST_INFANTS)
    ill = [row | {"radiology_score": 4} if k == 0 else row for k, row in enumerate(scans)]
    sites = sites_of([*["ill"] * LEAST_INFANTS, *["well"] * LEAST_INFANTS])
    cohort, with_ill, well = groups_of(ill, ill, sites)
    assert (cohort.is_judged, with_ill.is_judged, well.is_judged) == (True, False, True)
    assert len(with_ill.scans) == LEAST_INFANTS
