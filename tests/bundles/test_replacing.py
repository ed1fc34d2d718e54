"""A bundle is replaced by renaming: whatever goes wrong, and whenever, the old one or the new one opens."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tiny import config_for

import hprotopnet.bundles.export as module
from hprotopnet.bundles.bundle import PARTS, find_bundles, replacing_bundle
from hprotopnet.bundles.replacing import finish_replacing, replacing
from hprotopnet.errors import InputError
from hprotopnet.training.run import prepare, train

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path) -> Path:
    """A folder that holds the old things, and others that are none of its parts."""
    folder = tmp_path / "runs" / "net"
    (folder / "showcase").mkdir(parents=True)
    (folder / "state").mkdir()
    for name in ("model.json", "showcase/old", "state/state.json", "notes.txt"):
        (folder / name).write_text(f"old {name}")
    return folder


def fill(draft: Path) -> None:
    (draft / "model.json").write_text("new")
    (draft / "showcase").mkdir()
    (draft / "showcase" / "new").write_text("new")


def content(folder: Path) -> dict[str, str]:
    return {str(f.relative_to(folder)): f.read_text() for f in sorted(folder.rglob("*")) if f.is_file()}


KEPT = {"notes.txt": "old notes.txt", "state/state.json": "old state/state.json"}
OLD = KEPT | {"model.json": "old model.json", "showcase/old": "old showcase/old"}
NEW = KEPT | {"model.json": "new", "showcase/new": "new"}


def test_the_new_takes_the_place_and_the_rest_stays(home):
    with replacing(home, PARTS) as draft:
        fill(draft)
        assert content(home) == OLD
        assert find_bundles(home.parent) == [home]
    assert content(home) == NEW
    assert list(home.parent.iterdir()) == [home]


def test_there_need_be_no_old_one(tmp_path):
    with replacing(tmp_path / "runs" / "net", PARTS) as draft:
        fill(draft)
    assert content(tmp_path / "runs" / "net")["model.json"] == "new"


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError, InputError])
def test_a_failure_while_writing_leaves_the_old(home, error):
    def replaced():
        with replacing(home, PARTS) as draft:
            fill(draft)
            raise error("no room")

    with pytest.raises(error):
        replaced()
    assert content(home) == OLD
    assert list(home.parent.iterdir()) == [home]


@pytest.mark.parametrize("step", [1, 2, 3, 4])
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_a_failure_between_renames_is_undone(home, monkeypatch, step, error):
    rename, calls = Path.rename, []

    def failing(self, target):
        calls.append(target)
        if len(calls) == step:
            raise error(5, "no more")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(InputError if error is OSError else error), replacing(home, PARTS) as draft:
        fill(draft)
    assert content(home) == OLD
    assert list(home.parent.iterdir()) == [home]


KILLED = """
import os, sys
from pathlib import Path
from hprotopnet.bundles.replacing import replacing
rename, calls = Path.rename, []
def dying(self, target):
    if len(calls) == int(sys.argv[2]):
        os._exit(9)
    calls.append(rename(self, target))
Path.rename = dying
with replacing(Path(sys.argv[1]), ("model.json", "showcase")) as draft:
    (draft / "model.json").write_text("new")
    (draft / "showcase").mkdir()
    (draft / "showcase" / "new").write_text("new")
"""


@pytest.mark.parametrize(("renames", "left"), [(0, OLD), (1, OLD), (2, NEW), (3, NEW)])
def test_what_a_killed_process_left_is_set_right(home, renames, left):
    command = [sys.executable, "-c", KILLED, home, str(renames)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 9
    finish_replacing(home, PARTS)
    assert content(home) == left
    with replacing(home, PARTS) as draft:
        fill(draft)
    assert content(home) == NEW
    assert list(home.parent.iterdir()) == [home]


def test_an_old_one_is_found_again_behind_an_empty_folder(home):
    home.parent.joinpath(".net-replacing").mkdir()
    home.rename(home.parent / ".net-replacing" / "old")
    home.mkdir()  # as somebody does who goes on without asking
    finish_replacing(home, PARTS)
    assert content(home) == OLD


def test_a_bundle_opens_whatever_part_of_the_next_one_fails(tiny_world, tiny_bundle, tmp_path, monkeypatch):
    home = shutil.copytree(tiny_bundle, tmp_path / "runs" / "tiny")
    before = {f: f.read_bytes() for f in home.rglob("*") if f.is_file()}
    config = config_for(tiny_world, "tiny-cpg2")
    run_data = prepare(config, tiny_world / "videos", None, tiny_world / "cache", torch.device("cpu"))
    result = train(config, run_data)

    def fail(*_):
        raise OSError(28, "No space left on device")

    for failing in ("describe", "save_bundle", "write_showcase"):
        with monkeypatch.context() as patch:
            patch.setattr(module, failing, fail)
            with pytest.raises(OSError, match="No space"):
                module.export(config, result, home, True, 0.0)
        assert {f: f.read_bytes() for f in home.rglob("*") if f.is_file()} == before, failing
    (home / "showcase" / "99.json.gz").write_bytes(b"of another network")
    module.export(config, result, home, True, 0.0).load_head()
    assert not (home / "showcase" / "99.json.gz").exists()
    assert list((tmp_path / "runs").iterdir()) == [home]


def test_a_bundle_is_written_into_what_will_take_its_place(tmp_path):
    with replacing_bundle(tmp_path / "net") as draft:
        fill(draft)
        assert not (tmp_path / "net").exists()
    assert (tmp_path / "net" / "model.json").is_file()
