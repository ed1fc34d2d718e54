"""The one player of the app: `hprotopnet/views/player.js` as a component of streamlit, and stills where it cannot run.

Short clips, all that the networks see among them, travel as one picture of all their frames, and so every frame that is
shown is exactly the one that was asked for; see `views.film`. Names from outside go to the script as data and become
text there. Whatever goes to a component goes as a list of one: in a dictionary streamlit would look for tables, and
load pandas for it, which a first screen must not wait for.
"""

import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import streamlit as st

from hprotopnet.explain.boxes import stretch
from hprotopnet.files import stamp
from hprotopnet.ui.cases import Choice
from hprotopnet.ui.networks import BY_PATH
from hprotopnet.ui.text import plain
from hprotopnet.views import player as assets
from hprotopnet.views import render
from hprotopnet.views.film import Film, Heat, Scene
from hprotopnet.views.recoded import recoded
from hprotopnet.views.traced import Under

FAILED = "player failed"  # in this session's browser
# What lies under a film comes by another component, so that the film need not travel again; the two, and whatever moves
# beside a player, talk in the browser: by events of the window that carry the channel, which is the player's key.
_WRAPPER = """
const players = new WeakMap();
export default function ({ data: [data], parentElement, setStateValue, setTriggerValue }) { // again with data and theme
  const place = parentElement.host ?? parentElement, known = players.get(place);
  if (known) {
    Object.assign(known, { tell: setStateValue, say: setTriggerValue, channel: data.channel });
    known.player.update(data);
  } else {
    const fresh = { tell: setStateValue, say: setTriggerValue, channel: data.channel };
    const root = parentElement.appendChild(document.createElement("div"));
    const waiting = globalThis.hprotopnetUnder?.[data.channel];
    players.set(place, fresh);
    fresh.player = mount(root, data, {
      time: value => fresh.tell("time", value),
      failed: message => fresh.tell("failed", message),
      chosen: number => fresh.say("chosen", number),
      shown: time => {
        const detail = { channel: fresh.channel, time };
        window.dispatchEvent(new CustomEvent("hprotopnet:time", { detail }));
      },
    });
    fresh.hear = ({ detail }) => { if (detail.channel === fresh.channel) fresh.player.annotate(detail); };
    fresh.seek = ({ detail }) => {
      if (detail.channel !== fresh.channel) return;
      if (!(detail.end > detail.time)) return fresh.player.at(detail.time);
      fresh.player.between(detail.time, detail.end);
      root.scrollIntoView({ block: "nearest" });
    };
    window.addEventListener("hprotopnet:under", fresh.hear);
    window.addEventListener("hprotopnet:seek", fresh.seek);
    if (waiting) fresh.player.annotate(waiting);
  }
  return () => {
    const own = players.get(place);
    window.removeEventListener("hprotopnet:under", own?.hear);
    window.removeEventListener("hprotopnet:seek", own?.seek);
    own?.player.destroy();
    players.delete(place);
  };
}
"""
_UNDER = """
export default function ({ data: [data] }) { // for a player that is there, and for one that is still to come
  const kept = globalThis.hprotopnetUnder ??= {};
  kept[data.channel] = data;
  window.dispatchEvent(new CustomEvent("hprotopnet:under", { detail: data }));
  return () => { if (kept[data.channel] === data) delete kept[data.channel]; };
}
"""
_SEEK = """
const done = {};
export default function ({ data }) { // runs again whenever the page does: a wish is granted once
  if (!data.number || done[data.channel] === data.number) return;
  done[data.channel] = data.number;
  window.dispatchEvent(new CustomEvent("hprotopnet:seek", { detail: data }));
}
"""
_COMPONENT = st.components.v2.component("hprotopnet_player", css=assets.style(), js=assets.script() + _WRAPPER)
_ANNOTATION = st.components.v2.component("hprotopnet_under", js=_UNDER)
_WISH = st.components.v2.component("hprotopnet_seek", js=_SEEK)


def player(
    scene: Scene, key: str, on_time: Callable[[], None] = lambda: None, on_choice: Callable[[], None] = lambda: None
) -> float | None:
    """Show a scene; where somebody last let go of its time line, in seconds, None where nobody did.

    The page runs again when the time line is let go, not before.

    Args:
        on_time: called first thing then; the time lies in `st.session_state[key]["time"]`.
        on_choice: called where a range under the film was pressed; its number lies in `["chosen"]`, for one run.
    """
    if st.session_state.get(FAILED):
        return stills(scene, key)

    def failed() -> None:
        st.session_state[FAILED] = True

    state = _COMPONENT(
        key=key,
        data=[scene.to_dict() | {"channel": key}],
        default={"time": None, "failed": None},
        on_time_change=on_time,
        on_failed_change=failed,
        on_chosen_change=on_choice,
    )
    return state.time


