"""From videos to a detector's folder and to segments of a video; and what is refused on the way."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

import train
from hprotopnet import __main__, cli
from hprotopnet.errors import InputError
from hprotopnet.files import read_json
from hprotopnet.pantomime.shipped import CLIPS
from hprotopnet.temporal import finding, recipe
from hprotopnet.temporal.activitynet import read_activitynet
from hprotopnet.temporal.atoms import Atom
from hprotopnet.temporal.detector import load_detector
from hprotopnet.temporal.finding import segments_of
from hprotopnet.temporal.network import class_directions
from hprotopnet.temporal.recipe import described, detector_run, on_pantomime
from hprotopnet.temporal.toy import TOY, ToyWorld, make_toy
from hprotopnet.temporal.training import train_detector

TEST_CLIP = next(CLIPS.rglob("*.mp4"))
SMALL = ToyWorld(videos=24, coarse=2, siblings=2, width=32)
QUICK = replace(TOY, width=32, encoded=16, concepts=8, epochs=4, redraw=2, learning_rate=1e-3)


@pytest.fixture(scope="module")
def toy():
    return make_toy(SMALL)


@pytest.fixture(scope="module")
def ran(toy, tmp_path_factory):
    """A detector's folder, and what it came to."""
    out = tmp_path_factory.mktemp("runs") / "detector"
    atoms = {
        name: tuple(Atom((at / 2, (at + 1) / 2), f"atom {own}") for at, own in enumerate(row) if own >= 0)
        for name, row in toy.atoms.items()
    }
    return out, detector_run(QUICK, toy.data, out, out, atoms)


def test_a_run_writes_a_detector_and_what_it_came_to(toy, ran):
    out, found = ran
    assert sorted(path.name for path in out.iterdir()) == [
        *("detector.json", "detector.safetensors", "figures.json", "training"),
    ]
    assert load_detector(out).config == QUICK
    assert found["videos"] == 8
    assert list(found["fine"]) == [*(f"map@{n / 10:g}" for n in range(1, 10)), "average"]
    assert found["of_coarse"].keys() == {"a", "b"}
    classes = read_json(out / "figures.json")["of_coarse"]
    assert found["fine"]["average"]["value"] == pytest.approx(np.mean(list(classes.values())))
    low, high = found["fine"]["average"]["interval"]
    assert low <= found["fine"]["average"]["value"] <= high
    assert 0 < found["concepts"]["atoms"]["nmi"] <= 1
    assert found["concepts"]["atoms"]["purity"] > found["concepts"]["classes"]["purity"]
    assert any("concepts and atoms" in line for line in described(found))


def test_a_run_goes_on_where_it_was_and_begins_anew_when_it_is_told_to(toy, ran, monkeypatch):
    out, found = ran
    rows = []
    again = detector_run(QUICK, toy.data, out, out, on_epoch=rows.append)
    assert rows == []
    assert again["fine"] == found["fine"]
    detector_run(replace(QUICK, epochs=1), toy.data, out, out.parent / "other", on_epoch=rows.append)
    with pytest.raises(InputError, match="training of another configuration"):
        detector_run(QUICK, toy.data, out, out.parent / "other")
    detector_run(QUICK, toy.data, out, out.parent / "other", again=True, on_epoch=rows.append)
    assert [row.epoch for row in rows] == [1, 1, 2, 3, 4]


def test_segments_of_a_video_are_those_of_its_clips_with_their_concepts(toy, ran):
    stored, video = load_detector(ran[0]), toy.data.of("testing")[0]
    found = segments_of(stored, video.name, video.duration, toy.data.features.read(video.name))
    assert found.clips == len(found.concepts) == toy.data.features.count(video.name)
    assert found.segments
    scores = [own.score for own in found.segments]
    assert scores == sorted(scores, reverse=True)
    for own in found.segments:
        assert 0 <= own.start < own.end <= video.duration + 1e-9
        assert own.coarse == own.fine[0]
        assert sum(share for _, share in own.concepts) == pytest.approx(1)
        first, last = round(own.start * video.rate), round(own.end * video.rate)
        assert {number for number, _ in own.concepts} == set(found.concepts[first:last])


def test_a_detector_is_asked_about_features_of_its_own_backbone_alone(ran, tmp_path):
    with pytest.raises(InputError, match="were not made here"):
        finding.find(load_detector(ran[0]), TEST_CLIP)


