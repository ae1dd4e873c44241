from __future__ import annotations

import gzip
import struct
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from symbrain.errors import BadInput
from symbrain.header import read_header
from symbrain.volume import read_scan
from trees import LAS, image

PLAIN = image(compressed=False)


def written(folder: Path, content: bytes) -> Path:
    path = folder / "sub-01_T2w.nii"
    path.write_bytes(content)
    return path


def edited(offset: int, kind: str, *values: float, content: bytes = PLAIN) -> bytes:
    """Return a scan with other values at this place of its header."""
    packed = struct.pack(f"<{len(values)}{kind}", *values)
    return content[:offset] + packed + content[offset + len(packed) :]


def test_grid(tmp_path: Path) -> None:
    for content in (PLAIN, image(), gzip.compress(PLAIN)):
        header = read_header(written(tmp_path, content))
        assert header.shape == (8, 8, 8)
        np.testing.assert_allclose(header.affine, LAS)


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
@pytest.mark.parametrize("dtype", ["<i2", ">f4"])
def test_flavours_of_nifti(tmp_path: Path, kind: type, dtype: str) -> None:
    header = kind.header_class(endianness=dtype[0])
    scan = kind(np.ones((8, 9, 10, 1), dtype), LAS, header)
    scan.set_qform(LAS, 1)
    path = written(tmp_path, scan.to_bytes())
    assert read_header(path).shape == (8, 9, 10)


BROKEN = {
    "has the shape": edited(40, "h", 4, 8, 8, 8, 3),
    r"has the shape \(8, 8\)": edited(40, "h", 2, 8, 8),
    r"has the shape \(\)": edited(40, "h", 9),
    "voxels of 500": edited(280, "f", -500, 0, 0, 0, 0, 500, 0, 0, 0, 0, 500, content=edited(252, "h", 0)),
    "no side is given": edited(252, "h", 0, 0),
    "contradicts itself about sides": edited(280, "f", 0.5),
    "singular": edited(280, "f", *[0.0] * 12, content=edited(252, "h", 0)),
    "not a NIfTI": PLAIN[:200],
    "is not a NIfTI file, or": b"\0" * 1000,
    "colours": edited(70, "h", 128),
    "unknown data type": edited(70, "h", 7),
    "its header says 2400": PLAIN[:1000],
    "truncated or damaged": b"\x1f\x8b" + b"\xff" * 100,
}


@pytest.mark.parametrize("problem", BROKEN)
def test_broken_headers_are_sentences(tmp_path: Path, problem: str) -> None:
    path = written(tmp_path, BROKEN[problem])
    with pytest.raises(BadInput, match=problem):
        read_header(path)
    with pytest.raises(BadInput):  # what the header shows, the whole file shows too
        read_scan(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_header(tmp_path / "missing.nii")


def test_same_grid(tmp_path: Path) -> None:
    here = read_header(written(tmp_path, PLAIN))
    assert here.same_grid(here)
    moved = read_header(written(tmp_path, edited(292, "f", 3.5, content=edited(252, "h", 0))))
    assert not here.same_grid(moved)


def test_numbers_that_mean_nothing_are_no_crash(tmp_path: Path) -> None:
    """A unit that there is not, a qform whose numbers are not finite, and a handedness of 3."""
    content = bytearray(image(compressed=False))
    (tmp_path / "units.nii").write_bytes(content[:123] + bytes([7]) + content[124:])
    assert read_header(tmp_path / "units.nii").shape == (8, 8, 8)
    for name, place, number in (("qform", 256, float("nan")), ("handed", 76, 3.0)):
        other = bytearray(content)
        struct.pack_into("<f", other, place, number)
        (tmp_path / f"{name}.nii").write_bytes(other)
        with pytest.raises(BadInput, match=rf"{name}\.nii has a damaged qform"):
            read_header(tmp_path / f"{name}.nii")
