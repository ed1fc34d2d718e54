"""Backbones keep one contract, and the arithmetic of torchvision and DeepMind."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from hprotopnet.data.transforms import Normalisation
from hprotopnet.errors import InputError
from hprotopnet.files import sha256
from hprotopnet.models.backbones.cpu import bfloat16_autocast, convolve, towards_input
from hprotopnet.models.backbones.frames import FrameResNet
from hprotopnet.models.backbones.i3d import I3D, Pool, Unit, _shift, fold_batch_norm, same_padding
from hprotopnet.models.backbones.registry import create_backbone, list_backbones
from hprotopnet.models.backbones.resnet3d import ResNet3D, r3d_18

CUTS = {"i3d": I3D.cuts} | dict.fromkeys(("mc3_18", "r2plus1d_18", "r3d_18"), ResNet3D.cuts)
CUTS |= dict.fromkeys(("tsm_r18", "tsm_r50", "h2cn_r18", "h2cn_r50"), FrameResNet.cuts)
CUTS |= dict.fromkeys(("frames_inception", "tsm_inception", "h2cn_inception"), I3D.cuts)


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def plain(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Tensors as other people's files hold them: not in the layout that is fast here."""
    return {name: tensor.contiguous() for name, tensor in state.items()}


def tiny(name: str, **options):
    return create_backbone(name, width=8, **options).eval()


def parameters(net: torch.nn.Module) -> int:
    return sum(p.numel() for p in net.parameters())


def published(name: str, **options):
    with torch.device("meta"):
        return create_backbone(name, **options)


def relus(net: torch.nn.Module) -> list[torch.nn.Module]:
    return [module for module in net.modules() if isinstance(module, torch.nn.ReLU)]


# The contract


def test_names():
    assert list_backbones() == tuple(CUTS)


@pytest.mark.parametrize("name", list_backbones())
def test_contract(name):
    net = tiny(name)
    clips = torch.randn(2, 3, 9, 40, 33, requires_grad=True)
    features = net(clips)
    assert features.shape == (2, net.channels, *net.grid(9, (40, 33)))
    assert net.name == name
    assert net.cut == CUTS[name][-1]
    assert net.weights_id is None
    assert isinstance(net.normalisation, Normalisation)
    features.square().mean().backward()
    assert clips.grad.abs().sum() > 0
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())


@pytest.mark.parametrize("name", list_backbones())
def test_every_relu_is_a_module_that_fires_once_and_can_be_hooked(name):
    net, fired = tiny(name), []
    for relu in relus(net):
        relu.register_full_backward_hook(lambda module, *_: fired.append(module))
    clips = torch.randn(1, 3, 8, 32, 32)
    net(clips.clone().requires_grad_()).sum().backward()
    assert len(set(fired)) == len(fired) == len(relus(net))
    with torch.no_grad():
        assert torch.equal(net(clips), net(clips.clone().requires_grad_()).detach())
    if name == "i3d":
        assert len(fired) == sum(isinstance(module, torch.nn.Conv3d) for module in net.modules())


@pytest.mark.parametrize(("name", "cut"), [(name, cut) for name, cuts in CUTS.items() for cut in cuts])
@pytest.mark.parametrize(("frames", "size"), [(16, 112), (13, 71)])
def test_grid_and_channels_at_every_cut(name, cut, frames, size):
    with torch.device("meta"):
        net = create_backbone(name, cut=cut, width=8)
        features = net(torch.empty(1, 3, frames, size, size))
    assert features.shape[1:] == (net.channels, *net.grid(frames, size))
    assert net.cut == cut


@pytest.mark.parametrize("name", list_backbones())
def test_weights_survive_a_round_trip(name, tmp_path):
    net, clips = tiny(name), torch.randn(1, 3, 8, 32, 32)
    save_file(plain(net.state_dict()), tmp_path / "net.safetensors")
    again = create_backbone(name, width=8, weights=tmp_path / "net.safetensors")
    assert not again.training
    assert again.weights_id == sha256(tmp_path / "net.safetensors")
    torch.testing.assert_close(again(clips), net(clips), rtol=0, atol=0)


@pytest.mark.parametrize("name", list_backbones())
def test_a_clip_does_not_depend_on_its_batch(name):
    net, clips = tiny(name), torch.randn(3, 3, 8, 32, 32)
    alone = torch.cat([net(clip[None]) for clip in clips])
    torch.testing.assert_close(net(clips), alone, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("name", "near"), [("i3", "'i3d'"), ("r3d18", "'r3d_18'"), ("resnet", "")])
