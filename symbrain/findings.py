"""What a page says about a scan: a row of scores.tsv in plain words, with nothing that the row does not say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from symbrain.columns import SCORES
from symbrain.mirror_difference import METHOD
from symbrain.tables import MISSING, is_missing

Row = Mapping[str, Any]
_LEVELS = {column.name: column.levels for column in SCORES}
_MOSTLY = 0.5  # laterality index from which a deviation lies mostly on one side
_PROVENANCE = (
    ("Software", "symbrain_version"),
    ("Midline method", "midline_method"),
    ("Asymmetry method", "asymmetry_method"),
    ("Part of the cohort", "split"),
    ("Digest of the scan", "input_sha256"),
    ("Digest of the configuration", "config_sha256"),
    ("Digest of the midline weights", "midline_weights_sha256"),
    ("Digest of the asymmetry weights", "asymmetry_weights_sha256"),
)


@dataclass(frozen=True)
class Fact:
    """A number with its name and what it means."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Verdict:
    """A quality verdict: its key, a sign that needs no colour, a word, and the sentences that it rests on."""

    key: str
    sign: str
    word: str
    sentences: tuple[str, ...] = ()


def verdict_of(row: Row | None) -> Verdict:
    """Return the quality verdict of a scan's row; a scan without one was excluded."""
    if row is None:
        return Verdict("excluded", "–", "Excluded: not scored")
    key = str(row["qc"])
    signs = {"pass": ("✓", "Quality: pass"), "warn": ("!", "Quality: look first"), "fail": ("✕", "Quality: fail")}
    sign, word = signs.get(key, ("?", f"Quality: {key}"))
    reasons = [sentence(part) for part in (row["qc_reason"] or "").split("; ") if part]
    return Verdict(key, sign, word, tuple(reasons or (["Nothing was found that speaks against it."] * (key == "pass"))))


def sentence(text: str) -> str:
    """Return a text that starts with a capital and ends with a full stop; a file's name keeps its own spelling."""
    first = text.split(" ", 1)[0]
    start = text if set(first) & set("._/-") else text[:1].upper() + text[1:]
    return start if start.endswith((".", "!", "?")) else f"{start}."


def shown(value: Any, digits: int = 1, unit: str = "", *, signed: bool = False) -> str:
    """Return a number as text with a true minus sign, or n/a.

    >>> shown(-2.04, 1, "mm", signed=True), shown(-0.01)
    ('−2.0 mm', '0.0')
    """
    if is_missing(value):
        return MISSING
    rounded = round(float(value), digits) + 0.0  # no minus before a zero
    text = f"{rounded:{'+' if signed and rounded else ''}.{digits}f}".replace("-", "−")
    return f"{text}{'' if unit == '°' else ' '}{unit}" if unit else text


def finding(row: Row, *, synthetic: bool) -> list[str]:
    """Return what was found, in sentences; of a scan that failed, only that there is no number."""
    if row["qc"] == "fail":
        return ["The scan failed its quality check, so no asymmetry number is given."]
    if is_missing(row["asymmetry_score"]):
        return ["The scan has no asymmetry score."]
    return [_how_much(row), *_which_side(row), _how_unusual(row), *_caveat_of_norm(row, synthetic)]


def asymmetry_facts(row: Row) -> list[Fact]:
    """Return the asymmetry numbers of a scan; none of a scan that failed."""
    if row["qc"] == "fail":
        return []
    low, high = shown(row["asymmetry_score_low"]), shown(row["asymmetry_score_high"])
    side = MISSING if is_missing(row["asymmetry_side"]) else row["asymmetry_side"]
    return [
        Fact(
            "Asymmetry score", shown(row["asymmetry_score"], 1, "SD"), f"90 % interval {low} to {high}; 0 is the least"
        ),
        *_normed_facts(row),
        Fact("Side", side, "of the subject, not of the viewer"),
        Fact("Volume of the deviation", shown(row["deviation_volume_ml"], 1, "ml"), "on that side"),
        _place(row),
        Fact("Laterality index", shown(row["laterality_index"], 2, signed=True), "−1 all left, +1 all right"),
    ]


def _place(row: Row) -> Fact:
    """Return where the worst of the deviation lies, and in which structure."""
    center = [row[f"deviation_{axis}_mm"] for axis in "xyz"]
    known = not any(is_missing(part) for part in center)
    within = "" if is_missing(row["deviation_region"]) else f"in: {row['deviation_region']}; "
    value = ", ".join(shown(part, 0) for part in center) + " mm" if known else MISSING
    return Fact("Centre of the deviation", value, f"{within}+ is right, anterior, superior in the scan's world")


def _normed_facts(row: Row) -> list[Fact]:
    """Return the numbers that need a norm; where there is none, the finding says why."""
    if is_missing(row["asymmetry_z"]):
        return []
    return [
        Fact("Against normal scans", _z(row["asymmetry_z"]), f"z: in SD of normal scans at this age{_z_interval(row)}"),
        Fact("Percentile", _percentile(row), "of normal scans with a lower score"),
        *_detectable(row),
        Fact("Laterality against normal scans", _z(row["laterality_z"]), "z: which side is usual is part of the norm"),
    ]


