"""One guard around the body of every page: whatever goes wrong in it becomes one line in words, never a traceback."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.errors import FragmentHandledException

from hprotopnet.errors import InputError
from hprotopnet.ui.text import plain

UNFORESEEN = "This page met something that it cannot show"
LONGEST = 200  # characters of what an error says
_log = logging.getLogger(__name__)


@contextmanager
def guarded() -> Iterator[None]:
    """Around a page, and as a decorator around each part of one that runs again by itself.

    What was given to us and cannot be used is said as it is; anything else as well, with its details in the log of the
    server, since a page that stops in the middle helps nobody.
    """
    try:
        yield
    except InputError as error:
        st.error(plain(str(error)))
    except FragmentHandledException:  # said already, where it happened
        raise
    except Exception as error:
        _log.exception(UNFORESEEN)
        said = f"{type(error).__name__}: {error}".splitlines()[0][:LONGEST]
        st.error(plain(f"{UNFORESEEN} ({said}). Another clip or network may do; the server's log says more."))
