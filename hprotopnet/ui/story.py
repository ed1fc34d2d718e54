"""Reveal stories: films that come traced with their network, and what came of them in words.

They are watched as any other film, see `watch`.
"""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.traces import Trace, film_of, load_traces
from hprotopnet.files import stamp
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.pantomime import shipped
from hprotopnet.studies.films import segments
from hprotopnet.studies.stories import EarlyName, first_times, named_early, revealed_in_order, wrong_spells
from hprotopnet.ui.links import pick
from hprotopnet.ui.networks import BY_PATH, stamp_of
from hprotopnet.ui.player import player, stored_film
from hprotopnet.ui.text import plain
from hprotopnet.ui.watch import watch_disk, watch_note, watch_under
from hprotopnet.views import words
from hprotopnet.views.film import Scene
from hprotopnet.views.words import probability

PLAYER, DISK, SIDE = "story player", "story disk", 460  # keys, and the height of the disk in pixels


@dataclass(frozen=True, eq=False)
class Story:
    """A trace whose film is there.

    Attributes:
        trace: what the network says.
        film: the video.
    """

    trace: Trace
    film: Path


def story_section(bundle: Bundle) -> None:
    """The stories of a bundle, one of them in the player; nothing where it has none, or their films are absent."""
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
        "The film shows the setting first, then where the action happens, and only at last the action. The network sees"
        f" no more than {stories[chosen].trace.span:.1f} s of it at a time; the star is its answer, moment by moment."
    )
    watch_story(bundle, stories[chosen])


def watch_story(bundle: Bundle, story: Story) -> None:
    """The film with the answers under it, and the disk on which they walk, in step."""
    trace, hierarchy, threshold = story.trace, bundle.hierarchy, bundle.config.threshold
    seen, where = st.columns([6, 5], gap="medium")
    with seen:
        player(Scene(f"The story of {words.display(hierarchy, trace.label)}", stored_film(story.film)), PLAYER)
        watch_under(bundle, trace, segments(trace, hierarchy, threshold), threshold, PLAYER)
    with where:
        watch_disk(bundle, trace, threshold, PLAYER, DISK, SIDE)
        seen = words.sees(bundle.config.clip)
        st.caption(" ".join(filter(None, [outcome(trace, hierarchy, threshold), watch_note(trace, threshold), seen])))


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
        f" ({', then '.join(_named(name, hierarchy) for name in spell.nodes)}, up to {probability(spell.probability)})"
        for spell in wrong_spells(trace, hierarchy, threshold)
    ]
    return f"It was wrong {', '.join(spells)}." if spells else "It was never wrong."


def _early(found: EarlyName, hierarchy: Hierarchy) -> str:
    """That a node was named before the film shows it: it can only have been guessed from what goes with it."""
    name = _named(found.node, hierarchy)
    if found.seen is None:
        return f"{name} was named though it can never be seen: a guess."
    return f"{name} was named {found.seen - found.named:.1f} s before it could be seen: a guess."
