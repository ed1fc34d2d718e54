"""Networks of frames: shifts and hourglasses worked by hand, and the sizes of the published networks."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from hprotopnet.models.backbones.frames import FrameResNet, h2cn_r18, h2cn_r50, tsm_r18, tsm_r50
from hprotopnet.models.backbones.hourglass import ClipHourglass, FrameHourglass, HourglassConv
from hprotopnet.models.backbones.shift import shift


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def multiplications(net: nn.Module, clips: torch.Tensor) -> dict[str, int]:
    """Multiplications of a forward pass on the meta device, by the room of the network that makes them."""
    found: dict[str, int] = {}

    def count(name: str, module: nn.Module, output: torch.Tensor) -> None:
        room = "clips" if "clip_hourglass" in name else "motion" if name.startswith("motion") else "rest"
        taps = module.taps[0, 0].numel() if isinstance(module, HourglassConv) else module.weight[0].numel()
        found[room] = found.get(room, 0) + taps * output.numel()

    for name, module in net.named_modules():
        if isinstance(module, nn.Conv3d | HourglassConv):
            module.register_forward_hook(lambda own, _, output, name=name: count(name, own, output))
    net(clips)
    return found


def test_a_shift_by_hand():
    x = torch.arange(12.0).reshape(1, 4, 3, 1, 1)  # 4 channels of 3 frames: 0 1 2, 3 4 5, 6 7 8, 9 10 11
    expected = [[1, 2, 0], [0, 3, 4], [6, 7, 8], [9, 10, 11]]
    assert shift(x, share=4)[0, :, :, 0, 0].tolist() == expected


def test_a_shift_moves_an_eighth_each_way_and_leaves_one_frame_nothing_else():
    x = torch.rand(2, 16, 1, 2, 2)
    moved = shift(x)
    assert not moved[:, :4].any()
    assert torch.equal(moved[:, 4:], x[:, 4:])


def hourglass(padded: bool, dilation: int = 1) -> HourglassConv:
    own = HourglassConv(1, padded, dilation=dilation)
    with torch.no_grad():
        own.wide.weight.fill_(1)
        own.taps.copy_(torch.tensor([[[2.0, 10.0, 3.0]]]))
    return own


def test_an_hourglass_by_hand():
    """A point in the middle frame: seen at a point there, and all around it from the frames beside it."""
    x = torch.zeros(1, 1, 3, 5, 5)
    x[0, 0, 1, 2, 2] = 1
    found = hourglass(padded=True)(x)[0, 0]
    around = F.pad(torch.ones(3, 3), (1, 1, 1, 1))
    point = torch.zeros(5, 5)
    point[2, 2] = 1
    for frame, expected in zip(found, (3 * around, 10 * point, 2 * around), strict=True):
        assert torch.equal(frame, expected)


def test_an_hourglass_without_padding_drops_the_ends_and_dilation_reaches_farther():
    x = torch.zeros(1, 1, 3, 7, 7)
    x[0, 0, 0, 3, 3] = 1  # of the frame before
    found = hourglass(padded=False, dilation=2)(x)[0, 0]
    assert found.shape == (1, 7, 7)
    rows, columns = torch.nonzero(found[0], as_tuple=True)
    assert set(rows.tolist()) == set(columns.tolist()) == {1, 3, 5}
    assert set(found[found != 0].tolist()) == {2.0}


def test_an_hourglass_with_several_filters_keeps_channels_apart():
    own = HourglassConv(3, padded=False, multiple=3)
    x = torch.rand(2, 3, 3, 4, 4)
    changed = x.clone()
    changed[:, 1] += 1
    moved = (own(x) - own(changed)).abs().amax((0, 2, 3, 4)) > 0
    assert own(x).shape == (2, 9, 1, 4, 4)
    assert moved.tolist() == [False] * 3 + [True] * 3 + [False] * 3


def test_the_first_hourglass_begins_as_a_difference_of_frames():
    own = FrameHourglass(8).hourglass1
    with torch.no_grad():
        own.wide.weight.zero_()
        own.wide.weight[:, :, :, 1, 1] = 1
    x = torch.rand(1, 3, 5, 6, 6)
    torch.testing.assert_close(own(x), x[:, :, 1:-1] - x[:, :, 2:])


def test_a_gate_lies_between_nothing_and_all_and_is_one_number_a_channel_and_frame():
    own = ClipHourglass(32).eval()
    x = torch.rand(2, 32, 4, 5, 5)
    gate = own.gate(x)
    assert gate.shape == (2, 32, 4, 1, 1)
    assert gate.min() > 0
    assert gate.max() < 1
    assert torch.equal(own(x), x * gate)


def test_segments_are_looked_at_alone_by_the_frame_hourglass():
    own = FrameHourglass(8).eval()
    clips = torch.rand(1, 3, 10, 32, 32)
    changed = clips.clone()
    changed[:, :, 7] = 0
    moved = (own(clips) - own(changed)).abs().amax((0, 1, 3, 4)) > 0
    assert moved.tolist() == [False, True]


def test_frames_that_fill_no_segment_are_filled_by_the_last():
    net = h2cn_r18(width=8).eval()
    clips = torch.rand(1, 3, 7, 32, 32)
    filled = torch.cat([clips, clips[:, :, -1:].repeat(1, 1, 3, 1, 1)], 2)
    torch.testing.assert_close(net(clips), net(filled))


def test_sizes_of_the_published_networks():
    """Parameters as counted of the published code, less its layer that nothing reads; multiplications of 8 segments."""
    with torch.device("meta"):
        net, plain = h2cn_r50(), tsm_r50()
        found = multiplications(net, torch.empty(1, 3, 40, 224, 224))
        without = multiplications(plain, torch.empty(1, 3, 8, 224, 224))
    parameters = {name: own.numel() for name, own in net.named_parameters()}
    assert sum(parameters.values()) == 23_704_538
    assert sum(count for name, count in parameters.items() if "clip_hourglass" in name) == 168_040
    assert sum(count for name, count in parameters.items() if name.startswith("motion")) == 28_466
    assert found["rest"] == without["rest"] == pytest.approx(32.70e9, rel=1e-3)
    assert found["motion"] == pytest.approx(0.735e9, rel=1e-2)
    assert found["clips"] == pytest.approx(0.173e9, rel=1e-2)


@pytest.mark.parametrize(("make", "channels"), [(tsm_r18, 512), (tsm_r50, 2048), (h2cn_r18, 512), (h2cn_r50, 2048)])
def test_steps_are_frames_or_segments(make, channels):
    with torch.device("meta"):
        net = make()
        features = net(torch.empty(1, 3, 40, 64, 64))
    assert features.shape == (1, channels, 40 // net.segment, 2, 2)
    assert net.segment == (5 if net.name.startswith("h2cn") else 1)


def test_without_shifts_frames_know_nothing_of_each_other(monkeypatch):
    net, clips = tsm_r18(width=8).eval(), torch.rand(1, 3, 4, 32, 32)
    changed = clips.clone()
    changed[:, :, 0] = 0

    def moved(net: FrameResNet) -> list[bool]:
        return ((net(clips) - net(changed)).abs().amax((0, 1, 3, 4)) > 1e-6).tolist()

    assert moved(net) == [True] * 4
    monkeypatch.setattr("hprotopnet.models.backbones.frames.shift", lambda x: x)
    assert moved(net) == [True, False, False, False]
