"""Parts of the page Attribution: what is asked, maps of methods side by side, how far they agree, and what is true."""

import io
from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

from hprotopnet.attribution.attribution import Attribution
from hprotopnet.attribution.methods import METHODS
from hprotopnet.attribution.networks import NETWORKS, absence
from hprotopnet.bundles.bundle import Bundle
from hprotopnet.evaluation.evidence import CENTRED
from hprotopnet.files import to_json, visible
from hprotopnet.ui.attributing import Making, makings_of, signs
from hprotopnet.ui.backbone import backbone_ready
from hprotopnet.ui.cases import Case
from hprotopnet.ui.choose import chosen_query
from hprotopnet.ui.clip import film
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import pick, pick_some, unfold
from hprotopnet.ui.player import player
from hprotopnet.ui.results_parts import chart, is_dark
from hprotopnet.ui.text import plain
from hprotopnet.ui.truth import cue_masks, video_with_truth
from hprotopnet.ui.walk import choose_level
from hprotopnet.views import attribution as views
from hprotopnet.views import words
from hprotopnet.views.attribution import Cue
from hprotopnet.views.charts import percent
from hprotopnet.views.scores import as_csv

PLAYER, SEEN = "attribution player", "state of attributions"  # keys
STEP = "That of the step"  # instead of a node
FIRST = ("Prototypes of the network", "Grad-CAM")  # methods to begin with, where there are prototypes
MOST, LEAST = 4, 2  # methods side by side
POLL = 0.6  # seconds from look to look while something is made


# --- what is asked ----------------------------------------------------------------------------------------------------


def choose_target(case: Case) -> str:
    """Let the user choose a step of the path, or any node of the tree; returns its name."""
    hierarchy = case.bundle.hierarchy
    level = choose_level(case, on_change=_back_to_step)
    named = {words.display(hierarchy, node): node for node in hierarchy.nodes}
    chosen = pick(st.selectbox, "Or of any node", [STEP, *named], "target", "node")
    return named.get(chosen, level.node)


def _back_to_step() -> None:
    st.session_state["target"] = STEP


def choose_methods(bundle: Bundle) -> list[str]:
    """Let the user choose what is shown side by side; returns names of methods, at most `MOST`."""
    titles = {own.title: own.name for own in METHODS.values() if bundle.prototypes or not own.prototypes_only}
    order = [name for name in FIRST if name in titles] + [name for name in titles if name not in FIRST]
    default = order[:LEAST]
    chosen = pick_some(st.pills, "Methods", order, "methods", default, selection_mode="multi", wrap=True)
    if len(chosen) > MOST:
        st.caption(f":material/info: The first {MOST} are shown.")
    return [titles[name] for name in chosen[:MOST]]


def choose_signs(methods: Sequence[str]) -> bool:
    """Whether to show what speaks against the target, too, where a method can say it."""
    return any(map(signs, methods)) and st.toggle(
        "Also what speaks against it", key="against", bind="query-params", help="Drawn in blue and hatched."
    )


def asked(case: Case) -> tuple[str, list[Making]]:
    """What is asked about a clip, and what there is of it."""
    target = choose_target(case)
    methods = choose_methods(case.bundle)
    return target, makings_of(case, target, methods, choose_signs(methods))


# --- maps -------------------------------------------------------------------------------------------------------------


def cue_of(case: Case, target: str) -> Cue | None:
    """The true cue of the level of a node in this clip, where it is known."""
    video, hierarchy = video_with_truth(case), case.bundle.hierarchy
    if video is None:
        return None
    level = hierarchy.levels[hierarchy.index(target)]
    bit = hierarchy.depth - 1 - level
    return Cue(hierarchy.level_names[level].capitalize(), (cue_masks(case, video) >> bit & 1).astype(bool))


def maps_of(makings: Sequence[Making]) -> list[Attribution]:
    """Those that are there."""
    return [own.result for own in makings if own.result]


