from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from symbrain.annotations import read_annotations
from symbrain.cohort import folder_of
from symbrain.errors import BadInput
from symbrain.line import Line
from symbrain.published import export_symbrain, import_symbrain
from symbrain.published_row import SCHEMA, line_text, png_of, read_line
from symbrain.slice import Slice
from symbrain.slice_table import AnnotatedSlice, read_slices, write_slices
from symbrain.tables import read_table, records, write_table
from trees import table

# Rows of the published set as its public page shows them (DOI 10.57967/hf/1372, MIT).
ROWS = """\
line	rad_score	session
[{'x': 30.53, 'y': 137.73} {'x': 246.75, 'y': 147.18}]	2	1100
[{'x': 41.07, 'y': 141.37} {'x': 241.3, 'y': 148.27}]	2	1100
[{'x': 28.71, 'y': 136.28} {'x': 254.75, 'y': 146.45}]	2	1100
[{'x': 19.99, 'y': 144.27} {'x': 262.74, 'y': 147.91}]	1	12010
[{'x': 39.97, 'y': 145.0} {'x': 234.76, 'y': 150.81}]	1	12010
[{'x': 18.17, 'y': 143.91} {'x': 263.83, 'y': 148.27}]	1	12010
[{'x': 41.43, 'y': 146.09} {'x': 270.74, 'y': 141.37}]	3	12110
[{'x': 48.33, 'y': 147.18} {'x': 246.39, 'y': 143.55}]	3	12110
[{'x': 38.16, 'y': 144.27} {'x': 269.65, 'y': 142.09}]	3	12110
[{'x': 35.25, 'y': 143.55} {'x': 260.2, 'y': 145.36}]	2	12501
[{'x': 49.06, 'y': 143.91} {'x': 243.12, 'y': 146.09}]	2	12501
[{'x': 35.98, 'y': 143.55} {'x': 261.65, 'y': 145.0}]	2	12501
[{'x': 29.07, 'y': 140.28} {'x': 269.29, 'y': 146.45}]	1	13801
[{'x': 38.52, 'y': 144.64} {'x': 245.3, 'y': 143.18}]	1	13801
[{'x': 32.71, 'y': 143.55} {'x': 266.74, 'y': 147.91}]	1	13801
[{'x': 43.97, 'y': 142.09} {'x': 259.47, 'y': 148.63}]	1	15102
[{'x': 59.24, 'y': 143.18} {'x': 246.39, 'y': 147.18}]	1	15102
[{'x': 43.97, 'y': 143.18} {'x': 254.75, 'y': 147.18}]	1	15102
"""


def imported(out: Path) -> list[AnnotatedSlice]:
    return [one for path in sorted(out.rglob("*_slices.parquet")) for one in read_slices(path)]


@pytest.fixture
def published(tmp_path: Path) -> Path:
    (tmp_path / "rows.tsv").write_text(ROWS)
    return tmp_path / "rows.tsv"


def test_real_rows(published: Path, tmp_path: Path) -> None:
    import_symbrain(published, tmp_path / "out")
    slices = imported(tmp_path / "out")
    texts = [row.split("\t")[0] for row in ROWS.splitlines()[1:]]
    assert [line_text((s.line.start, s.line.end)) for s in slices if s.line] == texts
    assert all(51 <= len(text) <= 54 for text in texts)
    assert [s.image.index for s in slices] == [76, 101, 126] * 6
    assert {s.source for s in slices} == {"rater"}
    scans = records(read_table(tmp_path / "out" / "scans.tsv", "scans"))
    assert [s["radiology_score"] for s in scans] == [2, 1, 3, 2, 1, 1]
    assert scans[0]["participant_id"] == "sub-ses1100"
    assert scans[0]["session_id"] == "ses-1100"
    drawn = read_annotations(tmp_path / "out" / "annotations.tsv")
    assert drawn["sub-ses1100", "ses-1100", "T2w", "axial", 76][0].points == ((30.53, 137.73), (246.75, 147.18))


def test_constant_line_is_the_baseline(published: Path, tmp_path: Path) -> None:
    """A level line through the middle is already near; whoever learns from these lines must do better."""
    import_symbrain(published, tmp_path / "out")
    lines = [s.line for s in imported(tmp_path / "out") if s.line]
    level = Line((0.0, 145.0), (289.0, 145.0), (290, 290), (0.5, 0.5))
    errors = np.array([level.error_to(line) for line in lines])
    np.testing.assert_allclose(np.median(errors, axis=0), [1.08, 0.46], atol=0.01)  # degrees, mm
    np.testing.assert_allclose(errors.mean(axis=0), [1.22, 0.57], atol=0.01)


