"""Charts of findings: rows of the paper's tables, evidence against the truth, mistakes where less is seen, twins."""

from typing import Any

from hprotopnet.evaluation.published import LEVELS, NETWORKS, published
from hprotopnet.views.charts import percent
from hprotopnet.views.dots import Dot, Panel, Series, draw_dots
from hprotopnet.views.findings import Displacement, Estimate, Pays, Scheduled, Study, TrueBundle, Valued
from hprotopnet.views.scores import Rows

CALLED = {"accuracy": "class right", "sibling": "parent right", "cousin": "grandparent right"}
EVIDENCE = {
    "pointing": "strongest cell on the cue",
    "weighted": "contributions from the cue",
    "energy": "map's sum on the cue",
    "iou": "overlap with the cue",
}
POINTERS = {"network": "this network", "centre": "the centre", "random": "anywhere"}
SEEN = {
    "accuracy": Panel("class right", "class right"),
    "parent_given_wrong": Panel("parent right, of mistakes", "parent right, of mistakes"),
    "severity": Panel("levels off, mean of mistakes", "levels off, mean of mistakes", share=False),
}
TWINS = Panel("right twin of two; chance 50 %", "right twin of two; chance 50 %")
SLOW = Panel("ms of the processor a clip", "ms of the processor a clip", share=False)
SMALL = {  # networks of `displacement`, as people call them
    "frames": "plain frames (TSN)",
    "tsm": "TSM",
    "h2cn-narrow": "H2CN a point wide",
    "h2cn": "H2CN",
    "r3d": "R3D",
    "r2plus1d": "R(2+1)D",
    "i3d": "I3D",
}
OURS, PAPER = "this project", "published"
SCHEDULES = {"levels": OURS, "published": "published schedule"}
AS_IT_IS = "as it is"


def study_rows(found: Study, kind: str) -> Rows:
    """A row for each network, stage and level: mean over trainings, its spread, and what the paper has."""
    known = published(found.dataset, kind)
    rows = []
    for row, stages in found.rows.items():
        for stage, kinds in stages.items():
            for i, level in enumerate(LEVELS):
                own = kinds.get(kind, {}).get(level)
                if own is None:
                    continue
                low, high = own.interval or (None, None)
                theirs = known[row].shares[i : i + 1] if row in known else ()
                values = [value for value in own.values if value is not None]
                rows.append(
                    {
                        "row": row,
                        "stage": stage,
                        "level": CALLED[level],
                        "right": own.mean,
                        "std": own.std,
                        "low": low,
                        "high": high,
                        "each": values,
                        "published": theirs[0] / 100 if theirs else None,
                    }
                )
    return rows


def kinds_of(found: Study) -> list[str]:
    """Kinds of answers that every row of a study has, clips first."""
    each = [set(kinds) for stages in found.rows.values() for kinds in stages.values()]
    return [
        kind for kind in ("clip", "video_majority", "video_mean_softmax") if each and all(kind in own for own in each)
    ]


def final(rows: Rows) -> Rows:
    """Of each network the rows of its last stage, with which it is done."""
    last = {row["row"]: row["stage"] for row in rows}
    return [row for row in rows if row["stage"] == last[row["row"]]]


def draw_study(rows: Rows, dark: bool = False, width: int = 700, across: int = 3) -> dict[str, Any]:
    """The final stage of every row, class, parent and grandparent; the paper's figures hollow."""
    last = final(rows)
    panels = [Panel(name, name) for name in dict.fromkeys(row["level"] for row in last)]
    ours, theirs = {}, {}
    for panel in panels:
        own = [row for row in last if row["level"] == panel.title]
        ours[panel.title] = tuple(_dot(row) for row in own)
        theirs[panel.title] = tuple(
            Dot(row["row"], row["published"], about="on the whole of its own data")
            for row in own
            if row["published"] is not None
        )
    series = [Series(OURS, ours, 0)]
    if any(theirs.values()):
        series.append(Series(PAPER, theirs, 1, filled=False))
    return draw_dots(panels, series, list(dict.fromkeys(row["row"] for row in last)), dark, width, across)


def _dot(row: dict[str, Any]) -> Dot:
    """With an interval where the file has one; otherwise with the deviation over trainings, which is said."""
    about = [f"in the paper: {NETWORKS[row['row']]}"] if row["row"] in NETWORKS else []
    if row["std"] is not None:
        about.append(f"deviation over trainings {100 * row['std']:.1f} points")
    small = tuple(row["each"]) if len(row["each"]) > 1 else ()
    return Dot(row["row"], row["right"], row["low"], row["high"], "; ".join(about), small)


