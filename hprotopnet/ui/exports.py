"""Take an explanation or the disk away: a page, moving pictures, figures, numbers, each made when it is asked for."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from hprotopnet.disk.scene import Scene
from hprotopnet.files import visible
from hprotopnet.ui.cases import Case
from hprotopnet.ui.clip import anchors
from hprotopnet.views.account import Account
from hprotopnet.views.exports import FORMS, single, single_mime, single_name
from hprotopnet.views.maps import scene_plate


def offer_exports(case: Case, threshold: float | None = None) -> None:
    """A button that opens to one for each form.

    Args:
        threshold: how sure the network must be of an answer; that of the network by default.
    """
    threshold = case.bundle.config.threshold if threshold is None else threshold
    account = Account(case.bundle, case.explanation, case.images, threshold, anchors(case.bundle), case.truth)
    stem = _stem(case.explanation.video).rsplit(".", 1)[0]
    with st.popover("Download this explanation", icon=":material/download:"):
        st.caption("Made when you click; a film takes some seconds.")
        for form, known in FORMS.items():
            made = partial(single, account, form)
            _offer(known.label, made, single_name(form, stem), single_mime(form), f"export {form}", known.told)


def offer_disk(scene: Scene, title: str, told: str) -> None:
    """A button that opens to the disk as a picture, as SVG and as PNG.

    Args:
        title: what the picture is called, and its file.
        told: what is to be said below it.
    """
    with st.popover("Download this disk", icon=":material/download:"):
        st.caption("As it is shown, with the node in focus and the layers that are switched on, on white.")
        svg, png = lambda: scene_plate(scene, title, told).svg().encode(), lambda: scene_plate(scene, title, told).png()
        _offer("SVG", svg, f"{_stem(title)}.svg", "image/svg+xml", "disk as svg", "To be edited and printed.")
        _offer("PNG", png, f"{_stem(title)}.png", "image/png", "disk as png", "The same as pixels.")


def _stem(name: str) -> str:
    """A name from outside as that of a file."""
    return visible(name).replace("/", "_")


def _offer(label: str, made: Callable[[], bytes], name: str, mime: str, key: str, told: str) -> None:
    st.download_button(label, made, name, mime, key=key, help=told, on_click="ignore", width="stretch")
