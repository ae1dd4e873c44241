"""The laws of DESIGN.md on phantom heads, from volume to plane and classical score.

Law 1 (twice is the identity) is in test_reflection.py, the storage half of law 4 in test_volume.py, law 9 in
test_score.py. Tolerances: 0.05°, 0.05 mm; the score's is 0.02 in z, where normals spread by about 0.25 of their
score, so 0.5 %.
"""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from scipy.stats import spearmanr

from heads import LESION, SCORE, Walked, head, mask_of, volume_of, walk, walked
from symbrain import upright
from symbrain.phantom import Lesion, Phantom, make_head
from symbrain.plane import Plane
from symbrain.reflection import reflect
from symbrain.symmetry import find_symmetry_plane
from symbrain.upright_grid import upright_grid
from symbrain.volume import Volume, read_scan
from symbrain.walk import score_upright

OTHER_SIDE = {"left": "right", "right": "left", "none": "none"}
HEADS = [
    pytest.param({"seed": 1, "lesion": LESION}, id="lesion"),
    pytest.param({"seed": 3, "modality": "T1w", "spacing_mm": 1.0}, id="T1w-1mm", marks=pytest.mark.slow),
]


def moved(degrees: tuple[float, float, float], shift: tuple[float, float, float]) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    matrix[:3, 3] = shift
    return matrix


def same_plane(one: Plane, other: Plane, center: tuple[float, float, float]) -> None:
    assert one.angle_to_deg(other) < 0.05
    assert one.gap_mm(other, center) < 0.05


def mirrored(plain: Walked, other: Walked, across: Plane) -> None:
    same_plane(other.plane, reflect(plain.plane, across=across), other.aligned.symmetry.center_mm)
    one, two = plain.asymmetry, other.asymmetry
    assert (two.score, two.low, two.high) == pytest.approx((one.score, one.low, one.high), rel=0.005)
    assert two.laterality_index == pytest.approx(-one.laterality_index, abs=0.01)
    assert two.side == OTHER_SIDE[one.side]
    assert two.volume_ml == pytest.approx(one.volume_ml, rel=0.02)
    assert two.heat.shape == one.heat.shape
    assert np.corrcoef(two.heat.ravel(), reflect(one.heat).ravel())[0, 1] > 0.99
    assert other.aligned.confidence == pytest.approx(plain.aligned.confidence, abs=0.01)


# Law 2: predict(reflect(x)) = reflect(predict(x)).


@pytest.mark.slow
@pytest.mark.parametrize("options", HEADS)
def test_the_head_mirrored_across_any_plane_has_the_mirrored_result(options: dict) -> None:
    across = Plane((1.0, 0.15, -0.1), 7.0)
    image = reflect(volume_of(head(**options)), across=across)
    flipped = Volume(reflect(image.data), image.affine @ _flip(image.shape[0]))  # in canonical order again
    mirrored(walked(**options), walk(flipped), across)


@pytest.mark.slow
def test_the_file_with_its_array_flipped_has_the_mirrored_result(tmp_path: Path) -> None:
    phantom = head(1, lesion=LESION)
    image = nib.Nifti1Image(phantom.image[::-1], phantom.affine)
    image.set_qform(phantom.affine, 1)
    image.to_filename(tmp_path / "a.nii")
    volume = read_scan(tmp_path / "a.nii").volume
    middle = Plane.through(volume.to_world((np.array(volume.shape) - 1) / 2), (1.0, 0.0, 0.0))
    mirrored(walked(1, lesion=LESION), walk(volume), middle)


def _flip(count: int) -> np.ndarray:
    matrix = np.diag([-1.0, 1, 1, 1])
    matrix[0, 3] = count - 1
    return matrix


@pytest.mark.slow
@pytest.mark.parametrize("side", ["left", "right"])
def test_the_side_of_a_lesion_is_the_subjects(side: str) -> None:
    phantom = head(1, lesion=Lesion("haemorrhage", side, 18.0, 6.0))  # type: ignore[arg-type]
    found = walked(1, lesion=phantom.lesion).asymmetry
    assert found.side == side
    assert found.laterality_index * (1 if side == "right" else -1) > 0.5


# Law 3: symmetric heads score low, and lesions high.


def score_of(phantom: Phantom, plane: Plane | None = None) -> float:
    """Score a head without bias field upright on a plane, by default the true one."""
    volume, mask, spacing = volume_of(phantom), mask_of(phantom), float(phantom.affine[1, 1])
    grid = upright_grid(volume, mask, plane or phantom.plane, phantom.center_mm, spacing_mm=spacing, margin_mm=8.0)
    inside = upright.resample(Volume(mask.astype(np.float32), volume.affine), grid) > 0.5
    return score_upright(upright.resample(volume, grid), inside, grid.affine, None, SCORE).score


