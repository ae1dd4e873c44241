"""What the flip-consistency loss buys: trained with and without it, used raw and averaged over the flips.

``python benchmarks/flip_ablation.py train --seeds 1,2,3,4,5`` trains each network twice for each seed, with the same
steps on the same examples, and goes on where it stopped; ``python benchmarks/flip_ablation.py judge`` judges them all
on heads of the frozen suite and writes ``flip-ablation.md``. The four rows of its tables: *off* (no loss, raw network),
*exact at inference only* (no loss, averaged), *soft* (loss, raw network), *both*.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from intervals import auroc
from judged import judge
from suites import FOLDER, load
from symbrain.atomic import write_text

OUT = FOLDER / "results" / "ablation"
WEIGHTS = {"midline": 0.1, "asymmetry": 0.02}  # of the loss where it is on: what the workflow uses
MIDLINE_STEPS = 500
HEADS, BRAINS, OTHERS = 120, 300, 24
FLIPPED = 20  # normals whose mirror image is judged too
CELLS = {"pooled_16mm_3sd": 40, "pooled_12mm_6sd": 40, "ventriculomegaly_12mm_3sd": 40, "normal": 150}
NAMES = {
    ("off", "raw"): "off",
    ("off", "averaged"): "exact at inference only",
    ("soft", "raw"): "soft",
    ("soft", "averaged"): "both",
}
Rows = list[dict[str, Any]]


def train(seeds: Sequence[int], models: Sequence[str]) -> None:
    """Train what is missing."""
    for seed in seeds:
        for model in models:
            for loss in ("off", "soft"):
                folder = OUT / f"{model}-{loss}-{seed}"
                if not folder.exists():
                    (_train_midline if model == "midline" else _train_asymmetry)(folder, loss, seed)


def _train_midline(folder: Path, loss: str, seed: int) -> None:
    from symbrain.learning.midline_training import main

    weight = WEIGHTS["midline"] if loss == "soft" else 0.0
    options = {"out": folder, "steps": MIDLINE_STEPS, "batch": 40, "seed": seed, "flip-consistency": weight}
    main([word for key, value in options.items() for word in (f"--{key}", str(value))])


def _train_asymmetry(folder: Path, loss: str, seed: int) -> None:
    from symbrain.learning.asymmetry_training import main

    weight = WEIGHTS["asymmetry"] if loss == "soft" else 0.0
    options = {"out": folder, "brains": BRAINS, "heads": HEADS, "seed": seed, "flip-consistency": weight}
    main([word for key, value in options.items() for word in (f"--{key}", str(value))])


def trained(model: str) -> Iterator[tuple[str, int, Path]]:
    """Yield loss, seed and folder of each network that is there."""
    for folder in sorted(OUT.glob(f"{model}-*-*")):
        if folder.is_dir():
            _, loss, seed = folder.name.split("-")
            yield loss, int(seed), folder


def judge_midline() -> pd.DataFrame:
    """Return errors on slices of synthetic newborns that no network has seen, and how unlike a flipped answer is."""
    import torch

    from symbrain.learning.bundle import read_bundle
    from symbrain.learning.line_target import FLIPS, angle_error
    from symbrain.learning.midline import network
    from symbrain.learning.midline_metrics import evaluated, forward
    from symbrain.learning.midline_net import read_line
    from symbrain.learning.midline_slices import collate
    from symbrain.learning.midline_training import held_out_phantoms
    from symbrain.learning.symmetry import Symmetrised

    pictures = held_out_phantoms(99, 300, 12)
    batch = collate(pictures)
    turned = {"image": FLIPS[1].on_input(batch["image"])}
    rows: Rows = []
    for loss, seed, folder in trained("midline"):
        net = network(read_bundle(folder)).eval()
        figures = evaluated(net, pictures)
        for use, one in (("raw", net), ("averaged", Symmetrised(net, FLIPS))):
            with torch.inference_mode():
                plain = FLIPS[1].act_out({"line": read_line(forward(one, batch)["heat"])})["line"]
                flipped = read_line(forward(one, turned)["heat"])
            unlike = float(np.degrees(angle_error(plain, flipped).numpy()).mean())
            found = figures["raw" if use == "raw" else "symmetrised"]
            rows.append({"name": NAMES[loss, use], "seed": seed} | found | {"flip_error_deg": unlike})
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Described:
    """A brain in the box with the descriptions of its places, which all networks share."""

    working: Any
    brain: Any
    places: Any

    @property
    def mask(self) -> Any:
        """Of the brain, in the box."""
        return self.working.mask


def _described(working: Any) -> Described:
    """Describe the places of a brain once."""
    import torch

    from symbrain.learning.asymmetry_features import STRIDE, describe
    from symbrain.learning.asymmetry_input import network_input

    x = torch.from_numpy(network_input(working))[None]
    brain = torch.nn.functional.avg_pool3d(x[:, 1:2], STRIDE)[:, 0] > 0.5
    return Described(working, brain, describe(x).movedim(1, -1)[brain])


def _logit(net: Any, head: Described, use: str) -> Any:
    """Return the log-odds in the box, of the raw network or of its average over the reflection."""
    import torch

    from symbrain.learning.asymmetry import finer
    from symbrain.learning.asymmetry_features import MIRRORED
    from symbrain.learning.asymmetry_net import RARE

    with torch.inference_mode():
        found = net.judge(head.places)
        if use == "averaged":
            found = (found + net.judge(head.places[:, list(MIRRORED)])) / 2
        logit = torch.full(head.brain.shape, RARE)
        logit[head.brain] = found
        return finer(logit[:, None])


def judge_asymmetry() -> pd.DataFrame:
    """Return AUROC on the suite's heads, and how unlike the log-odds of a mirrored brain are."""
    import torch

    from scenes import as_aligned, render
    from symbrain.learning.asymmetry import judged, net_from
    from symbrain.learning.asymmetry_calibration import fit_calibration
    from symbrain.learning.asymmetry_input import Box
    from symbrain.learning.asymmetry_normals import keep, phantom_normal
    from symbrain.learning.bundle import read_bundle
    from symbrain.progress import track

    torch.set_num_threads(1)
    cases = [case for cell, limit in CELLS.items() for case in load("v1").cases([cell], limit)]
    normals = [_described(keep(phantom_normal(2_000_000 + i, 0)).working) for i in range(OTHERS)]
    heads = []
    for _, case in zip(track([f"{c.cell} {c.head}" for c in cases], "heads"), cases, strict=True):
        upright = as_aligned(render(case))
        head = _described(Box.around(upright.mask, 2.0).working(upright.image, upright.mask))
        heads.append((case, upright.weeks, upright.modality, head))
    nets = list(trained("asymmetry"))
    rows: Rows = []
    for _, (loss, seed, folder) in zip(track([n[2].name for n in nets], "networks"), nets, strict=True):
        net = net_from(read_bundle(folder).state, folder)
        for use in ("raw", "averaged"):
            norm = fit_calibration((_logit(net, one, use), one.mask) for one in normals)
            scores, unlike = [], []
            for case, weeks, modality, head in heads:
                plain = _logit(net, head, use)
                found = judged(norm, plain, head.mask)
                scores.append(
                    {
                        "cell": case.cell,
                        "head": case.head,
                        "seed": case.seed,
                        "score": found.score,
                        "weeks": weeks,
                        "modality": modality,
                        "side": found.side,
                        "side_true": case.options.get("side", "n/a"),
                    }
                )
                if case.cell == "normal" and case.head < FLIPPED:
                    flipped = _logit(net, _described(head.working.mirrored()), use)
                    unlike.append(float(np.abs(plain[::-1] - flipped).mean()))
            rows.append(
                {"name": NAMES[loss, use], "seed": seed, "flip_error_log_odds": float(np.mean(unlike))}
                | _areas(pd.DataFrame(scores))
            )
    return pd.DataFrame(rows)


