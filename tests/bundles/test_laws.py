"""What is stored beside a bundle is of its tree, its prototypes and its clips, or refused."""

from dataclasses import replace

import numpy as np
import pytest
from tales import told

from hprotopnet.bundles.bundle import Bundle, find_bundles, open_bundle
from hprotopnet.bundles.laws import check_explanation, check_prototypes, check_trace
from hprotopnet.bundles.showcase import Stored, load_showcase
from hprotopnet.bundles.traces import load_traces
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.tree import SHIPPED

CHECKPOINTS = SHIPPED.parent.parent / "checkpoints"


@pytest.fixture(scope="module")
def bundle(tiny_bundle) -> Bundle:
    return open_bundle(tiny_bundle)


@pytest.mark.parametrize("folder", find_bundles(CHECKPOINTS), ids=lambda folder: folder.name)
def test_what_is_shipped_obeys(folder):
    bundle = open_bundle(folder)
    stored = load_showcase(bundle)
    assert len(stored) == 36
    assert all(row.explanation.path and row.clip.is_file() for row in stored)
    assert all(row.told is row.listed[1] for row in stored)  # the list is of these files, and tells what they tell
    assert [row.told for row in stored] == [Stored(bundle, row.name).told for row in stored]
    assert len(load_traces(bundle)) == 4
    assert bundle.description.temperature_fit is None or bundle.description.temperature_fit.clips > 0
    assert len(bundle.description.split.test.names_sha256) == 64


def test_prototypes_of_another_size_of_clip_are_refused(bundle):
    rows, tree, config = bundle.prototypes, bundle.hierarchy, bundle.config
    check_prototypes(rows, tree, config)
    for clip, part in (
        (replace(config.clip, frames=8), "boxes for 8 frames"),
        (replace(config.clip, size=4), "prototype"),
    ):
        with pytest.raises(InputError, match=part):
            check_prototypes(rows, tree, replace(config, clip=clip))
    for change in ({"start": -0.1}, {"start": np.nan}, {"moved": -1.0}, {"video": "a\nb"}, {"excerpt": "../a.mp4"}):
        with pytest.raises(InputError, match="prototype 1: "):
            check_prototypes((rows[0], replace(rows[1], **change), *rows[2:]), tree, config)


@pytest.mark.parametrize("name", ["RedDisc/日本　の映画", "RedDisc/क्‍ष", r"RedDisc/caf\xe9\x0a", "a\u00a0b"])
def test_videos_may_have_any_name_that_can_be_shown(bundle, name):
    first, *rest = bundle.prototypes
    check_prototypes((replace(first, video=name), *rest), bundle.hierarchy, bundle.config)
    stored = load_showcase(bundle)[0]
    check_explanation(replace(stored.explanation, video=name), stored.label, bundle.hierarchy, bundle.config)


def test_an_explanation_of_another_network_is_refused(bundle, tiny_flat_bundle):
    found, label = (getattr(load_showcase(bundle)[0], name) for name in ("explanation", "label"))
    tree, config = bundle.hierarchy, bundle.config
    check_explanation(found, label, tree, config)
    with pytest.raises(InputError, match="its label is no class"):
        check_explanation(found, "Red things", tree, config)
    flat = open_bundle(tiny_flat_bundle)
    with pytest.raises(InputError, match="similarities"):
        check_explanation(found, label, flat.hierarchy, flat.config)
    with pytest.raises(InputError, match="probabilities are not those"):
        check_explanation(found, label, tree.restrict(tree.classes[:4]), config)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"probabilities": {}}, "probabilities"),
        ({"path": ("RedDisc",)}, "its path is none of the tree"),
        ({"levels": ()}, "its levels"),
        ({"nearest": "RedDisc"}, "nearest"),
        ({"answer": "Nobody"}, "answer"),
        ({"grid": (1, 0, 1)}, "grid"),
        ({"times": (0.0, 1.0)}, "times for 16 frames"),
        ({"held": -1.0}, "negative"),
        ({"similarities": (0.5,)}, "similarities"),
        ({"threshold": 1.0}, "threshold"),
    ],
)
def test_an_explanation_that_contradicts_itself_is_refused(bundle, change, part):
    stored = load_showcase(bundle)[0]
    with pytest.raises(InputError, match=part):
        check_explanation(replace(stored.explanation, **change), stored.label, bundle.hierarchy, bundle.config)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"prototype": 99}, "none of this number"),
        ({"prototype": 0}, "another node's"),
        ({"cell": (0, 0, 50)}, "its cell"),
        ({"activation": np.zeros((1, 1, 1), np.float32)}, "maps are not as large as its grid"),
        ({"boxes": ((0, 0, 9, 99),) * 16}, "leaves the picture"),
        ({"boxes": ((5, 0, 5, 9),) * 16}, "leaves the picture"),
        ({"distance": -1.0}, "negative"),
        ({"probability_muted": 1.5}, "no probability"),
    ],
)
def test_evidence_that_is_none_is_refused(bundle, change, part):
    stored = load_showcase(bundle)[0]
    top, *rest = stored.explanation.levels
    top = replace(top, evidence=(replace(top.evidence[0], **change), *top.evidence[1:]))
    with pytest.raises(InputError, match=f"level grandparent: .*{part}"):
        check_explanation(
            replace(stored.explanation, levels=(top, *rest)), stored.label, bundle.hierarchy, bundle.config
        )


@pytest.mark.parametrize("speaking", [-1.0, 0.0, 1e-9])
def test_a_part_of_what_speaks_for_a_node_is_no_more_than_the_whole(bundle, speaking):
    stored = load_showcase(bundle)[0]
    assert all(level.speaking > 0 for level in stored.explanation.levels)
    top, *rest = stored.explanation.levels
    explanation = replace(stored.explanation, levels=(replace(top, speaking=speaking), *rest))
    with pytest.raises(InputError, match="level grandparent: a part of what speaks for it"):
        check_explanation(explanation, stored.label, bundle.hierarchy, bundle.config)


def test_a_trace_of_this_tree_that_can_be_played_obeys(bundle, tmp_path):
    (tmp_path / "film.mp4").write_bytes(b"")
    found = told(bundle, tmp_path / "film.mp4")
    check_trace(found, bundle.hierarchy)
    order = np.random.default_rng(0).permutation(len(found.nodes))
    check_trace(
        replace(
            found,
            nodes=tuple(found.nodes[i] for i in order),
            probabilities=found.probabilities[:, order],
            distances=found.distances[:, order],
        ),
        bundle.hierarchy,
    )
    for change, part in (
        ({"span": 0.0}, "span"),
        ({"times": found.times[::-1]}, "times"),
        ({"times": found.times * 1e6}, "times"),
        ({"frames": found.frames - 1}, "times"),
        ({"nodes": ("x", *found.nodes[1:])}, "nodes"),
        ({"probabilities": found.probabilities * 2}, "probabilities"),
        ({"distances": found.distances - 99}, "distance"),
        ({"video": "a\x00"}, "video"),
    ):
        with pytest.raises(InputError, match=part):
            check_trace(replace(found, **change), bundle.hierarchy)
