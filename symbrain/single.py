"""One scan at hand, without a workflow: what ``symbrain.align`` and ``symbrain.score`` are.

The command line calls the same functions for scans that a person names, and the stages the same walk for a cohort.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import cache
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbrain import walk
from symbrain.ages import checked_age
from symbrain.aligned_scan import AlignedScan
from symbrain.bids_name import image_of
from symbrain.cohort import digest_of
from symbrain.columns import SCANS, SCORES
from symbrain.comparison import compare, heatmap
from symbrain.derivatives import Upright
from symbrain.deviation import Asymmetry
from symbrain.deviation_place import Structures
from symbrain.drawem import Atlas, atlas_of
from symbrain.errors import BadInput
from symbrain.map_row import SCAN_FAILED, JudgedMap, judge_map, unjudged
from symbrain.models import Models
from symbrain.nifti import Source, as_image, name_of
from symbrain.score_row import score_row
from symbrain.scored import Score
from symbrain.settings import AlignSettings, ScoreSettings, SlicesSettings
from symbrain.volume import ScanFile, read_labels, read_scan, stem_of

_ALIGN, _SLICES = AlignSettings(), SlicesSettings()
_CONTRASTS, _SEXES = (next(c.levels for c in SCORES if c.name == name) for name in ("modality", "sex"))
IDS = ("participant_id", "session_id", "scan_id")
Labels = tuple[NDArray[np.int32], Atlas]


def align(image: Source, *, mask: Source | None = None, labels: Source | None = None) -> AlignedScan:
    """Find the midline plane of a scan, and turn the scan upright.

    Parameters
    ----------
    image
        Path of a NIfTI file, or a nibabel image.
    mask, labels
        Brain mask and DrawEM labels (87 structures or 9 tissues) on the scan's grid, likewise; without a mask the
        brain is found.

    Raises
    ------
    BadInput
        Where one of them cannot be used, in a sentence.

    Examples
    --------
    >>> import nibabel
    >>> import symbrain
    >>> from symbrain.phantom import make_head
    >>> head = make_head(1, spacing_mm=2.0)
    >>> found = symbrain.align(nibabel.Nifti1Image(head.image, head.affine))
    >>> print(f"{found.plane.angle_to_deg(head.plane):.0f}° from the true plane")
    0° from the true plane
    >>> found.confidence > 0.8
    True
    >>> found.image.header.get_zooms() == (1, 1, 1)  # millimetres
    True
    """
    scan = read_scan(image)
    aligned = align_scan(scan, mask, _labels(labels, scan))
    affine = aligned.grid.affine
    return AlignedScan(
        alignment=walk.alignment_of(aligned, scan),
        image=as_image(aligned.image, affine),
        mask=as_image(aligned.mask, affine, np.uint8),
        labels=None if aligned.labels is None else as_image(aligned.labels, affine, np.uint8),
        regions=aligned.regions,
    )


def score(
    image: Source,
    *,
    age_weeks: float | None = None,
    sex: str | None = None,
    mask: Source | None = None,
    labels: Source | None = None,
    maps: Sequence[Source] = (),
    weights: str | PathLike[str] | None = None,
    device: str = "auto",
) -> Score:
    """Score the asymmetry of a scan.

    Parameters
    ----------
    image
        Path of a NIfTI file, or a nibabel image.
    age_weeks
        Post-menstrual age at the scan.
    sex
        ``female`` or ``male``.
    mask, labels
        Brain mask and DrawEM labels (87 structures or 9 tissues) on the scan's grid, likewise; without a mask the
        brain is found.
    maps
        Maps in the scan's world on any grid, likewise, that are judged on its midline too: an ADC map above all.
    weights
        Folder with the bundles ``midline`` and ``asymmetry``, such as the models folder of results; without it the
        packaged ones score.
    device
        Where the networks run: ``auto`` (the first there is of ``cuda``, ``mps`` and ``cpu``), or one of these.

    Raises
    ------
    BadInput
        Where something cannot be used, in a sentence.

    Examples
    --------
    >>> import nibabel
    >>> import symbrain
    >>> from symbrain.phantom import make_head
    >>> head = make_head(1, spacing_mm=2.0, scan_age_weeks=41.0)
    >>> found = symbrain.score(nibabel.Nifti1Image(head.image, head.affine), age_weeks=41.0)
    >>> found.scan_age_weeks, found.norm_source  # a single scan belongs to no cohort, and so has no norm
    (41.0, 'none')
    >>> found.asymmetry_score_low <= found.asymmetry_score <= found.asymmetry_score_high
    True
    """
    from symbrain.learning.device import device_of

    if sex is not None and sex not in _SEXES:
        msg = f"{sex!r} was given as sex; {', '.join(map(repr, _SEXES))} or None is expected"
        raise BadInput(msg)
    known = {"scan_age_weeks": None if age_weeks is None else checked_age(age_weeks), "sex": sex}
    device_of(device)
    models = Models.given(None if weights is None else Path(weights), device)
    given: dict[str, Any] = {"mask": mask, "labels": labels, "maps": maps}
    return score_scan(read_scan(image), _kept(models, *models.digests), known, **given)


def score_scan(
    scan: ScanFile,
    models: Models,
    known: dict[str, Any],
    settings: ScoreSettings | None = None,
    *,
    mask: Source | None = None,
    labels: Source | None = None,
    maps: Sequence[Source] = (),
    threads: int = 1,
) -> Score:
    """Align, cut and score one scan that belongs to no cohort.

    Parameters
    ----------
    known
        Columns of scans.tsv that a file's name does not tell, such as ``scan_age_weeks``.
    """
    settings = settings or ScoreSettings()
    row = _named(scan.path) | known
    given = _labels(labels, scan)
    aligned = align_scan(scan, mask, given, threads)
    alignment = walk.alignment_of(aligned, scan)
    lines = walk.cut_slices(scan.volume, aligned.brain.data, alignment.plane, _SLICES)
    upright = upright_of(aligned)
    structures = None if given is None or aligned.labels is None else Structures.of(aligned.labels, given[1])
    compared = compare(row, upright, [s.image for s in lines], alignment.plane, models, settings, structures)
    config = digest_of(asdict(_ALIGN), asdict(_SLICES), asdict(settings))
    scored = score_row(row, alignment, lines, compared, settings, config)

    def on_scan(found: Asymmetry) -> Any:
        return as_image(heatmap(found, aligned.grid, aligned.brain.data, alignment), alignment.stored_affine)

    failed = scored["qc"] == "fail"
    more: dict[str, Any] = {
        "heatmap": None if failed else on_scan(compared.asymmetry),
        "regions": tuple({key: row[key] for key in IDS} | region.to_row() for region in aligned.regions),
        "maps": tuple(_judged(one, row, upright, models, settings, None if failed else on_scan) for one in maps),
    }
    return Score.of(scored, plane=alignment.plane, lines=tuple(lines), **more)


def _judged(
    source: Source,
    row: dict[str, Any],
    upright: Upright,
    models: Models,
    settings: ScoreSettings,
    on_scan: Callable[[Asymmetry], Any] | None,
) -> JudgedMap:
    """Judge a map, and bring its heat to the scan's own grid; there is no way there of a scan that has failed."""
    name = name_of(source)
    if on_scan is None:
        return JudgedMap(unjudged(row, name, SCAN_FAILED))
    found = judge_map(source, name, row, upright, models, settings)
    if found.asymmetry is None:
        return found
    return replace(found, asymmetry=replace(found.asymmetry, heat=on_scan(found.asymmetry)))


