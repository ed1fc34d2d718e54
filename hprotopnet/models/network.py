"""The network: backbone -> prototypes -> point in the ball -> probability of every node, all of it returned.

clip (B,3,T,H,W) -> backbone (B,C,t,h,w) -> add-on, V views, one for all levels or one a level (B,V,D,t,h,w)
    -> prototypes: distances (B,P,t,h,w), similarities (B,P) -> head h = W a (B,E) -> exp0(h) in the ball
    -> -d(exp0(h), class point) / T -> softmax over all leaves (B,K)
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from hprotopnet.config import Group, ModelConfig
from hprotopnet.errors import InputError
from hprotopnet.hierarchy import ball as hyperbolic
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.models.addon import build_addon, offsets
from hprotopnet.models.familiarity import Familiarity
from hprotopnet.models.head import TreeHead, own_directions
from hprotopnet.models.loading import load_strictly
from hprotopnet.models.owners import check_size, owner_table
from hprotopnet.models.prototypes import PrototypeLayer

Entry = Literal["clips", "features", "head"]


class Output(NamedTuple):
    """What the head makes of the similarities; everything in float64.

    Attributes:
        embedding: tangent vector h at the origin, shape (B, E); E is 0 for the fc head.
        point: the clip in the ball, exp0(h), shape (B, E).
        distances: ball distance to the point of every node, shape (B, N); (B, 0) for the fc head.
        logits: -d / T to every leaf (Eq. 9 with a temperature) or class scores / T, shape (B, K).
        nodes: probability of every node, the sum over its leaves, shape (B, N).
    """

    embedding: Tensor
    point: Tensor
    distances: Tensor
    logits: Tensor
    nodes: Tensor


class Evidence(NamedTuple):
    """All that a forward pass computes, so that nothing needs hooks or a second pass.

    Attributes:
        patches: feature patches as the prototypes meet them, in V views, shape (B, V, D, t, h, w); no gradient.
        distances: squared distance of every patch to every prototype, shape (B, P, t, h, w); no gradient.
        nearest: its minimum over cells, shape (B, P).
        similarities: of each prototype at its nearest patch, shape (B, P).
        output: what follows from the similarities.
    """

    patches: Tensor
    distances: Tensor
    nearest: Tensor
    similarities: Tensor
    output: Output


class HProtoPNet(nn.Module):
    """Hierarchical ProtoPNet and its five relatives in the paper's tables, by configuration.

    Departures from the paper: unit-length features and prototypes behind one convolution (`form="published"` is the
    paper's); ancestors' points are used (for the nearest node shown), not only the leaves'; a temperature T, because a
    leaf's probability is at most 1 / sum_j exp(-d(k, j) / T), so that with near siblings T = 1 can never be sure.

    Args:
        config: which network.
        hierarchy: the N nodes.
        points: class points of all nodes in the ball, in node order, float64 of shape (N, E).
        backbone: maps clips (B, 3, T, H, W) to features (B, C, t, h, w) and knows the `parts` that C is made of.

    Attributes:
        familiarity: what tells clips that are like none it was trained on; None where that is not known.
        dropout: share of what the head reads that is left out while training, drawn anew for each clip.
    """

    dropout = 0.0

    def __init__(self, config: ModelConfig, hierarchy: Hierarchy, points: Tensor, backbone: nn.Module):
        super().__init__()
        check_size(hierarchy, config)
        self.config, self.hierarchy, self.backbone = config, hierarchy, backbone
        self.familiarity: Familiarity | None = None
        owners = torch.from_numpy(owner_table(hierarchy, config.prototypes, config.per_node))
        levels, channels = [hierarchy.levels[node] for node in owners.tolist()], sum(backbone.parts.values())
        counts = [levels.count(level) for level in dict.fromkeys(levels)]  # nodes come level by level
        self.addon = build_addon(config, backbone.parts, len(counts)) if counts else nn.Identity()
        self.prototypes = PrototypeLayer(
            owners,
            counts if config.looks else [len(owners)],
            config.prototype_width if config.has_prototypes else channels,
            config.form == "unit",
            config.similarity,
            config.bandwidth,
            config.epsilon,
        )
        self.head = _head(config, hierarchy, points, owners, channels)
        self.register_buffer("points", points.double())
        self.register_buffer("temperature", torch.tensor(config.temperature, dtype=torch.float64))
        self.register_buffer("covers", torch.from_numpy(hierarchy.covers).double(), persistent=False)

    def forward(self, inputs: Tensor, entry: Entry = "clips") -> Evidence:
        """Evidence from wherever the inputs enter the network.

        Everything that trains goes through here, so that a wrapper for several processes can stand in for the network.

        Args:
            inputs: "clips" (B, 3, T, H, W), normalised as the backbone asks; the backbone's "features"
                (B, C, t, h, w); or at the "head" what `head_inputs` gave.
        """
        if entry == "head":
            return self.head_evidence(inputs)
        return self.evidence(self.backbone(inputs) if entry == "clips" else inputs)

    def evidence(self, features: Tensor) -> Evidence:
        """Evidence from the backbone's features (B, C, t, h, w), in float32 and float64 whatever autocast says."""
        with torch.autocast(features.device.type, enabled=False):
            patches, distances, nearest, similarities = self.prototypes(self.views(features))
            read = similarities if self.config.has_prototypes else pooled(features)
            return Evidence(patches, distances, nearest, similarities, self.read(self._dropped(read)))

    def head_inputs(self, features: Tensor) -> Tensor:
        """What `head_evidence` starts from: nearest squared distances (B, P), or pooled features where P = 0."""
        return self.evidence(features).nearest if self.config.has_prototypes else pooled(features)

    def head_evidence(self, inputs: Tensor) -> Evidence:
        """Evidence from `head_inputs`, without patches and maps."""
        nothing = inputs[:, :0]
        if not self.config.has_prototypes:
            return Evidence(nothing, nothing, nothing, nothing, self.read(self._dropped(inputs)))
        similarities = self.prototypes.similarity(inputs)
        return Evidence(nothing, nothing, inputs, similarities, self.read(self._dropped(similarities)))

    def patches(self, features: Tensor) -> Tensor:
        """Patches (B, V, D, t, h, w) that prototypes are compared with, from the backbone's features."""
        return self.prototypes.patches(self.views(features))

    def views(self, features: Tensor) -> Tensor:
        """What the add-on makes of the backbone's features, shape (B, V, D, t, h, w)."""
        views = self.addon(features.float())
        return views if views.dim() == 6 else views[:, None]

    def read(self, activations: Tensor) -> Output:
        """What the head makes of similarities (B, P), also of muted ones; of pooled features where P = 0."""
        scores = nn.functional.linear(activations.double(), self.head.weight.double(), _double(self.head.bias))
        if self.config.head == "fc":
            empty = scores[:, :0]
            return Output(empty, empty, empty, *self._decide(scores))
        point = hyperbolic.exp0(hyperbolic.clip_tangent(scores, self.config.curvature), self.config.curvature)
        distances = hyperbolic.distances(point, self.points, self.config.curvature)
        return Output(scores, point, distances, *self._decide(-distances[:, : len(self.hierarchy.classes)]))

    def _dropped(self, activations: Tensor) -> Tensor:
        """What is left of them while training; without dropout they stay as they are, and nothing is drawn."""
        return nn.functional.dropout(activations, self.dropout) if self.training and self.dropout else activations

    def class_weights(self) -> Tensor:
        """Weight of each prototype towards each leaf, float64 of shape (K, P).

        For the fc head these are its weights. In the ball all leaf points have one radius, so -d ranks leaves exactly
        as h . unit(Phi_k) = sum_j a_j (w_j . unit(Phi_k)); the bracket is returned. It is exact for the order of the
        leaves, not for their probability.
        """
        weight = self.head.weight.double()
        if self.config.head == "fc":
            return weight
        return nn.functional.normalize(self.points[: len(self.hierarchy.classes)], dim=1) @ weight

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.points.device

    @property
    def offsets(self) -> list[tuple[float, ...]]:
        """Of each view, where in the clip its cells look, see `addon.offsets`."""
        return offsets(self.config, self.backbone, len(self.prototypes.counts))

    def parameters_of(self, group: Group) -> Iterator[nn.Parameter]:
        """Parameters of one of the groups that stages name."""
        return getattr(self, group).parameters()

    def _decide(self, scores: Tensor) -> tuple[Tensor, Tensor]:
        logits = scores / self.temperature
        return logits, logits.softmax(1) @ self.covers.T


def pooled(features: Tensor) -> Tensor:
    """Mean over the grid, (B, C): what networks without prototypes read, and familiarity is told by."""
    return features.float().mean((2, 3, 4))


def distances_from_contributions(
    contributions: Tensor, radius: Tensor, leaf_radius: float, curvature: float = 1.0
) -> Tensor:
    """Ball distances rebuilt from what each prototype contributes: the check that an explanation is complete.

    By the hyperbolic law of cosines, with cos the angle (sum_j contribution_jk) / |h| and half distances, so that near
    points lose nothing: with s(x) = sinh(sqrt(c) x) / sqrt(c), which in flat space is x,
    s(d_k / 2)^2 = s((r - R) / 2)^2 + s(r) s(R) (1 - cos) / 2.

    Args:
        contributions: a_j (w_j . unit(Phi_k)), shape (B, K, P).
        radius: |h|, shape (B,); the clip lies at distance r = 2 |h| from the origin.
        leaf_radius: distance R of the leaf points from the origin.

    Returns:
        Shape (B, K).
    """
    cosine = contributions.sum(2) / radius[:, None].clamp_min(1e-300)
    r = 2 * hyperbolic.clip_tangent(radius[:, None], curvature)
    R = torch.full_like(r, leaf_radius)
    gap, from_clip, from_leaf = (hyperbolic.sinh(length, curvature) for length in ((r - R) / 2, r, R))
    half = (gap.square() + from_clip * from_leaf * (1 - cosine) / 2).clamp_min(0).sqrt()
    return 2 * hyperbolic.asinh(half, curvature)


def trained_weights(model: HProtoPNet, with_backbone: bool) -> dict[str, Tensor]:
    """State of the network, contiguous, on the CPU; without a backbone that stayed as it was fetched."""
    return {
        name: tensor.detach().cpu().contiguous()
        for name, tensor in model.state_dict().items()
        if with_backbone or not name.startswith("backbone.")
    }


def load_trained(
    model: HProtoPNet, tensors: Mapping[str, Tensor], with_backbone: bool, source: str | Path, remedy: str
) -> None:
    """Load what `trained_weights` gave into a network of the same configuration, tree and class points.

    Raises `InputError` with all that differs, see `load_strictly`; class points and owners must be this network's own.
    """
    known = ("points", "prototypes.owners")
    load_strictly(model, tensors, source, remedy, () if with_backbone else ("backbone.",), known)
    if not model.temperature > 0:
        raise InputError(f"{source}: its temperature is {float(model.temperature):g}, not above 0; {remedy}")


def _head(config: ModelConfig, hierarchy: Hierarchy, points: Tensor, owners: Tensor, channels: int) -> nn.Module:
    """What turns similarities, or pooled features where there are no prototypes, into a tangent vector or scores."""
    if config.head == "tree":
        return TreeHead(own_directions(points, hierarchy)[owners])
    outputs = points.shape[1] if config.head == "embedding" else len(hierarchy.classes)
    return nn.Linear(len(owners) or channels, outputs, bias=not config.has_prototypes)


def _double(tensor: Tensor | None) -> Tensor | None:
    return None if tensor is None else tensor.double()
