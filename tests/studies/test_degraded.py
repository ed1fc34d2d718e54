"""Networks asked where less is seen: every answer stands at its clip and level, and figures are means over seeds."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.config import ClipConfig, Config
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.pantomime.conditions import Key
from hprotopnet.pantomime.degraded import LEVELS
from hprotopnet.pantomime.spec import tree
from hprotopnet.studies import degraded, passes
from hprotopnet.studies.degraded import Asked, Table, ask_networks, kinds

CLIP = ClipConfig(frames=2, fps=12.5, size=32)


class Reader:
    """A network that says the class and the level whose numbers are the first two pixels, and counts its passes.

    Its probability is .9 for that class, and for the next as many hundredths as the number of the level.
    """

    def __init__(self, hierarchy):
        self.hierarchy, self.backbone, self.passes = hierarchy, self, []
        self.name, self.parts, self.weights_id = "stub", {"all": 3}, "stub"

    def to(self, device):
        return self

    def __call__(self, clips):
        self.passes.append(len(clips))
        return clips

    def evidence(self, features):
        leaves = torch.zeros(len(features), 36, dtype=torch.float64)
        for row, clip in zip(leaves, features.reshape(len(features), -1), strict=True):
            label = int(clip[0])
            row[self.hierarchy.index(tree().nodes[label])] = 0.9
            row[self.hierarchy.index(tree().nodes[(label + 1) % 36])] = int(clip[1]) / 100
        covers = torch.from_numpy(self.hierarchy.covers.T.astype(float))
        return SimpleNamespace(output=SimpleNamespace(nodes=leaves @ covers))


def reversed_tree() -> Hierarchy:
    stored = tree().to_dict()
    return Hierarchy.from_dict(stored | {"rows": stored["rows"][::-1]})


def shown(key: Key, clip: ClipConfig) -> dict[str, np.ndarray]:
    """Clips whose first two pixels are the numbers of their class and of the level."""
    found = {}
    for number, level in enumerate(LEVELS):
        found[level] = np.zeros((clip.frames, clip.size, clip.size, 3), np.uint8)
        found[level].ravel()[:2] = tree().index(key.label), number
    return found


@pytest.fixture
def stubbed(monkeypatch):
    monkeypatch.setattr(degraded, "seen_under", shown)
    monkeypatch.setattr(passes, "groups_of", lambda per_class: [(2, 1), (9, 1)])  # a test group and another
    monkeypatch.setattr(passes, "model_input", lambda model, images: torch.from_numpy(images)[None])


def bundles_of(folder, models):
    """Bundles of these networks, each of a kind of its own."""
    return [
        SimpleNamespace(
            folder=folder / name,
            hierarchy=tree(),
            config=Config(clip=CLIP, batch_size=size),
            load_model=lambda own=model: own,
        )
        for size, (name, model) in enumerate(models.items(), start=1)
    ]


def test_every_answer_stands_at_its_clip_and_level_by_the_names_of_nodes(stubbed, tmp_path):
    models = {"one": Reader(tree()), "other": Reader(reversed_tree())}
    bundles = bundles_of(tmp_path, models)
    asked = ask_networks(bundles, [3, 4], 1, workers=1)
    assert len(asked.keys) == 2 * 36
    assert set(asked.looks) == {"3/02", "4/02"}
    assert list(asked.nodes) == list(LEVELS)
    rows, parents = np.arange(72), tree().lineage[asked.truth, 1]
    for number, level in enumerate(LEVELS):
        for bundle in bundles:
            nodes = asked.nodes[level][str(bundle.folder)]
            assert nodes[rows, asked.truth] == pytest.approx(np.full(72, 0.9))
            assert nodes[rows, (asked.truth + 1) % 36] == pytest.approx(np.full(72, number / 100))
            assert nodes[rows, parents] == pytest.approx((nodes[:, :36] * tree().covers[parents]).sum(1))
    # What the backbone makes of a clip is shared, and its 15 levels go through in even batches.
    assert models["one"].passes == [4, 4, 4, 3] * 72
    assert models["other"].passes == []


def test_bundles_that_differ_by_their_seed_are_one_kind(tmp_path):
    same = Config(clip=CLIP)
    configs = {"a": same, "b": replace(same, batch_size=2), "c": replace(same, seed=5, name="again")}
    bundles = [SimpleNamespace(folder=tmp_path / name, config=config) for name, config in configs.items()]
    found = kinds(bundles)
    assert list(found) == [str(tmp_path / "a"), str(tmp_path / "b")]
    assert found[str(tmp_path / "a")] == (str(tmp_path / "a"), str(tmp_path / "c"))


def test_no_clip_at_all_is_refused(tmp_path):
    with pytest.raises(InputError, match="--per-class"):
        ask_networks(bundles_of(tmp_path, {"one": Reader(tree())}), [0], 0)


@pytest.mark.rendering
def test_a_network_of_other_classes_is_refused(tiny_bundle):
    with pytest.raises(InputError, match="Pantomime's classes"):
        ask_networks([open_bundle(tiny_bundle)], [0], 25)


def made_up(right: dict[str, float]) -> Asked:
    """Answers of sure networks: right in this share of the clips of every level, and else a sibling."""
    keys = tuple(Key(seed, label, 1, 1) for seed in range(4) for label in tree().classes)
    truth = np.array([tree().index(key.label) for key in keys])
    siblings = np.array([np.flatnonzero(tree().leaf_heights[leaf] == 1)[0] for leaf in truth])
    nodes = {}
    for name, share in right.items():
        said = np.where(np.arange(len(keys)) % 36 < 36 * share, truth, siblings)
        nodes[name] = np.eye(36)[said] @ tree().covers.T
    return Asked(keys, dict.fromkeys(LEVELS, nodes), {"a": ("a", "c"), "b": ("b",)})


def test_figures_of_a_kind_are_means_over_its_bundles():
    table = Table(made_up({"a": 1 / 2, "b": 1 / 4, "c": 1 / 3}), draws=50)
    found = table.one("the first half", "a", "as it is", "accuracy")
    assert found.value == pytest.approx((1 / 2 + 1 / 3) / 2)
    assert found.interval() == pytest.approx((found.value, found.value))  # all looks are alike
    assert table.over(list(LEVELS), "b", "HiE", "severity").value == 1
    rows = table.rows()["the first half"]
    own = rows["a"]["as it is"]
    assert own["n"] == 144
    assert own["wrong"] == [72, 96]
    assert own["accuracy"]["bundles"] == pytest.approx([1 / 2, 1 / 3])
    assert "bundles" not in rows["b"]["CRM"]["accuracy"]
    assert table.shared(["the first half"], "a", "b", "as it is").value == 0
