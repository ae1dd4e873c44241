"""symbrain: how symmetric a newborn's brain is, and whether that is normal for its age.

The public names are a table of contents: each is loaded when it is first used, so that importing symbrain is
instant and brings in neither torch nor nibabel nor pandas.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from symbrain.version import __version__

if TYPE_CHECKING:
    from symbrain.detector import load
    from symbrain.plane import Plane
    from symbrain.scored import Score
    from symbrain.single import align, score

_HOME = {
    "Plane": "symbrain.plane",
    "Score": "symbrain.scored",
    "align": "symbrain.single",
    "load": "symbrain.detector",
    "score": "symbrain.single",
}

__all__ = ["Plane", "Score", "__version__", "align", "load", "score"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        msg = f"module 'symbrain' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
