from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

import symbrain
from symbrain import cli
from symbrain.errors import BadInput
from symbrain.learning.bundle import read_bundle
from symbrain.learning.exported import PARITY, export_model, program_of
from symbrain.learning.packaged import packaged
from symbrain.phantom import Lesion, make_head

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scan, its upright image, the exported files of the detector, and its bundle."""
    out = tmp_path_factory.mktemp("exported")
    head = make_head(
        5, spacing_mm=1.5, lesion=Lesion("haemorrhage", "left", diameter_mm=16.0, contrast_sd=5.0), max_shift_mm=4.0
    )
    nibabel.save(nibabel.Nifti1Image(head.image, head.affine), out / "sub-01_T2w.nii.gz")
    assert cli.main(["align", str(out / "sub-01_T2w.nii.gz"), "--out", str(out / "aligned")]) == cli.DONE
    for kind in ("onnx", "pt2", "bundle"):
        assert cli.main(["export", "asymmetry", "--to", kind, "--out", str(out / f"asymmetry.{kind}")]) == cli.DONE
    return out


@pytest.fixture(scope="module")
def ours(folder: Path) -> symbrain.Score:
    return symbrain.score(folder / "sub-01_T2w.nii.gz")


def upright(folder: Path) -> dict[str, np.ndarray]:
    start = str(folder / "aligned" / "sub-01_T2w_space-upright")
    image, mask = (nibabel.load(f"{start}_{kind}.nii.gz") for kind in ("desc-unbiased_image", "mask"))
    given = {"image": np.ascontiguousarray(image.dataobj, np.float32), "mask": np.asarray(mask.dataobj, np.float32)}
    return given | {"spacing_mm": np.array([1.0], np.float32)}


def test_onnx_runtime_alone_scores_what_symbrain_scores(folder: Path, ours: symbrain.Score) -> None:
    """On a scan that the export has not seen, of another size than the example that it was made with."""
    script, start = REPOSITORY / "examples" / "score_with_onnx.py", folder / "aligned" / "sub-01_T2w_space-upright"
    told = subprocess.run(
        [sys.executable, str(script), str(folder / "asymmetry.onnx"), str(start)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    number = float(told.stdout.split()[1])
    assert number == pytest.approx(ours.asymmetry_score, abs=1e-4)
    assert f"({ours.asymmetry_side})" in told.stdout
    assert ours.asymmetry_side == "left"
    heat = nibabel.load(f"{start}_onnx_heatmap.nii.gz").get_fdata()
    assert np.argwhere(heat > 3).mean(0)[0] < heat.shape[0] / 2, "left comes first in an upright image"


def test_the_exported_program_scores_what_symbrain_scores(folder: Path, ours: symbrain.Score) -> None:
    import torch

    run = torch.export.load(folder / "asymmetry.pt2").module()
    found = run(*(torch.from_numpy(one) for one in upright(folder).values()))
    assert found[0].item() == pytest.approx(ours.asymmetry_score, abs=1e-4)


def test_both_agree_with_symbrain_on_a_real_input_to_a_hundred_thousandth(folder: Path) -> None:
    import onnxruntime

    given, program = upright(folder), program_of(read_bundle(packaged("asymmetry")))
    expected = program.run(given)
    session = onnxruntime.InferenceSession(folder / "asymmetry.onnx", providers=["CPUExecutionProvider"])
    for name, value in zip(program.outputs, session.run(None, given), strict=True):
        most = max(float(np.abs(expected[name]).max()), 1.0)
        np.testing.assert_allclose(value, expected[name], atol=PARITY * most, rtol=0, err_msg=name)


def test_a_file_carries_what_its_numbers_mean_and_a_golden_brain(folder: Path) -> None:
    import onnxruntime

    session = onnxruntime.InferenceSession(folder / "asymmetry.onnx", providers=["CPUExecutionProvider"])
    told = session.get_modelmeta().custom_metadata_map
    bundle = read_bundle(packaged("asymmetry"))
    assert told["weights_sha256"] == bundle.sha256
    assert json.loads(told["norms"]) == json.loads(json.dumps(bundle.norms))
    assert json.loads(told["inference"])["deviant_sd"] == 4.0
    golden = {k: decoded(v) for k, v in json.loads(told["golden"]).items()}
    answer = session.run(None, {k: golden[k] for k in ("image", "mask", "spacing_mm")})
    assert answer[0].item() == pytest.approx(golden["score"].item(), abs=1e-4)
    assert golden["side"].item() == -1, "its haemorrhage is on the left"


def decoded(one: dict[str, Any]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(one["base64"]), one["dtype"]).astype(np.float32).reshape(one["shape"])


def test_nothing_in_the_files_is_pickled(folder: Path) -> None:
    with zipfile.ZipFile(folder / "asymmetry.pt2") as archive:
        for name in archive.namelist():
            assert not archive.read(name).startswith((b"\x80\x02", b"\x80\x04", b"PK\x03\x04")), name
            assert not name.endswith(".pkl")


def test_the_bundle_runs_under_monai_without_a_network(folder: Path, ours: symbrain.Score) -> None:
    bundle, start = folder / "asymmetry.bundle", folder / "aligned" / "sub-01_T2w_space-upright"
    metadata, config = bundle / "configs" / "metadata.json", bundle / "configs" / "inference.json"
    common = ["--meta_file", str(metadata)]
    network = ["network_def", *common, "--config_file", str(config), "--device", "cpu"]
    files = ["--image", f"{start}_desc-unbiased_image.nii.gz", "--mask", f"{start}_mask.nii.gz"]
    out = ["--output", str(folder / "monai.json")]
    for words in (
        ["verify_metadata", *common, "--filepath", str(bundle / "docs" / "metadata.schema.json")],
        ["verify_net_in_out", *network],
        ["run", *common, "--config_file", str(config), "--bundle_root", str(bundle), *files, *out],
    ):
        done = subprocess.run([sys.executable, "-m", "monai.bundle", *words], check=False, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()[-2000:]
    told = json.loads((folder / "monai.json").read_text())
    assert told["asymmetry_score"] == pytest.approx(ours.asymmetry_score, abs=1e-4)
    assert told["asymmetry_side"] == ours.asymmetry_side
    assert told["weights_sha256"] == ours.asymmetry_weights_sha256


@pytest.mark.filterwarnings("ignore:No hash value:UserWarning")
def test_metadata_that_lacks_something_is_refused(folder: Path, tmp_path: Path) -> None:
    from monai.bundle import verify_metadata

    bundle = folder / "asymmetry.bundle"
    record = json.loads((bundle / "configs" / "metadata.json").read_text())
    del record["network_data_format"]["outputs"]["pred"]
    (tmp_path / "metadata.json").write_text(json.dumps(record))
    with pytest.raises(ValueError, match="Failed validating"):
        verify_metadata(str(tmp_path / "metadata.json"), str(bundle / "docs" / "metadata.schema.json"))


@pytest.mark.parametrize("kind", ["onnx", "pt2"])
def test_the_regressor_is_exported_too(kind: str, tmp_path: Path) -> None:
    assert export_model("midline", kind, tmp_path / f"midline.{kind}") <= PARITY
    assert (tmp_path / f"midline.{kind}").stat().st_size < 5_000_000


def test_a_damaged_bundle_is_not_exported(folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(folder / "asymmetry.bundle", broken)
    weights = broken / "models" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    with pytest.raises(BadInput, match="SHA-256"):
        export_model(broken, "onnx", tmp_path / "broken.onnx")
    assert not (tmp_path / "broken.onnx").exists()


def test_a_folder_that_is_no_bundle_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years")
    with pytest.raises(BadInput, match="is no bundle"):
        export_model("midline", "bundle", tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").exists()
