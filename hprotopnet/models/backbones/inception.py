"""Inception-v1 of frames with the I3D's weights: plain, with shifts (TSM), and with clip hourglasses (H2CN) as well.

An inflated network can be let out again: where nothing moves, a kernel over time sees the same in each of its taps, so
that their sum, over a single frame, gives the same (Carreira and Zisserman, 2017, who went the other way: they divided
a frame's kernel by its number of taps). So every kernel here is the sum of the I3D's over time, poolings and strides
look at single frames, and a step of the grid is a frame. On a clip that stands still that is the I3D, but for the zeros
before its first and after its last frame, which reach far into a clip of 32: of nine frames that stood as long it gives
the I3D's answer in five, rank correlation of all logits .85. Where something moves less is left: of 27 clips of UCF-101
six, rank correlation .59 (`studies.survival`). So it is where training starts, and no network that knows 400 classes.

A module reads as in the papers' figures, time within the two branches that have a kernel over space:

    input -+- 1x1 ---------------------------------------------+
           +- shift - 1x1, fewer - (clip hourglass) - 3x3 -----+
           +- shift - 1x1, fewer - (clip hourglass) - 3x3 -----+- side by side
           +- 3x3 maximum - 1x1 -------------------------------+

The other two see frames as they are. So a shift is partial, an eighth of the channels each way, and residual: what it
moves away is still there beside it, as TSM (Lin, Gan and Han, 2019) has it by the shortcut of a ResNet, which an
Inception module lacks. Hourglasses of frames (segments of five) are left out: their half of the first layer's output
would be new.
"""

from collections.abc import Mapping
from functools import partial

import torch
from torch import Tensor, nn

from hprotopnet.models.backbones.cpu import Conv3d
from hprotopnet.models.backbones.hourglass import ClipHourglass, clip_hourglass_of
from hprotopnet.models.backbones.i3d import I3D, LAYERS, Pool, Unit, named
from hprotopnet.models.backbones.shift import shift


def _of_frames(kind: str, *spec) -> tuple:
    """A layer of the I3D over single frames: its kernel and its stride are 1 along time."""
    if kind == "mixed":
        return kind, *spec
    kernel, stride, *outputs = spec
    return kind, (1, *kernel[1:]), (1, *stride[1:]), *outputs


FLAT = {name: _of_frames(*spec) for name, spec in LAYERS.items()}
SQUARE = (1, 3, 3)


class Shift(nn.Module):
    """`shift.shift` as a layer: an eighth of the channels from the next frame, an eighth from the last."""

    def forward(self, x: Tensor) -> Tensor:
        return shift(x)


class FrameMixed(nn.Module):
    """Inception module of frames, see above; names are the I3D's."""

    def __init__(self, inputs: int, widths: tuple[int, ...], shifts: bool, hourglasses: bool):
        super().__init__()
        b0, r1, b1, r2, b2, b3 = widths

        def branch(fewer: int, outputs: int) -> nn.Sequential:
            before = {"shift": Shift()} if shifts else {}
            between = {"clip_hourglass": ClipHourglass(fewer, begins_open=True)} if hourglasses else {}
            return named(
                **before, Conv3d_0a_1x1=Unit(inputs, fewer), **between, Conv3d_0b_3x3=Unit(fewer, outputs, SQUARE)
            )

        self.Branch_0 = named(Conv3d_0a_1x1=Unit(inputs, b0))
        self.Branch_1, self.Branch_2 = branch(r1, b1), branch(r2, b2)
        self.Branch_3 = named(MaxPool3d_0a_3x3=Pool(SQUARE, (1, 1, 1)), Conv3d_0b_1x1=Unit(inputs, b3))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.children()], dim=1)


class FrameInception(I3D):
    """Inception-v1 of frames up to and including the last layer of `cut`; cuts, names and grid of space are the I3D's.

    Its weights are the I3D's. Hourglasses are not among them: their gates begin open, so that the network is at first
    the one without them.
    """

    version = 1
    begins_open = True

    def __init__(
        self, name: str, shifts: bool = False, hourglasses: bool = False, cut: str | None = None, width: int = 64
    ):
        super().__init__(name, cut, width, FLAT, partial(FrameMixed, shifts=shifts, hourglasses=hourglasses))

    def fitted(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {name: own.sum(2, keepdim=True) if own.dim() == 5 else own for name, own in tensors.items()}

    def part_of(self, key: str) -> str:
        return clip_hourglass_of(key)


class KineticsInception(FrameInception):
    """With the I3D's classifier: (B, 3, T, H, W) -> logits (B, 400), a mean over frames.

    Nobody trained it as it is. It asks how much of the I3D's answers is left without time.
    """

    def __init__(self, name: str, shifts: bool = False, hourglasses: bool = False, width: int = 64):
        super().__init__(name, shifts, hourglasses, width=width)
        self.Logits = named(Conv3d_0c_1x1=Conv3d(self.channels, 400, (1, 1, 1)))

    def forward(self, clips: Tensor) -> Tensor:
        return self.classify(super().forward(clips))

    def classify(self, features: Tensor) -> Tensor:
        """Logits of features (B, C, T, h, w) of the last layer."""
        return self.Logits(features.mean((2, 3, 4), keepdim=True)).flatten(1)


def frames_inception(cut: str | None = None, width: int = 64) -> FrameInception:
    """Frames that know nothing of each other."""
    return FrameInception("frames_inception", cut=cut, width=width)


def tsm_inception(cut: str | None = None, width: int = 64) -> FrameInception:
    """With a shift before each module."""
    return FrameInception("tsm_inception", shifts=True, cut=cut, width=width)


def h2cn_inception(cut: str | None = None, width: int = 64) -> FrameInception:
    """With shifts and clip hourglasses."""
    return FrameInception("h2cn_inception", shifts=True, hourglasses=True, cut=cut, width=width)
