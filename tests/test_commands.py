"""Command lines as people type them: what they write, how they fail, and that the README's are real."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from footage import moving_block, write_lossless, write_sound
from toys import toy_hierarchy

import train
from hprotopnet import cli
from hprotopnet.__main__ import app
from hprotopnet.cli import print_curves, print_deletions, print_unlike
from hprotopnet.commands.explaining import pairs
from hprotopnet.errors import InputError
from hprotopnet.recipes import RECIPES
from hprotopnet.temporal.recipe import RECIPES as DETECTORS

pytestmark = pytest.mark.rendering

ROOT = Path(__file__).resolve().parent.parent


def run(*words: object, **extra) -> subprocess.CompletedProcess:
    """A command in a process of its own, as a user runs it."""
    command = [sys.executable, *[str(word) for word in words]]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, **extra)


def module(*words: object) -> subprocess.CompletedProcess:
    return run("-m", "hprotopnet", *words)


def assert_refused(done: subprocess.CompletedProcess, *parts: object) -> None:
    """Exit code 2, one line on stderr that names the parts, no traceback."""
    assert done.returncode == 2, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("error: ")
    for part in parts:
        assert str(part) in lines[0]


@pytest.fixture
def refused(capfd, monkeypatch):
    """What asserts that a command line is refused likewise, in this process: most of another's time goes by before it
    reads its words.
    """
    monkeypatch.chdir(ROOT)

    def check(words: list[object], *parts: object, begin: Callable[[], None] = lambda: cli.run(app)) -> None:
        monkeypatch.setattr(sys, "argv", ["command", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            begin()
        assert_refused(subprocess.CompletedProcess(words, ended.value.code, *capfd.readouterr()), *parts)

    return check


def training() -> None:
    cli.run_command(train.main)


def assert_sentences(text: str) -> None:
    """No dictionaries, tuples or keys of Python's."""
    assert not re.search(r"[{}]|\('|None|True|False|^(?!note)\w+: ", text, flags=re.MULTILINE), text


def test_the_command_that_helps_stands_behind_the_line(capsys):
    def refuse(standalone_mode: bool) -> None:
        raise InputError("videos: no video lies in it; give another folder", "--data")

    with pytest.raises(SystemExit, match="2"):
        cli.run(refuse)
    assert capsys.readouterr().err == "error: videos: no video lies in it; give another folder (--data)\n"


def test_embed_writes_points_and_figures(tmp_path):
    tree = toy_hierarchy()
    rows = ["class,parent,grandparent"] + [",".join(tree.nodes[n] for n in tree.ancestors(leaf)) for leaf in range(6)]
    (tmp_path / "tree.csv").write_text("\n".join(rows))
    done = module(
        "embed", "--hierarchy", tmp_path / "tree.csv", "--out", tmp_path / "p.npz", "--json", tmp_path / "f.json"
    )
    assert done.returncode == 0, done.stderr
    assert_sentences(done.stdout)
    assert "\n12 nodes in a ball of 300 dimensions and curvature 1\n" in done.stdout
    figures = json.loads((tmp_path / "f.json").read_text())
    for name in (
        "parent_edge_mean_rank",
        "parent_edge_map",
        "closure_map",
        "leaf_to_grandparent_top1",
        "leaf_to_parent_top1",
        "leaf_radius_spread",
        "curvature",
        "seconds",
    ):
        assert isinstance(figures[name], int | float), name
    assert set(figures["mean_distance"]) == {"sibling", "cousin", "unrelated"}
    assert figures["leaf_to_parent_top1"] == 1
    assert (tmp_path / "p.npz").is_file()


