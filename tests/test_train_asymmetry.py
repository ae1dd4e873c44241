"""The stage train_asymmetry: who is learned from, what comes of it, and what happens where there are too few."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cohorts import FOLDS, infants, told, write_cohort
from results import scan_row
from symbrain.cohort import file_digest
from symbrain.cohort_norms import LATERALITY, SCORE, fit_cohort_norms, region_measure, severity
from symbrain.models import COHORT, NETWORK, UNTRAINED, Models
from symbrain.operating import operating_of
from symbrain.repeatability import known_of
from symbrain.settings import TrainAsymmetrySettings
from symbrain.stages import train_asymmetry
from symbrain.trained import record_path
from symbrain.traits import levels_of

pytestmark = pytest.mark.slow

SHORT = TrainAsymmetrySettings(start="scratch", brains=2, epochs=1, batch=256, min_normals=5)


def train(results: Path, settings: TrainAsymmetrySettings = SHORT) -> Path:
    for fold in (*range(FOLDS), "all"):
        train_asymmetry.run(results, fold, settings, seed=1)
    train_asymmetry.gather(results, settings, seed=1)
    return results / "models" / "asymmetry"


def without_packaged(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(train_asymmetry, "packaged_or_none", lambda name: None)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the results of a cohort of twelve normals, an ill infant, and one of the test split."""
    results = tmp_path_factory.mktemp("trained")
    others = infants(14)[12:]
    others[0] |= {"radiology_score": 5}
    others[1] |= {"split": "test"}
    write_cohort(results, [*infants(12), *others])
    with pytest.MonkeyPatch.context() as patch:
        without_packaged(patch)
        train(results)
    return results


def test_a_bundle_comes_of_it_with_its_norms(trained: Path) -> None:
    models = Models.of_results(trained)
    assert models.asymmetry is not None
    assert set(models.asymmetry.by_fold) == set(range(FOLDS))
    assert not models.packaged
    for measure in (SCORE, LATERALITY, region_measure("Caudate")):
        norm = models.norms.of(measure, "T2w", None)
        assert norm is None or norm.n == 12
    assert models.norms.of(region_measure("Caudate"), "T2w", 0).n == 6  # type: ignore[union-attr]
    assert models.norms.of(SCORE, "T1w", None) is None


def test_the_normals_tell_how_far_to_trust_it(trained: Path) -> None:
    log, z = known_of(Models.of_results(trained).measured)
    operating = operating_of(Models.of_results(trained).measured)
    assert log.n == 12
    assert z.n == (0 if operating is None else operating.n), "one step of training may make no score and so no norm"


def test_a_normal_is_judged_by_the_norm_without_its_fold() -> None:
    rows = [
        row | {"asymmetry_score": 2.0 + np.sin(k), "laterality_index": 0.0, "birth_age_weeks": None}
        for k, row in enumerate([*infants(14), scan_row(15, fold=0, modality="T1w")])
    ]
    norms = fit_cohort_norms(rows, [], FOLDS, 5)
    planned = train_asymmetry.Plan(tuple((row, "") for row in rows), None, "")
    judge = train_asymmetry._judge(planned, {COHORT: norms.to_dict()})
    for row in rows[:-1]:
        others = norms.of(SCORE, "T2w", row["fold"])
        assert others is not None
        z, freedom = judge(row["scan_id"], row["asymmetry_score"])
        expected = others.z(severity(row["asymmetry_score"]), row["scan_age_weeks"], levels_of(row))
        np.testing.assert_equal(z, float(expected))  # nan beyond the others' ages
        assert freedom == others.freedom
        assert not others.covers(row["scan_age_weeks"]) or judge(row["scan_id"], 9.0)[0] > z
    assert np.isnan(judge(rows[-1]["scan_id"], 1.0)).all(), "of T1w there is no norm"


def test_the_training_split_is_scored_by_the_copy_that_never_saw_its_fold(trained: Path) -> None:
    models = Models.of_results(trained)
    assert models.relation({"split": "train", "fold": 1.0}) == ("out_of_fold", 1)
    assert models.relation({"split": "test", "fold": 1.0}) == ("held_out", None)
    from symbrain.learning import asymmetry

    bundle = trained / "models" / "asymmetry"
    for fold, file in ((None, "models/model.safetensors"), *((k, asymmetry.fold_file(k)) for k in range(FOLDS))):
        assert models.weights_sha256(fold) == (None, file_digest(bundle / file))
    assert asymmetry.METHOD == NETWORK


def test_only_normals_of_the_training_split_are_learned_from(trained: Path) -> None:
    planned = train_asymmetry.plan(trained, SHORT)
    assert [scan["scan_id"] for scan, _ in planned.normals] == [row["scan_id"] for row in infants(12)]
    assert planned.why_not == ""


def test_an_infant_of_the_test_split_trains_nothing_anew(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = Path(shutil.copytree(trained, tmp_path / "results"))
    without_packaged(monkeypatch)
    weights = (results / "models" / "asymmetry" / "SHA256SUMS").read_text()

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError

    monkeypatch.setattr("symbrain.learning.asymmetry_training.train_fold", refuse)
    monkeypatch.setattr("symbrain.learning.asymmetry_training.finish", refuse)
    more = infants(15)
    more[12] |= {"radiology_score": 5}
    more[13] |= {"split": "test"}
    more[14] |= {"split": "val"}
    train(write_cohort(results, more))
    assert (results / "models" / "asymmetry" / "SHA256SUMS").read_text() == weights
    with pytest.raises(AssertionError):
        train(write_cohort(results, infants(13)))


def test_with_too_few_normals_the_packaged_weights_are_used(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    packaged = trained / "models" / "asymmetry"
    monkeypatch.setattr(train_asymmetry, "packaged_or_none", lambda name: packaged)
    few = train(write_cohort(tmp_path, infants(6)))
    assert "3 of 6 normal scans" in capsys.readouterr().err
    assert "5 are needed" in told(few / "configs" / "metadata.json")[UNTRAINED]
    assert (few / "models" / "model.safetensors").read_bytes() == (
        packaged / "models" / "model.safetensors"
    ).read_bytes()
    models = Models.of_results(tmp_path)
    assert models.relation({"split": "train", "fold": 1.0}) == ("packaged", None)
    assert models.norms.norms == {}
    assert models.asymmetry is not None
    assert not record_path(tmp_path, "train_asymmetry", "all").with_suffix(".safetensors").exists()


def test_with_nothing_at_all_synthetic_heads_are_learned_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_packaged(monkeypatch)
    monkeypatch.setattr(train_asymmetry, "_PHANTOMS", 4)
    alone = train(write_cohort(tmp_path, infants(1)))
    assert "synthetic" in told(alone / "configs" / "metadata.json")[UNTRAINED]
    models = Models.of_results(tmp_path)
    assert models.packaged
    assert models.norms.norms == {}
    assert models.asymmetry is not None
