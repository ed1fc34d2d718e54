"""Parts of pages about one level of an explanation: prototypes beside what they resemble, what decides, what if.

Every function writes into the place where it is called. Names come from outside and pass through `plain`. Cards show
the frame of the peak at first; what moves is made when somebody plays a card, because that takes twenty times as long.
"""

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hprotopnet.bundles.bundle import Bundle, Prototype
from hprotopnet.bundles.showcase import source_images
from hprotopnet.explain.explanation import LevelExplanation, PrototypeEvidence
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.ui.atlas import NETWORK
from hprotopnet.ui.cases import Case, head_of, images_of
from hprotopnet.ui.clip import picture
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import pick
from hprotopnet.ui.networks import name_of
from hprotopnet.ui.text import plain
from hprotopnet.views import render, words
from hprotopnet.views.render import Box
from hprotopnet.views.sight import said, seen_around
from hprotopnet.views.waterfall import in_words, waterfall, waterfall_html

SIDE = 180  # pixels of a clip on a card
LISTED = 3  # classes whose probabilities a node without prototypes sums, as many as are listed
LOG_ODDS = (
    "The logarithm of p / (1 - p). It is 0 for a probability of one half, and still moves where the probability looks"
    " like 1."
)
HEAT = "Heat runs from a map's own lowest value, dark, to its own highest, bright: compare strengths by the numbers."
SHARE = (
    "Percent are shares of all that speaks for a node against its rival, summed over every prototype of the network; a"
    " minus speaks against it."
)
CONTRIBUTION = (
    "A prototype's contribution is its similarity to the clip times its learned weight for the node, less that for its"
    " rival."
)


@dataclass(frozen=True)
class Card:
    """Pictures of one prototype as WebP: it in this clip, and in the clip it came from (None without an excerpt)."""

    here: bytes
    source: bytes | None


def choose_level(case: Case) -> LevelExplanation:
    """Step from grandparent to parent to child."""
    levels = {plain(level.level.capitalize()): level for level in case.explanation.levels}
    chosen = pick(
        *(st.segmented_control, "Step", list(levels), "level", "step"), default=next(iter(levels)), required=True
    )
    return levels[chosen]


def level_header(case: Case, level: LevelExplanation) -> None:
    """The node, and how its score is made up."""
    hierarchy = case.bundle.hierarchy
    st.subheader(f"Why {plain(words.display(hierarchy, level.node))}?", anchor=False)
    versus = rival_name(hierarchy, level)
    cells = st.columns(4)
    cells[0].metric("Probability", words.probability(level.probability), border=True, height="stretch")
    muted = "no prototypes of its own"
    if level.log_odds_muted is not None and level.log_odds is not None:
        muted = f"{level.log_odds_muted - level.log_odds:+.2f} with its own prototypes muted"
    quiet = {"delta_color": "off", "delta_arrow": "off", "border": True}
    odds = "-" if level.log_odds is None else f"{level.log_odds:+.2f}"
    cells[1].metric("Log-odds", odds, muted, help=LOG_ODDS, **quiet)
    own, rest = level.shares["own"], level.shares["path"] + level.shares["others"]
    for cell, label, value in zip(cells[2:], ("Its own prototypes", "All other prototypes"), (own, rest), strict=True):
        weight = words.weight(value, level.speaking)
        cell.metric(label, weight, f"against {plain(versus)}", help=_scores(value), **quiet)


def rival_name(hierarchy: Hierarchy, level: LevelExplanation) -> str:
    """Name of what the node is compared with, as shown to people."""
    return words.display(hierarchy, level.rival) if level.rival in hierarchy.nodes else level.rival


def share_note(*cases: Case) -> str:
    """What the numbers of prototypes are; in explanations of earlier versions they are scores."""
    known = all(level.speaking is not None for case in cases for level in case.explanation.levels)
    return SHARE if known else CONTRIBUTION


def labels_of(bundle: Bundle, level: LevelExplanation) -> list[str]:
    """What the level's prototypes are called: their number there, since the page names the node."""
    return [f"Prototype {number_of(bundle, row.prototype)}" for row in level.evidence]


def number_of(bundle: Bundle, prototype: int) -> int:
    """Number of a prototype among those of its node, from 1."""
    node = bundle.prototypes[prototype].node
    return sum(other.node == node for other in bundle.prototypes[: prototype + 1])


