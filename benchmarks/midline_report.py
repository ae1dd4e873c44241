"""The tables of the midline benchmark."""

from __future__ import annotations

import numpy as np
import pandas as pd

from intervals import share_text
from midline_methods import CONTENDERS
from midline_quantiles import median_text, short

FULL_SIZE = "full size"
FAILED_DEG, WITHIN_DEG = 10.0, 2.0
_BUSY = 1.3  # load of each core above which others were at work: the methods themselves make at most 1
HEAD = ["source", "cell", "head", "pose"]
Table = list[str]

_HOW = f"""\
Errors are the angle between a plane and the true one, and how far apart the two are at the brain's centre, as median
(with its 95 % bootstrap interval over infants), 95th percentile and worst case of the heads that were answered. A
method failed on a head where it gave no answer (an exception, or more time than allowed), or one that is more than
{FAILED_DEG:g}° off. Every method gets the image as it is, skull included, from a file.

The plane of a rigid registration to the mirror image is that of the reflection which the two together are. Affine
midway is the middle of the grid carried through the square root of the affine map. Axes of inertia are those of the
brain as symbrain finds it."""
_HOW_FOLLOWS = """\
Each head was moved by known rigid motions (turned by up to 20° about every axis, shifted by up to 10 mm, one cubic
interpolation), and the plane of the moved head is compared with the moved plane of the head at rest, of the same
method. This needs no truth; a method that is always wrong alike follows well."""
_HOW_LINES = """\
Axial slices at three portions of the brain's height, each in the pose of its head; a method that finds a plane is not
asked about slices. Offsets are measured at the middle of the true line; seconds are of one slice."""
_HOW_COSTS = """\
Seconds from the file on disk to the plane, libraries loaded before, every method alone on the machine's cores; memory
is the greatest of the process, libraries included."""
_HOW_FULL_SIZE = """\
A usual synthetic head. The median of three runs in one process for symbrain, one run for the others."""


def report(rows: pd.DataFrame) -> str:
    """Return the tables as Markdown."""
    planes, truth = _planes(rows), heads_with_truth(rows)
    same = same_heads(truth)
    full = rows[(rows["source"] == FULL_SIZE) & (rows["slice"] < 0)]
    parts = [
        ("Planes, the same heads for every method", _HOW, accuracy_table(same)),
        ("Planes, the same heads, by kind of head", "", by_cell(same)),
        ("Planes, all heads that were asked", "", by_cell(truth) if len(truth) > len(same) else []),
        ("Planes that follow a known motion", _HOW_FOLLOWS, accuracy_table(follows(planes))),
        ("Midlines of slices", _HOW_LINES, by_cell(rows[rows["slice"] >= 0])),
        ("Time and memory", _HOW_COSTS + busy(planes), cost_table(planes)),
        ("A scan of 290×290×203 voxels of 0.5 mm", _HOW_FULL_SIZE + busy(full), full_size_table(full)),
    ]
    lines = ["# The midline beside other tools", "", about(rows)]
    for heading, how, table in parts:
        if len(table) > 2:
            lines += ["", f"## {heading}", "", *([how, ""] if how else []), *table]
    return "\n".join(lines) + "\n"


def about(rows: pd.DataFrame) -> str:
    """Return what was asked: how many heads of which source."""
    heads = rows[rows["slice"] < 0].groupby("source", sort=False)["head"].nunique()
    counts = rows[rows["slice"] < 0].drop_duplicates(HEAD).groupby("source", sort=False).size()
    parts = [f"{source}: {counts[source]}" for source in heads.index]
    return (
        f"Heads and poses by source: {'; '.join(parts)}. `v1` and `full size` are synthetic heads, `v1-templates` are "
        "perturbed copies of symmetrised public templates, `bids` are scans of a dataset."
    )


