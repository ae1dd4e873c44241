"""Which way of comparing the sides finds most: prediction, tolerant comparison, discrimination, and their combination.

``python benchmarks/detectors.py --seeds 1,2,3`` trains every way on the same changed brains, judges them on the same
heads that none has seen, and writes ``detectors.md``. The ways differ in what a place is judged by:

* *prediction*: mean and spread of a place predicted from the mirrored side, depth and position, learned on unchanged
  brains (Gaussian likelihood); the score is the error in predicted standard deviations;
* *tolerant comparison*: how far a place lies outside the range of those near its mirrored place; nothing is learned;
* *own side*: discrimination of synthetic changes without a look at the other side;
* *both sides*: the same with the mirrored side and the tolerant comparison (what is packaged);
* *both sides and prediction*: the same, with the error of the prediction as one more description.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional

from intervals import auroc
from suites import FOLDER
from symbrain.atomic import write_text
from symbrain.learning.asymmetry_changes import ChangeLaw
from symbrain.learning.asymmetry_features import NAMES, STRIDE, describe
from symbrain.learning.asymmetry_input import SPACING_MM, Working, network_input
from symbrain.learning.asymmetry_normals import keep, phantom_normal
from symbrain.learning.asymmetry_places import Places, gather_places
from symbrain.phantom import KINDS
from symbrain.phantom.insert import draw_change, insert, prepare
from symbrain.progress import steps

HEADS, BRAINS, JUDGED = 200, 600, 90
SIZES = {"12 mm, 3 SD": (12.0, 3.0), "16 mm, 3 SD": (16.0, 3.0), "16 mm, 6 SD": (16.0, 6.0)}
_TRAINED, _UNSEEN = 3_200_000, 3_300_000  # seeds of heads, of neither the packaged training nor the suite
_EPOCHS, _BATCH, _RATE, _WORST = 5, 4096, 3e-3, 5
_TARGET = NAMES.index("mean 3 mm")
_SHARED = ("brain", "from the midline", "forward", "upward")
_MIRRORED = [i for i, name in enumerate(NAMES) if name.startswith("mirrored") and "excess" not in name]
_EXCESS = [i for i, name in enumerate(NAMES) if name.startswith("excess")]
_PLACE = [i for i, name in enumerate(NAMES) if name.startswith(_SHARED)]
_OWN = [i for i, name in enumerate(NAMES) if "mirrored" not in name and "excess" not in name]
Judge = Callable[[Tensor], Tensor]


def judges(seed: int) -> dict[str, Judge]:
    """Train every way, and return from standardised descriptions (n, 62) to evidence (n,)."""
    heads = [keep(phantom_normal(_TRAINED + 1000 * seed + i, 0)) for i in steps(0, HEADS, "heads")]
    changed = gather_places(heads, ChangeLaw(), brains=BRAINS, seed=seed)
    unchanged = gather_places(heads, replace(ChangeLaw(), none=1.0), brains=BRAINS // 2, seed=seed + 100)
    middle, spread = changed.described.float().mean(0), changed.described.float().std(0).clamp(min=1e-3)

    def standard(described: Tensor) -> Tensor:
        return ((described.float() - middle) / spread).clamp(-8, 8)

    torch.manual_seed(seed)
    predict = _predictor(standard(unchanged.described), seed)

    def with_error(x: Tensor) -> Tensor:
        return torch.cat([x, predict(x)[:, None]], 1)

    x = standard(changed.described)
    own = _discriminator(x[:, _OWN], changed, seed)
    both = _discriminator(x, changed, seed)
    fused = _discriminator(with_error(x), changed, seed)
    size = x[:, _EXCESS].std(0)
    return {
        "prediction": lambda d: predict(standard(d)).abs(),
        "tolerant comparison": lambda d: (standard(d)[:, _EXCESS] / size).abs().mean(1),
        "own side": lambda d: own(standard(d)[:, _OWN]),
        "both sides": lambda d: both(standard(d)),
        "both sides and prediction": lambda d: fused(with_error(standard(d))),
    }


def _predictor(x: Tensor, seed: int) -> Judge:
    """Return from descriptions to the error of the prediction in predicted standard deviations."""
    seen = _MIRRORED + _PLACE
    net = _perceptron(len(seen), 2)

    def loss(rows: Tensor) -> Tensor:
        mean, log_sd = net(x[rows][:, seen]).T
        # Negative log likelihood of a Gaussian whose spread is predicted too (Nix and Weigend 1994, equation 4).
        each: Tensor = log_sd + (x[rows, _TARGET] - mean) ** 2 / (2 * torch.exp(2 * log_sd))
        return each.mean()

    _fit(net, loss, len(x), seed)

    @torch.inference_mode()
    def error(described: Tensor) -> Tensor:
        mean, log_sd = net(described[:, seen]).T
        out: Tensor = (described[:, _TARGET] - mean) / torch.exp(log_sd.clamp(min=-4))
        return out.clamp(-20, 20)

    return error


def _discriminator(x: Tensor, places: Places, seed: int) -> Judge:
    net = _perceptron(x.shape[1], 1)

    def loss(rows: Tensor) -> Tensor:
        each = functional.binary_cross_entropy_with_logits(net(x[rows])[:, 0], places.share[rows], reduction="none")
        return torch.sum(each * places.weight[rows]) / places.weight[rows].sum()

    _fit(net, loss, len(x), seed)

    @torch.inference_mode()
    def evidence(described: Tensor) -> Tensor:
        out: Tensor = net(described)[:, 0]
        return out

    return evidence


def _perceptron(inward: int, outward: int) -> nn.Module:
    width = 128
    return nn.Sequential(
        nn.Linear(inward, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, outward)
    )  # fmt: skip


def _fit(net: nn.Module, loss: Callable[[Tensor], Tensor], count: int, seed: int) -> None:
    rng, per_round = np.random.default_rng(seed), count // _BATCH
    optimiser = torch.optim.AdamW(net.parameters(), lr=_RATE, weight_decay=1e-3)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, _EPOCHS * per_round)
    for _ in range(_EPOCHS):
        for rows in torch.from_numpy(rng.permutation(count)[: per_round * _BATCH]).reshape(per_round, _BATCH):
            optimiser.zero_grad()
            loss(rows).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            falling.step()


def unseen() -> list[dict[str, Any]]:
    """Return heads with and without one change of the unseen half of the generator: descriptions and truth."""
    found = []
    for i in steps(0, JUDGED, "unseen heads"):
        working = keep(phantom_normal(_UNSEEN + i, 0)).working
        there = prepare(working.image, working.mask, (SPACING_MM,) * 3)
        for size, asked in {"normal": None, **SIZES}.items():
            image, share = working.image, np.zeros_like(working.image)
            if asked is not None:
                (mm, sd), rng = asked, np.random.default_rng([_UNSEEN, i])
                kind = KINDS[i % len(KINDS)]
                change = draw_change(there, rng, kinds=[kind], diameter_mm=(mm, mm), contrast_sd=(sd, sd), half="test")
                image, share = insert(there, change)
            found.append({"size": size, "kind": KINDS[i % len(KINDS)]} | _described(image, working, share))
    return found


@torch.inference_mode()
def _described(image: Any, working: Working, share: Any) -> dict[str, Any]:
    x = torch.from_numpy(network_input(Working(np.where(working.mask, image, 0).astype(np.float32), working.mask)))
    brain = (functional.avg_pool3d(x[None, 1:2], STRIDE) > 0.5).float()
    inner = (-functional.max_pool3d(-brain, 3, 1, 1))[0, 0] > 0
    changed = functional.avg_pool3d(torch.from_numpy(share)[None, None], STRIDE)[0, 0]
    return {
        "described": describe(x[None])[0].permute(1, 2, 3, 0)[inner].half(),
        "changed": changed[inner].numpy() > 0.2,
    }


def judged(heads: Sequence[dict[str, Any]], seed: int) -> pd.DataFrame:
    """Return a row for each way and size: AUROC against the normals, and how often the worst place is in the change."""
    rows = []
    for way, judge in judges(seed).items():
        scores = []
        for head in heads:
            evidence = judge(head["described"]).numpy()
            worst = np.sort(evidence)[-_WORST:].mean()
            scores.append((head["size"], worst, bool(head["changed"][evidence.argmax()])))
        table = pd.DataFrame(scores, columns=["size", "score", "hit"])
        normal = table.loc[table["size"] == "normal", "score"]
        for size in SIZES:
            mine = table[table["size"] == size]
            hit = float(mine["hit"].mean())
            rows.append({"way": way, "size": size, "seed": seed, "auroc": auroc(normal, mine["score"]), "hit": hit})
    return pd.DataFrame(rows)


def report(rows: pd.DataFrame) -> str:
    """Return the table: mean and range over the training seeds."""
    lines = [
        "# Ways of comparing the sides",
        "",
        f"Trained on {BRAINS} changed brains made of {HEADS} synthetic newborns, judged on {JUDGED} others, each "
        "without and with one change of the half of the generator that is never trained on (all six kinds, two of them "
        "never trained on; both contrasts). AUROC of the mean of the five worst places against the same heads without "
        "a change, and how often the worst place lies in the change: mean over training seeds, and their range. The "
        "scores are not judged for age here.",
        "",
        "| way | " + " | ".join(f"AUROC {size} | place {size}" for size in SIZES) + " |",
        "|---" * (1 + 2 * len(SIZES)) + "|",
    ]
    for way, mine in rows.groupby("way", sort=False):
        cells = []
        for size in SIZES:
            for figure in ("auroc", "hit"):
                v = mine.loc[mine["size"] == size, figure]
                cells.append(f"{v.mean():.2f} ({v.min():.2f} to {v.max():.2f})")
        lines.append(f"| {way} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--out", type=Path, default=FOLDER / "results" / "detectors.tsv")
    given = parser.parse_args()
    torch.set_num_threads(1)
    heads = unseen()
    done = pd.read_csv(given.out, sep="\t") if given.out.exists() else pd.DataFrame({"seed": []})
    for seed in (int(word) for word in given.seeds.split(",")):
        if seed not in set(done["seed"]):
            done = pd.concat([done, judged(heads, seed)], ignore_index=True)
            write_text(given.out, done.to_csv(sep="\t", index=False))
    text = report(done)
    write_text(FOLDER / "detectors.md", text)
    print(text)


if __name__ == "__main__":
    main()
