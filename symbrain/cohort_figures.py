"""Figures of what became of a cohort's scans: for the notebook ``qc_cohort``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from symbrain.alignment_figures import VERDICTS
from symbrain.exhibit import Exhibit, nothing
from symbrain.figure_style import BLUE, SOFT, panel, styled
from symbrain.result_table import table_of

_NO_SCANS = "scans.tsv lists no scan; check bids_dir, and what the stage ingest looks for (ingest.modalities)"
_NO_SCORES = "no scan was scored"
_KNOWN = {
    "scan_age_weeks": ("Age at the scan", "no norm: an asymmetry score, but no z and no percentile"),
    "birth_age_weeks": ("Age at birth", "the norm cannot allow for birth before 37 weeks"),
    "sex": ("Sex", "the norm cannot allow for sex"),
    "radiology_score": ("Radiology score", "not learned from, unless train_asymmetry.unlabelled is normal"),
    "mask_path": ("Brain mask", "the brain is found from the image"),
    "labels_path": ("DrawEM labels", "no regional table, and no name of the place of the deviation"),
}


@styled
def flow(results: Path) -> Exhibit:
    """Show how many scans are left after each step."""
    scans, scores = table_of(results, "scans"), table_of(results, "scores")
    if scans.empty:
        return nothing(_NO_SCANS)
    usable = int((scans["usable"] == True).sum())  # noqa: E712 (a column of objects where it is empty)
    good = scores["qc"].isin(["pass", "warn"])
    steps = {
        "found": len(scans),
        "usable (ingest)": usable,
        "walked through (align, slices, score)": len(scores),
        "with an asymmetry score": int(good.sum()),
        "quality check passed without a warning": int((scores["qc"] == "pass").sum()),
    }
    figure, axes = panel(7.5, 2.8)
    bars = axes.barh(list(steps), list(steps.values()), color=BLUE, height=0.62)
    axes.bar_label(bars, padding=4)
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.set(xlabel="Scans", xlim=(0, len(scans) * 1.08))
    axes.xaxis.get_major_locator().set_params(integer=True)
    return Exhibit("; ".join(f"{name}: {count}" for name, count in steps.items()) + ".", figure)


def exclusions(results: Path) -> Exhibit:
    """List the scans that were excluded, with stage and reason."""
    rows = table_of(results, "exclusions")
    if rows.empty:
        return nothing("no scan was excluded")
    named = {
        "participant_id": "Participant",
        "session_id": "Session",
        "stage": "Stage",
        "reason": "Why, and the remedy",
    }
    return Exhibit(f"{len(rows)} scans were excluded.", table=rows[list(named)].rename(columns=named))


def failures(results: Path) -> Exhibit:
    """List the scans that failed their quality check or have a warning, with the reason."""
    scores = table_of(results, "scores")
    rows = scores[scores["qc"].isin(["warn", "fail"])].sort_values("qc")
    if rows.empty:
        return nothing("no scan failed its quality check and none has a warning" if len(scores) else _NO_SCORES)
    named = {"scan_id": "Scan", "qc": "Verdict", "qc_reason": "Why"}
    words = f"{int((rows['qc'] == 'fail').sum())} scans failed, {int((rows['qc'] == 'warn').sum())} have a warning."
    return Exhibit(words, table=rows[list(named)].rename(columns=named))


@styled
def ages(results: Path) -> Exhibit:
    """Show the ages at the scan, by the quality verdict."""
    scores = table_of(results, "scores")
    known = scores.dropna(subset=["scan_age_weeks"])
    if known.empty:
        return nothing("no scan that was scored has a known age" if len(scores) else _NO_SCORES)
    low, high = np.floor(known["scan_age_weeks"].min()), np.floor(known["scan_age_weeks"].max()) + 1
    kinds = [kind for kind in VERDICTS if (known["qc"] == kind).any()]
    figure, axes = panel(7.5, 3.4)
    axes.hist(
        [known.loc[known["qc"] == kind, "scan_age_weeks"] for kind in kinds],
        bins=np.arange(low, high + 0.5),
        stacked=True,
        color=[VERDICTS[kind][1] for kind in kinds],
        edgecolor="white",
        label=kinds,
    )
    axes.set(xlabel="Post-menstrual age at the scan (weeks)", ylabel="Scans")
    axes.yaxis.get_major_locator().set_params(integer=True)
    figure.legend(loc="outside upper left", ncols=3, title="Quality verdict", alignment="left")
    spread = f"{known['scan_age_weeks'].min():.1f} to {known['scan_age_weeks'].max():.1f} weeks"
    return Exhibit(f"Ages at the scan of {len(known)} scans, {spread}.", figure)


@styled
def deviations(results: Path) -> Exhibit:
    """Show the deviations from the norm in each part of the cohort: normals should scatter about 0, with SD 1."""
    scores = table_of(results, "scores").dropna(subset=["asymmetry_z"])
    if scores.empty:
        return nothing(_why_no_z(table_of(results, "scores")))
    groups = list(scores.groupby(["split", "scored_by"], dropna=False))
    figure, axes = panel(7.5, 1.3 + 0.55 * len(groups))
    spread = np.random.default_rng(1)
    for place, (_, rows) in enumerate(groups):
        height = place + spread.uniform(-0.16, 0.16, len(rows))
        axes.plot(rows["asymmetry_z"], height, "o", color=BLUE, alpha=0.75, ms=5)
        axes.plot([rows["asymmetry_z"].median()] * 2, [place - 0.3, place + 0.3], color="black", linewidth=2)
    axes.axvspan(-1.96, 1.96, color=SOFT, alpha=0.12, linewidth=0)
    labels = [f"{split or 'no split'}, {by or 'n/a'} ({len(rows)})".replace("_", " ") for (split, by), rows in groups]
    axes.set_yticks(range(len(groups)), labels)
    axes.set(xlabel="asymmetry_z (SD of normals); grey: where 95 % of normals lie")
    axes.invert_yaxis()
    return Exhibit(f"Deviations of {len(scores)} scans by part of the cohort; the black stroke is the median.", figure)


def completeness(results: Path) -> Exhibit:
    """List what is known about the scans, and what follows where it is not."""
    scans = table_of(results, "scans")
    if scans.empty:
        return nothing(_NO_SCANS)
    rows = [(name, int(scans[key].notna().sum()), follows) for key, (name, follows) in _KNOWN.items()]
    table = pd.DataFrame(rows, columns=["What", "Known of", "Where it is not known"])
    return Exhibit(f"What is known of {len(scans)} scans.", table=table)


def _why_no_z(scores: pd.DataFrame) -> str:
    """Return the most frequent reason for which there is no z."""
    if scores.empty:
        return _NO_SCORES
    reasons = scores["norm_reason"].dropna()
    return f"no scan has a norm: {reasons.mode().iloc[0]}" if len(reasons) else "no scan has a norm"
