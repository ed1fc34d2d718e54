"""Prototypes of a toy network over six clips, one a class: what each level's are said to be."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from toys import toy_hierarchy, toy_model

from hprotopnet.studies.prototypes import prototype_figures
from hprotopnet.studies.sightings import Sighting

TREE = toy_hierarchy()
LEAVES = np.array([0, 1, 2, 3, 4, 5] * 2)  # two clips of each class
MODEL = toy_model()
OWNERS = MODEL.prototypes.owners.numpy()  # two prototypes a node
BITS = 2 - np.array(TREE.levels)[OWNERS]


def clips(similarities: np.ndarray, peaks: np.ndarray | None = None, noisy: np.ndarray | None = None) -> list[Sighting]:
    """Sightings in which all cues are seen; by default every peak lies on the own cue of its prototype."""
    peaks = np.tile(1 << BITS, (len(LEAVES), 1)) if peaks is None else peaks
    noisy = peaks if noisy is None else noisy
    seen = np.ones(3, bool)
    rows = zip(similarities, peaks.astype(np.uint8), noisy.astype(np.uint8), strict=True)
    return [Sighting(None, None, own, peak, other, seen) for own, peak, other in rows]


def sources(*same: int) -> list[SimpleNamespace]:
    return [
        SimpleNamespace(node=TREE.nodes[node], key=("v", 0.0), cell=(0, 0, 0 if j in same else j + 1))
        for j, node in enumerate(OWNERS)
    ]


def of_node() -> np.ndarray:
    return TREE.covers[OWNERS][:, LEAVES].T.astype(float)


def rows_of(name: str) -> np.ndarray:
    """Prototypes of a node."""
    return np.flatnonzero(np.array(TREE.nodes)[OWNERS] == name)


@pytest.fixture(autouse=True)
def apart():
    """Vectors that point different ways."""
    with torch.no_grad():
        MODEL.prototypes.vectors.copy_(torch.randn(24, 4, generator=torch.Generator().manual_seed(0)))


def test_prototypes_that_fire_in_all_of_their_node_and_nowhere_else_are_what_they_should_be():
    found = prototype_figures(MODEL, sources(), clips(of_node()), LEAVES)
    assert list(found) == ["grandparent", "parent", "child"]
    for level, row in found.items():
        for figure in ("purity_node", "purity_cue", "own_cue", "consistency", "consistent", "stability"):
            assert row[figure]["mean"] == 1, (level, figure)
        assert row["duplicate"]["mean"] == 0
    assert [row["purity_node"]["n"] for row in found.values()] == [4, 8, 12]
    assert found["grandparent"]["over_specificity"]["mean"] == pytest.approx(0, abs=1e-12)
    assert found["parent"]["over_specificity"]["n"] == 4  # the other two parents have a single child
    assert found["child"]["over_specificity"]["mean"] is None


def test_a_grandparents_prototype_that_fires_in_one_parent_is_that_parents():
    similarities = of_node()
    sports = rows_of("sports")
    similarities[:, sports] = TREE.covers[TREE.index("ball"), LEAVES][:, None]
    found = prototype_figures(MODEL, sources(), clips(similarities), LEAVES)
    assert found["grandparent"]["over_specificity"]["mean"] == pytest.approx(0.5)  # 1 of sports, 0 of music
    assert found["parent"]["over_specificity"]["mean"] == pytest.approx(0, abs=1e-12)


def test_prototypes_that_fire_elsewhere_are_impure():
    found = prototype_figures(MODEL, sources(), clips(1 - of_node()), LEAVES)
    assert all(row["purity_node"]["mean"] == row["purity_cue"]["mean"] == 0 for row in found.values())
    assert all(row["own_cue"]["mean"] == 1 for row in found.values())  # that is another question


def test_peaks_elsewhere_are_neither_on_the_own_cue_nor_pure_but_consistent_and_stable():
    peaks = np.tile(1 << (BITS + 1) % 3, (len(LEAVES), 1))
    found = prototype_figures(MODEL, sources(), clips(of_node(), peaks), LEAVES)
    for row in found.values():
        assert row["purity_cue"]["mean"] == row["own_cue"]["mean"] == 0
        assert row["purity_node"]["mean"] == row["consistency"]["mean"] == row["stability"]["mean"] == 1
    moved = prototype_figures(MODEL, sources(), clips(of_node(), peaks, np.tile(1 << BITS, (len(LEAVES), 1))), LEAVES)
    assert all(row["stability"]["mean"] == 0 for row in moved.values())


def test_a_prototype_of_changing_mind_is_not_consistent():
    peaks = np.tile(1 << BITS, (len(LEAVES), 1))
    peaks[:6] = 0
    found = prototype_figures(MODEL, sources(), clips(of_node(), peaks), LEAVES)
    for row in found.values():
        assert row["consistency"]["mean"] == 0.5
        assert row["consistent"]["mean"] == 0


def test_duplicates_are_counted_where_they_are():
    twice = rows_of("ball")
    found = prototype_figures(MODEL, sources(*twice), clips(of_node()), LEAVES)
    assert [row["duplicate"]["mean"] for row in found.values()] == pytest.approx([0, 1 / 4, 0])
    with torch.no_grad():
        MODEL.prototypes.vectors[twice[1]] = 2 * MODEL.prototypes.vectors[twice[0]]
    again = prototype_figures(MODEL, sources(), clips(of_node()), LEAVES)
    assert again["parent"]["duplicate"] == found["parent"]["duplicate"]


def test_a_flat_network_has_prototypes_of_children_alone():
    model = toy_model(prototypes="leaf", head="fc")
    owners = model.prototypes.owners.numpy()
    own = [
        Sighting(
            None, None, row, np.full(len(owners), 4, np.uint8), np.full(len(owners), 4, np.uint8), np.ones(3, bool)
        )
        for row in TREE.covers[owners][:, LEAVES].T.astype(float)
    ]
    described = [
        SimpleNamespace(node=TREE.nodes[node], key=("v", 0.0), cell=(0, 0, j)) for j, node in enumerate(owners)
    ]
    found = prototype_figures(model, described, own, LEAVES)
    assert list(found) == ["child"]
    assert found["child"]["purity_cue"]["mean"] == 1
