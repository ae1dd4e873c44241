"""The name that BIDS has for an image made from a scan, where it has one.

Our own names begin with the whole name of the scan (``sub-01_T2w_space-upright_image.nii.gz``), so that no two scans
collide; BIDS wants the contrast last. Tools that read BIDS find the same images by the names given here.
"""

from __future__ import annotations

import re

_ENTITIES = ("sub", "ses", "acq", "ce", "rec", "run")  # in the order of BIDS
_NAME = re.compile(r"((?:[a-z]+-[A-Za-z0-9]+_)+)(T1w|T2w)")
_SHOWN = {
    "space-upright_image.nii.gz": ("upright", "", None),
    "space-upright_mask.nii.gz": ("upright", "brain", "mask"),
    "space-upright_labels.nii.gz": ("upright", "", "dseg"),
    "desc-brain_mask.nii.gz": ("", "brain", "mask"),
}
"""How our names end: the space, the description and the suffix of BIDS; without a suffix, the scan's."""


def bids_name(scan_id: str, ending: str) -> str | None:
    """Return BIDS's name of an image that is ours by the name ``<scan_id>_<ending>``; None where it has none.

    The space is called after the contrast, because each scan is turned by its own midline plane, and a mask on the
    scan's own grid lies in the space of that scan.

    Examples
    --------
    >>> bids_name("sub-01_ses-2_desc-restore_T2w", "space-upright_mask.nii.gz")
    'sub-01_ses-2_space-uprightT2w_desc-restoreBrain_mask.nii.gz'
    >>> bids_name("sub-01_T1w", "desc-asymmetry_heatmap.nii.gz") is None
    True
    """
    named = _NAME.fullmatch(scan_id)
    if named is None or ending not in _SHOWN:
        return None
    pairs = [pair.split("-") for pair in named[1].removesuffix("_").split("_")]
    entities, contrast = dict(pairs), named[2]
    of_space, of_scan = entities.pop("space", ""), entities.pop("desc", "")
    if len(pairs) != len(entities) + bool(of_space) + bool(of_scan) or not entities.keys() <= set(_ENTITIES):
        return None
    space, description, suffix = _SHOWN[ending]
    described = of_scan + description.capitalize() if of_scan else description
    words = [f"{key}-{entities[key]}" for key in _ENTITIES if key in entities]
    words += [f"space-{space}{contrast}", *([f"desc-{described}"] if described else []), suffix or contrast]
    return "_".join(words) + ".nii.gz"
