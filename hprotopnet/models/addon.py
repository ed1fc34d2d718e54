"""Between backbone and prototypes: what each level looks at, and the convolution through which it looks.

A cell of a late layer has seen nearly all of the clip, so its place says little about the cause; a cell of an early one
cannot tell motions apart. So the levels may look at different layers of one backbone, each through its own convolution:
a departure from the paper, where all prototypes look at the last layer through the same one.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from hprotopnet.config import ModelConfig
from hprotopnet.errors import InputError


def looks(config: ModelConfig, parts: Mapping[str, int], levels: int) -> list[tuple[str, ...]]:
    """The layers that are looked at, of each level that has prototypes, leaf level first; a single entry, all of them,
    where the configuration does not say.

    Args:
        parts: the layers that the backbone gives.
        levels: how many levels have prototypes; a deeper tree than the configuration's repeats its last entry.

    Raises `InputError` for a layer that the backbone does not give.
    """
    if not config.looks:
        return [tuple(parts)]
    for look in config.looks:
        absent = set(look.split("+")) - set(parts)
        if absent:
            known = ", ".join(parts)
            raise InputError(f"prototypes cannot look at {absent.pop()!r}: the cut gives {known}; name it in the cut")
    named = [tuple(look.split("+")) for look in config.looks]
    return (named + named[-1:] * levels)[:levels]


def build_addon(config: ModelConfig, parts: Mapping[str, int], levels: int) -> nn.Module:
    """One 1x1x1 convolution, one a level, or the paper's two with LeakyReLU."""
    channels = sum(parts.values())
    if config.form == "published":
        return _published(channels, config.prototype_width)
    chosen = looks(config, parts, levels)
    if len(parts) == 1 and len(chosen) == 1:
        return nn.Conv3d(channels, config.prototype_width, 1, bias=False)
    return Views(parts, chosen, config.prototype_width)


class Views(nn.Module):
    """Several views of one feature grid: (B, C, t, h, w) -> (B, V, D, t, h, w).

    Each is a 1x1x1 convolution over some of the layers that the features are made of. These come with different energy,
    and what is louder would count for more: each layer is scaled to the same, as measured on training clips.

    Args:
        parts: channels of each layer, in the order in which they lie in the features.
        chosen: the layers of each view.
        width: D.
    """

    def __init__(self, parts: Mapping[str, int], chosen: Sequence[Sequence[str]], width: int):
        super().__init__()
        self.parts, self.chosen = dict(parts), [[name for name in parts if name in look] for look in chosen]
        self.convolutions = nn.ModuleList(
            nn.Conv3d(sum(parts[name] for name in look), width, 1, bias=False) for look in self.chosen
        )
        self.register_buffer("gains", torch.ones(len(parts)))

    def forward(self, features: Tensor) -> Tensor:
        parts = self._split(features.flatten(2))
        gains = dict(zip(self.parts, self.gains, strict=True))
        views = []
        for layer, look in zip(self.convolutions, self.chosen, strict=True):
            weights = layer.weight.flatten(1).split([self.parts[name] for name in look], dim=1)
            # Layer by layer, and the gain on the weights: features, which are large, are neither copied nor scaled.
            scaled = [
                (gains[name] * weight).expand(len(features), -1, -1) for name, weight in zip(look, weights, strict=True)
            ]
            view = torch.bmm(scaled[0], parts[look[0]])
            for name, weight in zip(look[1:], scaled[1:], strict=True):
                view = torch.baddbmm(view, weight, parts[name])
            views.append(view)
        return torch.stack(views, dim=1).unflatten(3, features.shape[2:])

    @torch.no_grad()
    def equalise(self, features: Tensor) -> None:
        """Set the gains so that over these features (n, C, t, h, w) a cell of each layer has mean square length 1."""
        energies = torch.stack([part.square().sum(1).mean() for part in self._split(features).values()])
        self.gains.copy_(energies.clamp_min(torch.finfo(energies.dtype).tiny).rsqrt())

    def _split(self, features: Tensor) -> dict[str, Tensor]:
        return dict(zip(self.parts, features.split(list(self.parts.values()), dim=1), strict=True))


def _published(channels: int, width: int) -> nn.Sequential:
    layers = nn.Conv3d(channels, width, 1), nn.Conv3d(width, width, 1)
    for layer in layers:
        nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
        nn.init.zeros_(layer.bias)
    return nn.Sequential(layers[0], nn.LeakyReLU(), layers[1], nn.LeakyReLU())
