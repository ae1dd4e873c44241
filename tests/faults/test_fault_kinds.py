"""Every kind of bad input beside healthy scans: each has its sentence, and no healthy number moves."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from faults import header_kinds, image_kinds
from faults.account import Row, placeless, tell
from faults.cohort import HEALTHY, KINDS, TABLES, TWIN, meddle, site_of, write_bad, write_healthy
from faults.kind import Happens, Kind
from faults.runs import Said, command, digests, permissions_apply, run, walk
from faults.small import STEPS
from symbrain.alignment import Alignment
from symbrain.cohort import folder_of
from symbrain.tables import read_text_table, records

pytestmark = pytest.mark.slow

WEIGHTS = Path(__file__).resolve().parents[2] / "symbrain" / "weights"
NUMBERS = (
    *("midline_angle_deg", "midline_offset_mm", "midline_shift_mm", "midline_agreement_deg", "asymmetry_score"),
    *("asymmetry_score_low", "asymmetry_score_high", "laterality_index", "asymmetry_side", "deviation_volume_ml", "qc"),
)
ANGLES = ("midline_angle_deg", "midline_offset_mm", "midline_shift_mm", "asymmetry_score", "laterality_index")
MIDLINE = "train_midline"
needs_permissions = pytest.mark.skipif(not permissions_apply(), reason="root reads every file, and there is no setpriv")


@dataclass(frozen=True)
class Finished:
    """A dataset that was walked through."""

    dataset: Path
    results: Path
    said: Said

    def rows(self, table: str) -> dict[str, dict[str, Any]]:
        """Return the rows of a table by participant."""
        return _rows(self.results / f"{table}.tsv")

    def warnings(self, participant: str) -> Iterator[str]:
        """Yield all that was said of a participant: in its row, with its plane, and while it was looked for."""
        yield from (line for line in self.said.err.splitlines() if participant in line)
        for name in ("scores", "exclusions"):
            if (self.results / f"{name}.tsv").exists() and (row := self.rows(name).get(participant)):
                yield row.get("qc_reason") or row.get("reason") or ""
        if participant in (scans := self.rows("scans")):
            scan = scans[participant]
            plane = folder_of(self.results, scan) / f"{scan['scan_id']}_midline.json"
            yield from Alignment.read(plane).warnings if plane.exists() else ()


@cache
def _rows(path: Path) -> dict[str, dict[str, Any]]:
    return {row["participant_id"]: row for row in records(read_text_table(path))}


def walked(folder: Path, *, bad: bool) -> Finished:
    """Walk a dataset through all stages but the training of the midline network, whose packaged weights are taken."""
    dataset, results = folder / "data", folder / "results"
    (write_bad if bad else write_healthy)(dataset)
    shutil.copytree(WEIGHTS / "midline", results / "models" / "midline")
    words = {name: command(step, results, dataset, *further) for name, step, further in STEPS if name != MIDLINE}
    first = walk([words.pop("ingest"), words.pop("align")])
    assert first.code == 0, first.err
    if bad:
        meddle(dataset)
    del words["report"]  # pictures of healthy heads, which take half of the time
    second = walk(words.values())
    assert second.code == 0, second.err
    return Finished(dataset, results, Said(0, "", first.err + second.err))


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return walked(tmp_path_factory.mktemp("healthy"), bad=False)


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return walked(tmp_path_factory.mktemp("bad"), bad=True)


def test_there_are_many_kinds_and_each_has_its_own_name() -> None:
    kinds = [*KINDS, *TABLES]
    assert len({kind.name for kind in kinds}) == len({kind.participant for kind in kinds}) == len(kinds) >= 30
    assert {kind.happens for kind in kinds} == set(Happens)


def test_the_healthy_have_the_numbers_of_a_run_without_the_bad(healthy: Finished, bad: Finished) -> None:
    for table in ("scores", "subjects"):
        ours, theirs = bad.rows(table), healthy.rows(table)
        assert set(theirs) == set(HEALTHY)
        assert {name: ours[name] for name in HEALTHY} == theirs
    for participant in HEALTHY:
        images = digests(healthy.results / participant)
        assert len(images) > 8
        assert digests(bad.results / participant) == images


def test_everybody_is_accounted_for_once(bad: Finished) -> None:
    scans, scored, excluded = (set(bad.rows(name)) for name in ("scans", "scores", "exclusions"))
    assert scored | excluded == scans
    assert not scored & excluded
    assert {" ".join(p.name.split()) for p in bad.dataset.glob("sub-*")} == scans | {
        k.participant for k in KINDS if k.happens is Happens.TOLD
    }


def test_nothing_is_written_outside_the_results(bad: Finished) -> None:
    assert {path.name for path in bad.results.parent.iterdir()} == {"data", "results"}
    allowed = {".bidsignore"}
    assert not {p.name for p in bad.results.rglob(".*")} - allowed
    assert not list(bad.dataset.rglob("stolen"))
    assert "Traceback" not in bad.said.err


@needs_permissions
@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_a_kind_has_its_sentence(kind: Kind, bad: Finished) -> None:
    name = " ".join(kind.participant.split())
    row = bad.rows("scores").get(name)
    told = list(bad.warnings(name))
    sentence = next((line for line in told if re.search(kind.says, line)), None) if kind.says else ""
    assert sentence is not None, told
    if kind.happens is Happens.EXCLUDED:
        assert bad.rows("exclusions")[name]["stage"] == kind.stage
        assert re.search(r"[;:] ?\w", sentence), "a remedy follows"
    if kind.happens is Happens.TWIN:
        twin = bad.rows("scores")[TWIN]
        assert row is not None
        assert {n: row[n] for n in NUMBERS} == {n: twin[n] for n in NUMBERS} | {"qc": row["qc"]}
    if kind.happens is Happens.CLOSE:
        twin = bad.rows("scores")[TWIN]
        assert row is not None
        assert [float(row[n]) for n in ANGLES] == pytest.approx([float(twin[n]) for n in ANGLES], rel=1e-5)
    if kind.happens in (Happens.SCORED, Happens.FAILED):
        assert row is not None
        assert (row["asymmetry_score"] is None) == (kind.happens is Happens.FAILED) == (row["qc"] == "fail")
    if kind.happens in (Happens.EXCLUDED, Happens.TOLD):
        assert row is None
    at = f" at {kind.stage}" if kind.happens is Happens.EXCLUDED else ""
    tell(Row("Scans and tables", kind.name, kind.happens.value + at, placeless(sentence)))


def test_siblings_are_never_on_two_sides(bad: Finished) -> None:
    scans = bad.rows("scans")
    (one,) = (name for name in scans if name.startswith("sub-CC00050AN"))
    ours, theirs = scans[one], scans[one.replace("AN", "BN")]
    assert all(ours[column] == theirs[column] for column in ("family_id", "split", "fold"))


@needs_permissions
def test_a_bad_table_costs_its_infant_no_more_than_the_age(tmp_path: Path) -> None:
    dataset, results = write_bad(tmp_path / "data", TABLES), tmp_path / "results"
    said = walk([command("ingest", results, dataset)])
    assert said.code == 0
    found = Finished(dataset, results, said)
    rows = found.rows("scans")
    assert set(rows) == {*HEALTHY, *(kind.participant for kind in TABLES)}
    assert [rows[name]["scan_age_weeks"] for name in HEALTHY] == ["40", "41", "42"]
    for kind in TABLES:
        row, told = rows[kind.participant], list(found.warnings(kind.participant))
        sentence = next((line for line in told if re.search(kind.says, line)), None) if kind.says else ""
        told += [f"{row}"]
        assert sentence is not None, told
        assert row["usable"] == "true", told
        assert row["scan_age_weeks"] == ("40" if kind.happens is Happens.AGED else None), told
        assert row["sex"] is None
        tell(Row("Scans and tables", kind.name, kind.happens.value, placeless(sentence)))


@needs_permissions
def test_files_at_hand_are_excluded_with_a_sentence_and_exit_code_3(tmp_path: Path) -> None:
    kinds = [k for k in (*image_kinds.KINDS, *header_kinds.KINDS) if k.happens is Happens.EXCLUDED]
    files = []
    for kind in kinds:
        site = site_of(kind, tmp_path / "data")
        kind.make(site)
        files += map(str, site.folder.iterdir())
    said = run(["align", *files, "--out", str(tmp_path / "out"), "--spacing-mm", "3"])
    assert said.code == 3
    sentences = [line for line in said.err.splitlines() if line.startswith("excluded: ")]
    assert len(sentences) == len(files) == len(kinds)
    assert not list((tmp_path / "out").glob("*.nii*"))
    assert "Traceback" not in said.err
