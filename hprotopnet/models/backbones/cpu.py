"""What makes 3D convolutions fast, and their gradients sound, on a CPU; other devices are left as they are."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Conv3d(nn.Conv3d):
    """`nn.Conv3d` through `convolve`."""

    def forward(self, x: Tensor) -> Tensor:
        return convolve(x, self.weight, self.bias, self.stride, self.padding)


class ReLU(nn.ReLU):
    """`nn.ReLU`, one for each place, so that hooks can reach the gradient there (guided backpropagation does).

    Where no gradient is asked for it works in place: fresh memory would make a clip's forward pass a sixth slower.
    """

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x, inplace=not x.requires_grad)


def convolve(
    x: Tensor, weight: Tensor, bias: Tensor | None, stride: tuple[int, ...], padding: tuple[int, ...]
) -> Tensor:
    """Return the convolution, by oneDNN for all float32 input on the CPU.

    Left to itself torch takes oneDNN only where B x C x T x H is large or the kernel wide, and for the rest, which is
    most of a net when a single clip comes in, a kernel several times slower that also loses the memory layout.
    """
    plain = x.device.type == "cpu" and x.dtype == torch.float32 and not torch.is_autocast_enabled("cpu")
    if plain and torch.backends.mkldnn.is_available():
        return torch.mkldnn_convolution(x, weight, bias, padding, stride, (1, 1, 1), 1)
    return F.conv3d(x, weight, bias, stride, padding)


def max_pool(x: Tensor, kernel: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...]) -> Tensor:
    """Return the maxima, the last window hanging over where need be (ceil mode), in the type of `x`.

    A maximum is exact in any type, so autocast's detour through float32 is spared.
    """
    if x.device.type != "cpu":
        return F.max_pool3d(x, kernel, stride, padding, ceil_mode=True)
    with torch.autocast("cpu", enabled=False):
        return F.max_pool3d(x, kernel, stride, padding, ceil_mode=True)


def with_fast_layout(clips: Tensor) -> Tensor:
    """Return `clips` with channels last in memory, which is several times faster; the values are the same."""
    return clips.contiguous(memory_format=torch.channels_last_3d) if clips.device.type == "cpu" else clips


def in_float32(layer: nn.Module, x: Tensor) -> Tensor:
    """Run one of the last layers of a net in float32, whatever autocast says."""
    # Under bfloat16 autocast the weight gradient of convolutions over small grids, which only the last stage has,
    # comes back infinite or NaN now and then (torch 2.13, AVX-512 bf16: layer4 of R3D-18, Mixed_5b of I3D), and one
    # such step ruins a run. In float32 it is sound, and over a small grid that costs little.
    if x.device.type != "cpu":
        return layer(x)
    with torch.autocast("cpu", enabled=False):
        return layer(x.float())


def bfloat16_autocast() -> torch.autocast:
    """Return a context for inference: bfloat16 where the processor computes in it, else nothing changes."""
    capabilities = torch.cpu.get_capabilities()
    fast = bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
    return torch.autocast("cpu", torch.bfloat16, enabled=fast)
