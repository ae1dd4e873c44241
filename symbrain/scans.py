"""Which scans a dataset holds: one row for each acquisition, in its best version, with the mask and labels that fit.

A **scan** is what one session has of one contrast and one acquisition (``acq-``, ``run-`` and whatever else the name
says). Files that differ only by ``desc``, ``rec``, ``space`` or ``res`` are versions of it. The best version is there
and not empty, then lies in T2w space (release 2 resamples T1w there) before its own before any other, then is
``desc-restore`` before plain before any other, then ``rec-SVR`` before plain before any other.

A **mask** (``desc-brain_mask``, else BET's, else DrawEM's) or **label map** (DrawEM's 87 structures, else its 9
tissues) fits when it lies in the scan's space by its name. Without a space in its name it belongs to the folder's T2w
(or only contrast), and to T1w as well where the names show that T1w was resampled there, as release 3 does: it has a
``desc-restore`` version, or DrawEM's labels carry no space. Its acquisition must be the scan's, or unnamed beside a
single scan of that contrast.
"""

from __future__ import annotations

import errno
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path

from symbrain.bids import Dataset
from symbrain.bids_name import Image
from symbrain.errors import one_line

_VERSION = frozenset({"desc", "rec", "space", "res"})
_OF_A_MAP = _VERSION | {"label", "seg", "atlas", "mod"}
_Rank = Callable[[Image], int | None]


@dataclass(frozen=True)
class Scan:
    """A scan as found by names: paths are relative to the dataset; ``reason`` says why it cannot be used."""

    participant_id: str
    session_id: str | None
    scan_id: str
    modality: str
    path: str
    mask_path: str | None = None
    labels_path: str | None = None
    alternatives: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True)
class _Acquisition:
    """The versions of one scan, the best one first."""

    modality: str
    versions: tuple[Image, ...]
    trouble: str | None  # of the best version's file

    @property
    def best(self) -> Image:
        return self.versions[0]

    @property
    def is_reconstruction(self) -> bool:
        return self.trouble is None and any(_entity(v, "rec") == "svr" for v in self.versions)


@dataclass(frozen=True)
class _Folder:
    """The images of one anat folder and session."""

    images: tuple[Image, ...]
    acquisitions: tuple[_Acquisition, ...]

    @cached_property
    def reference(self) -> str:
        """The contrast in whose space the maps without a space lie."""
        return "T2w" if any(i.suffix == "T2w" for i in self.images) else self.acquisitions[0].modality

    @cached_property
    def resampled(self) -> bool:
        """Whether T1w lies in the space of T2w without saying so."""
        native = [i for i in self.images if "space" not in i.entities]
        restored = any(i.suffix == "T1w" and _entity(i, "desc") == "restore" for i in native)
        return restored or any(_labels_rank(i) is not None for i in native)

    def space_of(self, acquisition: _Acquisition) -> str:
        """Return the space of a scan's best version, in small letters."""
        own = self.reference if self.resampled else acquisition.modality
        return _entity(acquisition.best, "space") or own.lower()

    def count(self, modality: str) -> int:
        """Return the number of scans of one contrast."""
        return sum(a.modality == modality for a in self.acquisitions)


def find_scans(dataset: Dataset, modalities: Sequence[str]) -> list[Scan]:
    """Return every scan of these contrasts, by participant and session, then in the order of the contrasts."""
    found: list[Scan] = []
    ordered = sorted(dataset.images, key=_session_folder)
    for _, images in groupby(ordered, key=_session_folder):
        found += _scans_of(dataset.root, tuple(images), modalities)
    order = {m: i for i, m in enumerate(modalities)}
    return sorted(found, key=lambda s: (s.participant_id, s.session_id or "", order[s.modality], s.path))


def _session_folder(image: Image) -> tuple[str, str, str]:
    return image.folder, image.session_id or "", image.stranger or ""


def _scans_of(root: Path, images: tuple[Image, ...], modalities: Sequence[str]) -> Iterable[Scan]:
    groups: dict[tuple[object, ...], list[Image]] = {}
    for image in images:
        if image.suffix in modalities and _is_picture(image):
            groups.setdefault((image.suffix, image.words, *_acquired(image, _VERSION)), []).append(image)
    if not groups:
        return []
    acquisitions = tuple(_acquisition(root, versions) for versions in groups.values())
    folder = _Folder(images, acquisitions)
    return [_scan(folder, a) for a in acquisitions]


def _is_picture(image: Image) -> bool:
    return _entity(image, "desc") != "biasfield" and _entity(image, "part") in (None, "mag")


def _acquisition(root: Path, versions: Iterable[Image]) -> _Acquisition:
    troubles = {v.path: _trouble(root, v) for v in versions}
    ordered = tuple(sorted(versions, key=lambda v: (troubles[v.path] is not None, *_version_rank(v))))
    return _Acquisition(ordered[0].suffix, ordered, troubles[ordered[0].path])


