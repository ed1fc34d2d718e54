"""Where training starts from: prototypes on patches of their own node, the head on the class points."""

import numpy as np
import torch
from torch import Tensor, nn

from hprotopnet.data.features import FeatureSet
from hprotopnet.hierarchy.ball import distances as ball_distances
from hprotopnet.models.addon import Views
from hprotopnet.models.network import HProtoPNet


@torch.no_grad()
def initialise(model: HProtoPNet, train: FeatureSet, generator: torch.Generator) -> None:
    """Give prototypes and head a start that learns: departures from the paper, which starts both at random.

    Each prototype starts on a random training patch of its own node. Column j of the embedding head starts on the mean
    unit class point of the leaves under the prototype's node, scaled so that the median clip lies as far from the
    origin as the leaves; the weights of a head tied to the tree start alike and are scaled the same way; the fc head
    starts as ProtoPNet's, +1 to the own class and -0.5 to the others.
    """
    if not model.config.has_prototypes:
        return
    if isinstance(model.addon, Views):
        model.addon.measure(_some(model, train, generator))
    if model.config.form == "unit":
        _initialise_prototypes(model, train, generator)
    if model.config.head == "fc":
        own = model.covers[model.prototypes.owners].T
        model.head.weight.copy_(1.5 * own - 0.5)
    elif model.config.head == "tree":
        model.head.set_strengths(model.head.strengths * _to_leaves(model, train, generator))
    elif model.config.form == "unit":
        _initialise_embedding_head(model, train, generator)


def _initialise_prototypes(model: HProtoPNet, train: FeatureSet, generator: torch.Generator) -> None:
    covers = model.covers.bool().cpu().numpy()
    for row, node in enumerate(model.prototypes.owners.tolist()):
        members = np.flatnonzero(covers[node][train.leaves])
        clip = members[torch.randint(len(members), (), generator=generator)]
        patches = model.patches(train.batch([clip]).to(model.device))[0, model.prototypes.views[row]].flatten(1)
        model.prototypes.vectors[row] = patches[:, torch.randint(patches.shape[1], (), generator=generator)]


def _initialise_embedding_head(model: HProtoPNet, train: FeatureSet, generator: torch.Generator) -> None:
    leaves = nn.functional.normalize(model.points[: len(model.hierarchy.classes)], dim=1)
    means = nn.functional.normalize(model.covers @ leaves, dim=1)[model.prototypes.owners]
    model.head.weight.copy_(means.T)
    model.head.weight.mul_(_to_leaves(model, train, generator))


def _to_leaves(model: HProtoPNet, train: FeatureSet, generator: torch.Generator) -> float:
    """The factor that puts the median clip as far from the origin as the leaves."""
    radius = model.evidence(_some(model, train, generator)).output.embedding.norm(dim=1).median()
    leaf_radius = ball_distances(torch.zeros_like(model.points[:1]), model.points[:1], model.config.curvature)
    return float(leaf_radius / 2 / radius)


def _some(model: HProtoPNet, train: FeatureSet, generator: torch.Generator) -> Tensor:
    """Features of at most 256 training clips, to measure on."""
    some = torch.randperm(len(train), generator=generator)[:256].sort().values
    return train.batch(some.numpy()).to(model.device)
