"""Law 8: weights come back bit-equal, and a changed file is refused in a sentence."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import pytest
import torch

from symbrain.errors import BadInput
from symbrain.learning.bundle import FILES, SUMS, WEIGHTS, read_bundle, write_bundle
from symbrain.learning.metadata import make_metadata, tensor_format
from symbrain.learning.packaged import packaged

STATE = {"a.weight": torch.randn(3, 4), "b": torch.arange(5), "empty": torch.zeros(0)}


def make(folder: Path) -> Path:
    metadata = make_metadata(
        task="test",
        description="d",
        intended_use="u",
        data_source="s",
        inputs={"image": tensor_format("image", "magnitude", {0: "slice"}, [96, 96])},
        outputs={},
        seed=5,
        history={"check": [1.0]},
        eval_metrics={"angle": 1.0},
    )
    write_bundle(
        folder,
        metadata=metadata,
        inference={"network_def": {"_target_": "x.Y"}},
        norms={},
        state=STATE,
        golden={"input": torch.ones(2)},
        card="# card",
        extra={"docs/curve.png": b"png"},
    )
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make(tmp_path / "midline")


def resum(folder: Path) -> None:
    lines = [line.split("  ")[1] for line in (folder / SUMS).read_text().splitlines()]
    text = "".join(f"{hashlib.sha256((folder / n).read_bytes()).hexdigest()}  {n}\n" for n in lines)
    (folder / SUMS).write_text(text)


def test_round_trip_is_bit_equal(folder: Path) -> None:
    bundle = read_bundle(folder)
    assert set(bundle.state) == set(STATE)
    for name, tensor in STATE.items():
        assert torch.equal(bundle.state[name], tensor)
        assert bundle.state[name].dtype == tensor.dtype
    assert bundle.sha256 == hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    assert bundle.inference["network_def"]["_target_"] == "x.Y"
    assert (bundle.metadata["seed"], bundle.metadata["eval_metrics"]) == (5, {"angle": 1.0})
    assert torch.equal(bundle.golden["input"], torch.ones(2))


def test_twice_the_same_bytes_and_no_scraps(folder: Path) -> None:
    first = (folder / SUMS).read_text()
    make(folder)
    assert (folder / SUMS).read_text() == first
    assert [p.name for p in folder.parent.iterdir()] == ["midline"]


@pytest.mark.parametrize("name", [*FILES, "docs/curve.png"])
def test_a_changed_byte_is_refused(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[-1] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(BadInput, match=rf"{name} has the SHA-256 .* expects .* changed"):
        read_bundle(folder)


@pytest.mark.parametrize("name", [*FILES, "docs/curve.png", SUMS])
def test_a_missing_file_is_refused(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BadInput, match=f"{name}.*again"):
        read_bundle(folder)


def test_an_extra_file_is_refused(folder: Path) -> None:
    (folder / "models" / "other.pt").write_bytes(b"x")
    with pytest.raises(BadInput, match=r"models/other.pt is not listed"):
        read_bundle(folder)


def test_a_file_left_out_of_the_sums_is_refused(folder: Path) -> None:
    lines = [line for line in (folder / SUMS).read_text().splitlines() if WEIGHTS not in line]
    (folder / SUMS).write_text("\n".join(lines) + "\n")
    with pytest.raises(BadInput, match=f"{WEIGHTS} is missing from {SUMS}"):
        read_bundle(folder)


@pytest.mark.parametrize("name", ["../secret", "models/../../secret", "/etc/passwd"])
def test_a_path_out_of_the_folder_is_refused(folder: Path, name: str) -> None:
    (folder.parent / "secret").write_bytes(b"x")
    with (folder / SUMS).open("a") as file:
        file.write(f"{hashlib.sha256(b'x').hexdigest()}  {name}\n")
    with pytest.raises(BadInput, match=f"SHA256SUMS names '{name}', which leads out of the bundle; copy the bundle"):
        read_bundle(folder)


def test_a_pickle_is_never_opened(folder: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (pytest.fail, ("it was unpickled",))

    buffer = io.BytesIO()
    torch.save({"a": Evil()}, buffer)
    (folder / WEIGHTS).write_bytes(buffer.getvalue())
    resum(folder)
    with pytest.raises(BadInput, match="is a pickle"):
        read_bundle(folder)
    (folder / WEIGHTS).write_bytes(b"\x00" * 40)
    resum(folder)
    with pytest.raises(BadInput, match="no safetensors"):
        read_bundle(folder)


@pytest.mark.parametrize("number", [0, 2, None])
def test_another_format_is_refused(folder: Path, number: int | None) -> None:
    path = folder / "configs" / "metadata.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"symbrain_format": number}))
    resum(folder)
    with pytest.raises(BadInput, match=f"symbrain_format {number}.*reads 1"):
        read_bundle(folder)


def test_json_that_is_none_is_refused(folder: Path) -> None:
    for text in ("{", "[1]"):
        (folder / "configs" / "norms.json").write_text(text)
        resum(folder)
        with pytest.raises(BadInput, match=r"norms.json"):
            read_bundle(folder)


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=SUMS):
        read_bundle(tmp_path)


def test_incomplete_metadata_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="monai_version"):
        write_bundle(tmp_path / "b", metadata={"version": "1"}, inference={}, norms={}, state={}, golden={}, card="")
    assert not list(tmp_path.iterdir())


def test_absent_packaged_weights_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("symbrain.learning.packaged.files", lambda _: tmp_path)
    with pytest.raises(BadInput, match=r"weights/midline is missing.*make weights"):
        packaged("midline")
    (tmp_path / "weights" / "midline").mkdir(parents=True)
    assert packaged("midline") == tmp_path / "weights" / "midline"
