"""What `detectors` found as Markdown: a row a detector, mAP of both levels, and what the tree adds."""

from collections.abc import Callable, Mapping
from typing import Any

from hprotopnet.studies.cells import code, counted, figure, table, value

NAMES = {
    "published": "as published",
    "repaired": "repaired",
    "no coarse loss": "without the coarse loss",
    "ball": "class weights of the ball, fixed",
    "prototypes": "prototype network, told when",
    "chance": "chance: as long, anywhere",
}
OVERLAPS = ("average", "map@0.3", "map@0.5")


def detector_table(found: Mapping[str, Any]) -> str:
    """Of each row: mAP of fine and coarse classes, what that is beyond the repaired detector, and its concepts."""
    rows = [_cells(NAMES[name], own) for name, own in found["rows"].items()]
    head = ["detector", "runs"]
    head += [f"{level} mAP {name.removeprefix('map@')}" for level in ("fine", "coarse") for name in OVERLAPS]
    head += ["beyond repaired, fine", "coarse", "siblings", "purity", "NMI"]
    said = (
        f"{counted(found['videos'], 'test video')} with {counted(found['segments'], 'segment')}, trained on"
        f" {found['trained_on']}. Percent: mean over runs ± sample deviation [95 % interval in which videos are drawn];"
        " average: over overlaps of .1 to .9. Siblings: of wrong labels in the right place. Purity and NMI: of concepts"
        " with true atoms. Told when: not trained here, but on trimmed clips, a stronger teacher."
    )
    return f"{table(head, rows)}\n\n{said} {code(found['command'])}"


def short_table(found: Mapping[str, Any]) -> str:
    """Of each row: mAP of fine and coarse classes over all overlaps, and what the fine one is beyond the repaired."""
    rows = []
    for name, own in found["rows"].items():
        levels = [figure(own["figures"][f"{level} average"]) for level in ("fine", "coarse")]
        rows.append([NAMES[name], str(own["runs"]), *levels, _difference((own["against"] or {}).get("fine average"))])
    said = (
        f"{counted(found['videos'], 'test video')}; percent, mean over overlaps of .1 to .9 and over runs ± sample"
        " deviation [95 % interval in which videos are drawn]"
    )
    return f"{table(['detector', 'runs', 'mAP of classes', 'of their parents', 'beyond repaired'], rows)}\n\n{said}"


def _cells(name: str, own: Mapping[str, Any]) -> list[str]:
    levels = [figure(own["figures"][f"{level} {at}"]) for level in ("fine", "coarse") for at in OVERLAPS]
    against = own["against"] or {}
    beyond = [_difference(against.get(f"{level} average")) for level in ("fine", "coarse")]
    atoms = own["concepts"].get("atoms", {})
    agreed = [figure(atoms[key]) if key in atoms else "-" for key in ("purity", "nmi")]
    return [name, str(own["runs"]), *levels, *beyond, figure(own["siblings"]), *agreed]


def _difference(own: Mapping[str, Any] | None) -> str:
    return value(own["mean"], own["interval"], sign="+") if own else "-"


VIEWS: dict[str | None, Callable[[Any], str]] = {None: detector_table, "short": short_table}
