"""Where a network learns: the processor in full precision, a card in mixed precision."""

from __future__ import annotations

import pytest
import torch

from symbrain.errors import BadInput
from symbrain.learning.training_device import TrainingDevice


def test_the_processor_learns_in_full_precision() -> None:
    place = TrainingDevice.of("cpu")
    assert not place.mixed
    with place.precision:
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32


def test_mixed_precision_is_of_products_alone() -> None:
    """On the processor, because few machines that test have a card; a card takes the same context."""
    with TrainingDevice(torch.device("cpu"), mixed=True).precision:
        product = torch.ones(2, 2) @ torch.ones(2, 2)
        assert product.dtype == torch.bfloat16
        assert (
            torch.nn.functional.binary_cross_entropy_with_logits(product.float(), torch.ones(2, 2)).dtype
            == torch.float32
        )


def test_a_device_that_is_not_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(BadInput, match="no device 'cuda'"):
        TrainingDevice.of("cuda")


def test_a_batch_is_moved() -> None:
    batch = TrainingDevice(torch.device("meta"), mixed=False).here({"x": torch.ones(3)})
    assert batch["x"].device.type == "meta"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no graphics card")
def test_a_card_learns_in_mixed_precision() -> None:
    assert TrainingDevice.of("auto").mixed == torch.cuda.is_bf16_supported()
