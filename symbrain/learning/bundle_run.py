"""What ``python -m monai.bundle run`` does with a bundle of symbrain: one scan in, numbers out as JSON.

The configuration in the bundle names these functions; whoever runs it has chosen to run what the configuration says.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from symbrain.atomic import write_json
from symbrain.errors import BadInput
from symbrain.learning.asymmetry import AsymmetryModel
from symbrain.learning.midline import FoundMidline, Midline
from symbrain.volume import read_map

_ASYMMETRY = {
    "score": "asymmetry_score",
    "low": "asymmetry_score_low",
    "high": "asymmetry_score_high",
    "laterality_index": "laterality_index",
    "side": "asymmetry_side",
    "volume_ml": "deviation_volume_ml",
}


def score(bundle: str, image: str, mask: str, output: str) -> dict[str, Any]:
    """Score an upright brain and write the numbers, named as in scores.tsv.

    Parameters
    ----------
    image, mask
        What ``symbrain align SCAN --out DIR`` wrote: ``…_space-upright_desc-unbiased_image.nii.gz``, and
        ``…_space-upright_mask.nii.gz``.
    output
        JSON file; empty for none.
    """
    model = AsymmetryModel.load(Path(bundle))
    upright, brain = read_map(_given("image", image)), read_map(_given("mask", mask))
    if upright.shape != brain.shape:
        msg = f"{mask} has the shape {brain.shape}, {image} {upright.shape}; name the mask that was written with it"
        raise BadInput(msg)
    found = model.compare(upright.data, brain.data > 0, float(upright.affine[0, 0]))
    return _told({ours: getattr(found, name) for name, ours in _ASYMMETRY.items()}, model.sha256, output)


def lines(bundle: str, image: str, output: str) -> dict[str, Any]:
    """Find the midline of each axial slice of a scan, and write the lines.

    Parameters
    ----------
    image
        NIfTI file of a scan.
    output
        JSON file; empty for none.
    """
    model = Midline.load(Path(bundle))
    found = model.predict(_given("image", image))
    each = [found] if isinstance(found, FoundMidline) else found
    rows = [
        {
            "slice_index": index,
            "points": None if one.points is None else one.points.tolist(),
            "angle_deg": None if one.points is None else one.angle_deg,
            "offset_mm": None if one.points is None else one.offset_mm,
            "angle_sd_deg": None if one.points is None else one.angle_sd_deg,
            "offset_sd_mm": None if one.points is None else one.offset_sd_mm,
            "p_midline": one.p_midline,
        }
        for index, one in enumerate(each)
    ]
    return _told({"slices": rows}, model.sha256, output)


def _given(name: str, path: str) -> Path:
    if not path:
        msg = f"no --{name} was given; name a NIfTI file"
        raise BadInput(msg)
    return Path(path)


def _told(record: dict[str, Any], sha256: str, output: str) -> dict[str, Any]:
    record = record | {"weights_sha256": sha256}
    if output:
        write_json(Path(output), record)
    else:
        print(record)
    return record
