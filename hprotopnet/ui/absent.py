"""What if some prototypes were absent? What the network would say then, from their similarities alone."""

import streamlit as st

from hprotopnet.explain.explanation import LevelExplanation
from hprotopnet.ui.cases import Case, head_of
from hprotopnet.ui.evidence import number_of
from hprotopnet.ui.networks import name_of
from hprotopnet.ui.text import plain
from hprotopnet.views import words


def mute_control(case: Case) -> list[int]:
    """Let the user mute prototypes of the levels. A mute belongs to a node of a network: where another node is on the
    path, it is dropped, and that is said.
    """
    muted = []
    for level in case.explanation.levels:
        numbers = {str(number_of(case.bundle, row.prototype)): row.prototype for row in level.evidence}
        key, name = f"mute-{level.level}", plain(words.display(case.bundle.hierarchy, level.node))
        _drop_mutes_of_others(case, level, key)
        if numbers:
            chosen = st.pills(
                f"Mute prototypes of {name}",
                sorted(numbers, key=int),
                selection_mode="multi",
                key=key,
                bind="query-params",
            )
            muted += [numbers[number] for number in chosen]
    return muted


def _drop_mutes_of_others(case: Case, level: LevelExplanation, key: str) -> None:
    """Forget what was muted at this level in another network or of another node."""
    hierarchy, owner = case.bundle.hierarchy, f"owner of {key}"
    own = (name_of(case.bundle.folder), words.display(hierarchy, level.node))
    before, st.session_state[owner] = st.session_state.get(owner, own), own
    if before != own and st.session_state.get(key):
        numbers = ", ".join(sorted(st.session_state[key], key=int))
        st.session_state[key] = []
        network, node = map(plain, before)
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
