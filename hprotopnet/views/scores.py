"""What a bundle's answers are worth, as rows of tables: each figure of the page Results is drawn from one of them.

Every number comes from `hprotopnet.evaluation`, which training and the commands use, too. Shares lie between 0 and 1.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hprotopnet.bundles.answers import ClipAnswers
from hprotopnet.bundles.description import Accuracy, Description
from hprotopnet.evaluation.metrics import estimate, wilson_interval
from hprotopnet.evaluation.rivals import Ladder, as_is, climb, deepest, is_right, stop
from hprotopnet.evaluation.selective import accuracy_specificity, reliability, risk_coverage, specificity
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.views.words import mistake

Rows = list[dict[str, Any]]
PAPER = ("accuracy", "sibling", "cousin")  # what the paper calls being right about class, parent and grandparent
RULES = {"climbing from the likeliest class": climb, "deepest sure node (the app's)": deepest}
FORMULAS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run what begins so


def level_rows(answers: ClipAnswers) -> Rows:
    """How often the answer is right at each level, class first, with intervals over groups."""
    tree = answers.hierarchy
    heights = tree.leaf_heights[answers.answered, answers.leaves]
    found = [estimate((heights <= level).astype(float), answers.groups) for level in range(tree.depth)]
    return [
        _level_row(level, tree, own["mean"], own["interval"]) | {"clips": own["n"]} for level, own in enumerate(found)
    ]


def stored_level_rows(figures: Accuracy, hierarchy: Hierarchy) -> Rows:
    """The same of a bundle without answers, from what it says of itself: without intervals, and of three levels."""
    shares = [getattr(figures, name) for name in PAPER[: hierarchy.depth]]
    return [_level_row(level, hierarchy, share, None) for level, share in enumerate(shares) if share is not None]


def _level_row(level: int, tree: Hierarchy, share: float | None, interval: Sequence[float] | None) -> dict[str, Any]:
    low, high = interval or (None, None)
    called = f"{PAPER[level]} accuracy" if 0 < level < len(PAPER) else "class accuracy" if level == 0 else ""
    return {"level": tree.level_names[level], "in the paper": called, "right": share, "low": low, "high": high}


def risk_rows(answers: ClipAnswers) -> Rows:
    """Share of wrong classes among the clips answered, surest first; one row for each confidence that occurs."""
    confidence = answers.nodes[:, : len(answers.hierarchy.classes)].max(1)
    coverage, risk = risk_coverage(confidence, ~answers.right)
    least = -np.unique(-confidence)
    columns = (coverage.tolist(), risk.tolist(), least.tolist())
    return [{"answered": at, "wrong": own, "confidence": low} for at, own, low in zip(*columns, strict=True)]


def specificity_rows(answers: ClipAnswers) -> dict[str, Rows]:
    """Accuracy against specificity of each of `RULES` at every threshold at which an answer changes."""
    found = {}
    for name, rule in RULES.items():
        curve = accuracy_specificity(_ladder(answers, rule), answers.leaves, answers.hierarchy)
        rows = zip(curve.thresholds.tolist(), curve.specificity.tolist(), curve.accuracy.tolist(), strict=True)
        found[name] = [{"threshold": at, "specificity": tells, "right": right} for at, tells, right in rows]
    return found


def specificity_at(answers: ClipAnswers, threshold: float) -> dict[str, dict[str, float]]:
    """The same at one threshold, by rule."""
    tree, found = answers.hierarchy, {}
    for name, rule in RULES.items():
        said = stop(_ladder(answers, rule), threshold)
        right = is_right(said, answers.leaves, tree).mean()
        found[name] = {"specificity": float(specificity(tree)[said].mean()), "right": float(right)}
    return found


def _ladder(answers: ClipAnswers, rule: Any) -> Ladder:
    return rule(as_is(answers.nodes, answers.hierarchy), answers.hierarchy)


def reliability_rows(answers: ClipAnswers) -> Rows:
    """How sure the network is of its classes and how often it is right, by bins of confidence."""
    confidence = answers.nodes[:, : len(answers.hierarchy.classes)].max(1)
    rows = reliability(confidence, answers.right)
    return [{"clips": row["n"], "confidence": row["confidence"], "right": row["accuracy"]} for row in rows]


def severity_rows(answers: ClipAnswers) -> Rows:
    """How far off mistakes are: of each height of the lowest common ancestor of answer and truth, the share of mistakes
    with an interval over groups, and the share that answers drawn from all other classes would have."""
    tree = answers.hierarchy
    heights = tree.leaf_heights[answers.answered, answers.leaves]
    by_chance = tree.leaf_heights[answers.leaves[heights > 0]]
    rows = []
    for height in range(1, tree.depth + 1):
        own = estimate(np.where(heights > 0, heights == height, np.nan), answers.groups)
        low, high = own["interval"] or (None, None)
        chance = float((by_chance == height).sum() / max((by_chance > 0).sum(), 1))
        common = "nothing in common" if height == tree.depth else f"same {tree.level_names[height]}"
        counted = int((heights == height).sum())
        row = {"levels off": height, "meaning": common, "mistakes": counted, "share": own["mean"]}
        rows.append(row | {"low": low, "high": high, "by chance": chance})
    return rows


def class_rows(answers: ClipAnswers) -> Rows:
    """A row for each class that is asked about, in tree order: how often it is right, and what is said instead."""
    tree, said = answers.hierarchy, answers.answered
    rows = []
    for leaf in tree_order(tree):
        own = said[answers.leaves == leaf]
        if not len(own):
            continue
        wrong, right = own[own != leaf], int((own == leaf).sum())
        low, high = wilson_interval(right, len(own))
        most = int(np.bincount(wrong).argmax()) if len(wrong) else None
        above = {tree.level_names[i]: tree.display[node] for i, node in enumerate(tree.lineage[leaf]) if i}
        row = {"class": tree.display[leaf], **above, "clips": len(own), "right": right / len(own)}
        row |= {"low": low, "high": high, "said instead": "" if most is None else tree.display[most]}
        rows.append(row | {"levels off": float(tree.leaf_heights[wrong, leaf].mean()) if len(wrong) else None})
    return rows


def tree_order(hierarchy: Hierarchy) -> list[int]:
    """Leaves so that those of one family stand together, at every level."""
    return np.lexsort(hierarchy.lineage.T).tolist()


def confusion(answers: ClipAnswers) -> np.ndarray:
    """How often which leaf (column) is answered to clips of which leaf (row), in node order, integers (K, K)."""
    counts = np.zeros((len(answers.hierarchy.classes),) * 2, int)
    np.add.at(counts, (answers.leaves, answers.answered), 1)
    return counts


def clips_of_cell(answers: ClipAnswers, truth: int, said: int) -> Rows:
    """The clips of class `truth` to which `said` is answered, the surest first: name, start and probabilities."""
    rows = np.flatnonzero((answers.leaves == truth) & (answers.answered == said))
    rows = rows[np.argsort(-answers.nodes[rows, said], kind="stable")]
    return [
        {
            "video": answers.names[row],
            "start": answers.starts[row],
            "probability of the answer": float(answers.nodes[row, said]),
            "probability of the truth": float(answers.nodes[row, truth]),
        }
        for row in rows
    ]


def mistake_in_words(hierarchy: Hierarchy, truth: int, said: int) -> str:
    """How far off an answer is, not escaped."""
    return mistake(hierarchy.nodes[said], hierarchy.nodes[truth], hierarchy)[1]


def training_rows(about: Description) -> Rows:
    """A row for each epoch of the record, counted through all stages; a stage's last has what was measured then."""
    epochs = about.record.epochs if about.record else ()
    rows: Rows = []
    for number, epoch in enumerate(epochs, start=1):
        row = {"epoch": number, "stage": epoch.stage, "cross-entropy": epoch.cross_entropy}
        rows.append(row | {"right, training": epoch.train_accuracy, "right, validation": None})
    for stage, sides in about.milestones.items():
        own = [row for row in rows if row["stage"] == stage]
        if own and "validation" in sides:
            own[-1]["right, validation"] = sides["validation"].clip.accuracy
    return rows


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as a CSV file; text that a spreadsheet would take for a formula begins with an apostrophe."""
    file = io.StringIO()
    columns = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.writer(file)
    writer.writerow(map(_harmless, columns))
    writer.writerows([_harmless(row.get(name)) for name in columns] for row in rows)
    return file.getvalue()


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULAS) else value
