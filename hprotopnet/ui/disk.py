"""The disk as a component of the page: it draws a scene, moves by itself, and tells what was clicked."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from hprotopnet.disk.scene import Scene, script, style
from hprotopnet.hierarchy.tree import Hierarchy

ROOT = ""  # name of the root, which is no node
# Streamlit calls the last function again whenever data or theme change: a disk is kept for as long as its place is.
_GLUE = """
const places = new WeakMap();
export default function ({ data: [data], parentElement, setTriggerValue }) {
  const known = places.get(parentElement) ?? {};
  known.tell = setTriggerValue;
  if (known.disk) known.disk.update(data);
  else {
    places.set(parentElement, known);
    known.disk = mount(parentElement, data, {
      focus: name => known.tell("focus", name),
      item: (layer, id) => known.tell("item", { layer, id }),
      layers: keys => known.tell("layers", keys),
    });
    known.hear = ({ detail }) => { if (detail.channel === known.channel) known.disk.follow(detail.time); };
    window.addEventListener("hprotopnet:time", known.hear); // of a player on the page, see ui/player.py
  }
  known.channel = data.follow?.channel;
  return () => {
    window.removeEventListener("hprotopnet:time", known.hear);
    known.disk.destroy();
    places.delete(parentElement);
  };
}
"""
_DISK = st.components.v2.component("hprotopnet_disk", css=style(), js=script() + _GLUE)


def draw(scene: Scene, key: str, **heard: Callable[[], None]) -> None:
    """The disk, in its place on the page.

    Args:
        heard: called before the page runs again, by event: `focus` after a node was chosen, `item` after a point of a
            layer, `layers` after layers were switched; what was chosen then lies in the session, see `told`.
    """
    calls = {f"on_{event}_change": heard.get(event, _nothing) for event in ("focus", "item", "layers")}
    _DISK(key=key, data=[scene.to_dict()], **calls)


def _nothing() -> None:
    pass


def told(key: str, event: str) -> Any:
    """What the disk with this key told last; None where it told nothing of the kind."""
    state = st.session_state.get(key)
    return state.get(event) if isinstance(state, Mapping) else None


def chosen_node(name: Any, hierarchy: Hierarchy) -> str | None:
    """A name that the browser sent, if it is that of a node or `ROOT`; None otherwise."""
    return name if isinstance(name, str) and (name == ROOT or name in hierarchy.nodes) else None
