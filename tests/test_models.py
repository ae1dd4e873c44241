"""The networks at work in the stage score; they are untrained here, so that only who scores whom is looked at."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from results import SCORE, results
from symbrain.errors import BadInput
from symbrain.learning.asymmetry import fold_file
from symbrain.learning.asymmetry_bundle import write_asymmetry_bundle
from symbrain.learning.asymmetry_calibration import EDGES_MM, Calibration
from symbrain.learning.asymmetry_net import AsymmetryNet
from symbrain.learning.loop import History
from symbrain.learning.midline_bundle import write_midline
from symbrain.learning.midline_net import MidlineNet
from symbrain.learning.packaged import packaged
from symbrain.models import CARD, METADATA, SUMS, Models, digest_of_bundle
from symbrain.stages import score
from symbrain.tables import read_table, records

pytestmark = pytest.mark.slow
FACTORS = {"angle_sd_factor": 1.0, "offset_sd_factor": 1.0}


def write_models(folder: Path, seed: int = 1) -> Path:
    from safetensors.torch import save

    nets = []
    for k in range(6):
        torch.manual_seed(10 * seed + k)
        nets.append(AsymmetryNet())
        torch.nn.init.normal_(nets[-1].head.weight)  # which is zero before training
    states = [{name: value.contiguous() for name, value in net.state_dict().items()} for net in nets]
    folds = {fold_file(k): save(state) for k, state in enumerate(states[1:])}
    calibration = Calibration(EDGES_MM, (0.0,) * 4, (1.0,) * 4, 20)
    common = {"seed": seed, "history": asdict(History([1], [{"loss": 1.0}], [1.0], 1, "steps")), "settings": {}}
    write_asymmetry_bundle(
        folder / "asymmetry", nets[0], folds, calibration, {"voxels": calibration.as_dict()}, data_source="-", **common
    )
    sources = dict.fromkeys(("train", "val", "test"), "synthetic")
    write_midline(
        folder / "midline", MidlineNet(), metrics={}, norms=FACTORS, sources=sources, started_from="", **common
    )
    return folder


def test_the_networks_score_and_the_classical_method_stays_beside_them(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(results(), tmp_path / "results"))
    write_models(copy / "models")
    plain = records(read_table(copy / "scores.tsv", "scores"))
    score.run(copy, 0, SCORE)
    score.gather(copy)
    rows = records(read_table(copy / "scores.tsv", "scores"))
    models = Models.of_results(copy)
    for row, old in zip(rows, plain, strict=True):
        fold = int(row["fold"])
        assert (row["asymmetry_method"], row["scored_by"]) == ("asymmetry_network", "out_of_fold")
        assert (row["classical_score"], row["classical_side"]) == (old["asymmetry_score"], old["asymmetry_side"])
        assert (row["midline_weights_sha256"], row["asymmetry_weights_sha256"]) == models.weights_sha256(fold)
        assert row["norm_source"] == "none"
        assert old["asymmetry_weights_sha256"] is None
        assert (row["midline_angle_deg"], row["midline_shift_mm"]) == (
            old["midline_angle_deg"],
            old["midline_shift_mm"],
        )
    score.run(copy, 0, SCORE)
    score.gather(copy)
    assert records(read_table(copy / "scores.tsv", "scores")) == rows
    shutil.rmtree(copy / "models")
    write_models(copy / "models", seed=2)
    score.run(copy, 0, SCORE)
    score.gather(copy)
    again = records(read_table(copy / "scores.tsv", "scores"))
    assert [r["asymmetry_weights_sha256"] for r in again] != [r["asymmetry_weights_sha256"] for r in rows]


def test_weights_that_are_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has no weights: a folder with midline and asymmetry"):
        Models.given(tmp_path)
    given = Models.given(write_models(tmp_path))
    assert given.relation({"split": "external"}) == ("packaged", None)
    assert given.norms.norms == {}


def test_what_is_missing_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    models = Models.of_results(tmp_path)
    models.say_what_is_missing()
    assert "the classical method scores" in capsys.readouterr().err
    assert (models.midline, models.asymmetry, models.digests) == (None, None, [None, None])
    assert models.relation({"split": "train", "fold": 1}) == ("held_out", None)


def test_how_long_a_training_took_moves_no_digest(tmp_path: Path) -> None:
    bundle = shutil.copytree(packaged("midline"), tmp_path / "midline")
    before = digest_of_bundle(bundle)
    card, metadata = bundle / CARD, bundle / METADATA
    card.write_text("It took longer.")
    metadata.write_text(json.dumps(json.loads(metadata.read_text()) | {"cpu_hours": 99}))
    _list_anew(bundle)
    assert digest_of_bundle(bundle) == before
    metadata.write_text(json.dumps(json.loads(metadata.read_text()) | {"settings": {}}))
    assert digest_of_bundle(bundle) != before


def test_other_weights_or_norms_move_the_digest(tmp_path: Path) -> None:
    for name in ("models/model.safetensors", "configs/norms.json"):
        bundle = shutil.copytree(packaged("midline"), tmp_path / name.replace("/", "-"))
        before = digest_of_bundle(bundle)
        (bundle / name).write_bytes(b"others")
        _list_anew(bundle)
        assert digest_of_bundle(bundle) != before


def _list_anew(bundle: Path) -> None:
    names = [line.partition("  ")[2] for line in (bundle / SUMS).read_text().splitlines()]
    lines = [f"{hashlib.sha256((bundle / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (bundle / SUMS).write_text("".join(lines))
