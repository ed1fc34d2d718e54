"""Files of networks of frames as others write them: names, axes and forms, against a network written down again."""

import re
from collections import OrderedDict
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor

from hprotopnet.errors import InputError
from hprotopnet.models import kinetics
from hprotopnet.models.backbones import weights
from hprotopnet.models.backbones.frames import BLOCKS, FrameClassifier
from hprotopnet.models.backbones.layouts import ours, translated
from hprotopnet.models.backbones.registry import create_backbone
from hprotopnet.models.backbones.weights import load_weights

WIDTH = 8


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def norm(channels: int) -> dict[str, Tensor]:
    spread = {name: torch.rand(channels) + 0.5 for name in ("weight", "running_var")}
    return spread | {name: torch.randn(channels) / 4 for name in ("bias", "running_mean")}


def resnet50(width: int = WIDTH, classes: int = 400) -> OrderedDict[str, Tensor]:
    """Random weights with torchvision's names; counters as of torch before 0.4.1, there are none."""
    state: OrderedDict[str, Tensor] = OrderedDict()

    def convolve(name: str, after: str, outputs: int, inputs: int, kernel: int) -> None:
        state[f"{name}.weight"] = torch.randn(outputs, inputs, kernel, kernel) * (2 / inputs) ** 0.5 / kernel
        state.update({f"{after}.{key}": value for key, value in norm(outputs).items()})

    convolve("conv1", "bn1", width, 3, 7)
    inputs = width
    for stage, blocks in enumerate(BLOCKS[50]):
        inner = width * 2**stage
        for block in range(blocks):
            at = f"layer{stage + 1}.{block}"
            convolve(f"{at}.conv1", f"{at}.bn1", inner, inputs, 1)
            convolve(f"{at}.conv2", f"{at}.bn2", inner, inner, 3)
            convolve(f"{at}.conv3", f"{at}.bn3", 4 * inner, inner, 1)
            if block == 0:
                convolve(f"{at}.downsample.0", f"{at}.downsample.1", 4 * inner, inputs, 1)
            inputs = 4 * inner
    state["fc.weight"], state["fc.bias"] = torch.randn(classes, inputs) / 8, torch.randn(classes)
    return state


def as_tsm(state: dict[str, Tensor]) -> OrderedDict[str, Tensor]:
    """The same as TSM's authors keep it: within a network of segments, the first convolution of blocks shifted."""
    named = OrderedDict()
    for name, tensor in state.items():
        if name.startswith("layer") and ".conv1." in name:
            name = name.replace(".conv1.", ".conv1.net.")
        named[f"module.{name.replace('fc', 'new_fc') if name.startswith('fc') else 'base_model.' + name}"] = tensor
    return named


def as_checkpoint(state: dict[str, Tensor]) -> dict:
    return {"epoch": 100, "arch": "resnet50", "state_dict": as_tsm(state), "best_prec1": torch.tensor(70.0)}


