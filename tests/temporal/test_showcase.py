"""What is stored of a detector: it comes back, is what its features give, and what is wrong is said in one line."""

import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from happenings import NAMES, TESTED, sources_of, write_detector, write_films
from PIL import Image

from hprotopnet.errors import InputError
from hprotopnet.temporal.card import read_card
from hprotopnet.temporal.recipe import TESTING
from hprotopnet.temporal.showcase import FOLDER, chosen, load_showcase
from hprotopnet.temporal.storing import moments, verify_showcase, write_showcase

pytestmark = pytest.mark.rendering
PROJECT = Path(__file__).resolve().parents[2]
SHIPPED = sorted(file.parent for file in PROJECT.glob("checkpoints/*/detector.json"))


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    return write_films(tmp_path_factory.mktemp("films"))


@pytest.fixture(scope="module")
def made(films):
    return write_detector(films, films / "runs" / "tiny-haan")


@pytest.fixture
def folder(made, tmp_path):
    return shutil.copytree(made, tmp_path / "tiny-haan")


def test_what_is_stored_is_what_the_features_give(made):
    found = verify_showcase(made)
    assert found["holds"]
    assert [row["video"] for row in found["films"]] == list(load_showcase(read_card(made)).shown)
    assert found["largest_difference"] <= 1e-5


def test_it_holds_truth_of_all_tested_videos_and_films_of_some(made, films):
    card = read_card(made)
    found = load_showcase(card)
    assert found.names == tuple(TESTED)
    assert len(found.shown) == 2
    for name, video, scores, concepts in zip(found.names, found.videos, found.scores, found.concepts, strict=True):
        assert scores.shape == (12, 6)
        assert concepts.shape == (12,)
        assert video.times.tolist() == [[0, 2], [2, 4], [4, 6]]
        assert video.rate == 2
        assert (found.folder / f"{name}.mp4").exists() == (name in found.shown)
    first = found.shown[0]
    assert found.film(first).read_bytes() == (films / "films" / f"{first}.mp4").read_bytes()
    assert found.alike.shape == (6, card.config.concepts)
    assert np.abs(found.alike).max() <= 1.00001
    assert found.evidence() is None


def test_clips_near_a_concept_are_of_training_videos_and_play(made):
    found = load_showcase(read_card(made))
    assert sum(own.clips for own in found.content.concepts) == 12 * (len(NAMES) - len(TESTED))
    for own in found.content.concepts:
        assert not {clip.video for clip in own.near} & set(TESTED)
        assert [clip.distance for clip in own.near[:1]] == [min(clip.distance for clip in own.near)][: len(own.near)]
        with Image.open(io.BytesIO(found.picture(own.number))) as image:
            assert image.format == "WEBP"
            assert image.n_frames > 1 or not own.near
    labels = {clip.label for own in found.content.concepts for clip in own.near}
    assert labels <= {*read_card(made).hierarchy.classes, ""}


def test_films_are_chosen_by_what_they_hold_and_not_by_what_is_found():
    class Video:
        def __init__(self, name, duration, labels):
            self.name, self.duration, self.labels = name, duration, np.array(labels)

    coarse = np.array([0, 0, 1, 1, 2, 2])
    videos = [Video("a", 5, [0, 1]), Video("b", 9, [0, 2]), Video("c", 8, [2, 4]), Video("d", 1, [0])]
    assert [own.name for own in chosen(videos, coarse, 3)] == ["c", "d", "a"]
    assert len(chosen(videos, coarse, 9)) == 4


def test_moments_are_those_of_segments_apart_from_each_other(made, films):
    from hprotopnet.temporal.detector import load_detector

    stored, found = load_detector(made), load_showcase(read_card(made))
    asked = moments(found.videos[0], found.scores[0], stored)
    assert {1.0, 3.0, 5.0} <= set(asked)
    assert asked == sorted(asked)
    assert np.diff(asked).min() >= 0.63


