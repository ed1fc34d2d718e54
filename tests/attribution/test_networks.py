"""Published networks to ask: their clips, labels and grids, whether they can be had; and networks of single frames."""

from functools import partial

import numpy as np
import pytest
import torch
from lookers import state
from safetensors.torch import load_file, save_file
from shifting import CLIP, LABELS, shifted, shifting_subject

from hprotopnet.attribution.methods import METHODS, attribute
from hprotopnet.attribution.networks import NETWORKS, absence, find_network, open_network
from hprotopnet.data.clips import Clip
from hprotopnet.errors import InputError
from hprotopnet.models import kinetics
from hprotopnet.models.backbones import weights
from hprotopnet.models.backbones.frames import FrameClassifier
from hprotopnet.models.backbones.resnet3d import KineticsResNet3D

EIGHTEENS = ("r3d_18", "mc3_18", "r2plus1d_18")
FEW = {"integrated": {"steps": 4}, "smooth": {"samples": 3}}


@pytest.fixture
def thin(monkeypatch, tmp_path):
    """The three networks a few channels wide, with random weights where published ones would lie."""
    torch.manual_seed(0)
    made = {name: partial(KineticsResNet3D, name, width=4) for name in EIGHTEENS}
    for name, network in made.items():
        tensors = {key: value.contiguous() for key, value in network().state_dict().items()}
        save_file(tensors, tmp_path / f"{name}.safetensors")
    monkeypatch.setattr(kinetics, "CLASSIFIERS", made)
    monkeypatch.setattr(kinetics, "published_weights", lambda name, progress: tmp_path / f"{name}.safetensors")


def noise(subject, seed: int = 0) -> Clip:
    own = subject.clip
    images = np.random.default_rng(seed).integers(0, 256, (own.frames, own.size, own.size, 3)).astype(np.uint8)
    return Clip("v", 0.0, images, np.arange(own.frames) / own.fps)


@pytest.mark.parametrize("name", EIGHTEENS)
def test_a_published_network_has_its_own_clips_normalisation_and_grid(name, thin):
    subject = open_network(name)
    assert (subject.name, len(subject.targets), subject.targets[0]) == (name, 400, "abseiling")
    assert (subject.clip.frames, subject.clip.fps, subject.clip.size) == (16, 15, 112)
    assert subject.normalisation.mean == (0.43216, 0.394666, 0.37645)
    grids = []
    handle = subject.grid.register_forward_hook(lambda _, __, out: grids.append(out))
    inputs = subject.inputs(noise(subject).images)
    logits = subject(inputs)
    handle.remove()
    assert logits.shape == (1, 400)
    assert grids[0].shape[2:] == ((16, 7, 7) if name == "mc3_18" else (2, 7, 7))
    assert subject.grid.stride == ((1, 16, 16) if name == "mc3_18" else (8, 16, 16))
    torch.testing.assert_close(logits, subject.net.fc(grids[0].mean((2, 3, 4))))
    torch.testing.assert_close(subject.log_probabilities(inputs).exp().sum(1), torch.ones(1))
    assert not any(parameter.requires_grad for parameter in subject.parameters())


def test_the_classifier_of_the_whole_network_is_read_from_its_file(thin, tmp_path):
    net = kinetics.load_classifier("r3d_18")
    found = load_file(tmp_path / "r3d_18.safetensors")
    assert all(torch.equal(tensor, found[key]) for key, tensor in net.state_dict().items())
    assert "fc.bias" in found
    assert not net.training


def test_what_is_not_there_says_why(monkeypatch, tmp_path):
    monkeypatch.setenv("HPROTOPNET_CACHE", str(tmp_path))
    monkeypatch.setenv("HPROTOPNET_OFFLINE", "1")
    told = {name: absence(name) for name in NETWORKS}
    assert all(told.values())
    for name in EIGHTEENS:
        assert f"put {name}-" in told[name]
        with pytest.raises(InputError, match="not on this machine"):
            open_network(name)
    assert "put TSM_kinetics_RGB_resnet50" in told["tsm_r50"]
    with pytest.raises(InputError, match=r"tsm_r50: .* not on this machine \(no hash .* is published") as caught:
        open_network("tsm_r50")
    assert caught.value.command == "python -m hprotopnet fetch --network tsm_r50"
    (tmp_path / weights.PUBLISHED["mc3_18"].file).touch()
    weights.cached_i3d().touch()
    assert [name for name in NETWORKS if not absence(name)] == ["i3d", "mc3_18"]


