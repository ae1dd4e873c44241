"""The JSON file beside an image: what it shows, what it was made from, and in whose world it lies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symbrain.atomic import write_json, write_link
from symbrain.derivative_dataset import SOURCE
from symbrain.derivative_name import bids_name

UPRIGHT = "space-upright_image.nii.gz"
_X = "x = 0 is the mid-sagittal plane, and axis 0 runs from the subject's left to the right."
_SHOWN: Mapping[str, Mapping[str, Any]] = {
    UPRIGHT: {"Description": f"The scan turned upright by one linear interpolation: {_X}"},
    "space-upright_mask.nii.gz": {"Description": f"Mask of the brain, turned upright: {_X}", "Type": "Brain"},
    "space-upright_labels.nii.gz": {"Description": f"The labels given with the scan, turned upright: {_X}"},
    "space-upright_biasfield.nii.gz": {
        "Description": f"Bias field of the upright image, which was not divided by it; 1 where unknown: {_X}"
    },
    "space-upright_desc-unbiased_image.nii.gz": {
        "Description": f"The upright image divided by its bias field, which an exported network scores: {_X}"
    },
    "desc-brain_mask.nii.gz": {"Description": "Mask of the brain on the scan's own grid.", "Type": "Brain"},
    "desc-asymmetry_heatmap.nii.gz": {
        "Description": "How far each place differs from its mirror image, on the side that bears the deviation, on the "
        "scan's own grid; 0 outside the brain. In standard deviations: of what, asymmetry_score in scores.json tells."
    },
}


@dataclass(frozen=True)
class Origin:
    """Where the images of a scan come from and go to.

    Parameters
    ----------
    root
        The folder of results that they are written to.
    scan
        The scan: relative to its dataset, or the bare name of a file that belongs to none.
    in_dataset
        Whether the scan belongs to a dataset, which ``dataset_description.json`` then links.
    """

    root: Path
    scan: str
    in_dataset: bool = True

    def uri_of(self, source: str) -> str:
        """Return the URI of a file of the scan's dataset; a bare name stays what it is."""
        return f"bids:{SOURCE}:{source}" if self.in_dataset else source

    def uri_here(self, path: Path) -> str:
        """Return the URI of a file of the results."""
        return f"bids::{path.relative_to(self.root).as_posix()}"


def write_sidecars(
    start: Path,
    endings: Iterable[str],
    origin: Origin,
    *,
    skull_stripped: bool | None = None,
    shows_face: bool | None = None,
    further: tuple[str, ...] = (),
) -> list[Path]:
    """Write the sidecar of each image of a scan, and both again under the name that BIDS has for them.

    Parameters
    ----------
    start
        Folder and stem that the names of the images begin with.
    endings
        How they go on, after an underscore: ``space-upright_image.nii.gz``.
    skull_stripped
        Whether the scan shows no skull; for the upright image.
    shows_face
        Whether the upright image shows a face; None where nobody looked.
    further
        Files of the scan's dataset that the images were made from, beside the scan.

    Returns
    -------
    list of Path
        All files written.
    """
    written: list[Path] = []
    for ending in endings:
        image = start.with_name(f"{start.name}_{ending}")
        record = {**_shown(ending), "Sources": [origin.uri_of(source) for source in (origin.scan, *further)]}
        if ending == UPRIGHT and skull_stripped is not None:
            record["SkullStripped"] = skull_stripped
        if ending == UPRIGHT and shows_face is not None:
            record["ShowsFace"] = shows_face
        record["SpatialReference"] = (
            _upright(start, origin) if ending.startswith("space-upright") else origin.uri_of(origin.scan)
        )
        write_json(sidecar_of(image), record)
        written += [sidecar_of(image), *_named_again(image, start.name, ending, origin)]
    return written


def sidecar_of(image: Path) -> Path:
    """Return the path of the JSON file beside an image."""
    return image.with_name(image.name.removesuffix(".gz").removesuffix(".nii") + ".json")


def _shown(ending: str) -> Mapping[str, Any]:
    """Return what an image shows; in that of a map the map's name comes first."""
    return next(shown for name, shown in _SHOWN.items() if ending.endswith(name))


def _upright(start: Path, origin: Origin) -> str:
    """Return the URI of the upright image, in whose world everything upright lies."""
    name = bids_name(start.name, UPRIGHT) if origin.in_dataset else None
    return origin.uri_here(start.with_name(name or f"{start.name}_{UPRIGHT}"))


def _named_again(image: Path, scan_id: str, ending: str, origin: Origin) -> list[Path]:
    """Link an image and its sidecar to BIDS's names; beside each other, a person's own scans are no dataset."""
    name = bids_name(scan_id, ending) if origin.in_dataset else None
    if name is None:
        return []
    twin = image.with_name(name)
    write_link(twin, image)
    write_link(sidecar_of(twin), sidecar_of(image))
    return [twin, sidecar_of(twin)]
