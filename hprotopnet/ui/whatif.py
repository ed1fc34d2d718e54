"""What if the clip were another one, or some prototypes were absent? Asked of the network anew, level by level.

A part of the clip hidden, or all but that part; its beginning alone; without some prototypes. Of clips of Pantomime,
whose causes are known: another cue, and where the true cue lies.
"""

import base64
from typing import NamedTuple

import numpy as np
import streamlit as st

from hprotopnet.data.clips import Clip
from hprotopnet.explain.explanation import Explanation
from hprotopnet.ui.absent import mute_control, muted_answer
from hprotopnet.ui.backbone import backbone_ready
from hprotopnet.ui.cases import Case, answer_to, head_of
from hprotopnet.ui.clip import picture
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import asked_by_address, pick, unfold
from hprotopnet.ui.region import choose_region
from hprotopnet.ui.text import plain
from hprotopnet.ui.truth import Known, known, true_cues
from hprotopnet.views import render, words

SIDE = 240  # pixels of the pictures
OPEN, CHANGE = "what_if", "change"  # keys
HIDDEN, BEGINNING, ABSENT, CUE, TRUE = (
    *("Part of it were hidden", "Only its beginning were shown", "Prototypes were absent"),
    *("A cue were another", "Where is the true cue?"),
)


class Asked(NamedTuple):
    """A changed clip, and what the change is called in a sentence."""

    images: np.ndarray
    called: str
    name: str  # that tells it from other changes of the clip


@st.fragment
@guarded()
def what_if(case: Case) -> None:
    """The question, folded up until somebody opens it or a link asks for it."""
    if any(asked_by_address(f"mute-{level.level}") for level in case.explanation.levels):
        st.session_state[OPEN], st.session_state[CHANGE] = True, ABSENT
    fold = unfold("What if …?", OPEN, icon=":material/experiment:")
    if not fold.open:
        return
    with fold:
        truth = known(case)
        kinds = {HIDDEN: _hidden, BEGINNING: _beginning, ABSENT: _absent}
        kinds |= {CUE: _cue, TRUE: _true} if truth else {}
        settings = {"default": HIDDEN, "required": True, "label_visibility": "collapsed"}
        kind = pick(st.segmented_control, "What if", list(kinds), CHANGE, "question", **settings)
        kinds[kind](case, truth)


def _hidden(case: Case, truth: Known | None) -> None:
    from hprotopnet.studies.faithfulness import hide, keep

    shown, told = _halves()
    level = case.explanation.levels[-1]
    boxes = level.evidence[0].boxes if level.evidence else ()
    frame = next((i for i, box in enumerate(boxes) if box), len(case.images) // 2)
    side = case.images.shape[1]
    first = next(filter(None, boxes), (side // 4, side // 4, side * 3 // 4, side * 3 // 4))
    with shown:
        parts = ["this part", "all but it"]
        how = st.segmented_control("Hidden", parts, default=parts[0], key="hidden", required=True)
        still = base64.b64encode(render.animation(case.images[[frame]], 1)).decode()
        label = "The part of the clip that is hidden. Arrow keys move it, with shift they resize it."
        box = choose_region(f"data:image/webp;base64,{still}", side, first, label, f"region {hash(case.key)}")
        st.caption("Draw a rectangle. It is painted over in the clip's mean colour, in all frames.")
    change = hide if how == parts[0] else keep
    with told:
        images = change(case.images, (box,) * len(case.images))
        _compare(case, Asked(images, f"With {how} hidden", f"{how}{box}"))


def _beginning(case: Case, truth: Known | None) -> None:
    from hprotopnet.pantomime.degraded import cut_short

    shown, told = _halves()
    frames = len(case.images)
    with shown:
        count = st.slider("Frames shown, from the first on", 1, frames, max(1, frames // 4), key="beginning")
        last = case.explanation.times[count - 1]
        until = f", at {last:.1f} s," if case.bundle.config.clip.per_segment else ""
        st.caption(f"The last of them{until} is held to the end, so that the clip still has {frames} frames.")
        images = cut_short(case.images, count / frames)
        _moving(case, images, "The beginning, then held")
    with told:
        _compare(case, Asked(images, f"With the first {count} of {frames} frames alone", f"first {count}"))


def _absent(case: Case, truth: Known | None) -> None:
    choose, told = st.columns([3, 2], gap="large")
    with choose:
        muted = mute_control(case)
    with told:
        muted_answer(case, muted)


def _cue(case: Case, truth: Known) -> None:
    shown, told = _halves()
    with shown:
        name = st.selectbox("Rendered again", truth.conditions, key="cue")
        images = truth.rendered(name)
        _moving(case, images, f"The clip rendered {name}")
        what = "The same moments" if case.bundle.config.clip.per_segment else "The window in the middle"
        st.caption(f"{what} of the video, rendered without being encoded in between.")
    with told:
        base = truth.rendered(truth.as_is)
        _compare(case, Asked(images, f"Rendered {name}", f"cue {name}"), base)


def _true(case: Case, truth: Known) -> None:
    true_cues(case, truth)


def _moving(case: Case, images: np.ndarray, alt: str) -> None:
    picture(render.animation(render.enlarge(images, SIDE), case.bundle.config.clip.pace), alt)


def _halves() -> list:
    return st.columns([1, 2], gap="large")


def _compare(case: Case, asked: Asked, base: np.ndarray | None = None) -> None:
    """What the network says to a changed clip beside what it says to the clip as it is.

    Args:
        base: frames of the clip as it is; those that are explained if None.
    """
    if not backbone_ready([case.bundle]):
        return
    before = _said(case.key, "as it is" if base is None else "rendered", case, case.images if base is None else base)
    after = _said(case.key, asked.name, case, asked.images)
    _tell(case, before, after, asked.called)


@st.cache_data(scope="session", max_entries=32, show_spinner="Asking the network …")
def _said(key: tuple[str, ...], name: str, _case: Case, _images: np.ndarray) -> Explanation:
    told = _case.explanation
    return answer_to(_case.bundle, Clip(told.video, told.start, _images, np.array(told.times)))


def _tell(case: Case, before: Explanation, after: Explanation, called: str) -> None:
    from hprotopnet.explain.change import changes, moved_most

    tree, threshold = case.bundle.hierarchy, case.bundle.config.threshold
    said = words.sentence(after, tree, threshold, lambda name: f"**{plain(name)}**")
    st.markdown(f"{plain(called)}: {said}")
    found = changes(head_of(case.bundle), before, after)
    most = moved_most(found)
    for number, own in enumerate(found):
        name = plain(words.display(tree, own.node))
        change = words.change(own.after - own.before)
        text = f"**{name}**: {words.probability(own.after)} instead of {words.probability(own.before)} ({change})"
        st.progress(min(own.after, 1.0), text=text)
        st.caption(_evidence(own.left, name) + (" This level's evidence falls most." if number == most else ""))


def _evidence(left: float | None, name: str) -> str:
    if left is None:
        return f"No prototype of {name} spoke for it."
    return f"{100 * max(left, 0):.0f} % of what its own prototypes said for {name} is left."