def test_check_lists_everything_that_is_wrong_with_a_tree(tmp_path, tiny_world):
    (tmp_path / "tree.csv").write_text("class,parent\na,x\nb,\na,y \n")
    done = module("check", "--hierarchy", tmp_path / "tree.csv")
    assert done.returncode == 1
    assert not done.stderr
    problems = [line for line in done.stdout.splitlines() if line.startswith("problem: ")]
    assert len(problems) == 2
    assert "line 3" in problems[0]
    assert "line 4" in problems[1]
    (tmp_path / "tree.csv").write_text("class,parent\n" + "a,\n" * 500)
    many = module("check", "--hierarchy", tmp_path / "tree.csv").stdout.splitlines()
    assert len(many) == 21
    assert many[-1] == "problem: 480 more lines that are wrong"
    fine = module("check", "--hierarchy", tiny_world / "tree.csv", "--data", tiny_world / "videos")
    assert fine.returncode == 0
    assert "30 videos" in fine.stdout
    (tmp_path / "tree.csv").write_text("RedDisc;Red things\n")
    assert_refused(module("check", "--hierarchy", tmp_path / "tree.csv"), "RedDisc;Red things", "add it above")


def test_check_says_a_few_of_a_kind_and_counts_the_others(tmp_path, tiny_world):
    data = shutil.copytree(tiny_world / "videos", tmp_path / "videos")
    for label in ("RedDisc", "RedBar", "GreenDisc", "GreenBar"):
        (data / label).rename(data / f"Other {label[::-1]}")
    for number in range(8):
        (data / f"More {number}").mkdir()
        (data / f"More {number}" / "a.mp4").touch()
        (data / "BlueBar" / f"{number}.txt").touch()
    shutil.copy(data / "BlueBar" / "v_BlueBar_g09_c01.mp4", data / "BlueDisc" / "scene1_1.mp4")
    shutil.copy(data / "BlueBar" / "v_BlueBar_g10_c01.mp4", data / "BlueDisc" / "scene1_2.mp4")
    (data / "BlueDisc" / "scene2_1.mp4").touch()
    done = module("check", "--hierarchy", tiny_world / "tree.csv", "--data", data)
    assert done.returncode == 1
    problems = [line for line in done.stdout.splitlines() if line.startswith("problem: ")]
    assert len(problems) == 8
    assert problems[3] == "problem: 9 more folders are no classes of the hierarchy"
    assert problems[7] == "problem: 1 more classes have no video"
    notes = [line for line in done.stdout.splitlines() if line.startswith("note: ")]
    assert len(notes) == 5
    assert "has a single child" in notes[0]
    assert "8 not used, no video by name (8 of suffix .txt)" in notes[1]
    assert "2 videos seem to be cut from 1 longer ones by their names" in notes[2]
    assert notes[3].endswith("scene2_1.mp4: the file is empty; copy or download it again")
    assert "4 videos hold the same as another of another class" in notes[4]


def test_check_of_names_in_any_encoding_ends_in_lines(tmp_path, tiny_world):
    data = shutil.copytree(tiny_world / "videos", tmp_path / "videos")
    (data / os.fsdecode(b"caf\xe9")).mkdir()
    (data / os.fsdecode(b"caf\xe9") / "a.mp4").touch()
    (data / "RedBar" / os.fsdecode(b"th\xe9.txt")).touch()
    (data / "RedBar" / "two\nlines.pdf").touch()
    done = module("check", "--hierarchy", tiny_world / "tree.csv", "--data", data)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[-1].startswith("problem: class 'caf\\xe9' is not in the hierarchy")
    assert "'RedBar/two\\x0alines.pdf'" in done.stdout