def ids_of(path: Path) -> dict[str, Any]:
    """Return what a file's name tells about its scan."""
    name = image_of(path.name, "", None)
    return {"participant_id": name.stranger, "session_id": name.session_id, "scan_id": stem_of(path)}


def _named(path: Path) -> dict[str, Any]:
    """Return a scan's columns of scans.tsv as far as its name tells them; a person's own scans are of no cohort."""
    suffix = image_of(path.name, "", None).suffix
    modality = suffix if suffix in _CONTRASTS else None
    return dict.fromkeys(c.name for c in SCANS) | ids_of(path) | {"modality": modality, "split": "external"}


def align_scan(
    scan: ScanFile, mask: Source | None = None, labels: Labels | None = None, threads: int = 1
) -> walk.Aligned:
    """Find brain and plane of a scan, and turn it upright, with the settings that a scan at hand has."""
    values, atlas = (None, None) if labels is None else labels
    return walk.align(
        scan.volume,
        _ALIGN,
        given_mask=None if mask is None else read_labels(mask, scan),
        labels=values,
        atlas=atlas,
        restored="desc-restore" in scan.path.name,
        threads=threads,
        name=scan.path.name,
    )


def upright_of(aligned: walk.Aligned) -> Upright:
    """Return an aligned brain as the detectors see it."""
    return Upright(walk.unbiased(aligned.image, aligned.grid.affine, aligned.bias), aligned.mask, aligned.grid)


def _labels(source: Source | None, scan: ScanFile) -> Labels | None:
    """Return labels on the scan's grid with their atlas."""
    if source is None:
        return None
    values, name = read_labels(source, scan), name_of(source)
    atlas = atlas_of(values, name)
    if atlas is None:
        msg = (
            f"{name} has labels up to {int(values.max())}, which are not DrawEM's; 87 structures or 9 tissues are "
            "expected: leave the labels out, or name the file …_desc-drawem87_dseg or …_desc-drawem9_dseg"
        )
        raise BadInput(msg)
    return values, atlas


@cache
def _kept(models: Models, *digests: str | None) -> Models:
    """Return the models that were loaded for an earlier scan, where their files (``digests``) are still the same."""
    return models
