"""What each cue moves: on networks that look at one spot the answer is known."""

from dataclasses import replace

import numpy as np
import pytest
from toys import spotted, toy_model

from hprotopnet.config import ClipConfig
from hprotopnet.data.clips import Clip
from hprotopnet.data.dataset import list_videos
from hprotopnet.errors import InputError
from hprotopnet.explain.prototypes import explain, model_input
from hprotopnet.hierarchy.tree import load_hierarchy
from hprotopnet.pantomime.conditions import CONDITIONS, Key
from hprotopnet.pantomime.shipped import CLIPS
from hprotopnet.studies import causes
from hprotopnet.studies.causes import AS_IS, CHANGES, _figures, causal_report, key_of, own_weights

CLIP = ClipConfig(frames=16, size=40)
KEYS = [Key(0, "dunk", 1, 1), Key(0, "cello", 2, 1)]
SEEN = np.ones((2, 3), bool)


def test_every_change_is_a_condition():
    assert {AS_IS, *(name for change in CHANGES.values() for name in change)} <= set(CONDITIONS)


@pytest.mark.parametrize("settings", [{}, {"head": "tree"}, {"head": "fc", "prototypes": "leaf"}])
def test_own_evidence_is_what_own_prototypes_contribute_in_an_explanation(settings):
    model = toy_model(**settings)
    images = np.random.default_rng(0).integers(0, 255, (16, 24, 16, 3), np.uint8)
    said = explain(model, Clip("x", 0.0, images, np.arange(16) / 12.5), 0.8)
    evidence = model(model_input(model, images))
    own = own_weights(model, evidence, said.path[-1]) @ evidence.similarities[0].double().numpy(force=True)
    expected = [level.shares["own"] if level.evidence else np.nan for level in said.levels]
    np.testing.assert_allclose(own, expected, atol=1e-6)


def test_own_evidence_may_be_that_of_a_class_that_is_not_likeliest():
    model = toy_model(head="tree")
    evidence = model(model_input(model, np.zeros((16, 24, 16, 3), np.uint8)))
    for label in model.hierarchy.classes:
        weights = own_weights(model, evidence, label)
        path = list(reversed(model.hierarchy.ancestors(model.hierarchy.index(label))))
        assert [set(model.prototypes.owners[row != 0].tolist()) for row in weights] == [{node} for node in path]
        assert (weights >= 0).all()


def darkened(*conditions: str):
    """Clips of one bright spot, which is out under some conditions."""
    bright = spotted()[1].images
    return lambda job, clip: np.zeros_like(bright) if job[1] in conditions else bright


def test_the_cue_that_darkens_the_spot_is_the_cause_of_all_that_looks_at_it(monkeypatch):
    monkeypatch.setattr(causes, "frames_under", darkened("without the parent's cue"))
    model, _ = spotted(head="tree")
    found = causal_report({"spot": model}, KEYS, SEEN, CLIP, workers=1)["spot"]
    assert list(found) == ["without", "swapped"]
    for level, row in found["without"].items():
        assert row["own_moves_most"]["mean"] == (level == "parent")
        assert row["shares"]["parent"]["mean"] > 0.5
        assert row["drops"]["grandparent"]["mean"] == row["drops"]["child"]["mean"] == 0
    assert all(row["own_moves_most"]["mean"] == 0 for row in found["swapped"].values())


def test_networks_are_told_apart_and_flat_ones_have_children_alone(monkeypatch):
    monkeypatch.setattr(causes, "frames_under", darkened("the child's cue swapped"))
    deep, flat = spotted(head="tree")[0], toy_model(head="fc", prototypes="leaf")
    found = causal_report({"deep": deep, "flat": flat}, KEYS, SEEN, CLIP, workers=1)
    assert list(found["deep"]["swapped"]) == ["grandparent", "parent", "child"]
    assert list(found["flat"]["swapped"]) == ["child"]
    assert found["deep"]["swapped"]["child"]["own_moves_most"]["mean"] == 1


def test_tables_by_hand():
    before = np.array([[4.0, 2.0, 1.0], [6.0, 2.0, 1.0]])
    after = np.stack([before] * 3, axis=1)
    after[0, 0, 0] = 1.0  # the first clip's grandparent falls by 3 without its own cue
    after[1, 1, 0] = 4.0  # that of the second by 2 without the parent's
    after[:, 2, 2] = 1.5  # the child's evidence grows without its cue
    found = _figures(before, after, np.array([[True, True, True], [True, True, False]]), ["g01", "g02"])
    assert {cue: row["mean"] for cue, row in found["grandparent"]["drops"].items()} == {
        "grandparent": 1.5,
        "parent": 1,
        "child": 0,
    }
    assert found["grandparent"]["shares"]["grandparent"]["mean"] == pytest.approx(3 / 10)
    assert found["grandparent"]["own_moves_most"] == {"n": 2, "mean": 0.5, "interval": (0, 1)}
    assert found["child"]["own_moves_most"] == {"n": 1, "mean": 0, "interval": None}  # seen in one clip
    assert found["child"]["shares"]["child"]["mean"] == -0.5


@pytest.mark.rendering
def test_a_clip_is_known_by_its_truth_and_refused_where_it_is_another(monkeypatch):
    video = next(video for video in list_videos(CLIPS, load_hierarchy("pantomime")).videos if video.label == "Cello")
    key = key_of(video)
    assert (key.seed, key.label, f"g{key.group:02d}") == (0, "Cello", video.group)
    real = causes.clip_spec
    monkeypatch.setattr(causes, "clip_spec", lambda *own: replace(real(*own), phase=0.123))
    with pytest.raises(InputError, match="not what this version renders"):
        key_of(video)
