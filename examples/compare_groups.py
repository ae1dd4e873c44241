"""Compare the asymmetry of groups of infants, with age at the scan and sex as covariates.

``python examples/compare_groups.py results groups.tsv``; groups.tsv has the columns participant_id and group. Each
infant counts once (the first session whose scan did not fail), and the errors need no equal spread (HC3).
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf

parser = argparse.ArgumentParser(description="Compare the asymmetry of groups, adjusted for age and sex.")
parser.add_argument("results", type=Path, help="folder of results, with subjects.tsv")
parser.add_argument("groups", type=Path, help="table with participant_id and group")
parser.add_argument("--outcome", default="log_score", help="a column of subjects.tsv (default: the log of the score)")
parser.add_argument("--reference", help="the group that others are compared with (default: the first by name)")
given = parser.parse_args()

subjects = pd.read_csv(given.results / "subjects.tsv", sep="\t", na_values="n/a", dtype={"participant_id": str})
groups = pd.read_csv(given.groups, sep="\t", dtype=str)
groups["participant_id"] = "sub-" + groups["participant_id"].str.removeprefix("sub-")
subjects["log_score"] = np.log(subjects["asymmetry_score"])  # scores are positive and skewed

used = subjects[subjects["qc"] != "fail"].merge(groups[["participant_id", "group"]], on="participant_id")
used = used.dropna(subset=[given.outcome, "scan_age_weeks", "sex"]).drop_duplicates("participant_id")
sizes = used["group"].value_counts()
if len(sizes) < 2 or sizes.min() < 3:
    sys.exit(f"two groups of three or more are needed, with score, age and sex; there are {sizes.to_dict()}")

first = given.reference or sorted(sizes.index)[0]
model = f"{given.outcome} ~ C(group, Treatment({first!r})) + scan_age_weeks" + " + C(sex)" * (used["sex"].nunique() > 1)
fit = smf.ols(model, used).fit(cov_type="HC3")
print(f"{given.outcome}, {sizes.to_dict()}, compared with {first}")
table = pd.DataFrame({"effect": fit.params, "low": fit.conf_int()[0], "high": fit.conf_int()[1], "p": fit.pvalues})
print(table.rename(index=lambda term: term.replace(f"C(group, Treatment({first!r}))", "group")).round(4).to_string())
