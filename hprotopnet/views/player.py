"""The player outside of streamlit: its script and style, and scenes as a page of HTML holds them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

_FILES = Path(__file__).parent


@cache
def script() -> str:
    """A module of JavaScript that exports `mount(root, data, events)`, see its first lines."""
    return (_FILES / "player.js").read_text(encoding="utf-8")


@cache
def style() -> str:
    """What the player looks like, in colours of the page around it."""
    return (_FILES / "player.css").read_text(encoding="utf-8")


def embedded(data: Any) -> str:
    """What a script reads, a scene or plain data, as JSON inside of a page, in which no name can end the script."""
    plain = data.to_dict() if hasattr(data, "to_dict") else data
    return json.dumps(plain, separators=(",", ":")).replace("<", "\\u003c")
