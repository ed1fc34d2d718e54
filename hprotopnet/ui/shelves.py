"""Clips to choose from: those stored with networks, and the videos of a folder, with what is known of the answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from hprotopnet.bundles.answers import ClipAnswers, load_answers
from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.showcase import Stored
from hprotopnet.data.splits import Video
from hprotopnet.errors import InputError
from hprotopnet.files import printable
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.ui.cases import remembered, shared_rows
from hprotopnet.ui.networks import BY_PATH, name_of, stamp_of
from hprotopnet.ui.thumbnails import Maker, of_stored, of_video
from hprotopnet.views.gallery import Answer, Entry, answered, explained
from hprotopnet.views.words import display


@dataclass(frozen=True)
class Shelf:
    """Clips of one source.

    Attributes:
        key: of the choice, in the session and in links.
        label, what: what a choice is called where it is made, and where one is not there.
        entries: the clips, the one to begin with in front.
        trees: of the networks, the first being that of the clips' classes.
        networks: their names.
        picture: how to make a clip's picture, by its name.
    """

    key: str
    label: str
    what: str
    entries: tuple[Entry, ...]
    trees: tuple[Hierarchy, ...]
    networks: tuple[str, ...]
    picture: Callable[[str], Maker]

    def entry(self, name: str) -> Entry:
        """The clip that links call so."""
        return next(entry for entry in self.entries if entry.name == name)


def stored_shelf(bundles: Sequence[Bundle], rows: Sequence[Stored]) -> Shelf:
    """Stored clips that all the networks have.

    Args:
        rows: as the first network explains them, in the order in which they are offered.
    """
    others = {own[0].told.video: own for own in shared_rows(bundles)}
    named = {clip_name(bundles[0], row): row for row in rows}
    entries = tuple(_stored_entry(name, others[row.told.video]) for name, row in named.items())
    stamp = stamp_of(bundles[0].folder)
    return _shelf("clip", "Clip", "stored clip", entries, bundles, lambda name: of_stored(named[name], stamp))


def folder_shelf(
    bundles: Sequence[Bundle], videos: Sequence[Video], tested: bool, evaluated: Mapping[str, Answer] | None = None
) -> Shelf:
    """Videos of a folder.

    Args:
        tested: whether these are the videos that the networks were tested on, so that answers to them may be known;
            of others those are that were explained in this session.
        evaluated: answers of the first network that its user brought along, by video; they outrank what is known.
    """
    named = {video.name: video for video in videos}
    brought = [evaluated or {}, *({} for _ in bundles[1:])]
    known = [
        ({**(_answers_by_video(bundle) if tested else {}), **own}, remembered(bundle))
        for bundle, own in zip(bundles, brought, strict=True)
    ]

    def entry(name: str, video: Video) -> Entry:
        place = name, printable(str(video.path))
        return Entry(name, name, video.label, tuple(told.get(name) or seen.get(place) for told, seen in known))

    entries = tuple(entry(name, video) for name, video in named.items())
    return _shelf("video", "Video", "video", entries, bundles, lambda name: of_video(named[name]))


def clip_name(bundle: Bundle, row: Stored) -> str:
    """What a stored clip is called in links and where it is chosen."""
    return f"{display(bundle.hierarchy, row.label)}: {row.told.video.split('/')[-1]}"


def answer_of(answers: ClipAnswers, row: int, threshold: float) -> Answer:
    """What was answered to one of the test clips, by its number."""
    tree = answers.hierarchy
    return answered(answers.nodes[row, : len(tree.classes)], tree.classes[answers.leaves[row]], tree, threshold)


def _shelf(key: str, label: str, what: str, entries: tuple, bundles: Sequence[Bundle], picture: Callable) -> Shelf:
    trees, names = (bundle.hierarchy for bundle in bundles), (name_of(bundle.folder) for bundle in bundles)
    return Shelf(key, label, what, entries, tuple(trees), tuple(names), picture)


def _stored_entry(name: str, rows: Sequence[Stored]) -> Entry:
    first = rows[0]
    said = (
        explained(row.told.probabilities, first.label, row.bundle.hierarchy, row.bundle.config.threshold)
        for row in rows
    )
    return Entry(name, first.told.video, first.label, tuple(said))


def _answers_by_video(bundle: Bundle) -> Mapping[str, Answer]:
    try:
        return _by_video(bundle.folder, stamp_of(bundle.folder), bundle)
    except InputError:  # the page Results says what is wrong with them
        return {}


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_PATH)
def _by_video(folder: Path, stamp: int, _bundle: Bundle) -> dict[str, Answer]:
    """Answers to the middle clip of each test video."""
    answers = load_answers(_bundle)
    if answers is None:
        return {}
    clips: dict[str, list[int]] = {}
    for row in sorted(range(len(answers.names)), key=lambda row: answers.starts[row]):
        clips.setdefault(answers.names[row], []).append(row)
    return {name: answer_of(answers, rows[len(rows) // 2], _bundle.config.threshold) for name, rows in clips.items()}