def test_check_fails_where_tree_and_folder_do_not_match_and_training_refuses(tmp_path, tiny_world):
    data = shutil.copytree(tiny_world / "videos", tmp_path / "videos")
    (data / "RedDisc").rename(data / "RedDisk")
    (data / "BlueBar").rename(data / "Other")
    words = ["--hierarchy", tiny_world / "tree.csv", "--data", data]
    done = module("check", *words)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-4:] == [
        "problem: class 'Other' is not in the hierarchy",
        "problem: class 'RedDisk' is not in the hierarchy; did you mean 'RedDisc' or 'GreenDisc'?",
        "problem: class 'RedDisc' has no video (is folder 'RedDisk' meant for it?)",
        "problem: class 'BlueBar' has no video",
    ]
    refused = run("train.py", *words, "--out", tmp_path / "out")
    assert_refused(refused, "'RedDisc' has no video", "RedDisk", "1 more of 6 classes", "--allow-missing")
    for recipe, said in ("ucf101-cpg10", "101 classes"), ("ucf101-nine-cpg10", "9 classes"):
        (data / "Archery").mkdir(exist_ok=True)
        shutil.copy(next((data / "GreenBar").iterdir()), data / "Archery" / "a.mp4")
        assert_refused(run("train.py", "--recipe", recipe, "--data", data, "--out", tmp_path / "out"), said)
    assert not (tmp_path / "out" / "state").exists()


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["embed", "--hierarchy", "ucf11", "--out", "x.npz"], ["ucf11", "ucf101"]),
        (["classify", "--video", "absent.mp4"], ["absent.mp4"]),
        (["explain", "--bundle", "absent", "--video", "x.mp4", "--out", "o"], ["absent", "train.py"]),
        (["evaluate", "--bundle", "absent", "--data", "."], ["absent"]),
        (["verify", "--bundle", "absent", "--data", "."], ["absent"]),
        (["verify", "--bundle", "tests"], ["tests", "model.json", "train.py"]),
        (
            ["showcase", "--bundle", "absent", "--annotations", "a", "--features", "f", "--films", "g"],
            ["absent", "no detector"],
        ),
        (["correct", "--bundle", "absent", "--without", "1"], ["absent"]),
        (["correct", "--bundle", "absent", "--without", "1", "--out", "tests"], ["tests", "is there already", "--out"]),
        (["embed", "--hierarchy", "ucf101", "--out", "tests"], ["tests"]),
        (["embed", "--hierarchy", "ucf101", "--out", "README.md/x.npz"], ["README.md/x.npz"]),
        (["pantomime", "--out", "README.md"], ["README.md", "choose another place"]),
        (["pantomime", "--out", "tests"], ["tests", "empty folder"]),
        (["pantomime", "--out", "x.npz", "--classes", "Violine"], ["Violine", "Violin"]),
        (["pantomime", "--out", "x.npz", "--json", "tests"], ["tests", "folder"]),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(words, parts, refused):
    refused(words, *parts)
    assert not (ROOT / "x.npz").exists()


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["--recipe", "ucf101-nine-cpg1", "--data", "."], ["ucf101-nine-cpg1", "ucf101-nine-cpg10"]),
        (["--recipe", "quick", "--stretch", "2"], ["--stretch", "--segments"]),
        (["--recipe", "quick", "--segments", "8", "--stretch", "0"], ["stretch is 0"]),
        (["--data", "."], ["--hierarchy"]),
        (["--data", "absent", "--hierarchy", "ucf101"], ["absent"]),
        (["--data", ".", "--hierarchy", "ucf101", "--name", "a/b"], ["'a/b'", "--out"]),
        (["--data", ".", "--hierarchy", "ucf101", "--learning-rate", "0"], ["learning rate of 0"]),
        (["--data", ".", "--hierarchy", "ucf101", "--epochs", "0"], ["--epochs", "See --help"]),
    ],
)
def test_training_refuses_likewise(words, parts, tmp_path, refused):
    refused([*words, "--out", tmp_path / "out"], *parts, begin=training)


@pytest.mark.parametrize(
    ("recipe", "data", "given", "expected"),
    [
        ("custom-cpg10", "some/my-videos", None, "my-videos-cpg10"),
        ("custom-protopnet10", "some/my-videos/", None, "my-videos-protopnet10"),
        ("custom-cpg10-joint", "my-videos", None, "my-videos-cpg10-joint"),
        ("custom-cpg10", "/", None, "custom-cpg10"),
        ("ucf101-nine-cpg10", "UCF-101", None, "ucf101-nine-cpg10"),
        ("pantomime-cpg10", None, None, "pantomime-cpg10"),
        ("custom-cpg10", "my-videos", "second try", "second try"),
        ("quick", None, "mine", "mine"),
    ],
)
def test_runs_are_named_after_the_data_or_as_asked_for(recipe, data, given, expected):
    assert train.run_name(recipe, data and Path(data), given) == expected


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "/tmp/x", "a\nb"])
def test_names_of_runs_are_plain(name):
    with pytest.raises(InputError, match="plain --name"):
        train.run_name("quick", None, name)