def pair_rows(found: Study) -> Rows:
    """Differences of clip accuracy between rows, in points."""
    rows = []
    for own in found.pairs:
        low, high = (100 * end for end in own.interval) if own.interval else (None, None)
        gap = None if own.difference is None else 100 * own.difference
        rows.append({"row": own.row, "against": own.against, "points": gap, "from": low, "to": high})
    return rows


def evidence_rows(found: TrueBundle) -> Rows:
    """A row for each level, figure and pointer."""
    return [
        {"level": level, "figure": called, "who points": POINTERS.get(pointer, pointer), **_estimated(own)}
        for level, figures in found.levels.items()
        for name, called in EVIDENCE.items()
        for pointer, own in getattr(figures, name).items()
    ]


def draw_evidence(rows: Rows, dark: bool = False, width: int = 700, across: int = 2) -> dict[str, Any]:
    """Each figure of where evidence lies, level by level: the network beside two pointers that know nothing."""
    panels = [Panel(name, name) for name in dict.fromkeys(row["figure"] for row in rows)]
    series = [
        Series(pointer, {panel.title: _dots(rows, panel.title, pointer) for panel in panels}, number)
        for number, pointer in enumerate(dict.fromkeys(row["who points"] for row in rows))
    ]
    return draw_dots(panels, series, list(dict.fromkeys(row["level"] for row in rows)), dark, width, across)


def _dots(rows: Rows, figure: str, pointer: str) -> tuple[Dot, ...]:
    own = [row for row in rows if row["figure"] == figure and row["who points"] == pointer]
    return tuple(Dot(row["level"], row["share"], row["low"], row["high"], f"{row['n']} clips") for row in own)


def other_truth_rows(found: TrueBundle) -> Rows:
    """Everything else that was asked of a bundle's evidence, a row for each level and question."""
    rows: Rows = []
    for level, own in found.levels.items():
        rows.append({"level": level, "asked": "own prototypes' share of what decides", **_estimated(own.own_share)})
        for name, value in own.prototypes.items():
            rows.append({"level": level, "asked": f"prototypes: {name.replace('_', ' ')}", **_estimated(value)})
    for change, causes in found.causes.items():
        for level, cause in causes.items():
            asked = f"cue {change}: own cue moves it most"
            rows.append({"level": level, "asked": asked, **_estimated(cause.own_moves_most)})
            for cue, value in cause.shares.items():
                rows.append({"level": level, "asked": f"cue {change}: lost without {cue}'s", **_estimated(value)})
    for level, moment in found.moments.items():
        rows.append({"level": level, "asked": "peak while its cue is seen", **_estimated(moment.network)})
        rows.append({"level": level, "asked": "the same by chance", "share": moment.chance})
    return rows


def _estimated(own: Estimate) -> dict[str, Any]:
    low, high = own.interval or (None, None)
    return {"n": own.n, "share": own.mean, "low": low, "high": high}


def paying_rows(found: Pays, rival: str = AS_IT_IS) -> Rows:
    """A row for each level of evidence and kind of network, with each of `SEEN` and its interval."""
    return [
        {"seen": level, "network": short(kind), "n": rivals[rival].n, **_figures(rivals[rival])}
        for level, kinds in found.levels.items()
        for kind, rivals in kinds.items()
        if rival in rivals
    ]


def _figures(own: Any) -> dict[str, Any]:
    found = {}
    for name in SEEN:
        value: Valued = getattr(own, name)
        low, high = value.interval or (None, None)
        found |= {name: value.value, f"{name}, low": low, f"{name}, high": high}
    return found


def draw_paying(rows: Rows, dark: bool = False, width: int = 700, across: int = 3) -> dict[str, Any]:
    """Accuracy and how mild mistakes are against how much is seen, one colour a kind of network."""
    series = []
    for number, network in enumerate(dict.fromkeys(row["network"] for row in rows)):
        own = [row for row in rows if row["network"] == network]
        dots = {
            panel.title: tuple(
                Dot(row["seen"], row[name], row[f"{name}, low"], row[f"{name}, high"], f"{row['n']} clips")
                for row in own
            )
            for name, panel in SEEN.items()
        }
        series.append(Series(network, dots, number))
    places = list(dict.fromkeys(row["seen"] for row in rows))
    return draw_dots(list(SEEN.values()), series, places, dark, width, across)


