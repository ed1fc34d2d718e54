"""Hostile clips end in an answer or in one line that names them: soon, in little memory, and with nothing else read."""

import os
import resource
import selectors
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from zoo_clips import NAMING, PORT, ZOO

from hprotopnet.data import pool, video
from hprotopnet.data.pictures import sha256
from hprotopnet.data.video import probe, read_windows
from hprotopnet.errors import InputError
from hprotopnet.files import visible

pytestmark = pytest.mark.rendering

ROOT = Path(__file__).resolve().parents[2]
WINDOWS = [[0.0, 0.5], [1.0, 1e6]]


@pytest.fixture
def in_a_hurry(monkeypatch):
    """What takes for ever is given up sooner, for the sake of those who wait for tests."""
    monkeypatch.setattr(video, "PATIENCE", 1.5)
    monkeypatch.setattr(video, "PER_PICTURE", 0.1)


def memory_of(worker: pool.Worker) -> int:
    """Most bytes that a process has ever held, or none where it has ended."""
    status = Path(f"/proc/{worker.process.pid}/status").read_text(encoding="ascii")
    return max((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")), default=0)


def outcome(read, path: Path) -> str:
    """The line that refuses a clip, or nothing."""
    try:
        read(path)
    except InputError as error:
        return visible(str(error))
    return ""


@pytest.mark.usefixtures("in_a_hurry")
@pytest.mark.parametrize("name", ZOO)
def test_a_hostile_clip_ends_in_an_answer_or_in_one_line(name, tmp_path):
    path = ZOO[name](tmp_path)
    for read in (probe, lambda own: read_windows(own, WINDOWS, 32)):
        began = time.monotonic()
        line = outcome(read, path)
        assert time.monotonic() - began < 20
        if line:
            assert visible(str(path)) in line
            assert ";" in line
            assert "\n" not in line
            assert len(line) < len(str(path)) + 200
    for worker in pool.POOL.workers:
        assert resource.prlimit(worker.process.pid, resource.RLIMIT_AS)[0] == pool.MEMORY
        assert memory_of(worker) < 1.5 * 2**30


def test_the_zoo_is_large_and_the_same_every_time(tmp_path):
    assert len(ZOO) >= 60
    for name in ("claims 89 million frames", "matroska, a directory of itself", "noise", "mp4 cut at stts"):
        made = []
        for number in range(2):
            (tmp_path / f"{name}{number}").mkdir()
            made.append(ZOO[name](tmp_path / f"{name}{number}").read_bytes())
        assert made[0] == made[1]


def test_nothing_is_read_but_the_clip(tmp_path):
    """Neither a sound film that lies beside the clip, nor an address, is what the clip may name."""
    with socket.create_server(("127.0.0.1", PORT)) as server, selectors.DefaultSelector() as selector:
        selector.register(server, selectors.EVENT_READ)
        for number, name in enumerate(NAMING):
            folder = tmp_path / str(number)
            folder.mkdir()
            path = ZOO[name](folder)
            canary = folder / "canary" / "canary.mp4"
            assert probe(canary).frames == 24
            os.utime(canary, (0, canary.stat().st_mtime))
            for read in (probe, lambda own: read_windows(own, WINDOWS, 32)):
                assert outcome(read, path), name
            assert canary.stat().st_atime == 0, name
        assert not selector.select(0.2)


@pytest.mark.parametrize("name", ["a program as a picture", "a program in a wrapping as a picture"])
def test_no_program_is_started_for_a_picture(name, tmp_path, monkeypatch):
    """Pillow hands PostScript to Ghostscript, whatever the file is called."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "frames").mkdir()
    (tmp_path / "bin" / "gs").write_text(f"#!/bin/sh\ntouch '{tmp_path}/started'\n")
    (tmp_path / "bin" / "gs").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    pool.POOL.close()
    assert "img_00000.png: cannot be read as a picture" in outcome(probe, ZOO[name](tmp_path / "frames"))
    assert not (tmp_path / "started").exists()
    pool.POOL.close()


@pytest.mark.parametrize("name", ["a pipe among frames", "a link to a device without end among frames"])
def test_what_is_no_file_is_no_frame(name, tmp_path):
    folder = ZOO[name](tmp_path)
    for read in (sha256, probe, lambda own: read_windows(own, [[0.0]], 32)):
        assert "img_00001.jpg: is a" in outcome(read, folder)


@pytest.mark.parametrize("name", ["packets of one byte, 20 million", "claims 89 million frames"])
def test_more_frames_than_films_have_are_refused(name, tmp_path):
    assert "holds more than 2,000,000 frames" in outcome(probe, ZOO[name](tmp_path))


@pytest.mark.parametrize("name", ["a fragment that claims 100 million frames", "tables packed a thousand times"])
def test_what_would_fill_the_memory_is_said(name, tmp_path):
    assert "needs more than 1.5 GB of memory to read; " in outcome(probe, ZOO[name](tmp_path))


@pytest.mark.usefixtures("in_a_hurry")
@pytest.mark.parametrize("name", ["swf packed a thousand times", "a picture of 20 thousand scans"])
def test_what_takes_for_ever_is_given_up(name, tmp_path):
    began = time.monotonic()
    assert "takes more than " in outcome(probe, ZOO[name](tmp_path))
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("name", ["frames that last for years", "a frame in 68 years"])
def test_films_of_years_are_refused(name, tmp_path):
    """Windows over all of them would fill the memory."""
    assert "lasts more than 2 days" in outcome(probe, ZOO[name](tmp_path))


@pytest.mark.parametrize("name", ["a pipe", "claims 89 million frames", "a name of two lines"])
def test_a_command_refuses_in_one_line(name, tmp_path):
    path = ZOO[name](tmp_path)
    command = [sys.executable, "-m", "hprotopnet", "classify", "--video", path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert line.startswith(f"error: {visible(str(path))}")
