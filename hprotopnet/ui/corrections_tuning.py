"""Tuning again without what is marked, on the page Correct: figures, clips that change, and a new network."""

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.showcase import Stored
from hprotopnet.bundles.similarities import Similarities, computing, load_similarities
from hprotopnet.corrections.marks import (
    Mark,
    added,
    as_csv,
    as_json,
    numbers,
    read_log,
)
from hprotopnet.errors import InputError
from hprotopnet.files import private_folder, writing
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.ui.cases import head_of, showcase_of
from hprotopnet.ui.choose import SOURCES
from hprotopnet.ui.corrections import log_of, marks_of, prototype_name, say_where, set_marks
from hprotopnet.ui.corrections_wall import ICONS, undo
from hprotopnet.ui.networks import BY_PATH, FOLDERS, name_of, stamp_of
from hprotopnet.ui.results_parts import table
from hprotopnet.ui.sharing import is_shared
from hprotopnet.ui.shelves import clip_name
from hprotopnet.ui.text import plain
from hprotopnet.ui.thumbnails import of_stored, pictures
from hprotopnet.ui.tiles import ROW, tile, tiles
from hprotopnet.views import words
from hprotopnet.views.corrections import figure_rows, in_short, node_table, table_html
from hprotopnet.views.gallery import Answer, Entry, answered, explained

if TYPE_CHECKING:  # a wall of pieces must not wait for torch
    from hprotopnet.corrections.correct import Outcome

OUTCOME, KEPT, TILES = "outcome of a correction", "network kept", "tiles of changed clips"  # keys
WAIT = 60.0  # seconds that one waits for another's tuning
FEW, FEW_LINES, FEW_NODES = 12, 6, 3  # clips that are shown as pictures, marks and nodes that are listed at once
MOST_MEGABYTES = 4  # of a log
SIDES = {"validation": "Validation clips, by which to choose", "test": "Test clips"}


@dataclass(frozen=True, eq=False)
class Tuned:
    """What was tuned in this session, last: of which network, by which marks, and what came of it."""

    folder: Path
    stamp: int
    marks: tuple[Mark, ...]
    outcome: "Outcome"
    told: dict[str, Any]


def marked_section(bundle: Bundle) -> None:
    """What is marked, with ways to take it back, to carry it away and to bring it here."""
    marks, made = marks_of(bundle), bundle.description.corrections
    if made:
        gone = "1 prototype" if len(made.without) == 1 else f"{len(made.without)} prototypes"
        st.caption(f":material/history: Made from {plain(made.of)} without {gone}, silent in it for good.")
    st.subheader(f"Marked: {len(marks)}", anchor=False)
    if not marks:
        st.caption("Nothing is marked yet. Look through the pieces below, and mark those that are no reason.")
    with st.expander("All of them", icon=":material/list:") if len(marks) > FEW_LINES else st.container():
        for own in marks:
            _line(bundle, own)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if marks:
            last = marks[-1].prototype
            st.button("Undo the last", icon=":material/undo:", on_click=undo, args=(bundle, last))
            log = log_of(bundle)
            for kind, made in (("json", as_json), ("csv", as_csv)):
                name = f"corrections-{bundle.name}.{kind}"
                icon = ":material/download:"
                st.download_button(f"Log as {kind.upper()}", made(log), name, icon=icon, on_click="ignore")
        with st.popover("Import a log", icon=":material/upload:"):
            _import(bundle)
    say_where(bundle)


def _line(bundle: Bundle, own: Mark) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        name = plain(prototype_name(bundle, own.prototype))
        note = f": {plain(own.note)}" if own.note else ""
        st.markdown(f":orange-badge[{ICONS[own.why]} {own.why}] **{name}**{note}", width="content")
        key = f"withdraw {own.prototype}"
        st.button("Undo", icon=":material/undo:", key=key, type="tertiary", on_click=undo, args=(bundle, own.prototype))


def _import(bundle: Bundle) -> None:
    """A log that was exported here or elsewhere; its marks come to those that are there."""
    times = st.session_state.setdefault("logs", 0)  # a new key empties the widget
    file = st.file_uploader("A log, JSON or CSV", ["json", "csv"], key=f"log {times}", max_upload_size=MOST_MEGABYTES)
    if file is None:
        return
    st.session_state["logs"] += 1
    try:
        found = read_upload(file.name, file.getvalue(), bundle)
    except InputError as error:
        st.error(plain(str(error)))
        return
    set_marks(bundle, added(marks_of(bundle), found))
    st.rerun()


def read_upload(name: str, content: bytes, bundle: Bundle) -> tuple[Mark, ...]:
    """The marks of an uploaded log; raises `InputError` in one line that does not say where it lay."""
    if len(content) > MOST_MEGABYTES * 2**20:
        raise InputError(f"the log is larger than {MOST_MEGABYTES} MB; export it again")
    with private_folder() as folder:
        path = folder / f"log{'.csv' if name.lower().endswith('.csv') else '.json'}"
        with writing(path):
            path.write_bytes(content)
        try:
            return read_log(path, bundle).marks
        except InputError as error:
            raise InputError(str(error).replace(f"{folder}/", "")) from None


