"""How a trained asymmetry detector is written down: bundle, golden example and model card."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from symbrain import operating, repeatability
from symbrain.deviation import BEARS, WORST_ML
from symbrain.learning.asymmetry import TARGETS
from symbrain.learning.asymmetry_calibration import DEVIANT_SD, Calibration
from symbrain.learning.asymmetry_features import STRIDE
from symbrain.learning.asymmetry_input import CHANNELS, CLIP, HALF, SHAPE, SPACING_MM
from symbrain.learning.asymmetry_net import AsymmetryNet
from symbrain.learning.bundle import write_bundle
from symbrain.learning.curve import curve_picture
from symbrain.learning.metadata import make_metadata, tensor_format
from symbrain.operating import operating_of
from symbrain.repeatability import known_of

_GOLDEN = (16, 16, 16)  # a small box tells as well as a large one whether the weights do what they did


def write_asymmetry_bundle(
    folder: Path,
    net: AsymmetryNet,
    folds: Mapping[str, bytes],
    calibration: Calibration,
    norms: Mapping[str, Any],
    *,
    seed: int,
    history: Mapping[str, Any],
    settings: Mapping[str, Any],
    data_source: str,
) -> None:
    """Write the bundle.

    Parameters
    ----------
    folds
        Safetensors by relative path: the weights that never saw a fold.
    norms
        The contents of ``norms.json``.
    settings
        Of the training, for the record.
    """
    x = torch.randn(1, len(CHANNELS), *_GOLDEN, generator=torch.Generator().manual_seed(seed))
    x[:, 1] = (x[:, 1] > -1).float()  # the mask
    with torch.inference_mode():
        golden = {"input": x, "logit": net.eval()(x)["logit"].clone()}
    small = [n // STRIDE for n in SHAPE]
    metadata = make_metadata(
        task="one-sided changes of the newborn's brain",
        description="For each place of an upright brain: the log-odds that this place, on this side, is changed.",
        intended_use="research on the symmetry of newborns' brains on MRI",
        data_source=data_source,
        inputs={"image": tensor_format("image", "magnitude", dict(enumerate(CHANNELS)), list(SHAPE))},
        outputs={"pred": tensor_format("image", "log-odds", {0: "changed on this side"}, small)},
        seed=seed,
        history=history,
        settings=dict(settings),
    )
    inference = {
        "imports": ["$import symbrain.learning.bundle_run as bundle_run"],
        "bundle_root": ".",
        "image": "",
        "mask": "",
        "output": "",
        "network_def": {"_target_": TARGETS[0]},
        "run": "$bundle_run.score(@bundle_root, @image, @mask, @output)",
        "spacing_mm": SPACING_MM,
        "shape": list(SHAPE),
        "channels": list(CHANNELS),
        "clip_sd": CLIP,
        "least_share_of_brain": HALF,
        "symmetrised": True,
        "worst_ml": WORST_ML,
        "deviant_sd": DEVIANT_SD,
        "bearing_laterality": BEARS,
    }
    write_bundle(
        folder,
        metadata=metadata,
        inference=inference,
        norms=norms,
        state=net.state_dict(),
        golden=golden,
        card=_card(metadata, calibration, len(folds), norms),
        extra={**folds, "docs/curve.png": curve_picture(history)},
    )


def _card(metadata: Mapping[str, Any], calibration: Calibration, folds: int, norms: Mapping[str, Any]) -> str:
    depths = "\n".join(
        f"| {edge:g} mm | {middle:.2f} | {spread:.2f} |"
        for edge, middle, spread in zip(calibration.edges_mm, calibration.middle, calibration.spread, strict=True)
    )
    trial = "\n".join(filter(None, [repeatability.card(known_of(norms)), operating.card(operating_of(norms))]))
    judged = f"by {folds} models that never saw their fold" if folds else "which were not trained on"
    return f"""---
license: apache-2.0
library_name: symbrain
tags: [neonatal MRI, brain asymmetry]
---

# Asymmetry detector

Finds one-sided changes of a newborn's brain on an upright T2w or T1w scan without its bias field.

- **Intended use**: {metadata["intended_use"]}. Not a medical device; no diagnosis may rest on it.
- **Trained on**: {metadata["data_source"]}; seed {metadata["seed"]}. One-sided changes were put into normal brains; no
  abnormal scan was used. {metadata["cpu_hours"]:g} hours of one core for the run that wrote this.
- **Ages and contrasts**: those of the normals that it was trained on, 26 to 45 weeks of post-menstrual age for
  synthetic ones; T2w and T1w. Scans of other ages, contrasts or resolutions are flagged, not extrapolated.
- **Symmetry**: a flip-consistency loss on the raw network; averaged over the reflection at inference, so that a
  mirrored brain gives the mirrored map.
- **Norm of the voxels**: {calibration.n} normal scans, {judged}; log-odds by depth below the brain's surface:

| from | median | SD (upper side) |
|---|---|---|
{depths}

![curve](curve.png)

{trial}
## Where it fails

- **Blind to symmetric disease**: a change at homologous places of both sides is no asymmetry, and was taught as none.
- Changes smaller than about a centimetre, or fainter than 3 SD of their tissue, are mostly missed; so is what lies
  within {calibration.edges_mm[0]:g} mm of the brain's surface, which is not compared.
- A skull that is flat on one side, a head cut off by the field of view or by defacing, motion, and a midline that is
  wrong by millimetres raise the score without any change of the brain.
- Figures from synthetic heads say nothing about infants: look at `benchmarks/` of symbrain's sources for how it
  compares with simpler methods, and measure it on scans of your own before you rely on it.

Research only. Norms from synthetic heads rank no infant.
"""