def _areas(scores: pd.DataFrame) -> dict[str, float]:
    known = judge(scores)
    normal = known[known["cell"] == "normal"]
    found = {}
    for cell in CELLS:
        if cell == "normal":
            continue
        found[f"auroc_{cell}"] = auroc(normal["z"], known.loc[known["cell"] == cell, "z"])
    changed = known[known["cell"] != "normal"]
    return found | {"side_right": float((changed["side"] == changed["side_true"]).mean())}


def table(rows: pd.DataFrame) -> list[str]:
    """Return mean and range over the seeds, a line for each way."""
    figures = [c for c in rows.columns if c not in ("name", "seed")]
    lines = [f"| | seeds | {' | '.join(f.replace('_', ' ') for f in figures)} |", "|---" * (2 + len(figures)) + "|"]
    for name in NAMES.values():
        mine = rows[rows["name"] == name]
        if len(mine):
            cells = [f"{mine[f].mean():.3g} ({mine[f].min():.3g}–{mine[f].max():.3g})" for f in figures]
            lines.append(f"| {name} | {len(mine)} | {' | '.join(cells)} |")
    for name, less in (("soft", "off"), ("both", "exact at inference only"), ("exact at inference only", "off")):
        one, other = (rows[rows["name"] == n].set_index("seed") for n in (name, less))
        pairs = (one[figures] - other[figures]).dropna()
        if len(pairs) > 1:
            cells = [_interval(pairs[f]) for f in figures]
            lines.append(f"| *{name}, less {less}* | {len(pairs)} | {' | '.join(cells)} |")
    return lines


def _interval(differences: pd.Series) -> str:
    """Return the mean of paired differences with its 95 % interval."""
    half = stats.t.ppf(0.975, len(differences) - 1) * differences.std(ddof=1) / np.sqrt(len(differences))
    return f"{differences.mean():+.2g} ({differences.mean() - half:+.2g} to {differences.mean() + half:+.2g})"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("train", "judge"))
    parser.add_argument("--seeds", default="1,2,3,4,5")
    parser.add_argument("--models", default="midline,asymmetry")
    given = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    if given.what == "train":
        train([int(seed) for seed in given.seeds.split(",")], given.models.split(","))
        return
    midline, asymmetry = judge_midline(), judge_asymmetry()
    midline.to_csv(OUT / "midline.tsv", sep="\t", index=False)
    asymmetry.to_csv(OUT / "asymmetry.tsv", sep="\t", index=False)
    text = [
        "# The flip-consistency loss, ablated",
        "",
        "Short trainings from random weights, alike but for the loss: the midline network "
        f"{MIDLINE_STEPS} steps, the asymmetry network {BRAINS} changed brains made of {HEADS} heads. They compare the "
        "four ways with each other and are far from the packaged weights. Mean and range over the training seeds; "
        "last the paired difference with its 95 % interval (Student's t). The flip error is how unlike "
        "the answer to a flipped input is to the flipped answer.",
        "",
        "## Midline: 300 slices of synthetic newborns that were not trained on, turned by up to 20°",
        "",
        *table(midline),
        "",
        "## Asymmetry: heads of the frozen suite v1",
        "",
        "AUROC against " + f"{CELLS['normal']} normals, judged for age; 40 heads of each lesion cell.",
        "",
        *table(asymmetry),
    ]  # fmt: skip
    write_text(FOLDER / "flip-ablation.md", "\n".join(text) + "\n")
    print("\n".join(text))


if __name__ == "__main__":
    main()