def tuning_section(bundle: Bundle) -> None:
    """Tune again without what is marked, and what came of it."""
    marks = marks_of(bundle)
    st.subheader("Tune again without them", anchor=False)
    found = _similarities(bundle.folder, stamp_of(bundle.folder), bundle)
    if found is None:
        _muting_only(bundle, marks)
        return
    _tune_button(bundle, found, marks)
    tuned = _last(bundle)
    if tuned is None:
        return
    if numbers(tuned.marks) != numbers(marks):
        st.info("What is marked has changed since: these figures are of the marks before.", icon=":material/history:")
    _figures(bundle, tuned)
    _changed(bundle, tuned)
    _keep(bundle, tuned, found)


def _last(bundle: Bundle) -> Tuned | None:
    tuned = st.session_state.get(OUTCOME)
    same = tuned and (tuned.folder, tuned.stamp) == (bundle.folder, stamp_of(bundle.folder))
    return tuned if same else None


def _tune_button(bundle: Bundle, found: Similarities, marks: Sequence[Mark]) -> None:
    st.caption(
        "The head alone is trained once more, as after projection, on what the prototypes found in"
        f" {found.sides.count('train')} training clips; those that are marked stay silent. No video is looked at."
    )
    count = len(marks)
    label = "Tune again without it" if count == 1 else f"Tune again without these {count}"
    if st.button(label, icon=":material/tune:", disabled=not marks):
        st.session_state[OUTCOME] = _tuned(bundle, found, tuple(marks))
        st.session_state.pop(KEPT, None)


def _tuned(bundle: Bundle, found: Similarities, marks: tuple[Mark, ...]) -> Tuned | None:
    """Tuned with a bar that tells how far it is; one at a time for all sessions."""
    bar = st.progress(0.0, text="getting ready")
    lock = _one_at_a_time()
    if not lock.acquire(timeout=WAIT):
        st.warning("Others are tuning on this machine; press again in a minute.")
        return None
    try:
        from hprotopnet.corrections.correct import correct

        outcome = correct(bundle, found, numbers(marks), lambda share, what: bar.progress(share, text=what))
    finally:
        lock.release()
        bar.empty()
    return Tuned(bundle.folder, stamp_of(bundle.folder), marks, outcome, outcome.to_dict(bundle))


def _figures(bundle: Bundle, tuned: Tuned) -> None:
    tree, told, leaf = bundle.hierarchy, tuned.told, bundle.hierarchy.level_names[0]
    sides = [side for side in SIDES if told["figures"][side]["before"]["clips"]]
    for column, side in zip(st.columns(max(len(sides), 1), gap="large"), sides, strict=False):
        states = told["figures"][side]
        with column:
            st.markdown(f"**{plain(in_short(states, leaf))}**")
            rows = figure_rows(states, tree)
            st.html(table_html(("before", "without", "tuned"), rows, f"{SIDES[side]}, {states['before']['clips']}"))
            _nodes(told["nodes"][side], tree)
    st.caption(
        f"Tuned in {told['seconds']:.1f} s. *Without*: silent, but not tuned. *Own share*: of what decides a node, how"
        " much its own prototypes say, 1 being all; above 1 what rivals say against it is made up for. Whoever tries"
        " many corrections chooses by the validation clips, or the test clips tell nothing any more."
    )
    for name in told["emptied"]:
        st.warning(f"No prototype is left that speaks for {plain(words.display(tree, name))}.")


def _nodes(rows: Sequence[dict[str, Any]], tree: Hierarchy) -> None:
    """What became of the nodes whose prototypes are marked; folded up where they are many."""
    title, found = "The nodes whose prototypes are marked", node_table(rows, tree)
    if len(rows) > FEW_NODES:
        with st.expander(title):
            st.html(table_html(("before", "tuned"), found, title))
    elif rows:
        st.html(table_html(("before", "tuned"), found, title))


def _changed(bundle: Bundle, tuned: Tuned) -> None:
    """Clips that get another answer: those stored with the network as pictures, test clips as a table."""
    tree, rows = bundle.hierarchy, tuned.told["changed"]["test"]
    _stored_tiles(bundle, tuned)
    shown = [
        {"video": row["video"]}
        | {name: words.display(tree, row[name]) for name in ("truth", "before", "after")}
        | {"became": _became(row)}
        for row in rows
    ]
    count = "1 test clip changes its answer" if len(rows) == 1 else f"{len(rows)} test clips change their answer"
    with st.expander(count, icon=":material/table:"):
        if shown:
            table(shown, "changed clips")


def _became(row: dict[str, Any]) -> str:
    better = row["off before"] - row["off after"]
    if row["off after"] == 0:
        return "+ right"
    if row["off before"] == 0:
        return "- wrong"
    return "+ nearer" if better > 0 else "- farther" if better < 0 else "= as far"


