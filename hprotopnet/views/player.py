"""The player outside of streamlit: its script and style, and a page of HTML that plays a scene with no network."""

import html
import json
from functools import cache
from pathlib import Path

from hprotopnet.views.film import Scene

_FILES = Path(__file__).parent
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }} body {{ margin: 16px auto; max-width: 720px; padding: 0 12px; }}
{style}
</style>
<main id="player"></main>
<script type="application/json" id="scene">{scene}</script>
<script type="module">
{script}
mount(document.getElementById("player"), JSON.parse(document.getElementById("scene").textContent));
</script>
</html>
"""


@cache
def script() -> str:
    """A module of JavaScript that exports `mount(root, data, events)`, see its first lines."""
    return (_FILES / "player.js").read_text(encoding="utf-8")


@cache
def style() -> str:
    """What the player looks like, in colours of the page around it."""
    return (_FILES / "player.css").read_text(encoding="utf-8")


def page(scene: Scene) -> str:
    """A scene as a file that plays by itself."""
    return _PAGE.format(title=html.escape(scene.title), style=style(), script=script(), scene=embedded(scene))


def embedded(scene: Scene) -> str:
    """A scene as JSON inside of a page, in which no name can end the script."""
    return json.dumps(scene.to_dict(), separators=(",", ":")).replace("<", "\\u003c")
