"""Train the asymmetry network on normal scans: a copy without each fold of families, one of all, and their norms."""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symbrain.bids import OWN_RECORD
from symbrain.cohort import digest_of, folder_of, records_of
from symbrain.cohort_norms import ALL, REGIONAL, SCORE, CohortNorms, fit_cohort_norms, severity
from symbrain.derivatives import Sides, read_alignment, read_upright
from symbrain.json_file import read_object, understood
from symbrain.models import COHORT, SUMS, UNTRAINED, WEIGHTS, digest_of_bundle, packaged_or_none
from symbrain.normals import is_normal
from symbrain.settings import TrainAsymmetrySettings
from symbrain.source import read_source
from symbrain.tables import read_parts, records
from symbrain.trained import read_training, record_path, train_once
from symbrain.traits import levels_of

if TYPE_CHECKING:
    from symbrain.deviation import Asymmetry
    from symbrain.learning.asymmetry_normals import UprightNormal
    from symbrain.learning.asymmetry_trial import Judge

STAGE = "train_asymmetry"
_PHANTOMS = 24  # synthetic normals, where there is nothing else at all
_PHANTOM_SEED = 1_900_000


@dataclass(frozen=True)
class Plan:
    """What is trained, and on what.

    Parameters
    ----------
    normals
        Scans of the cohort that are normal, with the digest of what align made of them.
    start
        Packaged weights; None where there are none.
    why_not
        Why the cohort cannot be trained on; empty where it can.
    """

    normals: tuple[tuple[dict[str, Any], str], ...]
    start: Path | None
    why_not: str

    @property
    def known(self) -> list[Any]:
        """What the training depends on, as plain things."""
        columns = ("scan_id", "modality", "fold", "scan_age_weeks")
        cohort = [[*(scan[c] for c in columns), digest] for scan, digest in self.normals]
        return [cohort, digest_of_bundle(self.start), self.why_not]


def plan(results: Path, settings: TrainAsymmetrySettings) -> Plan:
    """Return what is to be trained: on the cohort's normals, where enough are left without any one fold of families."""
    normals = tuple(
        (scan, record.digest)
        for scan, record in records_of(results, "align")
        if record.status == "done"
        and is_normal(scan, read_alignment(folder_of(results, scan), scan["scan_id"]), settings)
    )
    in_fold = Counter(int(scan["fold"]) for scan, _ in normals)
    left = len(normals) - max(in_fold.values(), default=0)
    why_not = (
        f"{left} of {len(normals)} normal scans of the training split are left without the largest fold, "
        f"{settings.min_normals} are needed"
    )
    return Plan(normals, packaged_or_none("asymmetry"), "" if left >= settings.min_normals else why_not)


def run(results: Path, fold: int | str, settings: TrainAsymmetrySettings, *, seed: int, threads: int = 1) -> None:
    """Train the copy that never sees one fold of families, or (``all``) the one of all normals."""
    planned = plan(results, settings)
    record = record_path(results, STAGE, str(fold))
    out = record.with_suffix(".safetensors")

    def train() -> dict[str, Any]:
        if planned.why_not and (planned.start or fold != ALL):
            out.unlink(missing_ok=True)
            print(f"{STAGE}: nothing is trained: {planned.why_not}", file=sys.stderr)
            return {}
        from symbrain.learning.asymmetry_training import train_fold

        common: dict[str, Any] = {
            "seed": seed,
            "threads": threads,
            "start": planned.start if settings.start == "packaged" else None,
        }
        if planned.why_not:
            history = train_fold(_phantoms(0), out, replace(settings, min_normals=2), fold=None, **common)
        else:
            normals, left_out = _uprights(results, planned), None if fold == ALL else int(fold)
            history = train_fold(normals, out, settings, fold=left_out, **common)
        return {"history": asdict(history)}

    normals, *others = planned.known
    seen = [row for row in normals if row[2] != fold]
    train_once(record, digest_of(STAGE, fold, asdict(settings), seed, threads, seen, others), [out], train)