def test_sessions_of_one_participant_share_a_split(published: Path, tmp_path: Path) -> None:
    participants = ["CC00064AN10 1100", "CC00064BN10 12010", "CC00064AN10 12110"]
    sessions = table(tmp_path / "combined.tsv", "participant_id session_id", *participants)
    import_symbrain(published, tmp_path / "out", sessions)
    scans = {s["session_id"]: s for s in records(read_table(tmp_path / "out" / "scans.tsv", "scans"))}
    assert {scans[f"ses-{n}"]["family_id"] for n in (1100, 12010, 12110)} == {"00064-10"}
    assert scans["ses-1100"]["scan_id"] == "sub-CC00064AN10_ses-1100_T2w"
    assert scans["ses-12501"]["participant_id"] == "sub-ses12501"
    assert (tmp_path / "out" / "sub-CC00064AN10" / "ses-1100" / "anat").is_dir()


def test_csv_is_read_too(tmp_path: Path) -> None:
    rows = [row.split("\t") for row in ROWS.splitlines()[:4]]
    path = tmp_path / "train.csv"
    path.write_text("\n".join(",".join([f'"{row[0]}"', *row[1:]]) for row in rows))
    import_symbrain(path, tmp_path / "out")
    assert [s.modality for s in imported(tmp_path / "out")] == ["T1w"] * 3


def written(path: Path, sessions: list[int], group: int) -> Path:
    """Write a Parquet file as the published ones are, three rows a session, in row groups of this size."""
    grey = np.random.default_rng(0).random((6, 5), dtype=np.float32)
    rows = [
        {
            "image": {"bytes": png_of(grey), "path": None},
            "line": line_text(((0.0, i), (4, 2))),
            "rad_score": "3Q",
            "session": n,
        }
        for n in sessions
        for i in range(3)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), path, row_group_size=group)
    return path


def test_folder_of_parquet_files(tmp_path: Path) -> None:
    """A session may lie across two row groups and two files."""
    data = tmp_path / "hub" / "data"
    written(data / "test-00000-of-00001-a.parquet", [1100, 12010], group=2)
    whole = pq.read_table(written(data / "train.parquet", [1100, 12010], group=2))
    (data / "train.parquet").unlink()
    pq.write_table(whole.slice(0, 4), data / "train-00000-of-00002.parquet")
    pq.write_table(whole.slice(4), data / "train-00001-of-00002.parquet")
    import_symbrain(tmp_path / "hub", tmp_path / "out")
    slices = imported(tmp_path / "out")
    assert sorted({s.scan_id for s in slices}) == [
        f"sub-ses{n}_ses-{n}_{m}" for n in (1100, 12010) for m in ("T1w", "T2w")
    ]
    assert len(slices) == 12
    assert slices[0].image.shape == (6, 5)
    scan = records(read_table(tmp_path / "out" / "scans.tsv", "scans"))[0]
    assert (scan["radiology_score"], scan["usable"]) == (3, False)
    assert scan["reason"].endswith("the images are poor")


def test_a_session_in_two_places_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="row 7: rows of sub-ses1_ses-1_T2w come a second time"):
        import_symbrain(written(tmp_path / "test.parquet", [1, 2, 1], group=9), tmp_path / "out")


def test_broken_image_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "test.parquet", [1], group=9)
    rows = pq.read_table(path).to_pylist()
    rows[1]["image"]["bytes"] = b"no image"
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), path)
    with pytest.raises(BadInput, match=r"test\.parquet, row 2: the image cannot be read"):
        import_symbrain(path, tmp_path / "out")


