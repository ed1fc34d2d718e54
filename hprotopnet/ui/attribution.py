"""Parts of the page Attribution: maps of methods side by side, how far they agree, and what is true."""

import io
from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

from hprotopnet.attribution.attribution import Attribution
from hprotopnet.attribution.methods import METHODS
from hprotopnet.files import to_json, visible
from hprotopnet.ui.asking import LEAST, Posed
from hprotopnet.ui.attributing import Making
from hprotopnet.ui.cases import Case
from hprotopnet.ui.choose import chosen_query
from hprotopnet.ui.clip import film
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import kept
from hprotopnet.ui.player import player
from hprotopnet.ui.results_parts import chart, is_dark
from hprotopnet.ui.text import plain
from hprotopnet.views import attribution as views
from hprotopnet.views import words
from hprotopnet.views.charts import percent
from hprotopnet.views.film import Film
from hprotopnet.views.scores import as_csv

PLAYER = "attribution player"  # key


# --- maps -------------------------------------------------------------------------------------------------------------


def maps_of(makings: Sequence[Making]) -> list[Attribution]:
    """Those that are there."""
    return [own.result for own in makings if own.result]


@st.fragment
@guarded()
def maps_player(posed: Posed) -> None:
    """All maps over the clip, in step, and the clip alone where one is not there yet."""
    own, cue = posed.question, posed.cue
    maps = {making.subject: making.result for making in posed.makings}
    player(views.scene_beside(own.video, own.film, maps, cue), PLAYER)
    part = words.moments(own.times, own.clip) or _part(own.film)
    said = f"{plain(own.video)}: {part}, {_pixels(own.film)}: all that {plain(posed.network)} sees."
    if any(maps.values()):
        said += f" Curves: {views.MASS[0].lower()}{views.MASS[1:]}, of what speaks for the target."
    if any(maps.values()) and cue:
        said += (
            f" Grey: {views.SHOWN}, that of the {plain(cue.name.lower())}, up to"
            f" {percent(cue.masks.mean((1, 2)).max(), 0)}."
            if cue.seen
            else f" The true cue of the {plain(cue.name.lower())} cannot be seen in this clip."
        )
    st.caption(said)
    for caution in posed.cautions:
        st.warning(plain(caution), icon=":material/broken_image:")


def clip_alone(case: Case) -> None:
    """The clip as the network above sees it, as long as another one has not said how it does."""
    shown, methods = film(case), kept("methods") or ()
    player(views.scene_beside(case.explanation.video, shown, dict.fromkeys(methods)), PLAYER)
    st.caption(f"{plain(case.explanation.video)}: {_part(shown)}, as the network above sees it.")


def _part(own: Film) -> str:
    return f"seconds {own.times[0]:.1f} to {own.end:.1f}"


def _pixels(own: Film) -> str:
    return f"{len(own.times)} frames, the central {own.width} x {own.height} pixels"


# --- what they come to ------------------------------------------------------------------------------------------------


def verdict(posed: Posed, maps: Sequence[Attribution]) -> None:
    """Whether the first two methods say the same, in a sentence."""
    if len(maps) >= LEAST:
        grid, offset = posed.question.grid, posed.question.offset
        st.markdown(plain(views.verdict(views.agreement(maps[:LEAST], grid, offset)[0], grid)))


def agreement(posed: Posed, maps: Sequence[Attribution]) -> None:
    """How far every two of more than two agree, as two matrices; of two the verdict says it."""
    if len(maps) <= LEAST:
        return
    st.subheader("Do they say the same?", anchor=False)
    grid, offset = posed.question.grid, posed.question.offset
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


def truths(posed: Posed, maps: Sequence[Attribution]) -> None:
    """How well each map lies on the true cue."""
    cue = posed.cue
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
    st.caption(f"{said} {posed.cue_said}")


def questions(posed: Posed) -> None:
    """What each method answers and when not to trust it, and its map to take away."""
    makings = posed.makings
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
                _downloads(posed, own.result)


def _figures(own: Attribution) -> None:
    said = views.preserved(own)
    if not said:
        told = [f"{name} {value:.3g}" for name, value in own.figures.items() if isinstance(value, int | float)]
        said = f"It says besides: {', '.join(told)}." if told else ""
    if said:
        st.caption(plain(said))


def _downloads(posed: Posed, own: Attribution) -> None:
    stem = visible(f"{own.method} of {own.target} in {posed.question.video}").replace("/", "_")
    times, cue = posed.question.times, posed.cue
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


def elsewhere(case: Case, posed: Posed) -> None:
    """The way to the evidence of the network above for the same clip."""
    label, query = "The evidence of the network above", chosen_query(case.bundle)
    if not posed.published:
        label = f"The evidence: why {plain(posed.name)}?"
        query |= {"level": st.session_state.get("level", "")}
    st.page_link("pages/evidence.py", label=label, icon=":material/search:", query_params=query)
