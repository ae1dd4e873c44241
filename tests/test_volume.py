"""Law 4: how a scan is stored changes no number. And every scan that cannot be used is refused in a sentence."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from itertools import permutations, product
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nibabel.orientations import apply_orientation, axcodes2ornt, inv_ornt_aff
from scipy.spatial.transform import Rotation

from heads import few
from symbrain.errors import BadInput
from symbrain.nifti import as_image
from symbrain.volume import (
    Volume,
    as_stored,
    box_around,
    canonical,
    read_labels,
    read_map,
    read_scan,
    stem_of,
    write_volume,
)

SHAPE = (9, 11, 13)
AFFINE = np.eye(4)
AFFINE[:3, :3] = Rotation.from_euler("xyz", [8, -5, 12], degrees=True).as_matrix() @ np.diag([0.9, 1.1, 1.3])
AFFINE[:3, 3] = -4, -5, -7
DATA = np.random.default_rng(0).integers(0, 250, SHAPE).astype(np.float32)
SIDES = ("LR", "PA", "IS")
ORIENTATIONS = ["".join(p) for order in permutations(SIDES) for p in product(*order)]


def stored_as(codes: str, data: np.ndarray = DATA, affine: np.ndarray = AFFINE) -> tuple[np.ndarray, np.ndarray]:
    """Return a RAS array and its affine as a scanner would store them along these axes."""
    there = axcodes2ornt(tuple(codes))
    return apply_orientation(data, there), affine @ inv_ornt_aff(there, data.shape)


def saved(
    path: Path,
    data: np.ndarray,
    affine: np.ndarray = AFFINE,
    *,
    kind: Any = nib.Nifti1Image,
    sform: np.ndarray | None = None,
    qform: np.ndarray | None = None,
    codes: tuple[int, int] = (1, 1),
    units: str = "mm",
) -> Path:
    image = kind(data, affine)
    image.set_sform(affine if sform is None else sform, codes[0])
    image.set_qform(affine if qform is None else qform, codes[1])
    image.header.set_xyzt_units(units)
    nib.save(image, path)
    return path


def same(one: Volume, other: Volume) -> None:
    np.testing.assert_array_equal(one.data, other.data)
    np.testing.assert_allclose(one.affine, other.affine, atol=1e-5)


def test_there_are_48_ways_to_store_a_brain() -> None:
    assert len(set(ORIENTATIONS)) == 48


@pytest.mark.parametrize("codes", ORIENTATIONS)
def test_axis_order_and_direction_change_no_voxel(codes: str) -> None:
    stored, affine = stored_as(codes)
    volume = canonical(stored, affine)
    np.testing.assert_array_equal(volume.data, DATA)
    np.testing.assert_allclose(volume.affine, AFFINE, atol=1e-12)
    np.testing.assert_array_equal(as_stored(volume.data, affine), stored)


@pytest.mark.parametrize("codes", ["RAS", "LPS", "LAS", "SAL", "PIR", "IRP"])
@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.dtype(">i2"), np.float32, np.float64])
@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
def test_files_of_every_flavour_are_one_scan(
    tmp_path: Path, codes: str, ending: str, dtype: np.dtype, kind: type
) -> None:
    stored, affine = stored_as(codes)
    scan = read_scan(saved(tmp_path / f"a{ending}", stored.astype(dtype), affine, kind=kind))
    same(scan.volume, Volume(DATA, AFFINE))
    assert scan.volume.data.dtype == np.float32
    assert scan.stored_shape == stored.shape
    np.testing.assert_allclose(scan.stored_affine, affine, atol=1e-5)
    assert (scan.warnings, len(scan.sha256)) == ((), 64)


def test_integers_with_a_slope_are_scaled(tmp_path: Path) -> None:
    image = nib.Nifti1Image((DATA * 4).astype(np.int16), AFFINE)
    raw = bytearray(image.to_bytes())
    raw[112:120] = np.array([0.25, -3], "<f4").tobytes()  # scl_slope, scl_inter
    (tmp_path / "a.nii").write_bytes(raw)
    np.testing.assert_array_equal(read_scan(tmp_path / "a.nii").volume.data, DATA - 3)


def test_one_volume_of_a_series_is_a_scan(tmp_path: Path) -> None:
    same(read_scan(saved(tmp_path / "a.nii", DATA[..., None])).volume, Volume(DATA, AFFINE))


def test_metres_and_microns_are_millimetres(tmp_path: Path) -> None:
    for units, per_mm in (("meter", 1e-3), ("micron", 1e3), ("mm", 1.0)):
        affine = np.diag([per_mm, per_mm, per_mm, 1]) @ AFFINE
        same(read_scan(saved(tmp_path / "a.nii", DATA, affine, units=units)).volume, Volume(DATA, AFFINE))


def test_either_form_alone_places_a_scan(tmp_path: Path) -> None:
    rigid = np.diag([-1.0, 1.2, 1.4, 1.0])
    for codes in ((2, 0), (0, 1), (1, 3)):
        same(read_scan(saved(tmp_path / "a.nii", DATA, rigid, codes=codes)).volume, canonical(DATA, rigid))


def test_forms_that_differ_a_little_are_told(tmp_path: Path) -> None:
    shifted = np.diag([1.0, 1.2, 1.4, 1.0])
    shifted[0, 3] = 2.0
    scan = read_scan(saved(tmp_path / "a.nii", DATA, shifted, qform=np.diag([1.0, 1.2, 1.4, 1.0])))
    assert scan.warnings == ("sform and qform differ by 0.0° and 2.0 mm; the sform is used",)
    np.testing.assert_allclose(scan.volume.affine, shifted, atol=1e-6)


def test_a_few_voxels_that_are_not_finite_count_as_background(tmp_path: Path) -> None:
    holes = DATA.copy()
    holes[:2] = np.nan
    scan = read_scan(saved(tmp_path / "a.nii", holes))
    assert (scan.volume.data[:2] == 0).all()
    np.testing.assert_array_equal(scan.volume.data[2:], DATA[2:])
    assert scan.warnings == ("22.2% of the voxels are not finite and count as 0",)


LAS = np.diag([-1.0, 1.2, 1.4, 1.0])
RAS = np.diag([1.0, 1.2, 1.4, 1.0])
RGB = np.zeros(SHAPE, [("R", "u1"), ("G", "u1"), ("B", "u1")])
HOLE = int(np.ravel_multi_index(tuple(n // 2 for n in SHAPE), SHAPE))
REFUSED: dict[str, Callable[[Path], Any]] = {
    "is truncated or damaged": lambda p: p.with_suffix(".nii.gz").write_bytes(_gzip()[:-500]),
    "has [0-9]+ bytes and its header says": lambda p: p.write_bytes(gzip.decompress(_gzip())[:-500]),
    "inflates to [0-9]+ bytes and its header says": lambda p: p.with_suffix(".nii.gz").write_bytes(
        gzip.compress(gzip.decompress(_gzip())[:-500])
    ),
    r"cannot be read \(it has [0-9]+ bytes, .*copy it again": lambda p: p.write_bytes(
        gzip.decompress(_gzip()) + bytes(2**20 + 1)
    ),
    "is not a NIfTI file": lambda p: p.write_bytes(b"DICM" * 200),
    "cannot be read": lambda p: None,
    r"has the shape \(9, 11, 13, 2\)": lambda p: saved(p, np.stack([DATA] * 2, -1)),
    r"has the shape \(9, 11\)": lambda p: saved(p, DATA[..., 0]),
    r"has the shape \(9, 11, 3\)": lambda p: saved(p, DATA[..., :3]),
    "holds colours or complex": lambda p: saved(p, RGB),
    "complex numbers": lambda p: saved(p, DATA.astype(np.complex64)),
    "values of up to 9e\\+29": lambda p: saved(p, np.linspace(0, 9e29, int(np.prod(SHAPE))).reshape(SHAPE)),
    "is constant": lambda p: saved(p, np.ones(SHAPE, np.float32)),
    "is not finite in": lambda p: saved(p, np.where(DATA < 240, np.float32(np.nan), DATA)),
    "voxels within the head": lambda p: saved(p, np.where(np.arange(DATA.size).reshape(SHAPE) == HOLE, np.nan, DATA)),
    "no side is given": lambda p: saved(p, DATA, codes=(0, 0)),
    "its sform says LAS, its qform RAS": lambda p: saved(p, DATA, LAS, qform=RAS),
    "its sform says ARS": lambda p: saved(p, DATA, RAS[[1, 0, 2, 3]], qform=RAS),
    "singular affine": lambda p: saved(p, DATA, sform=np.diag([0.0, 1, 1, 1]), qform=RAS),
    "are 2[0-9]° off right angles": lambda p: saved(p, DATA, sform=RAS + np.eye(4, k=1) * [0, 0.6, 0, 0], codes=(1, 0)),
    "singular or sheared": lambda p: saved(p, DATA, sform=RAS + np.eye(4, k=1) * [0, 5, 0, 0], codes=(1, 0)),
    "has voxels of 1000": lambda p: saved(p, DATA, np.diag([1e3, 1e3, 1e3, 1]), codes=(1, 0)),
}


def _gzip() -> bytes:
    image = nib.Nifti1Image(DATA, AFFINE)
    return gzip.compress(image.to_bytes())


@pytest.mark.parametrize("sentence", REFUSED)
def test_what_cannot_be_used_is_refused_with_file_and_remedy(tmp_path: Path, sentence: str) -> None:
    path = tmp_path / "sub-01_T2w.nii"
    with np.errstate(all="ignore"):
        REFUSED[sentence](path)
    found = next(tmp_path.iterdir(), path)
    with pytest.raises(BadInput, match=sentence) as refusal:
        read_scan(found)
    assert str(refusal.value).startswith(found.name)


def test_labels_lie_on_the_scans_grid(tmp_path: Path) -> None:
    stored, affine = stored_as("PIR")
    scan = read_scan(saved(tmp_path / "a.nii", stored, affine))
    labels = (stored > 100).astype(np.uint8) * 87
    read = read_labels(saved(tmp_path / "l.nii.gz", labels, affine), scan)
    assert read.dtype == np.int32
    np.testing.assert_array_equal(read, (DATA > 100) * 87)
    with pytest.raises(BadInput, match="must lie on the scan's grid"):
        read_labels(saved(tmp_path / "l.nii", labels[1:], affine), scan)
    with pytest.raises(BadInput, match="must lie on the scan's grid"):
        read_labels(saved(tmp_path / "l.nii", labels, affine + np.eye(4, k=3) * 0.1), scan)
    with pytest.raises(BadInput, match="not whole numbers"):
        read_labels(saved(tmp_path / "l.nii", labels + np.float32(0.5), affine), scan)


def test_a_map_may_be_constant(tmp_path: Path) -> None:
    path = tmp_path / "m.nii.gz"
    write_volume(path, np.zeros(SHAPE), AFFINE)
    assert not read_map(path).data.any()


def test_the_same_volume_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = tmp_path / "x" / "one.nii.gz", tmp_path / "other.nii.gz"
    write_volume(one, DATA, AFFINE)
    write_volume(other, DATA.copy(order="F"), AFFINE)
    assert one.read_bytes() == other.read_bytes()
    assert read_scan(one).sha256 == read_scan(other).sha256
    same(read_scan(one).volume, Volume(DATA, AFFINE))


@pytest.mark.parametrize(("name", "stem"), [("a_T2w.nii.gz", "a_T2w"), ("a.b_T1w.nii", "a.b_T1w")])
def test_stem(name: str, stem: str) -> None:
    assert stem_of(Path(name)) == stem


sizes = st.tuples(*[st.integers(20, 33)] * 3)


@few
@given(sizes, st.floats(0.4, 1.2), st.floats(0.9, 4.2), st.integers(0, 2))
def test_a_shrunk_volume_stays_where_it_is(
    shape: tuple[int, int, int], spacing: float, target: float, axis: int
) -> None:
    """The mean of a linear function over a block is its value at the block's centre."""
    grid = Volume(np.zeros(shape, np.float32), AFFINE @ np.diag([spacing] * 3 + [1]))
    small = Volume(grid.grid_mm()[..., axis].astype(np.float32), grid.affine).shrunk(target)
    np.testing.assert_allclose(small.data, small.grid_mm()[..., axis], atol=1e-4)
    assert (small.spacing_mm < 1.5 * np.maximum(target, grid.spacing_mm)).all()
    assert (np.array(small.shape) * small.spacing_mm > shape * grid.spacing_mm - small.spacing_mm - 1e-9).all()


