"""Which side of a newborn's brain is usually the larger one: what is known, how large it is, and who says so.

A newborn's brain is not its own mirror image on average, so a cohort can tell whether left and right were exchanged.
An effect is the mean over the standard deviation of ln(right / left) among infants. Few papers give it. Where one
counts infants by their larger side, it is the mean of a normal distribution that gives these counts beyond one limit;
where a paper only says that the sides of n infants differ, it is the smallest one that n infants make significant,
2/√n. The literature measures the depth of the superior temporal sulcus along a surface; how much of that effect is
left to a simpler measure was found on sixty synthetic heads, which have one of 1.80. Adult torque is left out, because
newborns do not have it (Gilmore 2007).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Side = Literal["left", "right"]

DOUBT = 0.5
"""Standard deviation of what an effect may truly be in a cohort, as a share of the effect."""
CORRELATION = 0.3
"""Correlation of the measures of one brain that is reckoned with; synthetic newborns have 0.14, 0.61 at most."""


@dataclass(frozen=True)
class UsualSide:
    """A directed asymmetry.

    Parameters
    ----------
    measure
        Its name in sides.tsv.
    larger
        The side that is larger in most infants.
    effect
        Mean over standard deviation of ln(larger / smaller side) among infants, above 0.
    of
        ``labels`` where DrawEM's labels are needed, else ``image``.
    source
        Where the effect comes from.
    instead_of
        The measure of labels that this one of the image stands in for, where there are no labels.
    """

    measure: str
    larger: Side
    effect: float
    of: Literal["labels", "image"]
    source: str
    instead_of: str | None = None

    @property
    def sign(self) -> int:
        """Sign of the expected ln(right / left)."""
        return 1 if self.larger == "right" else -1


_BATTON = "33 larger on the left, 8 on the right, of 354 (Batton 1998)"
_LEHTOLA = "told of 68 infants without a size (Lehtola 2019): 2/√68"
_GILMORE = "told of 74 newborns without a size (Gilmore 2007): 2/√74"
_STS = "the sulcus is deeper on the right in 90 % of fetuses (Leroy 2015 and after it: 1.28)"
_STS_LABELS = f"{_STS}; synthetic newborns leave 28 % of it to this measure"
_STS_IMAGE = f"{_STS}; synthetic newborns leave 17 % of it to this measure"

USUAL_SIDES = (
    UsualSide("lateral_ventricle", "left", 0.34, "labels", _BATTON),
    UsualSide("superior_temporal_depth", "right", 0.36, "labels", _STS_LABELS),
    UsualSide("temporal_lobe", "right", 0.24, "labels", _LEHTOLA),
    UsualSide("parietal_lobe", "left", 0.24, "labels", _LEHTOLA),
    UsualSide("occipital_lobe", "left", 0.24, "labels", _LEHTOLA),
    UsualSide("cerebrum", "left", 0.23, "labels", _GILMORE),
    UsualSide("deep_grey_matter", "right", 0.17, "labels", "told of 143 infants without a size (Dean 2018): 2/√143"),
    UsualSide("central_fluid", "left", 0.34, "image", _BATTON, "lateral_ventricle"),
    UsualSide("deep_temporal_cortex", "right", 0.21, "image", _STS_IMAGE, "superior_temporal_depth"),
    UsualSide("brain_mask", "left", 0.23, "image", _GILMORE, "cerebrum"),
)
