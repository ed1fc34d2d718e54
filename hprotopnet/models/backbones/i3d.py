"""Inflated Inception-v1 (I3D): Carreira and Zisserman, "Quo Vadis, Action Recognition?" (CVPR 2017).

Layers bear DeepMind's names. Departures from their network: batch normalisation is folded into its convolution
(`fold_batch_norm`), so each unit is convolution, bias, ReLU. For frozen features that is the same function at less
cost. It stays trainable: fine-tuning on a few clips per step keeps batch statistics frozen anyway, since estimates
from so few are noise, and a frozen normalisation is a convolution with bias.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from math import ceil

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hprotopnet.data.transforms import Normalisation
from hprotopnet.models.backbones.base import Backbone, check_cut, layers_of, outputs_at
from hprotopnet.models.backbones.cpu import Conv3d, ReLU, convolve, in_float32, max_pool, with_fast_layout

BATCH_NORM_EPS = 1e-3  # Sonnet's default, in place of torch's 1e-5

# One line per layer: convolution (kernel, stride, channels), pooling (kernel, stride) or the widths of an Inception
# module's six convolutions (branch 0; 1, reduce and 3x3x3; 2, reduce and 3x3x3; 3 after pooling).
LAYERS = {
    "Conv3d_1a_7x7": ("conv", (7, 7, 7), (2, 2, 2), 64),
    "MaxPool3d_2a_3x3": ("pool", (1, 3, 3), (1, 2, 2)),
    "Conv3d_2b_1x1": ("conv", (1, 1, 1), (1, 1, 1), 64),
    "Conv3d_2c_3x3": ("conv", (3, 3, 3), (1, 1, 1), 192),
    "MaxPool3d_3a_3x3": ("pool", (1, 3, 3), (1, 2, 2)),
    "Mixed_3b": ("mixed", 64, 96, 128, 16, 32, 32),
    "Mixed_3c": ("mixed", 128, 128, 192, 32, 96, 64),
    "MaxPool3d_4a_3x3": ("pool", (3, 3, 3), (2, 2, 2)),
    "Mixed_4b": ("mixed", 192, 96, 208, 16, 48, 64),
    "Mixed_4c": ("mixed", 160, 112, 224, 24, 64, 64),
    "Mixed_4d": ("mixed", 128, 128, 256, 24, 64, 64),
    "Mixed_4e": ("mixed", 112, 144, 288, 32, 64, 64),
    "Mixed_4f": ("mixed", 256, 160, 320, 32, 128, 128),
    "MaxPool3d_5a_2x2": ("pool", (2, 2, 2), (2, 2, 2)),
    "Mixed_5b": ("mixed", 256, 160, 320, 32, 128, 128),
    "Mixed_5c": ("mixed", 384, 192, 384, 48, 128, 128),
}


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Return TensorFlow's "SAME" padding (before, after): ceil(size / stride) outputs, the odd one after."""
    total = max((ceil(size / stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def fold_batch_norm(
    kernel: np.ndarray, beta: np.ndarray, mean: np.ndarray, var: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return weight (out, in, kt, kh, kw) and bias (out,) of convolution followed by normalisation without scale.

    `kernel` is in TensorFlow's order (kt, kh, kw, in, out). Computed in float64, so that the result is the same
    on every machine after rounding to float32.
    """
    scale = 1 / np.sqrt(var.astype(np.float64).ravel() + BATCH_NORM_EPS)
    weight = (kernel.astype(np.float64) * scale).transpose(4, 3, 0, 1, 2)
    bias = beta.astype(np.float64) - mean.astype(np.float64).ravel() * scale
    return np.ascontiguousarray(weight, dtype=np.float32), bias.astype(np.float32)


class Unit(nn.Conv3d):
    """Convolution with TensorFlow's padding, bias, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: tuple[int, ...] = (1, 1, 1), stride=(1, 1, 1)):
        super().__init__(inputs, outputs, kernel, stride)
        self.relu = ReLU()
        nn.init.kaiming_normal_(self.weight, nonlinearity="relu")
        nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        sides = [same_padding(*axis) for axis in zip(x.shape[2:], self.kernel_size, self.stride, strict=True)]
        padding = tuple(before for before, _ in sides)
        if any(before != after for before, after in sides):  # only the stem: the copy costs little at 3 channels
            x, padding = F.pad(x, [n for side in reversed(sides) for n in side]), (0, 0, 0)
        return self.relu(convolve(x, self.weight, self.bias, self.stride, padding))


class Pool(nn.Module):
    """Maximum over windows with TensorFlow's padding, whose cells never win.

    Half the padding lies on both sides (torch pads with -inf); ceil mode lets the last window hang over by the odd
    cell, without a padded copy.
    """

    def __init__(self, kernel: tuple[int, int, int], stride: tuple[int, int, int]):
        super().__init__()
        self.kernel, self.stride = kernel, stride

    def forward(self, x: Tensor) -> Tensor:
        sides = zip(x.shape[2:], self.kernel, self.stride, strict=True)
        return max_pool(x, self.kernel, self.stride, tuple(same_padding(*side)[0] for side in sides))


class Mixed(nn.Module):
    """Inception module: four branches over the same input, side by side in the channels."""

    def __init__(self, inputs: int, widths: tuple[int, ...]):
        super().__init__()
        b0, r1, b1, r2, b2, b3 = widths
        cube = (3, 3, 3)
        self.Branch_0 = named(Conv3d_0a_1x1=Unit(inputs, b0))
        self.Branch_1 = named(Conv3d_0a_1x1=Unit(inputs, r1), Conv3d_0b_3x3=Unit(r1, b1, cube))
        self.Branch_2 = named(Conv3d_0a_1x1=Unit(inputs, r2), Conv3d_0b_3x3=Unit(r2, b2, cube))
        self.Branch_3 = named(MaxPool3d_0a_3x3=Pool(cube, (1, 1, 1)), Conv3d_0b_1x1=Unit(inputs, b3))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.children()], dim=1)


class I3D(Backbone):
    """I3D up to and including the last layer of `cut`; later ones do not exist. `width` 64 is the published net.

    `layers` and `mixed`, its Inception module, make another network of the same names, see `inception`.
    """

    version = 1
    cuts = tuple(LAYERS)[list(LAYERS).index("MaxPool3d_3a_3x3") :]
    normalisation = Normalisation((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))  # to [-1, 1]

    def __init__(
        self,
        name: str = "i3d",
        cut: str | None = None,
        width: int = 64,
        layers: Mapping[str, tuple] = LAYERS,
        mixed: Callable[[int, tuple[int, ...]], nn.Module] = Mixed,
    ):
        super().__init__()
        self.name, self.cut, self._mixed = name, check_cut(name, cut or "Mixed_5c", self.cuts), mixed
        self.stride, named, channels = (1, 1, 1), layers_of(self.cut), 3
        shift, self.shifts = (0.0, 0.0, 0.0), {}
        self._layers = list(layers)[: list(layers).index(named[-1]) + 1]
        self.parts = {}
        for layer in self._layers:
            shift = tuple(a + b * s for a, b, s in zip(shift, _shift(layer, layers), self.stride, strict=True))
            channels = self._append(layer, *layers[layer], inputs=channels, width=width)
            if layer in named:
                self.parts[layer], self.shifts[layer] = channels, shift

    def _append(self, layer: str, kind: str, *spec, inputs: int, width: int) -> int:
        """Add a layer; returns the channels that it gives."""
        if kind == "mixed":
            widths = [max(1, n * width // 64) for n in spec]
            self.add_module(layer, self._mixed(inputs, widths))
            return sum(widths[i] for i in (0, 2, 4, 5))
        kernel, stride, *outputs = spec
        self.stride = tuple(a * b for a, b in zip(self.stride, stride, strict=True))
        if kind == "pool":
            self.add_module(layer, Pool(kernel, stride))
            return inputs
        width_here = max(1, outputs[0] * width // 64)
        self.add_module(layer, Unit(inputs, width_here, kernel, stride))
        return width_here

    def forward(self, clips: Tensor) -> Tensor:
        layers = ((name, self.get_submodule(name)) for name in self._layers)
        steps = ((name, partial(in_float32, layer) if name.startswith("Mixed_5") else layer) for name, layer in layers)
        return outputs_at(self.cut, steps, with_fast_layout(clips))

    def is_dropped(self, key: str) -> bool:
        layer = key.split(".")[0]
        return layer in (*LAYERS, "Logits") and layer not in self._modules


class KineticsI3D(I3D):
    """The whole I3D: (B, 3, T, H, W) -> logits (B, 400) of Kinetics-400, in the order of its label file.

    As published: features averaged over space and over pairs of neighbouring cells of time, classified, and the
    logits averaged over time.
    """

    def __init__(self):
        super().__init__()
        self.Logits = named(Conv3d_0c_1x1=Conv3d(self.channels, 400, (1, 1, 1)))

    def forward(self, clips: Tensor) -> Tensor:
        return self.classify(super().forward(clips))

    def classify(self, features: Tensor) -> Tensor:
        """Logits of features (B, C, t, h, w) of the last layer."""
        x = F.avg_pool3d(features, (min(2, features.shape[2]), *features.shape[3:]), stride=1)
        return self.Logits(x).mean(dim=(2, 3, 4))


def _shift(layer: str, layers: Mapping[str, tuple] = LAYERS) -> tuple[float, ...]:
    """By how many cells of its input the middle of a window lies behind the middle of the cells it stands for."""
    kind, kernel, stride, *_ = layers[layer]
    if kind == "mixed":
        return (0.0, 0.0, 0.0)
    return tuple((k - s) / 2 - same_padding(s, k, s)[0] for k, s in zip(kernel, stride, strict=True))


def named(**layers: nn.Module) -> nn.Sequential:
    """Layers one after the other, by name."""
    return nn.Sequential(OrderedDict(layers))
