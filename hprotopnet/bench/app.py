"""Speed of the app as a user meets it: from a click to the screen, in a real browser on this machine.

Needs a bundle to look at, Debian's Chromium, and Playwright, which only tests need otherwise. Where one of them is
missing, rows have no value and say why.
"""

import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from tqdm import tqdm

from hprotopnet.bench.network import Row, row, timed
from hprotopnet.bundles.bundle import Bundle, find_bundles, open_bundle
from hprotopnet.data.dataset import read_clip
from hprotopnet.errors import InputError
from hprotopnet.explain.prototypes import explain
from hprotopnet.hierarchy.tree import SHIPPED
from hprotopnet.models.backbones.weights import cached_i3d

PROJECT = SHIPPED.parent.parent
FOLDERS = tuple(root / name for root in (PROJECT, Path()) for name in ("checkpoints", "runs"))  # as the app
ROUNDS, FEW = 20, 5  # of what is quick, and of what is not
MOST_SECONDS = 60  # to wait for the server, and for anything on the screen
WINDOW = {"width": 1366, "height": 900}

# What is asked of a page, as JavaScript; `deep` looks into components as well. Drawn: no heading or picture of an
# earlier run is left and all pictures are there, while the script may go on with what is not to be seen yet. Settled:
# it has run through as well.
DEEP = """const roots = () => [...document.querySelectorAll('*')].map(own => own.shadowRoot).filter(Boolean);
    const deep = wanted => [document, ...roots()].flatMap(root => [...root.querySelectorAll(wanted)]);"""
DRAWN = """() => document.querySelector('[data-stale=true] :is(h3, img, p)') === null
    && [...document.querySelectorAll('[data-testid=stImage] img')].every(i => i.complete && i.naturalWidth > 0)"""
SETTLED = f"() => document.querySelector('[data-test-script-state=notRunning]') !== null && ({DRAWN})()"
ALIVE = f"""() => {{ {DEEP} return deep('.player[data-frame]').length && document.querySelector('h3')
    && deep('.picture .node').length > 3
    && [...document.querySelectorAll('[data-testid=stImage] img')].filter(i => i.naturalWidth > 0).length >= 3; }}"""
PARAGRAPHS = "[...document.querySelectorAll('p')].map(p => p.innerText)"
REASON = f"() => {PARAGRAPHS}.find(text => text.includes('This looks like'))"
CLIP = f"() => {{ {DEEP} return deep('.player canvas[role=img]')[0]?.getAttribute('aria-label') ?? undefined; }}"
DISK = f"() => {{ {DEEP} return deep('.picture .node').map(own => own.getAttribute('transform')).join(); }}"
# Middle of the node farthest to one side but for that in focus, which the next click then brings to the centre; nothing
# as long as the disk moves.
OUTER_NODE = f"""left => {{ {DEEP} const before = window.disk, now = window.disk = ({DISK})();
    const boxes = deep('.picture .node:not(.on)')
    .map(own => own.getBoundingClientRect()).filter(box => box.width > 6 && box.bottom < innerHeight)
    .sort((a, b) => left ? a.left - b.left : b.left - a.left);
    return now === before && [boxes[0].left + boxes[0].width / 2, boxes[0].top + boxes[0].height / 2]; }}"""
# Seconds from one frame to the next while the time line is dragged from end to end, each awaited on the screen.
SCRUB = f"""async () => {{ {DEEP} const [player] = deep('.player'), [time] = deep('.player .time');
    const place = time.getBoundingClientRect(), steps = 50, seen = new Set(), at = {{ pointerId: 1, bubbles: true }};
    const send = (kind, share) => time.dispatchEvent(new PointerEvent(kind,
      {{ ...at, clientX: place.left + 2 + share * (place.width - 4), clientY: place.top + place.height / 2 }}));
    time.setPointerCapture = time.releasePointerCapture = () => {{}};
    const begin = performance.now();
    send('pointerdown', 0);
    for (let i = 0; i <= steps; i++) {{
      send('pointermove', i / steps);
      await new Promise(requestAnimationFrame);
      seen.add(player.dataset.frame);
    }}
    const seconds = (performance.now() - begin) / 1000;
    send('pointerup', 1);
    return [seconds / steps, seen.size]; }}"""


BARE = "import streamlit as st\n\nst.set_page_config(layout='wide')\nst.title('Nothing else')\n"
EMPTY = "() => document.querySelector('h1') !== null"


class NotMeasured(Exception):
    """Why a row has no value."""


@dataclass(frozen=True)
class Visit:
    """A browser, the address and process of the server it looks at, and a bundle that is to be seen there."""

    browser: Any
    address: str
    process: int
    bundle: Bundle


Measures = dict[tuple[str, str, float | None], Callable[[Visit], float]]  # by work, unit and bound


