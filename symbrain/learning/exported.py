"""Trained networks as files that others run: ONNX, PyTorch's exported program, a MONAI bundle.

The file carries what its numbers mean: the bundle's metadata, inference settings and norms, the digest of the weights,
and a golden input with its outputs. It is given away only after it was run, and gave what symbrain gives.
"""

from __future__ import annotations

import base64
import io
import json
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from symbrain.atomic import write_bytes
from symbrain.errors import BadInput
from symbrain.learning import asymmetry_program, midline_program
from symbrain.learning.asymmetry import AsymmetryModel
from symbrain.learning.asymmetry_net import AsymmetryMap
from symbrain.learning.bundle import Bundle, copy_bundle, read_bundle
from symbrain.learning.trained_model import folder_of, read_model
from symbrain.reflection import reflect

FORMATS = ("onnx", "pt2", "bundle")
PARITY = 1e-5  # of the largest number of an output
_OPSET = 18
_GOLDEN_MM = 4.0
Arrays = dict[str, NDArray[Any]]
Run = Callable[[Arrays], Arrays]


@dataclass(frozen=True)
class Program:
    """A network as a program of tensors.

    Parameters
    ----------
    inputs, outputs
        Names, in their order.
    example
        An input that shows what the network is for.
    free
        Which sizes of an input may change: axis → name, by input.
    """

    module: nn.Module
    inputs: Sequence[str]
    outputs: Sequence[str]
    example: Arrays
    free: Mapping[str, Mapping[int, str]]

    def run(self, given: Arrays) -> Arrays:
        """Return the outputs, run by PyTorch as symbrain does."""
        with torch.inference_mode():
            found = self.module(*(torch.from_numpy(given[name]) for name in self.inputs))
        return {name: value.numpy() for name, value in zip(self.outputs, found, strict=True)}


def export_model(model: str | PathLike[str], kind: str, out: Path) -> float:
    """Write a model as a file that others run, and return its parity.

    Parameters
    ----------
    model
        As ``symbrain.load`` takes it.
    kind
        One of ``FORMATS``.
    out
        File, or folder of the bundle.

    Returns
    -------
    The largest difference to symbrain's own answer, as a share of the largest number of that output.

    Raises
    ------
    BadInput
        Where the model cannot be read, or ONNX is not installed.
    """
    bundle = read_bundle(folder_of(model))
    if kind != "bundle" and out.is_dir():
        msg = f"{out} is a folder; name the file to write, such as {out / f'{bundle.folder.name}.{kind}'}"
        raise BadInput(msg)
    out.parent.mkdir(parents=True, exist_ok=True)
    program = program_of(bundle)
    if kind == "bundle":
        copy_bundle(bundle.folder, out)
        return parity(program, program_of(read_bundle(out)).run)
    record = _record(bundle, program)
    with _quiet():
        content = (_onnx if kind == "onnx" else _pt2)(program, record)
        found = parity(program, (_onnx_run if kind == "onnx" else _pt2_run)(program, content))
    if not found <= PARITY:
        msg = f"the exported program differs from symbrain by {found:.1e} of its largest number; {PARITY:g} is allowed"
        raise RuntimeError(msg)
    write_bytes(out, content)
    return found


def program_of(bundle: Bundle) -> Program:
    """Return a bundle's network as a program."""
    model = read_model(bundle.folder, "cpu")
    if isinstance(model, AsymmetryModel):
        net = AsymmetryMap()
        net.load_state_dict(bundle.state)
        axes = {0: "x", 1: "y", 2: "z"}
        return Program(
            asymmetry_program.AsymmetryProgram(net, model.calibration).eval(),
            asymmetry_program.INPUTS,
            asymmetry_program.OUTPUTS,
            _upright_example(),
            {"image": axes, "mask": axes},
        )
    definition = bundle.inference["network_def"]
    found = midline_program.MidlineMap(tuple(definition["channels"]), int(definition["residual_units"]))
    found.load_state_dict(bundle.state)
    return Program(
        midline_program.MidlineProgram(found).eval(),
        midline_program.INPUTS,
        midline_program.OUTPUTS,
        {"image": bundle.golden["image"].numpy()},
        {"image": {0: "n"}},
    )


