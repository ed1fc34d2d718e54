"""Every explainer on the same clips: of tiny networks on the clips of Pantomime that come with the project."""

import json
import shutil
from collections import Counter
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from lookers import prototype_subject
from tiny import shape_video, train_bundle
from toys import spotted, toy_model
from typer.testing import CliRunner

from hprotopnet.__main__ import app
from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.config import ClipConfig
from hprotopnet.data.clips import Clip
from hprotopnet.data.splits import Video
from hprotopnet.data.video import write_video
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.tree import SHIPPED
from hprotopnet.pantomime.conditions import Condition, Key, foreign, frames_of, seen_of
from hprotopnet.pantomime.shipped import CLIPS
from hprotopnet.pantomime.spec import tree
from hprotopnet.studies import explained, kept
from hprotopnet.studies.attribution import Asked, attribution_report, in_turn
from hprotopnet.studies.explained import PARTS, Case, Network, Scene, parts_of
from hprotopnet.studies.explainers import figures_of, print_attribution
from hprotopnet.studies.kept import passes_of

pytestmark = pytest.mark.rendering

CLASSES = {
    "Rafting": "RedDisc",
    "Kayaking": "RedBar",
    "Skiing": "GreenDisc",
    "Snowboarding": "GreenBar",
    "Violin": "BlueDisc",
    "Cello": "BlueBar",
}
LEVELS = ["grandparent", "parent", "child"]
# Against all: some nodes of a tree of six classes have no siblings, and nothing is to be said against none.
ASKED = Asked(("gradients", "prototypes"), clips=2, curves=1, noise=1, randomised=1, causal=1, rivals="all")


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    """A tied and a flat network in `runs` that know six of Pantomime's classes by name, learnt from shapes."""
    folder = tmp_path_factory.mktemp("explainers")
    rows = (SHIPPED / "pantomime.csv").read_text(encoding="utf-8").splitlines()
    kept_rows = [row for row in rows[1:] if row.split(",")[0] in CLASSES]
    (folder / "tree.csv").write_text("\n".join([rows[0], *kept_rows]), encoding="utf-8")
    for (label, shape), number in product(CLASSES.items(), range(8, 11)):
        images = shape_video(shape, seed=100 * number + len(label))
        write_video(folder / "videos" / label / f"v_{label}_g{number:02d}_c01.mp4", images, 12.5)
    train_bundle(folder, folder / "runs", "tiny-tree", head="tree", temperature=0.1)
    train_bundle(folder, folder / "runs", "tiny-flat", head="fc", prototypes="leaf")
    return folder


@pytest.fixture(scope="module")
def bundles(world):
    return [open_bundle(world / "runs" / name) for name in ("tiny-tree", "tiny-flat")]