@st.fragment
@guarded()
def maps_player(case: Case, makings: Sequence[Making], cue: Cue | None) -> None:
    """All maps over the clip, in step, and the clip alone where one is not there yet."""
    maps = {own.subject: own.result for own in makings}
    player(views.scene_beside(case.explanation.video, film(case), maps, cue), PLAYER)
    shown = words.moments(case.explanation.times, case.bundle.config.clip)
    said = f"{', '.join(filter(None, [plain(case.explanation.video), shown]))}. "
    if any(maps.values()):
        said += f"Curves: {views.MASS[0].lower()}{views.MASS[1:]}, of what speaks for the target."
    if any(maps.values()) and cue:
        said += (
            f" Grey: {views.SHOWN}, that of the {plain(cue.name.lower())}, up to"
            f" {percent(cue.masks.mean((1, 2)).max(), 0)}."
            if cue.seen
            else f" The true cue of the {plain(cue.name.lower())} cannot be seen in this clip."
        )
    st.caption(said)


# --- what is still to come --------------------------------------------------------------------------------------------


def ready(case: Case, makings: Sequence[Making]) -> bool:
    """Let begin what begins by itself; whether the network is whole, as far as anybody has looked.

    The page itself does not look, which would load torch: threads do, and where one lacks the backbone it is offered.
    """
    if any(own.lacking for own in makings) and not backbone_ready([case.bundle]):
        return False
    for own in makings:
        if own.due or own.lacking:
            own.start()
    return True


def progress(makings: Sequence[Making]) -> None:
    """What is being made, to stop, and what has to be asked for; the page runs again when anything has changed."""
    busy = any(own.running for own in makings)
    st.fragment(_progress, run_every=POLL if busy else None)(makings)


@guarded()
def _progress(makings: Sequence[Making]) -> None:
    now = [(own.key, own.running, own.cancelled, own.result is None, own.error) for own in makings]
    before, st.session_state[SEEN] = st.session_state.get(SEEN), now
    if before is not None and before != now and [own[0] for own in before] == [own[0] for own in now]:
        st.rerun()
    for own in makings:
        if own.error:
            st.error(plain(own.error))
            st.button("Try again", on_click=own.start, key=f"again {own.key}")
        elif own.running:
            _running(own)
        elif own.waiting:
            _waiting(own)


def _running(own: Making) -> None:
    line, button = st.columns([3, 2], vertical_alignment="center")
    line.progress(
        own.done, text=f"{plain(own.subject)}: {own.done:.0%}" if own.done else f"{plain(own.subject)}: about to begin"
    )
    if not own.quick:
        button.button("Cancel", icon=":material/stop:", on_click=own.cancel, key=f"cancel {own.key}", width="stretch")


def _waiting(own: Making) -> None:
    line, button = st.columns([3, 2], vertical_alignment="center")
    line.markdown(f"**{plain(own.subject)}** asks the network many times: from seconds to minutes.")
    button.button("Run", icon=":material/play_arrow:", on_click=own.start, key=f"run {own.key}", width="stretch")


# --- what they come to ------------------------------------------------------------------------------------------------


def verdict(case: Case, maps: Sequence[Attribution]) -> None:
    """Whether the first two methods say the same, in a sentence."""
    if len(maps) >= LEAST:
        grid, offset = common_cells(case)
        st.markdown(plain(views.verdict(views.agreement(maps[:LEAST], grid, offset)[0], grid)))


def common_cells(case: Case) -> tuple[tuple[int, int, int], tuple[float, float, float]]:
    """The grid on which maps are compared, that of the network's features, and where its cells look."""
    rows = [row for level in case.explanation.levels for row in level.evidence]
    return case.explanation.grid, rows[0].offset if rows else CENTRED


def agreement(case: Case, maps: Sequence[Attribution]) -> None:
    """How far every two agree, as two matrices."""
    if len(maps) < LEAST:
        return
    st.subheader("Do they say the same?", anchor=False)
    grid, offset = common_cells(case)
    pairs, names = views.agreement(maps, grid, offset), [views.title(own) for own in maps]
    heads = {
        "correlation": "Rank correlation, 1 where they order cells alike",
        "shared": f"Share of highest tenths in common, {percent(views.CHANCE_SHARED, 0)} by chance",
    }
    for column, (figure, head) in zip(st.columns(2, gap="medium"), heads.items(), strict=True):
        told = ", ".join(f"{own.one} and {own.other}: {getattr(own, figure):.2f}" for own in pairs)
        with column:
            drawn = views.draw_agreement(names, pairs, figure, head, is_dark())
            chart(drawn, f"agreement {figure}", f"{head}. {told}")
    st.caption(
        f"Compared on {' x '.join(map(str, grid))} cells, those of the network's features: there no method tells more"
        " places apart than any other. Only what speaks for the target counts."
    )