def _version_rank(image: Image) -> tuple[int, int, int, bool, str]:
    space = {"t2w": 0, None: 1}.get(_entity(image, "space"), 2)
    desc = {"restore": 0, None: 1}.get(_entity(image, "desc"), 2)
    rec = {"svr": 0, None: 1}.get(_entity(image, "rec"), 2)
    return space, desc, rec, "res" in image.entities, image.name


def trouble_with_name(image: Image) -> str | None:
    """Return why an image cannot be used because of its name."""
    if image.stranger:
        return (
            f"{image.name} is named for {image.stranger} but lies in {image.folder}; move it to the folder of its "
            "participant and session, or rename it"
        )
    if " ".join(image.path.split()) != image.path or not _writable(image.path):
        return f"{_text(image.path)!r} has blanks or bytes in its name that a table cannot hold; rename it"
    return None


def _trouble(root: Path, image: Image) -> str | None:
    if (trouble := trouble_with_name(image)) is not None:
        return trouble
    try:
        status = (root / image.path).stat()
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ELOOP):
            why = f"is a link to a file that is not there ({error.strerror}); fetch the file or repair the link"
        else:
            why = f"cannot be read ({error.strerror}); check its permissions and those of its folders"
        return f"{image.name} {why}"
    if not stat.S_ISREG(status.st_mode):
        return f"{image.name} cannot be read: it is no plain file; put the image itself in its place"
    return None if status.st_size else f"{image.name} is empty (0 bytes); copy it again from its source"


def _scan(folder: _Folder, acquisition: _Acquisition) -> Scan:
    best = acquisition.best
    reason = acquisition.trouble or _superseded(folder, acquisition)
    return Scan(
        participant_id=_text(best.participant_id),
        session_id=None if best.session_id is None else _text(best.session_id),
        scan_id=_text(best.stem),
        modality=acquisition.modality,
        path=_text(best.path),
        mask_path=_map_for(folder, acquisition, _mask_rank),
        labels_path=_map_for(folder, acquisition, _labels_rank),
        alternatives=tuple(_text(v.path) for v in acquisition.versions[1:]),
        reason=None if reason is None else one_line(reason),
    )


def _superseded(folder: _Folder, acquisition: _Acquisition) -> str | None:
    """Return why a raw stack is left out: the reconstruction that was made of it."""
    stack = acquisition.best
    if "run" not in stack.entities or any(_entity(v, "rec") == "svr" for v in acquisition.versions):
        return None
    for other in folder.acquisitions:
        alike = other.modality == acquisition.modality and _entity(other.best, "acq") == _entity(stack, "acq")
        if alike and other.is_reconstruction and "run" not in other.best.entities:
            return f"{stack.name} is a raw stack; the reconstruction {other.best.name} is used instead"
    return None


def _map_for(folder: _Folder, acquisition: _Acquisition, rank: _Rank) -> str | None:
    ranked = [(r, "res" in i.entities, i.path, i) for i in folder.images if (r := rank(i)) is not None]
    best_first = (image for *_, image in sorted(ranked, key=lambda candidate: candidate[:3]))
    return next((i.path for i in best_first if _writable(i.path) and _fits(i, folder, acquisition)), None)


def _fits(candidate: Image, folder: _Folder, acquisition: _Acquisition) -> bool:
    stated = [_entity(candidate, "space"), _entity(candidate, "mod"), *candidate.words, folder.reference]
    if next(s for s in stated if s).lower() != folder.space_of(acquisition):
        return False
    wanted, given = _acquired(candidate, _OF_A_MAP), _acquired(acquisition.best, _VERSION)
    return wanted == given or (not wanted and folder.count(acquisition.modality) == 1)


def _mask_rank(image: Image) -> int | None:
    if image.suffix == "mask":
        return 0 if "brain" in (_entity(image, "desc"), _entity(image, "label")) else None
    if image.suffix == "brainmask":
        return {"bet": 1, "drawem": 2, None: 3}.get(_entity(image, "desc"))
    return None


def _labels_rank(image: Image) -> int | None:
    if image.suffix != "dseg":
        return None
    names = {_entity(image, key) for key in ("desc", "seg", "atlas")}
    return 0 if "drawem87" in names else 1 if "drawem9" in names else None


def _acquired(image: Image, without: frozenset[str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((k, v) for k, v in image.entities.items() if k not in without))


def _entity(image: Image, key: str) -> str | None:
    value = image.entities.get(key)
    return None if value is None else value.lower()


def _writable(name: str) -> bool:
    """Tell whether a name can be written and shown: no bytes that are no UTF-8, nothing that a terminal obeys."""
    return name.isprintable()


def _text(name: str) -> str:
    """Return a name as text that can be written; bytes that are no UTF-8 become question marks."""
    return name.encode(errors="replace").decode()
