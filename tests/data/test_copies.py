"""The same footage under several names: refused on two sides of a split, else said."""

import shutil

import footage
import pytest

from hprotopnet.data.copies import check_copies, copies, copy_notes
from hprotopnet.data.dataset import contents
from hprotopnet.data.splits import Split, Video
from hprotopnet.errors import InputError


@pytest.fixture
def video(tmp_path):
    """Makes videos: of one number the same footage."""

    def make(name: str, number: int) -> Video:
        source = tmp_path / f"{number}.mp4"
        if not source.exists():
            footage.write_lossless(source, footage.moving_block(10 + number, 48, 64), 25)
        path = tmp_path / f"{name}.mp4"
        path.parent.mkdir(exist_ok=True)
        shutil.copy(source, path)
        return Video(name, path, name.split("/")[0], name)

    return make


def checked(*sides):
    split = Split(*sides, {})
    return check_copies(split, contents([video for side in sides for video in side]))


@pytest.mark.parametrize(
    ("sides", "said"),
    [
        (["A/a A/b", "", "A/c"], "a.mp4 in train and .*c.mp4 in test hold the same footage; remove"),
        (["A/b", "B/a", "A/a"], "A/a.mp4 in .* hold the same footage"),
        (["A/a B/b", "A/d B/e", ""], r"hold the same footage \(and 1 more such\)"),
    ],
)
def test_the_same_footage_on_two_sides_is_refused_by_both_names(video, sides, said):
    number = {"a": 0, "b": 1, "c": 0, "d": 0, "e": 1}
    made = [tuple(video(name, number[name[-1]]) for name in side.split()) for side in sides]
    with pytest.raises(InputError, match=said):
        checked(*made)


def test_copies_on_one_side_are_counted_within_classes_and_across(video):
    train = tuple(video(name, number) for name, number in (("A/a", 0), ("A/b", 0), ("A/c", 1), ("B/d", 1), ("B/e", 2)))
    assert checked(train, (), (video("A/f", 3),)) == [
        "2 videos hold the same as another of their class, as 'A/a' and 'A/b'",
        "2 videos hold the same as another of another class, as 'A/c' and 'B/d'",
    ]
    assert checked(train[2:3], (), train[4:]) == []


@pytest.mark.parametrize("content", [b"", b"<html>404 Not Found</html>"])
def test_what_is_no_video_is_no_copy(tmp_path, content):
    videos = [Video(f"A/{name}", tmp_path / f"{name}.mp4", "A", f"A/{name}") for name in "ab"]
    for own in videos:
        own.path.write_bytes(content)
    assert copies(contents(videos)) == []
    assert copy_notes([]) == []
    assert checked(tuple(videos[:1]), (), tuple(videos[1:])) == []
