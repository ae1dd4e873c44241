"""How a trained asymmetry detector is written down: bundle, golden example and model card."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from symbrain import operating, repeatability
from symbrain.learning.asymmetry_calibration import Calibration
from symbrain.learning.asymmetry_features import STRIDE
from symbrain.learning.asymmetry_input import CHANNELS, SHAPE, SPACING_MM
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
        intended_use="research on cohorts of newborns; not for diagnosis",
        data_source=data_source,
        inputs={"image": tensor_format("image", "magnitude", dict(enumerate(CHANNELS)), list(SHAPE))},
        outputs={"logit": tensor_format("image", "log-odds", {0: "changed on this side"}, small)},
        seed=seed,
        history=history,
        settings=dict(settings),
    )
    inference = {
        "network_def": {"_target_": "symbrain.learning.asymmetry_net.AsymmetryNet"},
        "spacing_mm": SPACING_MM,
        "shape": list(SHAPE),
        "channels": list(CHANNELS),
        "symmetrised": True,
    }
    write_bundle(
        folder,
        metadata=metadata,
        inference=inference,
        norms=norms,
        state=net.state_dict(),
        golden=golden,
        card=_card(data_source, calibration, len(folds), norms),
        extra={**folds, "docs/curve.png": curve_picture(history)},
    )


def _card(data_source: str, calibration: Calibration, folds: int, norms: Mapping[str, Any]) -> str:
    depths = "\n".join(
        f"| {edge:g} mm | {middle:.2f} | {spread:.2f} |"
        for edge, middle, spread in zip(calibration.edges_mm, calibration.middle, calibration.spread, strict=True)
    )
    trial = "\n".join(filter(None, [repeatability.card(known_of(norms)), operating.card(operating_of(norms))]))
    judged = f"by {folds} models that never saw their fold" if folds else "which were not trained on"
    return f"""# Asymmetry detector

Finds one-sided changes of a newborn's brain on an upright T2w or T1w scan without its bias field.

- **Trained on**: {data_source}. One-sided changes were put into normal brains; no abnormal scan was used.
- **Blind to** symmetric disease: a change at homologous places of both sides is no asymmetry, and was taught as none.
- **Symmetry**: a flip-consistency loss on the raw network; averaged over the reflection at inference, so that a
  mirrored brain gives the mirrored map.
- **Norm of the voxels**: {calibration.n} normal scans, {judged}; log-odds by depth below the brain's surface:

| from | median | SD (upper side) |
|---|---|---|
{depths}

![curve](curve.png)

{trial}
Research only. Norms from synthetic heads rank no infant.
"""
