"""The methods that are compared for the midline: names, words for a reader, and which worker answers for them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_FOLDER = Path(__file__).resolve().parent
OURS, PEERS = _FOLDER / "midline_worker.py", _FOLDER / "peers_ants.py"


@dataclass(frozen=True)
class Contender:
    """A method.

    Parameters
    ----------
    label
        What tables and figures call it.
    finds
        A plane of a volume, or lines of slices.
    slow
        Whether it takes so long that it is asked about fewer heads.
    peer
        Whether it runs in the peers' environment.
    finest_mm
        Voxels finer than this are averaged first, so that other scans would be the same as for another method; 0: none.
    """

    label: str
    finds: Literal["plane", "lines"] = "plane"
    slow: bool = False
    peer: bool = False
    finest_mm: float = 0.0

    @property
    def script(self) -> Path:
        """The worker that answers."""
        return PEERS if self.peer else OURS


CONTENDERS = {
    "fissure_symmetry": Contender("symbrain, anatomical midline"),
    "mirror_correlation": Contender("symbrain, greatest symmetry"),
    "ants_rigid": Contender("ANTsPy rigid to mirror image", slow=True, peer=True),
    "ants_rigid_1mm": Contender("ANTsPy rigid, at 1 mm", slow=True, peer=True, finest_mm=1.0),
    "ants_affine": Contender("ANTsPy affine, midway", slow=True, peer=True),
    "sitk_rigid": Contender("SimpleITK rigid to mirror image", slow=True),
    "inertia": Contender("axes of inertia of the brain"),
    "constant": Contender("middle of the image"),
    "network": Contender("symbrain, one slice alone", finds="lines"),
    "constant_line": Contender("middle of the slice", finds="lines"),
}
FULL_SIZE = ("mirror_correlation", "fissure_symmetry", "ants_rigid", "ants_rigid_1mm", "sitk_rigid")


def answers(name: str, spacing_mm: float) -> bool:
    """Whether a method has anything of its own to say about a scan with voxels of this size."""
    finest = CONTENDERS[name].finest_mm
    return not finest or spacing_mm <= 0.75 * finest
