"""Weights from anybody: a network, or a sentence; nothing is run, nothing is read from beside the bundle."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load as tensors_from
from safetensors.torch import save as to_bytes

from fuzz_files import changed, changed_json
from fuzz_law import examples, soaked, value_or_sentence
from symbrain.learning.asymmetry import AsymmetryModel
from symbrain.learning.bundle import CONFIGS, GOLDEN, SUMS, WEIGHTS, copy_bundle, read_bundle
from symbrain.learning.midline import Midline
from symbrain.learning.packaged import packaged
from symbrain.models import Models

LOADERS: dict[str, Callable[[Path], object]] = {"midline": Midline.load, "asymmetry": AsymmetryModel.load}
NAMES = ["../../secret", "/etc/passwd", "models/../../secret", "", ".", "models", "a\\..\\b", "x" * 300, "\0"]


@st.composite
def sums(draw: st.DrawFn, healthy: str) -> bytes:
    """Draw a list of digests with names that lead elsewhere, or another's digest."""
    lines = healthy.splitlines()
    at = draw(st.integers(0, len(lines) - 1))
    digest, _, name = lines[at].partition("  ")
    lines[at] = f"{draw(st.sampled_from([digest, 'ab', '']))}  {draw(st.sampled_from([*NAMES, name]))}"
    return draw(st.just("\n".join(lines).encode()) | changed(healthy.encode()))


@st.composite
def tensors(draw: st.DrawFn, healthy: bytes) -> bytes:
    """Draw a file of tensors whose header lies, whose bytes are changed, or whose tensors are others."""
    form = draw(st.sampled_from(("bytes", "header", "other", "pickle")))
    if form == "bytes":
        return draw(changed(healthy))
    if form == "pickle":
        return b"\x80\x04cos\nsystem\n(S'touch /tmp/x'\ntR."
    length = int.from_bytes(healthy[:8], "little")
    if form == "header":
        header = draw(changed_json(json.loads(healthy[8 : 8 + length])))
        return len(header).to_bytes(8, "little") + header + healthy[8 + length :]
    known = tensors_from(healthy)
    name = draw(st.sampled_from(sorted(known)))
    kinds = st.sampled_from(("gone", "flat", "whole", "strange", "nan"))
    kind = draw(kinds)
    tensor = known.pop(name)
    new: dict[str, Any] = {
        "gone": {}, "flat": {name: tensor.flatten()}, "whole": {name: tensor.int()}, "strange": {name + "x": tensor},
        "nan": {name: tensor * float("nan")},
    }[kind]  # fmt: skip
    return to_bytes({**known, **new})


@st.composite
def changes(draw: st.DrawFn) -> tuple[str, str, bytes]:
    """Draw a bundle, one of its files, and what stands there instead."""
    model = draw(st.sampled_from(sorted(LOADERS)))
    folder = packaged(model)  # type: ignore[arg-type]
    name = draw(st.sampled_from([SUMS, WEIGHTS, GOLDEN, *(f"configs/{config}.json" for config in CONFIGS)]))
    healthy = (folder / name).read_bytes()
    if name == SUMS:
        return model, name, draw(sums(healthy.decode()))
    return model, name, draw(tensors(healthy) if name.endswith("safetensors") else changed_json(json.loads(healthy)))


def check(folder: Path, model: str, name: str, content: bytes) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    own = folder / model
    shutil.copytree(packaged(model), own)  # type: ignore[arg-type]
    (folder.parent / "secret").write_text("nobody's business")
    (own / name).write_bytes(content)
    if name != SUMS:  # as a forger would
        digest = hashlib.sha256(content).hexdigest()
        lines = (line.partition("  ") for line in (own / SUMS).read_text().splitlines())
        (own / SUMS).write_text("".join(f"{digest if n == name else old}  {n}\n" for old, _, n in lines))
    told = (str(own), "norms.json", Path(name).name)
    if value_or_sentence(lambda: read_bundle(own), *told) is not None:
        value_or_sentence(lambda: LOADERS[model](own), *told)
    value_or_sentence(lambda: copy_bundle(own, folder / "copy"), *told)
    value_or_sentence(lambda: Models.given(folder).weights_sha256(), *told)
    assert {path.name for path in folder.iterdir()} <= {model, "copy"}


@examples(20)
@given(changes())
def test_a_changed_bundle_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, drawn: tuple[str, str, bytes]
) -> None:
    check(tmp_path_factory.getbasetemp() / "bundles" / "weights", *drawn)


@pytest.mark.soak
@soaked()
@given(changes())
def test_soak_bundles(tmp_path_factory: pytest.TempPathFactory, drawn: tuple[str, str, bytes]) -> None:
    check(tmp_path_factory.getbasetemp() / "bundles" / "weights", *drawn)
