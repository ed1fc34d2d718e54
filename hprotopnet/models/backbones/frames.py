"""Frame-based networks: ResNets that look at one frame at a time, joined by shifts (TSM) and hourglasses (H2CN).

A frame is a step of time: every kernel is 1 x k x k, and everything is (B, C, T, h, w). Names are torchvision's; its
ImageNet weights fit, and so do files of those who published these networks, see `layouts`. Shifts have no weights;
hourglasses stay as they are initialised where weights are those of a network without them. Departures from the
published H2CN: a layer that takes no part in its output (9,472 parameters) and biases before a normalisation are left
out, and zeros before the first frame are made where the clip is.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hprotopnet.data.transforms import Normalisation
from hprotopnet.models.backbones.base import Backbone, check_cut, layers_of, outputs_at
from hprotopnet.models.backbones.cpu import Conv3d, ReLU, in_float32, with_fast_layout
from hprotopnet.models.backbones.hourglass import SEGMENT, ClipHourglass, FrameHourglass, clip_hourglass_of
from hprotopnet.models.backbones.layouts import translated
from hprotopnet.models.backbones.shift import shift

STAGES = ("layer1", "layer2", "layer3", "layer4")
BLOCKS = {18: (2, 2, 2, 2), 50: (3, 4, 6, 3)}  # by depth
EXPANSION = {18: 1, 50: 4}  # channels that a block gives, as a multiple of those within


class FrameResNet(Backbone):
    """A stem and four stages of residual blocks, over each frame or, with hourglasses, over each segment of five.

    `depth` is 18 or 50, `width` the channels of the stem, 64 in torchvision. Of a clip whose frames fill no segment the
    last one is repeated. To see what shifts and the width of hourglasses do, a network is also made without: `shifts`,
    and `reach`, see `HourglassConv`.
    """

    version = 1
    cuts = STAGES
    normalisation = Normalisation((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))  # ImageNet's

    def __init__(
        self,
        name: str,
        depth: int,
        hourglasses: bool,
        cut: str | None = None,
        width: int = 64,
        shifts: bool = True,
        reach: int = 3,
    ):
        super().__init__()
        self.name, self.cut = name, check_cut(name, cut or STAGES[-1], self.cuts)
        self.segment = SEGMENT if hourglasses else 1
        self.conv1 = Conv3d(3, width, (1, 7, 7), (1, 2, 2), (0, 3, 3), bias=False)
        self.bn1, self.relu = nn.BatchNorm3d(width), ReLU()
        self.maxpool = nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1))
        self.motion = FrameHourglass(width, reach) if hourglasses else None
        self.stride, self.parts, self.shifts, inputs = (self.segment, 4, 4), {}, {}, width
        within = {"shifts": shifts, "hourglass": partial(ClipHourglass, reach=reach) if hourglasses else None}
        for index, stage in enumerate(STAGES[: STAGES.index(layers_of(self.cut)[-1]) + 1]):
            self.add_module(stage, _stage(depth, BLOCKS[depth][index], inputs, width * 2**index, index > 0, within))
            inputs = width * 2**index * EXPANSION[depth]
            self.stride = (self.segment, 4 * 2**index, 4 * 2**index)
            if stage in layers_of(self.cut):
                self.parts[stage] = inputs  # each halving takes every second cell of as many, the first one first
                self.shifts[stage] = tuple((1 - step) / (2 * step) for step in (1, *self.stride[1:]))
        for module in self.modules():
            if isinstance(module, Conv3d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, clips: Tensor) -> Tensor:
        steps = [("stem", self._stem)]
        for name in self._kept():
            stage = self.get_submodule(name)
            steps.append((name, partial(in_float32, stage) if name == STAGES[-1] else stage))
        return outputs_at(self.cut, steps, with_fast_layout(clips))

    def _kept(self) -> tuple[str, ...]:
        return STAGES[: STAGES.index(layers_of(self.cut)[-1]) + 1]

    def _stem(self, clips: Tensor) -> Tensor:
        if self.motion is None:
            return self._first(clips)
        clips = _whole_segments(clips)
        motion = self.motion(clips)
        here = self._first(clips[:, :, SEGMENT // 2 :: SEGMENT])
        return (here + F.interpolate(motion, here.shape[2:])) / 2

    def _first(self, frames: Tensor) -> Tensor:
        return self.maxpool(self.relu(self.bn1(self.conv1(frames))))

    def is_dropped(self, key: str) -> bool:
        layer = key.split(".")[0]
        return layer in (*STAGES, "fc") and layer not in self._modules

    def fitted(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return translated(tensors, self.state_dict())

    def part_of(self, key: str) -> str:
        return "motion" if key.startswith("motion.") else clip_hourglass_of(key)


class FrameClassifier(FrameResNet):
    """The whole network: (B, 3, T, H, W) -> logits (B, classes), the mean of those of the frames.

    As published (TSM): each frame's features averaged over space, classified, and the logits averaged over frames,
    which is the same as to classify the mean of the features.
    """

    def __init__(self, name: str, depth: int, hourglasses: bool = False, width: int = 64, classes: int = 400):
        super().__init__(name, depth, hourglasses, width=width)
        self.fc = nn.Linear(self.channels, classes)

    def forward(self, clips: Tensor) -> Tensor:
        return self.fc(super().forward(clips).mean(dim=(2, 3, 4)))


class Block(nn.Module):
    """Convolutions beside a shortcut: torchvision's BasicBlock and Bottleneck, the first one of shifted features.

    `clip_hourglass` lets through what the clip's context asks for, before the first convolution over 3 x 3 of a
    bottleneck, and before the second one of a basic block.
    """

    def __init__(
        self,
        kernels: tuple[int, ...],
        inputs: int,
        inner: int,
        expansion: int,
        step: int,
        hourglass: Callable[[int], ClipHourglass] | None,
        shifts: bool = True,
    ):
        super().__init__()
        strided = 0 if len(kernels) == 2 else 1
        sizes = [inputs, *[inner] * (len(kernels) - 1), inner * expansion]
        for n, kernel in enumerate(kernels):
            stride = step if n == strided else 1
            self.add_module(f"conv{n + 1}", _convolution(sizes[n], sizes[n + 1], kernel, stride))
            self.add_module(f"bn{n + 1}", nn.BatchNorm3d(sizes[n + 1]))
            self.add_module(f"relu{n + 1}", ReLU())
        self.clip_hourglass = hourglass(inner) if hourglass else None
        self.downsample = None
        if step != 1 or inputs != sizes[-1]:
            self.downsample = nn.Sequential(_convolution(inputs, sizes[-1], 1, step), nn.BatchNorm3d(sizes[-1]))
        self.count, self.shifted = len(kernels), shifts

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        x = shift(x) if self.shifted else x
        for n in range(1, self.count + 1):
            x = self.get_submodule(f"bn{n}")(self.get_submodule(f"conv{n}")(x))
            x = self.get_submodule(f"relu{n}")(x + shortcut if n == self.count else x)
            if n == 1 and self.clip_hourglass is not None:
                x = self.clip_hourglass(x)
        return x


def tsm_r50(cut: str | None = None, width: int = 64) -> FrameResNet:
    """ResNet-50 with a shift before every block's first convolution."""
    return FrameResNet("tsm_r50", 50, False, cut, width)


