"""The phantom stage: a seed and a cohort size in, a dHCP-style BIDS tree out, with the truth in a place of its own.

The truth lies in ``derivatives/truth/`` and nowhere else. ``dataset_description.json`` is written last, so that the
tree is complete where it exists; a killed run goes on with the sessions that are not there yet.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import shutil
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from symbrain.atomic import write_bytes, write_json
from symbrain.errors import BadInput
from symbrain.phantom import Phantom, make_head, to_drawem9
from symbrain.phantom.cohort import Participant, Session, plan_cohort
from symbrain.phantom.faults import broken_file
from symbrain.phantom.mimics import mimic_options
from symbrain.phantom.sheets import truth_row, write_sheets, write_truth
from symbrain.progress import track
from symbrain.settings import PhantomSettings
from symbrain.version import __version__
from symbrain.volume import write_volume

NAMES = {
    "rel3": {
        "mask": "desc-brain_mask",
        "labels": "desc-drawem9_dseg",
        "atlas": "desc-drawem87_dseg",
        "T1w": "T1w",
    },
    "rel2": {
        "mask": "desc-bet_space-T2w_brainmask",
        "labels": "desc-drawem9_space-T2w_dseg",
        "atlas": "desc-drawem87_space-T2w_dseg",
        "T1w": "space-T2w_T1w",
    },
}
"""The end of the file names in which the releases differ."""


@dataclass(frozen=True)
class Visit:
    """One session of one participant: the unit of work."""

    out: Path
    release: str
    spacing_mm: float
    participant: Participant
    session: Session

    def __str__(self) -> str:
        return self.stem("T2w")

    @property
    def folder(self) -> Path:
        """The folder of the session, below the dataset's or the truth's root."""
        return Path(f"sub-{self.participant.participant_id}") / f"ses-{self.session.session_id}" / "anat"

    def stem(self, ending: str) -> str:
        """Return a file's name without ``.nii.gz``."""
        return f"sub-{self.participant.participant_id}_ses-{self.session.session_id}_{ending}"

    def image_path(self, ending: str) -> Path:
        """Return the path of an image."""
        return self.out / self.folder / f"{self.stem(ending)}.nii.gz"

    @property
    def record_path(self) -> Path:
        """The session's truth, written when its images are."""
        return self.out / "derivatives" / "truth" / self.folder / f"{self.stem('truth')}.json"

    @property
    def recipe(self) -> str:
        """Digest of all that the session's files depend on."""
        text = repr((__version__, self.release, self.spacing_mm, self.participant, self.session))
        return hashlib.sha256(text.encode()).hexdigest()


def run(out: Path, settings: PhantomSettings, seed: int, workers: int = 1) -> None:
    """Write the cohort; the same seed and settings give the same bytes, whatever the number of workers.

    Raises
    ------
    BadInput
        Where the folder holds participants that no phantom stage wrote.
    """
    plan = plan_cohort(settings, seed)
    visits = [Visit(out, settings.release, settings.spacing_mm, p, s) for p in plan for s in p.sessions]
    _clear_strangers(out, {f"sub-{p.participant_id}" for p in plan})
    missing = [visit for visit in visits if not _is_fresh(visit)]
    if missing:
        (out / "dataset_description.json").unlink(missing_ok=True)
    _make_all(missing, workers)
    rows = [row for visit in visits for row in json.loads(visit.record_path.read_text(encoding="utf-8"))["scans"]]
    write_truth(out / "derivatives" / "truth", rows)
    write_sheets(out, plan, settings.release)


def _clear_strangers(out: Path, expected: set[str]) -> None:
    """Remove participants of an earlier phantom cohort; refuse to write among anybody else's."""
    for folder in sorted(out.glob("sub-*")):
        truth = out / "derivatives" / "truth" / folder.name
        if not truth.is_dir():
            msg = (
                f"{out} already holds {folder.name}, which is no phantom; name an empty folder for the phantom "
                "cohort, so that real and synthetic infants never mix"
            )
            raise BadInput(msg)
        if folder.name not in expected:
            shutil.rmtree(folder)
            shutil.rmtree(truth)


def _is_fresh(visit: Visit) -> bool:
    if not visit.record_path.exists():
        return False
    record = json.loads(visit.record_path.read_text(encoding="utf-8"))
    return record["recipe"] == visit.recipe and all((visit.out / name).exists() for name in record["files"])


def _make_all(visits: list[Visit], workers: int) -> None:
    if workers <= 1 or len(visits) <= 1:
        for visit in track(visits, "phantom"):
            make_visit(visit)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(visits)), mp_context=context) as pool:
        made = [pool.submit(make_visit, visit) for visit in visits]
        for _, one in zip(track(visits, "phantom"), made, strict=True):
            one.result()


def make_visit(visit: Visit) -> None:
    """Write the files of one session, and last its truth."""
    for folder in (visit.record_path.parent, visit.out / visit.folder):  # the truth's first: it marks what is ours
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
    write = _write_broken if visit.session.fault else _write_whole
    scans, files = write(visit, _scanner(visit))
    names = [path.relative_to(visit.out).as_posix() for path in files]
    write_json(visit.record_path, {"recipe": visit.recipe, "files": names, "scans": scans})


def _scanner(visit: Visit) -> Callable[..., Phantom]:
    who, when = visit.participant, visit.session
    more = {"lesion": who.lesion} if who.mimic is None else mimic_options(who.mimic, who.seed)
    return partial(
        make_head, who.seed, scan_age_weeks=when.weeks, spacing_mm=visit.spacing_mm, visit=when.visit, **more
    )


def _write_whole(visit: Visit, scan: Callable[..., Phantom]) -> tuple[list[dict[str, Any]], list[Path]]:
    """Write what a session has: T2w, restored T2w, T1w, mask, two label maps and the lesion's mask."""
    names, session = NAMES[visit.release], visit.session
    first = scan(atlas=session.has_labels)
    images = {"T2w": first}
    if session.has_restored:
        images["desc-restore_T2w"] = scan(bias=0.0)
    if session.has_t1w:
        images[names["T1w"]] = scan(modality="T1w")
    files = []
    for ending, phantom in images.items():
        files.append(visit.image_path(ending))
        write_volume(files[-1], phantom.image, phantom.affine)
    maps = {
        "mask": first.mask if session.has_mask else None,
        "labels": to_drawem9(first.labels) if session.has_labels else None,
        "atlas": first.labels87,
    }
    for kind, data in maps.items():
        if data is not None:
            files.append(visit.image_path(names[kind]))
            write_volume(files[-1], data, first.affine, "uint8")
    if first.lesion_mask is not None:
        files.append(visit.record_path.with_name(f"{visit.stem('desc-lesion_mask')}.nii.gz"))
        write_volume(files[-1], first.lesion_mask, first.affine, "uint8")
    mimic = visit.participant.mimic
    rows = [truth_row(visit.folder, visit.stem(ending), phantom, mimic=mimic) for ending, phantom in images.items()]
    return rows, files


def _write_broken(visit: Visit, scan: Callable[..., Phantom]) -> tuple[list[dict[str, Any]], list[Path]]:
    """Write a scan that is broken on purpose, or none at all."""
    fault = visit.session.fault
    if fault is None or fault == "absent":
        return [], []
    phantom, path = scan(), visit.image_path("T2w")
    write_bytes(path, broken_file(fault, phantom.image, phantom.affine, phantom.seed))
    return [truth_row(visit.folder, visit.stem("T2w"), phantom, fault=fault)], [path]
