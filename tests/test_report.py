from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symbrain.atomic import write_json
from symbrain.cohort import PER_SCAN, Record, folder_of
from symbrain.line import Line
from symbrain.polyline import Polyline
from symbrain.settings import ReportSettings
from symbrain.slice import cut
from symbrain.slice_table import AnnotatedSlice, write_slices
from symbrain.source import read_source
from symbrain.stages import report
from symbrain.tables import read_table, records, write_table
from symbrain.volume import canonical, write_volume

Row = dict[str, Any]
SETTINGS = ReportSettings(dpi=40)
AFFINE = np.array([[-1.0, 0, 0, 15], [0, 1.0, 0, -15], [0, 0, 1.0, -10], [0, 0, 0, 1]])
SCORED = {
    "asymmetry_score": 3.21,
    "asymmetry_score_low": 2.5,
    "asymmetry_score_high": 4.5,
    "asymmetry_z": 1.9,
    "asymmetry_percentile": 96.0,
    "laterality_index": -0.9,
    "asymmetry_side": "left",
    "deviation_volume_ml": 1.7,
    "norm_source": "cohort",
    "norm_n": 20,
    "scored_by": "held_out",
    "qc": "pass",
}
NO_NUMBER = dict.fromkeys(k for k in SCORED if k.startswith(("asymmetry", "laterality", "deviation")))
FAILED = NO_NUMBER | {"qc": "fail", "qc_reason": "noise is 0.4 of the brain's contrast", "norm_source": "none"}


def scan(participant: str, session: str | None, modality: str = "T2w", **changes: Any) -> Row:
    stem = "_".join(part for part in (participant, session, modality) if part)
    return {
        "participant_id": participant,
        "session_id": session,
        "scan_id": stem,
        "modality": modality,
        "path": f"{stem}.nii.gz",
        "scan_age_weeks": 40.0,
        "birth_age_weeks": 39.0,
        "sex": "female",
        "radiology_score": 1,
        "chunk": 0,
        "usable": True,
    } | changes


def score(of: Row, **changes: Any) -> Row:
    shared = ("participant_id", "session_id", "scan_id", "modality", "scan_age_weeks", "sex", "radiology_score")
    return {key: of[key] for key in shared} | SCORED | changes


def write_scan(results: Path, of: Row, *, heat: float = 3.0, missed: bool = False) -> None:
    """Write what the stages before leave of one scan; the plane may miss its slices."""
    start = folder_of(results, of) / of["scan_id"]
    data = np.random.default_rng(1).random((31, 31, 21)).astype(np.float32)
    volume = canonical(data, AFFINE)
    slices = []
    for index, orientation in ((12, "axial"), (15, "coronal")):
        image = cut(volume, orientation, index, index / 21)
        line = None if missed else Line.from_angle(3.0, 0.5, image.shape, image.spacing_mm)
        curve = None if line is None or index == 12 else Polyline(line.at(np.linspace(0.2, 0.8, 20)) + 0.5, line.shape)
        ids = of["participant_id"], of["session_id"], of["scan_id"], of["modality"]
        slices.append(AnnotatedSlice(*ids, image, line, curve, "rater" if index == 12 else "plane"))
    write_slices(start.with_name(f"{start.name}_slices.parquet"), slices)
    write_volume(start.with_name(f"{start.name}_space-upright_image.nii.gz"), data, np.diag([1.0, 1, 1, 1]))
    warm = np.zeros_like(data)
    warm[20:24, 12:18, 6:10] = heat
    write_volume(start.with_name(f"{start.name}_desc-asymmetry_heatmap.nii.gz"), warm, AFFINE)
    for stage in PER_SCAN:
        write_json(
            results / "chunks" / stage / "scans" / f"{of['scan_id']}.json", asdict(Record(of["scan_id"], "done", ""))
        )


def write_tables(results: Path, scans: list[Row], scores: list[Row], excluded: list[Row], regions: list[Row]) -> None:
    best = {(row["participant_id"], row["session_id"]): row for row in reversed(scores)}
    tables = {"scans": scans, "scores": scores, "subjects": best.values(), "exclusions": excluded, "regions": regions}
    for name, rows in tables.items():
        write_table(results / f"{name}.tsv", name, rows)