def cards(case: Case, level: LevelExplanation, count: int) -> None:
    """A card for each of the level's strongest prototypes."""
    if not level.evidence:
        name = plain(words.display(case.bundle.hierarchy, level.node))
        st.info(f"This network has no prototypes for {name}: its probability is the sum of its classes'.")
        return
    told = level.telling(count)
    for row in told:
        with st.container(border=True):
            card(case, level, row)
    silent = min(count, len(level.evidence)) - len(told)
    if silent:
        more = "1 more of its prototypes has" if silent == 1 else f"{silent} more of its prototypes have"
        st.caption(f"{more} next to no say here: under half a percent of what speaks for it.")


@st.fragment
@guarded()
def card(case: Case, level: LevelExplanation, row: PrototypeEvidence) -> None:
    """This part of the clip looks like that part of a training clip: both, and by how much it counts."""
    here, source, figures = st.columns([5, 5, 4], vertical_alignment="center")
    with figures:
        most = case.bundle.config.model.greatest_similarity
        st.markdown(f"**Prototype {number_of(case.bundle, row.prototype)}**")
        st.progress(min(row.similarity / most, 1.0), text=_similarity(row, most))
        st.markdown(_contribution(case, level, row), help=_scores(row.contribution))
        _without(level, row)
        moving = _play(case, row)
        _more(case, level)
    _pictures(case, row, moving, here, source, level.level)


@st.fragment
@guarded()
def small_card(case: Case, level: LevelExplanation, upright: bool = False, place: str = "") -> None:
    """The strongest prototype of a level in a narrow column; where the level has none, that is said.

    Args:
        upright: pictures one below the other.
        place: tells it from another card of the same prototype on the page.
    """
    if not level.evidence:
        _sum_of_classes(case, level)
        return
    row = level.evidence[0]
    here, source = (st.container(), st.container()) if upright else st.columns(2)
    number, most = number_of(case.bundle, row.prototype), case.bundle.config.model.greatest_similarity
    said = f"Prototype {number}: {_contribution(case, level, row)}. {_similarity(row, most)}."
    st.markdown(said, help=_scores(row.contribution))
    _pictures(case, row, _play(case, row, place), here, source)


def _sum_of_classes(case: Case, level: LevelExplanation) -> None:
    """What a node without prototypes of its own has instead: the classes below it, the likeliest first."""
    hierarchy, found = case.bundle.hierarchy, case.explanation.probabilities
    names = [hierarchy.nodes[leaf] for leaf in hierarchy.leaves_under(hierarchy.index(level.node))]
    name = plain(words.display(hierarchy, level.node))
    st.caption(f"{name} has no prototypes of its own in this network: its probability is the sum of its classes'.")
    for leaf in sorted(names, key=found.get, reverse=True)[:LISTED]:
        st.progress(found[leaf], text=f"{plain(words.display(hierarchy, leaf))}: {words.probability(found[leaf])}")
    if len(names) > LISTED:
        st.caption(f"and {len(names) - LISTED} less likely classes")


def _similarity(row: PrototypeEvidence, most: float) -> str:
    return f"Similarity {row.similarity:.2f} of at most {most:.2f}"


def _contribution(case: Case, level: LevelExplanation, row: PrototypeEvidence) -> str:
    hierarchy = case.bundle.hierarchy
    said = words.weighed(row.contribution, level, plain(words.display(hierarchy, level.node)), "**{}**".format)
    return f"{said} against {plain(rival_name(hierarchy, level))}"


def _scores(value: float) -> str:
    """A contribution as it is counted, for those who point at its share."""
    return f"{value:+.3f} in scores. {CONTRIBUTION}"


def _without(level: LevelExplanation, row: PrototypeEvidence) -> None:
    """What becomes of the node without the prototype, where that is stored."""
    after = row.probability_muted
    if after is not None:
        st.caption(f"Without it: probability {words.probability(after)} ({words.change(after - level.probability)}).")


def _more(case: Case, level: LevelExplanation) -> None:
    """The way to all prototypes of the node."""
    name = words.display(case.bundle.hierarchy, level.node)
    query = {"tree": f"{NETWORK}{name_of(case.bundle.folder)}", "node": name}
    label = f"All prototypes of {plain(name)}"
    st.page_link("pages/node.py", label=label, icon=":material/grain:", query_params=query)


