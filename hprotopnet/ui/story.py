"""A reveal story, played: the film, the point that the network makes of it, and its probabilities, all in step.

The player is one page of HTML, `story.html`, with everything in it: it asks neither the server nor the network.
"""

import base64
import html
import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.traces import Trace, film_of, load_traces
from hprotopnet.disk.drawing import hues
from hprotopnet.disk.layouts import View, look_at
from hprotopnet.disk.poincare import centroid, geodesics
from hprotopnet.disk.svg import HEIGHT, STAR, WIDTH, disk_svg, symbol, units
from hprotopnet.files import stamp
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.pantomime import shipped
from hprotopnet.studies.stories import (
    EarlyName,
    answers,
    cue_of,
    first_times,
    named_early,
    revealed_in_order,
    true_path,
    wrong_spells,
)
from hprotopnet.ui.clip import anchors
from hprotopnet.ui.links import pick
from hprotopnet.ui.networks import BY_PATH, stamp_of
from hprotopnet.ui.text import plain
from hprotopnet.views import words
from hprotopnet.views.film import Film
from hprotopnet.views.recoded import recoded

PLAYER = Path(__file__).with_suffix(".html")
STEPS = 5  # points on the way from one window to the next: about one a frame
# A level on the time line: name, probability and truth over time, and the probability of the moment.
_ROW = """
<div class="label" style="grid-row:{row}"><svg viewBox="-1.3 -1.3 2.6 2.6"><path d="{symbol}"/></svg>{name}</div>
<div class="plot" style="grid-row:{row}">
  <svg class="chance" {plot} role="img" aria-label="Probability of {name} over time">
    <path class="area" d="{area}"/><path class="threshold" d="{threshold}"/><path class="curve" d="{curve}"/>
  </svg>
  <svg class="seen" {plot} aria-hidden="true"><path d="{seen}"/></svg>
</div>
<div class="value" style="grid-row:{row}"></div>"""


@dataclass(frozen=True, eq=False)
class Story:
    """A trace that can be played.

    Attributes:
        trace: what the network says.
        film: the video.
    """

    trace: Trace
    film: Path


def story_section(bundle: Bundle) -> None:
    """The stories of a bundle, one of them in a player; nothing where it has none, or their films are absent."""
    stories = {plain(name): story for name, story in stories_of(bundle).items()}
    if not stories:
        return
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("Watch the answer grow", anchor=False, width="content")
        chosen = pick(
            *(st.segmented_control, "Story", list(stories), "story", "story"),
            default=next(iter(stories)),
            required=True,
            label_visibility="collapsed",
        )
    st.caption(
        "The film shows the setting first, then where the action happens, and only at last the action. The network"
        " sees no more than a short window of it at a time; the star is its answer, moment by moment."
    )
    page, note = _shown(
        bundle.folder, stamp_of(bundle.folder), chosen, st.context.theme.type == "dark", bundle, stories[chosen]
    )
    name = words.display(bundle.hierarchy, stories[chosen].trace.label)
    st.iframe(page, alt=f"Player: the story of {name}, the network's answer and its place on the disk over time")
    st.caption(note)


def stories_of(bundle: Bundle) -> dict[str, Story]:
    """Stories of a bundle whose films are there, by the class's name as shown to people.

    Raises `InputError` for a stored trace that cannot be read.
    """
    films = stamp(*(film for folder in shipped.FILMS for film in folder.glob("*.mp4")))
    return _stories(bundle.folder, stamp_of(bundle.folder), films, bundle)


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_PATH)
def _stories(folder: Path, stamp: int, films: int, _bundle: Bundle) -> dict[str, Story]:
    found: dict[str, Story] = {}
    for trace in load_traces(_bundle):
        film = film_of(trace)
        if film and trace.label in _bundle.hierarchy.classes and set(_bundle.hierarchy.nodes) <= set(trace.nodes):
            name = words.display(_bundle.hierarchy, trace.label)
            found[f"{name} ({trace.video})" if name in found else name] = Story(trace, film)
    return found


def film_of_story(story: Story) -> Film:
    """The film of a story as the player takes it."""
    return _film(story.film, stamp(story.film))


@st.cache_resource(max_entries=8, show_spinner="Preparing the film …", hash_funcs=BY_PATH)
def _film(path: Path, written: int) -> Film:
    return recoded(path)


