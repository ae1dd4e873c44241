"""The laboratory's small tasks, for its tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from symmetry.teaching import Taught
from symmetry.toys import ToyNet, flip_error, learned, pose_parts, r_squared, sign, toy

__all__ = ["Taught", "ToyNet", "flip_error", "learned", "pose_parts", "r_squared", "sign", "toy"]