def _play(case: Case, row: PrototypeEvidence, place: str = "") -> bool:
    """Whether the user wants to see a card move."""
    called = f"prototype {number_of(case.bundle, row.prototype)}"
    return st.toggle(f"Play {called}", key="-".join(("play", place, case.bundle.name, str(row.prototype))))


def _pictures(
    case: Case, row: PrototypeEvidence, moving: bool, here: DeltaGenerator, source: DeltaGenerator, sight: str = ""
) -> None:
    """Both pictures of a card and what is written below them, each in its place.

    Args:
        sight: level of the prototype, if what the strongest cell has really seen is to be drawn.
    """
    own, drawn = case.bundle.prototypes[row.prototype], _card(case, row, moving, sight)
    called = f"prototype {number_of(case.bundle, row.prototype)} of {words.display(case.bundle.hierarchy, own.node)}"
    seen = "looping" if moving else "in one frame"
    with here:
        picture(drawn.here, f"This clip, {seen}, with the box of {called}, and beside it its heat map")
        st.caption(_when(case, row))
    with source:
        if drawn.source:
            picture(drawn.source, f"Training clip, {seen}, with the box of {called}, and beside it what is in the box")
        st.caption(_origin(own) + ("" if drawn.source else " Its picture is not in the bundle."))


def _when(case: Case, row: PrototypeEvidence) -> str:
    if not case.explanation.time_resolved:
        return f"This clip: where it is, and how strongly. {words.NO_TIME}"
    return f"This clip: strongest at {words.peak_time(row, case.explanation.times):.1f} s."


def _origin(prototype: Prototype) -> str:
    begin, end = prototype.interval
    return f"Training clip {plain(prototype.video)} at {begin:.1f} to {end:.1f} s, and the prototype cut from it."


def _card(case: Case, row: PrototypeEvidence, moving: bool, sight: str) -> Card:
    """Pictures of a card, drawn once."""
    draw = _shared_card if case.stored else _own_card
    return draw((*case.key, str(row.prototype)), moving, sight, case, row)


def _drawn(key: tuple[str, ...], moving: bool, sight: str, _case: Case, _row: PrototypeEvidence) -> Card:
    bundle, grid, offset = _case.bundle, _case.explanation.grid, _row.offset
    own, fps = bundle.prototypes[_row.prototype], bundle.config.clip.fps
    shown, seen = _frames(_row.boxes, _row.moment, moving), seen_around(bundle, sight, _row.cell, grid, offset)
    drawn = render.evidence_clip(_case.images, _row.boxes, _row.activation, SIDE, shown, offset, seen)
    here = render.animation(drawn, fps)
    images = source_images(own, bundle, images_of)
    if images is None:
        return Card(here, None)
    moment = own.moment(bundle.config.clip)
    shown, seen = _frames(own.boxes, moment, moving), seen_around(bundle, sight, own.cell, grid, offset)
    return Card(here, render.animation(render.source_clip(images, own.boxes, SIDE, shown, seen), fps))


_shared_card = st.cache_data(max_entries=256, show_spinner=False)(_drawn)
_own_card = st.cache_data(scope="session", max_entries=64, show_spinner=False)(_drawn)


def _frames(boxes: tuple[Box | None, ...], moment: float, moving: bool) -> list[int]:
    """Numbers of the frames to draw: of the peak alone, or of all beginning there, so that playing goes on from it."""
    peak = render.peak_frame(boxes, moment)
    return [(peak + i) % len(boxes) for i in range(len(boxes) if moving else 1)]


def reading_notes(case: Case, level: LevelExplanation) -> None:
    """What the pictures do not show, where they are shown."""
    t, h, w = case.explanation.grid
    sight = said(case.bundle, level.level) or "A cell has seen more of the clip than its place."
    st.caption(
        f"{share_note(case)} {HEAT} A map has {t} x {h} x {w} cells (time, height, width), stretched over the frames. A"
        f" box holds the strongest 5 % around the peak. {sight} Bars under a"
        " clip are its strength over time. Pictures at rest show the frame in which the prototype is strongest; while a"
        " card plays, frames without a box have nothing cut out."
    )


