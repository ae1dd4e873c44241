"""The tables of the hard cases."""

from __future__ import annotations

import pandas as pd

from hard_heads import KINDS, REAL, USUAL, WITHOUT_MIDLINE
from hard_rows import SLICES
from intervals import auroc_estimate, share_text
from midline_quantiles import short

RIGHT_DEG, RIGHT_MM = 2.0, 1.0
_BINS = ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.0))
Table = list[str]

_HOW = """\
Synthetic heads of 26 to 45 weeks, T1w or T2w, with a skull or without, at 1 to 1.5 mm, everything drawn from seeds that
nothing was trained on; all but the usual ones are turned by up to ±45° about each of the three axes. *Turned*: also
10 to 40 mm off the centre of the field of view. *Cropped*: the field of view ends within the brain and cuts 12 to 30 %
off one of its six sides. *Thick slices*: five slices of 0.8 mm averaged to one of 4 mm, along any axis. *Strong bias*:
brightness times exp(±0.6 to 1.2) from the middle of the field of view to its ends, along any direction. *Large
lesion*: a one-sided haemorrhage, cyst or ventricle of 22 to 34 mm, 4 to 8 SD. *All at once*: the last four. *Real
anatomy*: perturbed copies of symmetrised public templates. Without a midline: an upright head cut off within 2 mm of
its midline, noise with a width of 2 mm that fills the shape of a brain, and alobar holoprosencephaly. Each head goes
through what the software does with a scan: the brain is found, then the plane of greatest symmetry, then the fissure,
and the plane has one confidence. Errors are the angle to the true plane, and the distance between the two at the centre
of the whole brain."""
_HOW_ERRORS = f"""\
Median, 95th percentile and worst. A miss is more than {RIGHT_DEG:g}° or {RIGHT_MM:g} mm off, or no answer; shares have
exact 95 % binomial intervals. Last column: the plane of greatest symmetry, near which the fissure is looked for."""
_HOW_WITHOUT = """\
Here a plane must not be claimed with confidence, even where it is the plane that the missing half, or the fused
halves, would have had between them."""
_HOW_BINS = f"""\
Right is within {RIGHT_DEG:g}° and {RIGHT_MM:g} mm; in the last column heads without a midline count too, as misses. The
AUROC has a bootstrap interval, which says little where few are wrong."""
_HOW_LINES = """\
What `symbrain.load("midline").predict` says of axial slices at 40, 50 and 60 % of the brain's height, each alone, as it
was scanned: in a head that is turned by 45° about every axis they are oblique."""
_HOW_MASKS = """\
Whole brains only. Dice with the true mask; by how much the mask moves the left-right asymmetry (L−R)/(L+R) of the
brain's volume about the true plane, in per cent of that volume; error of volume. A stripped image brings its mask
along, where the software takes what is not background. Otsu: threshold, opened by 3 mm, largest piece, closed, holes
filled."""


def report(rows: pd.DataFrame) -> str:
    """Return the tables as Markdown."""
    rows = rows.assign(right_plane=(rows["angle_deg"] <= RIGHT_DEG) & (rows["gap_mm"] <= RIGHT_MM))
    parts = [
        ("Planes", _HOW_ERRORS, errors_table(rows)),
        ("No midline to be found", _HOW_WITHOUT, without_table(rows)),
        ("Does the confidence know?", _HOW_BINS, bins_table(rows)),
        ("Midlines of single slices", _HOW_LINES, lines_table(rows)),
        ("Brain masks", _HOW_MASKS, masks_table(rows)),
    ]
    lines = ["# The midline plane in hard cases", "", _HOW]
    for heading, how, table in parts:
        lines += ["", f"## {heading}", "", how, "", *table]
    seconds = rows["seconds"].median()
    return "\n".join([*lines, "", f"Brain and plane took {short(float(seconds))} s of one core (median)."]) + "\n"