def change_json(change):
    def spoil(folder):
        path = folder / FOLDER / "showcase.json"
        data = json.loads(path.read_text(encoding="utf-8"))
        change(data)
        path.write_text(json.dumps(data), encoding="utf-8")

    return spoil


def save_scores(**changed):
    def spoil(folder):
        path = folder / FOLDER / "scores.npz"
        with np.load(path) as found:
            arrays = dict(found)
        np.savez_compressed(path, **arrays | {name: change(arrays[name]) for name, change in changed.items()})

    return spoil


SPOILED = {
    "of another detector": change_json(lambda data: data.update(detector="0" * 64)),
    "names that are none": change_json(lambda data: data["videos"][0].update(name="../away")),
    "twice the same": change_json(lambda data: data["videos"][0].update(name=data["videos"][1]["name"])),
    "lasts no time": change_json(lambda data: data["videos"][0].update(duration=0.0)),
    "the tree has not": change_json(lambda data: data["videos"][0]["segments"][0].update(label="Flying")),
    "segment 0 goes from 5": change_json(lambda data: data["videos"][0]["segments"][0].update(start=5.0)),
    "are not those of the detector": change_json(lambda data: data["concepts"].pop()),
    "not as many scores": save_scores(scores=lambda own: own[1:]),
    "concepts that there are not": save_scores(concepts=lambda own: own + 99),
    "are no numbers": save_scores(scores=lambda own: own * np.nan),
    "lacks scores.npz": lambda folder: (folder / FOLDER / "scores.npz").unlink(),
    "not a file of scores": lambda folder: (folder / FOLDER / "scores.npz").write_bytes(b"PK"),
}


@pytest.mark.parametrize("said", SPOILED)
def test_what_does_not_fit_is_said_in_one_line(folder, said):
    SPOILED[said](folder)
    with pytest.raises(InputError, match=said) as caught:
        load_showcase(read_card(folder))
    assert "\n" not in str(caught.value)


def test_a_film_or_features_that_changed_are_no_longer_what_was_stored(folder):
    found = load_showcase(read_card(folder))
    name = found.shown[0]
    path = found.features(name)
    np.save(path, np.load(path) + np.float16(0.5))
    assert not verify_showcase(folder)["holds"]
    (found.folder / f"{name}.mp4").write_bytes(b"another")
    with pytest.raises(InputError, match="another video than the detector was asked about"):
        found.film(name)
    (found.folder / f"{name}.mp4").unlink()
    with pytest.raises(InputError, match="lacks film_"):
        found.film(name)


def test_a_folder_of_films_that_lacks_one_is_refused_and_what_was_stored_stays(folder, films):
    sources = sources_of(films)
    lacking = replace(sources, films={name: path for name, path in sources.films.items() if name not in TESTED})
    with pytest.raises(InputError, match="there is no film of"):
        write_showcase(folder, lacking, "training", TESTING)
    assert verify_showcase(folder)["holds"]


def test_a_showcase_made_again_takes_the_place_of_the_old_one(folder, films):
    (folder / FOLDER / "left.txt").write_text("old", encoding="utf-8")
    found = write_showcase(folder, sources_of(films, count=1), "training", TESTING)
    assert len(found["films"]) == 1
    assert not (folder / FOLDER / "left.txt").exists()
    assert len(list((folder / FOLDER).glob("*.mp4"))) == 1
    assert (folder / "detector.json").exists()


def test_a_detector_without_a_showcase_has_none(folder):
    shutil.rmtree(folder / FOLDER)
    assert load_showcase(read_card(folder)) is None
    with pytest.raises(InputError, match="has no showcase"):
        verify_showcase(folder)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_what_is_stored_of_detectors_that_come_with_the_project_is_small_and_what_its_features_give(path):
    assert verify_showcase(path)["holds"]
    assert sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) < 10_000_000
    found = load_showcase(read_card(path))
    assert len(found.shown) >= 3
    assert len(found.evidence().told) >= 3 * len(found.shown)
    assert all(found.picture(own.number) for own in found.content.concepts)
