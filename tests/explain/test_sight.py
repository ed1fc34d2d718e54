"""What a cell has really seen: networks whose receptive fields are known, and how the share is told and drawn."""

import numpy as np
import pytest
import torch
from torch import nn
from toys import toy_hierarchy, toy_model

from hprotopnet.config import ModelConfig
from hprotopnet.data.transforms import Normalisation
from hprotopnet.evaluation.evidence import CENTRED
from hprotopnet.explain.boxes import around
from hprotopnet.explain.sight import Extent, measure
from hprotopnet.hierarchy.points import start_points
from hprotopnet.models.network import HProtoPNet


def clips(frames: int = 16, size: int = 40, count: int = 4) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [random.integers(256, size=(frames, size, size, 3), dtype=np.uint8) for _ in range(count)]


def model_over(layers: nn.Module, parts: dict[str, int], **settings) -> HProtoPNet:
    """A network over layers that end in the channels of `parts`."""
    layers.parts, layers.normalisation = parts, Normalisation((0.5,) * 3, (0.5,) * 3)
    layers.shifts = dict.fromkeys(parts, (0.0, 0.0, 0.0))
    layers.stride = getattr(layers, "stride", (1, 4, 4))
    config = ModelConfig(per_node=1, prototype_width=4, embedding_width=16, **settings)
    hierarchy = toy_hierarchy()
    return HProtoPNet(config, hierarchy, start_points(hierarchy, 16).points, layers).eval()


def even(stride: int, kernel: tuple[int, int, int]) -> nn.Conv3d:
    """A convolution that weighs all that it sees alike, and whose cells lie in the middle of that."""
    padding = [(size - step) // 2 for size, step in zip(kernel, (1, stride, stride), strict=True)]
    layer = nn.Conv3d(3, 4, kernel, (1, stride, stride), padding, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.eye(4)[:, :3, None, None, None].expand_as(layer.weight))
    return layer


@pytest.mark.parametrize("form", ["unit", "published"])
@pytest.mark.parametrize(("stride", "kernel"), [(4, (3, 8, 8)), (4, (1, 4, 4)), (5, (5, 15, 15)), (1, (1, 1, 1))])
def test_one_convolution_sees_its_kernel(form, stride, kernel):
    model = model_over(even(stride, kernel), {"only": 4}, form=form)
    assert measure(model, clips(), 1.0) == (Extent(kernel[1], kernel[0]),)


def test_a_smaller_share_takes_less():
    """Of an even square of 8 x 8 pixels 6 x 6 hold 56 %, 4 x 4 hold 25 %; of five frames three hold 60 %."""
    model = model_over(even(4, (5, 8, 8)), {"only": 4})
    assert measure(model, clips(), 0.5) == (Extent(6, 3),)
    assert measure(model, clips(), 0.2) == (Extent(4, 1),)


def test_a_cell_that_is_heavy_in_the_middle_sees_the_middle():
    """In theory it sees 8 x 8 pixels; nearly all comes from 2 x 2."""
    layer = even(4, (1, 8, 8))
    with torch.no_grad():
        layer.weight *= 1e-3
        layer.weight[..., 3:5, 3:5] *= 1e3
    assert measure(model_over(layer, {"only": 4}), clips()) == (Extent(2, 1),)


def test_an_average_over_everything_sees_everything():
    class Mean(nn.Module):
        def forward(self, x):
            return x.mean((2, 3, 4), keepdim=True).repeat(1, 2, 1, 1, 1)[:, :4]

    assert measure(model_over(Mean(), {"only": 4}), clips(), 1.0) == (Extent(40, 16),)


def test_each_view_has_its_own():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.early, self.late = even(4, (1, 4, 4)), even(4, (3, 12, 12))

        def forward(self, x):
            return torch.cat([self.early(x), self.late(x)], dim=1)

    model = model_over(Two(), {"early": 4, "late": 4}, looks=("late", "early", "early+late"))
    late, early, both = measure(model, clips(), 1.0)
    assert (late, early, both) == (Extent(12, 3), Extent(4, 1), Extent(12, 3))


def test_nothing_is_said_of_a_network_that_sees_nothing():
    layer = even(4, (1, 4, 4))
    nn.init.zeros_(layer.weight)
    assert measure(model_over(layer, {"only": 4}, form="published"), clips()) == ()


def test_measuring_changes_nothing_and_is_repeated_exactly():
    model = toy_model()
    before, state = {name: value.clone() for name, value in model.state_dict().items()}, torch.get_rng_state()
    assert measure(model, clips()) == measure(model, clips())
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())


def test_the_square_lies_around_the_cell_and_ends_at_the_edge():
    tube = around((1, 0, 4), (4, 5, 5), CENTRED, 30, 6, 16, 100)
    assert tube[6] == (75, 0, 100, 25)  # the cell's middle is 10 px from the top and 90 px from the left
    assert [i for i, box in enumerate(tube) if box] == [3, 4, 5, 6, 7, 8]
    assert set(around((0, 0, 0), (1, 1, 1), CENTRED, 500, 40, 16, 100)) == {(0, 0, 100, 100)}
    assert around((1, 0, 0), (4, 5, 5), (0.5, 0.5, 0.5), 20, 1, 16, 100)[8] == (10, 10, 30, 30)


def test_the_square_lies_where_the_cells_look():
    """A convolution that is padded on one side alone sees what lies behind its cells' places."""
    layer = even(4, (1, 8, 8))
    layer.padding = (0, 0, 0)
    model = model_over(nn.Sequential(nn.ZeroPad3d((0, 4, 0, 4, 0, 0)), layer), {"only": 4})
    assert measure(model, clips(), 1.0)[0].pixels > 8
    model.backbone.shifts = {"only": (0.0, 2.0, 2.0)}
    assert measure(model, clips(), 1.0) == (Extent(8, 1),)