def test_unknown_name_is_answered_with_the_known(name, near):
    with pytest.raises(InputError, match=f"{near}.*i3d, mc3_18, r2plus1d_18, r3d_18"):
        create_backbone(name)


def test_unknown_cut_is_answered_with_the_known():
    with pytest.raises(InputError, match="Mixed_4f, MaxPool3d_5a_2x2, Mixed_5b, Mixed_5c"):
        create_backbone("i3d", cut="Mixed_4g")


@pytest.mark.parametrize(("name", "cut"), [("i3d", "Mixed_3c+MaxPool3d_4a_3x3+Mixed_4c"), ("r3d_18", "layer2+layer4")])
def test_several_layers_come_from_one_pass_on_the_grid_of_the_last(name, cut):
    net, clips = tiny(name, cut=cut), torch.randn(2, 3, 9, 48, 40)
    with torch.no_grad():
        features = net(clips)
        alone = []
        for layer in cut.split("+"):
            single = create_backbone(name, cut=layer, width=8).eval()
            single.load_state_dict(
                {key: value for key, value in net.state_dict().items() if key in single.state_dict()}
            )
            alone.append(F.adaptive_avg_pool3d(single(clips), features.shape[2:]))
    assert list(net.parts) == cut.split("+")
    assert features.shape[1:] == (net.channels, *net.grid(9, (48, 40)))
    torch.testing.assert_close(features, torch.cat(alone, 1))


def test_layers_are_named_in_the_order_of_the_network():
    with pytest.raises(InputError, match=r"give MaxPool3d_4a_3x3\+Mixed_4f, in the network's order"):
        create_backbone("i3d", cut="Mixed_4f+MaxPool3d_4a_3x3")
    with pytest.raises(InputError, match="cannot be cut at 'Mixed_4f\\+Mixed_4f'"):
        create_backbone("i3d", cut="Mixed_4f+Mixed_4f")


# Published sizes


@pytest.mark.parametrize(
    ("name", "count"), [("r3d_18", 33_371_472), ("mc3_18", 11_695_440), ("r2plus1d_18", 31_505_325)]
)
def test_parameters_of_torchvision_less_its_classifier(name, count):
    assert parameters(published(name)) == count - (512 * 400 + 400)


@pytest.mark.parametrize(
    ("cut", "count", "grid"), [("Mixed_4f", 7_528_256, (4, 7, 7)), ("Mixed_5c", 12_287_264, (2, 4, 4))]
)
def test_parameters_of_i3d_less_the_scales_that_folding_spares(cut, count, grid):
    net = published("i3d", cut=cut)
    assert parameters(net) + sum(p.numel() for key, p in net.named_parameters() if key.endswith("bias")) == count
    assert net.grid(16, 112) == grid
    assert net.channels == {"Mixed_4f": 832, "Mixed_5c": 1024}[cut]


def test_r3d_18_keeps_time():
    net = published("r3d_18")
    assert (net.channels, *net.grid(16, 112)) == (512, 2, 7, 7)


# Names and shapes as in torchvision's own state dicts.
TORCHVISION = {
    "r3d_18": {
        "stem.0.weight": (64, 3, 3, 7, 7),
        "stem.1.running_mean": (64,),
        "layer1.0.conv1.0.weight": (64, 64, 3, 3, 3),
        "layer1.0.conv1.1.weight": (64,),
        "layer1.1.conv2.0.weight": (64, 64, 3, 3, 3),
        "layer2.0.downsample.0.weight": (128, 64, 1, 1, 1),
        "layer2.0.downsample.1.num_batches_tracked": (),
        "layer4.1.conv2.0.weight": (512, 512, 3, 3, 3),
        "layer4.1.conv2.1.bias": (512,),
    },
    "mc3_18": {
        "stem.0.weight": (64, 3, 3, 7, 7),
        "layer1.1.conv2.0.weight": (64, 64, 3, 3, 3),
        "layer2.0.conv1.0.weight": (128, 64, 1, 3, 3),
        "layer4.0.downsample.0.weight": (512, 256, 1, 1, 1),
        "layer4.1.conv2.0.weight": (512, 512, 1, 3, 3),
    },
    "r2plus1d_18": {
        "stem.0.weight": (45, 3, 1, 7, 7),
        "stem.1.weight": (45,),
        "stem.3.weight": (64, 45, 3, 1, 1),
        "stem.4.weight": (64,),
        "layer1.0.conv1.0.0.weight": (144, 64, 1, 3, 3),
        "layer1.0.conv1.0.1.weight": (144,),
        "layer1.0.conv1.0.3.weight": (64, 144, 3, 1, 1),
        "layer1.0.conv1.1.weight": (64,),
        "layer2.0.conv1.0.0.weight": (230, 64, 1, 3, 3),
        "layer2.0.conv2.0.0.weight": (230, 128, 1, 3, 3),
        "layer2.1.conv1.0.0.weight": (288, 128, 1, 3, 3),
        "layer4.0.conv1.0.0.weight": (921, 256, 1, 3, 3),
        "layer4.0.downsample.0.weight": (512, 256, 1, 1, 1),
    },
}