def outcome(trace: Trace, hierarchy: Hierarchy, threshold: float) -> str:
    """When each node of the true path became the answer, when the answer was wrong, and what was named before it could
    be seen, as Markdown with the names escaped.
    """
    times = first_times(trace, hierarchy, threshold)
    parts = [
        f"{_named(name, hierarchy)} {'never' if time is None else f'from {time:.1f} s'}" for name, time in times.items()
    ]
    order = "in this order." if revealed_in_order(trace, hierarchy, threshold) else "not each after the one before."
    wrong = _wrongly(trace, hierarchy, threshold)
    early = [_early(found, hierarchy) for found in named_early(trace, hierarchy, threshold)]
    return " ".join([f"The answer was {', '.join(parts)}: {order}", wrong, *early])


def _named(name: str, hierarchy: Hierarchy) -> str:
    return plain(words.display(hierarchy, name))


def _wrongly(trace: Trace, hierarchy: Hierarchy, threshold: float) -> str:
    """When the answer was wrong, and what it was then."""
    spells = [
        f"from {spell.start:.1f} to {spell.end:.1f} s"
        f" ({', then '.join(_named(name, hierarchy) for name in spell.nodes)}, up to {percent(spell.probability)})"
        for spell in wrong_spells(trace, hierarchy, threshold)
    ]
    return f"It was wrong {', '.join(spells)}." if spells else "It was never wrong."


def _early(found: EarlyName, hierarchy: Hierarchy) -> str:
    """That a node was named before the film shows it: it can only have been guessed from what goes with it."""
    name = _named(found.node, hierarchy)
    if found.seen is None:
        return f"{name} was named though it can never be seen: a guess."
    return f"{name} was named {found.seen - found.named:.1f} s before it could be seen: a guess."


def how_placed(trace: Trace, points: np.ndarray) -> str:
    """What the `points` of a trace on the disk mean."""
    around = f"Each point is what the network says about {trace.span:.2f} s around that moment"
    if not len(points):
        return f"{around}. This network has no hyperbolic space, so the story has no place on the disk."
    return f"{around}: the hyperbolic mean of all classes, each weighted by its probability."


def stars(trace: Trace, hierarchy: Hierarchy, base: np.ndarray) -> np.ndarray:
    """Where each window stands on the disk, complex (W,), by the probabilities of the classes alone.

    Empty for a network without a ball.
    """
    if not trace.distances.shape[1]:
        return np.zeros(0, complex)
    leaves = base[: len(hierarchy.classes)]
    return centroid(leaves, trace.columns(trace.probabilities, hierarchy.classes))


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=BY_PATH)
def _shown(folder: Path, stamp: int, name: str, dark: bool, _bundle: Bundle, _story: Story) -> tuple[str, str]:
    """The player, and what is to be said below it."""
    hierarchy, threshold = _bundle.hierarchy, _bundle.config.threshold
    base = anchors(_bundle)
    points = stars(_story.trace, hierarchy, base)
    note = f"{outcome(_story.trace, hierarchy, threshold)} {how_placed(_story.trace, points)}"
    return player(_story, hierarchy, threshold, base, points, dark), note


def player(
    story: Story, hierarchy: Hierarchy, threshold: float, base: np.ndarray, points: np.ndarray, dark: bool = False
) -> str:
    """The player as a page of HTML.

    Args:
        base: where nodes stand on the disk, (N,).
        points: where windows do, (W,), or (0,) for nowhere.
    """
    trace, view = story.trace, look_at(hierarchy, base, -1)
    path = [hierarchy.index(name) for name in true_path(trace, hierarchy)]
    said = [_said(trace, window, name, hierarchy) for window, name in enumerate(answers(trace, hierarchy, threshold))]
    label = words.display(hierarchy, trace.label)
    data = {
        "film": base64.b64encode(story.film.read_bytes()).decode(),
        "duration": _duration(trace),
        "times": trace.times.tolist(),
        "probabilities": trace.columns(trace.probabilities, hierarchy.nodes).round(4).tolist(),
        "track": track(points),
        "room": _room(view).tolist(),
        "path": path,
        "said": said,
    }
    fields = {
        "theme": "dark" if dark else "light",
        "title": html.escape(f"The story of {label}"),
        "hue": hues(hierarchy)[path[-1]],
        "viewbox": f"{-WIDTH / 2} {-HEIGHT / 2} {WIDTH} {HEIGHT}",
        "disklabel": html.escape(f"The tree on the hyperbolic disk; a star moves towards {label}"),
        "disk": disk_svg(view, path, {node for row in said for node in row["path"]}, dark),
        "star": STAR if len(points) else "",
        "timeline": "".join(_row(trace, hierarchy, node, threshold, row) for row, node in enumerate(path, start=1)),
        "below": str(len(path) + 1),
        "axis": _axis(_duration(trace)),
        "duration": f"{_duration(trace):g}",
        "window": f"{100 * trace.span / _duration(trace):.2f}",
        "legend": _legend(trace, threshold),
        "data": json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"),  # or a name could end the script
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda field: fields[field[1]], PLAYER.read_text(encoding="utf-8"))


