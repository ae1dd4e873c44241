"""The apparent diffusion coefficient (ADC) of each tissue of a newborn, in 10⁻³ mm²/s.

White matter holds much water before it is packed with fibres, and its diffusion falls with age towards that of grey
matter (Hüppi et al. 1998, Pediatric Research 44:584; Neil et al. 1998, Radiology 209:57).
"""

from __future__ import annotations

ADC = "ADC"
RESTRICTED = 0.35
"""By which share diffusion is lower in a stroke of the first week."""

_LEVELS = {
    "air": 0.0,
    "skin": 0.9,
    "scalp": 0.8,
    "fat": 0.1,
    "muscle": 1.3,
    "skull": 0.1,
    "marrow": 0.3,
    "eye": 2.9,
    "lens": 1.0,
    "nerve": 1.1,
    "csf": 3.0,
    "falx": 0.6,
    "sinus": 0.5,
    "vessel": 0.5,
    "choroid": 1.5,
    "matrix": 1.0,
    "cortex": 1.2,
    "white": 1.9,  # at 26 weeks
    "callosum": 1.25,
    "deep": 1.2,
    "thalamus": 1.1,
    "ventral thalamus": 1.0,
    "caudate": 1.2,
    "putamen": 1.15,
    "pallidum": 1.1,
    "subthalamus": 1.05,
    "capsule": 1.05,
    "cerebellum": 1.2,
    "cerebellar white": 1.25,
    "dentate": 1.1,
    "brainstem": 1.05,
    "tegmentum": 1.0,
    "basis": 1.1,
    "hippocampus": 1.25,
    "amygdala": 1.25,
}
_FALL = 0.45  # of white matter from 26 to 45 weeks


def diffusion(maturity: float) -> dict[str, float]:
    """Return the coefficient of each tissue.

    Parameters
    ----------
    maturity
        0 at 26 weeks, 1 at 45.
    """
    return _LEVELS | {"white": _LEVELS["white"] - _FALL * maturity}
