"""ANTsPy's registration of a head to its mirror image, run in the peers' environment: ``python peers_ants.py METHOD``.

The head is a file on a canonical grid, whose first axis runs across the subject; its mirror image is the same array
reversed along that axis, on the same grid.
"""

from __future__ import annotations

import sys
import tempfile
from typing import Any

import ants
import numpy as np

from peers_serve import Answer, Job, serve

KINDS = {"ants_rigid": "Rigid", "ants_rigid_1mm": "Rigid", "ants_affine": "Affine"}


def register(job: Job, kind: str, target_mm: float | None) -> Answer:
    """Return where the probes of a job (world points in LPS) are mapped by the transform to the mirror image."""
    head = ants.image_read(job["path"])
    if target_mm is not None:
        head = ants.resample_image(head, (target_mm,) * 3, use_voxels=False, interp_type=0)
    mirror = head.new_image_like(np.ascontiguousarray(head.numpy()[::-1]))
    with tempfile.TemporaryDirectory() as folder:
        found: Any = ants.registration(head, mirror, type_of_transform=kind, outprefix=f"{folder}/")
        transform = ants.read_transform(found["fwdtransforms"][0])
        # ITK's transforms take points of the fixed image to the moving one.
        return {"mapped": [list(map(float, transform.apply_to_point(probe))) for probe in job["probes"]]}


def main() -> None:
    """Serve one method."""
    method = sys.argv[1]
    serve(lambda job: register(job, KINDS[method], 1.0 if method.endswith("_1mm") else None))


if __name__ == "__main__":
    main()
