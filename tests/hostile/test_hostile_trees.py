"""Trees and lists of the zoo: an answer or one line, soon; and names that people mistype, by the thousand."""

import difflib
import os
import random
import subprocess
import sys
import time
from itertools import combinations
from pathlib import Path

import pytest
from zoo_trees import LISTS, TREES

import train
from hprotopnet.data.lists import find_lists, read_list
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.names import ALIKE, fold, likely_typos, nearest_names
from hprotopnet.hierarchy.tree import SHIPPED, find_warnings, list_problems, load_hierarchy, match_names
from hprotopnet.models.loading import read_tensors

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="files as Linux has them")

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 20  # seconds for an answer


def answer(read, *given):
    """What reading ends in: something, or an error of one line that names the file."""
    began = time.monotonic()
    try:
        found = read(*given)
    except InputError as error:
        found = error
    assert time.monotonic() - began < LONGEST
    if isinstance(found, InputError):
        assert len(str(found).splitlines()) == 1
        assert len(str(found)) < 1000
    return found


def read_tree(path):
    problems = list_problems(path)
    if not problems:
        return find_warnings(load_hierarchy(path))
    assert all(len(problem.splitlines()) == 1 for problem in problems)
    return problems


@pytest.mark.parametrize("name", TREES)
def test_every_tree_of_the_zoo_ends_in_words(name, tmp_path):
    assert answer(read_tree, TREES[name](tmp_path)) is not None


@pytest.mark.parametrize("name", LISTS)
def test_every_list_of_the_zoo_ends_in_words(name, tmp_path):
    assert answer(read_list, LISTS[name](tmp_path), ["a/b", "Class1/v_g1_c1"]) is not None


@pytest.mark.parametrize("name", ["a pipe", "a folder", "a device without end", "usual"])
def test_a_list_beside_something_else_is_named(name, tmp_path):
    given = LISTS[name](tmp_path)
    (tmp_path / "testlist01.txt").mkdir()
    assert isinstance(answer(find_lists, given, tmp_path), InputError)


def module(*words):
    command = [sys.executable, "-m", "hprotopnet", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LONGEST, check=False)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("3000 random words", 0),
        ("one letter apart", 0),
        ("10000 classes", 2),
        ("a class too many", 2),
        ("a level too many", 2),
        ("a long line", 2),
        ("a million columns", 2),
        ("ragged", 1),
        ("nulls", 2),
        ("a pipe", 2),
        ("a folder", 2),
        ("a device without end", 2),
    ],
)
def test_the_command_line_says_the_same(name, code, tmp_path):
    done = module("check", "--hierarchy", TREES[name](tmp_path))
    assert done.returncode == code, done.stderr
    assert len(done.stderr.splitlines()) == (code == 2)
    assert "Traceback" not in done.stderr
    assert code != 1 or "problem: " in done.stdout


@pytest.mark.parametrize("place", ["pipe", "device", "folder"])
def test_pipes_devices_and_folders_are_refused_wherever_a_file_is_asked_for(place, tmp_path):
    path = tmp_path / f"{place}.csv"
    os.mkfifo(path) if place == "pipe" else path.mkdir() if place == "folder" else path.symlink_to("/dev/null")
    (tmp_path / "data").mkdir()
    for words in (
        ["embed", "--hierarchy", "ucf101", "--out", path],
        ["embed", "--hierarchy", "ucf101", "--out", tmp_path / "p.npz", "--json", path],
        ["classify", "--video", tmp_path / "absent.mp4", "--json", path],
    ):
        done = module(*words)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
        assert f"{path}: is a {place}; give a file to write" in done.stderr
    with pytest.raises(InputError, match=f"{place}.csv: is a {place}; give a file"):
        read_tensors(path, "check the path")
    with pytest.raises(InputError, match=r"no video lies in it|cannot be written"):
        train.main(data=tmp_path / "data", hierarchy="ucf101", out=path)
    assert {entry.name for entry in tmp_path.iterdir()} == {path.name, "data"}


def pairs_by_definition(names):
    """Pairs of one word each that are alike, each two compared."""
    folded = [fold(name) for name in names]
    return {
        (names[i], names[j])
        for i, j in combinations(range(len(names)), 2)
        if difflib.SequenceMatcher(None, folded[i], folded[j], autojunk=False).ratio() > ALIKE
    }


def test_no_pair_that_is_alike_is_missed():
    draw = random.Random(3)
    names = ["".join(draw.choices("abcdefghij", k=draw.randint(8, 20))) for _ in range(150)]
    mistyped = [name[: n % 7] + "z" + name[n % 7 + n % 2 :] for n, name in enumerate(names[:60])]
    found, left = likely_typos(names + mistyped)
    assert left > 0
    assert set(found) == pairs_by_definition(names + mistyped)
    assert len(found) > 20


def test_a_few_typos_among_thousands_are_found_in_no_time():
    names = [f"class {n:04d}" for n in range(3000)] + ["Basketball", "Baskettball", "HighJump", "High-Jump"]
    began = time.monotonic()
    found, left = likely_typos(names)
    assert set(found) == {("Basketball", "Baskettball"), ("HighJump", "High-Jump")}
    assert left > 0
    assert time.monotonic() - began < LONGEST / 2


def test_where_all_names_are_alike_that_is_said(tmp_path):
    warnings = find_warnings(load_hierarchy(TREES["one letter apart"](tmp_path)))
    assert any("not all were compared" in line for line in warnings)
    assert not any("not all" in line for file in SHIPPED.glob("*.csv") for line in find_warnings(load_hierarchy(file)))


def test_near_names_are_those_that_difflib_finds():
    names = [node for file in SHIPPED.glob("*.csv") for node in load_hierarchy(file).nodes]
    folded = {fold(name): name for name in names}
    for name in names[::7]:
        wrong = fold(name)[1:-1] + "x"
        wanted = [folded[own] for own in difflib.get_close_matches(wrong, folded, n=3, cutoff=0.6)]
        assert [folded[fold(own)] for own in nearest_names(wrong, folded.values())] == wanted


def test_thousands_of_unknown_names_are_told_soon():
    tree = load_hierarchy("ucf101")
    began = time.monotonic()
    matched, unmatched = match_names([f"{name}{n}x" for name in tree.classes for n in range(60)], tree)
    assert not matched
    assert len(unmatched) == 60 * len(tree.classes)
    assert "did you mean" in unmatched[0]
    assert time.monotonic() - began < LONGEST
