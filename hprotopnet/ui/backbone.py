"""Fetching the backbone on request: in the background, one download at a time for all sessions, no page waits for it.

Stored clips need no backbone, so it is asked for only where a network is to look at a clip of the user's own.
"""

import threading
import time
from collections.abc import Sequence

import streamlit as st

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.errors import InputError
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.text import plain


class Download:
    """The one download there may be at a time. `error` is why the last one failed, in one line."""

    def __init__(self) -> None:
        self.error, self.began = "", 0.0
        self._lock, self._thread = threading.Lock(), None

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self, names: Sequence[str] = ("i3d",)) -> None:
        """Start it, unless it is running; when it failed before, again."""
        with self._lock:
            if not self.running:
                self.error, self.began = "", time.monotonic()
                self._thread = threading.Thread(target=self._run, args=(names,), daemon=True)
                self._thread.start()

    def _run(self, names: Sequence[str]) -> None:
        from hprotopnet.models.backbones.weights import published_weights

        try:
            for name in names:
                published_weights(name, progress=False)
        except (InputError, OSError) as error:
            self.error = str(error)


@st.cache_resource(show_spinner=False)
def download() -> Download:
    """The download that all sessions share."""
    return Download()


def backbone_ready(bundles: Sequence[Bundle]) -> bool:
    """Whether these networks can look at new clips; if not, the page offers to fetch what they lack."""
    from hprotopnet.models.backbones.weights import absence

    needed = {bundle.config.model.backbone for bundle in bundles if not bundle.config.stores_backbone}
    lacking = sorted(name for name in needed if absence(name))
    if lacking:
        said = (
            "To look at clips of your own the network needs its backbone, which is not on this machine: fetch it here."
        )
        offer_fetching(lacking, "the backbone", f"{said} Stored clips need none.")
    return not lacking


def offer_fetching(names: Sequence[str], what: str, said: str) -> None:
    """Offer to fetch published weights; while any are on their way, how long that has taken so far.

    Args:
        names: of the networks.
        what: is fetched, as in "Fetch the backbone".
        said: why, as Markdown.
    """
    from hprotopnet.models.backbones.weights import megabytes

    if download().running:
        _wait(what)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(said, icon=":material/cloud_download:")
        label = f"Fetch {what} ({sum(map(megabytes, names)):.0f} MB)"
        st.button(label, icon=":material/download:", on_click=download().start, args=(names,))
    if download().error:
        st.error(plain(download().error))


@st.fragment(run_every=1.0)
@guarded()
def _wait(what: str) -> None:
    """What is being waited for; when it has ended, the whole page runs again."""
    if not download().running:
        st.rerun()
    seconds = time.monotonic() - download().began
    st.info(
        f"Fetching {plain(what)}, {seconds:.0f} s so far. The rest of the app goes on working, and this page goes on by"
        " itself.",
        icon=":material/hourglass_top:",
    )
