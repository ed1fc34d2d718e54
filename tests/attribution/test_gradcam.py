"""Grad-CAM against maps worked by hand: over each time step, over the whole grid, and laid over clips of any shape."""

import numpy as np
import pytest
import torch
from lookers import PLAIN, Frames, Gridded, Pooling, classifier
from torch import nn
from toys import ToyBackbone

from hprotopnet.attribution.gradcam import offset
from hprotopnet.attribution.methods import attribute
from hprotopnet.data.clips import Clip
from hprotopnet.models.backbones.registry import create_backbone

# Red and green of 2 x 2 x 3 cells, in fifths of full brightness.
RED = np.array([[[1, 0, 0], [0, 2, 0]], [[3, 0, 0], [0, 0, 5]]])
GREEN = np.array([[[0, 1, 0], [0, 0, 4]], [[0, 1, 0], [0, 2, 0]]])
# What score 1 gains from them: the mean for red is 2 in the first step and -1 in the second, for green -1 and 3.
GAINS = torch.tensor(
    [
        [[[12.0, 0, 0], [0, 0, 0]], [[-1, -1, -1], [-1, -1, -1]]],
        [[[-6.0, 0, 0], [0, 0, 0]], [[0, 0, 18], [0, 0, 0]]],
    ]
)
PER_STEP = np.maximum(np.stack([2 * RED[0] - GREEN[0], -RED[1] + 3 * GREEN[1]]), 0) / 5
GLOBAL = np.maximum(0.5 * RED + 1.0 * GREEN, 0) / 5


def clip_of(cells: np.ndarray, block: tuple[int, int, int]) -> Clip:
    """A clip in which every cell of (2, t, h, w), red and green, is a block of pixels."""
    images = np.zeros((*cells.shape[1:], 3), np.uint8)
    images[..., :2] = np.moveaxis(51 * cells, 0, -1)
    for axis, times in enumerate(block):
        images = images.repeat(times, axis)
    return Clip("v", 0.0, images, np.arange(len(images)) / 12.5)


def large(cells: np.ndarray, block: tuple[int, int, int]) -> np.ndarray:
    return np.kron(cells, np.ones(block))


def network(grid: nn.Module, gains: torch.Tensor = GAINS):
    return classifier(Gridded(grid, torch.stack([torch.zeros_like(gains), gains])), PLAIN)


CLIP = clip_of(np.stack([RED, GREEN]), (2, 2, 2))


@pytest.mark.parametrize(("weights", "expected"), [("per step", PER_STEP), ("global", GLOBAL)])
def test_features_are_weighted_by_their_mean_gradient(weights, expected):
    own = attribute(network(Pooling()), CLIP, "throw", "gradcam", weights=weights)
    np.testing.assert_allclose(own.values, large(expected, (2, 2, 2)), atol=1e-6)
    assert own.resolution == (2, 2, 3)
    assert not own.signed
    assert own.values.max() != pytest.approx(1)  # not scaled: that is drawing


def test_each_time_step_has_weights_of_its_own_by_default():
    own = attribute(network(Pooling()), CLIP, "throw", "gradcam")
    np.testing.assert_allclose(own.values, large(PER_STEP, (2, 2, 2)), atol=1e-6)
    assert own.settings == {"weights": "per step"}


@pytest.mark.parametrize(("weights", "expected"), [("per step", PER_STEP), ("global", GLOBAL)])
def test_a_network_that_folds_time_into_the_batch_keeps_every_frame(weights, expected):
    """Frames one by one: the grid has as many time steps as the clip, and weights differ from frame to frame."""
    own = attribute(network(Frames()), clip_of(np.stack([RED, GREEN]), (1, 2, 2)), "throw", "gradcam", weights=weights)
    np.testing.assert_allclose(own.values, large(expected, (1, 2, 2)), atol=1e-6)
    assert own.resolution == (2, 2, 3)


@pytest.mark.parametrize("shape", [(2, 8, 4), (2, 4, 8), (4, 2, 10)])
def test_maps_of_portraits_and_wide_clips_are_not_squashed(shape):
    """One red cell in a corner, of which the score knows: the map lies on it, and on nothing else."""
    cells = np.zeros((2, *(size // 2 for size in shape)))
    cells[0, 0, -1, 0] = 5
    gains = torch.zeros(cells.shape)
    gains[0, 0] = 1.0
    own = attribute(network(Pooling(), gains), clip_of(cells, (2, 2, 2)), "throw", "gradcam")
    np.testing.assert_allclose(own.values, large(cells[0], (2, 2, 2)) / 5, atol=1e-6)


def test_a_clip_that_cells_do_not_divide_is_covered_by_the_nearest():
    """7 rows over 3 cells, of which the network leaves out the last one: what is nearest to each row's middle."""

    class Three(nn.Module):
        def forward(self, clips):
            return nn.functional.adaptive_avg_pool3d(clips, 3)[:, :2]

    gains = torch.zeros(2, 3, 3, 3)
    gains[0] = torch.tensor([0.0, 1, 2])[None, :, None]
    images = np.full((3, 7, 3, 3), 255, np.uint8)
    images[:, 0] = 0
    own = attribute(network(Three(), gains), Clip("v", 0.0, images, np.arange(3.0)), "throw", "gradcam")
    rows = own.values[0, :, 0]
    assert own.resolution == (3, 3, 3)
    np.testing.assert_allclose(rows, [rows[0], rows[0], rows[2], rows[2], rows[2], rows[5], rows[5]])
    assert len(np.unique(rows)) == 2  # the first cell is a third black, the others are alike
    assert rows[0] < rows[2] == rows[5]


class Late(Pooling):
    """A grid that says that its cells look two rows of pixels, one cell, behind their place."""

    stride, shifts = (2, 2, 2), {"late": (0.0, 2.0, 0.0)}


def test_cells_that_look_behind_their_place_are_laid_where_they_look():
    own = attribute(network(Late()), CLIP, "throw", "gradcam")
    rows = PER_STEP[:, [0, 0]]  # the second row of cells lies beyond the clip
    np.testing.assert_allclose(own.values, large(rows, (2, 2, 2)), atol=1e-6)


def test_where_cells_look_is_the_mean_over_the_layers_of_the_grid():
    assert offset(Pooling()) == (0.0, 0.0, 0.0)
    assert offset(ToyBackbone()) == (0.0, 0.0, 0.0)
    i3d = create_backbone("i3d", cut="MaxPool3d_4a_3x3+Mixed_4f", width=2)
    shifts = np.array(list(i3d.shifts.values()))
    assert len(shifts) == 2
    np.testing.assert_allclose(offset(i3d), shifts.mean(0) / i3d.stride)
