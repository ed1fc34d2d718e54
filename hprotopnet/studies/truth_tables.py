"""What `truth` found as Markdown: where evidence lies, what the cues move, and what prototypes are."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from hprotopnet.studies.cells import (
    INTERVALS,
    asked,
    by_recipe,
    code,
    counted,
    mean_of,
    network,
    over_seeds,
    table,
    text,
)

PROTOTYPES = {
    "purity_node": "nearest clips of its node",
    "purity_cue": "and on its cue",
    "own_cue": "on its cue, any clip of its node",
    "consistency": "on one cue",
    "stability": "unmoved by noise",
    "over_specificity": "of one child alone",
    "duplicate": "doubled",
}


def truth_table(found: Mapping[str, Any]) -> str:
    """Of each network and level: how well evidence is placed, beside pointers that know nothing, and its own share."""
    figures = {"pointing": "pointing", "weighted": "weighted", "energy": "energy", "iou": "IoU"}
    rows = []
    for name, level, members in _levels(found, "levels"):
        seeds = [own["levels"][level] for own in members]
        placed = [" / ".join(_pointed([own[figure] for own in seeds])) for figure in figures]
        n = str(seeds[0]["pointing"]["network"]["n"])
        own_share = over_seeds([own["own_share"] for own in seeds])
        rows.append([name, str(len(seeds)), level, n, *placed, own_share])
    head = ["network", "seeds", "level", "clips", *figures.values(), "own share"]
    said = (
        "Each figure: the network's / pointing at the centre / at random; mean ± sample deviation over seeds of"
        f" training, of one seed {INTERVALS}"
    )
    return f"{table(head, rows)}\n\n{asked(found)} {said}: {code(found['command'])}"


def _pointed(seeds: Sequence[Mapping[str, Any]]) -> list[str]:
    """A figure of each pointer: those that know nothing without the deviations of their luck."""
    own, *others = seeds[0]
    known = [mean_of([seed[name] for seed in seeds]) for name in others]
    return [over_seeds([seed[own] for seed in seeds]), *known]


def causes_table(found: Mapping[str, Any]) -> str:
    """Of each network and level: what share of its own evidence is lost with each cue, and how often most with its
    own; and in films, how often its evidence peaks while its cue is seen."""
    changes = {"without": "left out", "swapped": "swapped"}
    cues = ("grandparent", "parent", "child")
    rows = []
    for name, level, seeds in _levels(found, "causes", "without"):
        cells = [name, str(len(seeds)), level, str(seeds[0]["causes"]["without"][level]["own_moves_most"]["n"])]
        for change in changes:
            own = [seed["causes"][change][level] for seed in seeds]
            cells += [" / ".join(mean_of([one["shares"][cue] for one in own]) for cue in cues)]
            cells += [over_seeds([one["own_moves_most"] for one in own])]
        rows.append([*cells, _in_time(seeds, level)])
    lost = [column for said in changes.values() for column in (f"lost, cue {said}", f"own most, {said}")]
    said = (
        "Lost: percent of the level's own evidence when the grandparent's / parent's / child's cue is taken away. Own"
        f" most: clips in which its own cue takes most. {_over(found)}"
    )
    return f"{table(['network', 'seeds', 'level', 'clips', *lost, 'in time'], rows)}\n\n{said}"


def _in_time(seeds: Sequence[Mapping[str, Any]], level: str) -> str:
    moments = [seed["moments"][level] for seed in seeds if "moments" in seed]
    if not moments:
        return "-"
    return f"{over_seeds([own['network'] for own in moments])} / {100 * moments[0]['chance']:.1f}"


def prototypes_table(found: Mapping[str, Any]) -> str:
    """Of each network and level: what its prototypes are, one by one."""
    rows = []
    for name, level, seeds in _levels(found, "levels"):
        own = [seed["levels"][level]["prototypes"] for seed in seeds]
        figures = [over_seeds([one[figure] for one in own]) for figure in PROTOTYPES]
        rows.append([name, str(len(seeds)), level, str(own[0]["purity_node"]["n"]), *figures])
    head = ["network", "seeds", "level", "prototypes", *PROTOTYPES.values()]
    return f"{table(head, rows)}\n\n{_over(found, 'nodes')}"


def _levels(found: Mapping[str, Any], *within: str) -> Iterator[tuple[str, str, list[Any]]]:
    """Name of each network, each level of what stands there `within` its figures, and these figures by seed."""
    for name, seeds in by_recipe(found["bundles"]).items():
        levels = seeds[0]
        for key in within:
            levels = levels[key]
        for level in levels:
            yield network(name), text(level), seeds


def _over(found: Mapping[str, Any], drawn: str = "groups") -> str:
    return (
        f"Percent, mean ± sample deviation over seeds of training, of one seed [95 % interval in which whole {drawn}"
        f" are drawn]; {counted(found['causal'], 'clip')} rendered again, {found['stories']} films:"
        f" {code(found['command'])}"
    )


VIEWS: dict[str | None, Callable[[Any], str]] = {
    None: truth_table,
    "causes": causes_table,
    "prototypes": prototypes_table,
}
