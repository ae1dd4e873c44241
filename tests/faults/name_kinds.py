"""Names of participants and files: data, whatever the characters, and never a command, a path or a formula."""

from __future__ import annotations

import os

from faults.kind import Happens, Kind, excluded, harmless
from faults.site import SESSION, Site, nifti


def _named(name: str, label: str) -> Kind:
    return Kind(name, Site.healthy, Happens.TWIN, label=label)


def _twice(site: Site) -> object:
    site.healthy()
    return site.store(nifti(), "T2w.nii")


def _of_a_stranger(site: Site) -> object:
    path = site.healthy()
    return path.rename(path.with_name(f"sub-Somebody_{SESSION}_T2w.nii.gz"))


def _sibling(site: Site) -> object:
    """Write two infants of one birth, whose numbers are the same but for AN and BN."""
    site.healthy()
    return Site(site.root, site.participant.replace("AN", "BN")).healthy()


def _dangling(site: Site) -> object:
    path = site.healthy()
    path.unlink()
    return path.symlink_to("gone.nii.gz")


def _to_itself(site: Site) -> object:
    path = site.healthy()
    path.unlink()
    return path.symlink_to(path.name)


def _elsewhere(site: Site) -> object:
    """Keep the image outside its session, as git-annex does, with a link in its place."""
    path, kept = site.healthy(), site.root / ".store" / site.participant
    kept.parent.mkdir(exist_ok=True)
    path.rename(kept)
    return path.symlink_to(os.path.relpath(kept, path.parent))


KINDS = (
    _named("participant with a space", "two words"),
    _named("participant with quotes", "a'b\"c"),
    _named("participant called ..", ".."),
    _named("participant with shell commands", "$(touch stolen);&|`id`"),
    _named("participant with a leading =", "=1+1"),
    _named("participant in Unicode", "Größe-Ω-名"),
    _named("participant with markup", "<b>&amp;"),
    _named("participant with wildcards of the workflow", "{chunk}*[0]"),
    Kind("participant with two spaces in a row", Site.healthy, Happens.EXCLUDED, "rename it", label="two  blanks"),
    Kind("participant with a line break", Site.healthy, Happens.EXCLUDED, "rename it", label="line\nbreak"),
    Kind("sibling with the same number", _sibling, Happens.TWIN, label="CC00050AN"),
    harmless("one scan as .nii and as .nii.gz", _twice),
    excluded("file named for another participant", _of_a_stranger, "is named for sub-Somebody but lies in"),
    excluded("dangling symlink", _dangling, "link to a file that is not there.*fetch the file or repair the link"),
    excluded("symlink to itself", _to_itself, "link to a file that is not there.*repair the link"),
    harmless("symlink to a file elsewhere", _elsewhere),
    excluded("unreadable file", lambda site: site.healthy().chmod(0), "cannot be read .Permission denied."),
    Kind("session without images", lambda site: site.folder.mkdir(parents=True), Happens.TOLD, "have no T2w or T1w"),
    Kind("folder in place of the image", lambda site: site.path().mkdir(parents=True), Happens.TOLD, "and no row"),
)
