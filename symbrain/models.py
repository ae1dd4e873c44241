"""The two networks that score uses, loaded when the first scan needs them, and how they relate to a scan's family."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from symbrain.cohort import digest_of
from symbrain.cohort_norms import CohortNorms
from symbrain.errors import BadInput
from symbrain.given_file import text_given
from symbrain.json_file import read_object, understood
from symbrain.learning.packaged import Name, packaged
from symbrain.slice import Slice

if TYPE_CHECKING:
    from symbrain.learning.asymmetry import AsymmetryModel
    from symbrain.learning.midline import FoundMidline, Midline

NETWORK = "asymmetry_network"
"""Name of the method where the network scores."""
NAMES = ("midline", "asymmetry")
COHORT = "cohort"
"""The key of a bundle's norms under which those of its cohort lie."""
UNTRAINED = "packaged_because"
"""The key of a bundle's metadata that says why a cohort's model is the packaged one."""
SUMS, WEIGHTS = "SHA256SUMS", "models/model.safetensors"
"""The files of a bundle that the workflow waits for."""
METADATA, CARD = "configs/metadata.json", "docs/README.md"


@dataclass(frozen=True)
class Models:
    """The bundles of the midline and the asymmetry network; None where there is none, and the classical method works.

    Parameters
    ----------
    of_cohort
        Whether they were trained on the cohort that is scored, and not brought along.
    device
        Where they run; see ``learning.device``.
    """

    midline_folder: Path | None
    asymmetry_folder: Path | None
    of_cohort: bool
    device: str = "cpu"

    @classmethod
    def of_results(cls, results: Path) -> Models:
        """Return the models that the training stages wrote."""
        return cls(*_bundles(results / "models"), of_cohort=True)

    @classmethod
    def given(cls, weights: Path | None, device: str = "cpu") -> Models:
        """Return the models of a folder that a person names, or the packaged ones.

        Raises
        ------
        BadInput
            Where the folder that is named has none.
        """
        if weights is None:
            return cls(packaged_or_none("midline"), packaged_or_none("asymmetry"), of_cohort=False, device=device)
        found = _bundles(weights)
        if found == (None, None):
            msg = (
                f"{weights} has no weights: a folder with {' and '.join(NAMES)} in it is expected, such as the models "
                "folder of results"
            )
            raise BadInput(msg)
        return cls(*found, of_cohort=False, device=device)

    def say_what_is_missing(self) -> None:
        """Write a sentence on the standard error where a network is missing."""
        if self.asymmetry_folder is None:
            print("There are no weights of the asymmetry network: the classical method scores.", file=sys.stderr)
        if self.midline_folder is None:
            print("There are no weights of the midline network: no midline_agreement_deg.", file=sys.stderr)

    @property
    def digests(self) -> list[str | None]:
        """Digests of everything in the bundles, without loading them."""
        return [digest_of_bundle(folder) for folder in (self.midline_folder, self.asymmetry_folder)]

    def weights_sha256(self, fold: int | None = None) -> tuple[str | None, str | None]:
        """Return the digests of the weights of both networks, as their bundles list them; of one fold's copy."""
        name = WEIGHTS if fold is None else f"models/fold-{fold}.safetensors"
        return _listed(self.midline_folder, WEIGHTS), _listed(self.asymmetry_folder, name)

    @cached_property
    def midline(self) -> Midline | None:
        """The network that finds the midline in a slice."""
        if self.midline_folder is None:
            return None
        from symbrain.learning.midline import Midline
        from symbrain.learning.placed import placed

        return placed(Midline.load(self.midline_folder), self.device)

    def find_line(self, one: Slice) -> FoundMidline:
        """Return the midline that the network finds in a slice."""
        assert self.midline is not None  # noqa: S101 (who asks has looked)
        (found,) = cast("list[FoundMidline]", self.midline.predict(one.pixels[None], one.spacing_mm))
        return found

    @cached_property
    def asymmetry(self) -> AsymmetryModel | None:
        """The network that finds what is not normal."""
        if self.asymmetry_folder is None:
            return None
        from symbrain.learning.asymmetry import AsymmetryModel
        from symbrain.learning.placed import placed

        return placed(AsymmetryModel.load(self.asymmetry_folder), self.device)

    @cached_property
    def packaged(self) -> bool:
        """Whether the asymmetry network came with the software, or was brought along."""
        return not self.of_cohort or UNTRAINED in _config(self.asymmetry_folder, "metadata")

    @property
    def measured(self) -> dict[str, Any]:
        """The contents of ``norms.json``; nothing where the asymmetry network was not trained on the cohort."""
        return {} if self.packaged else _config(self.asymmetry_folder, "norms")

    @property
    def norms(self) -> CohortNorms:
        """The norms that belong to the asymmetry network; none of them where it was not trained on the cohort."""
        return understood(lambda known: CohortNorms.from_dict(known.get(COHORT, {})), self.measured, "norms.json")

    def relation(self, scan: dict[str, Any]) -> tuple[str, int | None]:
        """Return ``scored_by`` and the fold whose copy scores a scan (None: the network of all normals).

        Whoever belongs to the training split is scored by the copy that never saw its fold, whether it was learned
        from or not, because its siblings may have been.
        """
        if self.asymmetry_folder is None:
            return "held_out", None
        if self.packaged:
            return "packaged", None
        return ("out_of_fold", int(scan["fold"])) if scan["split"] == "train" else ("held_out", None)


def packaged_or_none(name: Name) -> Path | None:
    """Return the folder of a packaged bundle, None where this installation has none."""
    try:
        return packaged(name)
    except BadInput:
        return None


def digest_of_bundle(folder: Path | None) -> str | None:
    """Return a digest of all that a score can depend on in a bundle, without loading it.

    How long the training took is left out, and the card that tells it: the same training gives the same digest.
    """
    if folder is None:
        return None
    files = [line for line in text_given(folder / SUMS).splitlines() if not line.endswith((METADATA, CARD))]
    told = read_object(folder / METADATA, "copy the bundle again, or train it anew")
    return digest_of(files, {key: value for key, value in told.items() if key != "cpu_hours"})


def _bundles(folder: Path) -> tuple[Path | None, Path | None]:
    midline, asymmetry = (folder / name if (folder / name / SUMS).exists() else None for name in NAMES)
    return midline, asymmetry


def _listed(folder: Path | None, wanted: str) -> str | None:
    if folder is None:
        return None
    try:
        lines = text_given(folder / SUMS).splitlines()
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{folder / SUMS} cannot be read ({error}); copy the bundle again, or train it anew"
        raise BadInput(msg) from error
    found = [digest for digest, _, name in (line.partition("  ") for line in lines) if name == wanted]
    if not found:
        msg = f"{folder / SUMS} does not list {wanted}; copy the bundle again, or train it anew"
        raise BadInput(msg)
    return found[0]


def _config(folder: Path | None, name: str) -> dict[str, Any]:
    if folder is None:
        return {}
    return read_object(folder / "configs" / f"{name}.json", "train the weights anew")
