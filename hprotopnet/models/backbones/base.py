"""What every backbone offers: a clip goes in, a grid of features comes out, and the net says how it wants its input."""

from collections.abc import Callable, Iterable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hprotopnet.data.transforms import Normalisation
from hprotopnet.errors import InputError


class Backbone(nn.Module):
    """A 3D network without its classifier: (B, 3, T, H, W), normalised -> (B, C, t, h, w).

    Every net here halves an axis by rounding up, as often as its stride says, so `grid` is a division.

    Attributes: `name` in the registry; `cut`, the layer whose output is given, or several joined by "+", the last of
    which is the last one kept (`cuts` lists the choices, in order); `parts`, the channels of each of them, by name;
    `channels`, their sum C; `stride` over (T, H, W); `shifts`, by how many frames and pixels the middle of what a cell
    of each layer sees lies behind the middle of the cell's own place, where strides divide the clip's sides: paddings
    of one side shift what is seen, and strided layers add up; `normalisation`;
    `weights_id`, the SHA-256 of the file the weights came from, None when what it gives is random, be it in part;
    `fresh`, the parts that its weights knew nothing of, which are as they were initialised; `begins_open`, whether
    such parts let everything pass at first, so that nothing depends on their numbers; `version` of the
    class, to be raised when the same weights come to other features, be it by code in `cpu`: features are kept by it.
    """

    name: str
    cuts: tuple[str, ...]
    cut: str
    parts: dict[str, int]
    stride: tuple[int, int, int]
    shifts: dict[str, tuple[float, float, float]]
    normalisation: Normalisation
    weights_id: str | None = None
    fresh: tuple[str, ...] = ()
    begins_open = False
    version: int

    @property
    def channels(self) -> int:
        """C, of all layers that are given."""
        return sum(self.parts.values())

    def grid(self, frames: int, size: int | tuple[int, int]) -> tuple[int, int, int]:
        """Return (t, h, w) for `frames` frames of `size` pixels: one side of a square, or (H, W)."""
        height, width = (size, size) if isinstance(size, int) else size
        t, h, w = (-(-n // s) for n, s in zip((frames, height, width), self.stride, strict=True))
        return t, h, w

    def forward(self, clips: Tensor) -> Tensor:
        raise NotImplementedError

    def is_dropped(self, key: str) -> bool:
        """Say whether `key` of a weights file belongs to a layer after the cut or to the original classifier."""
        raise NotImplementedError

    def fitted(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Tensors of a file under this network's names and in its shapes, as far as it knows how others have them."""
        return dict(tensors)

    def part_of(self, key: str) -> str:
        """The part to which `key` belongs that plain networks lack, whose weights fit without it; else nothing."""
        return ""


def layers_of(cut: str) -> tuple[str, ...]:
    """The layers that a cut names, in its order: "a+b" are a and b."""
    return tuple(cut.split("+"))


def check_cut(name: str, cut: str, cuts: tuple[str, ...]) -> str:
    """Return `cut`; raises `InputError` naming the layers at which `name` can be cut."""
    layers = layers_of(cut)
    if not set(layers) <= set(cuts):
        raise InputError(f"backbone {name} cannot be cut at {cut!r}; choose of {', '.join(cuts)}, several joined by +")
    ordered = sorted(set(layers), key=cuts.index)
    if list(layers) != ordered:
        raise InputError(f"backbone {name} cannot be cut at {cut!r}; give {'+'.join(ordered)}, in the network's order")
    return cut


def outputs_at(cut: str, steps: Iterable[tuple[str, Callable[[Tensor], Tensor]]], x: Tensor) -> Tensor:
    """Run the steps of a network one after the other; returns what comes out at the cut, (B, C, t, h, w).

    Of several layers the outputs are brought to the grid of the last one, by averaging cells, and joined.
    """
    layers, found = layers_of(cut), []
    for name, step in steps:
        x = step(x)
        if name in layers:
            found.append(x)
    if len(found) == 1:
        return x
    return torch.cat([_on_grid(own, x.shape[2:]) for own in found], dim=1)


def _on_grid(x: Tensor, grid: torch.Size) -> Tensor:
    return x if x.shape[2:] == grid else F.adaptive_avg_pool3d(x, grid)
