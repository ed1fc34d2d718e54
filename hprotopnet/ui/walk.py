"""The walk from grandparent to child: how sure of each step, how sure without its own pieces, and its best piece.

And the question that follows: why not the runner-up?
"""

from typing import Any

import streamlit as st

from hprotopnet.explain.explanation import LevelExplanation, PrototypeEvidence
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.ui.cases import Case
from hprotopnet.ui.evidence import (
    no_excerpt,
    origin,
    pair,
    play_toggle,
    scores,
    small_card,
    sum_of_classes,
    when,
)
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import pick, unfold
from hprotopnet.ui.pieces import line, two
from hprotopnet.ui.text import plain
from hprotopnet.views import words


def walk(case: Case) -> LevelExplanation:
    """The steps in one line, and the best piece of the one that is chosen, which is returned."""
    chosen = choose_level(case)
    levels = case.explanation.levels
    for column, level in zip(st.columns(len(levels)), levels, strict=True):
        with column:
            name = _name(case.bundle.hierarchy, level)
            st.progress(min(level.probability, 1.0), text=f"**{name}**: {words.probability(level.probability)}")
            st.caption(words.without_own(level, name))
    best_piece(case, chosen)
    return chosen


@st.fragment
@guarded()
def glance(case: Case, threshold: float, place: str = "") -> None:
    """All steps in a narrow column: how sure, how sure without their own pieces, and the best pair of each.

    Args:
        threshold: what is less sure says so.
        place: tells it from another one on the page.
    """
    steps = st.container()
    moving = st.toggle("Play all pieces", key=f"play all {place}") if case.bundle.prototypes else False
    for level in case.explanation.levels:
        name = _name(case.bundle.hierarchy, level)
        said, shown = steps.columns([6, 5], vertical_alignment="center")
        with said:
            short = "" if level.probability >= threshold else ", below the threshold"
            st.progress(min(level.probability, 1.0), text=f"**{name}**: {words.probability(level.probability)}{short}")
            st.caption(words.without_own(level, name))
        if level.evidence:
            with shown:
                pair(case, level.evidence[0], two(case, level.evidence[0], moving), moving)


def choose_level(case: Case, **settings: Any) -> LevelExplanation:
    """Step from grandparent to parent to child; `settings` are more of what the widget takes."""
    levels = {plain(level.level.capitalize()): level for level in case.explanation.levels}
    settings |= {"label_visibility": "collapsed", "width": "stretch", "required": True}
    first = next(iter(levels))
    return levels[pick(*(st.segmented_control, "Step", list(levels), "level", "step"), default=first, **settings)]


@st.fragment
@guarded()
def best_piece(case: Case, level: LevelExplanation) -> None:
    """The strongest prototype of a level, large: this piece of the clip, that piece of a training clip, and that clip.

    Where the level has none, the classes that its probability is the sum of.
    """
    name = _name(case.bundle.hierarchy, level)
    if not level.evidence:
        sum_of_classes(case, level)
        return
    row = level.evidence[0]
    said, playing = st.columns([4, 1], vertical_alignment="center")
    said.markdown(f"Why {name}? {_best_in_words(case, level, row)}", help=scores(row.contribution))
    with playing:
        moving = play_toggle(case, row, "walk", "Play both")
    drawn = line(case, row, moving)
    pair(case, row, drawn, moving)
    if not drawn.both:
        st.caption(f"This piece of the clip: {when(case, row)} {no_excerpt(case, row)}")
        return
    here, there, whole = st.columns(3)
    gone = " Dark while it is not there." if moving else ""
    here.caption(f"This piece of the clip: {when(case, row)}{gone}")
    there.caption("That piece of a training clip: the prototype.")
    whole.caption(f"Where it is from. {origin(case, row)}")


def _best_in_words(case: Case, level: LevelExplanation, row: PrototypeEvidence) -> str:
    most = case.bundle.config.model.greatest_similarity
    alone = f"This looks like that ({row.similarity:.2f} of at most {most:.2f})"
    return f"**{alone}.** {words.without_piece(level, row)}"


def why_not(case: Case) -> None:
    """Why not the second likeliest class: the piece that speaks most for either, and what would be without it."""
    level, hierarchy = case.explanation.runner_up, case.bundle.hierarchy
    if level is None:
        return
    fold = unfold(f"Why not {_name(hierarchy, level)}?", "why_not", icon=":material/help:")
    if not fold.open:
        return
    with fold:
        why_not_pieces(case)


def why_not_pieces(case: Case) -> None:
    """The piece that speaks most for the likeliest class and for the second one, and what would be without it."""
    top, level, hierarchy = case.explanation.levels[-1], case.explanation.runner_up, case.bundle.hierarchy
    st.markdown(words.second(level, top, hierarchy, plain))
    for column, own, place in zip(st.columns(2, gap="medium"), (top, level), ("top", "second"), strict=True):
        with column:
            st.markdown(f"Speaks most for **{_name(hierarchy, own)}**")
            small_card(case, own, place)
            if own.evidence:
                st.markdown(words.without_piece(own, own.evidence[0], _name(hierarchy, own)))


def _name(hierarchy: Hierarchy, level: LevelExplanation) -> str:
    return plain(words.display(hierarchy, level.node))
