"""Between backbone and prototypes: what each level looks at, and the convolution through which it looks.

A cell of a late layer has seen nearly all of the clip, so its place says little about the cause; a cell of an early one
cannot tell motions apart. So the levels may look at different layers of one backbone, each through its own convolution:
a departure from the paper, where all prototypes look at the last layer through the same one.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from hprotopnet.config import ModelConfig
from hprotopnet.errors import InputError
from hprotopnet.models.backbones.base import Backbone


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


def offsets(config: ModelConfig, backbone: Backbone, views: int) -> list[tuple[float, ...]]:
    """Of each view, by how many cells the middle of what a cell sees lies behind the middle of its place, (t, h, w).

    Layers before the grid's own are averaged over it, which shifts nothing; of several layers it is the mean.
    """
    shifts = [
        np.mean([backbone.shifts[name] for name in look], axis=0) for look in looks(config, backbone.parts, views)
    ]
    return [tuple((shift / backbone.stride).tolist()) for shift in shifts]


def build_addon(config: ModelConfig, parts: Mapping[str, int], levels: int) -> nn.Module:
    """One 1x1x1 convolution, one a level, or the paper's two with LeakyReLU."""
    channels = sum(parts.values())
    if config.form == "published":
        return _published(channels, config.prototype_width)
    chosen = looks(config, parts, levels)
    if len(parts) == 1 and len(chosen) == 1:
        return nn.Conv3d(channels, config.prototype_width, 1, bias=False)
    return Views(parts, chosen, config.prototype_width, config.components)


class Views(nn.Module):
    """Several views of one feature grid: (B, C, t, h, w) -> (B, V, D, t, h, w).

    Each is a 1x1x1 convolution over the leading principal components of some of the layers that the features are made
    of, less their mean, as measured on training clips. Layers come with different energy, and what is louder would
    count for more: each is scaled to the same. Directions in which features hardly vary are left out: prototypes found
    there fit the training clips alone.

    Args:
        parts: channels of each layer, in the order in which they lie in the features.
        chosen: the layers of each view.
        width: D.
        components: share of a layer's channels that are kept as components, at least one.
    """

    def __init__(self, parts: Mapping[str, int], chosen: Sequence[Sequence[str]], width: int, components: float = 1.0):
        super().__init__()
        self.parts, self.chosen = dict(parts), [[name for name in parts if name in look] for look in chosen]
        kept = {name: max(1, round(components * channels)) for name, channels in parts.items()}
        self.convolutions = nn.ModuleList(
            nn.Conv3d(sum(kept[name] for name in look), width, 1, bias=False) for look in self.chosen
        )
        self.register_buffer("means", torch.zeros(sum(parts.values())))
        for number, name in enumerate(parts):
            self.register_buffer(f"basis_{number}", torch.eye(kept[name], parts[name]))

    def forward(self, features: Tensor) -> Tensor:
        parts, means = self._split(features.flatten(2)), self._split(self.means[None])
        bases = dict(zip(self.parts, self.bases, strict=True))
        views = []
        for layer, look in zip(self.convolutions, self.chosen, strict=True):
            weights = layer.weight.flatten(1).split([len(bases[name]) for name in look], dim=1)
            # Layer by layer, and the components on the weights: features, which are large, are not copied.
            full = [weight @ bases[name] for name, weight in zip(look, weights, strict=True)]
            offset = sum(weight @ means[name][0] for name, weight in zip(look, full, strict=True))
            view = (-offset)[:, None]
            for name, weight in zip(look, full, strict=True):
                view = torch.baddbmm(view, weight.expand(len(features), -1, -1), parts[name])
            views.append(view)
        return torch.stack(views, dim=1).unflatten(3, features.shape[2:])

    @property
    def bases(self) -> list[Tensor]:
        """Components of each layer as rows (k, C), scaled."""
        return [getattr(self, f"basis_{number}") for number in range(len(self.parts))]

    @torch.no_grad()
    def measure(self, features: Tensor) -> None:
        """Set means and components so that over these features (n, C, t, h, w) a cell of each layer, as far as it is
        kept, has mean square length 1.
        """
        means = []
        for basis, part in zip(self.bases, self._split(features.flatten(2)).values(), strict=True):
            kept = len(basis)
            cells = part.transpose(0, 1).flatten(1)
            mean = cells.mean(1)
            covariance = cells @ cells.T / cells.shape[1] - mean[:, None] * mean
            energies, directions = torch.linalg.eigh(covariance.double())
            energy = energies[-kept:].sum().clamp_min(torch.finfo(torch.float32).tiny)
            basis.copy_((directions[:, -kept:] / energy.sqrt()).T)
            means.append(mean)
        self.means.copy_(torch.cat(means))

    def _split(self, features: Tensor) -> dict[str, Tensor]:
        return dict(zip(self.parts, features.split(list(self.parts.values()), dim=1), strict=True))


def _published(channels: int, width: int) -> nn.Sequential:
    layers = nn.Conv3d(channels, width, 1), nn.Conv3d(width, width, 1)
    for layer in layers:
        nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
        nn.init.zeros_(layer.bias)
    return nn.Sequential(layers[0], nn.LeakyReLU(), layers[1], nn.LeakyReLU())
