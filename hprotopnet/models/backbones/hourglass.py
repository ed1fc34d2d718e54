"""Hourglass convolutions: Tan et al., "Hierarchical Hourglass Convolutional Network for Efficient Video Classification"
(ACM Multimedia 2022).

What moves far from frame to frame lies elsewhere in the frames before and after: these are looked at wide, the frame
itself at a point. Seen along time that is an hourglass. Everything here is (B, C, T, h, w).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hprotopnet.models.backbones.cpu import Conv3d, ReLU

SEGMENT = 5  # frames, of which the third is looked at and the others tell how it moves
SQUEEZE = 16  # times fewer channels in which the context of a clip is looked for


class HourglassConv(nn.Module):
    """Three taps along time for each channel; the outer ones meet frames that a wide filter went over.

    `padded`: nothing lies before the first and after the last frame, and T frames stay T; else T become T - 2.
    `multiple` filters a channel. `dilation` of the wide filter, `reach` x `reach`; with a reach of 1 it is a factor a
    channel and all is as narrow as the middle: no hourglass, what one is to be compared with.
    """

    def __init__(self, channels: int, padded: bool, multiple: int = 1, dilation: int = 1, reach: int = 3):
        super().__init__()
        around = dilation * (reach // 2)
        sides = {"padding": (0, around, around), "dilation": (1, dilation, dilation)}
        self.wide = nn.Conv3d(channels, channels, (1, reach, reach), groups=channels, bias=False, **sides)
        self.taps = nn.Parameter(torch.empty(channels, multiple, 3))
        self.padded = padded
        nn.init.kaiming_normal_(self.wide.weight)
        nn.init.xavier_normal_(self.taps)

    def forward(self, x: Tensor) -> Tensor:
        around, here = self.wide(x), x if self.padded else x[:, :, 1:-1]
        if self.padded:
            around = F.pad(around, (0, 0, 0, 0, 1, 1))
        seen = zip((around[:, :, :-2], here, around[:, :, 2:]), self.taps.unbind(2), strict=True)
        return sum(own[:, :, None] * tap[:, :, None, None, None] for own, tap in seen).flatten(1, 2)


class FrameHourglass(nn.Module):
    """Motion within each segment of five frames: (B, 3, 5 S, H, W) -> (B, width, S, H/8, W/8).

    At half the size two hourglasses take five frames to three and three to one, the first one beginning as a difference
    of frames; the network's first layer follows.
    """

    def __init__(self, width: int, reach: int = 3):
        super().__init__()
        self.pool = nn.AvgPool3d((1, 2, 2), ceil_mode=True)
        self.hourglass1 = HourglassConv(3, padded=False, dilation=2, reach=reach)
        self.bn1, self.relu1 = nn.BatchNorm3d(3), ReLU()
        self.hourglass2 = HourglassConv(3, padded=False, multiple=3, reach=reach)
        self.bn2, self.relu2 = nn.BatchNorm3d(9), ReLU()
        self.conv = Conv3d(9, width, (1, 7, 7), (1, 2, 2), (0, 3, 3), bias=False)
        self.bn, self.relu = nn.BatchNorm3d(width), ReLU()
        self.maxpool = nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1))
        with torch.no_grad():
            self.hourglass1.taps.copy_(torch.tensor([0.0, 1.0, -1.0]).expand(3, 1, 3))
            nn.init.kaiming_normal_(self.hourglass2.taps)

    def forward(self, clips: Tensor) -> Tensor:
        segments = clips.unflatten(2, (-1, SEGMENT)).transpose(1, 2).flatten(0, 1)  # (B S, 3, 5, H, W)
        x = self.relu1(self.bn1(self.hourglass1(self.pool(segments))))
        x = self.relu2(self.bn2(self.hourglass2(x)))
        x = self.maxpool(self.relu(self.bn(self.conv(x))))
        return x.squeeze(2).unflatten(0, (len(clips), -1)).transpose(1, 2)


class ClipHourglass(nn.Module):
    """Context of the clip as a gate for each channel and frame: (B, C, T, h, w), multiplied by 0 to 1.

    `begins_open` is no part of the published network: the gate then goes up to 2 and is 1 at first, as the last
    normalisation begins at 0, so that a trained network into which it is put stays what it is.
    """

    def __init__(self, channels: int, begins_open: bool = False, reach: int = 3):
        super().__init__()
        few = max(1, channels // SQUEEZE)
        self.squeeze, self.bn1 = Conv3d(channels, few, 1, bias=False), nn.BatchNorm3d(few)
        self.hourglass = HourglassConv(few, padded=True, reach=reach)
        self.expand, self.bn2 = Conv3d(few, channels, 1, bias=False), nn.BatchNorm3d(channels)
        self.most = 2.0 if begins_open else 1.0
        if begins_open:
            nn.init.zeros_(self.bn2.weight)

    def gate(self, x: Tensor) -> Tensor:
        """How much of each channel passes in each frame, (B, C, T, 1, 1): an explanation, too."""
        context = self.hourglass(self.bn1(self.squeeze(x))).mean((3, 4), keepdim=True)
        return self.most * self.bn2(self.expand(context)).sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gate(x)


def clip_hourglass_of(key: str) -> str:
    """The clip hourglass to which the tensor of a network that is called `key` belongs, or nothing."""
    before, found, _ = key.partition("clip_hourglass.")
    return f"{before}clip_hourglass" if found else ""
