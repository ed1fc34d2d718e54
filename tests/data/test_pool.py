"""Processes that decode are kept, replaced when they end, and end with whoever started them."""

import os
import resource
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import footage
import numpy as np
import pytest
from PIL import Image
from zoo_clips import ZOO

from hprotopnet.data import pool
from hprotopnet.data.video import probe, read_frames
from hprotopnet.errors import InputError

pytestmark = pytest.mark.rendering

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clip(tmp_path):
    return footage.write_lossless(tmp_path / "a.mp4", footage.moving_block())


@pytest.fixture(autouse=True)
def workers():
    """Those that there are; a test begins and ends without any."""
    pool.POOL.close()
    yield lambda: sorted(worker.process.pid for worker in pool.POOL.workers)
    pool.POOL.close()


def gone(pid: int, seconds: float = 10) -> bool:
    """Whether a process has ended within some seconds; one that nobody has waited for counts as ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


def test_a_worker_is_kept(clip, workers):
    first = probe(clip)
    known = workers()
    assert len(known) == 1
    for _ in range(5):
        assert probe(clip) == first
        assert read_frames(clip, [0.2], 48).images.shape == (1, 48, 64, 3)
    assert workers() == known


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_one_that_was_killed_is_replaced(clip, workers, number):
    first = probe(clip)
    [known] = workers()
    os.kill(known, number)
    assert probe(clip) == first
    assert known not in workers()
    assert gone(known)


def test_one_that_is_stopped_while_it_works_is_a_line(clip, monkeypatch, workers):
    monkeypatch.setattr(pool, "COMMAND", (sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"))
    with pytest.raises(InputError, match=r"a\.mp4: cannot be read as a video \(the decoder stopped\); "):
        probe(clip)
    assert workers() == []
    monkeypatch.undo()
    assert probe(clip).frames == 24


@pytest.mark.parametrize(
    "answer",
    [
        "rubbish",
        "[1]",
        "{}",
        "[" * 100_000,
        '{"shape": [1, 2]}',
        '{"shape": [9000, 9000, 9000, 3]}',
        '{"shape": [-1, 9, 9, 3]}',
        '{"shape": null}',
        '{"duration": 1}',
        '{"shape": [0, 0, 0, 3], "rows": [7], "times": [], "damaged": false}',
    ],
)
def test_rubbish_is_no_answer(clip, monkeypatch, answer):
    code = f"import sys; sys.stdin.readline(); print({answer!r}, flush=True); sys.stdin.read()"
    monkeypatch.setattr(pool, "COMMAND", (sys.executable, "-c", code))
    for attempt in (probe, lambda path: read_frames(path, [0.0], 48)):
        with pytest.raises(InputError, match=r"a\.mp4: cannot be read as a video \(the decoder stopped\); "):
            attempt(clip)


def test_two_threads_use_two_and_many_wait_for_a_place(clip, workers):
    images = footage.moving_block()
    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(lambda i: read_frames(clip, [i / 25], 48).images[0], [*range(24)] * 3))
    assert (np.stack(found) == np.concatenate([images] * 3)).all()
    assert 1 <= len(workers()) <= 2
    with ThreadPoolExecutor(12) as threads:
        assert len(set(threads.map(lambda _: probe(clip), range(48)))) == 1
    assert len(workers()) <= pool.MOST


def test_paths_are_those_of_the_asking_process(tmp_path, monkeypatch, workers):
    for number in (1, 2):
        (tmp_path / str(number)).mkdir()
        footage.write_lossless(tmp_path / str(number) / "a.mp4", footage.moving_block(4 * number))
        monkeypatch.chdir(tmp_path / str(number))
        assert probe("a.mp4").frames == 4 * number
    with pytest.raises(InputError, match=r"^b\.mp4: "):
        probe("b.mp4")
    assert len(workers()) == 1


@pytest.mark.parametrize("name", [b"caf\xe9.mp4", b"two\nlines.mp4", b"\xff\xfe"])
def test_names_that_are_no_text_arrive(tmp_path, name):
    path = tmp_path / os.fsdecode(name)
    footage.write_lossless(tmp_path / "a.mp4", footage.moving_block(3)).rename(path)
    assert probe(path).frames == 3
    path.write_bytes(b"no film")
    with pytest.raises(InputError) as caught:
        probe(path)
    assert str(path) in str(caught.value)
    path.unlink()
    path.mkdir()
    Image.new("RGB", (64, 48)).save(path / "img_1.png")
    assert read_frames(path, [0.0], 48).images.shape == (1, 48, 64, 3)


@pytest.mark.parametrize("work", [probe, lambda path: read_frames(path, [0.0, 0.5], 48)])
def test_one_worker_reads_many_clips_without_growing(clip, workers, work):
    """The stacks of a decoder's threads count against its memory as long as the decoder is there."""
    sizes = []
    for number in range(60):
        os.utime(clip, (number, number))  # or it would be known
        work(clip)
        [known] = workers()
        sizes.append(int(Path(f"/proc/{known}/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize())
    assert max(sizes[10:]) < 1.2 * max(sizes[:10])
    assert max(sizes) < pool.MEMORY / 2


def test_a_full_worker_is_replaced_and_its_video_read(clip, workers, monkeypatch):
    """What has no room for its threads in an old process may have it in a new one."""
    first = probe(clip)
    [known] = workers()
    limit = int(Path(f"/proc/{known}/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.prlimit(known, resource.RLIMIT_AS, (limit + 2**20, pool.MEMORY))
    assert read_frames(clip, [0.0], 48).images.shape == (1, 48, 64, 3)
    assert known not in workers()
    assert probe(clip) == first


ASKING = """
import os, sys, time
from hprotopnet.data import pool, video
print(video.probe(sys.argv[1]).frames, *(worker.process.pid for worker in pool.POOL.workers), flush=True)
"""


def asking(rest: str, *words: object) -> subprocess.Popen:
    """A process that has asked, and then does something else."""
    command = [sys.executable, "-W", "error", "-c", ASKING + rest, *map(str, words)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_no_worker_outlives_a_process_that_ends(clip):
    process = asking("", clip)
    said, complaints = process.communicate(timeout=60)
    assert complaints == ""
    frames, pid = map(int, said.split())
    assert frames == 24
    assert gone(pid)


@pytest.mark.parametrize("busy", [None, "swf packed a thousand times", "a picture of 20 thousand scans"])
def test_no_worker_outlives_a_process_that_is_killed(tmp_path, clip, busy):
    """Neither while it waits, nor while it is busy with what takes for ever."""
    (tmp_path / "busy").mkdir()
    made = [ZOO[busy](tmp_path / "busy")] if busy else []
    process = asking("video.probe(sys.argv[2])" if busy else "time.sleep(60)", clip, *made)
    _, pid = map(int, process.stdout.readline().split())
    time.sleep(0.5)
    process.kill()
    process.communicate()
    assert gone(pid)


def test_a_forked_process_has_workers_of_its_own(clip):
    rest = """
[known] = pool.POOL.workers
if os.fork() == 0:
    assert not pool.POOL.workers
    own = video.probe(sys.argv[1]).frames
    assert own == 24 and {worker.process.pid for worker in pool.POOL.workers} != {known.process.pid}
    pool.POOL.close()
    os._exit(0 if own == 24 else 1)
assert os.wait()[1] == 0
assert video.probe(sys.argv[1]).frames == 24 and pool.POOL.workers == {known}
"""
    process = asking(rest, clip)
    said, complaints = process.communicate(timeout=60)
    assert (process.returncode, complaints) == (0, "")
    assert gone(int(said.split()[1]))


def test_ctrl_c_means_the_command_and_not_its_workers(clip, workers):
    probe(clip)
    [known] = workers()
    os.kill(known, signal.SIGINT)
    probe(clip)
    assert workers() == [known]
