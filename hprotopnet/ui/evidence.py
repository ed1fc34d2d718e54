"""Parts of pages about one level of an explanation: prototypes beside what they resemble, and what decides.

Every function writes into the place where it is called. Names come from outside and pass through `plain`.
"""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.explain.explanation import LevelExplanation, PrototypeEvidence
from hprotopnet.ui.atlas import NETWORK
from hprotopnet.ui.cases import Case
from hprotopnet.ui.clip import picture
from hprotopnet.ui.corrections import mark_link
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.networks import name_of
from hprotopnet.ui.pieces import Pair, card_of, square
from hprotopnet.ui.text import plain
from hprotopnet.views import words
from hprotopnet.views.sight import said
from hprotopnet.views.waterfall import in_words, waterfall, waterfall_html

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


def level_header(case: Case, level: LevelExplanation) -> None:
    """How the score of a node is made up."""
    hierarchy = case.bundle.hierarchy
    versus = words.rival(hierarchy, level)
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
        cell.metric(label, weight, f"against {plain(versus)}", help=scores(value), **quiet)


def share_note(*cases: Case) -> str:
    """What the numbers of prototypes are; in explanations of earlier versions they are scores."""
    known = all(level.speaking is not None for case in cases for level in case.explanation.levels)
    return SHARE if known else CONTRIBUTION


def labels_of(bundle: Bundle, level: LevelExplanation) -> list[str]:
    """What the level's prototypes are called: their number there, since the page names the node."""
    return [f"Prototype {bundle.number_of(row.prototype)}" for row in level.evidence]


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
        st.markdown(f"**Prototype {case.bundle.number_of(row.prototype)}**")
        st.progress(min(row.similarity / most, 1.0), text=_similarity(row, most))
        st.markdown(weighed(case, level, row), help=scores(row.contribution))
        if row.probability_muted is not None:
            st.caption(words.without_piece(level, row))
        moving = play_toggle(case, row)
        _more(case, level)
        mark_link(case.bundle, row.prototype)
    _pictures(case, row, moving, here, source, level.level)


@st.fragment
@guarded()
def small_card(case: Case, level: LevelExplanation, place: str = "") -> None:
    """The strongest prototype of a level in a narrow column; where the level has none, that is said.

    Args:
        place: tells it from another card of the same prototype on the page.
    """
    if not level.evidence:
        sum_of_classes(case, level)
        return
    row = level.evidence[0]
    number, most = case.bundle.number_of(row.prototype), case.bundle.config.model.greatest_similarity
    said = f"Prototype {number}: {weighed(case, level, row)}. {_similarity(row, most)}."
    st.markdown(said, help=scores(row.contribution))
    moving = play_toggle(case, row, place)
    drawn = square(case, row, moving)
    pair(case, row, drawn, moving)
    st.caption(f"Left: {when(case, row)} Right: {origin(case, row)}" if drawn.both else no_excerpt(case, row))


def pair(case: Case, row: PrototypeEvidence, drawn: Pair, moving: bool) -> None:
    """The picture of a prototype and what resembles it."""
    own = case.bundle.prototypes[row.prototype]
    called = f"prototype {case.bundle.number_of(row.prototype)} of {words.display(case.bundle.hierarchy, own.node)}"
    beside = f", beside {called} as it is in the training clip it was cut from" if drawn.both else ""
    picture(drawn.picture, f"The piece of this clip that resembles {called}{beside}{_in_motion(moving)}")


def sum_of_classes(case: Case, level: LevelExplanation) -> None:
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


def weighed(case: Case, level: LevelExplanation, row: PrototypeEvidence) -> str:
    hierarchy = case.bundle.hierarchy
    said = words.weighed(row.contribution, level, plain(words.display(hierarchy, level.node)), "**{}**".format)
    return f"{said} against {plain(words.rival(hierarchy, level))}"


def scores(value: float) -> str:
    """A contribution as it is counted, for those who point at its share."""
    return f"{value:+.3f} in scores. {CONTRIBUTION}"


def _more(case: Case, level: LevelExplanation) -> None:
    """The way to all prototypes of the node."""
    name = words.display(case.bundle.hierarchy, level.node)
    query = {"tree": f"{NETWORK}{name_of(case.bundle.folder)}", "node": name}
    label = f"All prototypes of {plain(name)}"
    st.page_link("pages/node.py", label=label, icon=":material/grain:", query_params=query)


def play_toggle(case: Case, row: PrototypeEvidence, place: str = "", label: str = "") -> bool:
    """Whether the user wants to see a prototype move."""
    label = label or f"Play prototype {case.bundle.number_of(row.prototype)}"
    return st.toggle(label, key=f"play-{place}-{case.bundle.name}-{row.prototype}")


def _pictures(
    case: Case, row: PrototypeEvidence, moving: bool, here: DeltaGenerator, source: DeltaGenerator, sight: str = ""
) -> None:
    """Both pictures of a card and what is written below them, each in its place.

    Args:
        sight: level of the prototype, if what the strongest cell has really seen is to be drawn.
    """
    own, drawn = case.bundle.prototypes[row.prototype], card_of(case, row, moving, sight)
    called = f"prototype {case.bundle.number_of(row.prototype)} of {words.display(case.bundle.hierarchy, own.node)}"
    seen = _in_motion(moving)
    with here:
        picture(drawn.here, f"This clip{seen}, with the box of {called}, and beside it its heat map")
        st.caption(f"This clip: {when(case, row)}")
    with source:
        if drawn.source:
            picture(drawn.source, f"Training clip{seen}, with the box of {called}, and beside it what is in the box")
            st.caption(f"{origin(case, row)} Beside it the prototype, cut out.")
        else:
            st.caption(no_excerpt(case, row))


def _in_motion(moving: bool) -> str:
    return ", looping" if moving else ", in one frame"


def when(case: Case, row: PrototypeEvidence) -> str:
    """When a clip resembles a prototype most."""
    if not case.explanation.time_resolved:
        return f"where it is, and how strongly. {words.NO_TIME}"
    return f"{words.strongest(row, case.explanation.times, case.bundle.config.clip)}."


def origin(case: Case, row: PrototypeEvidence) -> str:
    """Where a prototype was cut from."""
    own = case.bundle.prototypes[row.prototype]
    return f"Training clip {plain(own.video)} at {words.between(*own.interval)}."


def no_excerpt(case: Case, row: PrototypeEvidence) -> str:
    """Where a prototype was cut from, and that this cannot be shown."""
    return f"{origin(case, row)} Its picture is not in the bundle."


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
    name, versus = words.display(hierarchy, level.node), words.rival(hierarchy, level)
    rest = ("The rest of its own", "Others on the path", "All others", "Sum")
    bars = waterfall(level, labels_of(case.bundle, level)[:count], rest)
    # HTML: plotly's script alone would take half a second of every new clip.
    st.html(waterfall_html(bars, f"Contributions of prototypes to {name} against {versus}: {in_words(bars)}"))
    shares = "" if level.speaking is None else f"The sum is what is left of all that speaks for {plain(name)}. "
    st.caption(
        f"{shares}Contributions add up to the difference of scores, which decides the order of the classes, not their"
        f" probability. Rounding makes them miss it by {case.explanation.completeness:.0e}."
    )