@few
@given(sizes, st.sampled_from([2.0, 3.0, 4.0]), st.integers(0, 2))
def test_mirror_images_shrink_to_mirror_images(shape: tuple[int, int, int], target: float, axis: int) -> None:
    data = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    flip = np.eye(4)
    flip[axis, axis], flip[axis, 3] = -1, shape[axis] - 1
    plain, mirrored = Volume(data, np.eye(4)), Volume(np.flip(data, axis), flip)
    small, other = plain.shrunk(target), mirrored.shrunk(target)
    np.testing.assert_allclose(np.flip(other.data, axis), small.data, atol=1e-6)
    first = np.zeros(3)
    last = np.where(np.arange(3) == axis, small.shape[axis] - 1, 0)
    np.testing.assert_allclose(other.to_world(last), small.to_world(first), atol=1e-9)


def test_block_means_are_means_of_blocks() -> None:
    data = np.arange(8 * 8 * 8, dtype=np.float32).reshape(8, 8, 8)
    small = Volume(data, np.eye(4)).shrunk(2.0)
    assert small.data[1, 0, 3] == data[2:4, 0:2, 6:8].mean()
    np.testing.assert_allclose(small.to_world([0, 0, 0]), [0.5, 0.5, 0.5])
    assert Volume(data, np.eye(4)).shrunk(1.0).data is data


