"""The parcels of the DrawEM-87 atlas in a synthetic head: lobes and gyri by simple borders in head units."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symbrain.drawem import PAIRS_87, UNPAIRED_87
from symbrain.phantom import deep, tissue
from symbrain.phantom.anatomy import Anatomy
from symbrain.phantom.fields import Points

# Each region of the cerebral mantle has a grey and a white label; the order is that of the tests in ``_regions``.
_REGIONS = (
    "Frontal lobe",
    "Parietal lobe",
    "Occipital lobe",
    "Cingulate gyrus, anterior part",
    "Cingulate gyrus, posterior part",
    "Insula",
    "Superior temporal gyrus, middle part",
    "Superior temporal gyrus, posterior part",
    "Medial and inferior temporal gyri, anterior part",
    "Medial and inferior temporal gyri, posterior part",
    "Lateral occipitotemporal (fusiform) gyrus, anterior part",
    "Lateral occipitotemporal (fusiform) gyrus, posterior part",
    "Parahippocampal and ambiens gyri, anterior part",
    "Parahippocampal and ambiens gyri, posterior part",
    "Anterior temporal lobe, medial part",
    "Anterior temporal lobe, lateral part",
)
(
    _FRONTAL,
    _PARIETAL,
    _OCCIPITAL,
    _CINGULATE,
    _CINGULATE_BACK,
    _INSULA,
    _SUPERIOR,
    _SUPERIOR_BACK,
    _INFERIOR,
    _INFERIOR_BACK,
    _FUSIFORM,
    _FUSIFORM_BACK,
    _PARAHIPPOCAMPAL,
    _PARAHIPPOCAMPAL_BACK,
    _POLE_MEDIAL,
    _POLE_LATERAL,
) = range(len(_REGIONS))
_BACK = -14.0  # behind this, the posterior parts of the temporal gyri
_POLE = 18.0  # in front of this, the anterior temporal lobe

_WHOLE = {
    tissue.CSF: UNPAIRED_87["CSF"],
    tissue.DURA: UNPAIRED_87["Extra-cranial background"],
    tissue.BRAINSTEM: UNPAIRED_87["Brainstem"],
}
_HALVES = {tissue.VENTRICLE: "Lateral ventricle", tissue.CEREBELLUM: "Cerebellum"}
_NUCLEI = {
    "caudate": "Caudate nucleus",
    "putamen": "Lentiform nucleus",
    "pallidum": "Lentiform nucleus",
    "thalamus": "Thalamus, high intensity part in T2",
    "subthalamus": "Subthalamic nucleus",
}


def drawem87(anatomy: Anatomy, points: Points, tissues: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the DrawEM-87 number of points whose DrawEM-9 tissue is known; 0 stays 0.

    Merged into nine tissues, the numbers give the tissues back. The cavum and the lateral ventricles are one label
    for each side, the third and fourth ventricle are CSF, as in DrawEM; label 85 is not used.

    Parameters
    ----------
    points
        In the head frame, in head units; x > 0 is the subject's right.
    tissues
        DrawEM-9 number of each point.
    """
    out = np.zeros(len(points.x), np.uint8)
    right = points.x >= 0
    for code, number in _WHOLE.items():
        out[tissues == code] = number
    for code, name in _HALVES.items():
        at = np.flatnonzero(tissues == code)
        out[at] = _sided(name, right[at])
    for code, suffix in ((tissue.CORTEX, "GM"), (tissue.WHITE, "WM")):
        at = np.flatnonzero(tissues == code)
        table = np.array([PAIRS_87[f"{name}, {suffix}"] for name in _REGIONS], np.uint8)
        out[at] = table[_regions(anatomy.undo_bend(points.take(at))), right[at].astype(np.intp)]
    at = np.flatnonzero((tissues == tissue.WHITE) & (points.lateral < 11))
    band = at[deep.callosum(anatomy, anatomy.undo_bend(points.take(at))) > -0.5]
    out[band] = UNPAIRED_87["Corpus callosum"]
    at = np.flatnonzero(tissues == tissue.DEEP)
    out[at] = _nuclei(anatomy.undo_bend(points.take(at)), right[at])
    at = np.flatnonzero(tissues == tissue.HIPPOCAMPUS)
    near = anatomy.undo_bend(points.take(at))
    front = deep.amygdala(near) > deep.hippocampus(near)
    out[at] = np.where(front, _sided("Amygdala", right[at]), _sided("Hippocampus", right[at]))
    return out


def _sided(name: str, right: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return a structure's label on the side of each point."""
    return np.asarray(np.array(PAIRS_87[name], np.uint8)[right.astype(np.intp)])


def _nuclei(points: Points, right: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return the label of the nucleus that each point lies deepest in; the thalamus has two parts."""
    depths = deep.nuclei(points)
    best = np.argmax(np.stack([depths[name] for name in _NUCLEI]), axis=0)
    table = np.array([PAIRS_87[name] for name in _NUCLEI.values()], np.uint8)
    found = table[best, right.astype(np.intp)]
    dark = (best == list(_NUCLEI).index("thalamus")) & (depths["ventral thalamus"] > 0)
    low = _sided("Thalamus, low intensity part in T2", right)
    return np.where(dark, low, found).astype(np.uint8)


def _regions(points: Points) -> NDArray[np.intp]:
    """Return the index of the region of each point of the mantle; later borders overrule earlier ones."""
    lateral, y, z = points.lateral, points.y, points.z
    found = np.where(y > 12 - np.float32(0.5) * (z - 5), _FRONTAL, _PARIETAL)
    found[y < -28 - np.float32(0.42) * (z - 8)] = _OCCIPITAL
    above = -deep.arch(points)
    limbic = (lateral < 9) & (above > -2) & (above < 9) & (z > np.where(y > 0, -4, 6)) & (y > -34)
    found[limbic] = np.where(y[limbic] > 3, _CINGULATE, _CINGULATE_BACK)
    sylvian = -4 - np.float32(0.27) * y + np.float32(0.003) * np.square(y) - np.float32(0.25) * (lateral - 32)
    insular = (lateral > 21.5) & (lateral < 33) & (np.abs(z - sylvian) < 10) & (np.abs(y) < 20)
    temporal = (z < sylvian) & (lateral > 8) & (y > -32) & (z < 3 + np.float32(0.3) * (lateral - 30))
    temporal |= (z < -8) & (y > -34) & (y < 12) & (lateral > 10)
    gyrus = _temporal(points.take(temporal), sylvian[temporal])
    found[temporal] = gyrus
    found[insular & (np.abs(z - sylvian) < np.where(lateral < 27, 10, 4))] = _INSULA
    return np.asarray(found, np.intp)


def _temporal(points: Points, sylvian: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return the gyri of the temporal lobe, counted around its axis from the Sylvian fissure to the midline."""
    lateral, y = points.lateral, points.y
    below = sylvian - points.z
    back = (y < _BACK).astype(np.intp)
    found = _INFERIOR + back
    upper = (below < 9) & (lateral > 24)
    found = np.where(upper, _SUPERIOR + back, found)
    base = (lateral < 28) & ~upper
    found = np.where(base, _FUSIFORM + back, found)
    found = np.where(base & (lateral < 20), _PARAHIPPOCAMPAL + back, found)
    pole = y > _POLE
    return np.asarray(np.where(pole, np.where(lateral < 26, _POLE_MEDIAL, _POLE_LATERAL), found), np.intp)
