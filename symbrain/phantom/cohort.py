"""The plan of a synthetic cohort: who is scanned when, with which lesion or mimic, and which scans are broken.

Nothing is rendered here. The plan has the real releases' habits: identifiers without prefix, siblings that share
digits, second visits, sentinels, scans without mask or segmentation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from symbrain.phantom.lesion import KINDS, Lesion, Side
from symbrain.phantom.mimics import MIMICS
from symbrain.settings import PhantomSettings

Fault = Literal["truncated", "constant", "series", "sides", "sideless", "motion", "absent"]
FAULTS: tuple[Fault, ...] = ("truncated", "constant", "series", "sides", "sideless", "motion", "absent")
_SIBLINGS_EVERY, _VISITS_EVERY = 9, 8  # every ninth family has two infants, every eighth infant comes twice
_MIMIC_SHARE = 0.12  # of the participants without a lesion
_COHORT_MIMICS = tuple(name for name in MIMICS if name != "symmetric_pair")


@dataclass(frozen=True)
class Session:
    """One visit: what is scanned, and what the tables say about it.

    Parameters
    ----------
    session_id
        Without ``ses-``.
    visit
        0 for the first visit.
    weeks
        Post-menstrual age at the scan.
    has_t1w, has_restored, has_mask, has_labels
        Which files there are beside the T2w scan.
    fault
        How the scan is broken on purpose.
    """

    session_id: str
    visit: int
    weeks: float
    radiology_score: str
    head_circumference_cm: float
    sedation: bool
    has_t1w: bool
    has_restored: bool
    has_mask: bool
    has_labels: bool
    fault: Fault | None = None


@dataclass(frozen=True)
class Participant:
    """One infant.

    Parameters
    ----------
    participant_id
        Without ``sub-``: CC, five digits, XX (AN or BN for siblings), two digits.
    seed
        Of the infant's anatomy.
    birth_weight_kg
        -999 where nobody wrote it down.
    mimic
        How the head looks odd without a one-sided change of the brain.
    """

    participant_id: str
    seed: int
    sex: str
    birth_age: float
    birth_weight_kg: float
    multiple: bool
    sessions: tuple[Session, ...]
    lesion: Lesion | None = None
    mimic: str | None = None


def plan_cohort(settings: PhantomSettings, seed: int) -> tuple[Participant, ...]:
    """Return the participants of a cohort, those with broken scans last."""
    count = settings.subjects
    ids = _identifiers(count, len(FAULTS), seed)
    ill = _chosen(count, settings.lesion_share, seed, 1)
    lesions = {k: _lesion(seed, turn) for turn, k in enumerate(sorted(ill))}
    infants = [_participant(seed, k, ids[k], lesions.get(k)) for k in range(count)]
    infants = _with_mimics(infants, seed)
    infants = _with_t1w(_with_gaps(_with_shared_births(infants)), settings.t1w_share, seed)
    if settings.broken:
        infants += [_broken(seed, count + i, ids[count + i], fault) for i, fault in enumerate(FAULTS)]
    return tuple(infants)


def _chosen(count: int, share: float, seed: int, purpose: int) -> set[int]:
    """Return which of so many are chosen: exactly the share, rounded."""
    order = np.random.default_rng([seed, 100, purpose]).permutation(count)
    return {int(k) for k in order[: round(share * count)]}


def _identifiers(infants: int, more: int, seed: int) -> list[str]:
    """Return the infants' ids, the first two and later some more of them siblings, and more ids without siblings."""
    rng = np.random.default_rng([seed, 101])
    numbers, ends = 50 + rng.permutation(1300), rng.integers(1, 25, 1300)
    ids: list[str] = []
    family = 0
    while len(ids) < infants + more:
        paired = family % _SIBLINGS_EVERY == 0 and len(ids) + 2 <= infants
        ids += [
            f"CC{numbers[family]:05d}{middle}{ends[family]:02d}" for middle in (("AN", "BN") if paired else ("XX",))
        ]
        family += 1
    return ids


def _participant(seed: int, k: int, participant_id: str, lesion: Lesion | None) -> Participant:
    rng = np.random.default_rng([seed, 102, k])
    twice = k % _VISITS_EVERY == 2  # the third infant, so that a small cohort has one
    if twice:
        birth_age = rng.uniform(27, 31)
        ages = [birth_age + rng.uniform(1, 3), rng.uniform(39.5, 42)]
    else:
        ages = [float(np.clip(rng.normal(40.8, 1.6) if rng.random() < 0.8 else rng.uniform(29, 37), 27, 45))]
        birth_age = max(24.0, ages[0] - rng.exponential(1.5) - 0.3)
    sessions = tuple(_session(rng, _session_id(seed, k, visit), visit, w, lesion) for visit, w in enumerate(ages))
    return Participant(
        participant_id=participant_id,
        seed=int(np.random.SeedSequence([seed, k]).generate_state(1)[0]),
        sex=str(rng.choice(["male", "female"])),
        birth_age=round(float(birth_age), 2),
        birth_weight_kg=round(float(np.clip(0.95 + 0.19 * (birth_age - 27) + rng.normal(0, 0.3), 0.5, 4.8)), 2),
        multiple="XX" not in participant_id,
        sessions=sessions,
        lesion=lesion,
    )


