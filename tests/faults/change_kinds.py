"""Files that change while a run is under way, after they were aligned."""

from __future__ import annotations

from collections.abc import Callable

from faults.kind import Happens, Kind
from faults.site import Site, head, nifti, picture


def _meanwhile(name: str, change: Callable[[Site], object], says: str) -> Kind:
    return Kind(name, Site.healthy, Happens.EXCLUDED, says, "slices", change)


def _cut(site: Site) -> object:
    path = site.path()
    return path.write_bytes(path.read_bytes()[:-400])


KINDS = (
    _meanwhile(
        "another image of the same size during the run",
        lambda site: site.store(nifti(picture(2)[::-1], head().affine)),
        "has changed since it was aligned.*run the same command again",
    ),
    _meanwhile("truncated during the run", _cut, "truncated or damaged"),
    _meanwhile("removed during the run", lambda site: site.path().unlink(), "cannot be read.*check that the file"),
)
