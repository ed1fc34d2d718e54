"""Why a prototype network says what it says of a stretch that was chosen on the page Timeline, and the way to more."""

from pathlib import Path

import streamlit as st

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.laws import check_explanation
from hprotopnet.bundles.similarities import identity
from hprotopnet.errors import InputError
from hprotopnet.files import printable, stamp
from hprotopnet.temporal.card import Card
from hprotopnet.temporal.showcase import Told
from hprotopnet.ui.cases import Case, Choice
from hprotopnet.ui.detectors import evidence_of
from hprotopnet.ui.networks import BY_PATH, available_bundles, bundle_of, stamp_of
from hprotopnet.ui.text import plain
from hprotopnet.ui.timeline import Seen, chosen_in
from hprotopnet.ui.walk import glance
from hprotopnet.views.detected import TRUTH, Stretch
from hprotopnet.views.detected import named as name_of
from hprotopnet.views.timeline import clock

NEAR = 1.0  # seconds by which the moment of stored evidence may lie off the middle of what was chosen


def evidence(seen: Seen) -> None:
    """Why a prototype network says what it says of the stretch that is chosen, and the way to more of it."""
    stretch = chosen_in(seen)
    if stretch is None:
        st.caption("Press a segment under the film, or choose a row, and it is played and explained here.")
        return
    name = plain(name_of(stretch, seen.card.hierarchy))
    kind = "True" if stretch.kind == TRUTH else "Found"
    st.markdown(f"**{kind}: {name}**, {clock(round(stretch.start, 1))} to {clock(round(stretch.end, 1))}")
    told = told_of(seen, stretch)
    if told:
        _glance(seen, told)
    elif seen.showcase:
        st.caption("No evidence is stored near the middle of this stretch.")
    _links(seen, told.moment if told else stretch.middle)


def told_of(seen: Seen, stretch: Stretch) -> Told | None:
    """What is stored of the moment nearest to the middle of a stretch, if it lies in it or near its middle."""
    stored = evidence_of(seen.card) if seen.showcase else None
    own = [told for told in stored.told if told.video == seen.name] if stored else []
    best = min(own, key=lambda told: abs(told.moment - stretch.middle), default=None)
    return best if best and abs(best.moment - stretch.middle) <= NEAR else None


def _glance(seen: Seen, told: Told) -> None:
    stored = evidence_of(seen.card)
    bundle = _network(stored.network, stored.weights)
    if bundle is None:
        st.caption(f"The network {plain(stored.network)} that was asked about it is not here.")
        return
    try:
        check_explanation(told.explanation, bundle.hierarchy.classes[0], bundle.hierarchy, bundle.config)
    except InputError as error:
        st.caption(f"What is stored of this moment cannot be shown: {plain(str(error))}.")
        return
    film = seen.showcase.film(seen.name)
    key = (printable(str(bundle.folder)), str(stamp_of(bundle.folder)), seen.name, f"{told.moment:.2f}", "timeline")
    images = _images(film, stamp(film), told.explanation.start, bundle)
    st.caption(
        f"What the prototype network {plain(bundle.name)} says of {bundle.config.clip.span:.2f} s around second"
        f" {told.moment:.1f}, by pieces of training clips. It was not asked by the detector, which knows no prototypes."
    )
    glance(Case(key, bundle, Choice(seen.name), told.explanation, images), bundle.config.threshold, "timeline")


def _network(name: str, weights: str) -> Bundle | None:
    folder = available_bundles().get(name)
    bundle = bundle_of(folder) if folder else None
    return bundle if bundle and _identity(folder, stamp_of(folder), bundle) == weights else None


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=BY_PATH)
def _identity(folder: Path, stamp: int, _bundle: Bundle) -> str:
    return identity(_bundle)


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=BY_PATH)
def _images(film: Path, stamp: int, start: float, _bundle: Bundle):
    from hprotopnet.data.dataset import clip_from

    return clip_from(film, start, _bundle.config.clip).images


def _links(seen: Seen, moment: float) -> None:
    """The way to all of the evidence, and to the film as a prototype network sees it."""
    names = [name for name, folder in available_bundles().items() if _fits(bundle_of(folder), seen.card)]
    if not names or seen.where is None:
        return
    stored = evidence_of(seen.card) if seen.showcase else None
    name = stored.network if stored and stored.network in names else names[0]
    span = bundle_of(available_bundles()[name]).config.clip.span
    start = f"{max(0.0, moment - span / 2):.2f}"
    with st.container(horizontal=True):
        query = {"bundle": name, **seen.where, "start": start}
        st.page_link("pages/evidence.py", label="All the evidence", icon=":material/search:", query_params=query)
        rest = {name: value for name, value in seen.where.items() if name != "source"}
        query = {"bundle": name, "film": seen.where["source"], **rest, "second": f"{moment:.2f}"}
        st.page_link("pages/film.py", label="The film by this network", icon=":material/movie:", query_params=query)


def _fits(bundle: Bundle, card: Card) -> bool:
    return set(bundle.hierarchy.classes) == set(card.hierarchy.classes)