def gather(results: Path, settings: TrainAsymmetrySettings, *, seed: int, threads: int = 1) -> None:
    """Put the copies together, score each normal by the one that never saw it, and fit the norms to these scores."""
    planned = plan(results, settings)
    folds = _folds(results)
    trained = {fold: read_training(record_path(results, STAGE, fold)) for fold in [*folds, ALL]}
    files = [told["files"] for told in trained.values()]
    out = results / "models" / "asymmetry"

    def train() -> dict[str, Any]:
        from symbrain.learning.asymmetry_training import finish
        from symbrain.learning.loop import History

        weights = {fold: record_path(results, STAGE, fold).with_suffix(".safetensors") for fold in trained}
        put_together = partial(finish, folder=out, settings=settings, seed=seed, threads=threads)
        if planned.why_not and planned.start:
            why = f"the weights that come with the software are used as they are: {planned.why_not}"
            _copy(planned.start, out, why)
        elif planned.why_not:
            why = f"synthetic heads are learned from, and there are no packaged weights: {planned.why_not}"
            history = History(**trained[ALL]["history"])
            put_together(_phantoms(1), weights[ALL], (), history=history, data_source="a few synthetic newborns")
            _copy(out, out, why)
        else:
            why = ""
            put_together(
                _uprights(results, planned),
                weights[ALL],
                [weights[fold] for fold in folds],
                history=History(**trained[ALL]["history"]),
                data_source=f"{len(planned.normals)} normal scans of {read_source(results).name}",
                cohort_norms=partial(_norms, results, planned, len(folds), settings),
                judge=partial(_judge, planned),
            )
        print(f"{STAGE}: {why or f'trained on {len(planned.normals)} normal scans'}", file=sys.stderr)
        return {"why_not": why}

    of_norms = [[scan["sex"], scan["birth_age_weeks"]] for scan, _ in planned.normals]  # no network depends on them
    digest = digest_of(STAGE, asdict(settings), seed, threads, planned.known, of_norms, files, folds)
    train_once(record_path(results, STAGE, "asymmetry"), digest, [out / SUMS, out / WEIGHTS], train)


def _folds(results: Path) -> list[str]:
    """Return the folds into which ingest divided the families."""
    record = results / OWN_RECORD
    again = "run the stage ingest again"
    folds = understood(lambda told: int(told["folds"]), read_object(record, again), record.name, again)
    return [str(fold) for fold in range(folds)]


def _uprights(results: Path, planned: Plan) -> list[UprightNormal]:
    from symbrain.learning.asymmetry_normals import UprightNormal

    def load(scan: dict[str, Any]) -> Sides:
        folder = folder_of(results, scan)
        return read_upright(folder, scan["scan_id"], read_alignment(folder, scan["scan_id"])).sides

    return [
        UprightNormal(scan["scan_id"], int(scan["fold"]), scan["modality"], scan["scan_age_weeks"], partial(load, scan))
        for scan, _ in planned.normals
    ]


def _phantoms(part: int) -> list[UprightNormal]:
    from symbrain.learning.asymmetry_normals import phantom_normal

    return [phantom_normal(_PHANTOM_SEED + part * _PHANTOMS + i, 0) for i in range(_PHANTOMS)]


def _norms(
    results: Path, planned: Plan, folds: int, settings: TrainAsymmetrySettings, found: Mapping[str, Asymmetry]
) -> dict[str, Any]:
    """Return the norms of what was found in the normals, and of their regions."""
    scores = [
        {**scan, "asymmetry_score": one.score, "laterality_index": one.laterality_index, "voxel_mm": voxel_mm}
        for scan, _ in planned.normals
        for one in [found[scan["scan_id"]]]
        for voxel_mm in [read_alignment(folder_of(results, scan), scan["scan_id"]).voxel_mm]
    ]
    tables = [folder_of(results, scan) / f"{scan['scan_id']}_regions.tsv" for scan, _ in planned.normals]
    there = [path for path in tables if path.exists()]
    regions = records(read_parts(there, "regions")[["scan_id", "region", *REGIONAL]]) if there else []
    return {COHORT: fit_cohort_norms(scores, regions, folds, settings.min_normals).to_dict()}


def _judge(planned: Plan, norms: Mapping[str, Any]) -> Judge:
    """Return how the norms judge a normal: each by the one without its own fold."""
    cohort, scans = CohortNorms.from_dict(norms[COHORT]), {scan["scan_id"]: scan for scan, _ in planned.normals}

    def judge(scan_id: str, score: float) -> tuple[float, float]:
        scan = scans[scan_id]
        norm = cohort.of(SCORE, scan["modality"], int(scan["fold"]))
        if norm is None:
            return math.nan, math.nan
        age = math.nan if scan["scan_age_weeks"] is None else scan["scan_age_weeks"]
        return float(norm.z(severity(score), age, levels_of(scan))), float(norm.freedom)

    return judge


def _copy(source: Path, folder: Path, why: str) -> None:
    """Write a bundle anew, with a sentence on why it was not trained on this cohort."""
    from symbrain.learning.bundle import read_bundle, write_bundle

    bundle = read_bundle(source)
    write_bundle(
        folder,
        metadata={**bundle.metadata, UNTRAINED: why},
        inference=bundle.inference,
        norms=bundle.norms,
        state=bundle.state,
        golden=bundle.golden,
        card=(source / "docs" / "README.md").read_text(encoding="utf-8") + f"\nIn these results {why}.\n",
    )
