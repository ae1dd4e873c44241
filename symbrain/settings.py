"""Every setting of every stage, once: defaults, bounds and explanations.

From these dataclasses come the command-line flags of each verb, the strict schema of config.yaml and the key table
of config/README.md, so that none of them can disagree.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from types import UnionType
from typing import Any, get_args, get_type_hints


def setting(default: Any, help: str, **bounds: Any) -> Any:  # noqa: A002 (argparse's word for it)
    """Declare a setting with its explanation and bounds (minimum, maximum, choices: JSON-schema words)."""
    stored = {"help": help, **bounds}
    return field(default=default, metadata=stored)


@dataclass(frozen=True)
class PhantomSettings:
    """The embedded cohort of synthetic newborns, made when no dataset is named."""

    subjects: int = setting(28, "participants of the cohort, some of them siblings or seen twice", minimum=1)
    spacing_mm: float = setting(1.0, "voxel edge; 0.5 writes 290×290×203 as the dHCP does", minimum=0.4, maximum=3)
    release: str = setting("rel3", "naming and columns of which dHCP release", choices=["rel2", "rel3"])
    lesion_share: float = setting(0.25, "share of the participants with a one-sided lesion", minimum=0, maximum=1)
    t1w_share: float = setting(0.25, "share of the sessions that also have a T1w scan", minimum=0, maximum=1)
    broken: bool = setting(True, "add scans that are broken on purpose")


@dataclass(frozen=True)
class IngestSettings:
    """Which scans of the dataset are used."""

    modalities: tuple[str, ...] = setting(("T2w", "T1w"), "contrasts to look for, in order of preference")
    participants: tuple[str, ...] = setting(
        (), "labels of the participants to use, with or without sub-; empty for all"
    )
    sessions: tuple[str, ...] = setting((), "labels of the sessions to use, with or without ses-; empty for all")
    maps: tuple[str, ...] = setting(
        ("ADC",), "maps in the world of a scan that are judged on its midline too: their suffix, or their desc or param"
    )


@dataclass(frozen=True)
class AlignSettings:
    """The brain, its mid-sagittal plane, and the upright image."""

    spacing_mm: float = setting(1.0, "voxel edge of the upright image", minimum=0.4, maximum=3)
    margin_mm: float = setting(8.0, "rim of the upright image around the brain", minimum=0, maximum=50)
    max_tilt_deg: float = setting(60.0, "largest turn of the head that is searched", minimum=5, maximum=85)
    bias_correction: bool = setting(True, "estimate the bias field with N4 (skipped on restored images)")
    deface_check: bool = setting(
        False, "warn of each upright image that shows a face, which is to be removed before it is shared"
    )


@dataclass(frozen=True)
class SlicesSettings:
    """Which slices are cut and annotated with the midline."""

    orientations: tuple[str, ...] = setting(("axial",), "axial, coronal, or both", choices=["axial", "coronal"])
    fractions: tuple[float, ...] = setting(
        (0.3744, 0.4975, 0.6207),
        "portions of interest, from inferior (posterior) to superior (anterior); the default is SymBrain's slices "
        "76, 101 and 126 of 203",
        minimum=0,
        maximum=1,
    )
    fraction_of: str = setting(
        "volume", "whether the portions are of the image or of the brain in it", choices=["volume", "brain"]
    )
    band_mm: float = setting(12.0, "how far from the plane the fissure is looked for", minimum=1, maximum=20)


@dataclass(frozen=True)
class TrainMidlineSettings:
    """The network that finds the midline in a single slice."""

    start: str = setting(
        "packaged", "weights to start from: those that come with the software, or none", choices=["packaged", "scratch"]
    )
    steps: int = setting(200, "most steps of the training; it stops before where it no longer helps", minimum=1)
    batch: int = setting(32, "slices in one step", minimum=1, maximum=1024)
    learning_rate: float = setting(5e-4, "highest rate of learning", minimum=1e-6, maximum=0.1)
    synthetic_share: float = setting(
        0.5, "share of each step's slices that are synthetic, beside the cohort's", minimum=0, maximum=1
    )
    flip_consistency: float = setting(
        0.1, "weight of the flip-consistency loss on the raw network; 0 turns it off", minimum=0, maximum=100
    )
    patience: int = setting(8, "checks without a better one after which training stops", minimum=1)
    device: str = setting(
        "cpu",
        "where it learns: cpu gives the same numbers everywhere; cuda, or auto where there is one, is faster",
        choices=["cpu", "auto", "cuda", "mps"],
    )


@dataclass(frozen=True)
class TrainAsymmetrySettings:
    """The network that knows normal asymmetry, what counts as normal, and the norms."""

    start: str = setting(
        "packaged", "weights to start from: those that come with the software, or none", choices=["packaged", "scratch"]
    )
    rounds: int = setting(
        12,
        "changed brains made of each normal for one training; there is one training without each fold, and one of all",
        minimum=0,
    )
    brains: int = setting(600, "most changed brains of one training, however many normals there are", minimum=0)
    epochs: int = setting(4, "how often one training sees each place of these brains", minimum=1, maximum=1000)
    batch: int = setting(4096, "places in one step", minimum=16, maximum=1_000_000)
    learning_rate: float = setting(1e-3, "highest rate of learning", minimum=1e-6, maximum=0.1)
    flip_consistency: float = setting(
        0.02, "weight of the flip-consistency loss on the raw network; 0 turns it off", minimum=0, maximum=100
    )
    min_normals: int = setting(
        10,
        "normal scans needed to train, and of one contrast outside a fold to make a norm; with fewer, the packaged "
        "weights are used as they are",
        minimum=5,
    )
    normal_radiology_score: int = setting(2, "highest radiology score that counts as normal", minimum=1, maximum=5)
    unlabelled: str = setting(
        "exclude", "whether scans without a radiology score count as normal", choices=["exclude", "normal"]
    )
    fail_confidence: float = setting(
        0.2, "plane confidence below which nothing is learned from a scan", minimum=0, maximum=1
    )
    device: str = setting(
        "cpu",
        "where it learns: cpu gives the same numbers everywhere; cuda, or auto where there is one, is faster",
        choices=["cpu", "auto", "cuda", "mps"],
    )


@dataclass(frozen=True)
class ScoreSettings:
    """The classical score, which is kept for comparison, and the quality verdict."""

    smoothing_mm: float = setting(
        4.0, "full width of the smoothing before the classical score compares the sides", minimum=0
    )
    fail_confidence: float = setting(0.2, "plane confidence below which a scan fails", minimum=0, maximum=1)
    warn_confidence: float = setting(0.5, "plane confidence below which a scan is warned about", minimum=0, maximum=1)


@dataclass(frozen=True)
class ReportSettings:
    """The pages."""

    dpi: int = setting(80, "resolution of the pictures", minimum=40, maximum=300)
    prevalence: float = setting(
        0.05,
        "share of infants with a one-sided change where the scores are used, above 0 and below 1, for the predictive "
        "values on the cohort's page; 0.00033 for stroke at term, 0.24 for white matter injury after preterm birth",
        minimum=1e-6,
        maximum=0.999999,
    )
    annotate: int = setting(
        12,
        "sessions on the page where midlines are drawn, annotate.html: those in which network and plane agree least",
        minimum=0,
    )
    notebooks: bool = setting(True, "run the notebooks that teach how to check the results, and write their pages")


@dataclass(frozen=True)
class Config:
    """The whole of config.yaml."""

    bids_dir: str = setting("", "the dataset to score; empty makes and scores the embedded phantom cohort")
    seed: int = setting(1, "the one seed of everything random", minimum=0)
    folds: int = setting(5, "cross-validation folds, drawn by family", minimum=2)
    chunks: int = setting(
        6, "portions into which the scans are divided, one job each per stage", minimum=1, maximum=10_000
    )
    threads: int = setting(
        1, "threads of one job; part of the configuration, so that no scheduler moves a number", minimum=1
    )
    annotations: str = setting("", "table of midlines drawn by raters (see annotations.tsv); empty for none")
    ratings: str = setting("", "table of ratings, as the cohort's page writes it (ratings.tsv); empty for none")
    phantom: PhantomSettings = PhantomSettings()
    ingest: IngestSettings = IngestSettings()
    align: AlignSettings = AlignSettings()
    slices: SlicesSettings = SlicesSettings()
    train_midline: TrainMidlineSettings = TrainMidlineSettings()
    train_asymmetry: TrainAsymmetrySettings = TrainAsymmetrySettings()
    score: ScoreSettings = ScoreSettings()
    report: ReportSettings = ReportSettings()


TABLES_GIVEN = ("annotations", "ratings")
"""The keys that name tables which people fill in."""
STAGES: dict[str, type] = {
    "phantom": PhantomSettings,
    "ingest": IngestSettings,
    "align": AlignSettings,
    "slices": SlicesSettings,
    "train_midline": TrainMidlineSettings,
    "train_asymmetry": TrainAsymmetrySettings,
    "score": ScoreSettings,
    "report": ReportSettings,
}
_JSON_TYPE = {int: "integer", float: "number", str: "string", bool: "boolean"}


def schema() -> dict[str, Any]:
    """Return the strict JSON schema of config.yaml; a misspelt key is refused."""
    top = _object_schema(Config)
    top["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    # Snakemake's own key for moving results and logs elsewhere.
    top["properties"]["pathvars"] = {"type": "object", "description": "other folders for results and logs"}
    return top


def key_table() -> str:
    """Return the keys of config.yaml as a Markdown table."""
    rows = ["| key | default | meaning |", "|---|---|---|"]
    rows += [_row("", f) for f in fields(Config) if f.name not in STAGES]
    for stage, kind in STAGES.items():
        rows += [_row(f"{stage}.", f) for f in fields(kind)]
    return "\n".join(rows) + "\n"


def flags(stage: str, section: Mapping[str, Any]) -> list[str]:
    """Return a config section as the command-line flags of its verb, in a fixed order."""
    words: list[str] = []
    for f in fields(STAGES[stage]):
        value = section.get(f.name, f.default)
        kind, many = _kind(STAGES[stage], f)
        if kind is bool:
            words.append(f"--{'' if value else 'no-'}{_flag(f.name)}")
            continue
        # Through its type, so that 1 and 1.0 are one setting and re-run nothing.
        words += [f"--{_flag(f.name)}", *(str(kind(v)) for v in (value if many else [value]))]
    return words


def table_flag(config: Mapping[str, Any], key: str) -> list[str]:
    """Return the flag of a table that people fill in; nothing where the configuration names none."""
    return [f"--{key}", str(config[key])] if config.get(key) else []


def add_flags(parser: argparse.ArgumentParser, stage: str) -> None:
    """Give a verb one flag for each of its stage's settings."""
    group = parser.add_argument_group(f"settings of {stage}")
    for f in fields(STAGES[stage]):
        kind, many = _kind(STAGES[stage], f)
        text = f"{f.metadata['help']} (default: {_shown(f.default)})".replace("%", "%%")
        if kind is bool:
            group.add_argument(
                f"--{_flag(f.name)}", action=argparse.BooleanOptionalAction, default=f.default, help=text
            )
            continue
        group.add_argument(
            f"--{_flag(f.name)}",
            type=_bounded(kind, f),
            nargs=("+" if f.default else "*") if many else None,
            choices=f.metadata.get("choices"),
            default=f.default,
            metavar=None if "choices" in f.metadata else kind.__name__.upper(),
            help=text,
        )