def test_training_says_its_options_and_the_defaults_of_a_recipe():
    done = run("train.py", "--help", env=os.environ | {"COLUMNS": "300", "TERMINAL_WIDTH": "300"})
    said = " ".join(done.stdout.split())
    for option in ("--epochs", "--learning-rate", "--per-node", "--name", "--allow-missing"):
        assert option in said
    assert "warm 20 epochs at 0.001, project, head 20 epochs at 0.001; 10 prototypes a node" in said


def test_pantomime_renders_a_data_set_and_says_what_is_in_it(tmp_path):
    words = ["pantomime", "--out", tmp_path / "d", "--seed", 9, "--per-class", 2, "--classes", "Lunges"]
    done = module(*words, "--json", tmp_path / "f.json")
    assert done.returncode == 0, done.stderr
    figures = json.loads((tmp_path / "f.json").read_text())
    assert (figures["clips"], figures["rendered"], figures["seed"]) == (2, 2, 9)
    assert done.stdout.startswith("2 clips of 1 classes")
    assert set(figures["visible"]) == {"grandparent", "parent", "child", "actor"}
    assert "0 rendered now, 2 were there" in module(*words).stdout
    checked = module("check", "--hierarchy", "pantomime", "--data", tmp_path / "d")
    assert "2 videos of its classes" in checked.stdout
    assert_refused(module(*words[:-2], "--seed", 10), "pantomime.json", "give another folder")


def test_fetch_says_which_file_goes_where_without_a_network(tmp_path):
    env = os.environ | {"HPROTOPNET_CACHE": str(tmp_path), "HPROTOPNET_OFFLINE": "1"}
    for name in ("r3d_18", "mc3_18", "r2plus1d_18"):
        done = run("-m", "hprotopnet", "fetch", "--network", name, env=env)
        assert_refused(done, f"put {name}-", f"into {tmp_path}", f"(python -m hprotopnet fetch --network {name})")
    assert_refused(module("fetch", "--network", "i3g"), "did you mean 'i3d'")
    assert not list(tmp_path.iterdir())


def test_attribute_asks_a_network_about_a_video_and_refuses_in_one_line(tiny_bundle, tiny_world, tmp_path):
    video = sorted((tiny_world / "videos" / "RedDisc").iterdir())[0]
    words = ["attribute", "--video", video, "--network", tiny_bundle, "--out", tmp_path / "out", "--method"]
    done = module(*words, "gradcam", "--target", "Bright ground", "--set", "weights=global", "--start", 0.2)
    assert done.returncode == 0, done.stderr
    assert "a grid of 2 x 3 x 3 cells" in done.stdout
    found = json.loads((tmp_path / "out" / "attribution.json").read_text())
    assert (found["target"], found["settings"], found["start"]) == ("Bright ground", {"weights": "global"}, 0.2)
    shutil.rmtree(tmp_path / "out")
    assert_refused(module(*words, "gradcam", "--set", "weights"), "--set weights", "key=value")
    assert not (tmp_path / "out").exists()


def test_settings_are_read_as_json_or_as_text():
    assert pairs(["steps=50", "areas=[0.1, 0.2]", "polarity=both", "square=true", "a = b=c"]) == {
        **{"steps": 50, "areas": [0.1, 0.2], "polarity": "both", "square": True},
        "a": "b=c",
    }
    for wrong in ("steps", "=3", ""):
        with pytest.raises(InputError, match="key=value"):
            pairs([wrong])