def lay_under(below: Under, channel: str) -> None:
    """Lay answers and curves under the film of a player, wherever on the page it is; the film itself stays as it is.

    Args:
        channel: key of the player.
    """
    _ANNOTATION(key=f"under {channel}", data=[below.to_dict() | {"channel": channel}], height=1)


def bring_to(channel: str, number: int, time: float, end: float = 0.0) -> None:
    """Bring a player to a moment of its film, in seconds, once for every `number`; none for 0.

    Args:
        end: up to where it plays from there, again and again; it only goes there where this is no later.
    """
    _WISH(key=f"seek {channel}", data={"channel": channel, "number": number, "time": time, "end": end}, height=1)


def stills(scene: Scene, key: str) -> float:
    """A scene without a script of ours: a slider of frames and the picture of one; returns its time in seconds."""
    film = scene.film
    opened = 0 if scene.start is None else film.frame_at(scene.start)
    frame = opened
    if len(film.times) > 1:
        frame = st.slider("Frame", 1, len(film.times), opened + 1, key=f"{key} frame") - 1
    st.image(still(scene, frame), width="stretch", alt=f"{scene.title}, frame {frame + 1} of {len(film.times)}")
    st.caption(f"Frame {frame + 1} of {len(film.times)}, {film.times[frame]:.2f} s.{_of_stills(scene)}")
    return film.times[frame]


def _of_stills(scene: Scene) -> str:
    """What lies over a still, in words."""
    names = ", ".join(level.name for level in scene.levels if level.key in scene.beside)
    if names:
        return f" Side by side: {plain(names)}. {plain(scene.scale)}"
    chosen = next((level for level in scene.levels if level.key == scene.chosen), None)
    return f" Box and heat: {plain(': '.join(filter(None, [chosen.kind, chosen.name])))}." if chosen else ""


def still(scene: Scene, frame: int) -> np.ndarray:
    """A frame with the box and the heat of the chosen level, or with the layers side by side, uint8 (H, W, 3)."""
    if scene.beside:
        return render.beside([_layered(scene, frame, key)[None] for key in scene.beside])[0]
    images = scene.film.picture(frame)[None]
    zoom, now = images.shape[1] / scene.film.height, scene.film.times[frame]
    for heat in scene.heats:
        if heat.level == scene.chosen and scene.heated:
            images = render.heat(images, _strength(heat, len(scene.film.times))[[frame]], (0.0, *heat.offset))
    for box in scene.boxes:
        if box.level == scene.chosen and box.start <= now < box.end:
            corners = (box.x, box.y, box.x + box.w, box.y + box.h)
            images = render.outline(images, [tuple(round(zoom * corner) for corner in corners)])
    return images[0]


def _layered(scene: Scene, frame: int, level: str) -> np.ndarray:
    """A frame under the layer of a level."""
    image, shape = scene.film.picture(frame), (len(scene.film.times), scene.film.height, scene.film.width)
    layer = next((own for own in scene.layers if own.level == level and own.strengths), None)
    if layer is None or image.shape[:2] != shape[1:]:
        return image
    strengths = np.frombuffer(zlib.decompress(layer.strengths), np.uint8).reshape(shape)[frame]
    return render.layered(image, strengths, layer.signed)


def _strength(heat: Heat, frames: int) -> np.ndarray:
    values = np.asarray(heat.values)
    behind = heat.steps[0] * len(values) / frames - 0.5
    return stretch(render.relative(values), frames, *values.shape[1:], (behind, 0.0, 0.0))


def stored_film(path: Path) -> Film:
    """A film that comes with the project or a network, as the player takes it; shared by all sessions."""
    return _stored(path, stamp(path))


@st.cache_resource(max_entries=8, show_spinner="Preparing the film …", hash_funcs=BY_PATH)
def _stored(path: Path, written: int) -> Film:
    return recoded(path)


@st.cache_data(scope="session", max_entries=4, show_spinner="Preparing the film …")
def whole_film(identity: tuple[str, ...], _choice: Choice, begin: float = 0.0) -> Film:
    """The video of a choice from `begin` on, whatever its format; raises `InputError` when it is none.

    Args:
        identity: of the choice, by which it is kept for this session.
    """
    with _choice.file() as path:
        return recoded(path, begin)