def test_an_unknown_name_gets_a_hint():
    with pytest.raises(InputError, match=r"'r3d18'; did you mean 'r3d_18'.*known: i3d, r3d_18, mc3_18, r2plus1d_18"):
        find_network("r3d18")


def test_every_network_says_what_its_clips_are():
    for name, own in NETWORKS.items():
        assert own.name == name
        assert own.about.endswith(".")
        assert 1 <= own.clip.span <= 3


@pytest.mark.rendering
def test_the_i3d_can_be_asked():
    if not weights.cached_i3d().is_file():
        pytest.skip("the I3D weights are not in the cache: run `python -m hprotopnet fetch`")
    subject = open_network("i3d")
    grids = []
    handle = subject.grid.register_forward_hook(lambda _, __, out: grids.append(out.shape))
    with torch.inference_mode():
        assert subject(subject.inputs(noise(subject).images)).shape == (1, 400)
    handle.remove()
    assert grids == [(1, 1024, 4, 7, 7)]
    assert subject.grid.stride == (8, 32, 32)


# Networks of single frames


def test_tsm_is_asked_about_eight_frames_and_gives_a_grid_of_frames(monkeypatch, tmp_path):
    torch.manual_seed(0)
    made = partial(FrameClassifier, "tsm_r50", 50, width=4)
    save_file({key: own.contiguous() for key, own in made().state_dict().items()}, tmp_path / "tsm.safetensors")
    monkeypatch.setitem(kinetics.CLASSIFIERS, "tsm_r50", made)
    monkeypatch.setattr(kinetics, "published_weights", lambda name, progress: tmp_path / "tsm.safetensors")
    subject = open_network("tsm_r50")
    assert (subject.clip.frames, subject.clip.size, len(subject.targets)) == (8, 224, 400)
    assert subject.normalisation.mean == (0.485, 0.456, 0.406)
    small = Clip("v", 0.0, noise(subject).images[:, :64, :48], np.arange(8) / subject.clip.fps)
    found = attribute(subject, small, "zumba", "gradcam")
    assert found.resolution == (8, 2, 2)
    with torch.no_grad():
        assert found.score == pytest.approx(float(subject(subject.inputs(small.images))[0, 399]), abs=1e-4)


def test_the_shift_moves_a_part_of_the_features_one_frame_on_and_one_back():
    x = torch.arange(2 * 3 * 4.0).reshape(1, 3, 8, 1, 1)
    y = shifted(x)
    assert y[0, :, 0, 0, 0].tolist() == [*x[0, 1:, 0, 0, 0].tolist(), 0]
    assert y[0, :, 2, 0, 0].tolist() == [0, *x[0, :-1, 2, 0, 0].tolist()]
    assert torch.equal(y[:, :, 4:], x[:, :, 4:])


def test_a_frame_hears_of_its_neighbours_and_no_other_frame():
    subject = shifting_subject()
    inputs = subject.inputs(noise(subject).images).requires_grad_()
    grid = subject.grid(inputs)
    assert grid.shape == (1, 8, CLIP.frames, 6, 6)
    grid[:, :, 3].sum().backward()
    heard = inputs.grad.abs().sum((0, 1, 3, 4)) > 0
    assert heard.nonzero().flatten().tolist() == [2, 3, 4]


@pytest.mark.parametrize("method", [name for name, own in METHODS.items() if not own.prototypes_only])
def test_every_method_asks_a_network_of_single_frames(method):
    subject = shifting_subject()
    clip, before = noise(subject), state(subject)
    found = attribute(subject, clip, LABELS[1], method, **FEW.get(method, {}))
    assert found.values.shape == clip.images.shape[:3]
    assert np.isfinite(found.values).all()
    assert np.abs(found.values).max() > 0
    with torch.no_grad():
        assert found.score == pytest.approx(float(subject(subject.inputs(clip.images))[0, 1]), abs=1e-5)
    assert state(subject) == before


def test_grad_cam_tells_the_frames_of_such_a_network_apart():
    subject = shifting_subject()
    found = attribute(subject, noise(subject), LABELS[0], "gradcam")
    assert found.resolution == (CLIP.frames, 6, 6)
