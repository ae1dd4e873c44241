"""Score an upright brain with nothing of symbrain: ONNX Runtime, numpy and nibabel.

symbrain export asymmetry --to onnx --out asymmetry.onnx
symbrain align scan.nii.gz --out aligned
python examples/score_with_onnx.py asymmetry.onnx aligned/scan_space-upright
"""

import base64
import json
import sys

import nibabel
import numpy as np
import onnxruntime


def main(model: str, upright: str) -> None:
    """Check the network by the golden brain that it carries, and score what ``symbrain align`` wrote."""
    network = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    golden = json.loads(network.get_modelmeta().custom_metadata_map["golden"])
    known = {
        name: np.frombuffer(base64.b64decode(one["base64"]), one["dtype"]).astype(np.float32).reshape(one["shape"])
        for name, one in golden.items()
    }
    answer = network.run(["score"], {name: known[name] for name in ("image", "mask", "spacing_mm")})[0]
    if abs(answer - known["score"]).item() > 1e-3:
        sys.exit(f"{model} gives the golden brain {answer.item()}, {known['score'].item()} is expected: copy it again")

    image = nibabel.load(f"{upright}_desc-unbiased_image.nii.gz")
    mask = nibabel.load(f"{upright}_mask.nii.gz")
    given = {
        "image": np.ascontiguousarray(image.dataobj, np.float32),
        "mask": np.ascontiguousarray(mask.dataobj, np.float32),
        "spacing_mm": np.array(image.header.get_zooms()[:1], np.float32),
    }
    score, laterality, side, volume, heat = network.run(None, given)
    print(f"asymmetry_score {score.item():.6f}")
    print(f"laterality_index {laterality.item():.4f} ({('left', 'none', 'right')[int(side.item()) + 1]})")
    print(f"deviation_volume_ml {volume.item():.3f}")
    nibabel.save(nibabel.Nifti1Image(heat, image.affine), f"{upright}_onnx_heatmap.nii.gz")


if __name__ == "__main__":
    main(*sys.argv[1:])
