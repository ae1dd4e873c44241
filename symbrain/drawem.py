"""DrawEM labels (the dHCP's segmentation): names and left/right pairs as data.

Source: MIRTK/DrawEM, ``label_names/ALBERT``. **The parity of left flips**: labels 1–18 and 20–47 are odd on the
left, 49 and 50 are the left and right ventricles, 51–62 are odd on the left, 63–82 are odd on the RIGHT, and 87/86
are the left and right low-intensity thalamus. Never compute a side from a label's number.
"""

from __future__ import annotations

from typing import Any, Literal

from numpy.typing import NDArray

Atlas = Literal["drawem87", "drawem9"]

# structure: (left, right)
PAIRS_87: dict[str, tuple[int, int]] = {
    "Hippocampus": (1, 2),
    "Amygdala": (3, 4),
    "Anterior temporal lobe, medial part, GM": (5, 6),
    "Anterior temporal lobe, lateral part, GM": (7, 8),
    "Parahippocampal and ambiens gyri, anterior part, GM": (9, 10),
    "Superior temporal gyrus, middle part, GM": (11, 12),
    "Medial and inferior temporal gyri, anterior part, GM": (13, 14),
    "Lateral occipitotemporal (fusiform) gyrus, anterior part, GM": (15, 16),
    "Cerebellum": (17, 18),
    "Insula, GM": (21, 20),
    "Occipital lobe, GM": (23, 22),
    "Parahippocampal and ambiens gyri, posterior part, GM": (25, 24),
    "Lateral occipitotemporal (fusiform) gyrus, posterior part, GM": (27, 26),
    "Medial and inferior temporal gyri, posterior part, GM": (29, 28),
    "Superior temporal gyrus, posterior part, GM": (31, 30),
    "Cingulate gyrus, anterior part, GM": (33, 32),
    "Cingulate gyrus, posterior part, GM": (35, 34),
    "Frontal lobe, GM": (37, 36),
    "Parietal lobe, GM": (39, 38),
    "Caudate nucleus": (41, 40),
    "Thalamus, high intensity part in T2": (43, 42),
    "Subthalamic nucleus": (45, 44),
    "Lentiform nucleus": (47, 46),
    "Lateral ventricle": (49, 50),
    "Anterior temporal lobe, medial part, WM": (51, 52),
    "Anterior temporal lobe, lateral part, WM": (53, 54),
    "Parahippocampal and ambiens gyri, anterior part, WM": (55, 56),
    "Superior temporal gyrus, middle part, WM": (57, 58),
    "Medial and inferior temporal gyri, anterior part, WM": (59, 60),
    "Lateral occipitotemporal (fusiform) gyrus, anterior part, WM": (61, 62),
    "Insula, WM": (64, 63),
    "Occipital lobe, WM": (66, 65),
    "Parahippocampal and ambiens gyri, posterior part, WM": (68, 67),
    "Lateral occipitotemporal (fusiform) gyrus, posterior part, WM": (70, 69),
    "Medial and inferior temporal gyri, posterior part, WM": (72, 71),
    "Superior temporal gyrus, posterior part, WM": (74, 73),
    "Cingulate gyrus, anterior part, WM": (76, 75),
    "Cingulate gyrus, posterior part, WM": (78, 77),
    "Frontal lobe, WM": (80, 79),
    "Parietal lobe, WM": (82, 81),
    "Thalamus, low intensity part in T2": (87, 86),
}
UNPAIRED_87: dict[str, int] = {
    "Brainstem": 19,
    "Corpus callosum": 48,
    "CSF": 83,
    "Extra-cranial background": 84,
    "Intra-cranial background": 85,
}

# The nine tissues are not lateralised in their numbers: a side is what the midline plane says.
TISSUES_9: dict[str, int] = {
    "CSF": 1,
    "Cortical grey matter": 2,
    "White matter": 3,
    "Background": 4,
    "Ventricles": 5,
    "Cerebellum": 6,
    "Deep grey matter": 7,
    "Brainstem": 8,
    "Hippocampi and amygdala": 9,
}

PARTNER: dict[int, int] = {a: b for left, right in PAIRS_87.values() for a, b in ((left, right), (right, left))}
"""Each lateralised DrawEM-87 label and its homologue on the other side."""


def atlas_of(labels: NDArray[Any], name: str = "") -> Atlas | None:
    """Tell which DrawEM atlas a label map follows, by its file name and its highest label; None if neither.

    Labels of another atlas (M-CRIB's run to 96 and above 1000, BOUNTI's to 19) must not be read as DrawEM's.
    """
    highest = int(labels.max(initial=0))
    if "drawem87" in name.lower() and highest <= 87:
        return "drawem87"
    if "drawem9" in name.lower() and highest <= 9:
        return "drawem9"
    return {87: "drawem87", 9: "drawem9"}.get(highest)  # type: ignore[return-value]
