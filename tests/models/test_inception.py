"""Inceptions of frames: what stands still they see as the I3D does, frames meet by shifts alone, gates begin open."""

import pytest
import torch
from safetensors.torch import save_file

from hprotopnet.files import sha256
from hprotopnet.models.backbones.hourglass import ClipHourglass
from hprotopnet.models.backbones.i3d import I3D, KineticsI3D
from hprotopnet.models.backbones.inception import FrameInception, KineticsInception
from hprotopnet.models.backbones.registry import create_backbone
from hprotopnet.models.backbones.weights import load_weights

NAMES = ("frames_inception", "tsm_inception", "h2cn_inception")
WIDTH = 8


@pytest.fixture(scope="module")
def i3d(tmp_path_factory):
    """A thin I3D with random weights and biases, and its file, classifier included."""
    torch.manual_seed(0)
    net = I3D(width=WIDTH).eval()
    for name, parameter in net.named_parameters():
        if name.endswith("bias"):
            parameter.data.normal_(0, 0.1)
    logits = {"weight": torch.randn(400, net.channels, 1, 1, 1), "bias": torch.randn(400)}
    logits = {f"Logits.Conv3d_0c_1x1.{name}": own for name, own in logits.items()}
    path = tmp_path_factory.mktemp("i3d") / "i3d.safetensors"
    save_file({name: own.contiguous() for name, own in (net.state_dict() | logits).items()}, path)
    return net, path


def made(name: str, path, cut: str | None = None) -> FrameInception:
    return create_backbone(name, cut=cut, width=WIDTH, weights=path)


def standing(frames: int = 32, size: int = 32) -> torch.Tensor:
    torch.manual_seed(1)
    return torch.randn(1, 3, 1, size, size).expand(-1, -1, frames, -1, -1).contiguous()


@pytest.mark.parametrize("cut", ["MaxPool3d_3a_3x3", "Mixed_3b", "Mixed_3c"])
@torch.no_grad()
def test_of_a_clip_that_stands_still_it_sees_what_the_i3d_sees(cut, i3d):
    """In the middle of the clip, where the I3D's windows over time meet no zeros."""
    net, path = i3d
    whole = I3D(cut=cut, width=WIDTH)
    whole.load_state_dict({name: own for name, own in net.state_dict().items() if name in whole.state_dict()})
    frames = made("frames_inception", path, cut)(standing())
    assert frames.shape[2] == 32
    torch.testing.assert_close(frames[:, :, 16], whole.eval()(standing())[:, :, 8], rtol=1e-4, atol=1e-4)
    assert torch.equal(frames[:, :, 0], frames[:, :, 31])  # no frame knows where in the clip it is


@torch.no_grad()
def test_weights_are_the_sums_over_time(i3d):
    net, path = i3d
    own = made("tsm_inception", path)
    assert (own.weights_id, own.fresh) == (sha256(path), ())
    for name, tensor in own.state_dict().items():
        theirs = net.state_dict()[name]
        assert torch.allclose(tensor, theirs.sum(2, keepdim=True) if theirs.dim() == 5 else theirs), name


@pytest.mark.parametrize(("name", "heard"), [("frames_inception", [4]), ("tsm_inception", [3, 4, 5])])
def test_frames_hear_of_each_other_by_shifts_alone(name, heard, i3d):
    """One module, which shifts once: the frame before and the one after."""
    net = made(name, i3d[1], "Mixed_3b")
    clips = torch.randn(1, 3, 9, 32, 32, requires_grad=True)
    net(clips)[:, :, 4].square().sum().backward()
    assert (clips.grad.abs().sum((0, 1, 3, 4)) > 0).nonzero().flatten().tolist() == heard


def test_what_a_shift_moves_is_still_there_beside_it(i3d):
    """Branches 0 and 3 see frames as they are: they are the plain network's."""
    plain, shifted = (made(name, i3d[1], "Mixed_3b") for name in NAMES[:2])
    clips = torch.randn(1, 3, 4, 32, 32)
    with torch.no_grad():
        found = [net(clips).split([8, 16, 4, 4], 1) for net in (plain, shifted)]
    same = [torch.equal(a, b) for a, b in zip(*found, strict=True)]
    assert same == [True, False, False, True]


def test_gates_begin_open_and_can_learn(i3d):
    torch.manual_seed(3)
    net, without = made("h2cn_inception", i3d[1]), made("tsm_inception", i3d[1])
    assert len(net.fresh) == 2 * 9  # two branches of nine modules
    assert net.weights_id == without.weights_id
    clips = torch.randn(2, 3, 4, 32, 32)
    with torch.no_grad():
        assert torch.equal(net(clips), without(clips))
    net.train()(clips).square().sum().backward()
    gates = [module for module in net.modules() if isinstance(module, ClipHourglass)]
    assert all(gate.bn2.weight.grad.abs().sum() > 0 for gate in gates if gate.bn2.weight.numel() > 1)


def test_a_network_that_was_trained_is_loaded_as_it_is(i3d, tmp_path):
    net = made("h2cn_inception", i3d[1])
    for module in net.modules():
        if isinstance(module, ClipHourglass):
            torch.nn.init.normal_(module.bn2.weight)
    save_file({name: own.contiguous() for name, own in net.state_dict().items()}, tmp_path / "own.safetensors")
    again, clips = made("h2cn_inception", tmp_path / "own.safetensors"), torch.randn(1, 3, 3, 32, 32)
    assert not again.fresh
    with torch.no_grad():
        assert torch.equal(again(clips), net(clips))
        assert not torch.equal(net(clips), made("tsm_inception", i3d[1])(clips))


def test_its_classifier_is_the_i3ds(i3d):
    net = KineticsInception("frames_inception", width=WIDTH).eval()
    load_weights(net, i3d[1])
    clips = torch.randn(2, 3, 5, 32, 32)
    with torch.no_grad():
        features = made("frames_inception", i3d[1])(clips)
        weight, bias = net.Logits.Conv3d_0c_1x1.weight.flatten(1), net.Logits.Conv3d_0c_1x1.bias
        each = torch.einsum("bctyx,kc->btk", features / features[0, 0, 0].numel(), weight) + bias
        torch.testing.assert_close(net(clips), each.mean(1), rtol=1e-4, atol=1e-4)


def test_sizes():
    """Parameters of the I3D less those along time; published Inception-v1 has 5.6 million without classifiers."""
    with torch.device("meta"):
        plain, whole = create_backbone("frames_inception"), KineticsI3D()
        shifted, gated = create_backbone("tsm_inception"), create_backbone("h2cn_inception")
    counts = [sum(own.numel() for own in net.parameters()) for net in (plain, shifted, gated, whole)]
    assert counts[0] == counts[1] < counts[2] < counts[3]
    assert counts[0] == pytest.approx(5.6e6, rel=0.01)
