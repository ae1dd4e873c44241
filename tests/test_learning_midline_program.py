from __future__ import annotations

import torch

from symbrain.learning.bundle import read_bundle
from symbrain.learning.line_target import FLIPS
from symbrain.learning.midline import Midline
from symbrain.learning.midline_program import MidlineMap, MidlineProgram
from symbrain.learning.packaged import packaged

BUNDLE = read_bundle(packaged("midline"))


def net() -> MidlineMap:
    definition = BUNDLE.inference["network_def"]
    found = MidlineMap(tuple(definition["channels"]), definition["residual_units"]).eval()
    found.load_state_dict(BUNDLE.state)
    return found


def test_the_program_says_what_the_regressor_says() -> None:
    images = BUNDLE.golden["image"]
    with torch.inference_mode():
        line, numbers, heat = MidlineProgram(net())(images)
    ours = Midline.load(packaged("midline")).outputs(images)
    torch.testing.assert_close(line, ours["line"], atol=1e-5, rtol=0)
    torch.testing.assert_close(numbers, ours["numbers"], atol=1e-5, rtol=0)
    assert heat.shape == (len(images), 1, 48, 48)


def test_a_flipped_slice_has_the_flipped_heat() -> None:
    images, network = BUNDLE.golden["image"], net()
    with torch.inference_mode():
        plain = network(images)
        for element in FLIPS[1:]:
            torch.testing.assert_close(
                network(element.on_input(images)), element.on_output["heat"](plain), atol=1e-4, rtol=0
            )
