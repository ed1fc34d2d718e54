"""A full disk ends every command in one line, leaves nothing half-written, and does no harm once there is room."""

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.rendering, pytest.mark.skipif(sys.platform != "linux", reason="limits as Linux has them")]

ROOT = Path(__file__).resolve().parents[2]
FEW = 3000  # bytes of a file, from which on it is refused
SOME = 12_000  # enough for what a run notes before it computes anything
TRAIN = """
import sys
from pathlib import Path
import train
from tiny import config_for
from hprotopnet.cli import run_command
world = Path(sys.argv.pop(1))
train.recipe = lambda name: config_for(world, "tiny")
run_command(train.main)
"""


def run(*words, most=None, cache=None):
    """A command in a process of its own, in which files may have so many bytes at most."""
    limits = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))} if most else {}
    own = {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}", "PYTHONDONTWRITEBYTECODE": "1"}
    own |= {"HPROTOPNET_CACHE": str(cache)} if cache else {}
    command = [sys.executable, *map(str, words)]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | own, capture_output=True, text=True, timeout=120, check=False, **limits
    )


def module(*words):
    return "-m", "hprotopnet", *words


def training(world, out):
    return "-c", TRAIN, world, "--data", world / "videos", "--hierarchy", world / "tree.csv", "--out", out


def assert_refused(done, reason, *folders):
    """Exit code 2 and one line behind bars of progress, and nothing half-written in the folders."""
    lines = [line for line in done.stderr.replace("\r", "\n").splitlines() if "%|" not in line and line.strip()]
    assert done.returncode == 2, done.stderr
    [line] = [line for line in lines if not line.startswith("note: ")]
    assert line.startswith("error: ")
    assert f"cannot be written ({reason}); make room" in line
    for folder in folders:
        assert [path for path in folder.rglob("*") if path.name.startswith(".") and path.name != "lock"] == []


@pytest.fixture
def small(tmp_path):
    """A disk of 40 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=40k", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def enlarge(folder):
    subprocess.run(["mount", "-o", "remount,size=100m", str(folder)], check=True)


def commands(world, bundle, out):
    """What is written at `out`: by the name of the command, its words."""
    video = world / "videos" / "RedDisc" / "v_RedDisc_g01_c01.mp4"
    return {
        "embed": module("embed", "--hierarchy", "ucf101", "--out", out / "points.npz", "--width", "16"),
        "pantomime": module("pantomime", "--out", out, "--per-class", "1", "--classes", "Lunges", "--workers", "1"),
        "explain": module("explain", "--bundle", bundle, "--video", video, "--out", out),
        "train": training(world, out / "net"),
    }


@pytest.mark.parametrize("command", ["pantomime", "train"])
def test_a_full_disk_at_the_output(command, tiny_world, tiny_bundle, small):
    words = commands(tiny_world, tiny_bundle, small)[command]
    assert_refused(run(*words, cache=tiny_world / "cache"), "No space left on device", small)
    enlarge(small)
    done = run(*words, cache=tiny_world / "cache")
    assert done.returncode == 0, done.stderr


def test_a_full_disk_at_the_cache(tiny_world, tmp_path, small):
    words = training(tiny_world, tmp_path / "net")
    assert_refused(run(*words, cache=small / "cache"), "No space left on device", small, tmp_path / "net")
    enlarge(small)
    done = run(*words, cache=small / "cache")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", ["embed", "pantomime", "explain", "train"])
def test_a_file_that_may_not_grow_at_the_output(command, tiny_world, tiny_bundle, tmp_path):
    words = commands(tiny_world, tiny_bundle, tmp_path / "out")[command]
    done = run(*words, most=FEW, cache=tiny_world / "cache")
    assert_refused(done, "File too large", tmp_path)
    done = run(*words, cache=tiny_world / "cache")
    assert done.returncode == 0, done.stderr


def test_a_file_that_may_not_grow_in_the_cache(tiny_world, tmp_path):
    words = training(tiny_world, tmp_path / "net")
    assert_refused(run(*words, most=SOME, cache=tmp_path / "cache"), "File too large", tmp_path)
    [index] = tmp_path.rglob("index.jsonl")
    kept = [json.loads(line) for line in index.read_text().splitlines() if line]
    size, rows = index.with_name("features.bin").stat().st_size, sum(len(line["starts"]) for line in kept)
    assert 0 < size <= SOME
    assert size % rows == 0  # whole rows, one for each clip that counts
    assert size // rows * (rows + 1) > SOME
    done = run(*words, cache=tmp_path / "cache")
    assert done.returncode == 0, done.stderr


def test_an_output_that_nobody_can_take_is_one_line():
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "hprotopnet", "check", "--hierarchy", "ucf101"]
        done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "error: the output, or a file: No space left on device; make room or check it\n"
