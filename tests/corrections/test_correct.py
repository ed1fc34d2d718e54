"""Corrections of whole networks: figures before are the bundle's own, a new bundle verifies and explains, and the old
one is not touched."""

import errno
import shutil

import numpy as np
import pytest

from hprotopnet.bundles.answers import load_answers
from hprotopnet.bundles.bundle import SIMILARITIES, open_bundle
from hprotopnet.bundles.provenance import verify
from hprotopnet.bundles.showcase import load_showcase
from hprotopnet.bundles.similarities import cached, identity, load_similarities, write_similarities
from hprotopnet.corrections.commands import corrected, similarities_of
from hprotopnet.corrections.correct import compute, correct, keep
from hprotopnet.corrections.marks import WHYS, Log, mark, write_log
from hprotopnet.corrections.tuning import silent
from hprotopnet.errors import InputError
from hprotopnet.explain.prototypes import explain, mute, retell
from hprotopnet.files import stamp

GONE = (1, 5)


@pytest.fixture(scope="module")
def tied(tiny_world):
    from tiny import train_bundle

    return train_bundle(tiny_world, tiny_world / "tied", "tiny-tied", head="tree", prototypes="all")


@pytest.fixture(params=["tied", "tiny_bundle", "tiny_flat_bundle"])
def bundle(request):
    return open_bundle(request.getfixturevalue(request.param))


@pytest.fixture
def new(bundle, tmp_path):
    """A corrected network, what it came to, and the network it was made from."""
    found = load_similarities(bundle)
    outcome = correct(bundle, found, GONE)
    marks = [mark(bundle, GONE[0], WHYS[0], "a wall")]
    return keep(bundle, outcome, found, marks, tmp_path / "runs" / "new"), outcome, bundle


def everything(folder) -> int:
    return stamp(folder, *folder.rglob("*"))


def test_figures_before_are_those_of_the_bundle(bundle):
    outcome = correct(bundle, load_similarities(bundle), GONE)
    told, known = outcome.to_dict(bundle), bundle.meta["figures"]["clip"]
    before = told["figures"]["test"]["before"]
    assert before["right"]["class"] == known["accuracy"]
    assert before["right"]["parent"] == known["sibling"]
    assert before["severity"] == known["mistake_severity"]
    assert told["without"] == told["new"] == list(GONE)


def test_progress_goes_from_nothing_to_all(bundle):
    seen = []
    correct(bundle, load_similarities(bundle), GONE, lambda share, what: seen.append(share))
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0, 1)


def test_a_new_bundle_is_sound_and_answers_as_was_told(new, tiny_world):
    fresh, outcome, bundle = new
    assert verify(open_bundle(fresh.folder), tiny_world / "videos").holds
    model = fresh.load_model()
    assert silent(model) == set(GONE)
    told = outcome.to_dict(bundle)["figures"]["test"]["after"]
    assert fresh.meta["figures"]["clip"]["accuracy"] == told["right"]["class"]
    assert load_answers(fresh).right.mean() == pytest.approx(told["right"]["class"])
    assert fresh.prototypes == bundle.prototypes
    assert float(model.temperature) == fresh.meta["temperature"]


def test_a_new_bundle_says_from_what_it_was_made(new):
    fresh, _, bundle = new
    told = fresh.meta["corrections"]
    assert (told["of"], told["weights_sha256"]) == (bundle.name, identity(bundle))
    assert told["without"] == list(GONE)
    assert [row["note"] for row in told["marks"]] == ["a wall"]
    assert told["unmarked"] == [GONE[1]]
    assert fresh.meta["record"]["epochs"][-1]["stage"] == "corrected"


def test_stored_explanations_are_what_the_new_network_says(new):
    fresh, _, _ = new
    head = fresh.load_head()
    rows = load_showcase(fresh)
    assert rows
    for row in rows:
        told = row.explanation
        output = mute(head, told.similarities, [])
        nodes = dict(zip(fresh.hierarchy.nodes, output.nodes[0].tolist(), strict=True))
        assert told.probabilities == pytest.approx(nodes, abs=1e-9)
        assert told.path[-1] == max(fresh.hierarchy.classes, key=nodes.__getitem__)
        for level in told.levels:
            assert all(own.contribution == 0 for own in level.evidence if own.prototype in GONE)
        assert row.clip.is_file()


def test_the_old_bundle_is_not_touched(bundle, tmp_path):
    before = everything(bundle.folder)
    found = load_similarities(bundle)
    keep(bundle, correct(bundle, found, GONE), found, [], tmp_path / "new")
    assert everything(bundle.folder) == before


def test_nothing_is_written_over(new, tmp_path):
    fresh, outcome, bundle = new
    before = everything(fresh.folder)
    for place in (fresh.folder, tmp_path):
        with pytest.raises(InputError, match="is there already"):
            keep(bundle, outcome, load_similarities(bundle), [], place)
    assert everything(fresh.folder) == before


