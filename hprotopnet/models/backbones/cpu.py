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
    if not (plain and torch.backends.mkldnn.is_available()):
        return F.conv3d(x, weight, bias, stride, padding)
    if torch.is_grad_enabled() and x.requires_grad:
        return _Convolution.apply(x, weight, bias, stride, padding)
    return torch.mkldnn_convolution(x, weight, bias, padding, stride, (1, 1, 1), 1)


class _Convolution(torch.autograd.Function):
    """A convolution whose gradient towards its input is made by a convolution, too, where that is faster.

    Measured for a single clip on a CPU: oneDNN's own backward pass takes two to seven times a forward pass at large
    grids and at the first layer, ours one to three times; over small grids with many channels and with strides its own
    is the faster one.
    """

    @staticmethod
    def forward(ctx, x, weight, bias, stride, padding):
        ctx.save_for_backward(x, weight)
        ctx.stride, ctx.padding, ctx.biased = stride, padding, bias is not None
        return torch.mkldnn_convolution(x, weight, bias, padding, stride, (1, 1, 1), 1)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, gradient):
        x, weight = ctx.saved_tensors
        few_taps = weight.numel() < 16 * gradient.numel()  # they are copied, flipped
        ours = few_taps and (max(ctx.stride) == 1 or x.shape[1] <= 3) and ctx.needs_input_grad[0]
        wanted = [ctx.needs_input_grad[0] and not ours, ctx.needs_input_grad[1], ctx.biased and ctx.needs_input_grad[2]]
        found = [None, None, None]
        if any(wanted):
            found = torch.ops.aten.convolution_backward(
                gradient, x, weight, [len(weight)], ctx.stride, ctx.padding, (1, 1, 1), False, (0, 0, 0), 1, wanted
            )
        towards = towards_input(gradient, weight, x.shape[2:], ctx.stride, ctx.padding) if ours else found[0]
        return towards, *found[1:], None, None


def towards_input(
    gradient: Tensor, weight: Tensor, sides: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...]
) -> Tensor:
    """Gradient of a convolution towards its input (B, C, *sides), from that of its output, by one convolution.

    Input cell i meets output cell o through tap k where i + padding = stride o + k. Cells whose i + padding leaves the
    same rest meet the same taps, every stride-th: each rest is a channel of its own, laid between the others after.
    """
    taps = [-(-kernel // step) for kernel, step in zip(weight.shape[2:], stride, strict=True)]
    margin = [min(pad, count - 1) if step == 1 else 0 for count, step, pad in zip(taps, stride, padding, strict=True)]
    around = tuple(count - 1 - own for count, own in zip(taps, margin, strict=True))
    kernel = with_fast_layout(_by_rest(weight, taps, stride))
    found = torch.mkldnn_convolution(with_fast_layout(gradient), kernel, None, around, (1, 1, 1), (1, 1, 1), 1)
    found = _between(found, stride)
    for axis, (side, pad, own) in enumerate(zip(sides, padding, margin, strict=True), 2):
        lacking = max(0, pad - own + side - found.shape[axis])  # cells at the end that no window reached
        found = F.pad(found, [0, 0] * (4 - axis) + [0, lacking]) if lacking else found
        found = found.narrow(axis, pad - own, side)
    return found


def _by_rest(weight: Tensor, taps: list[int], stride: tuple[int, ...]) -> Tensor:
    """Taps of a kernel (out, in, kt, kh, kw) by rest, flipped: (in x rests, out, *taps), zeros where there is none."""
    more = [count * step - own for count, step, own in zip(taps, stride, weight.shape[2:], strict=True)]
    weight = F.pad(weight, [n for own in reversed(more) for n in (0, own)])
    split = weight.unflatten(4, (-1, stride[2])).unflatten(3, (-1, stride[1])).unflatten(2, (-1, stride[0]))
    return split.permute(1, 3, 5, 7, 0, 2, 4, 6).flatten(0, 3).flip(2, 3, 4)


def _between(x: Tensor, stride: tuple[int, ...]) -> Tensor:
    """Channels of all rests (B, C x rests, t, h, w) laid between each other, (B, C, t x stride, ...)."""
    if max(stride) == 1:
        return x
    split = x.unflatten(1, (-1, *stride))  # (B, C, st, sh, sw, t, h, w)
    return split.permute(0, 1, 5, 2, 6, 3, 7, 4).flatten(6, 7).flatten(4, 5).flatten(2, 3)


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
