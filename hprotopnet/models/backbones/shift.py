"""The temporal shift: Lin, Gan and Han, "TSM: Temporal Shift Module for Efficient Video Understanding" (ICCV 2019)."""

import torch
import torch.nn.functional as F
from torch import Tensor

SHARE = 8  # one channel in so many comes from the frame after, and as many from the frame before


def shift(x: Tensor, share: int = SHARE) -> Tensor:
    """Features (B, C, T, h, w) whose first C / share channels come from the next frame, as many more from the last.

    Beyond the clip's ends is nothing (0).
    """
    count = x.shape[1] // share
    later, earlier, own = x.split([count, count, x.shape[1] - 2 * count], dim=1)
    return torch.cat(
        [F.pad(later[:, :, 1:], (0, 0, 0, 0, 0, 1)), F.pad(earlier[:, :, :-1], (0, 0, 0, 0, 1, 0)), own], 1
    )
