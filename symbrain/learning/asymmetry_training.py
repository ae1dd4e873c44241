"""Training the asymmetry detector: on normal brains only, into which one-sided changes are put.

One model for each fold of families, which never sees that fold, and a final one for scans from elsewhere. The normals
are scored by the models that did not see them, and what those say of them becomes the norm of every voxel.

``python -m symbrain.learning.asymmetry_training --out DIR`` trains weights on synthetic newborns, from nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load as tensors_from
from safetensors.torch import save as to_bytes
from torch import Tensor, nn

from symbrain.atomic import write_bytes
from symbrain.deviation import Asymmetry
from symbrain.errors import BadInput
from symbrain.learning.asymmetry import (
    AsymmetryModel,
    coarse_logits,
    finer,
    fold_file,
    judged,
    logit_map,
    net_from,
)
from symbrain.learning.asymmetry_bundle import write_asymmetry_bundle
from symbrain.learning.asymmetry_calibration import fit_calibration
from symbrain.learning.asymmetry_changes import ChangeLaw
from symbrain.learning.asymmetry_features import STRIDE
from symbrain.learning.asymmetry_input import SHAPE, Image, Mask, Working
from symbrain.learning.asymmetry_loss import entropy_of, make_loss
from symbrain.learning.asymmetry_net import AsymmetryNet
from symbrain.learning.asymmetry_normals import KeptNormal, KeptNormals, UprightNormal, keep, phantom_normal, unpacked
from symbrain.learning.asymmetry_places import Places, gather_places, stream
from symbrain.learning.asymmetry_trial import Judge, evidence, to_try, try_out
from symbrain.learning.bundle import read_bundle
from symbrain.learning.loop import History, Schedule, train
from symbrain.settings import TrainAsymmetrySettings

ALL_CHANGES = ChangeLaw()
_ASIDE = 24  # normals that are kept aside to decide when to stop, at most
_CHECKED = 48  # changed brains made of them
_CHECKS_EVERY = 200  # steps
_CHECK_SEED = 20_000
_SCALE_FROM = 200_000  # places from which the scale of the descriptions is taken
_NO_HEAT = np.zeros((0, 0, 0), np.float32)


def train_fold(
    normals: Sequence[UprightNormal],
    out_file: Path,
    settings: TrainAsymmetrySettings,
    *,
    seed: int,
    fold: int | None,
    start: Path | None,
    threads: int = 1,
    law: ChangeLaw = ALL_CHANGES,
) -> History:
    """Train one model and write its weights (safetensors); the same inputs give the same bytes.

    Parameters
    ----------
    fold
        Leave out the normals of this fold; None uses all, for the final model. When to stop is decided on some of the
        remaining normals, which are not trained on.
    start
        Bundle whose weights to start from; None starts from nothing.
    law
        Which one-sided changes are put into the normals.

    Raises
    ------
    BadInput
        Where fewer normals are left than the settings ask for.
    """
    used = sorted((n for n in normals if fold is None or n.fold != fold), key=lambda n: n.scan_id)
    if len(used) < max(settings.min_normals, 2):
        msg = (
            f"{len(used)} normal scans are left to train the asymmetry model of fold {fold}, {settings.min_normals} "
            "are needed: use the packaged weights, or lower train_asymmetry.min_normals"
        )
        raise BadInput(msg)
    torch.set_num_threads(threads)
    aside, taught = (KeptNormals(part) for part in _divided(used))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = AsymmetryNet() if start is None else net_from(read_bundle(start).state, start)
    net.requires_grad_(True)
    history = History()
    name = "asymmetry" if fold is None else f"asymmetry, fold {fold}"
    brains = min(settings.brains, settings.rounds * len(taught))
    if brains:
        places = gather_places(taught, law, brains=brains, seed=seed, name=f"{name}: brains")
        if start is None:
            net.fit_scale(places.described[:_SCALE_FROM].float())
        history = train(
            net,
            _schedule(settings, len(places.share)),
            stream(places, batch=settings.batch, seed=seed),
            make_loss(settings.flip_consistency),
            Check(gather_places(aside, law, brains=min(_CHECKED, brains), seed=_CHECK_SEED, name=f"{name}: check")),
            seed=seed,
            name=name,
            checkpoint=out_file.with_suffix(".checkpoint"),
            device=settings.device,
        )
    write_bytes(out_file, to_bytes({k: v.detach().clone().contiguous() for k, v in net.state_dict().items()}))
    out_file.with_suffix(".checkpoint").unlink(missing_ok=True)
    return history


def finish(
    normals: Sequence[UprightNormal],
    final_file: Path,
    fold_files: Sequence[Path],
    folder: Path,
    settings: TrainAsymmetrySettings,
    *,
    seed: int,
    history: History,
    data_source: str,
    cohort_norms: Callable[[Mapping[str, Asymmetry]], Mapping[str, Any]] | None = None,
    judge: Callable[[Mapping[str, Any]], Judge] | None = None,
    threads: int = 1,
) -> AsymmetryModel:
    """Score the normals out of fold, fit the norms, try the detector out, write the bundle and return it, read back.

    Parameters
    ----------
    fold_files
        Weights of fold 0, 1, …; empty where there are no folds: then the normals must be others than those trained on.
    data_source
        What the normals are, a sentence for the model card.
    cohort_norms
        From what was found in each normal, by scan_id and without the heat, to more entries of ``norms.json``.
    judge
        From ``norms.json`` to how its norms judge a normal; None judges each by the others.
    """
    torch.set_num_threads(threads)
    final = net_from(tensors_from(final_file.read_bytes()), final_file)
    folds = {k: net_from(tensors_from(path.read_bytes()), path) for k, path in enumerate(fold_files)}
    ordered = sorted(normals, key=lambda n: n.scan_id)
    nets = {n.scan_id: folds[n.fold] if folds else final for n in ordered}
    seen, images = _seen(ordered, nets)
    calibration = fit_calibration(seen)
    norms: dict[str, Any] = {"voxels": calibration.as_dict()}
    found = {n.scan_id: replace(judged(calibration, *one), heat=_NO_HEAT) for n, one in zip(ordered, seen, strict=True)}
    if cohort_norms is not None:
        norms |= cohort_norms(found)

    def score(scan_id: str, working: Working) -> float:
        return judged(calibration, logit_map(nets[scan_id], working), working.mask).score

    as_they_are = {scan_id: (kept, found[scan_id].score) for scan_id, kept in images.items()}
    norms |= evidence(try_out(as_they_are, score), judge and judge(norms))
    write_asymmetry_bundle(
        folder,
        final,
        {fold_file(k): path.read_bytes() for k, path in enumerate(fold_files)},
        calibration,
        norms,
        seed=seed,
        history=asdict(history),
        settings=asdict(settings),
        data_source=data_source,
    )
    return AsymmetryModel.load(folder)


@dataclass(frozen=True)
class _Seen:
    """What networks say of normals, as coarse as they say it, and the bits of the masks.

    In two blocks: thousands of small arrays between large ones that come and go would leave memory full of holes.
    """

    logits: Tensor
    bits: NDArray[np.uint8]

    def __iter__(self) -> Iterator[tuple[Image, Mask]]:
        """Yield log-odds and mask of each normal in the box."""
        for logit, bits in zip(self.logits, self.bits, strict=True):
            yield finer(logit[None, None]), unpacked(bits)


def _seen(normals: Sequence[UprightNormal], nets: Mapping[str, AsymmetryNet]) -> tuple[_Seen, dict[str, KeptNormal]]:
    """Return what each normal's network says of it, and the images of those that are to be tried out."""
    tried, images = to_try([n.scan_id for n in normals]), {}
    shape, size = [n // STRIDE for n in SHAPE], math.prod(SHAPE) // 8
    seen = _Seen(torch.empty((len(normals), *shape)), np.empty((len(normals), size), np.uint8))
    for number, normal in enumerate(normals):
        kept = keep(normal)
        seen.logits[number] = coarse_logits(nets[kept.scan_id], kept.working)[0, 0]
        seen.bits[number] = kept.mask
        if kept.scan_id in tried:
            images[kept.scan_id] = kept
    return seen, images


class Check:
    """The cross-entropy over places of changed brains that are not trained on.

    Parameters
    ----------
    places
        Of the brains kept aside.
    """

    def __init__(self, places: Places) -> None:
        self.batch = places.batch(np.arange(len(places.share)))

    @torch.inference_mode()
    def __call__(self, net: nn.Module) -> float:
        """Return the cross-entropy; lower is better."""
        return float(entropy_of(cast(AsymmetryNet, net).judge(self.batch["places"]), self.batch))


def _divided(normals: Sequence[UprightNormal]) -> tuple[list[UprightNormal], list[UprightNormal]]:
    """Return a few normals to decide when to stop, and the others; chosen by their names alone."""
    order = sorted(normals, key=lambda n: hashlib.sha256(n.scan_id.encode()).hexdigest())
    few = min(_ASIDE, max(1, len(order) // 6))
    return order[:few], sorted(order[few:], key=lambda n: n.scan_id)


def _schedule(settings: TrainAsymmetrySettings, places: int) -> Schedule:
    steps = max(1, settings.epochs * places // settings.batch)
    return Schedule(
        steps,
        settings.batch,
        learning_rate=settings.learning_rate,
        warmup=max(1, min(20, steps // 5)),
        check_every=min(_CHECKS_EVERY, max(1, steps // 2)),
        patience=1000,
        average=0.97 if steps > 100 else 0.9,
    )


def main(words: Sequence[str] | None = None) -> None:
    """Train weights on synthetic newborns from nothing, and write the bundle."""
    parser = argparse.ArgumentParser(description="Train the asymmetry detector on synthetic newborns.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--heads", type=int, default=600)
    parser.add_argument("--brains", type=int, default=5000, help="changed brains made of them")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--flip-consistency", type=float, default=0.02)
    given = parser.parse_args(words)
    settings = TrainAsymmetrySettings(
        start="scratch",
        rounds=given.brains,  # the number of brains alone decides
        brains=given.brains,
        epochs=given.epochs,
        learning_rate=given.learning_rate,
        flip_consistency=given.flip_consistency,
    )
    # Seeds of a region of their own, below five million: the benchmarks' heads lie above. No fold is left out: the
    # voxels' norm is fitted to heads that are not trained on.
    first = 1_000_000 + 10_000 * given.seed
    taught = [phantom_normal(first + i, i % 5) for i in range(given.heads)]
    others = [phantom_normal(first + 9_999 - i, 0) for i in range(max(20, given.heads // 6))]
    weights = given.out.with_name(f"{given.out.name}.safetensors")
    history = train_fold(
        taught,
        weights,
        settings,
        seed=given.seed,
        fold=None,
        start=None,
        threads=given.threads,
    )
    source = f"{given.heads} synthetic newborns (symbrain.phantom), one third of them T1w; no infant's scan"
    finish(
        others, weights, (), given.out, settings, seed=given.seed, history=history, data_source=source,
        threads=given.threads,
    )  # fmt: skip
    weights.unlink()


if __name__ == "__main__":
    main()
