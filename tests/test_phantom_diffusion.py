"""The ADC of synthetic newborns: in its own units, of the same infant in the same pose, with strokes that it shows."""

from __future__ import annotations

import numpy as np
import pytest

from symbrain.phantom import LATERALISED, Lesion, Phantom, make_head
from symbrain.phantom.diffusion import ADC, RESTRICTED, diffusion
from symbrain.phantom.tissue import brightness

COARSE = 2.5


def scan(modality: str = ADC, lesion: Lesion | None = None, **more: object) -> Phantom:
    return make_head(8, **{"scan_age_weeks": 40.0, "spacing_mm": COARSE, "modality": modality, "lesion": lesion} | more)  # type: ignore[arg-type]


def median(phantom: Phantom, tissue: str) -> float:
    return float(np.median(phantom.image[np.isin(phantom.labels, LATERALISED[tissue])]))


def test_it_knows_every_tissue_that_is_painted() -> None:
    assert set(brightness(ADC, 0.5)) == set(brightness("T2w", 0.5))
    assert min(diffusion(0.5).values()) == diffusion(0.5)["air"] == 0


@pytest.mark.parametrize("weeks", [28.0, 40.0, 44.0])
def test_values_are_those_of_newborns(weeks: float) -> None:
    """In 10⁻³ mm²/s: fluid diffuses freely, white matter more than grey, less so with age."""
    found = scan(scan_age_weeks=weeks)
    assert 2.4 < median(found, "Ventricles") < 3.1, "coarse voxels hold some of what is beside them"
    assert 1.0 < median(found, "Deep grey matter") < 1.3
    assert 1.1 < median(found, "Cortical grey matter") < 1.5
    assert median(found, "White matter") == pytest.approx(diffusion((weeks - 26) / 19)["white"], abs=0.1)


def test_white_matter_falls_with_age() -> None:
    levels = [median(scan(scan_age_weeks=w), "White matter") for w in (27.0, 35.0, 43.0)]
    assert levels == sorted(levels, reverse=True)
    assert levels[0] - levels[2] > 0.25


def test_it_has_no_gain_and_no_bias_field() -> None:
    first, other = (scan(noise=0.0, bias=bias, visit=0) for bias in (0.0, 0.5))
    assert np.array_equal(first.image, other.image)


def test_it_is_the_same_head_in_the_same_pose() -> None:
    t2w, adc = scan("T2w"), scan()
    assert np.array_equal(t2w.labels, adc.labels)
    assert t2w.plane == adc.plane
    assert np.array_equal(t2w.affine, adc.affine)


@pytest.mark.slow
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_stroke_restricts_diffusion_and_shows_on_nothing_else(side: str) -> None:
    lesion = Lesion("stroke", side, 22.0, 0.0)  # type: ignore[arg-type]
    plain, ill = scan(noise=0.0), scan(lesion=lesion, noise=0.0)
    fall = 1 - (ill.image / np.maximum(plain.image, 1e-3))[ill.lesion_mask]
    assert np.quantile(fall, 0.7) == pytest.approx(RESTRICTED, abs=0.08)
    assert (fall > 0).all()
    for modality in ("T2w", "T1w"):
        assert np.array_equal(scan(modality).image, scan(modality, lesion).image)
    later = Lesion("stroke", side, 22.0, 4.0)  # type: ignore[arg-type]
    change = {m: (scan(m, later, noise=0.0).image - scan(m, noise=0.0).image)[ill.lesion_mask] for m in ("T2w", "T1w")}
    assert np.median(change["T2w"]) > 0 > np.median(change["T1w"])


def test_water_is_bright_on_it() -> None:
    plain, ill = scan(noise=0.0), scan(lesion=Lesion("white_matter_injury", "left", 18.0, 4.0), noise=0.0)
    assert np.median((ill.image - plain.image)[ill.lesion_mask]) > 0
