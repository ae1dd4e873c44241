"""The published Siamese networks, built anew: one backbone for both halves, and a verdict on what it says of the two.

The five architectures of Gucciardi et al. (Zenodo 15401010), with random weights and a quarter of the usual channels
(VGG with an eighth), which is what a core can afford; theirs were VGG-19, ResNet-18, MobileNet-V3-Large, ResNeXt-101
and EfficientNet-V2-L, the first three with weights from ImageNet. As there, the features of the two halves are
concatenated, so that nothing tells the network that the halves are alike.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

HIDDEN = 256
_CHANNELS = (16, 32, 64, 128)
_MOBILE = ((1, 4, 1, 1), (6, 8, 2, 2), (6, 8, 3, 2), (6, 16, 4, 2), (6, 24, 3, 1), (6, 40, 3, 2), (6, 80, 1, 1))
"""Of MobileNet-V2's stages: how much wider inside, channels, blocks, stride of the first."""
_EFFICIENT = (
    "r1_k3_s11_e1_i32_o16_se0.25",
    "r2_k3_s22_e6_i16_o24_se0.25",
    "r2_k5_s22_e6_i24_o40_se0.25",
    "r3_k3_s22_e6_i40_o80_se0.25",
    "r3_k5_s11_e6_i80_o112_se0.25",
    "r4_k5_s22_e6_i112_o192_se0.25",
    "r1_k3_s11_e6_i192_o320_se0.25",
)
"""Of EfficientNet-B0's stages, as MONAI spells them: blocks, kernel, stride, widening, channels in and out."""


class Siamese(nn.Module):
    """From pairs of halves (n, 2, height, width), from 0 to 1, to the logit (n,) of one of them being altered.

    Parameters
    ----------
    backbone
        One of ``BACKBONES``.
    """

    def __init__(self, backbone: str) -> None:
        super().__init__()
        self.features = BACKBONES[backbone]()
        self.verdict = nn.Sequential(nn.LazyLinear(HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 1))

    def forward(self, halves: Tensor) -> Tensor:
        """Return the logit of each pair."""
        found = self.features(halves.flatten(0, 1)[:, None])
        logit: Tensor = self.verdict(found.reshape(len(halves), -1))[:, 0]
        return logit


def make_net(backbone: str, seed: int, height: int, width: int) -> Siamese:
    """Return a network with random weights for halves of this size."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = Siamese(backbone)
        net.eval()(torch.zeros(1, 2, height, width))  # the verdict learns how many features there are
    return net


def _vgg() -> nn.Module:
    """Return VGG-11 with batch norm (Simonyan and Zisserman, 1409.1556); its features keep their place, 7 by 7."""
    layers: list[nn.Module] = []
    before = 1
    for channels, count in zip((8, 16, 32, 64, 64), (1, 1, 2, 2, 2), strict=True):
        for _ in range(count):
            layers += _convolved(before, channels)
            before = channels
        layers.append(nn.MaxPool2d(2, ceil_mode=True))
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(7), nn.Flatten())


def _resnet() -> nn.Module:
    """Return ResNet-18 (He et al., 1512.03385)."""
    from monai.networks.nets.resnet import ResNet

    widths = list(_CHANNELS)
    return ResNet(
        "basic", [2, 2, 2, 2], widths, spatial_dims=2, n_input_channels=1, conv1_t_stride=2, feed_forward=False
    )


def _resnext() -> nn.Module:
    """Return ResNeXt-26 with 32 groups (Xie et al., 1611.05431)."""
    layers: list[nn.Module] = [*_convolved(1, 32, 7, stride=2), nn.MaxPool2d(3, 2, 1)]
    before = 32
    for stage, channels in enumerate((64, 128, 256, 512)):
        for block in range(2):
            layers.append(_Grouped(before, channels, stride=2 if stage and not block else 1))
            before = channels
    return nn.Sequential(*layers, *_mean())


def _mobilenet() -> nn.Module:
    """Return MobileNet-V2 (Sandler et al., 1801.04381)."""
    layers: list[nn.Module] = _convolved(1, 8, stride=2)
    before = 8
    for widen, channels, count, stride in _MOBILE:
        for block in range(count):
            layers.append(_Inverted(before, channels, stride if block == 0 else 1, widen))
            before = channels
    return nn.Sequential(*layers, *_convolved(before, 320, 1), *_mean())


def _efficientnet() -> nn.Module:
    """Return EfficientNet-B0 (Tan and Le, 1905.11946)."""
    from monai.networks.nets.efficientnet import EfficientNet

    net = EfficientNet(list(_EFFICIENT), in_channels=1, width_coefficient=0.25)
    net._fc = nn.Identity()  # type: ignore[assignment]  # the layer that would name a class; it has no other name
    return net


BACKBONES: dict[str, Callable[[], nn.Module]] = {
    "VGG": _vgg,
    "ResNet": _resnet,
    "MobileNet": _mobilenet,
    "ResNeXt": _resnext,
    "EfficientNet": _efficientnet,
}


class _Grouped(nn.Module):
    """A bottleneck whose middle convolution works in 32 groups, with its input added."""

    def __init__(self, before: int, channels: int, stride: int) -> None:
        super().__init__()
        inner = channels // 2
        self.body = nn.Sequential(
            *_convolved(before, inner, 1),
            *_convolved(inner, inner, 3, stride, groups=32),
            *_convolved(inner, channels, 1, act=False),
        )
        same = before == channels and stride == 1
        self.short = nn.Identity() if same else nn.Sequential(*_convolved(before, channels, 1, stride, act=False))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.body(x) + self.short(x))


class _Inverted(nn.Module):
    """An inverted bottleneck: widened, filtered channel by channel, narrowed, with its input added where that fits."""

    def __init__(self, before: int, channels: int, stride: int, widen: int) -> None:
        super().__init__()
        inner = widen * before
        self.body = nn.Sequential(
            *_convolved(before, inner, 1),
            *_convolved(inner, inner, 3, stride, groups=inner),
            *_convolved(inner, channels, 1, act=False),
        )
        self.same = before == channels and stride == 1

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.body(x)
        return x + found if self.same else found


def _convolved(
    before: int, channels: int, size: int = 3, stride: int = 1, *, groups: int = 1, act: bool = True
) -> list[nn.Module]:
    convolution = nn.Conv2d(before, channels, size, stride, size // 2, groups=groups, bias=False)
    nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
    return [convolution, nn.BatchNorm2d(channels), *([nn.ReLU()] if act else [])]


def _mean() -> list[nn.Module]:
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
