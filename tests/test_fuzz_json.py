"""JSON files from anybody: what a stage, a bundle or a dataset says, or a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz_files import changed_json
from fuzz_law import examples, put, soaked, value_or_sentence
from symbrain.alignment import Alignment
from symbrain.cohort import dataset_of, read_record
from symbrain.cohort_norms import fit_cohort_norms
from symbrain.json_file import read_object, understood
from symbrain.model_summary import summary
from symbrain.models import Models
from symbrain.operating import Change, Operating, Point, operating_of
from symbrain.plane import Plane
from symbrain.provenance import read_provenance
from symbrain.quality import Quality
from symbrain.repeatability import known_of, measure
from symbrain.source import read_source

PLANE = {"normal": [1.0, 0.0, 0.0], "offset_mm": 2.0}
MIDLINE = Alignment(
    Plane((1, 0, 0), 2.0), Plane((1, 0, 0), 2.0), (0.0, 1.0, 2.0), 0.9, 0.5, 0.8, "fissure", "given", "ab",
    Quality(*[1.0] * len(Quality.__dataclass_fields__)), ("odd",), np.eye(4), np.eye(4), (9, 9, 9),
).to_dict()  # fmt: skip
RECORD = {"scan_id": "x", "status": "done", "digest": "d", "reason": None, "outputs": ["sub-1/a"], "row": {"n": 1}}
RUN = {
    "symbrain_version": "1", "python_version": "3", "libraries": {"numpy": "2"}, "seed": 1,
    "settings": {"align": {"spacing_mm": 1.0}, "slices": {"orientations": ["axial"]}, "score": None},
}  # fmt: skip
METADATA = {"symbrain_version": "1", "data_source": "s", "history": {"check": [1.0], "steps": [1]}, "seed": 1}


def norms() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    rows = [
        {"scan_id": f"s{i}", "modality": "T2w", "fold": i % 2, "scan_age_weeks": 30.0 + i / 2, "voxel_mm": 1.0,
         "asymmetry_score": float(rng.uniform(1, 2)), "laterality_index": float(rng.normal())}
        for i in range(24)
    ]  # fmt: skip
    pairs = [tuple(rng.uniform(1, 2, 2)) for _ in range(6)]
    return {
        "cohort": fit_cohort_norms(rows, [], 2, 5).to_dict(),
        "repeatability": [measure("repositioned", "z", pairs).to_dict()],
        "operating": Operating(9, ("cyst",), (Change(12.0, 3.0, 9),), (Point(0.95, 1.6, 8, (5,)),)).to_dict(),
    }


def of_norms(results: Path) -> object:
    models = Models(None, results / "models" / "asymmetry", of_cohort=True)
    norm = models.norms.of("score", "T2w", None)
    judged = None if norm is None else (norm.why_not(35.0, 1.0), norm.z([1.0], [35.0]))
    points = operating_of(models.measured)
    return judged, None if points is None else list(points.readings(0.05)), known_of(models.measured)


READERS: dict[str, tuple[Callable[[Path], Any], Any]] = {
    "sub-1_midline.json": (lambda results: Alignment.read(results / "sub-1_midline.json"), MIDLINE),
    "chunks/align/scans/x.json": (lambda results: read_record(results, "align", "x"), RECORD),
    "chunks/ingest.json": (dataset_of, {"bids_dir": "/data", "seed": 1}),
    "code/run.json": (lambda results: read_provenance(results, 0), RUN),
    "dataset_description.json": (read_source, {"Name": "a", "GeneratedBy": [{"Name": "b"}]}),
    "models/asymmetry/configs/norms.json": (of_norms, norms()),
    "models/asymmetry/configs/metadata.json": (lambda results: summary_of(results), METADATA),
}


def summary_of(results: Path) -> object:
    path = results / "models" / "asymmetry" / "configs" / "metadata.json"
    return understood(lambda told: summary("asymmetry", told), read_object(path), path.name)


@st.composite
def given_files(draw: st.DrawFn) -> tuple[str, bytes]:
    name = draw(st.sampled_from(sorted(READERS)))
    return name, draw(changed_json(READERS[name][1]))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of results with everything that these readers look for."""
    folder = tmp_path_factory.mktemp("json")
    for name, (_, healthy) in READERS.items():
        put(folder, name, json.dumps(healthy).encode())
    put(folder, "chunks/ingest.json", json.dumps({"bids_dir": str(folder)}).encode())
    return folder


def check(results: Path, name: str, content: bytes) -> None:
    healthy = (results / name).read_bytes()
    path = put(results, name, content)
    try:
        value_or_sentence(lambda: READERS[name][0](results), path.name)
    finally:
        path.write_bytes(healthy)


def test_what_is_healthy_is_read(results: Path) -> None:
    for name, (read, _) in READERS.items():
        assert read(results) is not None, name


@examples(150)
@given(given_files())
def test_a_changed_file_is_read_or_refused(results: Path, drawn: tuple[str, bytes]) -> None:
    check(results, *drawn)


@pytest.mark.soak
@soaked()
@given(given_files())
def test_soak_json(results: Path, drawn: tuple[str, bytes]) -> None:
    check(results, *drawn)