def _session(rng: np.random.Generator, session_id: str, visit: int, weeks: float, lesion: Lesion | None) -> Session:
    score = rng.choice([3, 4, 5], p=[0.3, 0.1, 0.6]) if lesion else rng.choice([1, 2], p=[0.65, 0.35])
    return Session(
        session_id=session_id,
        visit=visit,
        weeks=round(float(weeks), 2),
        radiology_score=f"{score}.0",
        head_circumference_cm=round(float(24 + 0.8 * (weeks - 27) + rng.normal(0, 0.7)), 1),
        sedation=bool(rng.random() < 0.05),
        has_t1w=False,
        has_restored=bool(rng.random() < 0.3),
        has_mask=bool(rng.random() < 0.75),
        has_labels=bool(rng.random() < 0.75),
    )


def _session_id(seed: int, k: int, visit: int) -> str:
    """Return an id of three to six digits that no other session has."""
    return str(np.random.default_rng([seed, 103]).integers(2, 40) * 1000 + 10 * k + visit)


def _lesion(seed: int, turn: int) -> Lesion:
    """Return the next lesion: kinds take turns, and within each kind the sides."""
    rng = np.random.default_rng([seed, 104, turn])
    kind = KINDS[turn % len(KINDS)]
    side: Side = "left" if (turn + turn // len(KINDS)) % 2 else "right"
    diameter = rng.uniform(*((13, 19) if kind == "ventriculomegaly" else (9, 22)))
    return Lesion(kind, side, round(float(diameter), 1), round(float(rng.uniform(3, 6)), 1))


def _with_mimics(infants: list[Participant], seed: int) -> list[Participant]:
    """Let a few of those without a lesion have a mimic, each kind in its turn."""
    healthy = [k for k, infant in enumerate(infants) if infant.lesion is None]
    chosen = sorted(healthy[i] for i in _chosen(len(healthy), _MIMIC_SHARE, seed, 3))
    for turn, k in enumerate(chosen):
        infants[k] = replace(infants[k], mimic=_COHORT_MIMICS[turn % len(_COHORT_MIMICS)])
    return infants


def _with_shared_births(infants: list[Participant]) -> list[Participant]:
    """Let siblings be born together, and be scanned the same day."""
    for k, second in enumerate(infants):
        if "BN" in second.participant_id:
            weeks = infants[k - 1].sessions[-1].weeks
            moved = _with_first_session(second, weeks=weeks)
            infants[k] = replace(moved, birth_age=infants[k - 1].birth_age)
    return infants


def _with_gaps(infants: list[Participant]) -> list[Participant]:
    """Leave out what is missing in real tables: a weight, a circumference, the scores of two normal infants."""
    infants[-1] = replace(infants[-1], birth_weight_kg=-999)
    infants[0] = _with_first_session(infants[0], head_circumference_cm=-999)
    normals = [k for k, infant in enumerate(infants) if infant.lesion is None]
    for k, score in zip(normals[2::3], ("", "Q"), strict=False):
        infants[k] = _with_first_session(infants[k], radiology_score=score)
    return infants


def _with_first_session(infant: Participant, **changes: object) -> Participant:
    first = replace(infant.sessions[0], **changes)  # type: ignore[arg-type]
    return replace(infant, sessions=(first, *infant.sessions[1:]))


def _with_t1w(infants: list[Participant], share: float, seed: int) -> list[Participant]:
    sessions = [session for infant in infants for session in infant.sessions]
    chosen = {sessions[i].session_id for i in _chosen(len(sessions), share, seed, 2)}
    return [replace(p, sessions=tuple(replace(s, has_t1w=s.session_id in chosen) for s in p.sessions)) for p in infants]


def _broken(seed: int, k: int, participant_id: str, fault: Fault) -> Participant:
    """Return a participant with one scan, broken on purpose."""
    plain = _participant(seed, k, participant_id, None)
    session = replace(plain.sessions[0], fault=fault, has_restored=False, has_mask=False, has_labels=False)
    return replace(plain, sessions=(session,))
