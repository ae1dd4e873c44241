"""The scans of a dataset that somebody names, as upright brains, and the network that may score each of them."""

from __future__ import annotations

import hashlib
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from methods import Method
from scenes import Upright
from symbrain import walk
from symbrain.cohort import dataset_of, scans_of
from symbrain.errors import BadInput
from symbrain.models import Models
from symbrain.settings import AlignSettings, IngestSettings, TrainAsymmetrySettings
from symbrain.stages import ingest
from symbrain.volume import read_labels, read_scan

Row = dict[str, Any]


@dataclass(frozen=True)
class Scans:
    """Normal scans of a dataset and the models that score them.

    Parameters
    ----------
    rows
        Those of scans.tsv that are usable, and that no radiologist called abnormal.
    abnormal
        How many usable scans were left out because one did.
    """

    root: Path
    rows: tuple[Row, ...]
    models: Models
    abnormal: int

    @property
    def digest(self) -> str:
        """What results depend on: the scans, and the bundles that score them."""
        names = [str(row["path"]) for row in self.rows]
        return hashlib.sha256("\n".join([*names, *map(str, self.models.digests)]).encode()).hexdigest()

    def infant(self, number: int) -> int:
        """Return the number of a scan's family among all families: what stands for the seed of a synthetic infant."""
        families = sorted({str(row["family_id"]) for row in self.rows})
        return families.index(str(self.rows[number]["family_id"]))

    def network(self, number: int) -> Method | None:
        """Return the network that may score a scan: of the results' own models the copy that never saw its family."""
        detector = self.models.asymmetry
        if detector is None:
            return None
        _, fold = self.models.relation(self.rows[number])

        def score(
            image: Any, mask: Any, spacing_mm: float, _age_weeks: float, _modality: str
        ) -> tuple[float, str, Any]:
            found = detector.compare(image, mask, spacing_mm, fold=fold)
            return found.score, found.side, found.heat

        return Method("ours", score=score)

    def upright(self, number: int, spacing_mm: float) -> Upright:
        """Align a scan as the workflow does.

        Raises
        ------
        BadInput
            Where it cannot be read, or no brain is found.
        """
        row = self.rows[number]
        path = self.root / row["path"]
        scan = read_scan(path)
        mask = read_labels(self.root / row["mask_path"], scan) if row["mask_path"] else None
        restored = "desc-restore" in path.name
        settings = AlignSettings(spacing_mm=spacing_mm)
        aligned = walk.align(scan.volume, settings, given_mask=mask, restored=restored, name=path.name)
        image = walk.unbiased(aligned.image, aligned.grid.affine, aligned.bias)
        whole = (slice(None), slice(None), slice(None))
        return Upright(image, aligned.mask, aligned.image, spacing_mm, self.weeks(number), str(row["modality"]), whole)

    def weeks(self, number: int) -> float:
        """Return the age of a scan; where it is unknown, that in the middle of the others, or 40 weeks."""
        known = [row["scan_age_weeks"] for row in self.rows if row["scan_age_weeks"] is not None]
        own = self.rows[number]["scan_age_weeks"]
        return float(own if own is not None else np.median(known or [40.0]))


def find_scans(bids: Path, weights: Path | None) -> Scans:
    """Return the scans of a dataset; nothing is written into it.

    Parameters
    ----------
    weights
        A results folder of the workflow on this dataset, whose models score every scan by the copy that never saw its
        family; or a folder of weights; or None for the packaged ones.

    Raises
    ------
    BadInput
        Where the results are of another dataset, or there is nothing to score.
    """
    if weights is not None and (weights / "scans.tsv").exists():
        if dataset_of(weights).resolve() != bids.resolve():
            msg = (
                f"{weights} holds results of {dataset_of(weights)}, not of {bids}; name that dataset, or other weights"
            )
            raise BadInput(msg)
        rows, models = scans_of(weights), Models.of_results(weights)
    else:
        models = Models.given(weights)
        with tempfile.TemporaryDirectory() as folder:
            ingest.run(bids, Path(folder), IngestSettings(), seed=1, folds=2, chunks=1)
            rows = scans_of(Path(folder))
    models.say_what_is_missing()
    worst = TrainAsymmetrySettings().normal_radiology_score
    normal = [row for row in rows if row["radiology_score"] is None or row["radiology_score"] <= worst]
    if not normal:
        msg = f"{bids} has no usable scan that no radiologist called abnormal; lesions are put into normal brains"
        raise BadInput(msg)
    ages = sum(row["scan_age_weeks"] is None for row in normal)
    if ages:
        print(
            f"{ages} of {len(normal)} scans have no age, and are judged as if in the middle of the others.",
            file=sys.stderr,
        )
    return Scans(bids, tuple(normal), models, len(rows) - len(normal))