def bench_app(folders: tuple[Path, ...] = FOLDERS) -> list[Row]:
    """Rows as `bench.row` makes them.

    Args:
        folders: where bundles are looked for.
    """
    try:
        bundle = _bundle(folders)
        with _browser() as (browser, error):
            with _server() as (address, process):
                rows = list(_rows(_measures(), Visit(browser, address, process, bundle), error))
            with _bare() as script, _server(script) as (address, process):
                return rows + list(_rows(_floors(), Visit(browser, address, process, bundle), error))
    except (NotMeasured, InputError) as error:
        return [row(work, None, unit, bound, str(error)) for work, unit, bound in _measures() | _floors()]


def _measures() -> Measures:
    return {
        ("app: first screen of a server just started", "s", 3.0): _first_screen,
        ("app: first screen in another browser", "s", 3.0): _another_browser,
        ("app: first screen in another tab", "s", 1.5): _another_tab,
        ("app: a step on Evidence, to the screen", "s", 0.3): _step,
        ("app: a click on a node of UCF-101, to the screen", "s", 0.5): _node_click,
        ("app: a frame on the screen while the time line is dragged", "s", 0.04): _scrub,
        ("app: a new clip on Evidence, to the screen, less `explain`", "s", 0.5): _new_clip,
        ("app: memory after all this", "GB", 1.0): _memory,
    }


def _floors() -> Measures:
    """What no page of streamlit can be faster than: one that holds a title alone."""
    return {
        ("app: of that, an empty page, server just started", "s", None): _empty_page,
        ("app: an empty page in another browser", "s", None): lambda visit: _median(
            _empty_page(visit) for _ in _rounds(FEW)
        ),
        ("app: an empty page in another tab", "s", None): _empty_tab,
    }


def _rows(measures: Measures, visit: Visit, error: type[Exception]) -> Iterator[Row]:
    for (work, unit, bound), measure in tqdm(measures.items(), desc="app"):
        try:
            yield row(work, measure(visit), unit, bound)
        except (NotMeasured, error) as problem:
            yield row(work, None, unit, bound, str(problem).splitlines()[0])


# --- what is measured -------------------------------------------------------------------------------------------------


def _first_screen(visit: Visit, browser: Any = None, seen: str = ALIVE) -> float:
    """From the address to a clip that plays, the answer, the disk and three prototypes at least.

    Args:
        browser: what its tab shares with others; by default nothing, as in a browser that never was there.
        seen: what is waited for instead.
    """
    with _page(visit, browser=browser) as page:
        _, seconds = timed(lambda: (page.goto(visit.address, wait_until="commit"), _wait(page, seen)))
        _wait(page, SETTLED)
        page.wait_for_timeout(500)  # what follows a first screen is not to slow down the next one
        _wait(page, SETTLED)
        return seconds


def _another_browser(visit: Visit) -> float:
    return _median(_first_screen(visit) for _ in _rounds(FEW))


def _another_tab(visit: Visit, seen: str = ALIVE) -> float:
    """Of a browser that holds the scripts of streamlit since its first tab."""
    with visit.browser.new_context(viewport=WINDOW) as browser:
        _first_screen(visit, browser, seen)
        return _median(_first_screen(visit, browser, seen) for _ in _rounds())


def _empty_page(visit: Visit) -> float:
    return _first_screen(visit, seen=EMPTY)


def _empty_tab(visit: Visit) -> float:
    return _another_tab(visit, EMPTY)


def _step(visit: Visit) -> float:
    with _page(visit, f"/evidence?bundle={visit.bundle.name}") as page:
        *lower, top = (name.capitalize() for name in visit.bundle.hierarchy.level_names)
        steps = [page.get_by_role("radio", name=name, exact=True) for name in (*reversed(lower), top)]
        steps[-1].wait_for()
        _wait(page, SETTLED)
        return _median(_clicked(page, _middle(step), REASON) for step in islice(cycle(steps), ROUNDS))


def _node_click(visit: Visit) -> float:
    with _page(visit, "/hierarchy?tree=ucf101") as page:
        page.locator(".picture .node").first.wait_for()
        _wait(page, SETTLED)
        return _median(_clicked(page, _outer_node(page, i % 2 == 0), DISK) for i in _rounds())


def _outer_node(page: Any, left: bool) -> tuple[float, float]:
    return page.wait_for_function(OUTER_NODE, arg=left, polling=100).json_value()


def _scrub(visit: Visit) -> float:
    with _page(visit, f"/evidence?bundle={visit.bundle.name}") as page:
        page.locator(".player[data-frame]").first.wait_for()
        _wait(page, SETTLED)
        seconds, frames = page.evaluate(SCRUB)
        if frames < visit.bundle.config.clip.frames // 2:
            raise NotMeasured(f"dragging the time line showed {frames} frames only")
        return seconds


