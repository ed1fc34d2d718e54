"""Answers to eight clips of six classes, so that what they are worth can be worked by hand; and result files."""

import numpy as np
from toys import toy_hierarchy

from hprotopnet.bundles.answers import ClipAnswers
from hprotopnet.evaluation.published import LEVELS

TREE = toy_hierarchy()  # dunk, throw | surf || drum, tabla | cello
TRUTH = ("dunk", "dunk", "throw", "surf", "drum", "drum", "tabla", "cello")
SAID = ("dunk", "throw", "throw", "dunk", "drum", "cello", "dunk", "cello")


def answered(truth=TRUTH, said=SAID, sure: float = 4.0, tree=TREE) -> ClipAnswers:
    """Answers of a network equally sure of all: four right, one sibling, two cousins, one stranger."""
    leaves, answers = ([tree.index(name) for name in names] for names in (truth, said))
    names = tuple(f"{name}/v_g{i:02d}" for i, name in enumerate(truth))
    groups = tuple(f"g{i % 4}" for i in range(len(truth)))
    logits = sure * np.eye(len(tree.classes), dtype=np.float32)[answers]
    return ClipAnswers(tree, names, (0.5,) * len(truth), groups, np.array(leaves), logits)


SPREAD = {"mean": 0.9, "std": 0.01, "values": [0.89, 0.91], "interval": [0.85, 0.95], "n": 504}
ESTIMATE = {"n": 12, "mean": 0.6, "interval": [0.5, 0.7]}
NONE = {"n": 0, "mean": None, "interval": None}
VALUED = {"value": 0.5, "interval": [0.4, 0.6]}
STAGES = {stage: {"clip": dict.fromkeys(LEVELS, SPREAD) | {"mistake_severity": SPREAD}} for stage in ("warm", "head")}
STUDY = {
    "command": "python -m hprotopnet study",
    "dataset": "ucf101-nine",
    "side": "test",
    "seeds": [0, 1],
    "clips": 504,
    "recipes": {"cpg10": {}},
    "rows": {"cpg10": STAGES, "own": STAGES},
    "pairs": [{"row": "own", "against": "cpg10", "difference": 0.01, "interval": [-0.01, 0.03], "more": {}}],
}
LEVEL = {name: {"network": ESTIMATE, "centre": NONE} for name in ("pointing", "weighted", "energy", "iou")}
TRUTHS = {
    "data": "d",
    "side": "test",
    "clips": 12,
    "groups": 4,
    "bundles": {
        "runs/a": {
            "levels": {"parent": LEVEL | {"own_share": ESTIMATE, "prototypes": {"own_cue": ESTIMATE}}},
            "causes": {"left out": {"parent": {"own_moves_most": ESTIMATE, "drops": {}, "shares": {"child": NONE}}}},
            "moments": {"parent": {"network": ESTIMATE, "chance": 0.2}},
        }
    },
}
POINTED = {"method": ESTIMATE, "centre": ESTIMATE, "random": NONE}
FIGURES = dict.fromkeys(("pointing", "energy", "iou", "insertion_gain", "deletion_gain", "moved"), POINTED)
FIGURES |= {name: {"method": ESTIMATE} for name in ("noise", "randomised", "gini", "flicker", "seconds")}
PAIR = {"one": "gradcam", "other": "prototypes", "rank": ESTIMATE, "top": ESTIMATE}
ATTRIBUTIONS = {
    "kind": "attribution",
    "command": "python -m hprotopnet attributions runs/a runs/b",
    "side": "test",
    "clips": 12,
    "groups": 4,
    "parts": {"map": 12, "curves": 6, "noise": 3, "randomised": 2, "causal": 1},
    "networks": {
        "a": {
            "explainers": {"gradcam": {"parent": FIGURES, "child": FIGURES}, "prototypes": {"parent": FIGURES}},
            "agreement": {"parent": [PAIR], "child": []},
        },
        "b": {"explainers": {"gradcam": {"child": FIGURES}}, "agreement": {"parent": [], "child": []}},
    },
}
SEEN = {"n": 360, "wrong": [3], "accuracy": VALUED, "parent_given_wrong": VALUED, "severity": VALUED | {"value": None}}
GAP = {"kind": "runs/a", "other": "runs/b", "rival": "CRM", "parent_given_wrong": VALUED, "accuracy": VALUED}
PAYS = {
    "seeds": [1],
    "clips": 360,
    "looks": 10,
    "levels": {"as they are": {"runs/a": {"as it is": SEEN}, "runs/b": {"as it is": SEEN}}},
    "against": [GAP],
    "verdict": "pays",
}
AREA = {"levels": ESTIMATE, "published": ESTIMATE, "difference": ESTIMATE, "close": 3, "lower": 0}
SCHEDULES = {
    "command": "python -m hprotopnet schedules runs/a d",
    "about": {"network": "runs/a", "method": "step", "videos": []},
    "summary": {
        **{"clips": 12, "close": 0.02, "time_share": ESTIMATE | {"mean": 0.031}},
        "areas": [{"area": 0.05} | AREA, {"area": 0.2} | AREA],
    },
    "rows": [],
}
MAPS = {f"{level} average": SPREAD for level in ("fine", "coarse")}
DETECTED = {"runs": 3, "figures": MAPS, "against": MAPS, "siblings": SPREAD}
DETECTORS = {
    "command": "python -m hprotopnet detectors",
    **{"videos": 60, "segments": 200, "trained_on": 140, "seeds": 3, "config": {}},
    "rows": {
        "repaired": DETECTED | {"against": None, "concepts": {"atoms": {"purity": SPREAD, "nmi": SPREAD}}},
        "chance": DETECTED,
    },
}
KNOWN = {"width": 12, "frames": 8, "parameters": 396000, "multiply_adds": 45000000, "processor_seconds": 0.01}
KNOWN |= {"train": [0.9, 1.0]}
DISPLACEMENT = {
    "kind": "displacement",
    "command": "python -m hprotopnet displacement --keep kept",
    "side": "test",
    "seeds": 2,
    "clips": 160,
    "groups": 40,
    "displacements": [{"times": 1.0, "pixels": 1.7}, {"times": 3.0, "pixels": 4.6}],
    "networks": {"h2cn": KNOWN | {"frames": 40}, "tsm": KNOWN},
    "right": [{"network": name, "displacement": at} | SPREAD for name in ("h2cn", "tsm") for at in (1.0, 3.0)],
    "against": [{"network": "h2cn", "other": "tsm", "displacement": at, **ESTIMATE} for at in (1.0, 3.0)],
    "change": [{"network": name, "displacement": 3.0, **NONE} for name in ("h2cn", "tsm")],
}