def test_a_full_disk_leaves_nothing_half_written(bundle, tmp_path, monkeypatch):
    def full(source, target):
        raise OSError(errno.ENOSPC, "No space left on device")

    found = load_similarities(bundle)
    outcome = correct(bundle, found, GONE)
    monkeypatch.setattr("hprotopnet.bundles.showcase.shutil.copyfile", full)
    with pytest.raises(InputError, match="make room"):
        keep(bundle, outcome, found, [], tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_a_corrected_network_can_be_corrected_again(new):
    fresh, _, _ = new
    outcome = correct(fresh, load_similarities(fresh), [7])
    assert outcome.without == (1, 5, 7)
    assert outcome.new == (7,)
    assert silent(outcome.model) == {1, 5, 7}


def test_all_prototypes_cannot_be_left_out(bundle):
    with pytest.raises(InputError, match="no prototype would be left"):
        correct(bundle, load_similarities(bundle), range(len(bundle.prototypes)))


def test_without_what_was_found_the_videos_are_asked_for_once(tiny_bundle, tiny_world, tmp_path, monkeypatch):
    monkeypatch.setenv("HPROTOPNET_CACHE", str(tmp_path / "cache"))
    old = open_bundle(shutil.copytree(tiny_bundle, tmp_path / "old"))
    kept = load_similarities(old)
    (old.folder / SIMILARITIES).unlink()
    with pytest.raises(InputError, match="name its videos") as error:
        similarities_of(old, None, None)
    assert "--data" in error.value.command
    found = compute(old, tiny_world / "videos")
    assert cached(old).is_file()
    assert not (old.folder / SIMILARITIES).exists()
    again = load_similarities(old)
    assert again.names == found.names == kept.names
    assert again.sides == kept.sides
    np.testing.assert_allclose(again.values.astype(float), kept.values.astype(float), atol=2e-3)


def test_a_log_and_a_list_are_taken_together(bundle, tmp_path):
    write_log(tmp_path / "log.json", Log("x", "0" * 64, (mark(bundle, 3, WHYS[1]),)))
    found = load_similarities(bundle)
    told = corrected(bundle, found, "1", tmp_path / "log.json", tmp_path / "new")
    assert told["without"] == [1, 3]
    assert [row["prototype"] for row in open_bundle(tmp_path / "new").meta["corrections"]["marks"]] == [3]
    with pytest.raises(InputError, match="nothing is to be left out"):
        corrected(bundle, found, "", None, None)


def test_similarities_of_other_weights_are_refused(tiny_bundle, tmp_path):
    copy = open_bundle(shutil.copytree(tiny_bundle, tmp_path / "copy"))
    write_similarities(copy.folder / SIMILARITIES, load_similarities(copy), "0" * 64)
    with pytest.raises(InputError, match="other weights"):
        load_similarities(copy)


SPOILED = {
    "NaN": lambda data: data["similarities"].__setitem__((0, 0), np.nan),
    "negative": lambda data: data["similarities"].__setitem__((0, 0), -1),
    "a width": lambda data: data.update(similarities=data["similarities"][:, 1:]),
    "a side": lambda data: data.update(sides=np.array(["nowhere"] * len(data["sides"]))),
    "a class": lambda data: data.update(truth=np.array(["Nothing"] * len(data["truth"]))),
    "a count": lambda data: data.update(names=data["names"][1:]),
    "a name": lambda data: data["names"].__setitem__(0, "a\nb"),
    "a start": lambda data: data["starts"].__setitem__(0, -1),
    "no clip": lambda data: data.update({name: own[:0] for name, own in data.items() if own.ndim}),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_similarities_that_are_not_sound_are_refused(tiny_bundle, tmp_path, spoil):
    copy = open_bundle(shutil.copytree(tiny_bundle, tmp_path / "copy"))
    with np.load(copy.folder / SIMILARITIES) as file:
        data = dict(file)
    spoil(data)
    np.savez(copy.folder / SIMILARITIES, **data)
    with pytest.raises(InputError, match=SIMILARITIES):
        load_similarities(copy)


def test_retelling_by_the_same_head_changes_nothing(bundle):
    head = bundle.load_head()
    for row in load_showcase(bundle):
        told, again = row.explanation.to_dict(), retell(head, row.explanation).to_dict()
        assert str(again)[:200] == str(told)[:200]
        for one, other in zip(again["levels"], told["levels"], strict=True):
            assert one["node"] == other["node"]
            assert one["shares"] == pytest.approx(other["shares"], abs=1e-5)
            assert [own["prototype"] for own in one["evidence"]] == [own["prototype"] for own in other["evidence"]]
            assert [own["boxes"] for own in one["evidence"]] == [own["boxes"] for own in other["evidence"]]
            muted = [[own["probability_muted"] for own in rows["evidence"]] for rows in (one, other)]
            assert muted[0] == pytest.approx(muted[1], abs=1e-6)


def test_a_retold_clip_is_explained_as_by_looking_at_it(new, tiny_world):
    from hprotopnet.data.dataset import list_videos, middle_clip

    fresh, _, _ = new
    model = fresh.load_model()
    videos = {video.name: video for video in list_videos(tiny_world / "videos", fresh.hierarchy).videos}
    row = load_showcase(fresh)[0]
    seen = explain(model, middle_clip(videos[row.explanation.video], fresh.config.clip), fresh.config.threshold)
    assert seen.path == row.explanation.path
    assert seen.probabilities == pytest.approx(row.explanation.probabilities, abs=1e-4)
    for one, other in zip(seen.levels, row.explanation.levels, strict=True):
        assert {own.prototype for own in one.evidence} == {own.prototype for own in other.evidence}
        assert one.shares == pytest.approx(other.shares, abs=1e-3)
