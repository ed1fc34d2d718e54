"""The network of a detector: four networks of two layers each, and the visual concepts that were drawn for it.

clips (B, D) -> encoder (B, E) -> fine classes, with the hidden vectors that concepts are made of
                               -> pseudo-labels, the concept that a clip lies next to
                coarse class of one vector (E) -> 1, shared by all coarse classes
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hprotopnet.hierarchy.points import start_points
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.temporal.config import DetectorConfig


class Evidence(NamedTuple):
    """What the network says of clips.

    Attributes:
        encoded: shape (B, E).
        hidden: of the fine classes' network, which visual concepts are means of, shape (B, E).
        scores: of fine classes, before any sigmoid, shape (B, K).
        pseudo: of concepts, before any softmax, shape (B, Q).
    """

    encoded: Tensor
    hidden: Tensor
    scores: Tensor
    pseudo: Tensor


class TwoLayers(nn.Module):
    """Two layers, a ReLU and dropout between them; returns what is between and the outcome."""

    def __init__(self, inputs: int, hidden: int, outputs: int, dropout: float):
        super().__init__()
        self.hidden = nn.Linear(inputs, hidden)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(hidden, outputs)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.dropout(torch.relu(self.hidden(x)))
        return hidden, self.out(hidden)


class Detector(nn.Module):
    """The network; `concepts` (Q, E) are centres of clusters of what its encoder makes of training clips."""

    def __init__(self, config: DetectorConfig, classes: int):
        super().__init__()
        width, encoded, dropout = config.width, config.encoded, config.dropout
        self.encoder = TwoLayers(width, encoded, encoded, dropout)
        self.fine = TwoLayers(encoded, encoded, classes, dropout)
        self.pseudo = TwoLayers(encoded, encoded, config.concepts, dropout)
        self.coarse = TwoLayers(encoded, encoded, 1, dropout)
        self.register_buffer("concepts", torch.zeros(config.concepts, encoded))

    def encode(self, clips: Tensor) -> Tensor:
        """The encoder's vectors (B, E) of clips (B, D)."""
        return self.encoder(clips)[1]

    def forward(self, clips: Tensor) -> Evidence:
        encoded = self.encode(clips)
        hidden, scores = self.fine(encoded)
        return Evidence(encoded, hidden, scores, self.pseudo(encoded)[1])


def class_directions(hierarchy: Hierarchy, width: int) -> Tensor:
    """Directions of the leaves' points in the ball, of length 1, as weights of fine classes: (K, E), float32.

    Siblings have the greatest cosine, then cousins; see `hierarchy.points`. No part of Li, He and Xu (2022).
    """
    points = start_points(hierarchy, width).points_for(hierarchy)[: len(hierarchy.classes)]
    return F.normalize(points, dim=1).float()