def _detectable(row: Row) -> list[Fact]:
    """Return the smallest change of z that means something; nothing where the model does not bring it."""
    if is_missing(row.get("asymmetry_z_mdc")):
        return []
    note = "a smaller change of z from one scan to the next cannot be told from repositioning"
    return [Fact("Minimal detectable change", shown(row["asymmetry_z_mdc"], 1), note)]


def midline_facts(row: Row) -> list[Fact]:
    """Return the midline's numbers of a scan."""
    return [
        Fact(
            "Angle",
            shown(row["midline_angle_deg"], 1, "°", signed=True),
            "in the middle axial slice; +: front end to the left",
        ),
        Fact(
            "Offset", shown(row["midline_offset_mm"], 1, "mm", signed=True), "from the slice's centre; +: to the left"
        ),
        Fact(
            "Midline shift",
            shown(row["midline_shift_mm"], 1, "mm", signed=True),
            "fissure in the middle of the brain; +: to the right",
        ),
        Fact("Confidence in the plane", shown(row["plane_confidence"], 2), "0 none, 1 full"),
    ]


def quality_facts(row: Row) -> list[Fact]:
    """Return what the quality verdict was measured on."""
    coverage = None if is_missing(row["coverage"]) else 100 * row["coverage"]
    return [
        Fact("Brain volume", shown(row["brain_volume_ml"], 0, "ml"), "of the brain mask"),
        Fact("Brain inside the image", shown(coverage, 0, "%"), "share of the brain's border"),
        Fact("Noise", shown(row["noise_ratio"], 2), "over the brain's contrast"),
        Fact("Motion", shown(row["motion_index"], 2), "jumps from slice to slice over the contrast"),
    ]


def provenance(row: Row) -> list[Fact]:
    """Return what the numbers depend on, down to the digests."""
    named = [Fact(label, MISSING if is_missing(row[key]) else str(row[key])) for label, key in _PROVENANCE]
    worded = {"Brain mask from": "mask_source", "Norm": "norm_source", "Model or norm and this scan": "scored_by"}
    return [*named, *(Fact(label, _level(row, key)) for label, key in worded.items())]


def _how_much(row: Row) -> str:
    if row["asymmetry_score"] == 0:
        return "The two sides do not differ anywhere beyond what folding explains."
    volume = shown(row["deviation_volume_ml"], 1, "ml")
    of = "this scan's own mirror differences" if row["asymmetry_method"] == METHOD else "normal scans at that place"
    return (
        f"Where they differ most, the two sides of the brain differ by {shown(row['asymmetry_score'])} SD of {of} "
        f"(90 % interval {shown(row['asymmetry_score_low'])} to {shown(row['asymmetry_score_high'])}); {volume} of "
        "brain deviate."
    )


def _which_side(row: Row) -> list[str]:
    side, index = row["asymmetry_side"], row["laterality_index"]
    if side not in ("left", "right"):
        return ["No side stands out."]
    if is_missing(index) or abs(index) >= _MOSTLY:
        return [f"The strongest deviation lies mostly on the subject's {side}."]
    return [f"The largest deviations lie on both sides, somewhat more on the subject's {side}."]


def _how_unusual(row: Row) -> str:
    percentile = row["asymmetry_percentile"]
    if row["norm_source"] == "phantom":
        return (
            f"Among {shown(row['norm_n'], 0)} normal synthetic heads it has a z of {_z(row['asymmetry_z'])}; "
            "a percentile needs a cohort of infants."
        )
    if is_missing(percentile):
        reason = row.get("norm_reason") or "there is no norm for it"
        return f"No z and no percentile: {reason}. The score stands alone."
    higher = percentile >= 50
    share = percentile if higher else 100 - percentile
    about = "more than 99 %" if share > 99 else f"about {share:.0f} %"
    return (
        f"The score is {'higher' if higher else 'lower'} than that of {about} of normal scans at this age, "
        f"as estimated from {shown(row['norm_n'], 0)} scans (z {_z(row['asymmetry_z'])})."
    )


def _caveat_of_norm(row: Row, synthetic: bool) -> list[str]:
    if row["norm_source"] == "phantom" or (synthetic and not is_missing(row["asymmetry_z"])):
        return ["This norm comes from synthetic heads: it ranks no infant."]
    if row["scored_by"] == "in_sample":
        return ["The norm was fitted on this very scan, which makes it look more usual than it is."]
    return []


def _z_interval(row: Row) -> str:
    ends = [row[f"asymmetry_z_{end}"] for end in ("low", "high")]
    return "" if any(is_missing(end) for end in ends) else f"; 90 % interval {_z(ends[0])} to {_z(ends[1])}"


def _z(value: Any) -> str:
    return shown(value, 1, signed=True)


def _percentile(row: Row) -> str:
    value = row["asymmetry_percentile"]
    if is_missing(value):
        return MISSING
    return "> 99 %" if value > 99 else "< 1 %" if value < 1 else f"{value:.0f} %"


def _level(row: Row, key: str) -> str:
    value = row[key]
    if is_missing(value):
        return MISSING
    return f"{value}: {_LEVELS[key][value]}" if value in _LEVELS[key] else str(value)
