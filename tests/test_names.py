"""Names that systems allow and nobody expects: no UTF-8, line breaks, as long as can be."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from streamlit.testing.v1 import AppTest
from tiny import shape_video, train_bundle

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.bundles.traces import trace
from hprotopnet.config import ClipConfig
from hprotopnet.data.dataset import list_videos, read_clip
from hprotopnet.data.video import probe
from hprotopnet.errors import InputError
from hprotopnet.files import atomic_write, printable, read_json, visible, write_json
from hprotopnet.hierarchy.tree import SHIPPED, load_hierarchy
from hprotopnet.ui.text import plain

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems hold names to be text")
pages = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")

ODD = {
    b"caf\xe9.mp4": "caf\\xe9",
    b"two\nlines.mp4": "two\\x0alines",
    b"-o 'a' \"b\" %05d #1?&x=y.mp4": "-o 'a' \"b\" %05d #1?&x=y",
    b"a\\xe9.mp4": "a\\x5cxe9",
    "\u202egnp.exe 字.mp4".encode(): "\\u202egnp.exe 字",
    251 * b"x" + b".mp4": 251 * "x",
    b"\x80\xff\x01\x7f.mp4": "\\x80\\xff\\x01\\x7f",
}

bytes_of_names = st.binary(min_size=1, max_size=12).filter(lambda name: not set(name) & {0, ord("/")})


@given(st.sets(bytes_of_names, max_size=4))
@example({b"\xe9", b"\\xe9", b"\\x5cxe9", "é".encode(), b"\\\xe9"})
@example({b"\x85", "\x85".encode(), b"\\u0085", b"\\x85"})
def test_names_become_text_that_prints_and_stay_apart(names):
    shown = {printable(os.fsdecode(name)) for name in names}
    assert len(shown) == len(names)
    for name in shown:
        assert name.encode().decode() == name == visible(name)
        assert len(name.splitlines()) == 1
        assert name.encode().isascii() or max(name) >= "\xa0"


@pytest.mark.parametrize(
    "name", ["v_Kayaking_g01_c02", "Zwölf Boxkämpfer", "バスケ ダンク", "سباحة", "a\u200db", "C:\\videos\\a"]
)
def test_names_that_are_text_stay_as_they_are(name):
    assert printable(name) == name


def test_pages_show_such_names_too():
    assert plain("a\udce9_\n") == r"a\\xe9\_\\x0a"


@pytest.mark.parametrize(
    "name", [b"f" * 250 + b".json", "字".encode() * 83 + b".json", b"caf\xe9.json", b"a." + b"b" * 253]
)
def test_files_are_written_whole_under_any_name(name, tmp_path):
    path = tmp_path / os.fsdecode(name)
    write_json(path, {"path": str(path), "value": 1.5})
    assert read_json(path) == {"path": str(path), "value": 1.5}
    assert os.listdir(os.fsencode(tmp_path)) == [name]


def test_a_name_longer_than_the_system_allows_is_one_line(tmp_path):
    with pytest.raises(InputError, match="cannot be written"), atomic_write(tmp_path / ("f" * 256)):
        pass


def with_odd_videos(tiny_world, folder):
    """Class folders of the tiny world's tree: copies of one video under odd names, and a folder of frames."""
    label = folder / "RedDisc"
    label.mkdir(parents=True)
    for name in ODD:
        shutil.copy(tiny_world / "videos" / "RedDisc" / "v_RedDisc_g01_c01.mp4", os.fsencode(label) + b"/" + name)
    frames = label / os.fsdecode(b"frames \xe9\n")
    frames.mkdir()
    for number, image in enumerate(shape_video("RedDisc", 3)):
        Image.fromarray(image).save(frames / os.fsdecode(b"\xe9%d.png" % number))
    return folder


def test_videos_are_known_by_names_that_print(tiny_world, tmp_path):
    data = with_odd_videos(tiny_world, tmp_path / "data")
    videos = list_videos(data, load_hierarchy(tiny_world / "tree.csv")).videos
    assert {video.name for video in videos} == {f"RedDisc/{name}" for name in [*ODD.values(), "frames \\xe9\\x0a"]}
    for video in videos:
        assert probe(video.path).frames == 24
        for asked, name in ((video, video.name), (video.path, printable(video.path.name))):
            assert read_clip(asked, 0.0, ClipConfig(frames=4, size=32)).video == name


