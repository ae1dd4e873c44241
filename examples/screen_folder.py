"""Score every scan of a folder, and list the most asymmetric first.

``python examples/screen_folder.py FOLDER --ages ages.tsv --out ranked.tsv``; ages.tsv has the columns scan_id and
scan_age_weeks (post-menstrual). There is no norm for single scans: scores of one scanner, contrast and age can be
ranked, others not.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

import symbrain
from symbrain.ages import read_ages
from symbrain.errors import BadInput

SHOWN = ["scan_id", "asymmetry_score", "asymmetry_score_low", "asymmetry_score_high", "asymmetry_side", "qc"]

parser = argparse.ArgumentParser(description="Score every scan of a folder, the most asymmetric first.")
parser.add_argument("folder", type=Path, help="folder with scans, searched with all its subfolders")
parser.add_argument("--pattern", default="*_T2w.nii*", help="names of the scans (default: %(default)s)")
parser.add_argument("--ages", type=Path, help="table with scan_id and scan_age_weeks")
parser.add_argument("--out", type=Path, default=Path("ranked.tsv"), help="table to write (default: %(default)s)")
given = parser.parse_args()

ages = read_ages(given.ages) if given.ages else {}
scores = []
for scan in sorted(given.folder.rglob(given.pattern)):
    try:
        scores.append(symbrain.score(scan, age_weeks=ages.get(scan.name.split(".nii")[0])).to_dict())
    except BadInput as reason:
        print(f"left out: {reason}", file=sys.stderr)
if not scores:
    sys.exit(f"no scan of {given.folder} could be scored")

ranked = pd.DataFrame(scores).sort_values("asymmetry_score", ascending=False)  # without a score: last
ranked.to_csv(given.out, sep="\t", index=False, na_rep="n/a")
print(ranked[SHOWN].to_string(index=False))