def track(points: np.ndarray) -> list[list[list[float]]]:
    """The way from each window to the next, along the straight lines of hyperbolic space, in units of the picture."""
    if len(points) < 2:
        return [units(points).tolist()] if len(points) else []
    edges = [(i, i + 1) for i in range(len(points) - 1)]
    ways = geodesics(points, edges, STEPS + 1).reshape(len(edges), -1)[:, :-1]
    return [units(way).tolist() for way in ways]


def _said(trace: Trace, window: int, name: str | None, hierarchy: Hierarchy) -> dict[str, object]:
    """What the player says of a window: the answer in words, whether it is right, and its path on the disk."""
    if name is None:
        return {"name": "not sure", "chance": "", "verdict": "nothing is probable enough", "path": []}
    chance = float(trace.probabilities[window, trace.nodes.index(name)])
    node, true = hierarchy.index(name), true_path(trace, hierarchy)
    verdict = "right" if name == true[-1] else "right as far as it goes" if name in true else "wrong"
    said = {"name": hierarchy.display[node], "chance": percent(chance), "verdict": verdict}
    return said | {"path": list(hierarchy.ancestors(node))}


def percent(chance: float) -> str:
    """A probability in percent, and never a certainty that was only rounded."""
    return "over 99 %" if chance > 0.995 else "under 1 %" if chance < 0.005 else f"{100 * chance:.0f} %"


def _room(view: View) -> np.ndarray:
    """How much the radius of each node's mark grows with the root of its probability: less near the rim."""
    return np.round(10 * (0.5 + 0.5 * (1 - np.abs(view.points) ** 2)), 2)


def _duration(trace: Trace) -> float:
    """Seconds from the beginning to the end of the last window."""
    return round(float(trace.times[-1]) + trace.span / 2, 2)


def _row(trace: Trace, hierarchy: Hierarchy, node: int, threshold: float, row: int) -> str:
    """A node's probability over time, and below it how much of the picture shows its cue, in a row of the grid."""
    name, duration = html.escape(hierarchy.display[node]), _duration(trace)
    chance = trace.probabilities[:, trace.nodes.index(hierarchy.nodes[node])]
    cue = cue_of(trace, hierarchy, node)
    return _ROW.format(
        row=row,
        name=name,
        symbol=symbol(hierarchy, node),
        plot=f'viewBox="0 0 {duration} 1" preserveAspectRatio="none"',
        area=_area(trace.times, chance),
        threshold=f"M0 {1 - threshold:g}H{duration}",
        curve=_curve(trace.times, chance),
        seen="" if cue is None else _area(trace.frames, np.sqrt(cue)),  # the root, or small things would not show
    )


def _curve(times: np.ndarray, values: np.ndarray) -> str:
    return "M" + "L".join(f"{time:g} {1 - value:.3g}" for time, value in zip(times, values, strict=True))


def _area(times: np.ndarray, values: np.ndarray) -> str:
    return f"{_curve(times, values)}L{times[-1]:g} 1L{times[0]:g} 1Z"


def _axis(duration: float) -> str:
    marks = [*range(0, int(duration - 0.5), 2), round(duration, 1)]
    return "".join(f'<span style="left:{100 * mark / duration:.2f}%">{mark:g} s</span>' for mark in marks)


def _legend(trace: Trace, threshold: float) -> str:
    shown = "Curve: the probability that the network gives. Bar: how much of the picture really shows it. "
    shown = shown if trace.visible else "Curve: the probability that the network gives. "
    return f"{shown}Dashed: {percent(threshold)}, what an answer takes. Shaded: the {trace.span:.2f} s it sees."
