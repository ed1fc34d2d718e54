"""How much work a network is: multiplications of a pass, counted, and seconds of one."""

import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode


def multiply_adds(make: Callable[[], nn.Module], frames: int, size: int) -> int:
    """Multiplications of a forward pass over a clip, in convolutions; no numbers are computed.

    What is multiplied channel by channel elsewhere, in normalisations and in the taps of hourglasses, is left out.
    """
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        make().eval()(torch.empty(1, 3, frames, size, size))
    return counter.get_total_flops() // 2  # it counts an addition beside each


def parameters(net: nn.Module) -> int:
    """How many numbers are trained."""
    return sum(parameter.numel() for parameter in net.parameters())


@torch.inference_mode()
def seconds(net: nn.Module, clips: Tensor, rounds: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """Of a pass: median over a few, after one unmeasured."""
    found = []
    for _ in range(rounds + 1):
        began = clock()
        net(clips)
        found.append(clock() - began)
    return statistics.median(found[1:])