def errors_table(rows: pd.DataFrame) -> Table:
    """Return the errors of each kind that has a midline."""
    lines = [
        f"| heads | n | angle (°): median, 95 %, worst | offset (mm) | within {RIGHT_DEG:g}° | misses | their highest "
        "confidence | greatest symmetry: angle (°) |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for kind, mine in _by_kind(rows, without=False):
        missed = mine[~mine["right_plane"]]
        near = share_text(int((mine["angle_deg"] <= RIGHT_DEG).sum()), len(mine))
        highest = f"{missed['confidence'].max():.2f}" if len(missed) else "–"
        spreads = [_spread(mine[name]) for name in ("angle_deg", "gap_mm", "start_angle_deg")]
        lines.append(_line(kind, len(mine), *spreads[:2], near, len(missed), highest, spreads[2]))
    return lines


def without_table(rows: pd.DataFrame) -> Table:
    """Return how sure the software is of a midline where there is none."""
    lines = [
        "| heads | n | confidence: median, highest | above 0.5 | at the plane that was or would be |",
        "|---|---|---|---|---|",
    ]
    for kind, mine in _by_kind(rows, without=True):
        sure = mine["confidence"]
        spread = f"{sure.median():.2f}, {sure.max():.2f}"
        lines.append(_line(kind, len(mine), spread, int((sure > 0.5).sum()), int(mine["right_plane"].sum())))
    return lines


def bins_table(rows: pd.DataFrame) -> Table:
    """Return the share of right planes by confidence, and how well confidence ranks right above wrong."""
    every = rows.assign(right_plane=rows["right_plane"] & ~rows["kind"].isin(WITHOUT_MIDLINE))
    some = every[~every["kind"].isin(WITHOUT_MIDLINE)]
    lines = ["| confidence | heads with a midline, right | all heads, right |", "|---|---|---|"]
    for low, high in _BINS:
        cells = [_right_in(part, low, high) for part in (some, every)]
        lines.append(_line(f"{low:g} to {high:g}", *cells))
    return [*lines, _line("AUROC of being right", _auroc(some), _auroc(every))]


def lines_table(rows: pd.DataFrame) -> Table:
    """Return the errors of the lines of single slices."""
    lines = [
        f"| heads | slices | angle (°): median, 95 %, worst | offset (mm) | within {RIGHT_DEG:g}° |",
        "|---|---|---|---|---|",
    ]
    for kind, mine in _by_kind(rows, without=False):
        angle, gap = (
            pd.concat([mine[f"line{i}_{error}"] for i in SLICES]).dropna() for error in ("angle_deg", "gap_mm")
        )
        if len(angle):
            near = share_text(int((angle <= RIGHT_DEG).sum()), len(angle))
            lines.append(_line(kind, len(angle), _spread(angle), _spread(gap), near))
    return lines


def masks_table(rows: pd.DataFrame) -> Table:
    """Return how good the masks are by contrast and skull, beside a threshold's."""
    names = ("Dice: median, least", "left-right (%): median, largest", "volume (%): median")
    lines = ["| heads | n | " + " | ".join(f"{name} | Otsu" for name in names) + " |", "|---|---|" + "---|" * 6]
    group = rows["kind"].where(rows["kind"].isin([USUAL, REAL]), "hard")
    whole = rows.assign(group=group)[rows["dice"].notna()]
    for label in (USUAL, "hard", REAL):
        for (modality, skull), mine in whole[whole["group"] == label].groupby(["modality", "skull"]):
            name = f"{label}, {modality}, {'skull' if skull else 'stripped'}"
            cells = [_mask(mine, column, end) for column in ("dice", "side", "volume") for end in ("", "otsu_")]
            lines.append(_line(name, len(mine), *cells))
    return lines


def _mask(rows: pd.DataFrame, column: str, method: str) -> str:
    if column == "dice":
        return f"{rows[f'{method}dice'].median():.3f}, {rows[f'{method}dice'].min():.3f}"
    if column == "side":
        sizes = rows[f"{method}side_percent"].abs()
        return f"{sizes.median():.2f}, {sizes.max():.2f}"
    return f"{rows[f'{method}volume_percent'].median():+.1f}"


def _right_in(rows: pd.DataFrame, low: float, high: float) -> str:
    within = rows[(rows["confidence"] >= low) & ((rows["confidence"] < high) | (high == _BINS[-1][1]))]
    return share_text(int(within["right_plane"].sum()), len(within))


def _auroc(rows: pd.DataFrame) -> str:
    right, wrong = rows[rows["right_plane"]], rows[~rows["right_plane"]]
    if right.empty or wrong.empty:
        return "–"
    found = auroc_estimate(wrong["confidence"], wrong["seed"], right["confidence"], right["seed"])
    return f"{found}, {len(wrong)} wrong"


def _by_kind(rows: pd.DataFrame, *, without: bool) -> list[tuple[str, pd.DataFrame]]:
    kinds = [kind for kind in KINDS if (kind in WITHOUT_MIDLINE) == without]
    return [(kind, rows[rows["kind"] == kind]) for kind in kinds if (rows["kind"] == kind).any()]


def _spread(values: pd.Series) -> str:
    found = values.dropna()
    return ", ".join(short(float(v)) for v in (found.median(), found.quantile(0.95), found.max()))


def _line(*cells: object) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"