def results(root: Path, sessions: list[tuple[str, str | None]], score: int | None = 2) -> Path:
    """Write a results folder with two axial slices, a coronal one and one without a line for each session."""
    scans = []
    for participant, visit in sessions:
        scan_id = "_".join(p for p in (participant, visit, "T2w") if p)
        scans.append(
            {"participant_id": participant, "session_id": visit, "scan_id": scan_id, "modality": "T2w"}
            | {"radiology_score": score, "usable": True}
        )
        affine = np.diag([0.5, 0.5, 0.5, 1.0])
        pixels = np.random.default_rng(1).random((9, 7), dtype=np.float32)
        line = Line((0.0, 4.0), (6.0, 5.123), (9, 7), (0.5, 0.5))
        kinds = [("axial", 126, line), ("axial", 76, line), ("coronal", 5, line), ("axial", 101, None)]
        slices = [
            AnnotatedSlice(participant, visit, scan_id, "T2w", Slice(pixels, affine, kind, index, 0.5), drawn)
            for kind, index, drawn in kinds
        ]
        write_slices(folder_of(root, scans[-1]) / f"{scan_id}_slices.parquet", slices)
    write_table(root / "scans.tsv", "scans", scans)
    return root


def test_export_has_exactly_the_published_columns(tmp_path: Path) -> None:
    export_symbrain(results(tmp_path, [("sub-1", "ses-900"), ("sub-2", "ses-1100")]), tmp_path / "out" / "all.parquet")
    exported = pq.read_table(tmp_path / "out" / "all.parquet")
    assert exported.schema.equals(SCHEMA)
    assert exported.column_names == ["image", "line", "rad_score", "session"]
    assert b"huggingface" in exported.schema.metadata
    rows = exported.to_pylist()
    assert [row["session"] for row in rows] == [1100, 1100, 900, 900]  # as text, as published
    assert [row["image"]["path"] for row in rows][:2] == [
        "sub-2_ses-1100_T2w_axial-76.png",
        "sub-2_ses-1100_T2w_axial-126.png",
    ]
    assert {row["line"] for row in rows} == {"[{'x': 0.0, 'y': 4.0} {'x': 6.0, 'y': 5.12}]"}
    assert {row["rad_score"] for row in rows} == {"2"}
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["all.parquet", "all_sessions.tsv"]


@pytest.mark.parametrize(
    "sessions",
    [
        [("sub-1", "ses-01"), ("sub-2", "ses-01")],
        [("sub-1", None), ("sub-2", None)],
        [("sub-1", "ses-pre"), ("sub-1", "ses-post")],
        [("sub-1", "ses-7201"), ("sub-2", "ses-12010")],
    ],
)
def test_export_and_import_give_the_slices_back(tmp_path: Path, sessions: list[tuple[str, str | None]]) -> None:
    root = results(tmp_path / "results", sessions, score=None)
    export_symbrain(root, tmp_path / "x.parquet")
    import_symbrain(tmp_path / "x.parquet", tmp_path / "back", tmp_path / "x_sessions.tsv")

    def of(folder: Path) -> dict[tuple[str, int], AnnotatedSlice]:
        kept = [s for s in imported(folder) if s.image.orientation == "axial" and s.line]
        return {(s.scan_id, s.image.index): s for s in kept}

    before, after = of(root), of(tmp_path / "back")
    assert set(before) == set(after)
    for key, one in before.items():
        other = after[key]
        assert (one.participant_id, one.session_id) == (other.participant_id, other.session_id)
        np.testing.assert_allclose(other.image.pixels, one.image.pixels, atol=0.003)
        assert one.line is not None
        assert other.line is not None
        np.testing.assert_allclose(other.line.points, one.line.points, atol=0.006)


def test_imported_slices_can_be_exported_again(published: Path, tmp_path: Path) -> None:
    import_symbrain(written(tmp_path / "test.parquet", [1100, 12010], group=4), tmp_path / "out")
    export_symbrain(tmp_path / "out", tmp_path / "again.parquet")
    rows = pq.read_table(tmp_path / "again.parquet").to_pylist()
    assert [(row["session"], row["rad_score"]) for row in rows] == [(1100, "3")] * 3 + [(12010, "3")] * 3
    assert read_line(rows[0]["line"]) == ((0.0, 0.0), (4.0, 2.0))


def test_results_without_slices(tmp_path: Path) -> None:
    write_table(tmp_path / "scans.tsv", "scans", [])
    with pytest.raises(BadInput, match="run the stage slices first"):
        export_symbrain(tmp_path, tmp_path / "x.parquet")
    assert not (tmp_path / "x.parquet").exists()


def test_lines_without_images_are_not_exported(published: Path, tmp_path: Path) -> None:
    import_symbrain(published, tmp_path / "out")
    with pytest.raises(BadInput, match=r"x\.parquet would be empty"):
        export_symbrain(tmp_path / "out", tmp_path / "x.parquet")
    assert not list(tmp_path.glob("*x.parquet*"))
