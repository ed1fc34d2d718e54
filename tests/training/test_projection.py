"""Projection against brute force, and the rules by which a node spreads its prototypes."""

from itertools import permutations

import numpy as np
import pytest
import torch
from toys import toy_features, toy_model

from hprotopnet.data.clips import ClipKey
from hprotopnet.training.projection import Candidates, Patch, assign, project


def candidates(table: dict[tuple[str, float], list[list[float]]]) -> list[Candidates]:
    """From squared distances (k, cells) of each clip."""
    found = []
    for (video, start), rows in table.items():
        distances = np.array(rows)
        cells = np.argsort(distances, axis=1, kind="stable")
        found.append(Candidates(ClipKey(video, start), cells, np.take_along_axis(distances, cells, 1)))
    return found


def test_one_prototype_takes_its_nearest_patch():
    found = candidates({("a", 0.0): [[0.5, 0.2]], ("b", 0.0): [[0.3, 0.1]]})
    assert assign(found, set()) == ([Patch(ClipKey("b", 0.0), 1)], 0)


def test_two_prototypes_share_neither_patch_nor_video_where_they_need_not():
    # Both prefer clip a; the sum is smallest when the second gives way.
    found = candidates({("a", 0.0): [[0.1], [0.2]], ("b", 0.0): [[0.9], [0.3]]})
    assert assign(found, set()) == ([Patch(ClipKey("a", 0.0), 0), Patch(ClipKey("b", 0.0), 0)], 0)


def test_ties_go_to_the_first_by_name_start_and_cell():
    found = candidates({("b", 0.0): [[0.1, 0.1]], ("a", 2.0): [[0.1, 0.1]], ("a", 1.0): [[0.1, 0.1]]})
    for order in permutations(found):
        assert assign(list(order), set())[0] == [Patch(ClipKey("a", 1.0), 0)]


def test_a_taken_patch_is_left_alone():
    found = candidates({("a", 0.0): [[0.1, 0.4]], ("b", 0.0): [[0.3, 0.9]]})
    assert assign(found, {Patch(ClipKey("a", 0.0), 0)})[0] == [Patch(ClipKey("b", 0.0), 0)]


def test_at_most_its_share_comes_from_one_video_and_one_clip():
    # Four prototypes, two videos with two clips each: two a video, one a clip, however near the rest of `a` is.
    rows = [[0.01, 0.02, 0.03, 0.04]] * 4
    far = [[0.5, 0.6, 0.7, 0.8]] * 4
    found = candidates({("a", 0.0): rows, ("a", 1.0): rows, ("b", 0.0): far, ("b", 1.0): far})
    patches, short = assign(found, set())
    assert short == 0
    assert sorted({patch.clip for patch in patches}) == [
        ClipKey(video, start) for video in "ab" for start in (0.0, 1.0)
    ]


def test_the_assignment_is_the_cheapest_of_all():
    rng = np.random.default_rng(0)
    for _ in range(20):
        table = {(name, 0.0): rng.random((3, 2)).tolist() for name in "abcd"}
        patches, _ = assign(candidates(table), set())
        cost = sum(table[p.clip.video, 0.0][row][p.cell] for row, p in enumerate(patches))
        best = min(
            sum(min(table[name, 0.0][row]) for row, name in enumerate(names)) for names in permutations("abcd", 3)
        )
        assert cost == pytest.approx(best)


def test_too_few_patches_are_reported_and_repeated():
    patches, short = assign(candidates({("a", 0.0): [[0.1], [0.2], [0.3]]}), set())
    assert patches == [Patch(ClipKey("a", 0.0), 0)] * 3
    assert short == 2


def test_projected_prototypes_are_patches_of_their_own_node_and_paths_share_none():
    model, clips = toy_model(per_node=3), toy_features()
    result = project(model, clips)
    assert result.shortfalls == {}
    owners, tree = model.prototypes.owners.tolist(), model.hierarchy
    by_key = {key: i for i, key in enumerate(clips.keys)}
    for j, source in enumerate(result.sources):
        row = by_key[source.video, source.start]
        assert tree.covers[owners[j], clips.leaves[row]]
        patch = model.patches(clips.batch([row]))[(0, 0, slice(None), *source.cell)]
        torch.testing.assert_close(model.prototypes.vectors[j], patch, rtol=0, atol=1e-6)
        similarity = model.evidence(clips.batch([row])).similarities[0, j].detach()
        assert float(similarity) == pytest.approx(1, abs=1e-5)  # the largest there is
    places = [(s.video, s.start, s.cell) for s in result.sources]
    for a in range(len(places)):
        for b in range(a):
            related = owners[a] in tree.ancestors(owners[b]) or owners[b] in tree.ancestors(owners[a])
            assert not (related and places[a] == places[b])


def test_a_single_prototype_lands_on_the_brute_force_argmin():
    model, clips = toy_model(per_node=1, prototypes="leaf", head="fc"), toy_features()
    vectors = torch.nn.functional.normalize(model.prototypes.vectors.detach(), dim=1)
    result = project(model, clips)
    for leaf in range(6):
        rows = np.flatnonzero(clips.leaves == leaf)
        patches = model.patches(clips.batch(rows)).detach()[:, 0]
        distances = (patches - vectors[leaf][None, :, None, None, None]).square().sum(1)
        row, *cell = np.unravel_index(int(distances.argmin()), distances.shape)
        source = result.sources[leaf]
        assert source.key == clips.keys[rows[row]]
        assert source.cell == tuple(cell)
        assert source.moved == pytest.approx(float(distances.min()), abs=1e-5)


def test_the_order_of_clips_does_not_matter():
    clips = toy_features()
    forwards, backwards = toy_model(), toy_model()
    assert project(forwards, clips).sources == project(backwards, list(clips)[::-1]).sources
    assert torch.equal(forwards.prototypes.vectors, backwards.prototypes.vectors)


def test_the_parent_of_an_only_child_does_not_repeat_it():
    model, clips = toy_model(per_node=4), toy_features(per_class=2, clips=1)
    result = project(model, clips)
    owners = model.prototypes.owners.tolist()
    of = {
        name: {(s.video, s.start, s.cell) for s, own in zip(result.sources, owners, strict=True) if own == node}
        for node, name in enumerate(model.hierarchy.nodes)
    }
    assert len(of["surf"]) == len(of["water"]) == 4
    assert not of["surf"] & of["water"]
