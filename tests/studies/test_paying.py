"""Verdicts on made-up networks: by the measure that was fixed, whoever wins, and not by being wrong more often."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from hprotopnet.evaluation.rivals import as_is, climb
from hprotopnet.pantomime.conditions import Key
from hprotopnet.pantomime.degraded import LEVELS
from hprotopnet.pantomime.spec import tree
from hprotopnet.studies import paying
from hprotopnet.studies.degraded import Asked, Table
from hprotopnet.studies.paying import PRIMARY, SECONDARY, back_off_report, pay_report, print_pays, summed_up, verdict

ROOT = Path(__file__).resolve().parents[2]
TREE = tree()
KEYS = tuple(Key(seed, label, 1, 1) for seed in range(10) for label in TREE.classes)
TRUTH = np.array([TREE.index(key.label) for key in KEYS])


def off_by(height: int, rng: np.random.Generator) -> np.ndarray:
    """For each clip a leaf whose lowest common ancestor with the truth has this height."""
    return np.array([rng.choice(np.flatnonzero(TREE.leaf_heights[leaf] == height)) for leaf in TRUTH])


def network(right: float, mild: float, seed: int, hedged: bool = False) -> np.ndarray:
    """Probabilities of nodes: so many clips right, and of the wrong ones so many a sibling, the others a stranger.

    A hedged network has .4 for a stranger, and .6 for two siblings of the truth together.
    """
    rng = np.random.default_rng(seed)
    siblings, strangers = off_by(1, rng), off_by(3, rng)
    said = np.where(rng.random(len(KEYS)) < mild, siblings, strangers)
    said = np.where(rng.random(len(KEYS)) < right, TRUTH, said)
    leaves = 0.9 * np.eye(36)[said] + 0.1 / 36
    if hedged:
        away = said == strangers
        leaves[away] = 0.4 * np.eye(36)[strangers[away]] + 0.3 * (TREE.leaf_heights[TRUTH[away]] == 1)
    return leaves @ TREE.covers.T


def asked_of(networks: dict[str, np.ndarray], keys: tuple[Key, ...] = KEYS) -> Asked:
    return Asked(keys, dict.fromkeys(LEVELS, networks), {name: (name,) for name in networks})


def judged(**networks: np.ndarray) -> dict:
    return verdict(Table(asked_of(networks), draws=100))


def test_what_was_fixed_is_what_is_measured():
    assert len(PRIMARY) == 10
    assert set(SECONDARY) == {"without the parent's cue", "only the grandparent's cue"}
    text = (ROOT / "assets" / "results" / "README.md").read_text(encoding="utf-8")
    rows = [line.split("|")[2:4] for line in text.splitlines() if line.startswith("| ") and line.count("|") == 4]
    written = {shown.split(" (")[0].strip(): seen.strip() for shown, seen in rows}
    assert len(set(written) & set(LEVELS)) == 9
    for name in set(written) & set(LEVELS):
        assert (written[name] == "yes") == (name in PRIMARY), name


def test_milder_mistakes_pay_harm_or_leave_it_undecided():
    mild, harsh = network(0.5, 0.9, 1), network(0.5, 0.6, 1)
    found = judged(tree=mild, flat=harsh)
    assert found["verdict"] == found["verdict_beyond_what_costs_nothing"] == "pays"
    gap = found["against"][0]
    assert gap["parent_given_wrong"]["value"] == pytest.approx(0.3, abs=0.07)
    assert gap["parent_given_both_wrong"]["value"] == pytest.approx(0.3, abs=0.07)
    assert gap["severity"]["value"] == pytest.approx(-0.6, abs=0.14)
    assert gap["accuracy"]["value"] == 0
    assert judged(tree=harsh, flat=mild)["verdict"] == "harms"
    assert judged(tree=mild, flat=mild)["verdict"] == "undecided"
    assert judged(tree=mild)["verdict"] is None


def test_one_partner_that_is_not_beaten_is_enough():
    mild, harsh = network(0.5, 0.9, 1), network(0.5, 0.6, 1)
    assert judged(tree=mild, flat=harsh, blackbox=mild)["verdict"] == "undecided"


def test_mild_mistakes_that_are_bought_with_accuracy_do_not_pay():
    assert judged(tree=network(0.4, 0.9, 1), flat=network(0.5, 0.6, 1))["verdict"] == "undecided"


def test_a_partner_that_only_needs_to_be_read_otherwise_is_found_out():
    found = judged(tree=network(0.5, 0.9, 1), flat=network(0.5, 0.3, 1, hedged=True))
    assert found["verdict"] == "pays"
    assert found["verdict_beyond_what_costs_nothing"] == "harms"  # rescored, it names siblings only
    after = {row["rival"]: row["parent_given_wrong"]["value"] for row in found["against"]}
    assert after["CRM"] == pytest.approx(after["HiE"])
    assert after["HiE"] < 0 < after["as it is"]


def test_few_looks_are_no_ground_for_a_verdict():
    few = sum(key.seed < 9 for key in KEYS)
    networks = {"tree": network(0.5, 0.9, 1)[:few], "flat": network(0.5, 0.6, 1)[:few]}
    found = verdict(Table(asked_of(networks, KEYS[:few]), draws=100))
    assert found["verdict"] is found["verdict_beyond_what_costs_nothing"] is None
    assert found["against"][0]["parent_given_wrong"]["interval"][0] > 0


def test_no_interval_is_no_verdict():
    row = {"parent_given_wrong": {"interval": None}, "accuracy": {"value": 0.0}}
    assert summed_up([row]) == "undecided"


def test_promises_are_calibrated_on_one_half_of_the_looks_and_kept_on_the_other():
    """Looks by turns all right and all wrong: each half promises what the other cannot, or need not, keep."""
    looks = [f"{key.seed}" for key in KEYS]
    odd = np.isin(looks, ["1", "3", "5", "7", "9"])
    said = np.where(odd, off_by(3, np.random.default_rng(0)), TRUTH)
    ladder = climb(as_is((0.9 * np.eye(36)[said] + 0.1 / 36) @ TREE.covers.T, TREE), TREE)
    found = back_off_report(ladder, TRUTH, looks)
    assert found["curve"][0] == pytest.approx({"threshold": 0, "specificity": 1, "accuracy": 0.5})
    assert found["curve"][-1] == pytest.approx({"threshold": 1, "specificity": 0, "accuracy": 1})
    row = next(row for row in found["promised"] if row["target"] == 0.9)
    for_even, for_odd = row["thresholds"]  # each from the other half
    assert for_odd == 0  # the even half is always right
    assert for_even > 0.9  # the odd half must always climb to the root
    assert row["accuracy"]["value"] == pytest.approx(0.5)
    assert row["root"] == pytest.approx(0.5)
    assert row["leaf"] == pytest.approx(0.5)


def test_a_report_holds_everything_and_prints(monkeypatch, capsys):
    networks = {"tree": network(0.5, 0.9, 1), "flat": network(0.5, 0.6, 1)}
    monkeypatch.setattr(paying, "Table", partial(Table, draws=100))
    monkeypatch.setattr(paying, "ask_networks", lambda bundles, seeds, per_class, workers: asked_of(networks))
    found = pay_report([], [7, 8], 25)
    assert (found["clips"], found["looks"], found["seeds"]) == (360, 10, [7, 8])
    assert set(found["levels"]) == set(LEVELS)
    mean, one = found["endpoints"]["kinds"]["tree"], found["levels"]["the first half"]["tree"]
    for rival in one:  # all levels are alike
        for name in ("value", "interval"):
            assert mean[rival]["parent_given_wrong"][name] == pytest.approx(one[rival]["parent_given_wrong"][name])
    assert set(found["back_off"]) == {"tree", "flat"}
    print_pays(found)
    said = capsys.readouterr().out
    assert "verdict: pays; beyond what costs nothing: pays" in said
    assert len([line for line in said.splitlines() if line.startswith("the first half")]) == 2
