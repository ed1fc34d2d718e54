"""The app in a real browser, for the tests that need one: Debian's Chromium."""

import math
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path

import pytest

from hprotopnet.ui.guard import UNFORESEEN

CHROMIUM = Path("/usr/bin/chromium")
APP = Path(__file__).resolve().parent.parent / "app.py"
needs_chromium = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed")


@contextmanager
def served(folder: Path, *options: str, **environment: str) -> Iterator[str]:
    """Address of the app, started in a folder in which it finds its networks, as users start it but for the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(APP), "--server.port", str(port), *options]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=folder, env=os.environ | environment, **quiet) as server:
        try:
            _wait_for(f"http://127.0.0.1:{port}/_stcore/health")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _wait_for(address: str, seconds: float = 60) -> None:
    for _ in range(int(seconds / 0.25)):
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.25)
    pytest.fail("the app did not start")


def visit(page, address: str) -> None:
    """Open a page and wait until all of it stands, what lies below the screen as well."""
    page.goto(address)
    page.wait_for_selector("h1")
    settled(page)
    below = page.locator(".st-key-below")
    if below.count():
        below.scroll_into_view_if_needed()
        page.wait_for_function("document.querySelector('.st-key-below').clientHeight < 20")
        settled(page)
        page.locator("h1").first.scroll_into_view_if_needed()


def settled(page) -> None:
    """Wait until the script has run through, and fail on anything that went wrong on the way."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    failed = page.locator("[data-testid=stException]")
    assert failed.count() == 0, failed.first.inner_text()
    unforeseen = page.get_by_text(UNFORESEEN)
    assert unforeseen.count() == 0, unforeseen.first.inner_text()


RECTANGLES = """selectors => {
  const whole = element => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const box = range.getBoundingClientRect();
    return [[box.left, box.top], [box.right, box.top], [box.right, box.bottom], [box.left, box.bottom]];
  };
  const turned = text => {
    const box = text.getBBox(), at = text.getScreenCTM();
    const [left, top, right, bottom] = [box.x, box.y + 1.5, box.x + box.width, box.y + box.height - 1.5];
    const corners = [[left, top], [right, top], [right, bottom], [left, bottom]];
    return corners.map(([x, y]) => [at.a * x + at.c * y + at.e, at.b * x + at.d * y + at.f]);
  };
  const seen = element => element.checkVisibility({ visibilityProperty: true }) && element.textContent.trim();
  const roots = [document, ...[...document.querySelectorAll("*")].map(part => part.shadowRoot).filter(Boolean)];
  return roots.flatMap(root => [...root.querySelectorAll(selectors)]).filter(seen).map(element =>
    [element.textContent, element.tagName === "text" ? turned(element) : whole(element)]);
}"""


def rectangles(place, selectors: str) -> list[tuple[str, list[list[float]]]]:
    """Visible texts and the four corners of what each fills, as it is turned, in pixels; of a page with its
    components, or a frame."""
    return [(text, corners) for text, corners in place.evaluate(RECTANGLES, selectors)]


def covering(found: list[tuple[str, list[list[float]]]]) -> list[tuple[str, str]]:
    """Pairs of texts of `rectangles` of which one covers a part of the other."""
    return [(a[0], b[0]) for a, b in combinations(found, 2) if not _apart(a[1], b[1]) and not _apart(b[1], a[1])]


def _apart(one: list[list[float]], other: list[list[float]]) -> bool:
    """Whether a line along a side of the one parts it from the other, by a pixel less than touching."""
    for (x, y), (u, v) in ((one[0], one[1]), (one[1], one[2])):
        length = math.hypot(u - x, v - y) or 1
        first, second = ([(px * (u - x) + py * (v - y)) / length for px, py in shape] for shape in (one, other))
        if max(first) <= min(second) + 1 or max(second) <= min(first) + 1:
            return True
    return False
