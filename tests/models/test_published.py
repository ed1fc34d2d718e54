"""Published weights are fetched once, checked and converted; without a network it is said which file goes where."""

import hashlib
import io
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from hprotopnet.commands.footage import fetch
from hprotopnet.errors import InputError
from hprotopnet.files import cache_dir, sha256
from hprotopnet.models.backbones import weights
from hprotopnet.models.backbones.published import Published, at_hand, published_file, taken
from hprotopnet.models.backbones.registry import create_backbone, list_backbones
from hprotopnet.models.backbones.resnet3d import KineticsResNet3D

tiny = partial(KineticsResNet3D, "r3d_18", width=2)


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path) -> Path:
    monkeypatch.setenv("HPROTOPNET_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("HPROTOPNET_OFFLINE", raising=False)
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    """A state dict with torchvision's names, classifier and counters of batches among them."""
    torch.manual_seed(0)
    found = tiny().state_dict()
    assert {"fc.weight", "fc.bias", "stem.1.num_batches_tracked"} < set(found)
    return found


def release(folder: Path, value: object, name: str = "r3d_18") -> Published:
    """A file as torchvision publishes it, in the form of its time, its hash in its name."""
    folder.mkdir(exist_ok=True)
    torch.save(value, folder / "net", _use_new_zipfile_serialization=False)
    digits = sha256(folder / "net")[:8]
    path = (folder / "net").rename(folder / f"{name}-{digits}.pth")
    return Published(name, path.as_uri(), digits, path.stat().st_size / 2**20, tiny)


@pytest.fixture
def own(state, tmp_path) -> Published:
    return release(tmp_path / "site", state)


def contents(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_it_is_fetched_once_and_then_needs_no_network(own, state, cache, tmp_path):
    assert not at_hand(own)
    path = published_file(own, progress=False)
    assert at_hand(own)
    assert contents(cache) == [path.name]
    assert path.name == f"{own.stem}-{sha256(path)[:8]}.safetensors"
    found = load_file(path)
    assert set(found) == set(state)
    assert all(torch.equal(found[name], tensor) for name, tensor in state.items())
    (tmp_path / "site" / own.file).unlink()
    assert published_file(own) == path


def test_the_same_tensors_become_the_same_file(own, state, cache, tmp_path):
    first = published_file(own, progress=False).read_bytes()
    other = release(tmp_path / "other", dict(reversed(state.items())))
    assert other.sha256 != own.sha256
    assert published_file(other, progress=False).read_bytes() == first


def test_random_numbers_are_drawn_as_if_nothing_had_been_fetched(own):
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    published_file(own, progress=False)
    assert torch.equal(torch.rand(2), expected)


def test_a_damaged_copy_is_made_again(own):
    path = published_file(own, progress=False)
    sound = path.read_bytes()
    path.write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
    assert published_file(own, progress=False) == path
    assert path.read_bytes() == sound


@pytest.mark.parametrize("spoil", [lambda content: content[:-100], lambda content: content[:-1] + b"x", lambda _: b""])
def test_another_file_is_refused_and_not_kept(own, cache, tmp_path, spoil):
    source = tmp_path / "site" / own.file
    source.write_bytes(spoil(source.read_bytes()))
    with pytest.raises(InputError, match=rf"^{own.url}: not the published file .*not {own.sha256}") as caught:
        published_file(own, progress=False)
    assert f"({source.stat().st_size / 2**20:.1f} of about" in str(caught.value)
    assert caught.value.command == "python -m hprotopnet fetch --network r3d_18"
    assert contents(cache) == []


def test_a_file_that_does_not_end_is_left(own, cache):
    with pytest.raises(InputError, match="larger than"):
        published_file(replace(own, megabytes=own.megabytes / 2), progress=False)
    assert contents(cache) == []


def assert_says_what_to_do(error: InputError, own: Published, cache: Path) -> None:
    said = str(error)
    assert "\n" not in said
    for part in (own.name, f"put {own.file}", own.url, f"into {cache}"):
        assert part in said
    assert error.command == f"python -m hprotopnet fetch --network {own.name}"


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/{}", "http://nowhere.invalid/{}", "file:///nowhere/{}"])
def test_without_a_network_it_is_said_which_file_goes_where(own, cache, url):
    own = replace(own, url=url.format(own.file))
    with pytest.raises(InputError, match="cannot be downloaded") as caught:
        published_file(own, progress=False)
    assert_says_what_to_do(caught.value, own, cache)


def test_offline_the_network_is_not_tried(own, cache, monkeypatch):
    monkeypatch.setenv("HPROTOPNET_OFFLINE", "1")
    with pytest.raises(InputError, match=r"not on this machine .*HPROTOPNET_OFFLINE is set") as caught:
        published_file(own)
    assert_says_what_to_do(caught.value, own, cache)
    monkeypatch.delenv("HPROTOPNET_OFFLINE")
    published_file(own, progress=False).write_bytes(b"half a file")
    monkeypatch.setenv("HPROTOPNET_OFFLINE", "1")
    with pytest.raises(InputError, match="weights are damaged"):
        published_file(own)


def test_a_published_file_that_is_put_there_is_checked_converted_and_left(own, state, cache, tmp_path, monkeypatch):
    monkeypatch.setenv("HPROTOPNET_OFFLINE", "1")
    cache.mkdir()
    given = cache / own.file
    content = (tmp_path / "site" / own.file).read_bytes()
    given.write_bytes(content[:-100])
    assert at_hand(own)
    with pytest.raises(InputError, match=rf"{own.file}: not the published file .*remove it and get it again"):
        published_file(own)
    given.write_bytes(content)
    path = published_file(own)
    assert contents(cache) == sorted([own.file, path.name])
    given.write_bytes(b"never read again")
    assert published_file(own) == path


def test_tensors_that_are_put_there_are_checked_and_taken(own, state, cache, monkeypatch):
    monkeypatch.setenv("HPROTOPNET_OFFLINE", "1")
    cache.mkdir()
    given = cache / f"{own.stem}.safetensors"
    plain = {name: tensor.contiguous() for name, tensor in state.items()}
    save_file({name: tensor for name, tensor in plain.items() if name != "fc.bias"}, given)
    with pytest.raises(InputError, match=rf"{given.name}: does not fit.*-fc\.bias.*remove it"):
        published_file(own)
    given.write_bytes(b"nothing")
    with pytest.raises(InputError, match=rf"{given.name}: cannot be read as safetensors"):
        published_file(own)
    save_file(plain, given, metadata={"made": "by hand"})
    path = published_file(own)
    assert contents(cache) == sorted([given.name, path.name])
    monkeypatch.delenv("HPROTOPNET_OFFLINE")
    path.unlink()
    given.unlink()
    assert published_file(own, progress=False) == path  # what was made by hand is what is published


class Ran:
    def __init__(self, marker: Path):
        self.marker = marker

    def __reduce__(self):
        return eval, (f"open({str(self.marker)!r}, 'w')",)


def test_a_hostile_file_of_the_right_hash_is_refused_before_it_runs(state, cache, tmp_path):
    """Eight digits are soon found again by somebody who tries."""
    own = release(tmp_path / "site", {**state, "more": Ran(tmp_path / "ran")})
    with pytest.raises(InputError, match=r"^file://.*refused: it names \w+\.eval"):
        published_file(own, progress=False)
    assert not (tmp_path / "ran").exists()
    assert contents(cache) == []


def test_other_weights_of_the_right_hash_are_refused(state, cache, tmp_path):
    own = release(tmp_path / "site", {name: tensor for name, tensor in state.items() if name != "stem.0.weight"})
    with pytest.raises(InputError, match=r"does not fit.*-stem\.0\.weight"):
        published_file(own, progress=False)
    assert contents(cache) == []


class Site(BaseHTTPRequestHandler):
    """Serves `content` after a pause, and says that it is `length` bytes; counts how often it was asked."""

    content, length, asked, pause = b"", 0, 0, 0.0

    def do_GET(self) -> None:
        type(self).asked += 1
        time.sleep(self.pause)
        self.send_response(200 if self.length else 404)
        self.send_header("Content-Length", str(self.length))
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site(own, tmp_path) -> Iterator[type[Site]]:
    content = (tmp_path / "site" / own.file).read_bytes()
    handler = type("Own", (Site,), {"content": content, "length": len(content)})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        handler.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield handler
        server.shutdown()
        thread.join()


def test_a_transfer_that_breaks_off_is_no_file(own, site, cache):
    own = replace(own, url=f"{site.address}/{own.file}")
    site.content = site.content[:-1000]
    with pytest.raises(InputError, match="not the published file"):
        published_file(own, progress=False)
    site.length, site.content = 0, b""
    with pytest.raises(InputError, match="cannot be downloaded: Not Found") as caught:
        published_file(own, progress=False)
    assert_says_what_to_do(caught.value, own, cache)
    assert contents(cache) == []


def test_progress_is_drawn_where_it_is_wanted(own, site, capsys, monkeypatch):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    own = replace(own, url=f"{site.address}/{own.file}")
    published_file(own, progress=True)
    shown = capsys.readouterr()
    assert own.file in shown.err
    assert shown.out == ""


ONE = """
import sys
from functools import partial
from hprotopnet.models.backbones.published import Published, published_file
from hprotopnet.models.backbones.resnet3d import KineticsResNet3D
own = Published("r3d_18", sys.argv[1], sys.argv[2], float(sys.argv[3]), partial(KineticsResNet3D, "r3d_18", width=2))
print(published_file(own, progress=False))
"""


@pytest.mark.rendering
def test_of_two_processes_one_fetches_and_both_have_it(own, site, cache):
    site.pause = 2.0  # so that the second one comes meanwhile
    command = [sys.executable, "-c", ONE, f"{site.address}/{own.file}", own.sha256, str(own.megabytes)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    running = [subprocess.Popen(command, cwd=Path(weights.__file__).parents[3], **pipes) for _ in range(2)]
    told = [process.communicate(timeout=200) for process in running]
    assert [process.returncode for process in running] == [0, 0], told
    assert len({path for path, _ in told}) == 1
    assert site.asked == 1
    assert contents(cache) == [Path(told[0][0].strip()).name]


# Files of which no hash is published


@pytest.fixture
def unhashed(own) -> Published:
    return replace(own, sha256="", room=4.0)


def test_without_a_hash_nothing_is_fetched_unasked(unhashed, own, cache):
    with pytest.raises(InputError, match="no hash of them is published, so that they are fetched only where they are"):
        published_file(unhashed, progress=False)
    assert contents(cache) == []
    path = published_file(unhashed, progress=False, stated="")
    [note] = cache.glob("*.sha256")
    digits, name = note.read_text().split()
    assert (digits[:8], name, taken(unhashed)) == (own.sha256, own.file, digits)
    assert published_file(unhashed) == path  # asked or not, now that it is there


def test_it_is_taken_with_the_hash_that_is_stated_and_no_other(unhashed, own, cache):
    with pytest.raises(InputError, match=rf"not the published file .*begins with {own.sha256}, not 00000000"):
        published_file(unhashed, progress=False, stated="0" * 64)
    with pytest.raises(InputError, match="'abc' is no SHA-256"):
        published_file(unhashed, progress=False, stated="abc")
    assert contents(cache) == []
    path = published_file(unhashed, progress=False, stated=own.sha256)
    assert published_file(unhashed, stated=taken(unhashed)) == path
    with pytest.raises(InputError, match=rf"begins with {own.sha256}, not 00000000; remove .*to take another"):
        published_file(unhashed, stated="0" * 8)


def test_once_taken_another_file_will_not_do_unless_it_is_stated(unhashed, state, cache, tmp_path):
    published_file(unhashed, progress=False, stated="").unlink()
    other = {name: tensor + 1 for name, tensor in state.items()}
    changed = release(tmp_path / "other", other)
    url = replace(unhashed, url=(tmp_path / "other" / changed.file).rename(tmp_path / unhashed.file).as_uri())
    with pytest.raises(InputError, match="not the published file"):
        published_file(url, progress=False, stated="")
    published_file(url, progress=False, stated=changed.sha256)
    assert taken(url).startswith(changed.sha256)


def test_a_file_put_there_by_hand_is_taken_and_its_hash_written_down(unhashed, own, cache, tmp_path):
    cache.mkdir()
    (cache / own.file).write_bytes((tmp_path / "site" / own.file).read_bytes())
    published_file(unhashed)
    assert taken(unhashed).startswith(own.sha256)
    assert taken(own) == ""


def test_fetching_tells_the_hash(unhashed, own, monkeypatch, capsys):
    monkeypatch.setitem(weights.PUBLISHED, "tsm_r50", unhashed)
    fetch("tsm_r50", own.sha256.upper())
    assert f"taken with the SHA-256 {taken(unhashed)}" in capsys.readouterr().out


# The table


def test_torchvisions_files_are_named_by_their_hash():
    theirs = {name: own for name, own in weights.PUBLISHED.items() if own.sha256}
    assert set(theirs) == {"r3d_18", "mc3_18", "r2plus1d_18", "resnet18", "resnet50"}
    for name, own in theirs.items():
        assert own.url == f"https://download.pytorch.org/models/{name}-{own.sha256}.pth"
        with torch.device("meta"):
            assert own.network().state_dict().keys() > {"fc.weight", "fc.bias"}


def test_a_network_that_is_not_known_is_answered_with_what_is():
    for ask in (weights.published_weights, weights.absence, weights.megabytes):
        with pytest.raises(InputError, match=r"'r3d18' .*did you mean 'r3d_18'.*known: i3d, r3d_18, mc3_18"):
            ask("r3d18")


def test_images_and_kinetics_are_told_apart():
    with pytest.raises(InputError, match=r"no Kinetics-400 weights of 'h2cn_r50' are known; .*those of resnet50"):
        weights.published_weights("h2cn_r50")
    with pytest.raises(InputError, match=r"i3d does not start from ImageNet's weights; these do: tsm_r18"):
        create_backbone("i3d", weights="imagenet")
    with pytest.raises(InputError, match="width 64, not 8"):
        create_backbone("tsm_r18", width=8, weights="imagenet")
    assert [name for name in list_backbones() if not weights.are_published(name)] == ["tsm_r18", "h2cn_r18", "h2cn_r50"]


def test_images_start_a_network_of_frames_by_name(monkeypatch):
    """A file as torchvision has it: an archive, kernels without time."""
    made, folder = weights.PUBLISHED["resnet18"].network(), cache_dir()
    state = {name: own.squeeze(2).contiguous() if own.dim() == 5 else own for name, own in made.state_dict().items()}
    folder.mkdir()
    own = weights.PUBLISHED["resnet18"]
    torch.save(state, folder / own.file)
    size = (folder / own.file).stat().st_size / 2**20
    assert size == pytest.approx(44.661, abs=0.01)  # as torchvision says
    with pytest.raises(InputError, match="not f37072fd"):
        create_backbone("tsm_r18", weights="imagenet", progress=False)
    monkeypatch.setitem(weights.PUBLISHED, "resnet18", replace(own, sha256=sha256(folder / own.file)[:8]))
    net = create_backbone("tsm_r18", cut="layer3", weights="imagenet", progress=False)
    assert torch.equal(net.conv1.weight.squeeze(2), state["conv1.weight"])
    assert torch.equal(net.layer3[1].bn2.running_var, state["layer3.1.bn2.running_var"])


@pytest.mark.parametrize(("name", "megabytes"), [("r3d_18", 127.359), ("mc3_18", 44.672), ("r2plus1d_18", 120.318)])
def test_our_networks_fill_files_of_the_size_that_torchvision_says(name, megabytes):
    """The size is that of the older form with counters of batches and metadata: what the files must hold."""
    file = io.BytesIO()
    torch.save(weights.PUBLISHED[name].network().state_dict(), file, _use_new_zipfile_serialization=False)
    assert file.tell() / 2**20 == pytest.approx(megabytes, abs=0.002)
    assert weights.PUBLISHED[name].megabytes == pytest.approx(megabytes, abs=0.05)


def test_pretrained_backbones_come_through_it(monkeypatch, tmp_path):
    name = "mc3_18"  # the smallest
    state = KineticsResNet3D(name).state_dict()
    own = release(tmp_path / "site", state, name)
    own = replace(own, network=partial(KineticsResNet3D, name))
    monkeypatch.setitem(weights.PUBLISHED, name, own)
    assert weights.absence(name).startswith("not fetched yet")
    net = create_backbone(name, cut="layer3", pretrained=True, progress=False)
    assert not net.training
    assert all(torch.equal(tensor, state[key]) for key, tensor in net.state_dict().items())
    [path] = cache_dir().glob("*.safetensors")
    assert net.weights_id == hashlib.sha256(path.read_bytes()).hexdigest()
    assert weights.absence(name) == ""
