"""The pages without a browser: opened as a user would, and what stands on them."""

import base64
import io

from PIL import Image
from streamlit.testing.v1 import AppTest

from hprotopnet.hierarchy.tree import SHIPPED
from hprotopnet.ui.guard import UNFORESEEN

PAGES = ("overview", "hierarchy", "node", "evidence", "attribution", "film", "compare", "corrections", "talk")
PAGES += ("results",)


def opened(page: str, /, **query: object) -> AppTest:
    app = AppTest.from_file(str(SHIPPED.parent.parent / "app.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name.replace("_", "-") if name.startswith("mute") else name] = value
    if page != "overview":  # straight to it, as by a link: what another page binds to the address is lost on the way
        app.switch_page(f"pages/{page}.py")
    app.run()
    assert_sound(app)
    return app


def assert_sound(app: AppTest) -> None:
    """Nothing went wrong that a page did not foresee."""
    assert not app.exception
    assert not [error.value for error in app.error if UNFORESEEN in error.value]


def at_page(app: AppTest, page: str) -> AppTest:
    app.switch_page(f"pages/{page}.py").run()
    assert_sound(app)
    return app


def refusals(app: AppTest) -> list[str]:
    """What pages say of networks that cannot be used."""
    return [
        line.value.replace("\\", "") for part in app.expander if "cannot be used" in part.label for line in part.caption
    ]


def texts(app: AppTest) -> str:
    return " ".join(element.value for kind in (app.markdown, app.caption, app.subheader, app.info) for element in kind)


def decoded(picture) -> Image.Image:
    kind, data = picture.proto.imgs[0].url.split(",")
    assert kind == "data:image/webp;base64"
    return Image.open(io.BytesIO(base64.b64decode(data)))


def frames_of(app: AppTest) -> list[int]:
    """How many frames each picture on a page has."""
    return [decoded(picture).n_frames for picture in app.get("image")]