@pytest.mark.parametrize(("name", "convolutions"), [("r3d_18", 20), ("mc3_18", 20), ("r2plus1d_18", 37)])
def test_keys_of_torchvision(name, convolutions):
    state = published(name).state_dict()
    shapes = {key: tuple(value.shape) for key, value in state.items()}
    assert {key: shapes.get(key) for key in TORCHVISION[name]} == TORCHVISION[name]
    assert len(state) == 6 * convolutions  # each with the five entries of its batch normalisation


@pytest.mark.parametrize("name", ["r3d_18", "mc3_18", "r2plus1d_18"])
@pytest.mark.parametrize("cut", ["layer3", "layer4"])
def test_torchvision_file_loads_whole(name, cut, tmp_path):
    state = {**tiny(name).state_dict(), "fc.weight": torch.zeros(400, 64), "fc.bias": torch.zeros(400)}
    save_file(plain(state), tmp_path / "kinetics.safetensors")
    net = tiny(name, cut=cut, pretrained=True, weights=tmp_path / "kinetics.safetensors")
    assert all(torch.equal(value, state[key]) for key, value in net.state_dict().items())


def test_misfits_are_named(tmp_path):
    state = tiny("r3d_18").state_dict()
    state["layer5.0.weight"] = state.pop("layer1.0.conv1.0.weight")
    state["stem.0.weight"] = torch.zeros(9, 3, 3, 7, 7)
    save_file(plain(state), tmp_path / "other.safetensors")
    with pytest.raises(InputError) as caught:
        tiny("r3d_18", weights=tmp_path / "other.safetensors")
    message = str(caught.value)
    assert "\n" not in message
    for part in ("other.safetensors", "-layer1.0.conv1.0.weight", "+layer5.0.weight", "stem.0.weight (9, 3, 3, 7, 7)"):
        assert part in message


def test_file_that_is_no_safetensors_is_refused(tmp_path):
    (tmp_path / "net.safetensors").write_bytes(b"PK\x03\x04 not tensors")
    for path in (tmp_path / "net.safetensors", tmp_path / "absent.safetensors"):
        with pytest.raises(InputError, match=path.name):
            tiny("r3d_18", weights=path)


def test_published_weights_have_one_width():
    with pytest.raises(InputError, match="width 64, not 8"):
        create_backbone("i3d", width=8, pretrained=True)


# Arithmetic


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding"),
    [(16, 7, 2, (2, 3)), (15, 7, 2, (3, 3)), (112, 3, 2, (0, 1)), (7, 3, 2, (1, 1)), (7, 3, 1, (1, 1)),
     (5, 1, 1, (0, 0)), (7, 2, 2, (0, 1)), (8, 2, 2, (0, 0)), (1, 7, 2, (3, 3)), (4, 1, 2, (0, 0))],
)  # fmt: skip
def test_same_padding_by_hand(size, kernel, stride, padding):
    assert same_padding(size, kernel, stride) == padding


def padded(x: torch.Tensor, kernel: tuple, stride: tuple, value: float) -> torch.Tensor:
    sides = [same_padding(*axis) for axis in zip(x.shape[2:], kernel, stride, strict=True)]
    return F.pad(x, [n for side in reversed(sides) for n in side], value=value)