def _stored_tiles(bundle: Bundle, tuned: Tuned) -> None:
    """Clips stored with the network that get another answer, as tiles that open them."""
    stored = showcase_of(bundle)
    found = [(row, answers) for row in stored if (answers := _answers(bundle, tuned, row))[0].said != answers[1].said]
    clips = "1 changes its answer" if len(found) == 1 else f"{len(found) or 'none'} change their answer"
    st.markdown(f"**Of the {len(stored)} clips stored with the network {clips}**")
    if not found:
        return
    tree, here = bundle.hierarchy, {str(i): own for i, own in enumerate(found[:FEW])}
    known = pictures({name: of_stored(row, stamp_of(bundle.folder)) for name, (row, _) in here.items()})
    drawn = [
        tile(
            Entry(name, row.explanation.video, row.label, answers),
            [tree, tree],
            known.get(name),
            awaited=name not in known,
        )
        for name, (row, answers) in here.items()
    ]
    pressed = tiles([("", [("", drawn)])], TILES, ROW, more=len(here) - len(known)).chosen
    st.caption("The first mark is the answer before, the second the one now. A press opens the clip as it was.")
    if pressed in here:
        query = {"source": SOURCES[0], "clip": clip_name(bundle, here[pressed][0])}
        st.switch_page("pages/evidence.py", query_params=query)


def _answers(bundle: Bundle, tuned: Tuned, row: Stored) -> tuple[Answer, Answer]:
    """What was said of a stored clip, and what is said of it now."""
    from hprotopnet.explain.prototypes import mute

    tree, threshold = bundle.hierarchy, bundle.config.threshold
    now = mute(tuned.outcome.model, row.explanation.similarities, []).nodes[0, : len(tree.classes)].cpu().numpy()
    return explained(row.told.probabilities, row.label, tree, threshold), answered(now, row.label, tree, threshold)


def _keep(bundle: Bundle, tuned: Tuned, found: Similarities) -> None:
    """Write the tuned network beside the others, and links to it."""
    if is_shared():
        st.info(
            "This app is shared, so nothing is written here. Export the log; who runs the app can make the network of"
            " it with `python -m hprotopnet correct --log FILE --out NEW`.",
            icon=":material/lock:",
        )
        return
    folder = next_folder(bundle)
    if st.button(f"Keep as a new network: {plain(folder.name)}", icon=":material/save:"):
        from hprotopnet.corrections.correct import keep

        with st.spinner("Writing the new network …"):
            keep(bundle, tuned.outcome, found, tuned.marks, folder)
        st.session_state[KEPT] = folder.resolve()
    made = st.session_state.get(KEPT)
    if made is None:
        return
    name, old = name_of(made), name_of(bundle.folder)
    st.success(f"{plain(name)} is written; {plain(old)} is as it was.")
    with st.container(horizontal=True):
        st.page_link("pages/overview.py", label="Open it", icon=":material/home:", query_params={"bundle": name})
        both = {"left": old, "right": name}
        st.page_link(
            "pages/compare.py", label="Compare it with the old one", icon=":material/compare_arrows:", query_params=both
        )


def next_folder(bundle: Bundle) -> Path:
    """The first free name for a corrected network, beside those that training writes: NAME-corrected-1."""
    base, number = re.sub(r"-corrected-\d+$", "", bundle.folder.name), 1
    while (folder := FOLDERS[-1] / f"{base}-corrected-{number}").exists():
        number += 1
    return folder


def _muting_only(bundle: Bundle, marks: Sequence[Mark]) -> None:
    """What there is where nothing is known of the training clips: the stored clips with the marked ones silent."""
    st.info(
        "What this network's prototypes found in its training clips is not kept on this machine, so it cannot be tuned"
        " again yet. Name its videos once:",
        icon=":material/dataset:",
    )
    st.code(computing(bundle), language=None)
    count = len(showcase_of(bundle))
    if not count or not st.toggle(f"See what silence alone does to the {count} stored clips", disabled=not marks):
        return
    before, after = (_right(bundle, silent) for silent in ((), numbers(marks)))
    tree = bundle.hierarchy
    told = (f"{before[level]} → {after[level]} right {name}" for level, name in enumerate(tree.level_names))
    st.markdown(f"Of {count} stored clips, with the marked prototypes silent and nothing tuned: {', '.join(told)}.")


def _right(bundle: Bundle, silent: Sequence[int]) -> list[int]:
    """How many stored clips are right at each level with some prototypes silent."""
    from hprotopnet.explain.prototypes import mute

    tree, model = bundle.hierarchy, head_of(bundle)
    heights = []
    for row in showcase_of(bundle):
        leaf = int(mute(model, row.explanation.similarities, list(silent)).logits[0].argmax())
        heights.append(int(tree.leaf_heights[leaf, tree.index(row.label)]))
    return [sum(height <= level for height in heights) for level in range(tree.depth)]


@st.cache_resource(show_spinner=False)
def _one_at_a_time() -> threading.Lock:
    return threading.Lock()


@st.cache_resource(max_entries=4, show_spinner=False, ttl=60, hash_funcs=BY_PATH)
def _similarities(folder: Path, stamp: int, _bundle: Bundle) -> Similarities | None:
    return load_similarities(_bundle)