def decisive(case: Case, level: LevelExplanation, count: int) -> None:
    """How contributions add up; all but the strongest `count` of the level's prototypes in one bar."""
    hierarchy = case.bundle.hierarchy
    name, versus = words.display(hierarchy, level.node), rival_name(hierarchy, level)
    rest = ("The rest of its own", "Others on the path", "All others", "Sum")
    bars = waterfall(level, labels_of(case.bundle, level)[:count], rest)
    # HTML: plotly's script alone would take half a second of every new clip.
    st.html(waterfall_html(bars, f"Contributions of prototypes to {name} against {versus}: {in_words(bars)}"))
    shares = "" if level.speaking is None else f"The sum is what is left of all that speaks for {plain(name)}. "
    st.caption(
        f"{shares}Contributions add up to the difference of scores, which decides the order of the classes, not their"
        f" probability. Rounding makes them miss it by {case.explanation.completeness:.0e}."
    )


# --- what if ----------------------------------------------------------------------------------------------------------


def mute_control(case: Case) -> list[int]:
    """Let the user mute prototypes of the levels. A mute belongs to a node of a network: where another node is on the
    path, it is dropped, and that is said.
    """
    muted = []
    for level in case.explanation.levels:
        numbers = {str(number_of(case.bundle, row.prototype)): row.prototype for row in level.evidence}
        key, name = f"mute-{level.level}", plain(words.display(case.bundle.hierarchy, level.node))
        _drop_mutes_of_others(case, level, key)
        if numbers:
            chosen = st.pills(
                f"Mute prototypes of {name}",
                sorted(numbers, key=int),
                selection_mode="multi",
                key=key,
                bind="query-params",
            )
            muted += [numbers[number] for number in chosen]
    return muted


def _drop_mutes_of_others(case: Case, level: LevelExplanation, key: str) -> None:
    """Forget what was muted at this level in another network or of another node."""
    hierarchy, owner = case.bundle.hierarchy, f"owner of {key}"
    own = (name_of(case.bundle.folder), words.display(hierarchy, level.node))
    before, st.session_state[owner] = st.session_state.get(owner, own), own
    if before != own and st.session_state.get(key):
        numbers = ", ".join(sorted(st.session_state[key], key=int))
        st.session_state[key] = []
        network, node = map(plain, before)
        st.caption(f":material/info: Mutes of {node} ({network}) do not apply here and were dropped: {numbers}.")


def muted_answer(case: Case, muted: list[int]) -> None:
    """What the network says without these prototypes."""
    from hprotopnet.explain.prototypes import mute

    hierarchy = case.bundle.hierarchy
    after = mute(head_of(case.bundle), case.explanation.similarities, muted).nodes[0].numpy()
    for level in case.explanation.levels:
        value = float(after[hierarchy.index(level.node)])
        change = f" ({words.change(value - level.probability)})" if muted else ""
        name = plain(words.display(hierarchy, level.node))
        st.progress(min(value, 1.0), text=f"{name}: {words.probability(value)}{change}")
    leaf = hierarchy.nodes[int(after[: len(hierarchy.classes)].argmax())]
    if leaf != case.explanation.path[-1]:
        st.markdown(f"The top class is now **{plain(words.display(hierarchy, leaf))}**.")


def runner_up(case: Case) -> None:
    """Why not the second likeliest class: its own best evidence, and what outweighs it."""
    level, hierarchy = case.explanation.runner_up, case.bundle.hierarchy
    top = case.explanation.levels[-1]
    name, winner = (plain(words.display(hierarchy, node)) for node in (level.node, top.node))
    own, total = level.shares["own"], sum(level.shares.values())
    height, _ = words.mistake(level.node, top.node, hierarchy)

    def weight(value: float) -> str:
        return words.weight(value, level.speaking)

    shared = (
        "no ancestor"
        if height == hierarchy.depth
        else plain(hierarchy.display[hierarchy.lineage[hierarchy.index(top.node), height]])
    )
    st.markdown(
        f"**{name}** comes second with {words.probability(level.probability)}; the two share {shared}. Its own"
        f" prototypes speak for it with {weight(own)}, all others with {weight(total - own)}: {weight(total)} in sum"
        f" against {winner}."
    )
    cards(case, level, 2)
