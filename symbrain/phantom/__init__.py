"""Synthetic newborns' heads with a known midline plane and known lesions: pure functions of a seed.

The anatomy is a set of formulas in the head's own frame, evaluated at each voxel of a posed grid: nothing is ever
interpolated, so that a head can be had in any pose, on any grid, in either contrast, with or without a lesion.
One core takes about 0.3 s for a head of 2 mm voxels, 1 s at 1 mm and 8 s at 0.5 mm, in less than 0.3 GB.
"""

from symbrain.phantom.anatomy import Asymmetry
from symbrain.phantom.head import Phantom, make_head
from symbrain.phantom.lesion import KINDS, Lesion
from symbrain.phantom.mimics import MIMICS, NO_MIDLINE, make_mimic
from symbrain.phantom.tissue import LATERALISED, to_drawem9
from symbrain.phantom.variant import Variant

__all__ = [
    "KINDS",
    "LATERALISED",
    "MIMICS",
    "NO_MIDLINE",
    "Asymmetry",
    "Lesion",
    "Phantom",
    "Variant",
    "make_head",
    "make_mimic",
    "to_drawem9",
]