def from_flags(stage: str, arguments: argparse.Namespace) -> Any:
    """Return the settings of a stage from parsed flags."""
    kind = STAGES[stage]
    values = {f.name: getattr(arguments, f.name) for f in fields(kind)}
    return kind(**{name: tuple(v) if isinstance(v, list) else v for name, v in values.items()})


def _flag(name: str) -> str:
    return name.replace("_", "-")


def _shown(value: Any) -> str:
    return " ".join(str(v) for v in value) if isinstance(value, tuple) else str(value)


def _kind(owner: type, f: Field[Any]) -> tuple[type, bool]:
    """Return the element type of a setting, and whether it holds several."""
    hint = get_type_hints(owner)[f.name]
    if isinstance(hint, UnionType):
        hint = get_args(hint)[0]
    arguments = get_args(hint)
    return (arguments[0], True) if arguments else (hint, False)


def _bounded(kind: type, f: Field[Any]) -> Any:
    low, high = f.metadata.get("minimum"), f.metadata.get("maximum")

    def parse(text: str) -> Any:
        value = kind(text)
        finite = kind is str or math.isfinite(value)
        if not finite or (low is not None and value < low) or (high is not None and value > high):
            msg = f"{text} is outside {low if low is not None else '−∞'} to {high if high is not None else '∞'}"
            raise argparse.ArgumentTypeError(msg)
        return value

    parse.__name__ = kind.__name__
    return parse


def _object_schema(kind: type) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for f in fields(kind):
        if f.name in STAGES:
            properties[f.name] = {**_object_schema(STAGES[f.name]), "default": {}}
            continue
        element, many = _kind(kind, f)
        rule: dict[str, Any] = {"type": _JSON_TYPE[element]}
        rule |= {k: v for k, v in f.metadata.items() if k in ("minimum", "maximum")}
        if "choices" in f.metadata:
            rule["enum"] = f.metadata["choices"]
        if many:
            rule = {"type": "array", "items": rule, "minItems": 1 if f.default else 0}
        rule["description"] = f.metadata["help"]
        if f.default is not MISSING:
            rule["default"] = list(f.default) if isinstance(f.default, tuple) else f.default
        properties[f.name] = rule
    description = (kind.__doc__ or "").strip()
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "additionalProperties": False,
    }


def _row(prefix: str, f: Field[Any]) -> str:
    return f"| `{prefix}{f.name}` | `{_shown(f.default) or '(empty)'}` | {f.metadata['help']} |"
