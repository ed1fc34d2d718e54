"""Page Attribution without a browser: what it shows, and until when it is at work."""

import json
import time

from streamlit.testing.v1 import AppTest
from visits import assert_sound

from hprotopnet.ui.answering import ANSWERINGS
from hprotopnet.ui.attributing import MAKINGS


def settled(app: AppTest) -> AppTest:
    """The page once nothing is to come by itself: what a network answers, and then its maps."""
    patience = time.monotonic() + 60
    for _ in (ANSWERINGS, MAKINGS):
        while any(own.running for own in [*makings(app), *answerings(app)]) and time.monotonic() < patience:
            time.sleep(0.05)
        app.run()
        assert_sound(app)
        if not any(own.running for own in makings(app)):
            break
    return app


def makings(app: AppTest) -> list:
    return list(app.session_state[MAKINGS].values()) if MAKINGS in app.session_state else []


def answerings(app: AppTest) -> list:
    return list(app.session_state[ANSWERINGS].values()) if ANSWERINGS in app.session_state else []


def scene(app: AppTest) -> dict:
    [found] = [own.proto for own in app.get("bidi_component") if own.proto.component_name == "hprotopnet_player"]
    [data] = json.loads(found.json)
    return data


def there(app: AppTest) -> list[str]:
    """Names of the methods whose maps are shown."""
    data = scene(app)
    return [level["name"] for level, layer in zip(data["levels"], data["layers"], strict=True) if layer["strengths"]]


def press(app: AppTest, label: str) -> AppTest:
    next(own for own in app.button if own.label == label).click().run()
    assert_sound(app)
    return app