@pytest.mark.slow
def test_symmetric_heads_score_below_the_normals() -> None:
    """At 1 mm: with voxels of 2 mm interpolation alone makes a symmetric head as uneven as some normal ones."""
    normals = [score_of(make_head(seed, spacing_mm=1.0, bias=0.0)) for seed in range(20, 32)]
    symmetric = [make_head(seed, spacing_mm=1.0, bias=0.0, symmetric=True) for seed in (20, 31, 32)]
    found = find_symmetry_plane(volume_of(symmetric[1]), mask_of(symmetric[1])).plane
    scores = [*(score_of(phantom) for phantom in symmetric), score_of(symmetric[1], found)]
    assert max(scores) < 0.5 * np.percentile(normals, 95)
    assert max(scores) < min(normals)


@pytest.mark.slow
@pytest.mark.parametrize("series", ["diameter_mm", "contrast_sd"])
def test_the_score_rises_with_the_lesion(series: str) -> None:
    steps = (6.0, 10.0, 14.0, 18.0, 22.0) if series == "diameter_mm" else (1.0, 2.0, 3.5, 5.0, 7.0)
    lesion = {"kind": "haemorrhage", "side": "right", "diameter_mm": 18.0, "contrast_sd": 5.0}
    scores = [score_of(head(21, lesion=Lesion(**{**lesion, series: step}))) for step in steps]  # type: ignore[arg-type]
    assert spearmanr(steps, scores).statistic > 0.8
    assert scores[-1] > 1.5 * scores[0]


# Law 4: how a brain is stored changes no number.


@pytest.mark.slow
@pytest.mark.parametrize(("codes", "kind"), [("RAS", np.float64), ("IPL", np.int16), ("SAR", np.uint8)])
def test_axes_and_lossless_types_change_no_number(tmp_path: Path, codes: str, kind: type) -> None:
    phantom = head(1, lesion=LESION)
    top = {np.float64: 0, np.int16: 32767, np.uint8: 255}[kind]
    data = phantom.image if not top else np.rint(phantom.image / phantom.image.max() * top)
    written = nib.Nifti1Image(data.astype(kind), phantom.affine)
    turned = written.as_reoriented(
        nib.orientations.ornt_transform(nib.io_orientation(phantom.affine), nib.orientations.axcodes2ornt(codes))
    )
    turned.set_qform(turned.affine, 1)
    turned.to_filename(tmp_path / "a.nii.gz")
    plain, other = walked(1, lesion=LESION), walk(read_scan(tmp_path / "a.nii.gz").volume)
    if not top:
        assert other.plane.angle_to_deg(plain.plane) < 1e-4  # the affine is stored in single precision
        assert other.asymmetry.score == pytest.approx(plain.asymmetry.score, rel=1e-4)
    same_plane(other.plane, plain.plane, plain.aligned.symmetry.center_mm)
    assert other.asymmetry.score == pytest.approx(plain.asymmetry.score, rel=0.005)
    assert other.asymmetry.side == plain.asymmetry.side


@pytest.mark.slow
def test_oblique_storage_has_the_same_plane() -> None:
    """The same brain interpolated on a grid that is turned in the scanner, its affine saying so."""
    phantom = head(2, spacing_mm=1.0)
    volume, mask = volume_of(phantom), mask_of(phantom)
    center = volume.to_world((np.array(volume.shape) - 1) / 2)
    turn = moved((6, -8, 10), (0, 0, 0))
    turn[:3, 3] = center - turn[:3, :3] @ center
    grid = Volume(volume.data, turn @ volume.affine)
    oblique = Volume(volume.sampled(grid), grid.affine)
    inside = Volume(mask.astype(np.float32), volume.affine).sampled(grid) > 0.5
    plain, other = find_symmetry_plane(volume, mask), find_symmetry_plane(oblique, inside)
    same_plane(other.plane, plain.plane, plain.center_mm)


# Law 5: moving the head rigidly moves the plane with it.


@pytest.mark.slow
def test_moving_the_head_with_its_grid_is_exact() -> None:
    motion = moved((-30, 5, -25), (-40, 0, 2))
    volume, mask = volume_of(head(2)), mask_of(head(2))
    plain, other = (find_symmetry_plane(v, mask) for v in (volume, Volume(volume.data, motion @ volume.affine)))
    assert other.plane.angle_to_deg(plain.plane.moved(motion)) < 1e-3
    assert other.plane.gap_mm(plain.plane.moved(motion), other.center_mm) < 1e-3
    assert other.confidence == pytest.approx(plain.confidence, abs=1e-3)


@pytest.mark.parametrize("visit", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_a_symmetric_head_in_another_pose_has_its_plane_there(visit: int) -> None:
    """The head is moved within the grid, and scanned with noise and a bias field of its own."""
    phantom = head(3, symmetric=True, visit=visit)
    found = find_symmetry_plane(volume_of(phantom), mask_of(phantom))
    same_plane(found.plane, phantom.plane, phantom.center_mm)
    assert head(3, symmetric=True).plane.angle_to_deg(head(3, symmetric=True, visit=1).plane) > 3