@pytest.fixture(scope="module")
def keep(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def found(bundles, keep) -> dict:
    return attribution_report(bundles, CLIPS, keep, ASKED)


def timeless(found: dict) -> dict:
    """A report without what a clock says."""
    plain = json.loads(json.dumps(found))
    for network in plain["networks"].values():
        for levels in network["explainers"].values():
            for figures in levels.values():
                del figures["seconds"]
    return plain


def test_every_explainer_has_every_figure_at_every_level_that_it_can_be_asked_about(found):
    assert (found["kind"], found["clips"], found["groups"]) == ("attribution", 2, 2)
    assert found["parts"] == {"map": 2, "curves": 1, "noise": 1, "randomised": 1, "causal": 1}
    deep, flat = found["networks"].values()
    assert {name: list(own) for name, own in deep["explainers"].items()} == dict.fromkeys(ASKED.methods, LEVELS)
    assert list(flat["explainers"]["gradients"]) == LEVELS
    assert list(flat["explainers"]["prototypes"]) == ["child"]  # it has none for others
    for figures in deep["explainers"]["gradients"].values():
        for name in ("pointing", "energy", "iou", "pointing_as_is"):
            for who in ("method", "centre", "random"):
                assert 0 < figures[name][who]["n"] <= 2
                assert 0 <= figures[name][who]["mean"] <= 1
        assert figures["insertion"]["method"]["n"] == figures["deletion_gain"]["random"]["n"] == 1
        assert figures["insertion"]["random"]["n"] == figures["deletion"]["centre"]["n"] == 1
        assert figures["seconds"]["method"]["mean"] > 0


def test_methods_are_compared_pair_by_pair(found):
    deep, flat = found["networks"].values()
    for level in LEVELS:
        (pair,) = deep["agreement"][level]
        assert (pair["one"], pair["other"], pair["rank"]["n"]) == ("gradients", "prototypes", 2)
        assert -1 <= pair["rank"]["mean"] <= 1
        assert 0 <= pair["top"]["mean"] <= 1
    assert [len(pairs) for pairs in flat["agreement"].values()] == [0, 0, 1]


def test_who_asks_again_finds_what_was_kept(found, bundles, keep, monkeypatch):
    monkeypatch.setattr(kept, "PARTS", {})  # whatever is asked now fails
    assert attribution_report(bundles, CLIPS, keep, ASKED) == found


def test_killed_and_gone_on_with_gives_the_same_figures(found, bundles, tmp_path, monkeypatch):
    done = Counter()

    def until(name, part, most):
        def ask(case):
            done[name] += 1
            if sum(done.values()) > most:
                raise KeyboardInterrupt
            return part(case)

        return ask

    for most in (5, 19):
        with monkeypatch.context() as patch:
            patch.setattr(kept, "PARTS", {name: until(name, part, most) for name, part in PARTS.items()})
            with pytest.raises(KeyboardInterrupt):
                attribution_report(bundles, CLIPS, tmp_path, ASKED)
    less = replace(ASKED, methods=("gradients",), clips=1, curves=0, noise=0, randomised=0, causal=0)
    attribution_report(bundles[:1], CLIPS, tmp_path, less)  # in between is no harm
    assert timeless(attribution_report(bundles, CLIPS, tmp_path, ASKED)) == timeless(found)
    assert not list(tmp_path.rglob(".partial*"))


def test_what_was_found_of_something_else_is_refused_in_a_line(found, bundles, keep, tmp_path):
    with pytest.raises(InputError, match=r"v_\w+\.json: was found with another seed; give another folder"):
        attribution_report(bundles, CLIPS, keep, replace(ASKED, clips=1, seed=1))
    copy = shutil.copytree(keep, tmp_path / "copy")
    page = next(copy.rglob("v_*.json"))
    page.write_text('{"levels": 3}')
    with pytest.raises(InputError, match=f"{page.name}: holds no figures of an explainer"):
        attribution_report(bundles, CLIPS, copy, ASKED)


def test_what_cannot_be_asked_is_refused_before_long_work(bundles, tiny_bundle, tmp_path):
    with pytest.raises(InputError, match="no method is called 'gradient'"):
        Asked(("gradient",))
    with pytest.raises(InputError, match="no level is called 'leaf'; known: grandparent, parent, child"):
        Asked(levels=("leaf",))
    with pytest.raises(InputError, match="name one at least"):
        Asked(())
    with pytest.raises(InputError, match="not trained on Pantomime"):
        attribution_report([open_bundle(tiny_bundle)], CLIPS, tmp_path, ASKED)
    with pytest.raises(InputError, match="two networks are called so"):
        attribution_report([bundles[0], bundles[0]], CLIPS, tmp_path, ASKED)


def test_the_command_says_what_it_will_take_and_what_it_found(found, world, keep, tmp_path):
    words = ["attributions", world / "runs" / "tiny-tree", "--data", CLIPS, "--out", keep, "--methods", "gradients"]
    words += ["--rivals", "all"]
    words += ["--clips", 2, "--curves", 1, "--noise", 1, "--randomised", 1, "--json", tmp_path / "figures.json"]
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    assert "2 test clips: 21 questions, 21 of them answered already" in done.stderr
    assert "tiny-tree, pointing" in done.stdout
    assert "(random)" in done.stdout
    assert json.loads((tmp_path / "figures.json").read_text())["networks"]["tiny-tree"]["explainers"]


def test_tables_show_no_figure_that_is_none(found, capsys):
    print_attribution(found)
    said = capsys.readouterr().out
    assert "2 test clips of 2 groups" in said
    assert "tiny-flat, insertion_gain" in said
    assert "nan" not in said


# --- parts, on a toy that knows all of Pantomime's classes ----------------------------------------------------------

SMALL = ClipConfig(frames=16, fps=12.5, size=40)


@pytest.fixture
def scene() -> Scene:
    key = Key(3, "Rafting", 2, 1)
    images, masks = seen_of(key, SMALL, Condition())
    clip = Clip("Rafting/v", 0.0, images, np.arange(16) / 12.5)
    return Scene(Video("Rafting/v", Path("v.mp4"), "Rafting", "g02"), clip, masks, key, "mean", 0)


@pytest.fixture
def case(scene) -> Case:
    subject = prototype_subject(toy_model(hierarchy=tree(), head="tree"))
    subject.clip = SMALL
    case = Case(scene, Network("toy", subject, 0), "prototypes", "grandparent", "Sports")
    return Case(**{**vars(case), "cells": case.on_cells(case.ask())})


def test_a_map_is_kept_on_cells_and_placed_beside_what_knows_nothing(case):
    part = PARTS["map"](case)
    assert np.shape(part["cells"]) == (2 * 5 * 5,)
    np.testing.assert_array_equal(part["cells"], case.cells.ravel())
    # its own cells are the common ones, so that nothing is lost on them
    for name in ("pointing", "energy", "iou"):
        assert part["placed"][name]["method"] == pytest.approx(part["placed_as_is"][name]["method"], abs=1e-4)
        assert set(part["placed"][name]) == {"method", "centre", "random"}


def test_curves_begin_and_end_with_the_clip_and_with_nothing(case):
    method, centre = (PARTS["curves"](Case(**{**vars(case), "method": name})) for name in ("prototypes", "centre"))
    for ends in ((0, -1), (-1, 0)):
        assert method["deletion"][ends[0]] == method["insertion"][ends[1]] == centre["deletion"][ends[0]]


def test_curves_are_those_of_hiding_pixel_after_pixel():
    """A second version, slow: of a network that looks for one bright cell, whose cells are 8 pixels a side."""
    model, clip = spotted(head="fc")
    with torch.no_grad():
        model.head.weight.zero_()
        model.head.weight[0, :2] = 5.0  # of dunk's prototypes alone
    subject = prototype_subject(model)
    seen_cells = np.random.default_rng(0).random((2, 5, 5))
    bright = Scene(
        Video("dunk/v", Path("v.mp4"), "dunk", "g"), clip, np.zeros(clip.images.shape[:3], np.uint8), None, "mean", 0
    )
    seen_cells[:, 1, 3] = 2.0, 1.5  # the bright one, in both steps of time
    found = PARTS["curves"](Case(bright, Network("toy", subject, 0), "gradients", "child", "dunk", seen_cells))
    ranked = sorted(np.ndindex(2, 5, 5), key=lambda cell: -seen_cells[cell])
    grey = clip.images.reshape(-1, 3).mean(0).astype(np.uint8)
    for step, kept_at in enumerate(found["deletion"]):
        hidden = clip.images.copy()
        for t, y, x in ranked[: round((step / 8) ** 3 * 50)]:
            hidden[8 * t : 8 * t + 8, 8 * y : 8 * y + 8, 8 * x : 8 * x + 8] = grey
        with torch.no_grad():
            slow = float(subject.log_probabilities(subject.inputs(hidden))[0, subject.index("dunk")].exp())
        assert kept_at == pytest.approx(slow, rel=1e-5)
    assert found["deletion"][3] < found["deletion"][0]  # the bright cell is among the first three
    assert found["insertion"][3] > found["insertion"][0]
    np.testing.assert_allclose(found["insertion"][3:], found["insertion"][3], rtol=1e-6)  # nothing else matters


def test_the_same_network_gives_the_same_map_and_random_weights_another(case):
    assert PARTS["randomised"](case)["rank"] < 0.999
    same = Network("toy", case.network.subject, 0)
    same.__dict__["twin"] = same.subject
    assert PARTS["randomised"](Case(**{**vars(case), "network": same}))["rank"] == pytest.approx(1)
    for own, other in zip(case.network.twin.parameters(), case.network.subject.parameters(), strict=True):
        assert sorted(own.flatten().tolist()) == sorted(other.flatten().tolist())


def test_a_map_that_does_not_look_at_the_clip_is_not_moved_by_a_cue(case, monkeypatch):
    moved = PARTS["causal"](case)
    assert moved["node"] == foreign(case.scene.key, "grandparent") != "Sports"
    assert 0 <= moved["before"] <= 1
    monkeypatch.setattr(Case, "on_cells", lambda self, found: np.ones(self.network.grid))
    still = PARTS["causal"](case)
    assert still["before"] == still["after"]


def test_a_map_that_is_where_the_cue_is_moves_with_it(case, monkeypatch):
    _, masks = seen_of(case.scene.key, SMALL, Condition(swapped="child"))
    child = Case(**{**vars(case), "level": "child", "node": "Rafting"})

    def on_its_cue(self, clip=None, subject=None, node=None):
        own = explained.shown(masks if clip is not self.scene.clip else self.scene.masks, "child")
        return type("Found", (), {"supporting": own.astype(float)})()

    monkeypatch.setattr(Case, "ask", on_its_cue)
    monkeypatch.setattr(Case, "on_cells", lambda self, found: found.supporting)
    monkeypatch.setattr(Network, "offset", (0.0, 0.0, 0.0))
    moved = PARTS["causal"](child)
    assert moved["after"] == 1 > moved["before"]


def test_masks_of_a_condition_are_those_of_its_frames(case):
    key = case.scene.key
    images, masks = seen_of(key, SMALL, Condition(without=("child",)))
    np.testing.assert_array_equal(images, frames_of(key, SMALL, Condition(without=("child",))))
    assert not explained.shown(masks, "child").any()
    assert explained.shown(case.scene.masks, "child").any()


def test_orders_that_know_nothing_have_curves_alone():
    assert parts_of("centre", ("map", "curves")) == ("curves",)
    assert parts_of("centre", ("map",)) == ()
    assert parts_of("gradcam", ("curves", "map")) == ("map", "curves")


def test_passes_follow_from_settings():
    assert [passes_of(name) for name in ("prototypes", "gradients", "smooth")] == [3, 5, 2 + 3 * 25]


# --- figures, worked by hand ------------------------------------------------------------------------------------------


def test_figures_by_hand():
    curve = {"deletion": [1.0, 0.0, 0.0], "insertion": [0.0, 1.0, 1.0]}
    level = {"deletion": [1.0, 0.5, 0.0], "insertion": [0.0, 0.5, 1.0]}
    own = {
        0: {"map": {"cells": [0, 1], "seconds": 3.0, "pass": 1.0, "gini": 0.5}, "curves": curve},
        1: {"map": {"cells": [0, 0], "seconds": 1.0, "pass": 1.0}, "causal": {"before": 0.25, "after": 0.75}},
        2: {"causal": {}},
    }
    found = figures_of(own, {"centre": {0: {"curves": level}}, "random": {}}, ("a", "b", "b"))
    assert found["seconds"]["method"]["mean"] == 2
    assert found["empty"]["method"]["mean"] == 0.5
    assert found["gini"]["method"] == {"n": 1, "mean": 0.5, "interval": None}
    assert found["insertion"]["method"]["mean"] == 0.75
    assert found["deletion"]["method"]["mean"] == 0.25
    assert found["insertion_gain"]["centre"]["mean"] == found["deletion_gain"]["centre"]["mean"] == 0.25
    assert found["insertion_gain"]["random"] == {"n": 0, "mean": None, "interval": None}
    assert [found["moved"][who]["mean"] for who in ("method", "before", "after")] == [0.5, 0.25, 0.75]


def test_any_first_clips_are_spread_over_classes_and_groups():
    videos = [
        Video(f"c{k:02d}/v_g{g:02d}_c{c}", Path("v"), f"c{k:02d}", f"g{g:02d}")
        for k in range(36)
        for g in range(1, 8)
        for c in (1, 2)
    ]
    found = in_turn(videos)
    assert sorted(video.name for video in found) == sorted(video.name for video in videos)
    for count in (36, 72, 252):
        assert set(Counter(video.label for video in found[:count]).values()) == {count // 36}
    for count in (4, 8, 12):
        families = Counter(int(video.label[1:]) // 9 for video in found[:count])
        assert set(families) == {0, 1, 2, 3}
    assert max(Counter(video.group for video in found[:14]).values()) == 2
    uneven = [videos[0], *videos[14:16]]
    assert sorted(video.name for video in in_turn(uneven)) == sorted(video.name for video in uneven)
