"""Images in memory: what is taken in place of a file, and that it is the same scan."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from heads import head
from symbrain.errors import BadInput
from symbrain.nifti import as_image, in_memory, is_source, name_of
from symbrain.volume import read_labels, read_scan, write_volume


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("nifti") / "sub-1_T2w.nii.gz"
    write_volume(path, head(1).image, head(1).affine)
    return path


def image() -> nib.Nifti1Image:
    return nib.Nifti1Image(head(1).image.copy(), head(1).affine)


def test_a_file_and_its_image_are_one_scan(file: Path) -> None:
    from_path, from_text, from_image = (read_scan(source) for source in (file, str(file), nib.load(file)))
    for other in (from_text, from_image):
        np.testing.assert_array_equal(other.volume.data, from_path.volume.data)
        np.testing.assert_array_equal(other.volume.affine, from_path.volume.affine)
        assert (other.path, other.stored_shape) == (file, from_path.stored_shape)
    assert from_text.sha256 == from_path.sha256


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
def test_an_image_from_no_file_is_the_same_scan(file: Path, kind: type) -> None:
    scan = read_scan(kind(head(1).image, head(1).affine))
    np.testing.assert_array_equal(scan.volume.data, read_scan(file).volume.data)
    np.testing.assert_allclose(scan.volume.affine, read_scan(file).volume.affine, atol=1e-4)
    assert scan.path.name == "image.nii"


def test_scaled_integers_are_read_alike_from_both(tmp_path: Path) -> None:
    scaled = nib.Nifti1Image((head(1).image * 1000).astype(np.int16), head(1).affine)
    scaled.header.set_slope_inter(0.25, 3)
    path = tmp_path / "scaled.nii"
    scaled.to_filename(path)
    np.testing.assert_array_equal(read_scan(nib.load(path)).volume.data, read_scan(path).volume.data)


def test_the_digest_follows_voxels_and_place() -> None:
    brighter, moved = image(), image()
    brighter.dataobj[0, 0, 0] += 1
    moved.affine[0, 3] += 5  # after it was made: the header does not know
    assert len({in_memory(one)[2] for one in (image(), brighter, moved)}) == 3
    assert in_memory(image())[2] == in_memory(image())[2]
    np.testing.assert_allclose(read_scan(moved).volume.affine[0, 3], read_scan(image()).volume.affine[0, 3] + 5)


def test_the_callers_image_is_left_alone(file: Path) -> None:
    loaded = nib.load(file)
    before = loaded.header.binaryblock
    read_scan(loaded)
    assert loaded.header.binaryblock == before
    assert loaded.get_filename() == str(file)


@pytest.mark.parametrize(
    ("thing", "kind"),
    [
        (np.zeros((9, 9, 9)), "numpy.ndarray"),
        (None, "builtins.NoneType"),
        (nib.MGHImage(np.zeros((9, 9, 9), np.float32), np.eye(4)), "nibabel.MGHImage"),
    ],
)
def test_what_is_no_image_is_a_sentence(thing: object, kind: str) -> None:
    with pytest.raises(BadInput, match=f"a {kind} was given as an image; a path or a nibabel NIfTI image is expected"):
        read_scan(thing)  # type: ignore[arg-type]


def test_an_image_whose_file_is_gone_is_a_sentence(file: Path, tmp_path: Path) -> None:
    path = tmp_path / "gone.nii.gz"
    path.write_bytes(file.read_bytes())
    loaded = nib.load(path)
    path.unlink()
    with pytest.raises(BadInput, match=r"gone\.nii\.gz has no voxels that can be read"):
        read_scan(loaded)


def test_an_image_without_a_side_is_refused() -> None:
    with pytest.raises(BadInput, match="no side is given"):
        read_scan(nib.Nifti1Image(head(1).image, None))


def test_labels_are_taken_from_memory_too(file: Path) -> None:
    scan, labels = read_scan(file), nib.Nifti1Image(head(1).labels, head(1).affine)
    np.testing.assert_array_equal(np.bincount(read_labels(labels, scan).ravel()), np.bincount(head(1).labels.ravel()))
    with pytest.raises(BadInput, match="another affine than its scan"):
        read_labels(nib.Nifti1Image(head(1).labels[1:], head(1).affine), scan)


def test_names_and_kinds(file: Path) -> None:
    assert [name_of(source) for source in (file, str(file), nib.load(file), image())] == [*[file.name] * 3, "image.nii"]
    assert all(is_source(source) for source in (file, str(file), image()))
    assert not any(is_source(thing) for thing in (head(1).image, [file], 3, None))


def test_what_is_handed_back_says_its_place_twice() -> None:
    made = as_image(head(1).mask, head(1).affine, np.uint8)
    assert made.get_data_dtype() == np.uint8
    assert (int(made.header["sform_code"]), int(made.header["qform_code"])) == (1, 1)
    np.testing.assert_allclose(made.header.get_qform(), head(1).affine, atol=1e-4)
    assert made.header.get_xyzt_units()[0] == "mm"
