"""What the numbers of a results folder were made with: versions, settings, and digests of weights and tables."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from symbrain.atomic import write_json
from symbrain.bids import OWN_RECORD
from symbrain.cohort import file_digest, records_of
from symbrain.json_file import read_object
from symbrain.version import __version__

RECORD = Path("code") / "run.json"  # the folder in which BIDS looks for how a dataset was made
_LIBRARIES = ("numpy", "scipy", "nibabel", "SimpleITK", "pandas", "statsmodels", "torch", "monai", "snakemake")
_TRAINED = {"train_midline": "midline", "train_asymmetry": "asymmetry"}


def write_run_record(results: Path, score_settings: Mapping[str, Any], tables: tuple[str, ...]) -> None:
    """Write what the tables of a results folder were made with to ``code/run.json``.

    Parameters
    ----------
    score_settings
        Settings of the stage that writes the tables; those of the stages before are in their records.
    tables
        Names of the tables, whose digests tell whether they are still the ones that were written.
    """
    ingested = read_object(results / OWN_RECORD, "run the stage ingest again")
    bundles = {stage: results / "models" / name for stage, name in _TRAINED.items()}
    record = {
        "symbrain_version": __version__,
        "python_version": platform.python_version(),
        "libraries": {name: found for name in _LIBRARIES if (found := _version_of(name))},
        **{key: ingested.get(key) for key in ("seed", "folds", "chunks")},
        "settings": {
            "ingest": ingested.get("settings"),
            "align": _settings_of(results, "align"),
            "slices": _settings_of(results, "slices"),
            **{stage: _metadata(folder).get("settings") for stage, folder in bundles.items()},
            "score": dict(score_settings),
        },
        "models_sha256": {stage: _sums(folder) for stage, folder in bundles.items()},
        "tables_sha256": {f"{name}.tsv": file_digest(results / f"{name}.tsv") for name in tables},
    }
    write_json(results / RECORD, record)


def _settings_of(results: Path, stage: str) -> Any:
    """Return the settings with which a stage did its scans; all of them, because it does those of others anew."""
    done = (record.row["settings"] for _, record in records_of(results, stage) if record.status == "done")
    return next(done, None)


def _metadata(bundle: Path) -> dict[str, Any]:
    path = bundle / "configs" / "metadata.json"
    return read_object(path, "train the weights anew") if path.exists() else {}


def _sums(bundle: Path) -> str | None:
    """Return the digest of the list of digests of a bundle's files; None where there is no bundle."""
    path = bundle / "SHA256SUMS"
    return file_digest(path) if path.exists() else None


def _version_of(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None
