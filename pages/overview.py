"""A clip, its path on the disk, one sentence, and a prototype for each step: what this is all about."""

import streamlit as st

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.description import Figures
from hprotopnet.ui.below import near
from hprotopnet.ui.cases import Case, Choice, explained
from hprotopnet.ui.choose import (
    SOURCES,
    choose_bundle,
    choose_stored,
    offer_newest,
    say_refused,
    some_network,
)
from hprotopnet.ui.clip import answer, clip_player, disk
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import asked_by_address, routed
from hprotopnet.ui.networks import name_of
from hprotopnet.ui.shelves import clip_name
from hprotopnet.ui.story import story_section
from hprotopnet.ui.walk import glance
from hprotopnet.views import words

BELOW = 1400  # pixels that are kept free for what lies below the first screen


def main() -> None:
    st.title("Why does the network say that?", anchor=False)
    if not some_network():
        return
    st.markdown(
        "It compares pieces of the clip with pieces of training videos, its *prototypes*: first for the broad kind of"
        " action, then for the narrower one, then for the action itself."
    )
    network, clip = st.columns([2, 9], vertical_alignment="bottom")
    with network:
        bundle = choose_bundle()
        offer_newest(bundle)
        say_refused()
    row = choose_stored(bundle, clip)
    if row:
        case = explained(bundle, Choice(row.told.video, row.label))
        if case:
            first_screen(case, clip_name(bundle, row))
    else:
        st.info("This network comes without stored clips; look at one of yours on the page Evidence.")
    below(bundle, bool(row))


def first_screen(case: Case, clip: str) -> None:
    """The clip, the answer with a pair of pieces for each step, and where it lies.

    Args:
        clip: what links call it.
    """
    player, said, where = st.columns([3, 5, 5], gap="medium")
    with player:
        clip_player(case)
    with said:
        threshold = case.bundle.config.threshold
        answer(case, threshold)
        glance(case, threshold)
        st.page_link(
            "pages/evidence.py",
            label="See all the evidence",
            icon=":material/search:",
            query_params={"bundle": name_of(case.bundle.folder), "source": SOURCES[0], "clip": clip},
        )
    with where:
        disk(case)


@st.fragment
@guarded()
def below(bundle: Bundle, stories: bool) -> None:
    """What no first screen shows, and so none waits for: a story, if there are `stories`, and what the network is."""
    if not (near("below", BELOW) or asked_by_address("story")):
        return
    if stories:
        with guarded():  # what is wrong with a story is no reason to show nothing else
            story_section(bundle)
    about(bundle)


def about(bundle: Bundle) -> None:
    figures, tree = bundle.description.figures, bundle.hierarchy
    st.subheader("This network", anchor=False)
    cells = st.columns(4)
    cells[0].metric("Classes", len(tree.classes), border=True)
    cells[1].metric("Prototypes", len(bundle.prototypes), border=True)
    cells[2].metric(*how_often_right(figures), border=True)
    severity = figures.clip.mistake_severity
    cells[3].metric(
        "Levels off, mean of its mistakes", "none made" if severity is None else f"{severity:.2f}", border=True
    )
    few = words.few_videos(figures.video_mean_softmax.accuracy, figures.n.videos)
    st.caption(
        f"Measured on {figures.n.clips} clips of {figures.n.videos} test videos."
        f" {f'{few} ' if few else ''}A mistake is as many"
        " levels off as one has to go up the tree to what answer and truth have in common: 1 where they are siblings,"
        f" {tree.depth} where they share nothing."
    )
    trust = words.how_calibrated(figures.ece, bundle.meta.get("temperature_fit"))
    if trust:
        st.caption(trust)


def how_often_right(figures: Figures) -> tuple[str, str]:
    """Label and value: a share of test clips; of few videos, how many are right, because a share would mislead."""
    videos, share = figures.n.videos, figures.video_mean_softmax.accuracy
    if share is not None and words.few_videos(share, videos):
        return "Test videos right", f"{round(share * videos)} of {videos}"
    share = figures.clip.accuracy
    return "Test clips right", "-" if share is None else f"{share:.1%}"


routed(__file__)
with guarded():
    main()
