"""Interventions as networks meet them."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.config import ClipConfig
from hprotopnet.errors import InputError
from hprotopnet.pantomime import conditions
from hprotopnet.pantomime.conditions import CONDITIONS, Condition, Key, foreign, frames_of
from hprotopnet.pantomime.spec import tree
from hprotopnet.studies import cues, passes
from hprotopnet.studies.cues import cue_report, print_cues

pytestmark = pytest.mark.rendering

CLIP = ClipConfig(frames=4, fps=12.5, size=48)
KEY = Key(3, "Saxophone", 2, 1)


def test_every_level_is_left_out_alone_and_swapped():
    kinds = [(condition.without, condition.swapped, condition.order) for condition in CONDITIONS.values()]
    assert len(set(kinds)) == len(CONDITIONS) == 12
    assert kinds[0] == ((), None, "as filmed")


@pytest.mark.parametrize("number", range(1, 9))
def test_frames_are_evenly_apart(number, monkeypatch):
    """An uneven step would be a stumble in the motion that the classes differ by."""
    asked = []
    monkeypatch.setattr(conditions, "render", lambda spec, without, swap, frames: asked.extend(frames) or iter(()))
    with pytest.raises(ValueError, match="at least one array"):
        frames_of(KEY._replace(number=number), ClipConfig(size=48), Condition())
    assert len(asked) == 16
    assert {later - earlier for earlier, later in pairwise(asked)} == {2}


def test_frames_come_as_a_network_sees_them():
    images = frames_of(KEY, CLIP, Condition())
    assert images.shape == (4, 48, 48, 3)
    assert images.dtype == np.uint8
    assert (images[0] != images[-1]).any()


def test_a_still_clip_repeats_its_middle_frame_and_a_shuffled_one_has_the_same_frames():
    filmed, still, shuffled = (
        frames_of(KEY, ClipConfig(frames=8, size=32), Condition(order=order))
        for order in ("as filmed", "still", "shuffled")
    )
    assert (still == filmed[4]).all()
    assert sorted(image.tobytes() for image in shuffled) == sorted(image.tobytes() for image in filmed)
    assert (shuffled != filmed).any()


@pytest.mark.parametrize("level", conditions.LEVELS)
def test_what_is_swapped_in_comes_from_another_grandparent(level):
    hierarchy = tree()
    node = hierarchy.index(foreign(KEY, level))
    height = {"grandparent": 2, "parent": 1, "child": 0}[level]
    assert node in hierarchy.at_level(height)
    assert hierarchy.ancestors(node)[-1] != hierarchy.ancestors(hierarchy.index(KEY.label))[-1]
    assert foreign(KEY, level) == foreign(KEY, level)


def test_rows_count_what_is_right_and_what_follows_the_swap():
    other = foreign(KEY, "grandparent")
    hierarchy = tree()
    leaf = hierarchy.nodes[hierarchy.leaves_under(hierarchy.index(other))[0]]
    row = cues._row({KEY: leaf, KEY._replace(number=2): "Trumpet"}, Condition(swapped="grandparent"))
    assert (row["class"], row["parent"], row["grandparent"]) == (0, 0.5, 0.5)
    assert row["swapped_in"] in (0.5, 1.0)  # the second may by chance have Trumpet's grandparent swapped in, or not
    assert "swapped_in" not in cues._row({KEY: "Saxophone"}, Condition())


def test_a_network_of_other_classes_is_refused(tiny_bundle):
    with pytest.raises(InputError, match="Pantomime's classes"):
        cue_report([open_bundle(tiny_bundle)], 0, 1)


class Stubborn:
    """A network that takes every clip for the first class, and counts how often its backbone is asked."""

    def __init__(self):
        self.hierarchy, self.asked = tree(), 0
        self.backbone = self
        self.name, self.parts, self.weights_id = "stub", {"all": 3}, "stub"

    def __call__(self, clips):
        self.asked += 1
        return clips

    def evidence(self, features):
        logits = torch.zeros(len(features), len(self.hierarchy.classes))
        logits[:, 0] = 1
        return SimpleNamespace(output=SimpleNamespace(logits=logits))


def test_a_report_has_every_condition_and_network_and_shares_what_the_backbone_makes(monkeypatch, tmp_path):
    model = Stubborn()
    config = SimpleNamespace(clip=ClipConfig(frames=2, fps=12.5, size=32))
    bundles = [
        SimpleNamespace(folder=tmp_path / name, hierarchy=tree(), config=config, load_model=lambda: model)
        for name in ("one", "other")
    ]
    some = ("as they are", "one frame repeated", "the parent's cue swapped")
    monkeypatch.setattr(cues, "CONDITIONS", {name: CONDITIONS[name] for name in some})
    monkeypatch.setattr(cues, "frames_under", lambda job, clip: np.zeros((clip.frames, clip.size, clip.size, 3), "u1"))
    monkeypatch.setattr(passes, "groups_of", lambda per_class: [(2, 1), (9, 1)])  # a test group and another
    monkeypatch.setattr(passes, "model_input", lambda model, images: torch.zeros(1, *images.shape))
    found = cue_report(bundles, 3, 1, workers=1)
    assert list(found) == list(some)
    for condition, rows in found.items():
        assert list(rows) == [str(bundle.folder) for bundle in bundles]
        for row in rows.values():
            assert (row["n"], row["class"], row["parent"], row["grandparent"]) == (36, 1 / 36, 3 / 36, 9 / 36)
            assert ("swapped_in" in row) == ("swapped" in condition)
    assert model.asked == 3 * 36  # once a clip, not once a network
    print_cues(found)
