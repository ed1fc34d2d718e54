"""Bundles made to harm are read, or refused in one line: in bounded time and memory, and nothing outside is read."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import zoo_bundles
from zoo_bundles import CANARY, SECONDS, ZOO, read_all, sound

from hprotopnet import cli
from hprotopnet.__main__ import app
from hprotopnet.bundles.bundle import find_bundles, open_bundle

pytestmark = pytest.mark.rendering

ROOT = Path(__file__).resolve().parents[2]
MOST_MEMORY = 2e9  # bytes; alone it takes half of that, beside other tests sometimes more
# Read as if nothing were wrong: it is the same text, or what is absent may be.
HARMLESS = {
    *(f"{name}: UTF-16" for name in zoo_bundles.JSONS),
    *(f"{name}: absent" for name in (zoo_bundles.CLIP, zoo_bundles.STORY, *zoo_bundles.MAY_LACK)),
    *(name for name in ZOO if name.startswith("harmless")),
}
COMMANDS = {
    "explain": ("--bundle", "{bundle}", "--video", "{video}", "--out", "{out}"),
    "verify": ("--bundle", "{bundle}", "--data", "{out}"),
    "evaluate": ("--bundle", "{bundle}", "--data", "{out}"),
    "stories": ("{bundle}", "{video}"),
}


@pytest.fixture(scope="session")
def survey(tmp_path_factory) -> tuple[dict[str, tuple[float, str]], int]:
    """Of each beast the time that reading it took and how it ended; and the most memory that was taken."""
    home = tmp_path_factory.mktemp("zoo")
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "error", zoo_bundles.__file__, home]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    *rows, memory = map(json.loads, done.stdout.splitlines())
    return {name: (seconds, said) for name, seconds, said in rows}, memory


@pytest.fixture
def bundle(tmp_path) -> Path:
    return sound(tmp_path / "bundle")


def test_there_are_many_and_all_were_read(survey):
    found, memory = survey
    assert list(found) == list(ZOO)
    assert len(ZOO) > 300
    assert memory < MOST_MEMORY


@pytest.mark.parametrize("name", ZOO)
def test_a_bundle_made_to_harm_is_read_or_refused_in_a_line(name, survey):
    seconds, said = survey[0][name]
    assert seconds < SECONDS
    assert said == "" if name in HARMLESS else said.startswith("InputError: ")
    assert len(said.splitlines()) <= 1
    assert len(said) < 1000
    if said:
        assert "/bundle" in said
        assert ";" in said
    if name.startswith("outside"):
        assert "leads out of its folder" in said or "no plain name" in said


def test_a_sound_bundle_is_read_to_the_end(bundle):
    assert len(read_all(bundle)) > 30
    (bundle.parent / "link").symlink_to(bundle)
    assert len(read_all(bundle.parent / "link")) > 30


def test_nothing_of_a_file_outside_turns_up(bundle):
    zoo_bundles.canary(bundle, "model.json")
    (bundle.parent / CANARY / "model.json").write_text('{"format": "the canary sang"}', encoding="utf-8")
    (bundle / "model.json").unlink()
    (bundle / "model.json").symlink_to(bundle.parent / CANARY / "model.json")
    with pytest.raises(ValueError, match="leads out of its folder") as caught:
        open_bundle(bundle)
    assert "sang" not in str(caught.value)


def test_a_pipe_outside_is_not_waited_for(bundle, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name in ("points.npz", "showcase/00.mp4", "excerpts/a.mp4"):
        (bundle / name).unlink()
        (bundle / name).symlink_to(tmp_path / "pipe")
        with pytest.raises(ValueError, match="leads out of its folder"):
            read_all(bundle)


def test_what_only_looks_like_a_bundle_is_not_found(tmp_path):
    for name in ("pipe", "folder", "loop", "nothing"):
        (tmp_path / name).mkdir()
    os.mkfifo(tmp_path / "pipe" / "model.json")
    (tmp_path / "folder" / "model.json").mkdir()
    (tmp_path / "loop" / "model.json").symlink_to(tmp_path / "loop" / "model.json")
    assert find_bundles(tmp_path) == []
    sound(tmp_path / "one")
    assert find_bundles(tmp_path) == [tmp_path / "one"]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "name",
    [
        "model.json: nested 200,000 deep",
        "prototypes.json: millions of misfits",
        "outside: excerpt above",
        "points.npz: claims 89 GiB",
        "weights.safetensors: a giant",
        "familiarity.npz: pickled",
    ],
)
def test_commands_refuse_one_in_a_line(name, command, bundle, tmp_path, monkeypatch, capsys):
    ZOO[name](bundle)
    places = {"bundle": bundle, "video": truthful(tmp_path), "out": tmp_path / "videos"}
    words = [word.format(**places) for word in COMMANDS[command]]
    monkeypatch.setattr(sys, "argv", ["hprotopnet", command, *words])
    with pytest.raises(SystemExit) as caught:
        cli.run(app)
    assert caught.value.code == 2
    said = capsys.readouterr().err.strip()
    assert said.startswith(f"error: {bundle}")
    assert len(said.splitlines()) == 1
    assert not (tmp_path / zoo_bundles.RAN).exists()


def truthful(folder: Path) -> Path:
    """A video of a class, with its truth, in a folder of class folders."""
    from tales import write_film

    from hprotopnet.pantomime.stage import CHILD
    from hprotopnet.pantomime.truth import TruthWriter

    path = folder / "videos" / "dunk" / "v_dunk_g01_c01.mp4"
    path.parent.mkdir(parents=True)
    write_film(path)
    truth = TruthWriter(12.5)
    for _ in range(54):
        truth.add(np.full((96, 128), CHILD, np.uint8))
    truth.end_shot({}, "dunk")
    truth.save(path, 0)
    return path


def test_a_command_of_its_own_refuses_one_in_a_line(bundle):
    ZOO["points.npz: a bomb"](bundle)
    command = [sys.executable, "-m", "hprotopnet", "verify", "--bundle", bundle, "--data", bundle.parent]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stderr.startswith(f"error: {bundle / 'points.npz'}: not a file of class points")
