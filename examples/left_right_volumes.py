"""Draw the volumes of the left and the right of some structures against age, from the tables of a results folder.

``python examples/left_right_volumes.py results --regions Hippocampus "Caudate nucleus" --out volumes.png``. Needs a
dataset with DrawEM labels.
"""

import argparse
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

parser = argparse.ArgumentParser(description="Draw the volumes of left and right structures against age.")
parser.add_argument("results", type=Path, help="folder of results")
parser.add_argument("--regions", nargs="+", help="names as in regions.tsv (default: the four largest)")
parser.add_argument("--out", type=Path, default=Path("left_right_volumes.png"), help="figure (default: %(default)s)")
given = parser.parse_args()

subjects = pd.read_csv(given.results / "subjects.tsv", sep="\t", na_values="n/a")  # the best scan of each session
regions = pd.read_csv(given.results / "regions.tsv", sep="\t", na_values="n/a")
table = regions.merge(subjects.loc[subjects["qc"] != "fail", ["scan_id", "scan_age_weeks"]], on="scan_id")
names = given.regions or table.groupby("region")["left_ml"].mean().nlargest(4).index.tolist()
if unknown := sorted(set(names) - set(table["region"])):
    sys.exit(f"no usable scan has labels of {unknown[0]!r}; known: {', '.join(sorted(set(table['region'])))}")

figure, panels = plt.subplots(2, len(names), figsize=(3 * len(names), 5), sharex=True, squeeze=False)
for (volumes, index), name in zip(panels.T, names, strict=True):
    of_one = table[table["region"] == name]
    volumes.scatter(of_one["scan_age_weeks"], of_one["left_ml"], marker="o", color="#0072b2", label="left")
    volumes.scatter(of_one["scan_age_weeks"], of_one["right_ml"], marker="^", color="#d55e00", label="right")
    volumes.set_title("\n".join(name.split(", ", 1)))
    index.scatter(of_one["scan_age_weeks"], of_one["asymmetry_index"], marker=".", color="#333333")
    index.axhline(0, color="#999999", linewidth=1)
    index.set_xlabel("age at scan (weeks)")
    print(f"{name}: {len(of_one)} scans, median asymmetry index {of_one['asymmetry_index'].median():+.3f}")
panels[0, 0].set_ylabel("volume (ml)")
panels[1, 0].set_ylabel("(left − right) / mean")
panels[0, 0].legend(title="the subject's")
figure.tight_layout()
figure.savefig(given.out, dpi=150)
