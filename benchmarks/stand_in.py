"""Write a cohort of perturbed public templates as a BIDS dataset, to stand in for a cohort of infants.

``python benchmarks/stand_in.py --templates benchmarks/results/templates --out DIR`` (the folder that ``templates.py
build`` has written); then ``snakemake --cores 2 --config bids_dir=DIR``. The heads are those of the template suite with
other seeds, posed at random; some bear a one-sided change, and ``truth.tsv`` beside the dataset says which.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from intervals import auroc
from suites import Case, load
from symbrain.atomic import write_json
from symbrain.plane import Plane
from symbrain.progress import track
from symbrain.volume import write_volume
from template_heads import make_scene

_FIRST_SEED = 4_300_000
_KINDS = ("haemorrhage", "white_matter_injury", "cyst", "ventriculomegaly", "volume_loss", "cortical_malformation")


def cases(normals: int, lesioned: int, diameter_mm: float, contrast_sd: float) -> list[Case]:
    """Return the heads of the cohort, the normal ones first."""
    ages = load("templates").cases(["plane"], normals + lesioned)
    fixed = {"modality": "T2w", "spacing_mm": 1.0, "max_tilt_deg": 15.0, "max_shift_mm": 6.0}
    found = []
    for number, case in enumerate(ages):
        options = fixed | {name: case.options[name] for name in ("template", "weeks")}
        if number >= normals:
            kind, side = _KINDS[number % len(_KINDS)], ("left", "right")[number // len(_KINDS) % 2]
            options |= {"kind": kind, "side": side, "diameter_mm": diameter_mm, "contrast_sd": contrast_sd}
        found.append(Case("stand_in", number, "walk", _FIRST_SEED + number, options))
    return found


def write(out: Path, templates: Path, chosen: list[Case]) -> None:
    """Write the dataset and its truth."""
    people, truth = [], []
    for case in track(chosen, "heads"):
        scene = make_scene(case, templates)
        name, session = f"TPL{case.head:03d}", str(1000 + case.head)
        folder = out / f"sub-{name}" / f"ses-{session}" / "anat"
        folder.mkdir(parents=True, exist_ok=True)
        stem = f"sub-{name}_ses-{session}"
        write_volume(folder / f"{stem}_T2w.nii.gz", scene.volume.data, scene.volume.affine)
        sick = case.has("kind")
        sheet = pd.DataFrame([{"session_id": session, "scan_age": scene.weeks, "radiology_score": 4 if sick else 1}])
        sheet.to_csv(out / f"sub-{name}" / f"sub-{name}_sessions.tsv", sep="\t", index=False)
        people.append({"participant_id": name, "sex": "n/a", "birth_age": scene.weeks})
        x, y, z = scene.plane.normal
        truth.append({"scan_id": f"{stem}_T2w", "x": x, "y": y, "z": z, "offset_mm": scene.plane.offset_mm}
                     | {key: case.options.get(key, "n/a") for key in ("template", "kind", "side")})  # fmt: skip
    pd.DataFrame(people).to_csv(out / "participants.tsv", sep="\t", index=False)
    pd.DataFrame(truth).to_csv(out.with_name(f"{out.name}-truth.tsv"), sep="\t", index=False)
    write_json(out / "dataset_description.json", {"Name": "Perturbed templates", "BIDSVersion": "1.10.0"})


def judge(results: Path, truth_file: Path) -> str:
    """Return what the scores of the cohort say, as Markdown."""
    scores = pd.read_csv(results / "scores.tsv", sep="\t", na_values=["n/a"], keep_default_na=False)
    rows = scores.merge(pd.read_csv(truth_file, sep="\t", keep_default_na=False), on="scan_id")
    sick = rows["kind"] != "n/a"
    lines = [f"{len(rows)} scans, {int(sick.sum())} with a change; qc {rows['qc'].value_counts().to_dict()}", ""]
    for name in ("asymmetry_score", "asymmetry_z", "classical_score"):
        known = rows[name].notna()
        if known.any() and sick[known].nunique() == 2:
            area = auroc(rows.loc[known & ~sick, name], rows.loc[known & sick, name])
            lines.append(f"- {name}: AUROC {area:.2f} of {int(known.sum())}")
    found = rows[sick & rows["asymmetry_side"].isin(["left", "right"])]
    lines.append(f"- side right in {int((found['asymmetry_side'] == found['side']).sum())} of {len(found)} with a side")
    errors = []
    for row in rows.itertuples():
        record = pd.read_json(next(results.rglob(f"{row.scan_id}_midline.json")), typ="series")
        plane = Plane(tuple(record["normal"]), record["offset_mm"])
        true = Plane((row.x, row.y, row.z), row.offset_mm)
        errors.append((plane.angle_to_deg(true), plane.gap_mm(true, record["center_mm"])))
    angle, gap = np.median(errors, axis=0)
    lines.append(f"- plane: {angle:.2f}° and {gap:.2f} mm median, {np.max(errors, axis=0)[0]:.2f}° at worst")
    lines.append(f"- midline_agreement_deg: {rows['midline_agreement_deg'].median():.2f} median")
    return "\n".join(lines)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--templates", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--normals", type=int, default=30)
    parser.add_argument("--lesioned", type=int, default=12)
    parser.add_argument("--diameter-mm", type=float, default=16.0)
    parser.add_argument("--contrast-sd", type=float, default=5.0)
    parser.add_argument("--judge", type=Path, help="results folder of the workflow on --out: say what its scores say")
    given = parser.parse_args()
    if given.judge:
        print(judge(given.judge, given.out.with_name(f"{given.out.name}-truth.tsv")))
        return
    write(given.out, given.templates, cases(given.normals, given.lesioned, given.diameter_mm, given.contrast_sd))


if __name__ == "__main__":
    main()
