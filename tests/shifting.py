"""A network of frames, as TSM is one: time lies in the batch, and features move between frames before each convolution.

Lin, Gan and Han, "TSM: Temporal Shift Module for Efficient Video Understanding" (2019), at the size of a toy.
"""

import torch
from torch import Tensor, nn

from hprotopnet.attribution.subject import Classifier
from hprotopnet.config import ClipConfig
from hprotopnet.data.transforms import Normalisation

CLIP = ClipConfig(frames=8, fps=4, size=24)
LABELS = ("dunk", "throw", "surf")


def shifted(x: Tensor, share: int = 4) -> Tensor:
    """Features (B, T, C, h, w) of which one in `share` comes from the frame after, one from the frame before."""
    part = x.shape[2] // share
    later, earlier, still = x[:, :, :part], x[:, :, part : 2 * part], x[:, :, 2 * part :]
    nothing = torch.zeros_like(later[:, :1])
    later, earlier = torch.cat([later[:, 1:], nothing], 1), torch.cat([nothing, earlier[:, :-1]], 1)
    return torch.cat([later, earlier, still], 2)


class Frames(nn.Module):
    """Convolutions of single frames, shifted before each but the first: (B, 3, T, H, W) -> (B, C, T, h, w)."""

    stride, shifts = (1, 4, 4), {"second": (0.0, -1.5, -1.5)}

    def __init__(self, channels: int = 8):
        super().__init__()
        self.first = nn.Conv2d(3, channels, 3, 2, 1)
        self.second = nn.Conv2d(channels, channels, 3, 2, 1)
        self.relus = nn.ModuleList([nn.ReLU(), nn.ReLU()])

    def forward(self, clips: Tensor) -> Tensor:
        x = self.relus[0](self.first(clips.transpose(1, 2).flatten(0, 1)))  # (B T, C, H/2, W/2)
        x = shifted(x.unflatten(0, (len(clips), -1))).flatten(0, 1)
        return self.relus[1](self.second(x)).unflatten(0, (len(clips), -1)).transpose(1, 2)


class ShiftNet(nn.Module):
    """Classes of each frame, averaged over frames: (B, 3, T, H, W) -> (B, K)."""

    def __init__(self, seed: int = 0):
        super().__init__()
        torch.manual_seed(seed)
        self.frames = Frames()
        self.fc = nn.Linear(8, len(LABELS))

    def forward(self, clips: Tensor) -> Tensor:
        each = self.fc(self.frames(clips).mean((3, 4)).transpose(1, 2))  # (B, T, K)
        return each.mean(1)


def shifting_subject(seed: int = 0) -> Classifier:
    net = ShiftNet(seed).eval()
    return Classifier(net, LABELS, CLIP, Normalisation((0.5, 0.5, 0.5), (0.25, 0.25, 0.25)), net.frames, "shifting")
