"""Small worlds for tests: a tree of six leaves and networks of a few weights, so that answers can be worked by hand."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from hprotopnet.config import ModelConfig
from hprotopnet.data.clips import Clip
from hprotopnet.data.features import FeatureSet
from hprotopnet.data.splits import Video
from hprotopnet.data.store import StoredVideo
from hprotopnet.data.transforms import Normalisation
from hprotopnet.explain.explanation import Explanation
from hprotopnet.hierarchy.points import start_points
from hprotopnet.hierarchy.tree import Hierarchy, from_rows
from hprotopnet.models.network import HProtoPNet

LEVELS = ("class", "parent", "grandparent")
# Two grandparents; `dunk` and `throw` are siblings, `surf` an only child.
ROWS = (
    ("dunk", "ball", "sports"),
    ("throw", "ball", "sports"),
    ("surf", "water", "sports"),
    ("drum", "percussion", "music"),
    ("tabla", "percussion", "music"),
    ("cello", "string", "music"),
)


def toy_hierarchy(rows=ROWS) -> Hierarchy:
    return from_rows([dict(zip(LEVELS, row, strict=True)) for row in rows], LEVELS, "toy tree")


def uniform_tree(tops: int, parents: int, leaves: int) -> Hierarchy:
    """Classes c000, c001 ... under parents p00, p01 ... under grandparents g0, g1 ..."""
    return toy_hierarchy(
        [(f"c{t}{p}{k}", f"p{t}{p}", f"g{t}") for t in range(tops) for p in range(parents) for k in range(leaves)]
    )


class ToyBackbone(nn.Module):
    """Eight pixels a side and in time become one cell: a convolution as wide as its stride."""

    name, version, cut, channels, weights_id, parts = "toy", 1, None, 6, None, {"toy": 6}
    normalisation = Normalisation((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    version, stride, shifts = 1, (8, 8, 8), {"toy": (0.0, 0.0, 0.0)}

    def __init__(self, seed: int = 0):
        super().__init__()
        torch.manual_seed(seed)
        self.convolution = nn.Conv3d(3, self.channels, 8, 8)

    def grid(self, frames: int, size: int) -> tuple[int, int, int]:
        return frames // 8, size // 8, size // 8

    def forward(self, clips: Tensor) -> Tensor:
        return self.convolution(clips)


def toy_model(seed: int = 0, hierarchy: Hierarchy | None = None, **settings) -> HProtoPNet:
    hierarchy = hierarchy or toy_hierarchy()
    config = ModelConfig(**{"per_node": 2, "prototype_width": 4, "embedding_width": 16} | settings)
    points = start_points(hierarchy, config.embedding_width, config.curvature).points
    backbone = ToyBackbone(seed)
    torch.manual_seed(seed)
    return HProtoPNet(config, hierarchy, points, backbone).eval()


def spotted(**settings) -> tuple[HProtoPNet, Clip]:
    """A network that looks at brightness, its prototypes on the bright patch, and a clip with one bright cell."""
    model = toy_model(**settings)
    with torch.no_grad():
        model.backbone.convolution.weight.zero_()
        model.backbone.convolution.bias.copy_(torch.eye(6)[0])
        model.backbone.convolution.weight[1] = 1 / 256
        model.addon.weight.zero_()
        for i in range(4):
            model.addon.weight[i, i] = 1
        model.prototypes.vectors.copy_(torch.tensor([[0.3, 1.0, 0.0, 0.0]]).expand(24, 4))
    images = np.zeros((16, 40, 40, 3), np.uint8)
    images[:, 8:16, 24:32] = 255
    return model, Clip("v", 0.0, images, np.arange(16) / 12.5)


def toy_features(per_class: int = 5, clips: int = 2, grid=(2, 3, 2), channels: int = 6, seed: int = 0) -> FeatureSet:
    """Features in which every class has a direction of its own, in half the cells of each clip."""
    rng = np.random.default_rng(seed)
    hierarchy = toy_hierarchy()
    directions = 3 * np.eye(len(hierarchy.classes), channels)
    videos, rows, leaves, features = [], [], [], []
    for leaf, label in enumerate(hierarchy.classes):
        for number in range(per_class):
            name = f"{label}/v_{label}_g{number + 1:02d}_c01"
            videos.append(Video(name, Path(f"{name}.mp4"), label, f"g{number + 1:02d}"))
            rows.append(StoredVideo(len(features), tuple(float(i) for i in range(clips))))
            leaves.append(leaf)
            for _ in range(clips):
                clip = 1 + 0.3 * rng.normal(size=(channels, *grid))
                clip += directions[leaf][:, None, None, None] * (rng.random(grid) < 0.5)
                features.append(clip)
    return FeatureSet(videos, rows, np.array(features, np.float32), leaves)


def toy_explanation(**leaves: float) -> Explanation:
    """An explanation of nothing but probabilities of the toy tree's leaves, those that are not named being 0."""
    tree = toy_hierarchy()
    values = np.array([leaves.get(name, 0.0) for name in tree.classes])
    nodes = tree.covers @ values
    top = int(values.argmax())
    return Explanation(
        video="dunk/v.mp4",
        start=1.0,
        times=(1.0, 1.5, 2.0, 2.5),
        probabilities=dict(zip(tree.nodes, nodes.tolist(), strict=True)),
        distances={},
        path=tuple(tree.nodes[node] for node in reversed(tree.lineage[top])),
        threshold=0.8,
        answer=None,
        nearest=None,
        levels=(),
        runner_up=None,
        similarities=(),
        completeness=0.0,
        grid=(2, 3, 3),
    )
