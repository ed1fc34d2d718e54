"""Names from outside, in the worst form they can take, fetch nothing and run nothing in a real browser."""

import http.server
import shutil
import threading
from typing import ClassVar

import numpy as np
import pytest
from browsing import needs_chromium, served, settled, visit
from tales import told, write_film

from hprotopnet.bundles.bundle import Bundle, open_bundle
from hprotopnet.files import read_json, write_json

pytestmark = needs_chromium


class Canary(http.server.BaseHTTPRequestHandler):
    """Counts whatever is asked of it."""

    asked: ClassVar[list[str]] = []

    def do_GET(self):
        self.asked.append(self.path)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def canary():
    """Address of a server of which nobody may ask anything."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Canary) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def spoilt(name: str, canary: str) -> str:
    """A name that would fetch something as Markdown, as HTML, as a script and as a link to a picture."""
    return (
        f"![{name}]({canary}/md) <img src='{canary}/html'> <script>fetch('{canary}/js')</script>"
        f" </title><svg onload=\"fetch('{canary}/svg')\"> {canary}/bare.png $x$ :material/home: :red[x]"
    )


def renamed(value, names: dict[str, str]):
    """Plain data in which names, alone or in front of a video's, are other ones."""
    if isinstance(value, dict):
        return {names.get(key, key): renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [renamed(item, names) for item in value]
    if isinstance(value, str):
        label, slash, video = value.partition("/")
        return names.get(value) or (f"{names[label]}{slash}{video}" if label in names else value)
    return value


def rename(bundle: Bundle, canary: str) -> None:
    """Give every node of a bundle, and every video, a name that would do harm."""
    names = {name: spoilt(name, canary) for name in bundle.hierarchy.nodes}
    folder = bundle.folder
    for file in (folder / "model.json", folder / "prototypes.json", *folder.glob("showcase/**/*.json*")):
        write_json(file, renamed(read_json(file), names))
    meta = read_json(folder / "model.json")
    for row in meta["hierarchy"]["rows"]:
        row["display"] = row["note"] = spoilt("display of " + row["class"][2:9], canary)
    write_json(folder / "model.json", meta)
    for file, texts in (("points.npz", ("names",)), ("answers.npz", ("names", "truth", "classes"))):
        with np.load(folder / file) as stored:
            arrays = dict(stored)
        arrays |= {name: np.array(renamed(arrays[name].tolist(), names)) for name in texts}
        np.savez(folder / file, **arrays)


@pytest.fixture(scope="module")
def address(tiny_bundle, tmp_path_factory, canary):
    """Address of the app, started where a bundle lies whose every name would do harm, and another that is broken."""
    world = tmp_path_factory.mktemp("world")
    bundle = open_bundle(shutil.copytree(tiny_bundle, world / "runs" / "![b]('x') <b>named"))
    film = write_film(world / "assets" / "pantomime" / "films" / "stories" / "story_901.mp4")
    write_json(bundle.folder / "showcase" / "traces" / "story_901.json", told(bundle, film).to_dict())
    rename(bundle, canary)
    broken = shutil.copytree(tiny_bundle, world / "runs" / f"![x]({canary.replace('/', ':')})")
    (broken / "model.json").write_text("{")
    with served(world) as address:
        yield address


def watched(page, address: str) -> list[str]:
    """Addresses that a page asks for which are not the app's own."""
    foreign: list[str] = []
    own = (address, address.replace("http", "ws"), "data:", "blob:")
    page.on("request", lambda request: None if request.url.startswith(own) else foreign.append(request.url))
    return foreign


OPENED = [
    "?bundle=![b]('x') <b>named&gallery=true&order=![x]({canary}/asked)",
    "evidence?bundle=![b]('x') <b>named&why_not=true&all=true&gallery=true&node=![x]({canary}/asked)",
    "compare?left=![b]('x') <b>named&right=![b]('x') <b>named&gallery=true",
    "hierarchy?tree=network ![b]('x') <b>named",
    "evidence?bundle=![x]({canary}/asked)&level=![x]({canary}/asked)&source=![x]({canary}/asked)",
    "hierarchy?tree=![x]({canary}/asked)&node=![x]({canary}/asked)",
]


@pytest.mark.parametrize("link", OPENED)
def test_no_name_fetches_anything(page, address, canary, link):
    foreign = watched(page, address)
    visit(page, f"{address}/{link.replace('{canary}', canary)}")
    page.wait_for_timeout(700)
    for part in page.get_by_text("cannot be used").all():
        part.click()
    settled(page)
    page.wait_for_timeout(300)
    assert page.locator("[data-testid=stAlertContentError]").all_inner_texts() == []
    assert (foreign, Canary.asked) == ([], [])


@pytest.mark.parametrize("kind", ["tree", "video"])
def test_no_upload_fetches_anything(page, address, canary, tiny_world, tmp_path, kind):
    foreign = watched(page, address)
    name = spoilt("x", canary).replace("/", ":")[:200]
    if kind == "tree":
        rows = (f"{spoilt(str(i), canary)},{spoilt('top', canary)},{spoilt(f'd{i}', canary)}" for i in range(5))
        content, suffix = "\n".join(["class,parent,display", *rows]).encode(), ".csv"
        visit(page, f"{address}/hierarchy?tree=your own CSV file")
    else:
        content, suffix = next((tiny_world / "videos" / "RedDisc").glob("*.mp4")).read_bytes(), ".mp4"
        visit(page, f"{address}/evidence?bundle=![b]('x') <b>named&source=Upload")
    page.locator("input[type=file]").set_input_files({"name": name + suffix, "mimeType": "", "buffer": content})
    page.get_by_text("The same as a table" if kind == "tree" else "This looks like that").first.wait_for()
    settled(page)
    page.wait_for_timeout(700)
    assert (foreign, Canary.asked) == ([], [])


def test_the_canary_would_have_sung(page, canary):
    """What the other tests look for is seen: the same name, unescaped, asks for its picture."""
    page.set_content(f"<p>{spoilt('x', canary)}</p>")
    page.wait_for_timeout(500)
    assert any(path == "/html" for path in Canary.asked)
    Canary.asked.clear()
