from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from heads import head, mask_of, volume_of
from symbrain.quality import Quality, judge, measure_quality, volume_limits_ml
from symbrain.settings import ScoreSettings
from symbrain.volume import Volume

GOOD = Quality(brain_volume_ml=400.0, coverage=1.0, noise_ratio=0.05, motion_index=0.02)
SETTINGS = ScoreSettings()


def verdict(quality: Quality = GOOD, confidence: float = 0.9, weeks: float | None = 40.0, *warnings: str) -> tuple:
    return judge(quality, confidence, weeks, warnings, SETTINGS)


def test_a_good_scan_passes_without_a_word() -> None:
    assert verdict() == ("pass", "")


@pytest.mark.parametrize(
    ("name", "odd", "bad", "sentence"),
    [
        ("coverage", 0.9, 0.8, "the image ends inside the brain"),
        ("noise_ratio", 0.2, 0.3, "of the brain's contrast"),
        ("motion_index", 0.1, 0.2, r"brightness jumps from slice to slice .*\(motion\)"),
        ("brain_volume_ml", 200.0, 100.0, "the brain mask has .* ml are expected at 40.0 weeks"),
        ("brain_volume_ml", 800.0, 1100.0, "the brain mask has .* ml are expected at 40.0 weeks"),
    ],
)
def test_each_measure_warns_and_fails_in_its_sentence(name: str, odd: float, bad: float, sentence: str) -> None:
    for value, expected in ((odd, "warn"), (bad, "fail")):
        given, reason = verdict(replace(GOOD, **{name: value}))
        assert given == expected
        assert re.search(sentence, reason)


@pytest.mark.parametrize(("confidence", "expected"), [(0.51, "pass"), (0.49, "warn"), (0.19, "fail")])
def test_confidence_in_the_plane(confidence: float, expected: str) -> None:
    given, reason = verdict(confidence=confidence)
    assert given == expected
    assert (f"confidence of {confidence:.2f}" in reason) == (expected != "pass")


def test_what_was_odd_about_the_file_is_a_warning() -> None:
    assert verdict(GOOD, 0.9, 40.0, "sform and qform differ") == ("warn", "sform and qform differ")


def test_failures_come_first_and_every_sentence_is_told() -> None:
    given, reason = verdict(replace(GOOD, noise_ratio=0.3, coverage=0.9), 0.3)
    assert given == "fail"
    assert [s.split()[0] for s in reason.split("; ")] == ["noise", "the", "the"]


@pytest.mark.parametrize(("weeks", "told"), [(40.0, False), (19.0, True), (60.0, True), (None, False)])
def test_an_age_outside_the_newborns_is_told(weeks: float | None, told: bool) -> None:
    _, reason = verdict(replace(GOOD, brain_volume_ml=300.0 if weeks != 19.0 else 60.0), 0.9, weeks)
    assert ("outside the 20 to 46 weeks" in reason) == told


def test_without_an_age_the_volume_alone_fails_nothing() -> None:
    assert verdict(replace(GOOD, brain_volume_ml=2000.0), 0.9, None)[0] == "warn"


def test_volume_limits_grow_with_age() -> None:
    limits = np.array([volume_limits_ml(w) for w in range(20, 46)])
    assert (np.diff(limits, axis=0) > 0).all()
    assert (limits[:, 0] < limits[:, 1]).all()
    assert volume_limits_ml(None) == (limits.min(), limits.max())


def test_a_phantoms_measures_are_those_of_a_good_scan() -> None:
    phantom = head(1, spacing_mm=1.0)
    quality = measure_quality(volume_of(phantom), mask_of(phantom))
    assert quality.coverage == 1
    assert quality.brain_volume_ml == pytest.approx(phantom.mask.sum() / 1000)
    assert judge(quality, 0.9, phantom.scan_age_weeks, (), SETTINGS) == ("pass", "")


def test_noise_grows_with_noise() -> None:
    ratios = [measure_quality(volume_of(head(1, noise=n)), mask_of(head(1))).noise_ratio for n in (0.0, 0.05, 0.2, 0.4)]
    assert ratios == sorted(ratios)
    assert ratios[-1] > 2 * ratios[0]


def test_slices_of_uneven_brightness_are_motion_along_any_axis() -> None:
    volume, mask = volume_of(head(1)), mask_of(head(1))
    still = measure_quality(volume, mask).motion_index
    for axis in range(3):
        flicker = 1 + 0.3 * np.random.default_rng(0).choice([-1, 1], volume.shape[axis])
        shape = [-1 if a == axis else 1 for a in range(3)]
        moved = Volume((volume.data * flicker.reshape(shape)).astype(np.float32), volume.affine)
        assert measure_quality(moved, mask).motion_index > max(3 * still, 0.15)


def test_a_brain_cut_off_by_the_image_is_not_covered() -> None:
    volume, mask = volume_of(head(1)), mask_of(head(1))
    middle = volume.shape[2] // 2
    cut = Volume(volume.data[:, :, middle:], volume.affine)
    assert measure_quality(cut, mask[:, :, middle:]).coverage < 0.85