def _new_clip(visit: Visit) -> float:
    """Clips stored with the bundle, uploaded as if they were new, after one that makes the network load."""
    if not (visit.bundle.config.stores_backbone or cached_i3d().is_file()):
        raise NotMeasured("the backbone is not on this machine; run python -m hprotopnet fetch")
    first, *clips = _clips(visit.bundle)[: ROUNDS + 1]
    with _page(visit, f"/evidence?bundle={visit.bundle.name}&source=Upload") as page:
        file = page.locator("input[type=file]")
        _until_changed(page, lambda: file.set_input_files(first), CLIP)
        seconds = _median(_until_changed(page, lambda clip=clip: file.set_input_files(clip), CLIP) for clip in clips)
    return seconds - _explain_seconds(visit.bundle, clips)


def _explain_seconds(bundle: Bundle, clips: list[Path]) -> float:
    model, threshold = bundle.load_model(), bundle.config.threshold
    inputs = [read_clip(clip, 0.0, bundle.config.clip) for clip in clips]
    explain(model, inputs[0], threshold)
    return _median(timed(lambda clip=clip: explain(model, clip, threshold))[1] for clip in inputs)


def _memory(visit: Visit) -> float:
    """What the server holds in physical memory."""
    status = Path(f"/proc/{visit.process}/status")
    if not status.is_file():
        raise NotMeasured("this system tells nothing of a process's memory under /proc")
    kilobytes = next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(kilobytes) * 1024 / 1e9


# --- how --------------------------------------------------------------------------------------------------------------


def _clicked(page: Any, place: tuple[float, float], what: str) -> float:
    """Seconds from a click, the pointer being there already, until what is seen has changed."""
    page.mouse.move(*place)
    return _until_changed(page, lambda: page.mouse.click(*place), what)


def _until_changed(page: Any, act: Callable[[], Any], what: str) -> float:
    """Seconds from `act` until what `what` reads from the page is there, has changed, and the page is drawn."""
    before = page.evaluate(what)
    changed = f"before => ![before, undefined].includes(({what})()) && ({DRAWN})()"
    _, seconds = timed(lambda: (act(), page.wait_for_function(changed, arg=before)))
    _wait(page, SETTLED)
    return seconds


def _wait(page: Any, condition: str) -> None:
    page.wait_for_function(condition)


def _middle(element: Any) -> tuple[float, float]:
    element.scroll_into_view_if_needed()
    box = element.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _median(seconds: Iterator[float]) -> float:
    return statistics.median(list(seconds))


def _rounds(count: int = ROUNDS) -> tqdm:
    return tqdm(range(count), desc="rounds", leave=False)


# --- what is needed ---------------------------------------------------------------------------------------------------


def _bundle(folders: tuple[Path, ...]) -> Bundle:
    """The bundle that the app shows first: one with stored clips and prototypes at all levels, if there is any."""
    found = [bundle for bundle in map(open_bundle, find_bundles(*folders)) if _clips(bundle)]
    if not found:
        names = " or ".join(sorted({folder.name for folder in folders}))
        raise NotMeasured(f"no bundle with stored clips in {names}; make one with train.py")
    return min(found, key=lambda bundle: (bundle.config.model.prototypes != "all", bundle.name))


def _clips(bundle: Bundle) -> list[Path]:
    """Its stored clips as video files."""
    return sorted((bundle.folder / "showcase").glob("*.mp4"))


@contextmanager
def _browser() -> Iterator[tuple[Any, type[Exception]]]:
    """Chromium, and what Playwright raises."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise NotMeasured("Playwright is not installed (requirements-dev.txt)") from None
    chromium = shutil.which("chromium")
    if chromium is None:
        raise NotMeasured("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            yield browser, Error
        finally:
            browser.close()


@contextmanager
def _page(visit: Visit, path: str | None = None, browser: Any = None) -> Iterator[Any]:
    """A tab, which shares with others what `browser` holds, by default nothing; it closes afterwards."""
    page = browser.new_page() if browser else visit.browser.new_page(viewport=WINDOW)
    page.set_default_timeout(1000 * MOST_SECONDS)
    try:
        if path:
            page.goto(visit.address + path)
        yield page
    finally:
        page.close()


@contextmanager
def _bare() -> Iterator[Path]:
    """A script of streamlit that does next to nothing."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "bare.py"
        script.write_text(BARE)
        yield script


@contextmanager
def _server(script: Path | None = None) -> Iterator[tuple[str, int]]:
    """Address and process of the app, or a script's, started on a free port; it ends afterwards whatever happens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {"port": port, "address": "127.0.0.1", "headless": "true"}
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(script or PROJECT / "app.py"),
        "--browser.gatherUsageStats",
        "false",
    ]
    command += [text for name, value in options.items() for text in (f"--server.{name}", str(value))]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{port}/_stcore/health", server)
        yield f"http://127.0.0.1:{port}", server.pid
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(address: str, server: subprocess.Popen) -> None:
    for _ in range(4 * MOST_SECONDS):
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            try:
                server.wait(0.25)
            except subprocess.TimeoutExpired:
                continue
            raise NotMeasured(f"the app ended with code {server.returncode} instead of starting") from None
    raise NotMeasured(f"the app did not start within {MOST_SECONDS} s")