def test_explain_writes_data_and_a_picture_a_level(tiny_bundle, tiny_world, tmp_path):
    video = sorted((tiny_world / "videos" / "RedDisc").iterdir())[0]
    done = module("explain", "--bundle", tiny_bundle, "--video", video, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "out" / "explanation.json").read_text())
    assert [level["level"] for level in found["levels"]] == ["grandparent", "parent", "class"]
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        "explanation.json",
        "grandparent.png",
        "parent.png",
        "class.png",
    }
    assert "answer at threshold" in done.stdout


def test_explain_refuses_what_is_no_video(tiny_bundle, tmp_path, refused):
    for name, write in {
        "empty.mp4": lambda path: path.write_bytes(b""),
        "text.mp4": lambda path: path.write_text("no video"),
        "sound.mp4": write_sound,
        "a\nb.mp4": lambda path: path.write_bytes(b"x"),
    }.items():
        path = tmp_path / name
        write(path)
        words = ["explain", "--bundle", tiny_bundle, "--video", path, "--out", tmp_path / "out"]
        refused(words, name.split("\n")[-1])
    write_lossless(tmp_path / "v.avi", moving_block(), 25)
    refused([*words[:3], "--video", tmp_path / "v.avi", "--out", "o", "--start", 99], "v.avi", "99")
    assert not (tmp_path / "out").exists()


def test_evaluate_and_verify_write_their_figures(tiny_bundle, tiny_world, tmp_path):
    done = module("evaluate", "--bundle", tiny_bundle, "--data", tiny_world / "videos", "--json", tmp_path / "e.json")
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "e.json").read_text())
    assert found["n"] == {"clips": 12, "videos": 12}
    right = round(12 * found["video_mean_softmax"]["accuracy"])
    assert f"{right} of 12 videos are right, 95 % interval" in done.stdout
    assert "note: Probabilities are not calibrated: 6 validation clips" in done.stderr
    assert isinstance(found["ece"], float)
    for kind in ("clip", "video_majority", "video_mean_softmax"):
        assert set(found[kind]) == {"accuracy", "sibling", "cousin", "p_sibling_given_error", "mistake_severity"}
    done = module("verify", "--bundle", tiny_bundle, "--data", tiny_world / "videos", "--json", tmp_path / "v.json")
    assert done.returncode == 0, done.stderr
    assert_sentences(done.stdout)
    assert "\nevery prototype is shown to be the patch it claims to be" in done.stdout
    found = json.loads((tmp_path / "v.json").read_text())
    assert list(found) == ["prototypes", "largest_difference", "changed", "absent", "shared_on_a_path", "holds"]
    assert found["holds"] is True
    (tmp_path / "some").mkdir()
    shutil.copytree(tiny_world / "videos" / "RedDisc", tmp_path / "some" / "RedDisc")
    done = module("verify", "--bundle", tiny_bundle, "--data", tmp_path / "some")
    assert done.returncode == 1
    assert_sentences(done.stdout)
    assert "not found: 10 of the source videos (BlueBar/" in done.stdout


def test_the_share_of_strange_clips_is_said_where_it_is_known(capsys):
    print_unlike(0.004)
    print_unlike(None)
    assert capsys.readouterr().out == "unlike anything it was trained on: 0.4 % of clips\n"


def test_what_hiding_costs_is_a_sentence(capsys):
    alone = {"marked_alone": 0.6, "random_alone": 0.35, "marked_leaves_more": 0.9}
    print_deletions({"n": 54, "marked": 0.24, "random": 0.08, "marked_drops_more": 0.83, **alone})
    print_deletions({"n": 0, "marked_drops_more": None, "marked_leaves_more": None})
    some, left, none, nothing = capsys.readouterr().out.splitlines()
    assert "costs 24.0 % of the similarity, an equal one elsewhere 8.0 %" in some
    assert "83.0 % of 54 cases" in some
    assert (
        "alone leaves 60.0 % of the similarity, an equal one elsewhere 35.0 %; the marked one leaves more in 90" in left
    )
    assert "of 0 cases" in none
    assert "leaves - %" in nothing


