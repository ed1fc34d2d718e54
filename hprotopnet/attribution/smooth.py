"""SmoothGrad: the gradient averaged over noisy copies of the clip.

Smilkov et al., "SmoothGrad: removing noise by adding noise" (2017), by captum's `NoiseTunnel` over `Saliency`. Noise is
normal, its deviation a share of the range from the least to the greatest value of the clip as the network is given it.
Departures: the published toolkit shows magnitudes summed over the colours, here signs are kept and colours averaged as
for gradients, see `pixels.one_value`; and noise is drawn by a seed, from a generator that no other thread draws from,
one clip after the other, so that it is the same however many go through the network at a time.

With noise of that size the network looks at clips unlike any that it was trained on, and each of them may have other
cells nearest to its prototypes: what is averaged are gradients through different cells (see `gradients`).
"""

from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import TYPE_CHECKING

from hprotopnet.attribution.method import Found, Step, check_range
from hprotopnet.attribution.pixels import Polarity, counted, one_value

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from hprotopnet.attribution.subject import Subject


@dataclass(frozen=True)
class Settings:
    """The noise, and what of the gradient is kept.

    Attributes:
        polarity: of the averaged gradient.
        samples: noisy clips.
        noise: deviation, as a share of the range of the clip's values.
        batch: clips that go through the network at a time, which bounds the memory.
        seed: of the noise.
    """

    polarity: Polarity = "positive"
    samples: int = 25
    noise: float = 0.15
    batch: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        check_range("samples", self.samples, 1, 1000)
        check_range("noise", self.noise, 0, 10)
        check_range("batch", self.batch, 1, 64)
        check_range("seed", self.seed, 0, 2**63 - 1)


def attribute(subject: "Subject", clip: "Tensor", target: int, settings: Settings, step: Step) -> Found:
    """The averaged gradient of every pixel; see `method` for the signature. Figures: `deviation` of the noise."""
    import torch
    from captum.attr import NoiseTunnel, Saliency

    tunnel = NoiseTunnel(Saliency(counted(subject, step, ceil(settings.samples / settings.batch))))
    # Its own noise comes from the generator that all threads draw from.
    tunnel._add_noise_to_input = partial(_noisy, torch.Generator().manual_seed(settings.seed))
    deviation = settings.noise * float(clip.max() - clip.min())
    colours = tunnel.attribute(
        clip,
        nt_samples=settings.samples,
        nt_samples_batch_size=settings.batch,
        stdevs=deviation,
        target=target,
        abs=False,
    )
    values = one_value(colours, settings.polarity)
    return Found(values, tuple(clip.shape[2:]), {"deviation": deviation}, settings.polarity != "positive")


def _noisy(generator: "Generator", clip: "Tensor", deviation: float, samples: int) -> "Tensor":
    """So many noisy copies of a clip (1, 3, T, H, W), the same on every device."""
    import torch

    noise = torch.cat([torch.randn(clip.shape, generator=generator) for _ in range(samples)])
    return clip + deviation * noise.to(clip)