def exclusion(of: Row, stage: str, reason: str) -> Row:
    return {key: of[key] for key in ("participant_id", "session_id", "scan_id", "path")} | {
        "stage": stage,
        "reason": reason,
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the results of a small cohort, reported: two contrasts, a failure, an exclusion, a nasty name."""
    results = tmp_path_factory.mktemp("cohort") / "results"
    two, other = scan("sub-01", "ses-1"), scan("sub-01", "ses-1", "T1w")
    failed = scan("sub-02", "ses-1", radiology_score=None)
    nasty = scan("sub-<script>alert(1)", None, scan_age_weeks=None, sex=None, birth_age_weeks=None)
    missed = scan("sub-04", "ses-1", chunk=1)
    bad = scan("sub-05", "ses-1", usable=False, reason="sub-05_ses-1_T2w.nii.gz is <b>constant</b>; it holds no image")
    for one in (two, other, failed, nasty):
        write_scan(results, one)
    write_scan(results, missed, heat=0.0, missed=True)
    alone = {"asymmetry_z": None, "asymmetry_percentile": None, "norm_source": "none", "norm_n": None}
    unlike = {"asymmetry_score": 0, "asymmetry_side": "none", "laterality_index": 0, "deviation_volume_ml": 0}
    scores = [
        score(two),
        score(other, **alone),
        score(failed, **FAILED),
        score(nasty, asymmetry_z=5.5, qc="warn", qc_reason="the header is <i>odd</i>"),
        score(missed, **unlike, asymmetry_z=-2.5),
    ]
    regions = [
        {**{k: two[k] for k in ("participant_id", "session_id", "scan_id")}, "region": f"Structure {n}", "left_ml": 1.0,
         "right_ml": 1.0 + n / 10, "asymmetry_index": -n / 20, "intensity_asymmetry": 0.01}
        for n in range(12)
    ]  # fmt: skip
    write_tables(
        results, [two, other, failed, nasty, missed, bad], scores, [exclusion(bad, "ingest", bad["reason"])], regions
    )
    dataset = results.parent / "dataset"
    write_json(dataset / "dataset_description.json", {"Name": "symbrain phantom cohort"})
    write_json(results / "chunks" / "ingest.json", {"bids_dir": str(dataset)})
    for chunk in (0, 1):
        report.run(results, chunk, SETTINGS)
    report.gather(results, SETTINGS)
    return results


class Links(HTMLParser):
    """All addresses of a page, its pictures without words, and its open tags."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.wordless: list[str] = []
        self.tags: set[str] = set()
        self.scripts = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        self.addresses += [given[key] or "" for key in ("href", "src", "srcset") if key in given]
        if tag == "img" and not given.get("alt"):
            self.wordless.append(str(given.get("src")))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":  # html.parser: the text inside it is no markup
            self.scripts += data


def pages(results: Path) -> Iterator[Path]:
    yield results / "index.html"
    yield from sorted((results / "reports").glob("*.html"))


def read(results: Path, name: str) -> str:
    return " ".join((results / "reports" / f"{name}.html").read_text(encoding="utf-8").split())


def test_a_page_for_each_session_and_one_for_the_cohort(made: Path) -> None:
    names = [path.name for path in pages(made)]
    assert len(names) == 6
    assert {"sub-01_ses-1.html", "sub-05_ses-1.html", "index.html"} < set(names)
    assert not [name for name in names if set(name) & set("<>()%/ ")]


def test_every_link_leads_somewhere_and_every_picture_has_words(made: Path) -> None:
    for path in pages(made):
        links = Links(path)
        assert not links.wordless
        assert "alert(1)" not in links.scripts
        assert not links.tags & {"b", "i"}  # of the data
        for address in links.addresses:
            assert ":" not in address
            assert address.startswith("#") or (path.parent / address).exists(), f"{path.name}: {address}"


def test_pages_are_small(made: Path) -> None:
    for path in pages(made):
        pictures = {a for a in Links(path).addresses if a.startswith("figures/")}
        assert path.stat().st_size + sum((path.parent / a).stat().st_size for a in pictures) < 500_000


def test_pages_say_what_they_must(made: Path) -> None:
    for path in pages(made):
        text = " ".join(path.read_text(encoding="utf-8").split())
        for words in ("Synthetic heads.", "For research only.", "Blind to symmetric disease.", "ranks no infant"):
            assert words in text, f"{path.name} lacks: {words}"


def test_subject_page(made: Path) -> None:
    text = read(made, "sub-01_ses-1")
    assert "the subject's right is on the left of the picture" in text
    assert "3.2 SD" in text
    assert "90 % interval 2.5 to 4.5" in text
    assert "there is no norm for it" in text  # the T1w scan
    assert text.index("T2-weighted scan") < text.index("T1-weighted scan")
    assert text.index("Structure 11") < text.index("Structure 3") < text.index("The other 2 structures")
    assert "drawn by a rater" in text
    assert "the fissure could not be traced" in text
    assert text.count("<img ") == 2 * (2 * 5 + 1)
    assert 'aria-label="larger: right"' in text


def test_a_failed_scan_shows_why_and_no_asymmetry(made: Path) -> None:
    text = read(made, "sub-02_ses-1")
    assert "Noise is 0.4 of the brain's contrast." in text.replace("&#39;", "'")
    assert "no asymmetry number is given" in text
    assert text.count("<img ") == 2 * 3 + 1
    for absent in ("deviation.webp", "Asymmetry score", "Laterality", "90 % interval"):
        assert absent not in text


def test_a_slice_that_the_plane_misses(made: Path) -> None:
    text = read(made, "sub-04_ses-1")
    assert "does not meet this slice" in text
    assert "mirror.webp" not in text
    assert text.count("No deviation in this slice.") >= 2
    assert "do not differ anywhere" in text


def test_an_excluded_scan_has_its_reason(made: Path) -> None:
    text = read(made, "sub-05_ses-1")
    assert "is &lt;b&gt;constant&lt;/b&gt;; it holds no image." in text
    assert "Excluded: not scored" in text


def test_cohort_page(made: Path) -> None:
    text = " ".join((made / "index.html").read_text(encoding="utf-8").split())
    places = [text.index(f">{name}</span>") for name in ("sub-&lt;script&gt;alert(1)", "sub-01", "sub-04", "sub-02")]
    assert places == sorted(places)  # by z, and the failed one last
    assert "is &lt;b&gt;constant&lt;/b&gt;" in text
    assert "radiology score 1 or 2 (2)" in text  # neither the failed one nor the one without an age
    assert text.count('src="reports/figures/') == 4, "a thumbnail each"
    assert 'data-participant="sub-&lt;script&gt;alert(1)"' in text
    for name in ("tabulator/tabulator.min.js", "script/cohort.js"):
        assert (made / "reports" / "assets" / name).exists()


def test_thumbnails_are_small(made: Path) -> None:
    sizes = [path.stat().st_size for path in (made / "reports" / "figures").glob("*thumb*.webp")]
    assert len(sizes) == 5
    assert max(sizes) < 15_000


def test_manifest(made: Path) -> None:
    rows = records(read_table(made / "chunks" / "report" / "0.tsv", "manifest"))
    assert [row["status"] for row in rows] == ["done"] * 4
    for row in rows:
        assert all((made / name).exists() for name in row["outputs"].split())


def test_fresh_pictures_stay(made: Path, tmp_path: Path) -> None:
    results = shutil.copytree(made, tmp_path / "results")
    picture = next((results / "reports" / "figures").glob("sub-04*midline.webp"))
    picture.write_bytes(b"kept")
    report.run(results, 1, SETTINGS)
    assert picture.read_bytes() == b"kept"
    report.run(results, 1, ReportSettings(dpi=41))
    assert picture.read_bytes() != b"kept"


@pytest.mark.parametrize("ending", ["desc-asymmetry_heatmap.nii.gz", "slices.parquet"])
def test_a_scan_without_pictures_does_not_stop_the_others(made: Path, tmp_path: Path, ending: str) -> None:
    results = shutil.copytree(made, tmp_path / "results")
    broken = results / "sub-01" / "ses-1" / "anat" / f"sub-01_ses-1_T2w_{ending}"
    broken.write_bytes(b"damaged")
    report.run(results, 0, SETTINGS)
    rows = records(read_table(results / "chunks" / "report" / "0.tsv", "manifest"))
    assert [row["status"] for row in rows] == ["excluded", "done", "done", "done"]
    text = read(results, "sub-01_ses-1")
    assert f"No pictures: sub-01_ses-1_T2w_{ending}" in text
    assert text.count("<img ") == 2 * 5 + 1
    assert "3.2 SD" in text


def test_heat_on_another_grid_is_told(made: Path, tmp_path: Path) -> None:
    results = shutil.copytree(made, tmp_path / "results")
    heat = results / "sub-01" / "ses-1" / "anat" / "sub-01_ses-1_T2w_desc-asymmetry_heatmap.nii.gz"
    write_volume(heat, np.ones((31, 31, 11)), AFFINE)
    report.run(results, 0, SETTINGS)
    assert "does not fit its slices" in read(results, "sub-01_ses-1")


def test_nothing_but_exclusions(tmp_path: Path) -> None:
    bad = [scan(f"sub-0{n}", None, usable=False, reason="the file is empty", scan_age_weeks=None) for n in (1, 2)]
    write_tables(tmp_path, bad, [], [exclusion(one, "ingest", "the file is empty") for one in bad], [])
    report.run(tmp_path, 0, SETTINGS)
    report.gather(tmp_path, SETTINGS)
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    for words in ("There is nothing to plot", "No scan has a score.", "The file is empty."):
        assert words in text
    assert "Synthetic heads." not in text
    assert not (tmp_path / "reports" / "figures").exists()
    assert len(list(pages(tmp_path))) == 3


def test_one_subject_without_age_rating_or_regions(tmp_path: Path) -> None:
    only = scan("sub-01", None, scan_age_weeks=None, birth_age_weeks=None, radiology_score=None, sex=None)
    write_scan(tmp_path, only)
    write_tables(
        tmp_path, [only], [score(only, asymmetry_z=None, asymmetry_percentile=None, norm_source="none")], [], []
    )
    report.run(tmp_path, 0, SETTINGS)
    report.gather(tmp_path, SETTINGS)
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "no session has both a known age and a score" in index
    assert "no norm" in index
    assert "No scan was excluded." in index
    assert read(tmp_path, "sub-01").count("not known") == 4


def test_without_a_score_the_page_says_so(made: Path, tmp_path: Path) -> None:
    results = shutil.copytree(made, tmp_path / "results")
    rows = [
        row for row in records(read_table(results / "scores.tsv", "scores")) if row["scan_id"] != "sub-01_ses-1_T2w"
    ]
    write_table(results / "scores.tsv", "scores", rows)
    report.run(results, 0, SETTINGS)
    assert "sub-01_ses-1_T2w has no row in scores.tsv" in read(results, "sub-01_ses-1")


@pytest.mark.parametrize(
    ("description", "name", "synthetic"),
    [
        ({"Name": "dHCP"}, "dHCP", False),
        ({"Name": "A synthetic cohort"}, "A synthetic cohort", True),
        ({"GeneratedBy": [{"Name": "phantom maker"}]}, "data", True),
        ({}, "data", False),
        (["no description"], "data", False),
        (None, "data", False),
    ],
)
def test_source(tmp_path: Path, description: Any, name: str, synthetic: bool) -> None:
    dataset = tmp_path / "data"
    dataset.mkdir()
    if description is not None:
        (dataset / "dataset_description.json").write_text(json.dumps(description), encoding="utf-8")
    write_json(tmp_path / "chunks" / "ingest.json", {"bids_dir": str(dataset)})
    source = read_source(tmp_path)
    assert (source.name, source.synthetic) == (name, synthetic)
