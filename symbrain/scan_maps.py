"""Which co-registered maps a scan has: images of the same session that lie in its world, an ADC map above all.

A map is known by its suffix (``_ADC``), or where that does not say what it is (``_dwi``, ``_dwimap``) by ``param-`` or
``desc-``. It lies in ``anat`` or ``dwi``. All maps of a session belong to one scan of it: the first usable one,
contrasts in their order of preference (T2w before T1w), then by path. Of several files of one name, that which is in
the scan's space by its name comes before one that names no space, then the first by path; a map that is in another
space by its name is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from symbrain.bids import Dataset
from symbrain.bids_name import Image, image_of
from symbrain.scans import Scan, trouble_with_name

_GENERAL = ("dwi", "dwimap", "map")  # suffixes that do not say what is mapped
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9]")
_Session = tuple[str, str | None]


@dataclass(frozen=True)
class ScanMaps:
    """The maps of a dataset.

    Parameters
    ----------
    paths
        By the path of the scan that they belong to; all relative to the dataset.
    notes
        Sentences about maps that are left out.
    """

    paths: dict[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()

    def cell(self, scan: Scan) -> str | None:
        """Return the cell of a scan in scans.tsv: paths with a blank between them."""
        return " ".join(self.paths.get(scan.path, ())) or None


def find_maps(dataset: Dataset, scans: Iterable[Scan], names: Sequence[str], modalities: Sequence[str]) -> ScanMaps:
    """Return the maps of these names, with the scan of each.

    Parameters
    ----------
    scans
        In the order of preference within a session; those with a reason why they cannot be used have no maps.
    names
        What to look for; small and capital letters are alike.
    modalities
        The contrasts of scans: an image of one is a scan and no map.
    """
    scan_of: dict[_Session, Scan] = {}
    for scan in scans:
        if scan.reason is None:
            scan_of.setdefault((scan.participant_id, scan.session_id), scan)
    wanted = {name.casefold() for name in names}
    images = [i for i in (*dataset.images, *dataset.diffusion) if i.suffix not in modalities]
    found = sorted((i for i in images if map_name(i).casefold() in wanted), key=_of_one_name)
    paths: dict[str, tuple[str, ...]] = {}
    notes: list[str] = []
    for (participant, session, _), alike in groupby(found, key=_of_one_name):
        owner = scan_of.get((participant, session or None))
        best = _best(list(alike), owner, notes) if owner is not None else None
        if owner is not None and best is not None:
            paths[owner.path] = (*paths.get(owner.path, ()), best.path)
    return ScanMaps(paths, tuple(notes))


def maps_of(scan: dict[str, Any]) -> list[str]:
    """Return the paths of a scan's maps from its row of scans.tsv."""
    return (scan["maps_paths"] or "").split()


def name_of_file(path: str) -> str:
    """Return what a map is called, from its path: letters and digits.

    >>> name_of_file("sub-1/dwi/sub-1_run-1_ADC.nii.gz"), name_of_file("sub-1/dwi/sub-1_desc-ADC_dwi.nii.gz")
    ('ADC', 'ADC')
    """
    return map_name(image_of(path, "", None))


def map_name(image: Image) -> str:
    """Return what a map is called: letters and digits."""
    said = image.entities.get("param") or image.entities.get("desc") if image.suffix in _GENERAL else None
    return _NOT_IN_NAMES.sub("", said or image.suffix)


def _blank(image: Image) -> str | None:
    blank = f"{image.path!r} has a blank in its path, which separates the maps in scans.tsv; rename it"
    return blank if len(image.path.split()) > 1 else None


def _of_one_name(image: Image) -> tuple[str, str, str]:
    return image.participant_id, image.session_id or "", map_name(image).casefold()


def _best(alike: Sequence[Image], scan: Scan, notes: list[str]) -> Image | None:
    """Return the map that is judged; why the others are not goes to the notes."""
    spaces = (scan.modality.lower(), image_of(scan.path, "", None).entities.get("space", "").lower())
    good = []
    for image in alike:
        space = image.entities.get("space", "").lower()
        if trouble := trouble_with_name(image) or _blank(image):
            notes.append(f"{trouble}; it is left out")
        elif space and space not in spaces:
            notes.append(f"{image.path} is left out: by its name it is not in the space of the scan {scan.scan_id}")
        else:
            good.append((not space, image.path, image))
    ordered = [image for *_, image in sorted(good, key=lambda each: each[:2])]
    notes += [f"{image.path} is left out: {ordered[0].path} is the {map_name(image)} map" for image in ordered[1:]]
    return ordered[0] if ordered else None
