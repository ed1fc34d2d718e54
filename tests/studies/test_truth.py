"""The whole question, asked of tiny networks about the clips of Pantomime that come with the project."""

import json
import shlex
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
from tiny import shape_video, train_bundle

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.data.video import write_video
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.tree import SHIPPED
from hprotopnet.pantomime.shipped import CLIPS
from hprotopnet.studies.sightings import FIGURES, POINTERS
from hprotopnet.studies.truth import print_truth, truth_report

pytestmark = pytest.mark.rendering

ROOT = Path(__file__).resolve().parents[2]
CLASSES = {
    "Rafting": "RedDisc",
    "Kayaking": "RedBar",
    "Skiing": "GreenDisc",
    "Snowboarding": "GreenBar",
    "Violin": "BlueDisc",
    "Cello": "BlueBar",
}
LEVELS = ["grandparent", "parent", "child"]


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    """Networks in `runs` that know six of Pantomime's classes by name: they learnt them from shapes in `videos`."""
    folder = tmp_path_factory.mktemp("pantomime")
    rows = (SHIPPED / "pantomime.csv").read_text(encoding="utf-8").splitlines()
    kept = [row for row in rows[1:] if row.split(",")[0] in CLASSES]
    (folder / "tree.csv").write_text("\n".join([rows[0], *kept]), encoding="utf-8")
    for (label, shape), number in product(CLASSES.items(), range(8, 11)):
        images = shape_video(shape, seed=100 * number + len(label))
        write_video(folder / "videos" / label / f"v_{label}_g{number:02d}_c01.mp4", images, 12.5)
    train_bundle(folder, folder / "runs", "tiny-tree", head="tree", temperature=0.1)
    train_bundle(folder, folder / "runs", "tiny-flat", head="fc", prototypes="leaf")
    return folder


@pytest.fixture(scope="module")
def found(world) -> dict:
    bundles = [open_bundle(world / "runs" / name) for name in ("tiny-tree", "tiny-flat")]
    return truth_report(bundles, CLIPS, causal=2, workers=1)


def leaves(value):
    """Every figure of a report."""
    if isinstance(value, dict) and set(value) == {"n", "mean", "interval"}:
        yield value
    elif isinstance(value, dict):
        for own in value.values():
            yield from leaves(own)


def test_every_level_has_every_figure_for_the_network_and_for_what_knows_nothing(found):
    deep, flat = found["bundles"].values()
    assert list(deep["levels"]) == LEVELS
    assert list(flat["levels"]) == LEVELS[2:]
    for row in deep["levels"].values():
        assert set(FIGURES) < set(row)
        assert all(tuple(row[figure]) == POINTERS for figure in FIGURES)
        assert {"purity_cue", "stability", "over_specificity", "duplicate"} < set(row["prototypes"])
    assert (found["clips"], found["groups"], found["causal"]) == (6, 5, 2)


def test_figures_are_shares_with_the_number_of_what_they_are_of(found):
    figures = list(leaves(found))
    assert len(figures) > 100
    for row in figures:
        assert (row["n"] == 0) == (row["mean"] is None)
        if row["interval"]:
            assert row["interval"][0] <= row["mean"] + 1e-9
            assert row["interval"][1] >= row["mean"] - 1e-9
    for bundle in found["bundles"].values():
        for level in bundle["levels"].values():
            for figure in FIGURES:
                for pointer in POINTERS:
                    assert 0 < level[figure][pointer]["n"] <= 6
                    assert 0 <= level[figure][pointer]["mean"] <= 1
    deep = next(iter(found["bundles"].values()))["levels"]
    assert [row["prototypes"]["duplicate"]["n"] for row in deep.values()] == [2 * 2, 2 * 3, 2 * 6]


def test_with_a_head_tied_to_the_tree_own_prototypes_speak_for_their_node(found):
    for row in next(iter(found["bundles"].values()))["levels"].values():
        assert row["own_share"]["n"] == 6
        assert row["own_share"]["mean"] > 0


def test_what_a_cue_moves_is_a_table_of_all_levels(found):
    deep, flat = found["bundles"].values()
    assert set(deep["causes"]) == set(flat["causes"]) == {"without", "swapped"}
    for change in deep["causes"].values():
        assert list(change) == LEVELS
        assert all(list(row["drops"]) == list(row["shares"]) == LEVELS for row in change.values())
        assert any(row["drops"][cue]["mean"] != 0 for row in change.values() for cue in LEVELS)
    assert list(flat["causes"]["without"]) == ["child"]


def test_the_same_seed_gives_the_same_figures_and_another_only_other_noise(world, found):
    def asked(seed: int) -> dict:
        bundles = [open_bundle(world / "runs" / "tiny-tree")]
        (only,) = truth_report(bundles, CLIPS, seed=seed)["bundles"].values()
        return only["levels"]["parent"]

    first = found["bundles"][str(world / "runs" / "tiny-tree")]["levels"]["parent"]
    assert asked(0) == first
    other = asked(1)
    assert other["energy"]["random"] != first["energy"]["random"]
    assert other["energy"]["network"] == first["energy"]["network"]


def test_it_is_asked_from_the_command_line_and_says_how_it_was(world, tmp_path):
    words = ["truth", world / "runs" / "tiny-tree", "--data", CLIPS, "--clips", 2]
    words += ["--stories", CLIPS / "films" / "stories", "--json", tmp_path / "figures.json"]
    command = [sys.executable, "-m", "hprotopnet", *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-2000:]
    written = json.loads((tmp_path / "figures.json").read_text())
    assert shlex.split(written["command"])[3:] == [getattr(word, "name", str(word)) for word in words]
    assert (written["side"], written["clips"], written["stories"]) == ("test", 2, 1)
    (bundle,) = written["bundles"].values()
    assert bundle["moments"]["grandparent"]["network"] == {
        "n": 1,
        "mean": 1,
        "interval": None,
    }  # the hall is always seen
    assert "grandparent: pointing" in done.stdout
    assert "child: in time" in done.stdout


def test_tables_say_what_is_missing(found, capsys):
    print_truth(found)
    said = capsys.readouterr().out
    assert "6 test clips of 5 groups" in said
    for row in ("child: own share", "purity cue", "lost, cue without", "lost, cue swapped"):
        assert row in said
    assert "nan" not in said


def test_what_has_no_cues_or_no_prototypes_is_refused_before_long_work(world, tiny_bundle, tmp_path):
    opened = open_bundle(world / "runs" / "tiny-tree")
    with pytest.raises(InputError, match="not trained on Pantomime"):
        truth_report([open_bundle(tiny_bundle)], CLIPS)
    with pytest.raises(InputError, match="other classes"):
        truth_report([opened, open_bundle(tiny_bundle)], CLIPS)
    blind = train_bundle(world, tmp_path, "tiny-blackbox", head="fc", prototypes="none")
    with pytest.raises(InputError, match="no prototypes"):
        truth_report([open_bundle(blind)], CLIPS)
    with pytest.raises(InputError, match="copy the truth beside its video, or leave it out"):
        truth_report([opened], world / "videos", side="validation")
    with pytest.raises(InputError, match="no story"):
        truth_report([opened], CLIPS, stories=tmp_path)
