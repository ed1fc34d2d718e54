"""Speed of the methods of attribution, a row each: what one asks of a clip, against a forward pass of the network."""

import statistics
from typing import Any

import torch
from tqdm import tqdm

from hprotopnet.attribution.methods import METHODS, attribute
from hprotopnet.attribution.subject import PrototypeSubject
from hprotopnet.bench.network import Row, images_of, network_of, row, timed
from hprotopnet.config import Config, ModelConfig
from hprotopnet.data.clips import Clip
from hprotopnet.recipes import NINE

ROUNDS = 3
ALONE = {"areas": (0.1,)}  # of the methods that seek masks: for all six areas it takes three and a half times as long


def bench_attribution() -> list[Row]:
    """A row a method, with its defaults but for `ALONE`, on random weights; no bounds, as they differ in kind."""
    config = Config(classes=NINE, model=ModelConfig(pretrained=False))
    subject = PrototypeSubject(network_of(config), config.clip, "bench")
    images = images_of(config, 1)[0]
    clip, target = Clip("bench", 0.0, images, range(len(images))), subject.targets[0]
    return [
        row(f"{METHODS[name].title}, against a forward pass", _ratio(subject, clip, target, name), "x")
        for name in tqdm(METHODS, desc="attribution")
    ]


def _ratio(subject: PrototypeSubject, clip: Clip, target: str, method: str) -> float:
    """Median of the seconds that a method says it took over those of a pass, in turn; one round where it takes long."""
    long = "areas" in getattr(METHODS[method].settings, "__dataclass_fields__", {})
    settings: dict[str, Any] = ALONE if long else {}
    inputs, ratios = subject.inputs(clip.images), []
    for _ in range(1 if long else ROUNDS):
        with torch.inference_mode():
            _, floor = timed(lambda: subject(inputs))
        ratios.append(attribute(subject, clip, target, method, **settings).seconds / floor)
    return statistics.median(ratios)
