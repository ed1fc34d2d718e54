"""Clips mixed of two: Tan et al., "Selective Volume Mixup for Video Action Recognition" (SV-Mix, 2023).

Of two training clips those volumes are chosen that tell most, and their labels are mixed as the clips are: local
patches, the same in all frames, or whole frames, either at random for each step. What chooses is learnt along with the
network, by its loss on what was mixed. Departures: choices are soft and read off features of the network itself as it
stands, and the share that comes from each clip is exact. Not compared with the authors' code.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hprotopnet.models.network import HProtoPNet

HALVINGS = 40  # in which the offset of a mask is found


class Mixed(NamedTuple):
    """Clips (B, 3, T, H, W): each holds `share` of its own and the rest of its `other`, a row of the batch."""

    clips: Tensor
    other: Tensor
    share: float


class SelectiveMix(nn.Module):
    """Scores of volumes by features (B, C, t, h, w): of patches and of frames."""

    def __init__(self, channels: int):
        super().__init__()
        self.patches, self.frames = nn.Linear(channels, 1), nn.Linear(channels, 1)

    def forward(self, features: Tensor, other: Tensor, share: float, by_frames: bool) -> Tensor:
        """How much of each volume is a clip's own, of shape (B, 1, 1, h, w) or (B, 1, t, 1, 1); `share` in the mean."""
        over, score = ((3, 4), self.frames) if by_frames else ((2,), self.patches)
        seen = features.mean(over, keepdim=True)
        scores = score(seen.movedim(1, -1)).movedim(-1, 1)
        return with_mean(scores - scores[other], share)

    def mix(self, model: HProtoPNet, clips: Tensor, generator: torch.Generator) -> Mixed:
        """Mix a batch: the share is drawn evenly, and each clip meets the one before it."""
        share, lot = torch.rand(2, generator=generator).tolist()
        other = torch.arange(len(clips)).roll(1)
        mask = self(_features(model, clips), other, share, by_frames=lot < 0.5)
        mask = F.interpolate(mask, clips.shape[2:])
        return Mixed(mask * clips + (1 - mask) * clips[other], other, share)


def with_mean(scores: Tensor, share: float) -> Tensor:
    """Sigmoids of scores (B, 1, t, h, w) and an offset for each clip, with which their mean is `share`."""
    fixed = scores.detach().flatten(1)
    low, high = (end - own for end, own in ((-50.0, fixed.amax(1)), (50.0, fixed.amin(1))))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        above = (fixed + middle[:, None]).sigmoid().mean(1) > share
        low, high = torch.where(above, low, middle), torch.where(above, middle, high)
    return (scores + low.view(-1, 1, 1, 1, 1)).sigmoid()


@torch.no_grad()
def _features(model: HProtoPNet, clips: Tensor) -> Tensor:
    """What the backbone sees, as it would be asked: no statistics of normalisations move."""
    training = model.backbone.training
    model.backbone.eval()
    features = model.backbone(clips).float()
    model.backbone.train(training)
    return features
