"""What suite v1 is made of. Only ``freeze.py`` reads this: once the suite is frozen, the file on disk counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from suites import FIRST_SEED
from symbrain.phantom import KINDS
from symbrain.phantom.growth import growth_at
from symbrain.phantom.mimics import mimic_options
from symbrain.phantom.pose import FIELD_OF_VIEW_MM, draw_pose
from symbrain.phantom.variant import Variant

NEVER_TRAINED = ["cyst", "cortical_malformation"]
SLICES = [0.3744, 0.4975, 0.6207]  # portions of the brain's height; the published slices' portions of the volume
PLANES, NORMALS, SENTINEL, CONTROLS, WALKS, WITHOUT_MIDLINE = 500, 1000, 100, 40, 60, 40
_PLANE_SEED, _NORMAL_SEED, _ODD_SEED = FIRST_SEED, FIRST_SEED + 10_000, FIRST_SEED + 20_000
_UPRIGHT = {"spacing_mm": 2.0, "max_tilt_deg": 1.0, "max_shift_mm": 0.7}  # what a real alignment leaves
_POSED = {"max_tilt_deg": 20.0, "max_shift_mm": 8.0, "slices": SLICES}
_WALKED = {"spacing_mm": 1.0, "upright_mm": 2.0, "max_tilt_deg": 15.0, "max_shift_mm": 8.0}
_MIMICS = ("plagiocephaly", "caput", "cavum", "wide_extra_axial", "turned_head", "defaced", "symmetric_pair")
Cell = dict[str, Any]


def cells() -> list[Cell]:
    """Return the cells of suite v1."""
    normals = _normals()
    return [*_planes(), *_without_midline(), normals, *_lesions(normals), *_controls(normals), *_walks(normals)]


def _cell(name: str, task: str, fixed: dict[str, Any], columns: list[str], heads: list[list[Any]], about: str) -> Cell:
    return {"name": name, "task": task, "about": about, "fixed": fixed, "columns": columns, "heads": heads}


def _infants(first: int, count: int, t1w_share: float) -> list[list[Any]]:
    """Return seed, age and contrast of so many infants; ages cover 26 to 45 weeks evenly."""
    rng = np.random.default_rng(first)
    weeks = rng.permutation(np.linspace(26, 45, count)).round(1).tolist()
    t1w = rng.permutation(count) < round(t1w_share * count)
    return [[first + i, weeks[i], "T1w" if t1w[i] else "T2w"] for i in range(count)]


def _planes() -> list[Cell]:
    infants = _infants(_PLANE_SEED, PLANES, 0.3)
    rng = np.random.default_rng(_PLANE_SEED + 1)
    spacing = rng.permutation(np.resize([1.0, 1.5, 2.0], PLANES)).tolist()
    heads = [[*infant, mm] for infant, mm in zip(infants, spacing, strict=True)]
    columns = ["seed", "weeks", "modality", "spacing_mm"]
    lesions = [
        [*head, KINDS[i % len(KINDS)], "left" if i // len(KINDS) % 2 else "right", 12.0 + 4.0 * (i % 3), 4.0]
        for i, head in enumerate(heads[275:400])
    ]
    torque = [[*head, round(float(v), 3)] for head, v in zip(heads[150:275], rng.uniform(0.01, 0.03, 125), strict=True)]
    asked = ["kind", "side", "diameter_mm", "contrast_sd"]
    wide = _POSED | {"folding": 0.6}
    return [
        _cell("plane_usual", "plane", _POSED, columns, heads[:150], "usual newborns, any pose"),
        _cell("plane_torque", "plane", wide, [*columns, "torque"], torque, "torque of 1 to 3 %, unlike folding"),
        _cell("plane_lesion", "plane", _POSED, [*columns, *asked], lesions, "one-sided lesions, 12 to 20 mm, 4 SD"),
        _cell("plane_symmetric", "plane", _POSED | {"symmetric": True}, columns, heads[400:], "exact mirror images"),
    ]


def _without_midline() -> list[Cell]:
    columns = ["seed", "weeks", "modality"]
    every = _infants(_ODD_SEED, 2 * WITHOUT_MIDLINE, 0.2)
    fixed = _POSED | {"spacing_mm": 1.5}
    agenesis, fused = fixed | {"variant": {"callosum": False}}, fixed | {"variant": {"fused": 1.0}}
    return [
        _cell("callosal_agenesis", "plane", agenesis, columns, every[:WITHOUT_MIDLINE], "no callosum"),
        _cell("holoprosencephaly", "plane", fused, columns, every[WITHOUT_MIDLINE:], "hemispheres fused: no midline"),
    ]


def _normals() -> Cell:
    heads = _infants(_NORMAL_SEED, NORMALS, 0.2)
    return _cell("normal", "score", _UPRIGHT, ["seed", "weeks", "modality"], heads, "normals, for false alarms")


def _lesions(normals: Cell) -> list[Cell]:
    """Return the sentinel cells; each takes its infants from the normals, no infant twice."""
    asked: list[tuple[str, tuple[str, ...], float, float]] = [(f"{k}_12mm_3sd", (k,), 12.0, 3.0) for k in KINDS]
    for mm, sd in ((8.0, 3.0), (16.0, 3.0), (12.0, 1.5), (12.0, 6.0)):
        asked.append((f"pooled_{mm:g}mm_{sd:g}sd", ("white_matter_injury", "haemorrhage"), mm, sd))
    found = []
    for turn, (name, kinds, mm, sd) in enumerate(asked):
        infants = normals["heads"][turn * SENTINEL : (turn + 1) * SENTINEL]
        heads = [
            [*infant, kinds[i % len(kinds)], "left" if i // len(kinds) % 2 else "right"]
            for i, infant in enumerate(infants)
        ]
        fixed = _UPRIGHT | {"diameter_mm": mm, "contrast_sd": sd}
        columns = [*normals["columns"], "kind", "side"]
        found.append(_cell(name, "score", fixed, columns, heads, f"{' or '.join(kinds)}, {mm:g} mm, {sd:g} SD"))
    return found


def _controls(normals: Cell) -> list[Cell]:
    """Return the negative controls: infants of the normals again, with something that is no one-sided change."""
    columns, every = normals["columns"], normals["heads"]
    blocks = [every[i * CONTROLS : (i + 1) * CONTROLS] for i in range(12)]
    found = [_mimic(name, columns, block) for name, block in zip(_MIMICS, blocks, strict=False)]
    tilted = [[*row, tilt] for row in every[500:] if (tilt := _bound_for(row, tilt_deg=3.0))][:CONTROLS]
    shifted = [[*row, shift] for row in every[500:] if (shift := _bound_for(row, shift_mm=3.0))][:CONTROLS]
    found += [
        _cell("tilt_3deg", "score", _UPRIGHT, [*columns, "max_tilt_deg"], tilted, "plane 3° off"),
        _cell("shift_3mm", "score", _UPRIGHT, [*columns, "max_shift_mm"], shifted, "plane 3 mm off"),
    ]
    artefacts = (
        ("ramp_20", {"name": "ramp", "share": 0.2}, "brightness rises by 20 % from left to right"),
        ("motion", {"name": "motion"}, "ghosts of a head that moved"),
        ("cropped", {"name": "crop", "mm": 12.0}, "12 mm of the brain outside the field of view"),
    )
    for (name, artefact, about), block in zip(artefacts, blocks[7:], strict=False):
        found.append(_cell(name, "score", _UPRIGHT | {"artefact": artefact}, columns, block, about))
    return found


def _mimic(name: str, columns: list[str], infants: list[list[Any]]) -> Cell:
    """Return the cell of a mimic with its sizes written out; a turned head has to go through the whole walk."""
    if name == "turned_head":
        tilt = {"max_tilt_deg": mimic_options(name, 0)["max_tilt_deg"]}
        return _cell(f"mimic_{name}", "walk", _WALKED | tilt, columns, infants, "mimic: turned_head, whole walk")
    drawn = [mimic_options(name, infant[0]) for infant in infants]
    if name == "symmetric_pair":
        extra, column = [vars(each["lesion"]) for each in drawn], "pair"
        keys: tuple[str, ...] = ("kind", "diameter_mm", "contrast_sd")
    else:
        extra, column = [vars(each["variant"]) for each in drawn], "variant"
        usual = vars(Variant())
        keys = tuple(key for key in usual if any(each[key] != usual[key] for each in extra))
    heads = [
        [*infant, {key: round(v, 2) if isinstance(v := each[key], float) else v for key in keys}]
        for infant, each in zip(infants, extra, strict=True)
    ]
    return _cell(f"mimic_{name}", "score", _UPRIGHT, [*columns, column], heads, f"mimic: {name}")


def _bound_for(row: list[Any], tilt_deg: float = 0.0, shift_mm: float = 0.0) -> float | None:
    """Return the bound with which an infant's drawn pose has this error; None where chance put it near zero."""
    unit_mm = growth_at(row[1], size=1.0).unit_mm
    extent = np.asarray(FIELD_OF_VIEW_MM)
    pose = draw_pose(row[0], 0, unit_mm, extent, max_tilt_deg=1.0, max_shift_mm=1.0)
    plain = draw_pose(row[0], 0, unit_mm, extent, max_tilt_deg=0.0, max_shift_mm=0.0)
    has = pose.plane.angle_to_deg(plain.plane) if tilt_deg else abs((pose.shift - plain.shift)[0])
    return round(float((tilt_deg or shift_mm) / has), 3) if has > 0.6 else None


def _walks(normals: Cell) -> list[Cell]:
    """Return posed heads that are aligned first: half normal, half with the lesions of the pooled cell of 6 SD."""
    half = WALKS // 2
    rows = normals["heads"][-SENTINEL:][:half]
    sick = _WALKED | {"diameter_mm": 12.0, "contrast_sd": 6.0}
    kinds = ("white_matter_injury", "haemorrhage")
    heads = [[*row, kinds[i % 2], "left" if i // 2 % 2 else "right"] for i, row in enumerate(rows)]
    columns = normals["columns"]
    return [
        _cell("walk_normal", "walk", _WALKED, columns, rows, "normals through the whole walk"),
        _cell("walk_lesion", "walk", sick, [*columns, "kind", "side"], heads, "lesions through the whole walk"),
    ]
