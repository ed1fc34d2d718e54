"""What the server does ahead of its visitors, once: nobody is to wait for it."""

import gc
import importlib
import threading
from functools import cache

from hprotopnet.data.pool import POOL

NEW_OBJECTS = 20_000  # after which some are looked through for garbage; streamlit looks through all after each run
AFTER = 3.0  # seconds after the first page was sent, whose screen is drawn by then


@cache
def prepare() -> None:
    """Called by app.py first thing: the process that decodes starts while pages are imported."""
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
    POOL.prepare()


@cache
def follow_up() -> None:
    """Called by app.py last thing: the rest is loaded while the first page is looked at."""
    later = threading.Timer(AFTER, load_behind)
    later.daemon = True
    later.start()


def load_behind() -> None:
    """Import what explains, torch above all, and leave it all out of what is looked through for garbage.

    Streamlit looks through everything after each run of a page, during which no other page runs.
    """
    importlib.import_module("hprotopnet.explain.prototypes")
    gc.collect()
    gc.freeze()
