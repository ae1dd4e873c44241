from __future__ import annotations

import json
from base64 import b64decode

import numpy as np
import pytest
from isal import igzip
from numpy.typing import NDArray

from symbrain import scene_3d
from symbrain.reflection import reflect
from symbrain.scene_3d import UNIT_SD, make_scene, scene_name, scene_script
from symbrain.volume import Volume

SHAPE = (41, 50, 36)
AFFINE = np.diag([1.0, 1, 1, 1])
AFFINE[:3, 3] = -20, -25, -18  # axis 0 is symmetric about x = 0


def head(seed: int = 1) -> tuple[Volume, NDArray[np.bool_]]:
    rng = np.random.default_rng(seed)
    grid = np.moveaxis(np.indices(SHAPE), 0, -1) @ AFFINE[:3, :3].T + AFFINE[:3, 3]
    mask = (((grid - [3, 2, 1]) / [12, 17, 10]) ** 2).sum(axis=-1) < 1  # further to the right than to the left
    return Volume(rng.uniform(50, 100, SHAPE).astype(np.float32), AFFINE), mask


@pytest.mark.parametrize("edge_mm", [1.0, 2.0])
def test_the_middle_of_the_volume_is_the_midline_plane(edge_mm: float) -> None:
    upright, mask = head()
    brain = make_scene(upright, mask, None, np.eye(4), edge_mm).brain
    ends = brain.to_world([[0, 0, 0], [brain.shape[0] - 1, 0, 0]])[:, 0]
    assert ends.sum() == pytest.approx(0, abs=1e-9)
    assert np.prod(brain.shape) < np.prod(SHAPE) / edge_mm**2


def test_brain_and_nothing_but_it() -> None:
    upright, mask = head()
    brain = make_scene(upright, mask, None, np.eye(4), 1.0).brain
    assert np.count_nonzero(brain.data) == np.count_nonzero(mask)
    assert brain.data.max() == pytest.approx(255)


def test_a_mirrored_brain_has_the_mirrored_scene() -> None:
    upright, mask = head()
    there = make_scene(upright, mask, upright, np.eye(4), 2.0)
    turned = Volume(reflect(upright.data), AFFINE)
    back = make_scene(turned, reflect(mask), turned, np.eye(4), 2.0)
    np.testing.assert_allclose(reflect(back.brain.data), there.brain.data, atol=1e-4)
    assert there.heat is not None
    assert back.heat is not None
    np.testing.assert_allclose(reflect(back.heat.data), there.heat.data, atol=1e-3)


def test_heat_lies_where_the_scan_has_it() -> None:
    """The scan lies turned and moved in its own world; its heat comes back to the same place of the brain."""
    upright, mask = head()
    angle = np.radians(20)
    to_scan = np.eye(4)
    to_scan[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    to_scan[:3, 3] = 5, -3, 2
    hot = np.zeros(SHAPE, np.float32)
    hot[26:30, 20:24, 16:20] = 8.0
    heat = make_scene(upright, mask, Volume(hot, to_scan @ AFFINE), to_scan, 1.0).heat
    assert heat is not None
    peak = heat.to_world(np.argwhere(heat.data > 0.9 * heat.data.max())).mean(axis=0)
    np.testing.assert_allclose(peak, Volume(hot, AFFINE).to_world([27.5, 21.5, 17.5]), atol=0.6)
    assert heat.data.max() * UNIT_SD == pytest.approx(8.0, abs=0.1)


def test_the_script_is_plain_data() -> None:
    upright, mask = head()
    script, edge_mm = scene_script(upright, mask, upright, np.eye(4), (3.0, 12.0))
    start, content = b'"use strict";\nvar SCENE = ', script[:-2]
    assert script.startswith(start)
    scene = json.loads(content.removeprefix(start))
    assert scene["scale"] == pytest.approx([30, 120])
    assert igzip.decompress(b64decode(scene["brain"]))[344:348] == b"n+1\x00"
    assert edge_mm == 1.0


def test_too_large_a_brain_gets_coarser(monkeypatch: pytest.MonkeyPatch) -> None:
    upright, mask = head()
    fine, _ = scene_script(upright, mask, None, np.eye(4), (3.0, 12.0))
    monkeypatch.setattr(scene_3d, "MOST_BYTES", len(fine) - 1)
    coarse, edge_mm = scene_script(upright, mask, None, np.eye(4), (3.0, 12.0))
    assert len(coarse) < len(fine)
    assert edge_mm == 2.0


def test_an_empty_mask_is_no_failure() -> None:
    upright, mask = head()
    assert not make_scene(upright, np.zeros_like(mask), None, np.eye(4), 2.0).brain.data.any()


def test_names_are_plain() -> None:
    assert scene_name("sub-01_T2w", "js") == "sub-01_T2w.js"
    assert not set(scene_name("sub-<script>")) & set("<>")