def tsm(state: dict[str, Tensor], clips: Tensor) -> Tensor:
    """TSM-ResNet-50 with plain functions of torch on frames (B T, C, h, w): features of the last stage."""
    count = clips.shape[2]

    def layer(x: Tensor, name: str, after: str, stride: int = 1) -> Tensor:
        weight = state[f"{name}.weight"]
        x = F.conv2d(x, weight, stride=stride, padding=weight.shape[-1] // 2)
        own = [state[f"{after}.{key}"] for key in ("running_mean", "running_var", "weight", "bias")]
        return F.batch_norm(x, *own)

    def shifted(x: Tensor) -> Tensor:
        x = x.unflatten(0, (-1, count))
        out, fold = torch.zeros_like(x), x.shape[2] // 8
        out[:, :-1, :fold] = x[:, 1:, :fold]
        out[:, 1:, fold : 2 * fold] = x[:, :-1, fold : 2 * fold]
        out[:, :, 2 * fold :] = x[:, :, 2 * fold :]
        return out.flatten(0, 1)

    x = layer(clips.transpose(1, 2).flatten(0, 1), "conv1", "bn1", 2).relu()
    x = F.max_pool2d(x, 3, 2, 1)
    for stage, blocks in enumerate(BLOCKS[50]):
        for block in range(blocks):
            at, stride = f"layer{stage + 1}.{block}", 2 if stage and not block else 1
            inner = layer(shifted(x), f"{at}.conv1", f"{at}.bn1").relu()
            inner = layer(inner, f"{at}.conv2", f"{at}.bn2", stride).relu()
            inner = layer(inner, f"{at}.conv3", f"{at}.bn3")
            x = x if block else layer(x, f"{at}.downsample.0", f"{at}.downsample.1", stride)
            x = (inner + x).relu()
    return x.unflatten(0, (-1, count))  # (B, T, C, h, w)


@pytest.mark.parametrize("archive", [True, False])
def test_a_checkpoint_of_tsms_gives_the_logits_of_a_network_written_down_again(archive, tmp_path):
    state, clips = resnet50(), torch.randn(2, 3, 5, 48, 40)
    torch.save(as_checkpoint(state), tmp_path / "tsm.pth", _use_new_zipfile_serialization=archive)
    net = FrameClassifier("tsm_r50", 50, width=WIDTH).eval()
    load_weights(net, tmp_path / "tsm.pth")
    each = F.linear(tsm(state, clips).mean((3, 4)), state["fc.weight"], state["fc.bias"])
    with torch.no_grad():
        torch.testing.assert_close(net(clips), each.mean(1), rtol=1e-3, atol=1e-3)
    assert not net.fresh
    assert net.weights_id


def test_the_authors_file_goes_through_the_cache_to_a_classifier(monkeypatch, tmp_path):
    """As it is published: a checkpoint under their address, without a hash, taken where it is asked for."""
    monkeypatch.setenv("HPROTOPNET_CACHE", str(tmp_path / "cache"))
    network, state = partial(FrameClassifier, "tsm_r50", 50, width=WIDTH), resnet50()
    file = tmp_path / weights.PUBLISHED["tsm_r50"].file
    torch.save(as_checkpoint(state), file, _use_new_zipfile_serialization=False)
    own = replace(weights.PUBLISHED["tsm_r50"], url=file.as_uri(), network=network)
    monkeypatch.setitem(weights.PUBLISHED, "tsm_r50", own)
    monkeypatch.setitem(kinetics.CLASSIFIERS, "tsm_r50", network)
    path = weights.published_weights("tsm_r50", progress=False, stated="")
    assert path.name.startswith("TSM_kinetics_RGB_resnet50_shift8_blockres_avg_segment8_e100_dense-")
    assert load_file(path).keys() == network().state_dict().keys()
    net = kinetics.load_classifier("tsm_r50", progress=False)
    assert torch.equal(net.layer1[0].conv1.weight.squeeze(2), state["layer1.0.conv1.weight"])
    assert torch.equal(net.fc.weight, state["fc.weight"])


def test_a_backbone_takes_the_same_file_to_its_cut(tmp_path):
    state, clips = resnet50(), torch.randn(1, 3, 4, 32, 32)
    torch.save(as_checkpoint(state), tmp_path / "tsm.pth")
    net = create_backbone("tsm_r50", width=WIDTH, weights=tmp_path / "tsm.pth")
    with torch.no_grad():
        torch.testing.assert_close(net(clips), tsm(state, clips).transpose(1, 2), rtol=1e-3, atol=1e-3)
    short = create_backbone("tsm_r50", cut="layer2", width=WIDTH, weights=tmp_path / "tsm.pth")
    assert torch.equal(short.layer2[1].conv3.weight, net.layer2[1].conv3.weight)


def test_images_start_a_network_of_frames_and_what_they_lack_stays_and_is_named(tmp_path):
    torch.save(resnet50(classes=1000), tmp_path / "resnet50.pth")
    plain = create_backbone("tsm_r50", width=WIDTH, weights=tmp_path / "resnet50.pth")
    assert not plain.fresh
    torch.manual_seed(7)
    net = create_backbone("h2cn_r50", width=WIDTH, weights=tmp_path / "resnet50.pth")
    torch.manual_seed(7)
    random = create_backbone("h2cn_r50", width=WIDTH)
    assert len(net.fresh) == 1 + sum(BLOCKS[50])
    assert {"motion", "layer1.0.clip_hourglass", "layer4.2.clip_hourglass"} <= set(net.fresh)
    assert net.weights_id is None
    for name, tensor in net.state_dict().items():
        new = name.startswith("motion") or "clip_hourglass" in name
        assert torch.equal(tensor, (random if new else plain).state_dict()[name]), name


def as_h2cn(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights of our `h2cn_r50` as its authors would keep them, piece by piece and not by the table."""
    named = {"module.base_model.conv1_temp.weight": torch.zeros(8, 3, 7, 7)}
    pieces = {"squeeze": "conv1", "expand": "conv3", "bn1": "bn1", "bn2": "bn3", "hourglass.wide": "conv2"}
    for name, tensor in state.items():
        kernel = (tensor.squeeze(2) if tensor.dim() == 5 else tensor).contiguous()
        if name.endswith("taps"):
            kernel = torch.stack([tap for channel in tensor for tap in channel])[:, None, :, None, None]
        if ".clip_hourglass." in name:
            at, piece = name.split(".clip_hourglass.")
            own, _, last = piece.rpartition(".")
            name = f"{at}.mtdin.{'convt.weight' if last == 'taps' else f'{pieces[own]}.{last}'}"
        for number in "12":
            name = name.replace(f"motion.hourglass{number}.wide", f"fhgc{number}.0.spaAgg")
            name = name.replace(f"motion.hourglass{number}.taps", f"fhgc{number}.0.convt.weight")
            name = name.replace(f"motion.bn{number}", f"fhgc{number}.1")
        name = name.replace("motion.conv", "conv_fhgc.0").replace("motion.bn", "conv_fhgc.1")
        name = re.sub(r"^(layer\d)", r"\1_bak", name)
        named[f"module.base_model.{name}"] = kernel
    return named


def test_h2cns_own_names_lead_to_the_same_network(tmp_path):
    net, clips = create_backbone("h2cn_r50", width=WIDTH).eval(), torch.randn(1, 3, 10, 32, 32)
    for name, buffer in net.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_()
    theirs = as_h2cn(net.state_dict())
    shift = torch.randn(WIDTH)  # a bias before a normalisation, which the published network has in a few places
    theirs["module.base_model.conv1.bias"] = shift
    theirs["module.base_model.bn1.running_mean"] = theirs["module.base_model.bn1.running_mean"] + shift
    theirs["module.base_model.layer2_bak.0.downsample.0.bias"] = torch.zeros(16 * WIDTH // 2)
    theirs |= {"module.new_fc.weight": torch.zeros(174, 32 * WIDTH), "module.new_fc.bias": torch.zeros(174)}
    torch.save({"state_dict": theirs}, tmp_path / "h2cn.pth")
    again = create_backbone("h2cn_r50", width=WIDTH, weights=tmp_path / "h2cn.pth")
    assert not again.fresh
    with torch.no_grad():
        torch.testing.assert_close(again(clips), net(clips), rtol=1e-4, atol=1e-4)


def test_a_bias_before_a_normalisation_goes_into_its_mean():
    x, weight, bias = torch.randn(4, 3, 5, 5), torch.randn(6, 3, 3, 3), torch.randn(6)
    own = norm(6)
    order = ("running_mean", "running_var", "weight", "bias")
    expected = F.batch_norm(F.conv2d(x, weight, bias), *[own[name] for name in order])
    state = {"conv1.weight": weight[:, :, None], **{f"bn1.{name}": value for name, value in own.items()}}
    found = translated({"conv1.weight": weight, "conv1.bias": bias, **{f"bn1.{k}": v for k, v in own.items()}}, state)
    assert found.keys() == state.keys()
    kept = F.batch_norm(F.conv3d(x[:, :, None], found["conv1.weight"]), *[found[f"bn1.{name}"] for name in order])
    torch.testing.assert_close(kept.squeeze(2), expected, rtol=1e-4, atol=1e-4)


def test_shifts_in_another_place_are_another_network():
    assert ours("module.base_model.layer1.0.conv1.net.weight") == "layer1.0.conv1.weight"
    assert ours("module.base_model.layer1.0.net.conv1.weight") == "layer1.0.net.conv1.weight"


def refusal(path: Path, name: str = "tsm_r50") -> str:
    with pytest.raises(InputError) as caught:
        create_backbone(name, width=WIDTH, weights=path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message


def test_what_does_not_fit_lists_a_few_of_each_kind_and_how_many(tmp_path):
    """TDN's layers, in the same code base: they compare frames, and nothing here does."""
    tdn = {name.replace("layer", "layer_") if "layer3" in name else name: t for name, t in resnet50().items()}
    tdn |= {f"layer2_bak.{i}.mse.conv1.weight": torch.zeros(1) for i in range(4)}
    torch.save(tdn, tmp_path / "tdn.pth")
    message = refusal(tmp_path / "tdn.pth")
    assert message.count("-layer3") == message.count("+layer") == 6
    assert "+layer2.0.mse.conv1.weight" in message
    theirs = 5 * (3 * 6 + 1)
    assert f"and {theirs + 3 * 6 + 1 - 6} more" in message  # with counters of batches
    assert f"and {theirs + 4 - 6} more" in message


def test_two_tensors_of_one_name_are_not_taken_for_one(tmp_path):
    state = resnet50()
    torch.save({**state, "module.conv1.weight": state["conv1.weight"]}, tmp_path / "both.pth")
    assert "+module.conv1.weight" in refusal(tmp_path / "both.pth")


def test_half_a_network_of_hourglasses_is_refused(tmp_path):
    state = {name: own.contiguous() for name, own in create_backbone("h2cn_r50", width=WIDTH).state_dict().items()}
    del state["layer1.0.clip_hourglass.squeeze.weight"]
    save_file(state, tmp_path / "half.safetensors")
    assert "-layer1.0.clip_hourglass.squeeze.weight" in refusal(tmp_path / "half.safetensors", "h2cn_r50")
