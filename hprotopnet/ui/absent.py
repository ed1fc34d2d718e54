"""What if some prototypes were absent? What the network would say then, from their similarities alone."""

import streamlit as st

from hprotopnet.explain.explanation import LevelExplanation
from hprotopnet.ui.cases import Case, head_of
from hprotopnet.ui.clip import picture
from hprotopnet.ui.networks import name_of
from hprotopnet.ui.pieces import piece_of
from hprotopnet.ui.text import plain
from hprotopnet.views import words

MOST = 10  # pieces in a row


def mute_control(case: Case) -> list[int]:
    """Let the user mute prototypes of the levels, each shown by its piece. A mute belongs to a clip, a network and a
    node: where another one is looked at, it is dropped, and that is said.
    """
    muted = []
    for level in case.explanation.levels:
        numbers = {str(case.bundle.number_of(row.prototype)): row for row in level.evidence}
        key, name = f"mute-{level.level}", plain(words.display(case.bundle.hierarchy, level.node))
        _drop_mutes_of_others(case, level, key)
        if not numbers:
            continue
        ordered = sorted(numbers, key=int)
        st.markdown(f"Prototypes of **{name}**, by number: press those that are to be absent")
        for column, number in zip(st.columns(MOST), ordered, strict=False):
            with column:
                picture(
                    piece_of(case, numbers[number]), f"Prototype {number} of {name}, the piece that it was cut from"
                )
        chosen = st.pills(
            f"Mute prototypes of {name}",
            ordered,
            selection_mode="multi",
            key=key,
            bind="query-params",
            label_visibility="collapsed",
        )
        muted += [numbers[number].prototype for number in chosen]
    return muted


def _drop_mutes_of_others(case: Case, level: LevelExplanation, key: str) -> None:
    """Forget what was muted at this level for another clip, in another network or of another node."""
    owner = f"owner of {key}"
    network, node = name_of(case.bundle.folder), words.display(case.bundle.hierarchy, level.node)
    own = (network, node, case.explanation.video)
    before, st.session_state[owner] = st.session_state.get(owner, own), own
    if before != own and st.session_state.get(key):
        numbers = ", ".join(sorted(st.session_state[key], key=int))
        st.session_state[key] = []
        network, node, _ = map(plain, before)
        st.caption(f":material/info: Mutes of {node} ({network}) do not apply here and were dropped: {numbers}.")


def muted_answer(case: Case, muted: list[int]) -> None:
    """What the network says without these prototypes."""
    from hprotopnet.explain.prototypes import mute

    hierarchy = case.bundle.hierarchy
    after = mute(head_of(case.bundle), case.explanation.similarities, muted).nodes[0].numpy()
    for level in case.explanation.levels:
        value = float(after[hierarchy.index(level.node)])
        change = f" ({words.change(value - level.probability)})" if muted else ""
        name = plain(words.display(hierarchy, level.node))
        st.progress(min(value, 1.0), text=f"{name}: {words.probability(value)}{change}")
    leaf = hierarchy.nodes[int(after[: len(hierarchy.classes)].argmax())]
    if leaf != case.explanation.path[-1]:
        st.markdown(f"The top class is now **{plain(words.display(hierarchy, leaf))}**.")
