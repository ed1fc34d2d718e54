"""Name what a clip shows among the 400 actions of Kinetics, with DeepMind's I3D as published.

No part of the explanations: it shows that the backbone's weights arrived whole, and what the backbone knows.
"""

from functools import cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from hprotopnet.backbones.i3d import I3D, KineticsI3D
from hprotopnet.backbones.weights import i3d_weights, load_weights
from hprotopnet.errors import InputError

FRAMES = 64  # as the network was trained
FRAMES_PER_SECOND = (12.5, 25.0)  # it was trained at 25; half of that still reads the motion
SIZE = 224
LABELS = Path(__file__).resolve().parent.parent / "assets" / "kinetics400.txt"


@cache
def kinetics_labels() -> tuple[str, ...]:
    """Return the 400 names in the order of the logits."""
    return tuple(LABELS.read_text(encoding="utf-8").splitlines())


@cache
def kinetics_classifier(progress: bool = True) -> KineticsI3D:
    """Return the pretrained I3D with its classifier; the weights are fetched on first use."""
    net = KineticsI3D()
    load_weights(net, i3d_weights(progress))
    return net.eval()


def sample_frames(duration: float, fps: float) -> np.ndarray:
    """Return the times, in seconds, of up to 64 frames from the middle of a video of `duration` seconds.

    Two frames are 1/25 s apart, up to 1/12.5 s where the video is long enough to use them all.
    """
    step = min(max(duration / FRAMES, 1 / FRAMES_PER_SECOND[1]), 1 / FRAMES_PER_SECOND[0])
    return step
