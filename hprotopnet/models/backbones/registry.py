"""Backbones: networks of clips by name, all (B, 3, T, H, W) -> (B, C, t, h, w)."""

from difflib import get_close_matches
from pathlib import Path

import torch

from hprotopnet.data.transforms import Normalisation
from hprotopnet.errors import InputError
from hprotopnet.models.backbones.base import Backbone
from hprotopnet.models.backbones.frames import h2cn_r18, h2cn_r50, tsm_r18, tsm_r50
from hprotopnet.models.backbones.i3d import I3D
from hprotopnet.models.backbones.inception import frames_inception, h2cn_inception, tsm_inception
from hprotopnet.models.backbones.resnet3d import mc3_18, r2plus1d_18, r3d_18
from hprotopnet.models.backbones.weights import imagenet_weights, load_weights, published_weights

__all__ = ["Backbone", "Normalisation", "check_name", "create_backbone", "list_backbones"]

_BACKBONES = {
    "i3d": I3D,
    "mc3_18": mc3_18,
    "r2plus1d_18": r2plus1d_18,
    "r3d_18": r3d_18,
    "tsm_r18": tsm_r18,
    "tsm_r50": tsm_r50,
    "h2cn_r18": h2cn_r18,
    "h2cn_r50": h2cn_r50,
    "frames_inception": frames_inception,
    "tsm_inception": tsm_inception,
    "h2cn_inception": h2cn_inception,
}
FROM_IMAGENET = "imagenet"  # in place of a file of weights


def list_backbones() -> tuple[str, ...]:
    """Return the names `create_backbone` knows."""
    return tuple(_BACKBONES)


def check_name(name: str) -> None:
    """Raise `InputError` with the known names for a backbone that is none of them."""
    if name not in _BACKBONES:
        near = get_close_matches(name, _BACKBONES, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise InputError(f"no backbone is called {name!r}; {hint}known: {', '.join(_BACKBONES)}")


def create_backbone(
    name: str,
    *,
    cut: str | None = None,
    width: int = 64,
    pretrained: bool = False,
    weights: str | Path | None = None,
    progress: bool = True,
) -> Backbone:
    """Build a backbone, in evaluation mode when it has weights to evaluate.

    `cut` is the last layer kept (default: the last there is), `width` the channels of the first convolution (64 in
    the published nets). `pretrained` asks for the published Kinetics-400 weights, which are fetched into the user's
    cache, unless `weights` takes their place: a file, see `load_weights`, or "imagenet" for the published weights from
    which networks of frames start. Raises `InputError` for an unknown name or cut, for weights that do not fit, and
    when they cannot be had.
    """
    check_name(name)
    net = _BACKBONES[name](cut=cut, width=width).to(memory_format=torch.channels_last_3d)  # twice as fast on a CPU
    if weights == FROM_IMAGENET or (pretrained and weights is None):
        weights = _published(name, width, progress, weights == FROM_IMAGENET)
    if weights is None:
        return net
    load_weights(net, Path(weights))
    return net.eval()


def _published(name: str, width: int, progress: bool, images: bool) -> Path:
    if width != 64:
        raise InputError(f"backbone {name}: published weights have width 64, not {width}; leave one of the two out")
    return imagenet_weights(name, progress) if images else published_weights(name, progress)