def test_weights_of_the_ball_stay_what_they_are_and_show_the_tree(toy):
    config = replace(QUICK, class_weights="ball", epochs=2)
    trained = train_detector(toy.data, config)
    directions = class_directions(toy.data.hierarchy, 16)
    assert torch.equal(trained.network.fine.out.weight, directions)
    cosines = directions @ directions.T
    coarse = torch.from_numpy(toy.data.coarse)
    kin = coarse[:, None] == coarse
    assert cosines[kin].min() > cosines[~kin].max()
    learned = train_detector(toy.data, replace(config, class_weights="learned"))
    assert not torch.equal(learned.network.fine.out.weight, directions)


def test_a_stopped_training_with_weights_of_the_ball_goes_on(toy, tmp_path):
    config = replace(QUICK, class_weights="ball", epochs=3)

    def stop(row):
        if row.epoch == 1:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        train_detector(toy.data, config, tmp_path, stop)
    resumed, whole = train_detector(toy.data, config, tmp_path), train_detector(toy.data, config)
    assert [row.mil for row in resumed.record.epochs] == [row.mil for row in whole.record.epochs]


def test_a_recipe_says_what_it_will_do_and_a_folder_without_videos_is_refused(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="holds no untrimmed videos"):
        on_pantomime(recipe.HAAN, tmp_path, tmp_path / "out", tmp_path / "cache")
    said = recipe.Films(seed=3, count=2).planned()
    assert said.startswith("2 videos of 1 minutes are rendered first, about ")

    def rendered(*_, **__):
        assert told
        return {}

    told = []
    monkeypatch.setattr("hprotopnet.pantomime.writing.write_dataset", rendered)
    recipe.Films(seed=3, count=2).rendered(tmp_path, told.append)
    assert len(told) == 1


def test_options_that_a_detector_does_not_have_are_refused():
    with pytest.raises(InputError, match="has no --backbone; leave it out"):
        train.main(recipe_name="pantomime-haan", backbone="i3d")


@pytest.mark.parametrize(
    ("segment", "label", "message"),
    [
        ([1.0, 99.0], "a0", "ends at 99 s, the video at 6 s"),
        ([3.0, 1.0], "a0", "goes from 3.0 to 1.0 s"),
        ([1.0, 2.0], "a7", "a7"),
    ],
)
def test_annotations_that_do_not_fit_are_refused_in_one_line(toy, tmp_path, segment, label, message):
    np.save(tmp_path / "one.npy", np.zeros((12, 4), np.float32))
    entry = {"duration": 6.0, "annotations": [{"segment": segment, "label": label}]}
    (tmp_path / "all.json").write_text(json.dumps({"database": {"one": entry}}), encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        read_activitynet(tmp_path / "all.json", toy.data.hierarchy, tmp_path)
    assert "\n" not in str(caught.value)


def test_commands_refuse_bad_input_in_one_line(ran, tmp_path, capsys, monkeypatch):
    annotations = tmp_path / "all.json"
    annotations.write_text(json.dumps({"database": {"one": {"duration": 6.0, "annotations": []}}}), encoding="utf-8")
    out = tmp_path / "out"
    (tmp_path / "tree.csv").write_text("class,parent\na,b\n", encoding="utf-8")
    asked = ["detector", "--annotations", annotations, "--features", tmp_path, "--hierarchy", tmp_path / "tree.csv"]
    for words, part in (
        ([*asked, "--out", out], "lacks the features of 'one'"),
        (["features", "--data", tmp_path, "--out", out], "no video lies in it"),
        (["features", "--data", CLIPS / "Daf", "--out", out, "--clip", "0"], "show nothing"),
        (["features", "--data", CLIPS / "Daf", "--out", out, "--backbone", "i4d"], "no backbone is called 'i4d'"),
        (["detect", "--bundle", tmp_path, "--video", TEST_CLIP, "--json", out], "no detector"),
        (["detect", "--bundle", ran[0], "--video", tmp_path / "absent.mp4", "--json", out], "absent.mp4"),
    ):
        monkeypatch.setattr("sys.argv", ["hprotopnet", *map(str, words)])
        with pytest.raises(SystemExit) as caught:
            cli.run(__main__.app)
        said = capsys.readouterr().err.strip()
        assert caught.value.code == 2
        assert said.startswith("error: ")
        assert part in said
        assert "\n" not in said
    assert not out.exists()