def tsm_r18(cut: str | None = None, width: int = 64) -> FrameResNet:
    """ResNet-18 with shifts."""
    return FrameResNet("tsm_r18", 18, False, cut, width)


def h2cn_r50(cut: str | None = None, width: int = 64) -> FrameResNet:
    """ResNet-50 with shifts and hourglasses, over segments of five frames."""
    return FrameResNet("h2cn_r50", 50, True, cut, width)


def h2cn_r18(cut: str | None = None, width: int = 64) -> FrameResNet:
    """ResNet-18 with shifts and hourglasses, over segments of five frames."""
    return FrameResNet("h2cn_r18", 18, True, cut, width)


def _stage(depth: int, blocks: int, inputs: int, inner: int, halves: bool, within: Mapping[str, Any]) -> nn.Sequential:
    kernels, expansion = (3, 3) if depth == 18 else (1, 3, 1), EXPANSION[depth]
    first = Block(kernels, inputs, inner, expansion, 2 if halves else 1, **within)
    others = [Block(kernels, inner * expansion, inner, expansion, 1, **within) for _ in range(blocks - 1)]
    return nn.Sequential(first, *others)


def _convolution(inputs: int, outputs: int, kernel: int, step: int) -> Conv3d:
    side = (0, kernel // 2, kernel // 2)
    return Conv3d(inputs, outputs, (1, kernel, kernel), (1, step, step), side, bias=False)


def _whole_segments(clips: Tensor) -> Tensor:
    lacking = -clips.shape[2] % SEGMENT
    return torch.cat([clips, clips[:, :, -1:].expand(-1, -1, lacking, -1, -1)], 2) if lacking else clips
