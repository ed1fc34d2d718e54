"""Where does a hierarchy pay? The verdict on `degraded` answers, by the measure in `assets/results/README.md`."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.evaluation.metrics import bootstrap_interval
from hprotopnet.evaluation.resampling import Estimate
from hprotopnet.evaluation.rivals import RIVALS, Ladder, climb, deepest, is_right, promised_threshold, stop
from hprotopnet.evaluation.selective import (
    accuracy_specificity,
    accuracy_specificity_area,
    reliability,
    specificity,
)
from hprotopnet.pantomime.degraded import LEVELS
from hprotopnet.pantomime.spec import tree
from hprotopnet.studies.degraded import Asked, Table, ask_networks, plain

WHOLE = ("as they are", "frames shuffled")  # nothing is left out, so these are in no endpoint
PRIMARY = tuple(name for name, level in LEVELS.items() if "parent" not in level.without and name not in WHOLE)
SECONDARY = tuple(
    name for name, level in LEVELS.items() if "parent" in level.without and "grandparent" not in level.without
)
MARGIN = -0.01  # of accuracy, by which whoever has milder mistakes may be behind
FEWEST_LOOKS = 10  # without as many, intervals over looks are too narrow to say anything
TARGETS = (0.8, 0.9, 0.95, 0.99)
THRESHOLDS = tuple(np.round(np.arange(0, 1.0001, 0.05), 2))
BACK_OFFS = {"climbing": climb, "deepest": deepest}


def pay_report(
    bundles: Sequence[Bundle], seeds: Sequence[int], per_class: int, workers: int | None = None
) -> dict[str, Any]:
    """Does the kind of the first bundle make milder mistakes than the others where less is seen? (JSON)

    `levels` has every figure by level of evidence, kind and rival; `endpoints` the means that were fixed beforehand,
    by kind and rival; `against` the differences of the first kind to each other one, read as it is and as each rival
    does, with the verdict; `back_off` what each bundle's back-off is worth on clips as they are.
    """
    asked = ask_networks(bundles, seeds, per_class, workers)
    table = Table(asked)
    return {
        "seeds": list(seeds),
        "per_class": per_class,
        "clips": len(asked.keys),
        "looks": len(set(asked.looks)),
        "kinds": {kind: list(members) for kind, members in asked.kinds.items()},
        "levels": table.rows(),
        "endpoints": endpoints(table),
        **verdict(table),
        "back_off": {own: _back_offs(asked, own) for members in asked.kinds.values() for own in members},
    }


def endpoints(table: Table) -> dict[str, Any]:
    """Primary and secondary endpoint of each kind, read as each rival does, with accuracy and severity beside them."""
    found: dict[str, Any] = {}
    for kind in table.asked.kinds:
        found[kind] = {rival: {} for rival in RIVALS}
        for rival, row in found[kind].items():
            for figure in ("parent_given_wrong", "accuracy", "severity", "distance_1"):
                row[figure] = plain(table.over(PRIMARY, kind, rival, figure))
            row["grandparent_given_wrong"] = plain(table.over(SECONDARY, kind, rival, "grandparent_given_wrong"))
    return {"primary_levels": PRIMARY, "secondary_levels": SECONDARY, "kinds": found}


def verdict(table: Table) -> dict[str, Any]:
    """Differences of the first kind to the others, and what they come to.

    "pays", "harms" or "undecided" against the partners as they are, and the same after each rival; None without a
    partner, or with less than `FEWEST_LOOKS`.
    """
    first, *others = table.asked.kinds
    enough = others and len(set(table.asked.looks)) >= FEWEST_LOOKS
    against = [_difference(table, first, other, rival) for other in others for rival in RIVALS]
    as_it_is = [row for row in against if row["rival"] == "as it is"]
    return {
        "against": against,
        "verdict": summed_up(as_it_is) if enough else None,
        "verdict_beyond_what_costs_nothing": summed_up(against) if enough else None,
    }


def summed_up(against: Sequence[dict[str, Any]]) -> str:
    """What differences to all partners come to: "harms" where one is below 0, "pays" where all are above and accuracy
    is not bought with, else "undecided"."""
    intervals = [row["parent_given_wrong"]["interval"] for row in against]
    if any(own and own[1] < 0 for own in intervals):
        return "harms"
    ahead = all(own and own[0] > 0 for own in intervals)
    return "pays" if ahead and all(row["accuracy"]["value"] >= MARGIN for row in against) else "undecided"


def _difference(table: Table, first: str, other: str, rival: str) -> dict[str, Any]:
    def gap(levels: Sequence[str], figure: str) -> Estimate:
        return table.over(levels, first, "as it is", figure) - table.over(levels, other, rival, figure)

    return {
        "kind": first,
        "other": other,
        "rival": rival,
        **{name: plain(gap(PRIMARY, name)) for name in ("parent_given_wrong", "accuracy", "severity", "distance_1")},
        "parent_given_both_wrong": plain(table.shared(PRIMARY, first, other, rival)),
        "grandparent_given_wrong": plain(gap(SECONDARY, "grandparent_given_wrong")),
    }


def _back_offs(asked: Asked, bundle: str) -> dict[str, Any]:
    answers = asked.answers("as they are", bundle, "as it is")
    found = {name: back_off_report(rule(answers, tree()), asked.truth, asked.looks) for name, rule in BACK_OFFS.items()}
    right = answers.leaves == asked.truth
    return {**found, "reliability": reliability(answers.scores.max(1), right)}


def back_off_report(ladder: Ladder, truth: np.ndarray, looks: Sequence[str]) -> dict[str, Any]:
    """What a back-off is worth (JSON): the area under accuracy against specificity, the curve at some thresholds, and
    for each target what thresholds promise of one half of the looks, and give on the other."""
    curve = accuracy_specificity(ladder, truth, tree())
    at = [int((curve.thresholds >= threshold).sum()) - 1 for threshold in THRESHOLDS]
    rows = [
        {"threshold": own, "specificity": float(curve.specificity[i]), "accuracy": float(curve.accuracy[i])}
        for own, i in zip(THRESHOLDS, at, strict=True)
    ]
    area = accuracy_specificity_area(ladder, truth, tree())
    return {"area": area, "curve": rows, "promised": [_promised(ladder, truth, looks, target) for target in TARGETS]}


def _promised(ladder: Ladder, truth: np.ndarray, looks: Sequence[str], target: float) -> dict[str, Any]:
    """Calibrated on every second look, tested on the others, and the other way round; figures of both together."""
    odd = np.isin(looks, sorted(set(looks))[1::2])
    thresholds = [
        promised_threshold(Ladder(*(part[half] for part in ladder)), truth[half], tree(), target)
        for half in (odd, ~odd)  # for those that are not odd, and for those that are
    ]
    answers = stop(ladder, np.where(odd, thresholds[1], thresholds[0]))
    right = is_right(answers, truth, tree())
    return {
        "target": target,
        "thresholds": thresholds,
        "accuracy": {"value": float(right.mean()), "interval": bootstrap_interval(right, looks)},
        "specificity": float(specificity(tree())[answers].mean()),
        "leaf": float(((answers >= 0) & (answers < len(tree().classes))).mean()),
        "root": float((answers < 0).mean()),
    }


def print_pays(found: dict[str, Any]) -> None:
    """Print a report: each level and kind as it is, endpoints after each rival, differences, back-offs, verdicts."""
    print(f"{found['clips']} clips of {found['looks']} looks; shares in percent")
    heads = ("wrong", "class", "P(par|wrong)", "P(gp|wrong)", "severity", "dist@5", "AURC", "acc/spec")
    print(f"{'level':30}{'network':34}{''.join(head.rjust(13) for head in heads)}")
    for level, kinds in found["levels"].items():
        for kind, rivals in kinds.items():
            print(f"{level:30}{kind:34}{''.join(cell.rjust(13) for cell in _cells(rivals['as it is']))}")
    levels = len(found["endpoints"]["primary_levels"])
    print(f"over the {levels} levels that show less, and the parent's cue; 95 % intervals over looks:")
    for kind, rivals in found["endpoints"]["kinds"].items():
        for rival, row in rivals.items():
            parent, right = _said(row["parent_given_wrong"]), _said(row["accuracy"])
            print(f"{kind:34}{rival:10} P(parent right | class wrong) {parent}; class right {right}")
    for row in found["against"]:
        parent, right, both = (
            _said(row[name], "+") for name in ("parent_given_wrong", "accuracy", "parent_given_both_wrong")
        )
        print(f"{row['kind']} against {row['other']}, {row['rival']}: {parent}; class right {right}; both wrong {both}")
    for bundle, rules in found["back_off"].items():
        for rule in BACK_OFFS:
            print(f"{bundle:34}{rule} back-off, whole clips: area {rules[rule]['area']:.3f}; {_kept(rules[rule])}")
    if found["verdict"] is None:
        print(f"no verdict: it takes a partner, and clips of {FEWEST_LOOKS} looks; give more seeds")
    else:
        print(f"verdict: {found['verdict']}; beyond what costs nothing: {found['verdict_beyond_what_costs_nothing']}")


def _cells(row: dict[str, Any]) -> list[str]:
    shares = [_number(row[name]["value"], 100, 1) for name in ("accuracy", "parent_given_wrong")]
    shares.append(_number(row["grandparent_given_wrong"]["value"], 100, 1))
    numbers = [_number(row[name]["value"], 1, 2) for name in ("severity", "distance_5")]
    areas = [_number(row[name]["value"], 1, 3) for name in ("aurc", "specificity_area")]
    return [f"{np.mean(row['wrong']):.0f}", *shares, *numbers, *areas]


def _kept(rule: dict[str, Any]) -> str:
    return ", ".join(
        f"{row['target']:.0%} promised {row['accuracy']['value']:.1%} given (tells {row['specificity']:.2f})"
        for row in rule["promised"]
    )


def _said(own: dict[str, Any], sign: str = "") -> str:
    value = _number(own["value"], 100, 1, sign)
    if own["interval"] is None:
        return f"{value} (too few for an interval)"
    return f"{value} ({' to '.join(_number(end, 100, 1, sign) for end in own['interval'])})"


def _number(value: float, times: float, digits: int, sign: str = "") -> str:
    return "-" if np.isnan(value) else f"{times * value:{sign}.{digits}f}"