def module(*words, **environment):
    """A command in a process of its own, as a user runs it."""
    command = [sys.executable, "-m", "hprotopnet", *map(str, words)]
    settings = {"env": os.environ | environment, "cwd": SHIPPED.parent.parent, "timeout": 240}
    return subprocess.run(command, capture_output=True, text=True, **settings)


def test_a_folder_with_such_names_is_checked_line_by_line(tiny_world, tmp_path):
    data = with_odd_videos(tiny_world, tmp_path / "data")
    shutil.copytree(data / "RedDisc", os.path.join(data, os.fsdecode(b"caf\xe9\nclass")))
    done = module("check", "--hierarchy", tiny_world / "tree.csv", "--data", data)
    assert done.returncode == 1
    assert "problem: class 'caf\\xe9\\x0aclass' is not in the hierarchy" in done.stdout.splitlines()
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", [b"caf\xe9.mp4", b"two\nlines.mp4"])
@pytest.mark.parametrize("letters", ["utf-8", "ascii"])
def test_explain_writes_down_such_a_video(name, letters, tiny_bundle, tiny_world, tmp_path):
    video = tmp_path / os.fsdecode(name)
    shutil.copy(tiny_world / "videos" / "RedDisc" / "v_RedDisc_g01_c01.mp4", video)
    out = tmp_path / os.fsdecode(b"out \xe9")
    words = ("explain", "--bundle", tiny_bundle, "--video", video, "--out", out)
    done = module(*words, PYTHONIOENCODING=letters)
    assert done.returncode == 0, done.stderr
    written = json.loads((out / "explanation.json").read_text(encoding="utf-8"))
    assert written["video"] == printable(video.name)
    assert done.stdout.startswith(f"{printable(video.name)} from")


def test_such_a_video_that_is_none_is_named_in_one_line(tiny_bundle, tmp_path):
    video = tmp_path / os.fsdecode(b"caf\xe9\n.mp4")
    video.write_bytes(b"nothing")
    done = module("explain", "--bundle", tiny_bundle, "--video", video, "--out", tmp_path)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "caf\\xe9\\x0a.mp4: cannot be read as a video" in done.stderr


def test_a_film_with_the_longest_name_is_traced(tiny_bundle, tiny_world, tmp_path):
    film, bundle = tmp_path / ("y" * 251 + ".mp4"), open_bundle(tiny_bundle)
    shutil.copy(tiny_world / "videos" / "RedDisc" / "v_RedDisc_g01_c01.mp4", film)
    assert trace(bundle.load_model(), film, bundle.config.clip).video == film.stem


def shown(**query):
    app = AppTest.from_file(str(SHIPPED.parent.parent / "app.py"), default_timeout=60)
    app.query_params.update(query)
    app.run()
    app.switch_page("pages/evidence.py").run()
    assert not app.exception
    assert not app.error
    return app


@pages
def test_evidence_shows_videos_with_such_names(monkeypatch, tiny_world, tiny_bundle, tmp_path):
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tiny_bundle.parent,))
    data = with_odd_videos(tiny_world, tmp_path / "data")
    app = shown(source="Data folder", folder=str(data))
    video = next(box for box in app.selectbox if box.key == "video")
    assert set(video.options) == {f"RedDisc/{name}" for name in [*ODD.values(), "frames \\xe9\\x0a"]}
    for name in (b"caf\xe9.mp4", b"two\nlines.mp4"):
        next(box for box in app.selectbox if box.key == "video").set_value(f"RedDisc/{ODD[name]}").run()
        assert not app.exception
        assert any(caption.value.startswith(plain(f"RedDisc/{ODD[name]}")) for caption in app.caption)


@pages
def test_a_network_in_a_folder_with_such_a_name_is_shown(monkeypatch, tiny_world, tmp_path):
    name = os.fsdecode(b"caf\xe9\n")
    assert train_bundle(tiny_world, tmp_path, name) == Path(tmp_path, name)
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tmp_path,))
    app = shown()
    assert next(box for box in app.selectbox if box.key == "bundle").options == ["caf\\xe9\\x0a"]
    assert app.get("image")
