"""Weights as a MONAI bundle with safetensors inside: a folder that says what it is, and is checked before it is used.

    configs/metadata.json  configs/inference.json  configs/norms.json
    models/model.safetensors  golden.safetensors  docs/README.md  SHA256SUMS

Weights from others are data: nothing is unpickled or evaluated, and every file must have the digest that ``SHA256SUMS``
(the format of ``sha256sum``) gives it. The digests guard against damage and mix-ups, not against a forger, who would
write them anew: compare ``Bundle.sha256`` with the published one for that.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as from_bytes
from safetensors.torch import save as to_bytes
from torch import Tensor

from symbrain.atomic import json_bytes, write_bytes
from symbrain.errors import BadInput
from symbrain.given_file import read_given, text_given
from symbrain.json_file import object_of
from symbrain.learning.metadata import FORMAT, MANDATORY, schema

SUMS = "SHA256SUMS"
WEIGHTS = "models/model.safetensors"
GOLDEN = "golden.safetensors"
CONFIGS = ("metadata", "inference", "norms")
FILES = (*(f"configs/{name}.json" for name in CONFIGS), WEIGHTS, GOLDEN, "docs/README.md")
_PICKLES = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")  # torch.save's zip, and plain pickles
_MOST_BYTES = 2**30  # of a file
_REMEDY = "copy the bundle again, or train it anew"


@dataclass(frozen=True)
class Bundle:
    """A checked bundle.

    Parameters
    ----------
    inference
        MONAI-style: ``network_def`` with ``_target_``, and what preparation needs to know.
    norms
        Plain numbers to compare outputs with; empty where there are none.
    state, golden
        Weights by name; an input with the output that belongs to it.
    sha256
        Digest of the weights file.
    """

    folder: Path
    metadata: dict[str, Any]
    inference: dict[str, Any]
    norms: dict[str, Any]
    state: dict[str, Tensor]
    golden: dict[str, Tensor]
    sha256: str


def write_bundle(
    folder: Path,
    *,
    metadata: Mapping[str, Any],
    inference: Mapping[str, Any],
    norms: Mapping[str, Any],
    state: Mapping[str, Tensor],
    golden: Mapping[str, Tensor],
    card: str,
    extra: Mapping[str, bytes] | None = None,
) -> None:
    """Write a bundle beside ``folder`` and move it into place whole; one that is there already is replaced.

    Parameters
    ----------
    card
        The model card, Markdown.
    extra
        More files by relative path, such as ``docs/curve.png``.
    """
    if missing := [key for key in MANDATORY if key not in metadata]:
        msg = f"metadata lacks {', '.join(missing)}"
        raise ValueError(msg)
    configs = zip(CONFIGS, (metadata, inference, norms), strict=True)
    files = {f"configs/{name}.json": json_bytes(dict(config)) for name, config in configs}
    files |= {WEIGHTS: _safe(state), GOLDEN: _safe(golden), "docs/README.md": card.encode()}
    files |= {"docs/metadata.schema.json": json_bytes(schema()), **(extra or {})}
    sums = "".join(f"{_digest(files[name])}  {name}\n" for name in sorted(files))
    _place(folder, {**files, SUMS: sums.encode()})


def _place(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files of a bundle beside its folder, and move them into place whole."""
    fresh = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        for name, content in files.items():
            write_bytes(fresh / name, content)
        _swap(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def read_bundle(folder: Path) -> Bundle:
    """Check a bundle's files against their digests, and read it.

    Raises
    ------
    BadInput
        Where a file is missing, changed or extra, is no safetensors, or is of another format.
    """
    contents = _checked(folder)
    configs = [_json(folder, f"configs/{name}.json", contents) for name in CONFIGS]
    found = configs[0].get("symbrain_format")
    if found != FORMAT:
        msg = (
            f"{folder}/configs/metadata.json has symbrain_format {found!r}, this version of symbrain reads {FORMAT}; "
            "install the version that it names as symbrain_version, or train the weights anew"
        )
        raise BadInput(msg)
    state, golden = (tensors_of(folder, name, contents[name]) for name in (WEIGHTS, GOLDEN))
    return Bundle(folder, configs[0], configs[1], configs[2], state, golden, _digest(contents[WEIGHTS]))


def golden_gaps(bundle: Bundle, answer: Callable[[Mapping[str, Tensor]], Mapping[str, Tensor]]) -> dict[str, float]:
    """Return by how much a network's answers differ, at most, from those that its bundle was written with, by name.

    Parameters
    ----------
    answer
        What the network says of the golden input, under the names that the golden answers have.

    Raises
    ------
    BadInput
        Where the golden tensors are not those of such a network.
    """
    try:
        with torch.inference_mode():
            found = answer(bundle.golden)
            return {key: float((now - bundle.golden[key]).abs().max()) for key, now in found.items()}
    except (LookupError, RuntimeError, TypeError, ValueError) as error:
        msg = f"{bundle.folder}/{GOLDEN} is of another network ({error}); {_REMEDY}"
        raise BadInput(msg) from error


def copy_bundle(folder: Path, out: Path) -> None:
    """Copy a bundle, checked, and nothing else that lies with it.

    Raises
    ------
    BadInput
        Where the bundle is damaged, or there is a folder already that is none.
    """
    contents = _checked(folder)
    if out.exists() and not (out / SUMS).exists():
        msg = f"{out} is there already and is no bundle; name a folder that does not exist, or remove it"
        raise BadInput(msg)
    _place(out, {**contents, SUMS: (folder / SUMS).read_bytes()})


def _checked(folder: Path) -> dict[str, bytes]:
    """Return the contents of a bundle's files, all of which have the digest they should have."""
    try:
        lines = text_given(folder / SUMS).splitlines()
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{folder} has no readable {SUMS} ({error}); a folder with weights of symbrain is expected: {_REMEDY}"
        raise BadInput(msg) from error
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    if out := next(filter(_leads_out, sums), None):
        msg = f"{folder}/{SUMS} names {out!r}, which leads out of the bundle; {_REMEDY}"
        raise BadInput(msg)
    present = set(_files(folder))
    for name in [*FILES, *sums]:
        if name not in sums or name not in present:
            where = SUMS if name not in sums else "the folder"
            msg = f"{folder}/{name} is missing from {where}; a bundle of weights has it: {_REMEDY}"
            raise BadInput(msg)
    if extra := sorted(present - set(sums)):
        msg = f"{folder}/{extra[0]} is not listed in {SUMS}; only listed files are expected: remove it, or {_REMEDY}"
        raise BadInput(msg)
    contents = {name: _content(folder, name) for name in sums}
    for name, expected in sums.items():
        if (digest := _digest(contents[name])) != expected:
            msg = (
                f"{folder}/{name} has the SHA-256 {digest}, {SUMS} expects {expected}: the file was changed; {_REMEDY}"
            )
            raise BadInput(msg)
    return contents


def _leads_out(name: str) -> bool:
    path = PurePosixPath(name)
    return path.is_absolute() or ".." in path.parts


def _content(folder: Path, name: str) -> bytes:
    try:
        return read_given(folder / name, _MOST_BYTES)
    except OSError as error:
        msg = f"{folder}/{name} cannot be read ({error.strerror}); {_REMEDY}"
        raise BadInput(msg) from error


def _files(folder: Path) -> list[str]:
    """Return every file of a bundle but the sums, as paths with slashes, sorted."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    return sorted(name for name in found if name != SUMS)


def _json(folder: Path, name: str, contents: Mapping[str, bytes]) -> dict[str, Any]:
    return object_of(f"{folder}/{name}", contents[name], _REMEDY)


def read_tensors(folder: Path, name: str) -> dict[str, Tensor]:
    """Return the tensors in a further file of a bundle that has been checked.

    Raises
    ------
    BadInput
        Where it is no safetensors file.
    """
    return tensors_of(folder, name, _content(folder, name))


def tensors_of(folder: Path, name: str, content: bytes) -> dict[str, Tensor]:
    """Return the tensors in a file's bytes, which are never unpickled.

    Raises
    ------
    BadInput
        Where they are no safetensors file.
    """
    if content.startswith(_PICKLES):
        msg = f"{folder}/{name} is a pickle, which can run code and is never opened; safetensors is expected: {_REMEDY}"
        raise BadInput(msg)
    try:
        return from_bytes(content)
    except (SafetensorError, KeyError, RuntimeError, TypeError, ValueError) as error:
        msg = f"{folder}/{name} is no safetensors file ({error}); {_REMEDY}"
        raise BadInput(msg) from error


def _safe(tensors: Mapping[str, Tensor]) -> bytes:
    return to_bytes({key: value.detach().clone().contiguous() for key, value in tensors.items()})


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _swap(fresh: Path, folder: Path) -> None:
    """Move a whole folder into place; the old one is gone only when the new one is there."""
    old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    if folder.exists():
        folder.replace(old)
    fresh.replace(folder)
    shutil.rmtree(old, ignore_errors=True)
