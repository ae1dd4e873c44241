"""A model by its name or its folder: both kinds, and sentences for what is none."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Literal

import pytest

from symbrain.errors import BadInput
from symbrain.learning.asymmetry import AsymmetryModel
from symbrain.learning.midline import Midline
from symbrain.learning.packaged import packaged
from symbrain.learning.trained_model import read_model
from test_learning_bundle import resum


@pytest.mark.parametrize(("name", "kind"), [("midline", Midline), ("asymmetry", AsymmetryModel)])
def test_models_by_name_and_by_folder(name: Literal["midline", "asymmetry"], kind: type) -> None:
    named = read_model(name, "cpu")
    for folder in (packaged(name), str(packaged(name))):
        loaded = read_model(folder, "cpu")
        assert isinstance(loaded, kind)
        assert loaded.sha256 == named.sha256


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    for wrong in ("midlines", 3, None):
        with pytest.raises(BadInput, match="'midline', 'asymmetry' or the folder"):
            read_model(wrong, "cpu")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="SHA256SUMS"):
        read_model(tmp_path, "cpu")
    with pytest.raises(BadInput, match="given as device"):
        read_model("midline", "tpu")


def test_a_damaged_bundle_is_refused(tmp_path: Path) -> None:
    folder = shutil.copytree(packaged("midline"), tmp_path / "other")
    path = folder / "configs" / "inference.json"
    for definition in ({"_target_": "os.system"}, "os.system", None):
        path.write_text(json.dumps({"network_def": definition}))
        resum(folder)
        with pytest.raises(BadInput, match="holds the network"):
            read_model(folder, "cpu")
    path.write_text("{}")
    with pytest.raises(BadInput, match="the file was changed"):
        read_model(folder, "cpu")
