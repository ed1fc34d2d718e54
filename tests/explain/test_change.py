"""What a change of a clip does, on a network of a few weights."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from toys import toy_features, toy_model

from hprotopnet.data.clips import Clip
from hprotopnet.explain.change import LevelChange, changes, moved_most
from hprotopnet.explain.prototypes import explain
from hprotopnet.training.initialise import initialise


@pytest.fixture(scope="module")
def told():
    model = toy_model()
    initialise(model, toy_features(), torch.Generator().manual_seed(0))
    images = np.random.default_rng(0).integers(256, size=(16, 24, 24, 3), dtype=np.uint8)
    return model, explain(model, Clip("v", 1.0, images, 1.0 + np.arange(16) / 12.5), 0.8)


def test_nothing_changed_leaves_all_evidence(told):
    model, before = told
    found = changes(model, before, before)
    assert [own.node for own in found] == list(before.path)
    assert all(own.before == own.after for own in found)
    assert all(own.left is None or own.left == pytest.approx(1) for own in found)


def test_half_the_similarity_is_half_the_evidence(told):
    model, before = told
    halved = replace(before, similarities=tuple(own / 2 for own in before.similarities))
    left = [own.left for own in changes(model, before, halved)]
    assert any(own is not None for own in left)
    assert all(own is None or own == pytest.approx(0.5, rel=1e-5) for own in left)


def test_the_level_that_fell_most_is_named_and_none_where_none_fell():
    rows = [LevelChange("a", 0.9, 0.8, left) for left in (0.9, 0.2, None, 1.1)]
    assert moved_most(tuple(rows)) == 1
    assert moved_most((rows[2], rows[3])) is None
