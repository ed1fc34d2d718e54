"""Files that say what happens in long videos, in both forms, and all that can be wrong with them."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from hprotopnet.errors import InputError
from hprotopnet.hierarchy.tree import from_rows
from hprotopnet.temporal.activitynet import read_activitynet
from hprotopnet.temporal.annotations import coarse_names, truth_of
from hprotopnet.temporal.clips import FeatureFolder, features_in
from hprotopnet.temporal.published import read_published

TREE = from_rows(
    [{"class": own, "parent": above} for own, above in (("leap", "floor"), ("turn", "floor"), ("vault", "apparatus"))],
    ("class", "parent"),
    "toy",
)
VIDEOS = ["one", "two", "three é"]
LABELS = [[[0, 0], [0, 1]], [[1, 2]], []]
SEGMENTS = [[[0.0, 2.0], [3.5, 6.0]], [[1.0, 4.25]], []]
CLIPS = {"one": 12, "two": 9, "three é": 3}
RATIOS = [2.0, 2.0, 1.5]


def objects(items: list) -> np.ndarray:
    array = np.empty(len(items), object)
    array[:] = items
    return array


def write_features(folder: Path, kind: type = np.float16) -> None:
    folder.mkdir(exist_ok=True)
    for name, clips in CLIPS.items():
        np.save(folder / f"{name}.npy", np.random.default_rng(clips).normal(size=(clips, 4)).astype(kind))


@pytest.fixture
def published(tmp_path) -> Path:
    (tmp_path / "fine_to_coarse_mappings.json").write_text(json.dumps({"2": 1, "0": 0, "1": 0}), encoding="utf-8")
    arrays = {"video_names": VIDEOS, "labels": LABELS, "segments": SEGMENTS, "sec2clip_ratios": RATIOS}
    for name, items in arrays.items():
        np.save(tmp_path / f"{name}.npy", objects(items), allow_pickle=True)
    write_features(tmp_path / "features")
    return tmp_path


@pytest.fixture
def database(tmp_path) -> Path:
    entries = {
        "one": {
            "duration": 6.0,
            "subset": "training",
            "annotations": [{"segment": [0, 2], "label": "Leap"}, {"segment": [3.5, 6], "label": "turn"}],
        },
        "two": {
            "duration": 4.5,
            "subset": "validation",
            "url": "https://example.org",
            "annotations": [{"segment": [1, 4.25], "label": "vault", "label_id": 3}],
        },
        "three é": {"duration": 2.0, "subset": "testing", "annotations": []},
    }
    write_features(tmp_path / "features", np.float32)
    return write_database(tmp_path / "all.json", entries)


def write_database(path: Path, entries: dict) -> Path:
    path.write_text(json.dumps({"version": "1", "taxonomy": [], "database": entries}), encoding="utf-8")
    return path


def test_the_authors_files_become_videos(published):
    data = read_published(published, published / "features", training=2)
    assert [(video.name, video.duration, video.subset) for video in data.videos] == [
        ("one", 6.0, "training"),
        ("two", 4.5, "training"),
        ("three é", 2.0, "testing"),
    ]
    assert data.hierarchy.classes == ("class 0", "class 1", "class 2")
    assert coarse_names(data.hierarchy) == ("group 0", "group 1")
    assert data.coarse.tolist() == [0, 0, 1]
    assert data.present(data.of("training")).tolist() == [[True, True, False], [False, False, True]]
    truth = truth_of(data.videos)
    assert truth.videos.tolist() == [0, 0, 1]
    assert truth.labels.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(truth.times, [[0, 2], [3.5, 6], [1, 4.25]])
    assert data.features.read("two").dtype == np.float32
    assert data.features.read("two").shape == (9, 4)


def test_both_forms_say_the_same(published, database):
    one = read_published(published, published / "features", training=1)
    other = read_activitynet(database, TREE, published / "features")
    for own, its in zip(one.videos, other.videos, strict=True):
        assert (own.name, own.duration, own.labels.tolist()) == (its.name, its.duration, its.labels.tolist())
        assert own.rate == pytest.approx(its.rate)
        np.testing.assert_array_equal(own.times, its.times)
    assert [video.subset for video in other.videos] == ["training", "validation", "testing"]


def test_fine_labels_alone_are_enough(published):
    np.save(published / "labels.npy", objects([[0, 1], [2], []]), allow_pickle=True)
    assert read_published(published, published / "features", 2).videos[0].labels.tolist() == [0, 1]


def test_names_lie_beside_the_files_and_a_coarse_class_has_one_of_its_own(published):
    names = {"fine": {"0": "leap ", "1": "turn", "2": "vault"}, "coarse": {"0": "floor", "1": "vault"}}
    for level, own in names.items():
        (published / f"{level}_id2label.json").write_text(json.dumps(own), encoding="utf-8")
    tree = read_published(published, published / "features", 2).hierarchy
    assert tree.classes == ("leap", "turn", "vault")
    assert coarse_names(tree) == ("floor", "vault (all)")


def test_the_published_classes_of_fineaction_are_a_tree(shared, published):
    for file in (shared / "hierarchies" / "HAAN_FineAction").glob("*.json"):
        shutil.copy(file, published)
    np.save(published / "labels.npy", objects([[[0, 0], [13, 105]], [[1, 16]], []]), allow_pickle=True)
    data = read_published(published, published / "features", 2)
    assert (len(data.hierarchy.classes), len(coarse_names(data.hierarchy))) == (106, 14)
    assert data.hierarchy.classes[17] == "braid hair"
    assert data.hierarchy.classes[data.videos[0].labels[0]] == "chopping meat"


def save(name: str, items: list):
    return lambda folder: np.save(folder / f"{name}.npy", objects(items), allow_pickle=True)


def change(items: list, place: int, value) -> list:
    return [value if number == place else own for number, own in enumerate(items)]


@pytest.mark.parametrize(
    ("spoil", "file", "part"),
    [
        (save("segments", change(SEGMENTS, 1, [[1, 7]])), "segments.npy", "'two': segment 0 ends at 7 s, the video at"),
        (
            save("segments", change(SEGMENTS, 1, [[5, 5.4]])),
            "segments.npy",
            "segment 0 ends at 5.4 s, the video at 4.5",
        ),
        (save("segments", change(SEGMENTS, 1, [[3, 2]])), "segments.npy", "segment 0 goes from 3.0 to 2.0 s"),
        (save("segments", change(SEGMENTS, 1, [[-1, 2]])), "segments.npy", "segment 0 goes from -1.0 to 2.0 s"),
        (save("segments", change(SEGMENTS, 1, [[1, float("nan")]])), "segments.npy", "segment 0 goes from 1.0 to nan"),
        (save("segments", change(SEGMENTS, 1, [[1, 2, 3]])), "segments.npy", "no start and end"),
        (save("segments", change(SEGMENTS, 1, [["a", "b"]])), "segments.npy", "no start and end"),
        (save("segments", change(SEGMENTS, 1, 4.0)), "segments.npy", "a single value"),
        (save("segments", change(SEGMENTS, 1, [])), "segments.npy", "0 segments and 1 labels"),
        (save("segments", SEGMENTS[:2]), "segments.npy", "2 entries for 3 videos"),
        (save("labels", change(LABELS, 1, [[1, 3]])), "labels.npy", "there is no fine class 3"),
        (save("labels", change(LABELS, 1, ["jump"])), "labels.npy", "there is no fine class jump"),
        (save("labels", change(LABELS, 1, [[0, 2]])), "labels.npy", "class 2 lies in 1, not 0"),
        (save("video_names", ["one", "one", "two"]), "video_names.npy", "names the video 'one' twice"),
        (save("video_names", ["one", "two", "four"]), "features", "lacks the features of 'four'"),
        (save("video_names", ["one", "two", "../one"]), "features", "'../one' cannot be names of files"),
        (save("video_names", []), "labels.npy", "3 entries for 0 videos"),
        (save("sec2clip_ratios", [2.0, 0, 1.5]), "sec2clip_ratios.npy", "'two' has 0 clips a second"),
        (save("sec2clip_ratios", [2.0, float("nan"), 1.5]), "sec2clip_ratios.npy", "'two' has nan clips a second"),
        (save("sec2clip_ratios", [2.0, "x", 1.5]), "sec2clip_ratios.npy", "no number of clips"),
        (lambda folder: (folder / "labels.npy").unlink(), "labels.npy", "no such file"),
        (
            lambda folder: (folder / "fine_to_coarse_mappings.json").write_text('{"0": 0, "2": 1}'),
            "fine_to_coarse_mappings.json",
            "without a gap",
        ),
        (
            lambda folder: (folder / "fine_to_coarse_mappings.json").write_text('{"a": 0}'),
            "fine_to_coarse_mappings.json",
            "no number",
        ),
        (
            lambda folder: (folder / "fine_id2label.json").write_text('{"0": "a"}'),
            "fine_id2label.json",
            "does not name the classes 0 to 2",
        ),
    ],
)
def test_what_is_wrong_with_the_authors_files_is_said_in_one_line(published, spoil, file, part):
    spoil(published)
    with pytest.raises(InputError) as caught:
        read_published(published, published / "features", 2)
    said = str(caught.value)
    assert said.startswith(str(published / file))
    assert part in said
    assert "\n" not in said


def entry(**changes) -> dict:
    row = {"segment": [1, 4], "label": "vault"} | {
        key: changes.pop(key) for key in ("segment", "label") & changes.keys()
    }
    return {"duration": 4.5, "subset": "training", "annotations": [row]} | changes


@pytest.mark.parametrize(
    ("entries", "part"),
    [
        ({"two": entry(label="volt")}, "class 'volt' is not in the hierarchy"),
        ({"two": entry(segment=[1, 6])}, "segment 0 ends at 6 s, the video at 4.5 s"),
        ({"two": entry(segment=[4, 1])}, "segment 0 goes from 4.0 to 1.0 s"),
        ({"two": entry(segment=[1])}, "a list of 2"),
        ({"two": entry(duration=0)}, "'two' has 0.0 clips a second"),
        ({"two": entry(duration=None)}, "duration is None, not a finite number"),
        ({"two": {"annotations": []}}, "duration is missing"),
        ({"four": entry()}, "lacks the features of 'four'"),
        ({}, "lists no videos"),
    ],
)
def test_what_is_wrong_with_a_database_is_said_in_one_line(database, entries, part):
    with pytest.raises(InputError) as caught:
        read_activitynet(write_database(database, entries), TREE, database.parent / "features")
    assert str(database.parent) in str(caught.value)
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_end_just_after_the_video_is_cut(database):
    data = read_activitynet(
        write_database(database, {"two": entry(segment=[1, 5.4])}), TREE, database.parent / "features"
    )
    assert data.videos[0].times.tolist() == [[1, 4.5]]


def test_a_tree_without_coarse_classes_is_refused(database):
    flat = from_rows([{"class": own} for own in TREE.classes], ("class",), "flat")
    with pytest.raises(InputError, match="single level"):
        read_activitynet(database, flat, database.parent / "features")


def test_a_side_that_is_not_there_is_said_with_those_that_are(published):
    data = read_published(published, published / "features", 2)
    with pytest.raises(InputError, match="subset 'validation'; there are testing, training"):
        data.of("validation")


@pytest.mark.parametrize(
    ("array", "part"),
    [
        (np.zeros((9, 5), np.float32), "features 5 wide, where 4 are expected"),
        (np.zeros((9, 4)), "float64 of shape (9, 4)"),
        (np.zeros(9, np.float32), "of shape (9,)"),
        (np.zeros((0, 4), np.float32), "it has no clips"),
        (objects([[1.0]] * 9), "object of shape (9,)"),
    ],
)
def test_features_of_another_kind_are_refused(published, array, part):
    np.save(published / "features" / "two.npy", array, allow_pickle=True)
    with pytest.raises(InputError) as caught:
        features_in(published / "features", VIDEOS)
    assert str(caught.value).startswith(str(published / "features" / "two.npy"))
    assert part in str(caught.value)


def test_features_that_are_not_finite_are_found_when_they_are_read(published):
    array = np.ones((9, 4), np.float16)
    array[5, 2] = np.nan
    np.save(published / "features" / "two.npy", array)
    folder = features_in(published / "features", VIDEOS)
    with pytest.raises(InputError, match=r"two\.npy: clip 5 holds numbers that are not finite"):
        folder.read("two")


def test_what_a_file_of_features_claims_must_be_there(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((9, 4), np.float32))
    content = (tmp_path / "a.npy").read_bytes()
    for spoilt in (content[:-1], content[:100], b"", content.replace(b"(9, 4)", b"(8, 4)")):
        (tmp_path / "a.npy").write_bytes(spoilt)
        with pytest.raises(InputError, match=r"a\.npy: no features that can be read"):
            FeatureFolder(tmp_path, 4).count("a")


def test_columns_first_is_read_alike(tmp_path):
    array = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    np.save(tmp_path / "a.npy", np.asfortranarray(array))
    np.testing.assert_array_equal(FeatureFolder(tmp_path, 4).read("a"), array)
