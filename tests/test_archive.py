"""Compressed images: as much is inflated as the header says, and damage is told in a sentence."""

from __future__ import annotations

import gzip
import os
import struct
from pathlib import Path

import pytest

from fuzz_law import in_little_memory
from symbrain.archive import inflated
from symbrain.errors import BadInput
from symbrain.header import read_header
from trees import image

PLAIN, PATH = image(compressed=False), Path("a.nii.gz")
BOMB = 256


def claiming(*shape: int) -> bytes:
    """Return the small image with another shape in its header."""
    content = bytearray(PLAIN)
    struct.pack_into("<3h", content, 42, *shape)
    return bytes(content)


def test_an_image_is_inflated_whole() -> None:
    assert inflated(PATH, image()) == PLAIN
    assert inflated(PATH, PLAIN) == PLAIN
    assert inflated(PATH, gzip.compress(PLAIN[:1000]) + gzip.compress(PLAIN[1000:])) == PLAIN
    assert inflated(PATH, gzip.compress(PLAIN + bytes(1000))) == PLAIN + bytes(1000)


@pytest.mark.parametrize(
    "raw", [image()[:-9], image()[:700], image()[:900] + b"xx" + image()[902:], b"\x1f\x8b", image() + b"rubbish"]
)
def test_damage_is_told(raw: bytes) -> None:
    with pytest.raises(BadInput, match=r"a\.nii\.gz is (truncated or damaged|not a NIfTI)"):
        inflated(PATH, raw)


def test_more_than_the_header_says_is_not_inflated(tmp_path: Path) -> None:
    """A bomb: a small header, and 256 MB of nothing behind it in a quarter of a megabyte."""
    path = tmp_path / "bomb.nii.gz"
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(PLAIN)
        for _ in range(BOMB):
            file.write(bytes(2**20))
    raw = path.read_bytes()
    assert len(raw) < 2**20

    def read() -> None:
        with pytest.raises(BadInput, match=r"bomb\.nii\.gz inflates to more than the \d+ bytes"):
            inflated(path, raw)

    in_little_memory(read, most=16 * 2**20)


@pytest.mark.parametrize("shape", [(30000, 30000, 30000), (640, 640, 640), (512, 512, 512)])
@pytest.mark.parametrize("compressed", [True, False])
def test_more_voxels_than_can_be_there_take_no_memory(
    tmp_path: Path, shape: tuple[int, int, int], compressed: bool
) -> None:
    from symbrain.volume import read_scan

    path = tmp_path / ("a.nii.gz" if compressed else "a.nii")
    path.write_bytes(gzip.compress(claiming(*shape)) if compressed else claiming(*shape))

    def read() -> None:
        for reader in (read_header, read_scan):
            with pytest.raises(BadInput, match=r"by its header|header says"):
                reader(path)

    in_little_memory(read, most=4 * 2**20)


def test_a_short_file_is_called_short_whatever_its_header_claims(tmp_path: Path) -> None:
    from symbrain.volume import read_scan

    path = tmp_path / "a.nii"
    path.write_bytes(claiming(30000, 30000, 30000))
    for reader in (read_header, read_scan):
        with pytest.raises(BadInput, match=r"has 2400 bytes and its header says \d+; copy it again"):
            reader(path)


@pytest.mark.parametrize(("shape", "said"), [((640, 640, 660), "voxels by its header"), ((8, 8, 2), "has the shape")])
def test_a_large_plain_file_is_judged_by_its_header_alone(
    tmp_path: Path, shape: tuple[int, int, int], said: str
) -> None:
    """Two gigabytes, none of which are read but the first bytes."""
    from symbrain.volume import read_scan

    path = tmp_path / "a.nii"
    path.write_bytes(claiming(*shape))
    os.truncate(path, 2**31)  # a hole

    def read() -> None:
        with pytest.raises(BadInput, match=said):
            read_scan(path)

    in_little_memory(read, most=4 * 2**20)