def _planes(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[(rows["slice"] < 0) & (rows["source"] != FULL_SIZE)]


def heads_with_truth(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows about planes of heads whose true plane is known, those of full size left out."""
    planes = _planes(rows)
    return planes[planes.groupby(HEAD)["angle_deg"].transform("count") > 0]


def same_heads(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the heads that every method was asked about, of the methods that take scans of any size."""
    general = rows[[not CONTENDERS[m].finest_mm for m in rows["method"]]]
    asked = general.groupby(HEAD)["method"].transform("nunique")
    return general[asked == general["method"].nunique()]


def follows(rows: pd.DataFrame) -> pd.DataFrame:
    """Return moved heads with their errors to the plane that the same method finds at rest."""
    keys = ["source", "cell", "head", "method"]
    axes = ["right", "anterior", "superior"]
    still = rows[(rows["pose"] == 0) & rows["right"].notna()][[*keys, *axes, "offset_mm"]]
    both = rows[rows["pose"] > 0].merge(still, on=keys, suffixes=("", "_still"))
    one, other = (both[[f"{axis}{end}" for axis in axes]].to_numpy(float) for end in ("", "_still"))
    cosine = (one * other).sum(axis=1)
    sine = np.linalg.norm(np.cross(one, other), axis=1)
    gap = np.abs(both["offset_mm"] - np.sign(cosine) * both["offset_mm_still"])
    return both.assign(angle_deg=np.degrees(np.arctan2(sine, np.abs(cosine))), gap_mm=gap)


def by_cell(rows: pd.DataFrame) -> Table:
    """Return accuracy by cell and method."""
    cells = rows.groupby(["source", "cell"], sort=False)
    tables = [accuracy_table(part, f"{str(source).rsplit('-', 1)[0]}, {cell}") for (source, cell), part in cells]
    return [line for i, table in enumerate(tables) for line in (table if i == 0 else table[2:])]


def accuracy_table(rows: pd.DataFrame, cell: str = "") -> Table:
    """Return the errors of each method."""
    first = ("heads | ", "---|") if cell else ("", "")
    lines = [
        f"| {first[0]}method | n | angle (°): median | 95 %, worst | within {WITHIN_DEG:g}° | offset (mm): median | "
        "95 %, worst | failed: no answer, far off |",
        f"|{first[1]}---|---|---|---|---|---|---|---|",
    ]
    for name in (name for name in CONTENDERS if name in set(rows["method"])):
        mine = rows[rows["method"] == name]
        given = mine[mine["angle_deg"].notna()]
        none, far = len(mine) - len(given), int((given["angle_deg"] > FAILED_DEG).sum())
        errors = " | ".join(_spread(given, column) for column in ("angle_deg", "gap_mm"))
        angle, offset = (errors.split(" | ")[:2], errors.split(" | ")[2:]) if len(given) else (["–"] * 2, ["–"] * 2)
        near = share_text(int((given["angle_deg"] <= WITHIN_DEG).sum()), len(mine))
        texts = [CONTENDERS[name].label, str(len(mine)), *angle, near, *offset, f"{none}, {far}"]
        lines.append("| " + " | ".join([*([cell] if cell else []), *texts]) + " |")
    return lines


def _spread(rows: pd.DataFrame, column: str) -> str:
    """Return the median with its interval, and 95th percentile and worst, as two cells of a table."""
    if rows.empty:
        return "– | –"
    values = rows[column].to_numpy(float)
    middle = median_text(values, rows["source"] + rows["seed"].astype(str))
    return f"{middle} | {short(float(np.percentile(values, 95)))}, {short(float(values.max()))}"


def cost_table(rows: pd.DataFrame) -> Table:
    """Return what each method costs on heads of each spacing: medians."""
    spacings = sorted(rows["spacing_mm"].dropna().unique())
    lines = [
        "| method | " + " | ".join(f"{mm:.2g} mm: s, processor s, MiB" for mm in spacings) + " |",
        "|---|" + "---|" * len(spacings),
    ]
    for name in (name for name in CONTENDERS if name in set(rows["method"])):
        cells = []
        for mm in spacings:
            mine = rows[(rows["method"] == name) & (rows["spacing_mm"] == mm) & rows["error"].isna()]
            cells.append(", ".join(short(float(mine[c].median())) for c in ("seconds", "cpu_seconds", "peak_mib")))
        lines.append(f"| {CONTENDERS[name].label} | {' | '.join(cells)} |")
    return lines


def busy(rows: pd.DataFrame) -> str:
    """Return a warning where the machine had other work while the methods were timed."""
    share = float((rows["load"] > _BUSY).mean()) if len(rows) else 0.0
    return f"\nThe machine had other work too in {share:.0%} of the runs: read wall times as ratios." if share else ""


def full_size_table(rows: pd.DataFrame) -> Table:
    """Return time, memory and error of a scan of full size, and how many times faster each is than ANTs."""
    lines = [
        "| method | seconds | of that reading, brain, plane | processor s | MiB | times faster than ANTsPy rigid | "
        "angle (°) | offset (mm) |",
        "|---|---|---|---|---|---|---|---|",
    ]
    reference = float(rows[rows["method"] == "ants_rigid"]["seconds"].median())
    for name in (name for name in CONTENDERS if name in set(rows["method"])):
        mine = rows[rows["method"] == name].median(numeric_only=True)
        steps = ", ".join(short(float(mine[f"{step}_seconds"])) for step in ("read", "brain", "plane"))
        texts = [short(float(mine["seconds"])), steps.removesuffix(", –, –")]
        texts += [short(float(mine[c])) for c in ("cpu_seconds", "peak_mib")]
        texts += [short(reference / float(mine["seconds"]))] + [short(float(mine[c])) for c in ("angle_deg", "gap_mm")]
        lines.append(f"| {CONTENDERS[name].label} | {' | '.join(texts)} |")
    return lines