def test_voxels_and_world_are_each_others_inverse() -> None:
    volume = Volume(DATA, AFFINE)
    points = np.random.default_rng(0).uniform(-20, 20, (5, 3))
    np.testing.assert_allclose(volume.to_world(volume.to_voxels(points)), points, atol=1e-9)
    np.testing.assert_allclose(volume.grid_mm()[2, 3, 4], volume.to_world([2, 3, 4]))
    assert volume.voxel_ml == pytest.approx(abs(np.linalg.det(AFFINE[:3, :3])) / 1000)


def test_axes_are_a_rotation_along_the_grid() -> None:
    axes = Volume(DATA, AFFINE).axes
    np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-12)
    assert (np.diag(axes.T @ (AFFINE[:3, :3] / Volume(DATA, AFFINE).spacing_mm)) > 0.99).all()


def test_sampling_on_the_own_grid_changes_nothing_and_on_another_is_linear() -> None:
    volume = Volume(DATA, AFFINE)
    np.testing.assert_allclose(volume.sampled(volume), DATA, atol=1e-4)
    ramp = Volume(volume.grid_mm()[..., 1].astype(np.float32), AFFINE)
    shift = np.eye(4)
    shift[:3, 3] = 0.5
    inner = Volume(np.zeros((8, 10, 12), np.float32), AFFINE @ shift)
    np.testing.assert_allclose(ramp.sampled(inner), inner.grid_mm()[..., 1], atol=1e-4)


def test_a_part_is_where_it_was_in_the_world() -> None:
    volume = read_scan(as_image(DATA, LAS)).volume
    mask = np.zeros(SHAPE, bool)
    mask[3:5, 4:7, 2:9] = True
    box = box_around(mask, margin=1)
    part = volume.part(box)
    assert part.shape == (4, 5, 9)
    np.testing.assert_allclose(part.to_world([1, 1, 1]), volume.to_world([3, 4, 2]))
    np.testing.assert_array_equal(part.data, volume.data[box])
    assert volume.part(box_around(np.zeros(SHAPE, bool), margin=2)).data.size == 0
    assert box_around(np.ones(SHAPE, bool), margin=2) == tuple(slice(0, n) for n in SHAPE)


@pytest.mark.parametrize("edge_mm", [0.0, -3.0])
def test_a_voxel_size_that_is_none_is_refused_and_not_mended(tmp_path: Path, edge_mm: float) -> None:
    path = saved(tmp_path / "scan.nii", DATA, codes=(0, 1))
    content = bytearray(path.read_bytes())
    content[80:92] = np.full(3, edge_mm, np.float32).tobytes()
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"scan\.nii has a (singular affine|damaged qform).*write its header anew"):
        read_scan(path)
