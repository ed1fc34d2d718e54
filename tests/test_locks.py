"""What a process holds nobody else removes; what nobody holds is removed: files, folders of uploads, locks of runs."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from hprotopnet import files, locks, writers
from hprotopnet.errors import InputError
from hprotopnet.files import atomic_write, check_writable, private_folder, write_json
from hprotopnet.locks import hold, make_held, release, sweep
from hprotopnet.writers import sole_writer

pytestmark = pytest.mark.skipif(locks.fcntl is None, reason="this system has no such locks")

ROOT = Path(__file__).resolve().parent.parent
WRITING = """
import sys
from pathlib import Path
from hprotopnet.files import atomic_write, private_folder
from hprotopnet.writers import sole_writer
with sole_writer(sys.argv[1]), atomic_write(Path(sys.argv[1]) / "a.json") as partial, private_folder() as folder:
    partial.write_text("half")
    (folder / "upload.mp4").write_text("mine")
    print("ready", flush=True)
    sys.stdin.readline()
    partial.write_text("whole")
"""


@pytest.fixture(autouse=True)
def own_places(tmp_path, monkeypatch):
    """A temporary folder of this test, and no memory of folders that were swept."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(files, "_SWEPT", set())


@pytest.fixture
def other(tmp_path):
    """Another process in the middle of writing `out`."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", WRITING, tmp_path / "out"], cwd=ROOT, **pipes) as process:
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def killed(process):
    process.send_signal(signal.SIGKILL)
    process.wait()


def left(folder):
    """Files below a folder that are not there for good."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_one_at_a_time_holds_a_file_or_a_folder(tmp_path):
    for path in (tmp_path / "file", tmp_path / "folder"):
        path.mkdir() if path.name == "folder" else path.touch()
        handle = hold(path)
        assert handle is not None
        assert hold(path) is None
        release(handle)
        again = hold(path)
        assert again is not None
        release(again)
    assert hold(tmp_path / "absent") is None


def test_what_was_swept_between_making_and_holding_is_made_again(tmp_path):
    made = []

    def make():
        path = tmp_path / str(len(made))
        path.touch()
        made.append(path)
        if len(made) < 3:
            sweep(tmp_path, "?")
        return str(path)

    path, handle = make_held(make)
    assert path == made[2]
    assert [own.exists() for own in made] == [False, False, True]
    sweep(tmp_path, "?")
    assert path.exists()
    release(handle)


def test_the_first_write_removes_what_a_killed_process_left_and_nothing_else(tmp_path, other):
    out = tmp_path / "out"
    (out / ".partial-of mine").touch()
    write_json(out / "b.json", 1)
    assert len([name for name in left(out) if name.startswith(".partial-")]) == 2  # the other one writes still
    killed(other)
    write_json(out / "c.json", 1)
    assert len(left(out)) == 4  # it was looked for once
    files._SWEPT.clear()
    write_json(out / "d.json", 1)
    assert left(out) == [".partial-of mine", "b.json", "c.json", "d.json"]


def test_a_writer_that_is_not_killed_ends_well_beside_others(tmp_path, other):
    for name in "bcd":
        files._SWEPT.clear()
        write_json(tmp_path / "out" / f"{name}.json", 1)
        with private_folder():
            pass
    other.communicate("go\n", timeout=20)
    assert (tmp_path / "out" / "a.json").read_text() == "whole"
    assert left(tmp_path) == [f"out/{name}.json" for name in "abcd"]


def test_a_private_upload_of_a_killed_process_goes_with_the_next_one(tmp_path, other):
    with private_folder() as own:
        assert len(left(tmp_path / "tmp")) == 1  # the other's, which it holds
        killed(other)
    assert len(left(tmp_path / "tmp")) == 1
    with private_folder() as own:
        assert left(tmp_path / "tmp") == []
        assert stat.S_IMODE(own.stat().st_mode) == stat.S_IMODE(own.parent.stat().st_mode) == 0o700
    assert not own.exists()


@pytest.mark.parametrize("trick", ["link", "open", "file"])
def test_a_private_folder_is_nobody_elses(tmp_path, trick):
    home = tmp_path / "tmp" / f"hprotopnet-{os.getuid()}"
    if trick == "link":
        (tmp_path / "theirs").mkdir(mode=0o700)
        home.symlink_to(tmp_path / "theirs")
    elif trick == "open":
        home.mkdir()
        home.chmod(0o777)
    else:
        home.touch()
    with pytest.raises(InputError, match="not a folder of yours alone"), private_folder():
        pass


def test_the_second_run_into_a_folder_is_told_who_writes_it(tmp_path, other):
    said = rf"out: process {other.pid} on .* has been writing to it since \d\d:\d\d \(-c .*\); wait for it or choose"
    with pytest.raises(InputError, match=said), sole_writer(tmp_path / "out"):
        pass
    killed(other)
    assert (tmp_path / ".out.lock").exists()
    with sole_writer(tmp_path / "out"):
        assert (tmp_path / ".out.lock").exists()
    assert not (tmp_path / ".out.lock").exists()


def test_who_waits_says_so_and_goes_on(tmp_path, other, monkeypatch, capsys):
    monkeypatch.setattr(writers, "PATIENCE", 0.0)
    said = []

    def sleep(seconds):
        said.append(capsys.readouterr().err)
        if "waiting" in "".join(said) and other.poll() is None:
            killed(other)

    monkeypatch.setattr(writers.time, "sleep", sleep)
    with sole_writer(tmp_path / "out", wait=True):
        pass
    assert "".join(said).count(f"waiting for {tmp_path / 'out'}: process {other.pid} on ") == 1


@pytest.mark.parametrize("content", [b"", b"5", b"{}", b'{"process": 1, "since": 1e99}', b"\xff\n", b"[" * 5000])
def test_a_lock_with_any_content_is_taken_over_or_said(tmp_path, content):
    lock = tmp_path / ".out.lock"
    lock.write_bytes(content)
    with sole_writer(tmp_path / "out"):
        lock.write_bytes(content)
        with pytest.raises(InputError, match="another process is writing to it"), sole_writer(tmp_path / "out"):
            pass
    assert not lock.exists()


def test_where_no_lock_can_be_made_that_is_said_and_work_goes_on(tmp_path, monkeypatch, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / ".out.lock").mkdir()  # stands for a parent that cannot be written
    with sole_writer(tmp_path / "out"):
        pass
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"note: {tmp_path / 'out'}: cannot be locked (")
    monkeypatch.setattr(locks, "fcntl", None)
    with sole_writer(tmp_path / "else"):
        pass
    assert "cannot be locked" in capsys.readouterr().err
    assert left(tmp_path) == []


@pytest.mark.parametrize("name", ["pipe", "folder", "device"])
def test_only_files_are_replaced_by_files(tmp_path, name):
    path = tmp_path / name
    if name == "pipe":
        os.mkfifo(path)
    elif name == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/null")
    for write in (check_writable, lambda path: write_json(path, 1)):
        with pytest.raises(InputError, match=f"{name}: is a {name}; give a file to write"):
            write(path)
    assert left(tmp_path) == []


def test_an_error_that_is_none_of_the_disk_stays_what_it_is(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_write(tmp_path / "a"):
        (tmp_path / "absent").read_bytes()
    assert left(tmp_path) == []
