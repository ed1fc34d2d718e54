"""Answers in a bundle: what was said comes back, joined by name, and what is not sound is said in one line."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from toys import toy_hierarchy

from hprotopnet.bundles.answers import drawn_together, load_answers, write_answers
from hprotopnet.bundles.bundle import ANSWERS, Bundle, open_bundle
from hprotopnet.config import Config, Pantomime
from hprotopnet.errors import InputError
from hprotopnet.evaluation.metrics import hierarchical_accuracy
from hprotopnet.evaluation.predictions import Predictions
from hprotopnet.files import write_json
from hprotopnet.studies.evaluate import evaluate_bundle

TREE = toy_hierarchy()
CONFIG = Config("toy", "toy")


def predictions(clips: int = 4, seed: int = 0) -> Predictions:
    leaves = np.arange(clips) % 6
    names = tuple(f"{TREE.nodes[leaf]}/v_g{i:02d}" for i, leaf in enumerate(leaves))
    groups = tuple(f"{TREE.nodes[leaf]}/g{i:02d}" for i, leaf in enumerate(leaves))
    logits = np.random.default_rng(seed).normal(size=(clips, 6)).astype(np.float32)
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return Predictions(names, tuple(0.5 * i for i in range(clips)), groups, leaves, logits, shares @ TREE.covers.T)


def bundle_in(folder, tree=TREE) -> Bundle:
    return Bundle(folder, {"hierarchy": tree.to_dict()})


def test_what_was_said_comes_back(tmp_path):
    said = predictions()
    write_answers(tmp_path, said, TREE, CONFIG)
    found = load_answers(bundle_in(tmp_path))
    assert (found.names, found.starts, found.groups) == (said.names, said.starts, said.groups)
    assert np.array_equal(found.logits, said.logits)
    assert np.array_equal(found.leaves, said.leaves)
    assert found.nodes == pytest.approx(said.nodes, abs=1e-6)
    assert np.array_equal(found.answered, said.logits.argmax(1))


def test_classes_are_joined_by_name_not_by_place(tmp_path):
    said, turned = (
        predictions(),
        toy_hierarchy(
            tuple(reversed([(row["class"], row["parent"], row["grandparent"]) for row in TREE.to_dict()["rows"]]))
        ),
    )
    write_answers(tmp_path, said, TREE, CONFIG)
    found = load_answers(bundle_in(tmp_path, turned))
    assert [turned.nodes[leaf] for leaf in found.leaves] == [TREE.nodes[leaf] for leaf in said.leaves]
    assert [turned.nodes[leaf] for leaf in found.answered] == [TREE.nodes[leaf] for leaf in said.logits.argmax(1)]


def test_rendered_groups_share_a_look_in_all_classes():
    rendered = replace(CONFIG, rendered=Pantomime(seed=0, per_class=1))
    assert drawn_together(["Cello/g01", "Daf/g01"], rendered) == ["g01", "g01"]
    assert drawn_together(["Cello/g01", "Daf/g01"], CONFIG) == ["Cello/g01", "Daf/g01"]


def test_a_bundle_of_an_earlier_version_has_none(tmp_path):
    write_answers(tmp_path, predictions(0), TREE, CONFIG)
    assert load_answers(bundle_in(tmp_path)) is None


SPOILT = {
    "scores": ({"logits": np.full((4, 6), np.nan, np.float32)}, "a score is no finite number"),
    "shape": ({"logits": np.zeros((4, 5), np.float32)}, "its scores have the shape"),
    "kind": ({"logits": np.zeros((4, 6), int)}, "not a file of answers"),
    "tree": ({"classes": np.array(list("abcdef"))}, "its classes are not those of the tree"),
    "truth": ({"truth": np.array(["nobody"] * 4)}, "a class that the tree lacks"),
    "start": ({"starts": np.full(4, -1.0)}, "a clip starts before 0"),
    "fewer": ({"groups": np.array(["g"])}, "not as many"),
    "name": ({"names": np.array(["a\x1b[31m"] * 4)}, "one of its names cannot be shown"),
    "long": ({"names": np.array(["a" * 1001] * 4)}, "one of its names cannot be shown"),
    "none": ({name: np.zeros(0, "U1") for name in ("names", "groups", "truth")}, "it holds 0 clips"),
}


@pytest.mark.parametrize("case", SPOILT)
def test_answers_that_are_not_sound_are_refused_in_one_line(tmp_path, case):
    write_answers(tmp_path, predictions(), TREE, CONFIG)
    with np.load(tmp_path / ANSWERS) as file:
        held = dict(file)
    spoilt, said = SPOILT[case]
    np.savez(tmp_path / ANSWERS, **held | spoilt)
    with pytest.raises(InputError, match=said) as error:
        load_answers(bundle_in(tmp_path))
    assert ANSWERS in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_a_trained_bundle_keeps_answers_that_make_its_figures_again(tiny_bundle):
    bundle = open_bundle(tiny_bundle)
    found, figures = load_answers(bundle), bundle.meta["figures"]
    again = hierarchical_accuracy(found.answered, found.leaves, bundle.hierarchy)
    assert again == figures["clip"]
    assert len(found.names) == figures["n"]["clips"]
    assert len(set(found.names)) == figures["n"]["videos"]


def test_evaluate_keeps_answers_in_a_bundle_that_has_none(tiny_bundle, tiny_world, tmp_path):
    bundle = open_bundle(shutil.copytree(tiny_bundle, tmp_path / "old"))
    (bundle.folder / ANSWERS).unlink()
    evaluate_bundle(bundle, tiny_world / "videos", None, tmp_path / "cache")
    assert load_answers(bundle) is None
    found = evaluate_bundle(bundle, tiny_world / "videos", None, tmp_path / "cache", keep=True)
    kept, before = load_answers(bundle), load_answers(open_bundle(tiny_bundle))
    assert kept.names == before.names
    assert kept.logits == pytest.approx(before.logits, abs=1e-3)
    assert [row["video"] for row in found["clips"]] == list(kept.names)
    write_json(tmp_path / "figures.json", found)


def test_other_sides_are_not_kept(tiny_bundle, tiny_world, tmp_path):
    with pytest.raises(InputError, match="leave out --keep"):
        evaluate_bundle(open_bundle(tiny_bundle), tiny_world / "videos", None, tmp_path, side="validation", keep=True)