def test_regions_without_an_equal_one_are_counted(capsys):
    print_deletions({"n": 0, "too_large": 3, "marked_drops_more": None, "marked_leaves_more": None})
    assert capsys.readouterr().out.splitlines()[-1].startswith("3 regions are so large")


@pytest.mark.parametrize(("interval", "said"), [([0.1, 0.3], "[10.0, 30.0]"), (None, "-")])
def test_areas_under_curves_are_a_sentence(capsys, interval, said):
    gain = {"n": 9, "mean": 0.2, "interval": interval}
    row = {"area": {"n": 9, "mean": 0.5, "interval": None}, "curve": [1, 0], "gain": gain}
    print_curves({"levels": {"class": {"deletion": {"evidence": row, "random": row}}}})
    assert capsys.readouterr().out == (
        "deletion for the class, area by order of evidence 50.0, random 50.0; evidence is better than random by"
        f" 20.0 {said} over 9 clips\n"
    )


@pytest.mark.parametrize(
    "words",
    [
        ["embed"],
        ["nonsense"],
        ["study", "--data", ".", "--seeds", "0"],
        ["pantomime"],
        ["pantomime", "--out", "x.npz", "--per-class", "-1"],
        ["pantomime", "--out", "x.npz", "--stories", "-1"],
        ["pantomime", "--out", "x.npz", "--workers", "many"],
    ],
)
def test_misused_options_are_one_line_too(words, refused):
    refused(words, "See --help")


def test_a_process_ends_as_its_command_line_does():
    assert_refused(module("evaluate", "--bundle", "absent", "--data", "."), "absent")
    assert_refused(module("nonsense"), "See --help")


def test_a_rendering_of_nothing_is_refused(tmp_path, refused):
    refused(["pantomime", "--out", tmp_path / "none", "--per-class", "0"], "neither clips nor films")
    assert not (tmp_path / "none").exists()


def readme_commands() -> list[str]:
    """Command lines in the READMEs' code blocks, continuation lines joined."""
    text = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "assets/results/README.md"))
    blocks = re.findall(r"```bash\n(.*?)```", text, flags=re.DOTALL)
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [part.strip() for line in lines if line for part in line.split("&&")]


def test_the_readme_has_commands():
    assert len(readme_commands()) > 10


def test_the_readme_trains_a_flat_partner_beside_the_hierarchical_network():
    group = typer.Typer()
    group.command()(train.main)
    command = typer.main.get_command(group)
    lines = [shlex.split(line)[2:] for line in readme_commands() if line.startswith("python train.py --data my-videos")]
    given = [command.make_context("train.py", words).params for words in lines]
    named = {train.run_name(own["recipe_name"], own["data"], own["name"]): own["recipe_name"] for own in given}
    assert named == {"my-videos-cpg10": "custom-cpg10", "my-videos-protopnet10": "custom-protopnet10"}
    assert len({RECIPES[recipe].model.prototypes for recipe in named.values()}) == 2


@pytest.mark.parametrize("line", readme_commands())
def test_every_command_of_the_readme_is_understood(line):
    words = shlex.split(line)
    if words[:3] == ["python", "-m", "hprotopnet"]:
        group = typer.main.get_command(app)
        name, command, rest = group.resolve_command(typer.Context(group), words[3:])
        command.make_context(name, rest)
    elif words[:2] == ["python", "train.py"]:
        single = typer.Typer()
        single.command()(train.main)
        context = typer.main.get_command(single).make_context("train.py", words[2:])
        assert context.params["recipe_name"] in {*RECIPES, *DETECTORS}
    else:
        assert words[0] in {"pip", "streamlit", "python", "git", "cd", "ruff"}, line
        for word in words:
            if word.endswith((".txt", ".py")):
                assert (ROOT / word).is_file(), word
