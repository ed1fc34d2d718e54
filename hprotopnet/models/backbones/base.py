"""What every backbone offers: a clip goes in, a grid of features comes out, and the net says how it wants its input."""

from torch import Tensor, nn

from hprotopnet.data.transforms import Normalisation
from hprotopnet.errors import InputError


class Backbone(nn.Module):
    """A 3D network without its classifier: (B, 3, T, H, W), normalised -> (B, C, t, h, w).

    Every net here halves an axis by rounding up, as often as its stride says, so `grid` is a division.

    Attributes: `name` in the registry; `cut`, the last layer kept (`cuts` lists the choices, in order);
    `channels`, C; `stride` over (T, H, W); `normalisation`;
    `weights_id`, the SHA-256 of the file the weights came from, None when they are random; `version` of the
    class, to be raised when the same weights come to other features, be it by code in `cpu`: features are kept by it.
    """

    name: str
    cuts: tuple[str, ...]
    cut: str
    channels: int
    stride: tuple[int, int, int]
    normalisation: Normalisation
    weights_id: str | None = None
    version: int

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


def check_cut(name: str, cut: str, cuts: tuple[str, ...]) -> str:
    """Return `cut`; raises `InputError` naming the layers at which `name` can be cut."""
    if cut not in cuts:
        raise InputError(f"backbone {name} cannot be cut at {cut!r}; choose one of {', '.join(cuts)}")
    return cut