def truths(case: Case, maps: Sequence[Attribution], cue: Cue | None, target: str) -> None:
    """How well each map lies on the true cue."""
    if cue is None or not maps:
        return
    name = plain(cue.name.lower())
    st.subheader(f"Do they lie on the true cue of the {name}?", anchor=False)
    if not cue.seen:
        st.caption("The cue cannot be seen in this clip, so nothing can lie on it.")
        return
    rows = views.scores(maps, cue)
    columns = {head: [row[head] for row in rows] for head in rows[0]}
    formats = {head: st.column_config.NumberColumn(format="percent") for head in list(columns)[1:]}
    st.dataframe(columns, hide_index=True, column_config=formats)
    said = f"The cue was rendered and is known to the pixel; it fills {percent(cue.masks.mean())} of the clip."
    if case.truth and target not in _ancestors(case, case.truth):
        shown = plain(words.display(case.bundle.hierarchy, case.truth))
        said += f" It is that of what the clip shows, {shown}, not of the node that is asked about."
    st.caption(said)


def _ancestors(case: Case, leaf: str) -> list[str]:
    tree = case.bundle.hierarchy
    return [tree.nodes[node] for node in tree.lineage[tree.index(leaf)]]


def questions(case: Case, makings: Sequence[Making], cue: Cue | None) -> None:
    """What each method answers and when not to trust it, and its map to take away."""
    if not makings:
        return
    st.subheader("What does each answer?", anchor=False)
    for column, own in zip(st.columns(max(len(makings), LEAST), gap="medium"), makings, strict=False):
        with column:
            method = METHODS[own.method]
            st.markdown(f"**{plain(method.title)}**: {plain(method.answers)}")
            st.caption(f"When not to trust it: {plain(method.doubt)}")
            if own.result:
                _figures(own.result)
                _downloads(case, own.result, cue)


def _figures(own: Attribution) -> None:
    told = [f"{plain(name)} {value:.3g}" for name, value in own.figures.items() if isinstance(value, int | float)]
    if told:
        st.caption(f"It says besides: {', '.join(told)}.")


def _downloads(case: Case, own: Attribution, cue: Cue | None) -> None:
    stem = visible(f"{own.method} of {own.target} in {case.explanation.video}").replace("/", "_")
    times = case.explanation.times
    forms = {
        "Map (.npz)": (partial(_npz, own), "npz", "application/octet-stream"),
        "What is known of it (.json)": (lambda: to_json(views.about(own)), "json", "application/json"),
        "Numbers by frame (.csv)": (lambda: as_csv(views.by_frame(own, times, cue)), "csv", "text/csv"),
    }
    with st.popover("Download", icon=":material/download:"):
        for label, (make, suffix, mime) in forms.items():
            key = f"{suffix} of {own.method}"
            st.download_button(label, make, f"{stem}.{suffix}", mime, key=key, on_click="ignore", width="stretch")


def _npz(own: Attribution) -> bytes:
    """A map as `load_attribution` reads it."""
    file = io.BytesIO()
    known = {name: value for name, value in vars(own).items() if name != "values"}
    np.savez_compressed(file, values=own.values, about=np.array(to_json(known)))
    return file.getvalue()


# --- elsewhere --------------------------------------------------------------------------------------------------------


def elsewhere(case: Case, target: str) -> None:
    """The way to the evidence of the same clip."""
    name = plain(words.display(case.bundle.hierarchy, target))
    query = chosen_query(case.bundle) | {"level": st.session_state.get("level", "")}
    st.page_link("pages/evidence.py", label=f"The evidence: why {name}?", icon=":material/search:", query_params=query)


def published() -> None:
    """Published networks, and why each cannot be asked here."""
    fold = unfold("Networks that others published", "published", icon=":material/public:")
    if fold.open:
        with fold:
            for own in NETWORKS.values():
                lacking = absence(own.name)
                state = f"cannot be had: {plain(lacking)}" if lacking else "is on this machine"
                st.markdown(f"- **{plain(own.title)}** {state}. {plain(own.about)}")
            st.caption(
                "They know the 400 classes of Kinetics and no tree, and see clips of other lengths and sizes than this"
                " page has. One that is on this machine is asked from Python: `open_subject` of"
                " `hprotopnet.studies.subjects` opens it by its name, say `i3d`."
            )