def against_rows(found: Pays) -> Rows:
    """Differences of the first kind to each other one, in points."""
    rows = []
    for own in found.against:
        row: dict[str, Any] = {"network": short(own.kind), "against": short(own.other), "read": own.rival}
        for name, called in (("parent_given_wrong", "parent right, of mistakes"), ("accuracy", "class right")):
            value: Valued = getattr(own, name)
            ends = value.interval or (None, None)
            points = [None if end is None else 100 * end for end in (value.value, *ends)]
            row |= {called: points[0], f"{called}, from": points[1], f"{called}, to": points[2]}
        rows.append(row)
    return rows


def schedule_rows(found: Scheduled) -> Rows:
    """A row for each area of masks and each schedule that sought them."""
    return [
        {"area": percent(kept.area, 0), "schedule": called, **_estimated(getattr(kept, name))}
        for kept in found.areas
        for name, called in SCHEDULES.items()
    ]


def draw_schedules(rows: Rows, dark: bool = False, width: int = 700) -> dict[str, Any]:
    """How probable the class is where masks of each area are kept, one colour a schedule."""
    panel = Panel(*2 * ("probability of the class where only the mask is kept",))
    series = []
    for number, called in enumerate(dict.fromkeys(row["schedule"] for row in rows)):
        own = [row for row in rows if row["schedule"] == called]
        dots = tuple(Dot(row["area"], row["share"], row["low"], row["high"], f"{row['n']} clips") for row in own)
        series.append(Series(called, {panel.title: dots}, number))
    return draw_dots([panel], series, list(dict.fromkeys(row["area"] for row in rows)), dark, width, 1)


def twin_rows(found: Displacement) -> Rows:
    """A row for each network and displacement, with what the network costs."""
    pixels = {own.times: own.pixels for own in found.displacements}
    rows = []
    for own in found.right:
        known, (low, high) = found.networks.get(own.network), own.interval or (None, None)
        row = {
            "network": SMALL.get(own.network, own.network),
            "displacement": own.displacement,
            "pixels a frame": pixels.get(own.displacement),
            "right": own.mean,
            "low": low,
            "high": high,
            "std": own.std,
            "each": [value for value in own.values if value is not None],
        }
        if known:
            row |= {"frames": known.frames, "width": known.width, "parameters": known.parameters}
            row |= {"GMACs": known.multiply_adds / 1e9, "processor seconds": known.processor_seconds}
        rows.append(row)
    return rows


def draw_twins(rows: Rows, dark: bool = False, width: int = 700, across: int = 2) -> dict[str, Any]:
    """How often each network tells twins apart, one colour a displacement, and how long it takes for a clip."""
    series = []
    for number, times in enumerate(dict.fromkeys(row["displacement"] for row in rows)):
        own = [row for row in rows if row["displacement"] == times]
        far = next((f", {row['pixels a frame']:.1f} px a frame" for row in own if row["pixels a frame"]), "")
        dots = tuple(
            Dot(row["network"], row["right"], row["low"], row["high"], small=tuple(row["each"])) for row in own
        )
        passes = [(row["network"], 1e3 * row["processor seconds"]) for row in own if "processor seconds" in row]
        slow = () if number else tuple(Dot(*one) for one in passes)  # the same at every displacement
        series.append(Series(f"{times:g} x{far}", {TWINS.title: dots, SLOW.title: slow}, number))
    return draw_dots([TWINS, SLOW], series, list(dict.fromkeys(row["network"] for row in rows)), dark, width, across)


def more_rows(found: Displacement) -> Rows:
    """What one network has more than each other one at each displacement, in points."""
    rows = []
    for own in found.against:
        low, high = (100 * end for end in own.interval) if own.interval else (None, None)
        gap = None if own.mean is None else 100 * own.mean
        one, other = (SMALL.get(name, name) for name in (own.network, own.other))
        rows.append({"network": one, "against": other, "displacement": own.displacement, "points": gap})
        rows[-1] |= {"from": low, "to": high}
    return rows


def short(folder: str) -> str:
    """Last part of a bundle's folder, by which people call it."""
    return folder.rstrip("/").rsplit("/", 1)[-1] or folder