@pytest.mark.parametrize("size", [(4, 6, 8), (5, 7, 9), (1, 2, 3), (16, 13, 12)])
@pytest.mark.parametrize("kernel", [(7, 7, 7), (3, 3, 3), (1, 1, 1)])
def test_unit_pads_as_tensorflow(size, kernel):
    stride = (2, 2, 2) if kernel[0] == 7 else (1, 1, 1)
    unit, x = Unit(2, 5, kernel, stride), torch.randn(2, 2, *size)
    expected = F.conv3d(padded(x, kernel, stride, 0.0), unit.weight, unit.bias, stride).relu()
    assert expected.shape[2:] == tuple(-(-n // s) for n, s in zip(size, stride, strict=True))
    torch.testing.assert_close(unit(x), expected)


def test_guided_gradients_of_two_units_by_hand():
    """A 1 x 1 x 1 convolution over one cell is a matrix: masks and signs can be written down."""
    first, second, x = Unit(3, 4), Unit(4, 2), torch.randn(1, 3, 1, 1, 1, requires_grad=True)
    torch.nn.init.ones_(second.bias)
    net = torch.nn.Sequential(first, second)
    for relu in relus(net):
        relu.register_full_backward_hook(lambda _, into, __: (into[0].clamp_min(0),))
    A, B = (unit.weight.detach()[:, :, 0, 0, 0] for unit in net)
    hidden = (A @ x.detach().flatten() + first.bias.detach()).relu()
    open_first, open_second = hidden > 0, B @ hidden + 1 > 0
    upstream = torch.tensor([1.0, -1.0])
    between = B.T @ (upstream * open_second).clamp_min(0)
    assert (between[open_first] < 0).any(), "nothing to cut"
    net(x).backward(upstream[None, :, None, None, None])
    torch.testing.assert_close(x.grad.flatten(), A.T @ (between * open_first).clamp_min(0))


@pytest.mark.parametrize("size", [(4, 6, 8), (5, 7, 9), (1, 2, 3), (16, 13, 12)])
@pytest.mark.parametrize(
    ("kernel", "stride"),
    [((1, 3, 3), (1, 2, 2)), ((3, 3, 3), (2, 2, 2)), ((2, 2, 2), (2, 2, 2)), ((3, 3, 3), (1, 1, 1))],
)
def test_padding_never_wins_a_maximum(size, kernel, stride):
    x = -1 - torch.rand(2, 3, *size)  # zeros around it would win everywhere
    expected = F.max_pool3d(padded(x, kernel, stride, -torch.inf), kernel, stride)
    assert torch.equal(Pool(kernel, stride)(x), expected)


def test_folding_equals_convolution_and_normalisation():
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(3, 1, 1, 4, 6)).astype(np.float32)  # (kt, kh, kw, in, out)
    beta, mean = rng.normal(size=(2, 6)).astype(np.float32)
    var = rng.uniform(0.1, 2, size=(1, 1, 1, 1, 6)).astype(np.float32)
    x = torch.randn(2, 4, 5, 3, 3)
    weight, bias = map(torch.from_numpy, fold_batch_norm(kernel, beta, mean, var))
    plain = F.conv3d(x, torch.from_numpy(kernel).permute(4, 3, 0, 1, 2), padding=(1, 0, 0))
    statistics = torch.from_numpy(mean), torch.from_numpy(var.ravel())
    expected = F.batch_norm(plain, *statistics, bias=torch.from_numpy(beta), eps=1e-3)
    torch.testing.assert_close(F.conv3d(x, weight, bias, padding=(1, 0, 0)), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("colours", [3, 4])
def test_convolve_has_the_values_and_gradients_of_torch(colours):
    def run(convolution):
        leaves = [t.clone().requires_grad_() for t in tensors]
        y = convolution(*leaves, (1, 2, 2), (1, 1, 1))
        return y.detach(), *torch.autograd.grad(y.square().sum(), leaves)

    tensors = [torch.randn(1, colours, 3, 8, 8), torch.randn(5, colours, 3, 3, 3), torch.randn(5)]
    for ours, torchs in zip(run(convolve), run(F.conv3d), strict=True):
        torch.testing.assert_close(ours, torchs, rtol=1e-4, atol=1e-3)


@given(st.data())
def test_the_gradient_towards_the_input_is_that_of_any_convolution(data):
    """Of any kernel, stride, padding and size, also where windows leave cells out at the end."""
    kernel = data.draw(st.tuples(*[st.integers(1, 5)] * 3))
    stride = data.draw(st.tuples(*[st.integers(1, 3)] * 3))
    padding = tuple(data.draw(st.integers(0, size - 1)) for size in kernel)
    sides = tuple(data.draw(st.integers(size, 8)) for size in kernel)
    x, weight = torch.randn(2, 3, *sides, dtype=torch.float64, requires_grad=True), torch.randn(4, 3, *kernel)
    y = F.conv3d(x, weight.double(), None, stride, padding)
    gradient = torch.randn(y.shape)
    (expected,) = torch.autograd.grad(y, x, gradient.double())
    ours = towards_input(gradient, weight, sides, stride, padding)
    torch.testing.assert_close(ours, expected.float(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("name", "last"), [("i3d", "Mixed_5"), *((name, "layer4") for name in ("r3d_18", "r2plus1d_18"))]
)
def test_last_stage_stays_in_float32_under_autocast(name, last):
    net, seen = tiny(name), {}
    for key, module in net.named_modules():
        if isinstance(module, torch.nn.Conv3d):
            module.register_forward_hook(lambda _, __, y, key=key: seen.update({key: y.dtype}))
    with torch.autocast("cpu", torch.bfloat16):
        features = net(torch.randn(1, 3, 8, 32, 32))
    assert features.dtype == torch.float32
    assert {dtype for key, dtype in seen.items() if key.startswith(last)} == {torch.float32}
    assert {dtype for key, dtype in seen.items() if not key.startswith(last)} == {torch.bfloat16}


def test_bfloat16_inference_is_near_float32():
    net, clips = tiny("i3d"), torch.randn(1, 3, 8, 32, 32)
    with torch.inference_mode(), bfloat16_autocast():
        half = net(clips)
    exact = net(clips)
    assert (half - exact).norm() < 0.05 * exact.norm()


@pytest.mark.parametrize("name", list_backbones())
def test_twice_the_frames_are_twice_the_steps_in_time(name):
    net = tiny(name)
    frames = 2 * net.stride[0]
    assert net.grid(2 * frames, 64)[0] == 2 * net.grid(frames, 64)[0] == 4
    with torch.inference_mode():
        assert net(torch.zeros(1, 3, 2 * frames, 64, 64)).shape[2:] == net.grid(2 * frames, 64)


def middles(windows: list[range]) -> list[float]:
    return [sum(own) / len(own) for own in windows]


@pytest.mark.parametrize(("layer", "window"), [("Conv3d_1a_7x7", 7), ("MaxPool3d_4a_3x3", 3), ("MaxPool3d_5a_2x2", 2)])
def test_the_shift_of_a_layer_is_that_of_its_windows(layer, window):
    """By the windows that TensorFlow's padding gives over 16 cells, two of which each stands for."""
    before = same_padding(16, window, 2)[0]
    seen = middles([range(2 * i - before, 2 * i - before + window) for i in range(8)])
    stood_for = middles([range(2 * i, 2 * i + 2) for i in range(8)])
    assert {a - b for a, b in zip(seen, stood_for, strict=True)} == {_shift(layer)[1]}


def test_shifts_add_up_along_the_network():
    net = I3D(cut="Mixed_3b+MaxPool3d_4a_3x3+Mixed_4f", width=8)
    assert net.shifts["Mixed_3b"] == (0.5, 3.5, 3.5)
    assert net.shifts["MaxPool3d_4a_3x3"] == net.shifts["Mixed_4f"] == (1.5, 7.5, 7.5)
    assert r3d_18(cut="layer3", width=8).shifts["layer3"] == (-1.5, -3.5, -3.5)


def test_a_shift_is_where_a_networks_gradient_is():
    """Of a network whose weights are all alike and positive, the middle of a cell's gradient is its shift."""
    net = r3d_18(cut="layer2", width=2).eval()
    for parameter in net.parameters():
        parameter.data.fill_(0.1 if parameter.dim() > 1 else 1)
    clip = torch.ones(1, 3, 16, 64, 64, requires_grad=True)
    net(clip)[0, 0, 4, 8, 8].backward()
    along = clip.grad.abs().sum((0, 1, 2, 3))
    place = float((along * torch.arange(64)).sum() / along.sum())
    stride = net.stride[2]
    assert place - (8 * stride + (stride - 1) / 2) == pytest.approx(net.shifts["layer2"][2], abs=0.05)
