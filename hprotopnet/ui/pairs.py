"""Two networks side by side: pairs of one tree that have stored clips in common, the flat one on the left."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.errors import InputError
from hprotopnet.ui.choose import by_rank, choose_bundle, say_refused, set_choice, shared_clips
from hprotopnet.ui.links import asked_by_address
from hprotopnet.ui.networks import available_bundles, bundle_of, name_of
from hprotopnet.ui.text import plain

LEFT, RIGHT = "left", "right"  # keys
KINDS = {LEFT: "leaf", RIGHT: "all"}  # of prototypes


def choose_pair(first: str, second: str) -> list[Bundle]:
    """Let the user choose two networks.

    To begin with the second is the partner of the first. It goes along with the first until it is chosen itself.

    Args:
        first, second: their labels.
    """
    left, right = st.columns(2, gap="large")
    with left:
        flat = choose_bundle(first, LEFT, _first_names())
        say_refused()
    with right:
        return [flat, choose_bundle(second, RIGHT, _second_names(flat))]


def partner_of(name: str, kind: str) -> str | None:
    """The first other network of the same tree that shares stored clips with a network; None where there is none.

    Args:
        kind: of prototypes that the partner has rather than others.
    """
    found = available_bundles()
    others = (other for other in by_rank(found, kind) if other != name)
    return next((other for other in others if _go_together(found[name], found[other])), None)


def offer_partners(bundles: list[Bundle]) -> None:
    """Where two networks share no stored clip, offer for each one that does share clips with it."""
    if _share_clips(bundles):
        return
    for bundle, other in zip(bundles, (RIGHT, LEFT), strict=True):
        name = name_of(bundle.folder)
        partner = partner_of(name, KINDS[other])
        if partner:
            text = f"Compare {plain(name)} with {plain(partner)}"
            st.button(text, icon=":material/compare_arrows:", on_click=set_choice, args=(other, partner))


def _first_names() -> list[str]:
    """Networks for the left: in front a flat one that has a partner, or the partner that a link's right one has."""
    found = available_bundles()
    names = by_rank(found, KINDS[LEFT])
    asked = asked_by_address(RIGHT)
    if asked in found and asked_by_address(LEFT) is None:
        partner = partner_of(asked, KINDS[LEFT])
        if partner:
            st.session_state[LEFT] = partner
    return _in_front(next((name for name in names if partner_of(name, KINDS[RIGHT])), None), names)


def _second_names(first: Bundle) -> list[str]:
    """Networks for the right, the partner of the left one in front."""
    names = by_rank(available_bundles(), KINDS[RIGHT])
    names = _in_front(partner_of(name_of(first.folder), KINDS[RIGHT]), names)
    followed, st.session_state["followed"] = st.session_state.get("followed"), names[0]
    if followed and st.session_state.get(RIGHT) == followed:
        st.session_state[RIGHT] = names[0]
    return names


def _in_front(first: str | None, names: list[str]) -> list[str]:
    return sorted(names, key=lambda name: name != first)


def _go_together(one: Path, other: Path) -> bool:
    pair = bundle_of(one), bundle_of(other)
    return pair[0].hierarchy == pair[1].hierarchy and _share_clips(pair)


def _share_clips(bundles: Sequence[Bundle]) -> bool:
    try:
        return bool(shared_clips(bundles))
    except InputError:
        return False
