"""What ``align`` tells about a scan in plain numbers: its ``_midline.json``, which the later stages read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from symbrain.json_file import read_object, understood
from symbrain.plane import Plane
from symbrain.quality import Quality
from symbrain.version import __version__
from symbrain.volume import Affine


@dataclass(frozen=True)
class Alignment:
    """A scan's plane with its provenance, as plain numbers.

    Parameters
    ----------
    plane, symmetry_plane
        The anatomical midline and the plane of greatest symmetry; equal as long as ``method`` names no anatomical
        estimate.
    to_scan
        4×4 rigid motion from the upright world to the scan's (RAS+, mm).
    stored_affine, stored_shape
        The grid of the scan's file.
    """

    plane: Plane
    symmetry_plane: Plane
    center_mm: tuple[float, float, float]
    confidence: float
    symmetry_before: float
    symmetry_after: float
    method: str
    mask_source: str
    input_sha256: str
    quality: Quality
    warnings: tuple[str, ...]
    to_scan: Affine
    stored_affine: Affine
    stored_shape: tuple[int, int, int]

    @property
    def voxel_mm(self) -> float:
        """Largest voxel edge of the scan, in millimetres."""
        return float(np.linalg.norm(self.stored_affine[:3, :3], axis=0).max())

    def to_dict(self) -> dict[str, Any]:
        """Return the content of ``_midline.json``."""
        return {
            **self.plane.to_dict(),
            "symmetry_plane": self.symmetry_plane.to_dict(),
            "center_mm": list(self.center_mm),
            "confidence": self.confidence,
            "symmetry_before": self.symmetry_before,
            "symmetry_after": self.symmetry_after,
            "method": self.method,
            "mask_source": self.mask_source,
            "quality": asdict(self.quality),
            "warnings": list(self.warnings),
            "upright_to_scan": self.to_scan.tolist(),
            "scan_affine": self.stored_affine.tolist(),
            "scan_shape": list(self.stored_shape),
            "symbrain_version": __version__,
            "input_sha256": self.input_sha256,
        }

    @classmethod
    def read(cls, path: Path) -> Alignment:
        """Read a file ``_midline.json``.

        Raises
        ------
        BadInput
            Where it cannot be read, or something lacks in it.
        """
        remedy = "run the stage align again"
        return understood(cls.from_dict, read_object(path, remedy), path.name, remedy)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Alignment:
        """Read the content of ``_midline.json``."""
        x, y, z = (float(v) for v in record["center_mm"])
        nx, ny, nz = (int(n) for n in record["scan_shape"])
        return cls(
            plane=Plane.from_dict(record),
            symmetry_plane=Plane.from_dict(record["symmetry_plane"]),
            center_mm=(x, y, z),
            confidence=float(record["confidence"]),
            symmetry_before=float(record["symmetry_before"]),
            symmetry_after=float(record["symmetry_after"]),
            method=str(record["method"]),
            mask_source=str(record["mask_source"]),
            input_sha256=str(record["input_sha256"]),
            quality=Quality(**{k: float(v) for k, v in record["quality"].items()}),
            warnings=tuple(str(w) for w in record["warnings"]),
            to_scan=_matrix(record["upright_to_scan"]),
            stored_affine=_matrix(record["scan_affine"]),
            stored_shape=(nx, ny, nz),
        )


def _matrix(rows: Any) -> Affine:
    matrix = np.array(rows, float)
    if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
        msg = f"a matrix of shape {matrix.shape}; 4×4 finite numbers are expected"
        raise ValueError(msg)
    return matrix
