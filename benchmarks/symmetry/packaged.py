"""What averaging over the flips brings to the weights that symbrain ships: the trials' networks are small and young.

They are judged raw, averaged over the mirror, and over all flips, on heads of the trials' own kinds: no packaged
training has seen these, as it may have those of the development suite.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from torch import Tensor, nn

from symbrain.atomic import write_text
from symbrain.learning.asymmetry import AsymmetryModel
from symbrain.learning.asymmetry_features import NAMES
from symbrain.learning.midline import Midline
from symbrain.learning.packaged import packaged
from symbrain.learning.symmetry import Element, Outputs, Symmetrised
from symmetry.brains import read_brains
from symmetry.difference import figures
from symmetry.judgement import Row, measure
from symmetry.mechanism import Mechanism, Model
from symmetry.models import MODELS
from symmetry.report import RANKED
from symmetry.slices import Transposed, read_slices
from symmetry.teaching import Taught
from symmetry.trial import Setting

_FIGURES = ("auroc", "angle_deg", "offset_mm", "within_5deg", "equivariance", "scores")


class Places(nn.Module):
    """The packaged asymmetry network on descriptions of places (n, 64), the first 62 of which it knows."""

    def __init__(self) -> None:
        super().__init__()
        self.net = AsymmetryModel.load(packaged("asymmetry")).net

    def forward(self, x: Tensor) -> Outputs:
        """Return the log-odds."""
        return {"logit": self.net.judge(x[:, : len(NAMES)])}


def packaged_slices() -> Transposed:
    """Return the raw packaged midline network on slices that lie as the trials' do."""
    return Transposed(Midline.load(packaged("midline")).net.net)


class AveragedOver(Mechanism):
    """The average over some flips in use."""

    def __init__(self, model: Model, flips: tuple[Element, ...]) -> None:
        super().__init__(model)
        self.flips = flips

    def infer(self, net: nn.Module, x: Tensor) -> Outputs:
        """Return the outputs averaged over these."""
        out: Outputs = Symmetrised(net, self.flips)(x)
        return out


def judged(asymmetry: float, setting: Setting) -> list[Row]:
    """Return a row for each model and each set of flips."""
    rows = []
    for name, net in (("asymmetry", Places()), ("midline", packaged_slices())):
        model = MODELS[name]()
        places = name == "asymmetry"
        data = read_brains(setting.brains, asymmetry) if places else read_slices(setting.slices, asymmetry)
        identity = model.group[0]
        ways = {"none": (identity,), "the mirror": (identity, model.reflection), "all flips": model.group}
        for over, flips in ways.items():
            if over == "all flips" and len(flips) == len(ways["the mirror"]):
                continue  # places have no other flip
            taught = Taught(net, AveragedOver(model, flips)).eval()
            row = measure(taught, model, data["judged"], data.get("told", data["judged"]))
            about = {"model": name, "averaged_over": over, "asymmetry": asymmetry}
            rows.append(about | {key: row.get(key) for key in _FIGURES})
    return rows


def read_packaged(path: Path) -> pd.DataFrame:
    """Return the rows that were written."""
    return pd.read_csv(path, sep="\t", skiprows=1, keep_default_na=False, na_values=["n/a"])


def packaged_table(rows: pd.DataFrame) -> list[str]:
    """Return the table of such rows: the figure that counts, and its paired difference from the raw network."""
    lines = [
        "| model | asymmetry | averaged over | AUROC, or median ° | less raw | offset mm | within 5° | equivariance |"
    ]
    lines += ["|---" * 8 + "|"]
    for (model, asymmetry), mine in rows.groupby(["model", "asymmetry"]):
        figure = RANKED[str(model)][0]
        raw = figures(mine.loc[mine["averaged_over"] == "none", "scores"].item(), figure)
        for row in mine.to_dict("records"):
            low, high = np.percentile(figures(row["scores"], figure) - raw, [2.5, 97.5])
            mean = row[figure] - mine.loc[mine["averaged_over"] == "none", figure].item()
            gain = "" if row["averaged_over"] == "none" else f"{mean:+.2g} ({low:+.2g} to {high:+.2g})"
            rest = ["" if row[key] != row[key] else f"{row[key]:.3g}" for key in _FIGURES[2:4]]
            rest += [f"{row['equivariance']:.2f}"]
            first = [str(model), f"{asymmetry:g}", row["averaged_over"], f"{row[figure]:.3g}", gain]
            lines.append(f"| {' | '.join(first + rest)} |")
    return lines


def measure_packaged(path: Path) -> None:
    """Judge, and write the rows, unless they are there of these weights and this setting."""
    setting = Setting()
    weights = AsymmetryModel.load(packaged("asymmetry")).sha256, Midline.load(packaged("midline")).sha256
    title = f"# weights {' and '.join(digest[:16] for digest in weights)}; {setting.text}\n"
    if path.exists() and path.read_text(encoding="utf-8").startswith(title):
        return
    rows = pd.DataFrame([row for asymmetry in (0.0, 1.0) for row in judged(asymmetry, setting)])
    write_text(path, title + rows.to_csv(sep="\t", index=False, float_format="%.6g", na_rep="n/a"))
