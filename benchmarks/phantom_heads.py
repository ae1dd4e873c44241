"""A case of suite v1 as a synthetic head."""

from __future__ import annotations

from typing import Any

import numpy as np

from scenes import Scene
from suites import Case
from symbrain.phantom import Asymmetry, Lesion, Phantom, make_head
from symbrain.volume import canonical


def make_scene(case: Case) -> Scene:
    """Render the head of a case."""
    head = make_phantom(case)
    volume = canonical(head.image, head.affine)
    mask = canonical(head.mask, head.affine).data > 0.5
    changed = None if head.lesion_mask is None else np.asarray(canonical(head.lesion_mask, head.affine).data > 0.5)
    age, contrast = float(head.scan_age_weeks), head.modality
    return Scene(volume, mask, head.plane, head.center_mm, age, contrast, changed)


def make_phantom(case: Case) -> Phantom:
    """Return the phantom that a case describes."""
    asked = case.options
    options: dict[str, Any] = {
        "scan_age_weeks": asked["weeks"],
        "modality": asked["modality"],
        "spacing_mm": asked["spacing_mm"],
        "max_tilt_deg": asked["max_tilt_deg"],
        "max_shift_mm": asked["max_shift_mm"],
    }
    if case.has("kind"):
        options["lesion"] = Lesion(asked["kind"], asked["side"], asked["diameter_mm"], asked["contrast_sd"])
    if case.has("symmetric"):
        options["symmetric"] = True
    different = {name: asked[name] for name in ("torque", "folding") if case.has(name)}
    if different:
        options["asymmetry"] = Asymmetry(**different)
    if case.has("variant"):
        from symbrain.phantom.variant import Variant

        options["variant"] = Variant(**asked["variant"])
    if case.has("pair"):
        options["lesion"] = Lesion(side="left", both_sides=True, **asked["pair"])
    return make_head(case.seed, **options)