def parity(program: Program, run: Run) -> float:
    """Return the largest difference to the program's own answer to its example, relative to each output's size."""
    ours, theirs = program.run(program.example), run(program.example)
    gaps = (np.abs(ours[k] - theirs[k]).max() / max(float(np.abs(ours[k]).max()), 1.0) for k in program.outputs)
    return float(max(gaps))


def _upright_example() -> Arrays:
    """Return an upright newborn's brain with a haemorrhage on the left, of 4 mm so that it travels in the file."""
    from symbrain.phantom import Lesion, make_head

    lesion = Lesion("haemorrhage", "left", diameter_mm=18.0, contrast_sd=6.0)
    head = make_head(1, spacing_mm=_GOLDEN_MM, lesion=lesion, max_tilt_deg=0.0, max_shift_mm=0.0)
    image, mask = reflect(head.image), reflect(head.mask)  # stored from right to left; now the left comes first
    filled = [np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    rim = min(filled[0][0], len(mask) - 1 - filled[0][-1])  # alike on both sides, to keep the plane in the middle
    box = (slice(rim, len(mask) - rim), *(slice(f[0], f[-1] + 1) for f in filled[1:]))
    brain = np.where(mask, image, 0)[box]
    return {
        "image": np.ascontiguousarray(np.round(brain * (255 / brain.max())), np.float32),
        "mask": np.ascontiguousarray(mask[box], np.float32),
        "spacing_mm": np.array([_GOLDEN_MM], np.float32),
    }


def _record(bundle: Bundle, program: Program) -> dict[str, str]:
    """Return what travels in the file, each as JSON: what the numbers mean, and a golden input with its outputs."""
    answers = program.run(program.example)
    golden = {k: _packed(v) for k, v in (program.example | answers).items()}
    parts = {"metadata": bundle.metadata, "inference": bundle.inference, "norms": bundle.norms, "golden": golden}
    return {name: json.dumps(part) for name, part in parts.items()} | {"weights_sha256": bundle.sha256}


def _packed(values: NDArray[Any]) -> dict[str, Any]:
    """Return an array for JSON: base64 of bytes where they do, else of float32 in little-endian order."""
    dtype = "|u1" if np.array_equal(values, values.astype(np.uint8)) else "<f4"
    content = base64.b64encode(values.astype(dtype).tobytes()).decode()
    return {"shape": list(values.shape), "dtype": dtype, "base64": content}


def _exported(program: Program) -> torch.export.ExportedProgram:
    example = tuple(torch.from_numpy(program.example[name]) for name in program.inputs)
    sizes = {
        name: {axis: torch.export.Dim(size, min=1, max=1024) for axis, size in program.free[name].items()} or None
        if name in program.free
        else None
        for name in program.inputs
    }
    return torch.export.export(program.module, example, dynamic_shapes=sizes)


def _onnx(program: Program, record: Mapping[str, str]) -> bytes:
    try:
        import onnx
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        msg = f"{error.name} is not installed, and ONNX needs it: pip install 'symbrain[export]'"
        raise BadInput(msg) from error
    made = torch.onnx.export(
        _exported(program),
        input_names=list(program.inputs),
        output_names=list(program.outputs),
        opset_version=_OPSET,
        external_data=False,
        dynamo=True,
        verbose=False,
    )
    file = cast(Any, made).model_proto  # with dynamo it is a program
    onnx.helper.set_model_props(file, dict(record))
    onnx.checker.check_model(file)
    return bytes(file.SerializeToString(deterministic=True))


def _onnx_run(program: Program, content: bytes) -> Run:
    """Return how ONNX Runtime runs a file."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    return lambda given: dict(zip(program.outputs, session.run(None, given), strict=True))


def _pt2(program: Program, record: Mapping[str, str]) -> bytes:
    made = _exported(program)
    made.example_inputs = None  # torch would pickle it into the file
    file = io.BytesIO()
    torch.export.save(made, file, extra_files=dict(record))
    return file.getvalue()


def _pt2_run(program: Program, content: bytes) -> Run:
    """Return how PyTorch runs a file."""
    module = torch.export.load(io.BytesIO(content)).module()

    def run(given: Arrays) -> Arrays:
        found: tuple[Tensor, ...] = module(*(torch.from_numpy(given[name]) for name in program.inputs))
        return {name: value.detach().numpy() for name, value in zip(program.outputs, found, strict=True)}

    return run


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporters' chatter from the terminal; what goes wrong is raised."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
