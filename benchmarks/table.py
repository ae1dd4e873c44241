"""Make the tables of a suite from results: ``python benchmarks/table.py benchmarks/results/v1.tsv``.

Several files of one suite may be named (those of networks beside those of the classical methods).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from anomaly_table import (
    alarm_table,
    auroc_table,
    control_table,
    difference_table,
    found_table,
    judged_methods,
    walk_table,
)
from anomaly_unseen import HOW as HOW_UNSEEN
from anomaly_unseen import unseen_table
from midline_table import absence_table, calibration_table, line_table, plane_table
from rows import read
from suites import FOLDER, load
from symbrain.atomic import write_text

_HOW_SCORES = """\
Scores are judged for age: SD of the suite's own normals at the scan's age and contrast. The normals are cut in two
halves; each scan is judged by the half that its infant is not in, and an alarm is a deviation above that half's 95th
percentile. AUROC is of these deviations, lesioned against all normals, with 95 % intervals by bootstrap over infants
(each drawn with all its scans, the same draws for every method); shares have exact binomial intervals; of several seeds
of one network the mean and the range over the seeds are given. The ceiling, `oracle`, is an observer that is told
place, shape and sign of the change and compares lesioned with healthy images of the same infants: the better of two
matched filters, against the mirror image and against the surroundings. The method to beat is the classical
`mirror_difference`; `mean_difference` is the mean |L−R|."""
_HOW_PLACES = """\
Found: an alarm, at 95 % specificity. Hottest place: the hottest voxel of the map is in the lesion or within 4 mm of it.
Hit at one false alarm a scan: the peak of a cluster lies in the lesion itself, clusters being cut at the threshold
above which normal heads of the other half have one cluster each, on average. Average precision is of the voxels of each
head; the best Dice pools the voxels of all heads of a row and takes the one threshold that is best for them."""
_HOW_MIDLINES = """\
Errors against the true midline plane: angle, and offset at the brain's centroid (of a slice: at the middle of the true
line). `oracle` is the plane of greatest symmetry nearest to the truth; the method to beat is the classical
`mirror_correlation`, which finds the brain and the plane from the image alone; `constant` is the middle of the image.
A method without a midline for a single slice answers with the line in which its plane of the whole volume cuts it.
Missed: beyond 2°, with the greatest confidence among them."""


def text_of(title: str, about: str, rows: pd.DataFrame, against: str = "mirror_difference") -> str:
    """Return the tables as Markdown."""
    judged = judged_methods(rows)
    parts = [
        ("Planes", _HOW_MIDLINES, plane_table(rows)),
        ("Slice midlines", "", line_table(rows)),
        ("Is there a midline?", "", absence_table(rows)),
        ("Are the stated uncertainties right?", "", calibration_table(rows)),
        ("Lesions: AUROC", _HOW_SCORES, auroc_table(rows, judged) if judged else []),
        ("Lesions: paired differences", "", difference_table(rows, judged, against)),
        ("Lesions: never trained on", HOW_UNSEEN, unseen_table(rows, judged)),
        ("Lesions: found, side, place", _HOW_PLACES, found_table(rows, judged)),
        ("False alarms", "", alarm_table(judged) if judged else []),
        ("What is no lesion", "", control_table(rows, judged)),
        ("The whole walk", "", walk_table(judged)),
    ]
    lines = [f"# {title}", "", about]
    for heading, how, table in parts:
        if len(table) > 2:
            lines += ["", f"## {heading}", "", *([how, ""] if how else []), *table]
    return "\n".join(lines) + "\n"


def about(suite: str, rows: pd.DataFrame) -> str:
    """Return the sentence below the title: which suite, and how much of it was run."""
    frozen = load(suite)
    wanted = {(case.cell, case.head) for case in frozen.cases()}
    parts = []
    for method in dict.fromkeys(rows["method"]):
        mine = rows[rows["method"] == method]
        seconds = mine[mine["slice"] < 0]["seconds"]
        each = f", {seconds.median():.2f} s a head" if seconds.notna().any() else ""
        parts.append(f"`{method}` {mine.groupby(['cell', 'head']).ngroups} heads{each}")
    source = "Synthetic heads" if frozen.name == "v1" else "Perturbed copies of symmetrised public templates"
    return (
        f"{source} of the frozen suite {frozen.name} (sha256 {frozen.digest[:12]}, {len(wanted)} heads): these are "
        f"figures of simulated changes, not of infants. Run: {'; '.join(parts)}."
    )


def _path_name(suite: str) -> str:
    return "templates" if suite == "v1-templates" else suite


def main() -> None:
    """Write the table beside the suite, and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, nargs="+")
    parser.add_argument("--against", default="mirror_difference", help="the method of the paired differences")
    parser.add_argument("--out", type=Path, help="suite-v1.md or suite-v1-templates.md beside this file by default")
    given = parser.parse_args()
    name, rows = read(given.results)
    suite, digest = name.split()
    out = given.out or FOLDER / ("suite-v1.md" if suite == "v1" else "suite-v1-templates.md")
    about_text = about(_path_name(suite), rows)
    if digest != load(_path_name(suite)).digest:
        msg = f"these are results of another {suite} than the one that is frozen here"
        raise SystemExit(msg)
    text = text_of(f"Benchmark suite {suite}", about_text, rows, given.against)
    write_text(out, text)
    print(text)


if __name__ == "__main__":
    main()
