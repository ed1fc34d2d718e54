"""What the tree adds to a detector: rows, what is kept of them, and the table."""

import json
from dataclasses import replace

import numpy as np
import pytest
from tiny import TREE

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.data.video import probe
from hprotopnet.errors import InputError
from hprotopnet.files import to_json
from hprotopnet.hierarchy.tree import load_hierarchy
from hprotopnet.studies import detectors
from hprotopnet.studies.detector_tables import NAMES, detector_table
from hprotopnet.studies.detectors import TRAINED, Asked, config_of, detector_study
from hprotopnet.temporal.annotations import LongVideos, long_video
from hprotopnet.temporal.clips import FeatureArrays
from hprotopnet.temporal.detection import detect
from hprotopnet.temporal.toy import TOY, ToyWorld, make_toy

QUICK = replace(TOY, width=32, encoded=16, concepts=8, epochs=2, redraw=2, learning_rate=1e-3)


@pytest.fixture
def asked(tmp_path):
    data = make_toy(ToyWorld(videos=18, coarse=2, siblings=2, width=32)).data
    return Asked(data, data.of("testing"), tmp_path / "kept", QUICK, 2, {})


def test_rows_differ_from_the_recipe_in_what_they_know_of_the_tree():
    configs = {row: config_of(TOY, row, 5) for row in TRAINED}
    assert configs["repaired"] == replace(TOY, seed=5)
    assert configs["published"] == replace(TOY, seed=5, form="published")
    assert configs["no coarse loss"] == replace(TOY, seed=5, loss=replace(TOY.loss, coarse=0))
    assert configs["ball"] == replace(TOY, seed=5, class_weights="ball")


def test_a_study_has_all_rows_and_a_kept_one_is_not_trained_again(asked, monkeypatch):
    found = detector_study(asked, draws=50)
    assert list(found["rows"]) == ["published", "repaired", "no coarse loss", "ball", "chance"]
    assert found["rows"]["repaired"]["against"] is None
    for row, own in found["rows"].items():
        assert own["runs"] == 2
        figure = own["figures"]["fine average"]
        assert 0 <= figure["interval"][0] <= figure["interval"][1] <= 1
        if row != "repaired":
            beyond = figure["mean"] - found["rows"]["repaired"]["figures"]["fine average"]["mean"]
            assert own["against"]["fine average"]["mean"] == pytest.approx(beyond)
    monkeypatch.setattr(detectors, "train_detector", None)
    assert to_json(detector_study(asked, draws=50)) == to_json(found)
    table = detector_table(json.loads(to_json({"command": "python -m hprotopnet detectors", **found})))
    assert [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines()[2:7]] == [
        NAMES[row] for row in found["rows"]
    ]


def test_kept_runs_of_something_else_are_refused(asked):
    detector_study(asked, draws=10)
    for other, word in (
        (replace(asked, config=replace(QUICK, epochs=3)), "another configuration"),
        (replace(asked, videos=asked.videos[1:]), "another videos"),
    ):
        with pytest.raises(InputError, match=word):
            detector_study(other, draws=10)


def test_chance_finds_as_many_segments_as_long_as_the_true_ones(asked):
    run = detectors._chance(asked, 1)
    found = run.fine.segments()
    lengths = np.concatenate([np.diff(video.times, axis=1)[:, 0] for video in asked.videos])
    assert np.sort(np.diff(found.times, axis=1)[:, 0]) == pytest.approx(np.sort(lengths))
    durations = np.array([video.duration for video in asked.videos])
    assert (found.times[:, 0] >= 0).all()
    assert (found.times[:, 1] <= durations[found.videos] + 1e-9).all()


@pytest.fixture
def filmed(tiny_world, tiny_bundle, tmp_path):
    """Clips of the tiny world as if they were long, and a network that knows their classes."""
    hierarchy = load_hierarchy(tiny_world / "tree.csv")
    paths = sorted((tiny_world / "videos").glob("*/*_g01_c01.mp4"))[:2]
    videos = [
        long_video("test", path.stem, 3, 3 / probe(path).duration, [[0.2, 1.5]], [hierarchy.index(path.parent.name)])
        for path in paths
    ]
    films = tmp_path / "films"
    films.mkdir()
    for path in paths:
        (films / path.name).write_bytes(path.read_bytes())
    features = FeatureArrays({video.name: np.zeros((3, 4), np.float32) for video in videos})
    data = LongVideos(hierarchy, tuple(videos), features)
    assert len(hierarchy.classes) == TREE.count("\n") - 1
    return Asked(data, data.videos, tmp_path / "kept", QUICK, 1, {}, films), open_bundle(tiny_bundle)


def test_probabilities_of_a_network_are_read_by_the_rule_of_detectors(filmed, monkeypatch):
    asked, bundle = filmed
    found = detectors._prototypes(asked, bundle)
    said = list(detectors._said(asked, bundle, next(asked.out.glob("said-*"))))
    classes = [bundle.hierarchy.index(name) for name in asked.data.hierarchy.classes]
    for number, (video, own) in enumerate(zip(asked.videos, said, strict=True)):
        assert own.shape == (3, len(bundle.hierarchy.nodes))
        assert own[:, classes].sum(1) == pytest.approx(1, abs=1e-5)
        expected = detect(own[:, classes], video.rate, QUICK.rule)
        fine = found.fine.segments()
        assert fine[fine.videos == number].times == pytest.approx(expected.times)
    monkeypatch.setattr(detectors, "_said", None)
    assert detectors._prototypes(asked, bundle).identity == found.identity


def test_a_video_that_is_absent_and_a_network_of_another_tree_are_refused(filmed, asked):
    own, bundle = filmed
    with pytest.raises(InputError, match="there is no such video"):
        detectors._prototypes(replace(own, films=None), bundle)
    with pytest.raises(InputError, match="does not know 'a0', 'a1'"):
        detectors._prototypes(asked, bundle)
