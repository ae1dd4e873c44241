"""Which mechanisms there are, in the order in which they are tried."""

from __future__ import annotations

from symmetry.barlow import BarlowTwins
from symmetry.bures import BuresFeature
from symmetry.constrained import InvarianceConstrained
from symmetry.direction import DoubledAngle, PlainAngle
from symmetry.even_odd import EvenOddSplit, SplitPose
from symmetry.flip import AsInProduct, ExactAtInference, FlipAugmentation, FlipConsistency
from symmetry.frame_averaging import FrameAveraging, MirrorAveraging, PrincipalFrame
from symmetry.half_embedding import HalfEmbedding
from symmetry.latent_flip import LatentFlip
from symmetry.mechanism import Mechanism
from symmetry.orbit import Orbit
from symmetry.polar import PolarQuality
from symmetry.soft_equivariance import SoftEquivariance
from symmetry.tversky import TverskyHead

_ALL: tuple[type[Mechanism], ...] = (
    Mechanism,
    FlipConsistency,
    FlipAugmentation,
    ExactAtInference,
    AsInProduct,
    FrameAveraging,
    MirrorAveraging,
    LatentFlip,
    SoftEquivariance,
    InvarianceConstrained,
    EvenOddSplit,
    HalfEmbedding,
    BarlowTwins,
    TverskyHead,
    BuresFeature,
    SplitPose,
    PrincipalFrame,
    Orbit,
    DoubledAngle,
    PlainAngle,
    PolarQuality,
)
MECHANISMS = {kind.name: kind for kind in _ALL}
if len(MECHANISMS) < len(_ALL):
    msg = f"each mechanism needs a name of its own: {sorted(kind.name for kind in _ALL)}"
    raise ValueError(msg)
REFERENCE = FlipConsistency.name
FEW = (Mechanism.name, REFERENCE)
"""What is tried where time is short."""


def for_model(model: str) -> list[str]:
    """Return the mechanisms that have a meaning for a model."""
    return [name for name, kind in MECHANISMS.items() if model not in kind.not_for]
