"""Choosing a network and a clip: from those stored with the network, from a folder, or by upload.

Every choice but an upload is bound to the address of the page. The last upload lies in the memory of the
session, so that other pages can show it too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.showcase import Stored
from hprotopnet.data.clips import covered, uniform_starts
from hprotopnet.data.groups import SUFFIXES
from hprotopnet.errors import InputError
from hprotopnet.files import check_regular, printable
from hprotopnet.ui.backbone import backbone_ready
from hprotopnet.ui.cases import Choice, duration_of, shared_rows, showcase_of
from hprotopnet.ui.folders import choose_folder, videos_in
from hprotopnet.ui.gallery import choose_from
from hprotopnet.ui.links import asked_by_address, keep, kept, pick, slide
from hprotopnet.ui.networks import (
    available_bundles,
    bundle_of,
    came_with_project,
    kind_of,
    name_of,
    refused_bundles,
)
from hprotopnet.ui.sharing import is_shared
from hprotopnet.ui.shelves import clip_name, folder_shelf, stored_shelf
from hprotopnet.ui.teaching import lessons
from hprotopnet.ui.text import plain
from hprotopnet.views.evaluated import answers_of
from hprotopnet.views.gallery import Answer

SOURCES = ("Stored clips", "Data folder", "Upload", "Video file")
MOST_MEGABYTES, MOST_SECONDS = 50, 600  # of an upload
MOST_REFUSED = 20  # networks that are listed with what is wrong with them
UPLOAD, UPLOADS, STARTED = "upload", "uploads", "started"  # keys: the upload, how many there were, whose start is set
HOW_TO_MAKE_ONE = (
    "There is no trained network yet: make one with `python train.py --recipe pantomime-cpg10-tied`, which renders its"
    " own videos, or put a bundle into `checkpoints/`."
)


def some_network() -> bool:
    """Whether there is a network to look at; if not, the page says how to make one."""
    if available_bundles():
        return True
    say_refused()
    st.info(HOW_TO_MAKE_ONE, icon=":material/model_training:")
    st.page_link("pages/hierarchy.py", label="The hierarchy needs no network", icon=":material/account_tree:")
    return False


def say_refused() -> None:
    """Which networks were found and cannot be used, each in one line that says why."""
    refused = refused_bundles()
    if refused:
        are = "1 network" if len(refused) == 1 else f"{len(refused)} networks"
        with st.expander(f"{are} cannot be used", icon=":material/warning:"):
            for line in refused[:MOST_REFUSED]:
                st.caption(plain(line))


def choose_bundle(label: str = "Network", key: str = "bundle", names: Sequence[str] = ()) -> Bundle:
    """Let the user choose a network.

    Args:
        names: of the networks, the one to begin with in front; `by_rank` of all that were found if empty.
    """
    found = available_bundles()
    return bundle_of(found[pick(st.selectbox, label, names or by_rank(found), key, "network")])


def by_rank(found: Mapping[str, Path], kind: str = "all") -> list[str]:
    """Names of networks, the one to begin with in front: one with something to show at once, the project's before the
    user's own, those with this kind of prototypes before others.

    Args:
        kind: "leaf" or "all".
    """

    def rank(name: str) -> tuple:
        own = kind_of(found[name])
        return _bare(found[name]), not came_with_project(found[name]), own != kind, name

    return sorted(found, key=rank)


def offer_newest(bundle: Bundle) -> None:
    """Offer the network that the user made last, where it is not the one that is looked at."""
    own = {name: folder for name, folder in available_bundles().items() if not came_with_project(folder)}
    newest = max(own, key=lambda name: (own[name] / "model.json").stat().st_mtime_ns, default=None)
    if newest and own[newest] != bundle.folder:
        st.button(
            f"Look at your newest: {plain(newest)}",
            icon=":material/model_training:",
            type="tertiary",
            on_click=set_choice,
            args=("bundle", newest),
        )


def set_choice(key: str, value: str) -> None:
    """Choose in place of the user, before the page runs again."""
    st.session_state[key] = value


def choose_clip(bundles: Sequence[Bundle], place: DeltaGenerator | None = None) -> Choice | None:
    """Let the user choose a clip that all these networks can look at; None while there is none to look at.

    Args:
        place: where what is chosen is shown; above the gallery of all that there is if None.
    """
    place = (place or st).container(horizontal=True, vertical_alignment="bottom")
    with place:
        kinds = {"default": SOURCES[0], "required": True}
        source = pick(
            st.segmented_control, "Clip from", open_sources(), "source", "source of clips", **kinds, width="content"
        )
    try:
        choice = WAYS[source](bundles, place)
        if source == SOURCES[0]:
            return choice
        choice = _window(choice, bundles) if choice else None
        return choice if backbone_ready(bundles) else None
    except InputError as error:
        st.error(plain(str(error)))
        return None


def chosen_query(bundle: Bundle) -> dict[str, str]:
    """What the address of another page must say to open with this network and the clip that is chosen here."""
    source = st.session_state.get("source") or SOURCES[0]
    keys = {SOURCES[0]: ("clip",), SOURCES[1]: ("folder", "video", "start"), SOURCES[3]: ("file", "start")}
    found = {key: st.session_state.get(key) for key in keys.get(source, ("start",))}
    told = {key: f"{value:.2f}" if isinstance(value, float) else str(value) for key, value in found.items() if value}
    return {"bundle": name_of(bundle.folder), "source": source, **told}


def open_sources() -> tuple[str, ...]:
    """Where clips may come from: others than who sits at this machine name no file of it."""
    return SOURCES[:3] if is_shared() else SOURCES


def choose_stored(bundle: Bundle, place: DeltaGenerator) -> Stored | None:
    """Let the user choose a stored clip of one network, the one that teaches most to begin with; None without any.

    Args:
        place: where the clip that is chosen is shown.
    """
    try:
        rows = shared_clips([bundle])
    except InputError as error:
        st.error(plain(str(error)))
        return next(iter(showcase_of(bundle)), None)
    if not rows:
        return None
    shelf, before = stored_shelf([bundle], rows), kept("clip")
    bar, why = place.container(horizontal=True, vertical_alignment="bottom"), st.container()
    chosen = choose_from(shelf, bar)
    row = rows[[entry.name for entry in shelf.entries].index(chosen)]
    with bar:
        offer_lessons([bundle], Choice(row.told.video), why)
    if before is None and row is rows[0]:  # or every page would open on this clip, though nobody asked for it
        keep("clip", None)
    return row


def _bare(folder: Path) -> bool:
    """Whether a network has nothing to show before its backbone is there."""
    return not (folder / "showcase").is_dir()


def _stored(bundles: Sequence[Bundle], place: DeltaGenerator) -> Choice | None:
    """A clip that all the networks have stored; the one that teaches most comes first."""
    rows = shared_clips(bundles)
    if not rows:
        place.info("No stored clip is shared by these networks; choose a data folder or upload a video.")
        return None
    shelf = stored_shelf(bundles, rows)
    entry = shelf.entry(choose_from(shelf, place))
    return Choice(entry.video, entry.label)


def shared_clips(bundles: Sequence[Bundle]) -> list[Stored]:
    """Stored clips that all the networks have, as the first explains them.

    In front the one that teaches most, see `teaching`, then those about which the networks differ.
    """
    first = [lesson.row for lesson in lessons(bundles)[:1]]
    rows = sorted(shared_rows(bundles), key=lambda row: len({own.told.path for own in row}) == 1)
    return first + [row[0] for row in rows if row[0] not in first]


def offer_lessons(bundles: Sequence[Bundle], choice: Choice | None, why: DeltaGenerator | None = None) -> None:
    """Stored clips that teach most, to choose with one press, and by which rule the one that is shown was chosen.

    Args:
        why: where the rule is said; below the clips if None.
    """
    try:
        found = lessons(bundles)
    except InputError:  # which is said where clips are chosen
        return
    shown = choice.video if choice and choice.start is None else None
    with st.container(horizontal=True, width="content"):
        for lesson in found:
            mark = ":material/check:" if lesson.row.told.video == shown else None
            name = clip_name(bundles[0], lesson.row)
            st.button(lesson.name, icon=mark, on_click=_show_stored, args=(name,), key=f"lesson {lesson.name}")
    for lesson in found:
        if lesson.row.told.video == shown:
            (why or st).caption(lesson.why)


def _show_stored(clip: str) -> None:
    """Choose a stored clip in place of the user, before the page runs again."""
    for key, value in (("source", SOURCES[0]), ("clip", clip)):
        st.session_state[key] = value
        keep(key, value)


def in_folder(bundles: Sequence[Bundle], place: DeltaGenerator) -> Choice | None:
    """Let the user choose a video of a folder of class folders."""
    with place:
        folder = choose_folder(bundles)
    if not folder:
        return None
    videos, tested = videos_in(folder, bundles[0])
    names = {video.name: video for video in videos}
    evaluated = _evaluated(bundles[0], place)
    video = names[choose_from(folder_shelf(bundles, videos, tested, evaluated), place)]
    if not tested:
        place.caption("Which of these the network was trained on cannot be told: this folder splits otherwise.")
    return Choice(video.name, video.label, video.path)


def _evaluated(bundle: Bundle, place: DeltaGenerator) -> dict[str, Answer]:
    """Answers to the videos of a folder that the user brings along; none while there are none."""
    with place.popover("Answers of evaluate", icon=":material/fact_check:"):
        st.markdown("What `evaluate --json` wrote marks each video of the gallery as right or wrong.")
        file = st.file_uploader("JSON of evaluate", type=["json"], max_upload_size=20, key="evaluated")
    if file is None:
        return {}
    try:
        return answers_of(file.getvalue(), printable(file.name), bundle.hierarchy, bundle.config.threshold)
    except InputError as error:
        st.error(plain(str(error)))
        return {}


def named(bundles: Sequence[Bundle], place: DeltaGenerator) -> Choice | None:
    """Let the user name a video of this machine; raises `InputError` where none lies there."""
    name = place.text_input(
        SOURCES[3], key="file", bind="query-params", placeholder="/data/holiday.mp4", max_chars=500
    ).strip()
    if not name:
        return None
    path = Path(name)
    if not path.is_dir():
        check_regular(path)
    return Choice(printable(path.name), path=path)


def uploaded(bundles: Sequence[Bundle], place: DeltaGenerator) -> Choice | None:
    """The video that was uploaded in this session, the last one, whichever page asked for it."""
    uploads = st.session_state.setdefault(UPLOADS, 0)  # a new key empties the widget: what it held is kept already
    key = f"upload {uploads}"
    place.file_uploader(
        f"Video, at most {MOST_MEGABYTES} MB and {MOST_SECONDS // 60} minutes; it is gone when you leave",
        type=[suffix[1:] for suffix in SUFFIXES],
        max_upload_size=MOST_MEGABYTES,
        key=key,
        on_change=_keep,
        args=(key,),
    )
    choice = st.session_state.get(UPLOAD)
    if choice is None:
        return None
    if len(choice.content) > MOST_MEGABYTES * 2**20:  # what a browser promises is no bound
        _drop()
        raise InputError(f"{choice.video}: larger than {MOST_MEGABYTES} MB; cut the video")
    with place.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{plain(choice.video)}, kept in memory for this session alone")
        st.button("Drop it", icon=":material/delete:", type="tertiary", on_click=_drop)
    return choice


WAYS = dict(zip(SOURCES, (_stored, in_folder, uploaded, named), strict=True))


def _keep(key: str) -> None:
    """Keep what was uploaded, in place of what was before."""
    file = st.session_state[key]
    if file is not None:
        st.session_state[UPLOAD] = Choice(printable(file.name), content=file.getvalue(), token=file.file_id)
        st.session_state[UPLOADS] += 1


def _drop() -> None:
    st.session_state.pop(UPLOAD, None)


def _window(choice: Choice, bundles: Sequence[Bundle]) -> Choice:
    """Let the user choose which part of a video is looked at, where it is longer than a clip."""
    duration = checked_duration(choice)
    length = covered(duration, bundles[0].config.clip)
    start, room = uniform_starts(duration, length, 1)[0], duration - length
    if room > 0.1:
        _begin_anew(choice, round(start, 2))
        label = f"Part to explain: {length:.2f} s of {duration:.1f} s, from second"
        start = slide(label, 0.0, round(room, 2), round(start, 2), "start")
    return replace(choice, start=start, duration=duration)


def checked_duration(choice: Choice) -> float:
    """Seconds that the video of a choice lasts; raises `InputError` when it is none, or an upload is too long."""
    try:
        duration = duration_of(choice)
    except InputError as error:  # where an upload lay for a moment is nobody's business
        raise InputError(f"{choice.video}: {str(error).split(': ', 1)[-1]}") from error
    if duration > MOST_SECONDS and choice.content is not None:
        raise InputError(f"{choice.video}: lasts {duration:.0f} s, at most {MOST_SECONDS} are accepted; cut the video")
    return duration


def _begin_anew(choice: Choice, start: float) -> None:
    """Let another video begin where it would, not where the one before it was left."""
    video, before = choice.identity, st.session_state.get(STARTED)
    if before is not None and before != video and asked_by_address("start") is None:
        st.session_state["start"] = start
    st.session_state[STARTED] = video
