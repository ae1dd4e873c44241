from __future__ import annotations

import numpy as np
import pytest

from heads import head, mask_of, volume_of
from symbrain.local_symmetry import ACROSS_MM, half_width_mm, mirror_costs
from symbrain.midplane import Midplane, find_midplane
from symbrain.phantom import Asymmetry, make_head
from symbrain.phantom.head import Phantom
from symbrain.plane import Plane
from symbrain.reflection import reflect
from symbrain.volume import Volume


def found(phantom: Phantom, start: Plane | None = None) -> Midplane:
    return find_midplane(volume_of(phantom), mask_of(phantom), start or phantom.plane, phantom.center_mm)


def beside(phantom: Phantom, tilt_deg: float, shift_mm: float, seed: int = 0) -> Plane:
    """Return a plane that is off by so much, in a random direction."""
    n = phantom.plane.unit_normal
    away = np.cross(n, np.random.default_rng(seed).normal(size=3))
    away /= np.linalg.norm(away)
    return Plane.through(np.array(phantom.center_mm) + shift_mm * n, n + np.tan(np.radians(tilt_deg)) * away)


@pytest.mark.slow
@pytest.mark.parametrize("tilt_deg", [0.5, 2.0, 5.0])
@pytest.mark.parametrize("modality", ["T2w", "T1w"])
def test_the_fissure_is_found_from_a_plane_beside_it(tilt_deg: float, modality: str) -> None:
    phantom = make_head(31, spacing_mm=1.5, modality=modality, asymmetry=Asymmetry(torque=0.03))
    plane = found(phantom, beside(phantom, tilt_deg, -0.4 * tilt_deg)).plane
    assert plane.angle_to_deg(phantom.plane) < 0.25
    assert plane.gap_mm(phantom.plane, phantom.center_mm) < 0.1


def test_a_larger_hemisphere_does_not_pull_it() -> None:
    from symbrain.symmetry import find_symmetry_plane

    phantom = make_head(33, spacing_mm=1.5, asymmetry=Asymmetry(torque=0.03, folding=0.6))
    start = find_symmetry_plane(volume_of(phantom), mask_of(phantom)).plane
    plane = found(phantom, start).plane
    assert plane.angle_to_deg(phantom.plane) < 0.5 * start.angle_to_deg(phantom.plane)
    assert plane.angle_to_deg(phantom.plane) < 0.2


def test_it_does_not_hang_on_where_it_was_looked_for() -> None:
    phantom = head(2)
    one, other = (found(phantom, beside(phantom, 1.5, shift, seed)).plane for seed, shift in ((1, 1.0), (2, -1.0)))
    assert one.angle_to_deg(other) < 0.05
    assert one.gap_mm(other, phantom.center_mm) < 0.05


def test_a_mirrored_head_has_the_mirrored_plane() -> None:
    phantom = head(2)
    volume, mask, start = volume_of(phantom), mask_of(phantom), beside(phantom, 1.0, 0.5)
    across = Plane.through(volume.to_world((np.array(volume.shape) - 1) / 2), volume.axes[:, 0])
    plain = find_midplane(volume, mask, start, phantom.center_mm)
    center = (across.mirror() @ [*phantom.center_mm, 1.0])[:3]
    mirrored = find_midplane(
        Volume(np.ascontiguousarray(reflect(volume.data)), volume.affine),
        reflect(mask),
        reflect(start, across=across),
        center,
    )
    expected = reflect(plain.plane, across=across)
    assert mirrored.plane.angle_to_deg(expected) < 0.02
    assert mirrored.plane.gap_mm(expected, center) < 0.01
    assert mirrored.clearness == pytest.approx(plain.clearness, abs=1e-3)


def test_where_there_is_no_fissure_the_plane_stays_and_is_trusted_less() -> None:
    noise = np.random.default_rng(0).normal(size=(60, 60, 60)).astype(np.float32)
    inside = np.linalg.norm(np.indices(noise.shape) - 29.5, axis=0) < 24
    start = Plane((1.0, 0.02, 0.0), 29.5)
    plane = find_midplane(Volume(noise, np.eye(4)), inside, start, (29.5, 29.5, 29.5))
    assert not plane.seen
    assert plane.plane == start
    assert plane.confidence(0.9) < 0.5
    empty = find_midplane(
        Volume(noise, np.eye(4)),
        np.zeros(noise.shape, bool) | (inside & (np.indices(noise.shape)[0] < 8)),
        start,
        (29.5, 29.5, 29.5),
    )
    assert (empty.clearness, empty.seen) == (0.0, False)


def test_a_fissure_that_is_seen_speaks_for_itself() -> None:
    assert found(head(2)).confidence(0.1) > 0.9


def test_costs_are_least_where_a_band_is_its_own_mirror_image() -> None:
    half = half_width_mm(3.0)
    across = np.arange(-half, half + ACROSS_MM / 2, ACROSS_MM)
    rng = np.random.default_rng(1)
    profile = rng.normal(size=(200, 40)).astype(np.float32)
    place = np.abs(across - 1.0)  # the middle lies 1 mm beyond that of the band
    band = np.stack([np.interp(place, np.arange(200) * 1.0, profile[:, i]) for i in range(40)], axis=1)
    costs = mirror_costs(band.astype(np.float32), 1.0, 3.0, np.ones(40, bool))
    best = costs.displacement_mm[costs.cost.mean(axis=1).argmin()]
    assert best == pytest.approx(1.0, abs=0.1)
    assert costs.means_at(np.full(40, 1.0)) < 0.2 < costs.means_at(np.full(40, -1.0))
