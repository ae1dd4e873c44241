"""Training the network for the midline, on a cohort's annotated slices, on synthetic ones, or on both.

``python -m symbrain.learning.midline_training --out DIR --steps N --seed S`` makes weights from synthetic slices alone.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from symbrain.errors import BadInput
from symbrain.learning.augment import Move
from symbrain.learning.augment_look import Bias, Noise, Recolour
from symbrain.learning.bundle import read_bundle
from symbrain.learning.device import KNOWN, device_of
from symbrain.learning.loop import Schedule, train
from symbrain.learning.midline import network
from symbrain.learning.midline_bundle import write_midline
from symbrain.learning.midline_loss import MidlineLoss
from symbrain.learning.midline_metrics import check_of, evaluated, sd_factors, sds_by_lead
from symbrain.learning.midline_net import MidlineNet
from symbrain.learning.midline_slices import AnnotatedSlice, Stream, posed
from symbrain.learning.midline_synthetic import synthetic
from symbrain.learning.phantom_slices import HEADS, phantom_slice
from symbrain.learning.picture import Picture
from symbrain.settings import TrainMidlineSettings


def train_midline(
    cohort: Iterable[AnnotatedSlice],
    out: Path,
    settings: TrainMidlineSettings,
    *,
    seed: int,
    start: Path | None,
    threads: int,
    heads: int = HEADS,
    held_out: int = 192,
) -> dict[str, Any]:
    """Train, write the bundle to ``out``, and return its metrics.

    Parameters
    ----------
    cohort
        Its ``train`` slices are learned from; ``val`` decides when to stop, ``test`` is reported on, both after a
        random pose. Where one of these is empty, synthetic slices take its place, and the metadata say so.
    start
        Bundle to go on from; None starts from random weights.
    threads
        Of torch; part of the configuration, because it can move the last bits.
    heads
        Phantoms among the synthetic slices; 0 for drawn heads alone.
    held_out
        Synthetic slices to check with, and to report on.
    """
    torch.set_num_threads(threads)
    net = _network(start, seed)
    parts: dict[str, list[Picture]] = {"train": [], "val": [], "test": []}
    for one in cohort:  # in one go: a picture is a quarter of its slice at the resolution of the dHCP
        parts[one.split].append(one.picture())
    sources = {name: "cohort" if slices else "synthetic" for name, slices in parts.items()}
    val = posed(_several(parts["val"], 64), seed + 1) if parts["val"] else mixture(seed, held_out, min(heads, 8))
    schedule = Schedule(
        steps=settings.steps,
        batch=settings.batch,
        learning_rate=settings.learning_rate,
        check_every=min(100, max(settings.steps // 10, 1)),
        patience=settings.patience,
        average=0.995,
    )
    share = settings.synthetic_share if parts["train"] else 1.0
    stream = Stream(parts["train"], share, settings.batch, seed, heads)
    # Beside the bundle, so that a run that was killed goes on; gone when the bundle is there.
    checkpoint = out.with_name(f"{out.name}.checkpoint.safetensors")
    history = train(
        net, schedule, stream, MidlineLoss(settings.flip_consistency), check_of(val), seed=seed, name="train_midline",
        checkpoint=checkpoint, device=settings.device, workers=_workers(settings.device),
    )  # fmt: skip
    # What is said of uncertainty rests on more slices than the check, of the kind that people have.
    told = val if parts["val"] else [*val, *held_out_phantoms(seed + 3, 2 * held_out, heads)]
    metrics: dict[str, Any] = {}
    if parts["test"]:
        tested = posed(_several(parts["test"], 64), seed + 2)
        metrics["cohort_test"] = evaluated(net, tested, _usual_angle(parts["train"] or parts["test"]))
    metrics["synthetic_upright_posed"] = evaluated(net, held_out_phantoms(seed, held_out, heads), 90.0)
    metrics["synthetic_any_pose"] = evaluated(net, mixture(seed + 1, held_out, min(heads, 8)))
    write_midline(
        out,
        net,
        metrics=metrics,
        norms=sd_factors(net, val) | sds_by_lead(net, told),
        history=asdict(history),
        settings=asdict(settings) | {"threads": threads},
        sources=sources,
        seed=seed,
        started_from="" if start is None else read_bundle(start).sha256,
    )
    checkpoint.unlink(missing_ok=True)
    return metrics


def _network(start: Path | None, seed: int) -> MidlineNet:
    if start is None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return MidlineNet()
    return network(read_bundle(start))


def _workers(device: str) -> int:
    """Return how many processes make slices: a card learns faster than one can draw them, a processor does not."""
    return 1 if device_of(device).type == "cpu" else max(1, min(8, (os.cpu_count() or 1) - 1))


def _several(pictures: Sequence[Picture], least: int) -> list[Picture]:
    """Return the pictures, repeated until there are enough to be posed in different ways."""
    return list(pictures) * -(-least // len(pictures))


def mixture(seed: int, count: int, heads: int) -> list[Picture]:
    """Return synthetic slices that no batch has."""
    return [synthetic(np.random.default_rng([seed, 13, i]), heads) for i in range(count)]


def held_out_phantoms(seed: int, count: int, heads: int) -> list[Picture]:
    """Return slices of phantoms that are never trained on, as scanned, after a pose of up to 20°."""
    pictures = []
    for i in range(count):
        rng = np.random.default_rng([seed, 14, i])
        picture = phantom_slice(rng, 12 if heads else 1, first=HEADS)
        picture = Recolour.draw(rng).apply(picture) if rng.random() < 0.5 else picture
        x, y = rng.uniform(-8, 8, 2)
        picture = Move(float(rng.uniform(-20, 20)), (float(x), float(y))).apply(picture)
        pictures.append(Noise.draw(rng, 0.08).apply(Bias.draw(rng, 0.3).apply(picture)))
    return pictures


def _usual_angle(pictures: Sequence[Picture]) -> float:
    """Return the mean direction of lines in degrees, of doubled angles, since a line has no sense."""
    doubled = [2 * np.radians(p.line.angle_deg) for p in pictures if p.line is not None]
    return float(np.degrees(np.arctan2(np.sin(doubled).mean(), np.cos(doubled).mean()) / 2)) if doubled else 90.0


def main(words: Sequence[str] | None = None) -> Mapping[str, Any]:
    """Train on synthetic slices alone, as the packaged weights are made."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=8000)
    parser.add_argument("--batch", type=int, default=40)
    parser.add_argument("--start", type=Path, help="bundle to go on from; random weights by default")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--flip-consistency", type=float, default=0.1)
    parser.add_argument("--learning-rate", type=float, default=4e-3)
    parser.add_argument("--device", choices=KNOWN, default="cpu")
    parser.add_argument("--threads", type=int, default=int(os.environ.get("OMP_NUM_THREADS", "1")))
    given = parser.parse_args(words)
    settings = TrainMidlineSettings(
        start="scratch",
        steps=given.steps,
        batch=given.batch,
        learning_rate=given.learning_rate,
        synthetic_share=1.0,
        flip_consistency=given.flip_consistency,
        patience=given.steps,
        device=given.device,
    )
    return train_midline((), given.out, settings, seed=given.seed, start=given.start, threads=given.threads)


if __name__ == "__main__":
    try:
        print(main())
    except BadInput as error:
        raise SystemExit(str(error)) from error
