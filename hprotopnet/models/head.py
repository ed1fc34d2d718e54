"""A head tied to the tree: each prototype speaks along the direction of its own node, and along no other."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from hprotopnet.errors import InputError
from hprotopnet.hierarchy.tree import Hierarchy

PACE = 20.0  # weights a parameter: steps of Adam are as long for one number as for each of a dense column
SHARPNESS = 5.0  # of the bend at 0, where weights fade out instead of being cut off
SILENT = -100.0  # of a weight before it is bent: exp(PACE * SHARPNESS * SILENT) is 0 in any precision
LEAST = 1e-6  # share of a class point that must be its node's own


def own_directions(points: Tensor, hierarchy: Hierarchy) -> Tensor:
    """What a node's class point has that those of its ancestors have not, as unit vectors, float64 of shape (N, E).

    The unit point less its projections on the own directions of its ancestors, topmost first. A leaf's point is a blend
    of the own directions of its path, so that the score of a leaf is a sum over its path, and whatever lies above two
    siblings cancels between them. That is exact while the own directions of all nodes are orthogonal, as `start_points`
    makes them where there are no more nodes than dimensions; with more nodes they are nearly so, and refined points
    draw siblings together.

    Args:
        points: class points of all nodes, in node order, shape (N, E).

    Raises `InputError` naming a node whose point lies in the directions of its ancestors alone.
    """
    own = nn.functional.normalize(points.double(), dim=1)
    for level in reversed(range(hierarchy.depth - 1)):
        nodes = list(hierarchy.at_level(level))
        above = torch.tensor([hierarchy.ancestors(node)[1:] for node in nodes]).T
        for ancestors in above.flip(0):  # topmost first: each is orthogonal to those before it
            own[nodes] -= (own[nodes] * own[ancestors]).sum(1, keepdim=True) * own[ancestors]
        lengths = own[nodes].norm(dim=1)
        if lengths.min() < LEAST:
            name = hierarchy.nodes[nodes[int(lengths.argmin())]]
            raise InputError(f"class '{name}' has no direction of its own in the ball; give a larger embedding_width")
        own[nodes] /= lengths[:, None]
    return own


class TreeHead(nn.Module):
    """h = sum_j s_j a_j e_node(j), with e the own direction of a prototype's node and one weight s_j >= 0.

    A departure from the paper, whose head is dense: there every prototype speaks for every class, and what decides a
    node is for the most part not its own. Here it has P weights instead of P x E, and nothing speaks against a class.

    Args:
        directions: own direction of the node of each prototype, shape (P, E).
    """

    bias = None

    def __init__(self, directions: Tensor):
        super().__init__()
        self.bent = nn.Parameter(torch.empty(len(directions)))
        self.register_buffer("directions", directions.T.contiguous(), persistent=False)
        self.set_strengths(torch.ones(len(directions)))

    @property
    def weight(self) -> Tensor:
        """As a dense head would have it, float64 of shape (E, P)."""
        return self.directions * self.strengths

    @property
    def strengths(self) -> Tensor:
        """s, shape (P,): a smooth bend keeps it above 0, so that a weight that has faded out can come back."""
        return functional.softplus(PACE * SHARPNESS * self.bent) / SHARPNESS

    @torch.no_grad()
    def set_strengths(self, strengths: Tensor) -> None:
        """Set s, shape (P,), all above 0."""
        s = strengths.double() * SHARPNESS
        self.bent.copy_((s + torch.log(-torch.expm1(-s))) / (PACE * SHARPNESS))

    @torch.no_grad()
    def silence(self, prototypes: list[int]) -> None:
        """Set s of some prototypes to 0 for good: so far below the bend no gradient brings them back."""
        self.bent[prototypes] = SILENT
