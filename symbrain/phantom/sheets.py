"""The tables of a synthetic cohort: the participants and sessions as a release has them, and the truth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from symbrain.atomic import write_json, write_text
from symbrain.phantom.cohort import Participant, Session
from symbrain.phantom.head import Phantom
from symbrain.phantom.lesion import KINDS
from symbrain.version import __version__

_TRUTH: dict[str, str] = {
    "participant_id": "Participant",
    "session_id": "Session",
    "scan_id": "Name of the image without .nii.gz",
    "modality": "T2w or T1w",
    "scan_age_weeks": "Post-menstrual age at the scan, in weeks",
    "seed": "Seed of the infant's anatomy",
    "fault": "How the scan is broken on purpose; n/a where it is whole",
    "normal_x": "Unit normal of the true midline plane towards the subject's right, world RAS+, first component",
    "normal_y": "Second component",
    "normal_z": "Third component",
    "offset_mm": "Offset of the true midline plane along its normal, in mm",
    "center_x": "Centroid of the brain mask in the world, first component, in mm",
    "center_y": "Second component",
    "center_z": "Third component",
    "mimic": "How the head looks odd without a one-sided change of the brain; n/a where it does not",
    "lesion_kind": f"{', '.join(KINDS)}; n/a where there is none",
    "lesion_side": "The subject's side that bears the lesion",
    "lesion_diameter_mm": "Diameter of the sphere of the volume that was asked for (ventriculomegaly: atrium), in mm",
    "lesion_volume_ml": "Volume of the change, partial voxels counted in part, in ml",
    "lesion_contrast_sd": "Change of brightness in standard deviations of white matter",
    "lesion_x": "Centroid of the change in the world, first component, in mm",
    "lesion_y": "Second component",
    "lesion_z": "Third component",
}


def truth_row(
    folder: Path, scan_id: str, phantom: Phantom, *, fault: str | None = None, mimic: str | None = None
) -> dict[str, Any]:
    """Return the truth about one image; ``folder`` is its ``sub-…/ses-…/anat``."""
    row: dict[str, Any] = {
        "participant_id": folder.parts[0],
        "session_id": folder.parts[1],
        "scan_id": scan_id,
        "modality": phantom.modality,
        "scan_age_weeks": phantom.scan_age_weeks,
        "seed": phantom.seed,
        "fault": fault,
        "mimic": mimic,
        **_components("normal", phantom.plane.normal),
        "offset_mm": phantom.plane.offset_mm,
        **_components("center", phantom.center_mm),
    }
    if phantom.lesion and phantom.lesion_center_mm:
        row |= {f"lesion_{name}": value for name, value in vars(phantom.lesion).items()}
        row |= {"lesion_volume_ml": phantom.lesion_volume_ml, **_components("lesion", phantom.lesion_center_mm)}
    return row


def write_truth(root: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write the truth, its dictionary and its description."""
    _write_table(root / "truth.tsv", list(_TRUTH), rows)
    write_json(root / "truth.json", {name: {"Description": text} for name, text in _TRUTH.items()})
    write_json(root / "dataset_description.json", _description("symbrain phantom: the truth", "derivative"))


def write_sheets(out: Path, plan: Sequence[Participant], release: str) -> None:
    """Write the tables of a release, without a word of truth, and last the description of the dataset."""
    plan = sorted(plan, key=lambda p: p.participant_id)
    rows = [_participant_row(p, release) for p in plan]
    _write_table(out / "participants.tsv", list(rows[0]), rows)
    for participant in plan:
        visits = [_session_row(s, release) for s in participant.sessions]
        sub = f"sub-{participant.participant_id}"
        _write_table(out / sub / f"{sub}_sessions.tsv", list(visits[0]), visits)
    write_text(out / "README", "Synthetic newborns, laid out like the developing Human Connectome Project's release.\n")
    write_json(out / "dataset_description.json", _description("symbrain phantom cohort", "raw"))


def _components(name: str, values: tuple[float, float, float]) -> dict[str, float]:
    return {f"{name}_{axis}": float(value) for axis, value in zip("xyz", values, strict=True)}


def _participant_row(infant: Participant, release: str) -> dict[str, Any]:
    if release == "rel2":
        who = {"gender": infant.sex.capitalize()}
        born = "Multiple" if infant.multiple else "Single"
    else:
        who, born = {"sex": infant.sex}, "M" if infant.multiple else "S"
    return {
        "participant_id": infant.participant_id,
        **who,
        "birth_age": infant.birth_age,
        "birth_weight": infant.birth_weight_kg,
        "singleton": born,
    }


def _session_row(session: Session, release: str) -> dict[str, Any]:
    row: dict[str, Any] = {"session_id": session.session_id, "scan_age": session.weeks}
    if release == "rel2":
        score = session.radiology_score.removesuffix(".0")
        return row | {"radiology_score": score, "scan_number": session.visit + 1, "sedation": int(session.sedation)}
    return row | {
        "scan_head_circumference": session.head_circumference_cm,
        "radiology_score": session.radiology_score,
        "scan_number": session.visit + 1,
        "sedation": session.sedation,
    }


def _write_table(path: Path, columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    lines = ["\t".join(columns)]
    for row in rows:
        cells = (row.get(name) for name in columns)
        lines.append("\t".join("n/a" if cell is None else str(cell) for cell in cells))
    write_text(path, "\n".join(lines) + "\n")


def _description(name: str, kind: str) -> dict[str, Any]:
    made_by = [{"Name": "symbrain", "Version": __version__}]
    return {"Name": name, "BIDSVersion": "1.10.0", "DatasetType": kind, "GeneratedBy": made_by}
