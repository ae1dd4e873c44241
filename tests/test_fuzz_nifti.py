"""NIfTI files from anybody: a scan, or a sentence; never more memory than so small a file can need."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz_files import changed
from fuzz_law import examples, in_little_memory, put, soaked, value_or_sentence
from symbrain.header import read_header
from symbrain.volume import read_labels, read_map, read_scan
from trees import image

PLAIN = image(compressed=False)
FIELDS: dict[str, tuple[int, str, int]] = {  # where they are in a NIfTI-1 header, of what kind, and how many
    "sizeof_hdr": (0, "i", 1), "dim": (40, "h", 8), "intent": (56, "f", 3), "datatype": (70, "h", 2),
    "pixdim": (76, "f", 8), "vox_offset": (108, "f", 1), "scale": (112, "f", 2), "slice_end": (120, "h", 1),
    "xyzt_units": (123, "B", 1), "codes": (252, "h", 2), "quatern": (256, "f", 6), "srow": (280, "f", 12),
    "magic": (344, "B", 4), "extension": (348, "B", 4),
}  # fmt: skip
NUMBERS = {
    "f": st.sampled_from([0.0, -1.0, 1e-30, 1e30, 3.0, 352.0, float("nan"), float("inf"), float("-inf")]),
    "h": st.sampled_from([0, 1, -1, 2, 3, 4, 5, 7, 8, 16, 64, 128, 512, 1024, 1792, 2304, 32767, -32768]),
    "i": st.sampled_from([0, 348, 540, -1, 2**31 - 1]),
    "B": st.integers(0, 255),
}


@st.composite
def headers(draw: st.DrawFn) -> bytes:
    """Draw a small image, some of whose header's numbers are others."""
    content = bytearray(PLAIN)
    for _ in range(draw(st.integers(1, 4))):
        start, kind, count = FIELDS[draw(st.sampled_from(sorted(FIELDS)))]
        place = start + struct.calcsize(kind) * draw(st.integers(0, count - 1))
        struct.pack_into(f"<{kind}", content, place, draw(NUMBERS[kind]))
    return bytes(content)


FILES = st.one_of(headers(), changed(PLAIN), headers().flatmap(changed))


def check(folder: Path, content: bytes, form: str) -> None:
    if form == "damaged.nii.gz":
        path = put(folder, form, content)
    else:
        path = put(folder, form, gzip.compress(content, 1) if form.endswith(".gz") else content)
    healthy = put(folder, "healthy.nii.gz", image())
    scan = read_scan(healthy)

    def read_all() -> None:
        value_or_sentence(lambda: read_header(path), path.name)
        value_or_sentence(lambda: read_scan(path), path.name)
        value_or_sentence(lambda: read_labels(path, scan), path.name)
        value_or_sentence(lambda: read_map(path), path.name)

    in_little_memory(read_all)


@examples(80)
@given(FILES, st.sampled_from(("scan.nii", "scan.nii.gz")))
def test_an_image_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes, form: str) -> None:
    check(tmp_path_factory.getbasetemp() / "nifti", content, form)


@examples(60)
@given(changed(image()))
def test_a_changed_archive_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    check(tmp_path_factory.getbasetemp() / "nifti", content, "damaged.nii.gz")


@pytest.mark.soak
@soaked()
@given(FILES | changed(image()), st.sampled_from(("scan.nii", "scan.nii.gz", "damaged.nii.gz")))
def test_soak_images(tmp_path_factory: pytest.TempPathFactory, content: bytes, form: str) -> None:
    check(tmp_path_factory.getbasetemp() / "nifti", content, form)
