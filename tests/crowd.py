"""Several visitors who click whatever there is, at once: does anything fail, how slow is a click, is memory given back?

    PYTHONPATH=. python tests/crowd.py --sessions 6 --seconds 120

As many visitors fill the caches first. Memory is that of the server's process, looked at again once streamlit has
forgotten the visitors, which takes it some two minutes. Clips are looked at in the stored bundles and in an upload.

Browsers need more of the processors than the app does, and a visitor's would run elsewhere: here they stand back behind
the server, as a whole, too, where Linux shares processors among sessions first; and they ask for less motion, so that
no film plays by itself. What a run of a page takes in the server is told beside what a click takes, on the clock, where
it waits for browsers, and of a processor.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from browsing import CHROMIUM, served
from playwright.async_api import Error, Page, async_playwright

from hprotopnet.files import cache_dir
from hprotopnet.pantomime.shipped import CLIPS
from hprotopnet.ui.guard import UNFORESEEN

TIMED = Path(__file__).parent / "timed.py"
MAIN = "[data-testid=stMain]"
KINDS = ("button:not([kind=elementToolbar])", "[role=combobox]", "[data-testid=stCheckbox] label")
CLICKABLE = ", ".join([*(f"{MAIN} {kind}" for kind in KINDS), "header a[href]"])
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"
OPENING = "open the app"  # the first screen of a visitor, which is no click
PATIENCE = 30_000  # milliseconds after which a click counts as a failure
WORK = "tune Tune again"  # trains a network, and tells how far it is meanwhile: no click that anybody waits for blindly
STAND_BACK = 19  # the lowest priority, of browsers
# Playwright gives a browser a session of its own, whose priority among sessions is not that of its processes.
BEHIND = f"""#!/bin/sh
(echo {STAND_BACK} > /proc/$$/autogroup) 2>/dev/null
exec nice -n {STAND_BACK} {CHROMIUM} "$@"
"""
FORGOTTEN = 150  # seconds after which streamlit has dropped sessions that went away


class Visitor:
    """One browser window, whose clicks follow from a seed."""

    def __init__(self, page: Page, seed: int):
        self.page, self.draw = page, random.Random(seed)
        self.clicks: list[tuple[float, str]] = []
        self.began = 0.0
        self.failures: list[str] = []
        self.missed = 0

    async def tour(self, address: str, seconds: float, wait: float) -> None:
        """Come after a while, and click until the time is over."""
        self.began = time.monotonic()
        until = self.began + seconds
        await asyncio.sleep(wait)
        await self._done(OPENING, self.page.goto(address))
        while time.monotonic() < until:
            await self._step(address)
            await asyncio.sleep(self.draw.uniform(0.2, 1.0))

    async def _step(self, address: str) -> None:
        if self.draw.random() < 0.08:
            await self._upload()
            return
        found = await self.page.locator(CLICKABLE).filter(visible=True).all()
        if not found:  # an empty page, such as the last of a talk
            await self._done("back", self.page.goto(address))
            return
        chosen = self.draw.choice(found)
        try:
            name = " ".join((await chosen.inner_text(timeout=2000)).split())[:40] or await chosen.get_attribute(
                "aria-label", timeout=2000
            )
            combobox = await chosen.get_attribute("role", timeout=2000) == "combobox"
            await self._done(name or "?", self._press(chosen, combobox))
        except Error:  # it went away before it could be clicked, or something lies on it
            self.missed += 1
            await self.page.keyboard.press("Escape")

    async def _press(self, chosen, combobox: bool) -> None:
        await chosen.click(timeout=3000)
        if combobox:
            options = await self.page.get_by_role("option").all()
            if options:
                await self.draw.choice(options).click(timeout=3000)

    async def _upload(self) -> None:
        place = self.page.locator("input[type=file]")
        if await place.count():
            film = self.draw.choice(sorted(CLIPS.glob("*/*.mp4")))
            if "CSV" not in await self.page.locator(MAIN).inner_text():
                await self._done("upload", place.first.set_input_files(film))

    async def _done(self, name: str, action) -> None:
        began = time.monotonic()
        await action
        try:
            await self.page.wait_for_timeout(50)
            await self.page.wait_for_selector(IDLE, timeout=PATIENCE)
        except Error as error:
            self.failures.append(f"{name}: {str(error).splitlines()[0]}")
        self.clicks.append((time.monotonic() - began, f"{name}, second {began - self.began:.0f}"))
        for what in ("[data-testid=stException]", f"text={UNFORESEEN}"):
            if await self.page.locator(what).count():
                self.failures.append(f"{name}: {await self.page.locator(what).first.inner_text()}"[:300])


def resident(pid: int) -> float:
    """Memory of a process in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024


class Memory:
    """Memory of a process while a block lasts.

    Attributes:
        peak: the most it held, in MB.
    """

    def __init__(self, pid: int):
        self.pid, self.peak, self.over = pid, 0.0, threading.Event()
        self.watch = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        while not self.over.wait(0.5):
            self.peak = max(self.peak, resident(self.pid))

    def __enter__(self) -> "Memory":
        self.watch.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.over.set()
        self.watch.join()


def server_of(address: str) -> int:
    """Process that serves an address."""
    port = address.rpartition(":")[2]
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if port.encode() in words and b"--server.port" in words:
            return int(folder.name)
    sys.exit("the server was not found")


async def visit(address: str, sessions: int, seconds: float, apart: float, seed: int, chromium: str) -> list[Visitor]:
    """Visitors who come one after the other, each in a window of its own, click at the same time, and go."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        visitors = []
        for number in range(sessions):
            context = await browser.new_context(viewport={"width": 1366, "height": 900}, reduced_motion="reduce")
            visitors.append(Visitor(await context.new_page(), seed + number))
        await asyncio.gather(*(own.tour(address, seconds, apart * number) for number, own in enumerate(visitors)))
        await browser.close()
    return visitors


def named(clicks: Iterable[tuple[float, str]]) -> str:
    return ", ".join(f"{took:.2f} s ({name})" for took, name in clicks)


def told(clicks: list[tuple[float, str]], runs: list[list]) -> None:
    """Print how long clicks took, and how long runs of each page in the server."""
    opening = sorted((own for own in clicks if own[1].startswith(OPENING)), reverse=True)
    slow = sorted((own for own in clicks if not own[1].startswith((WORK, OPENING))), reverse=True)
    print(f"median {slow[len(slow) // 2][0]:.2f} s, slowest {named(slow[:8])}")
    print(f"first screens: {named(opening)}")
    work = named(own for own in clicks if own[1].startswith(WORK))
    print(f"beside them work that tells how far it is: {work or 'none'}")
    for kind in sorted({(page, what) for page, what, *_ in runs}):
        clock, used = (sorted(run[i] for run in runs if (run[0], run[1]) == kind) for i in (2, 3))
        half = len(clock) // 2
        middle, most = (f"{clock[i]:.2f} s, of a processor {used[i]:.2f} s" for i in (half, -1))
        print(f"{', '.join(kind)}: {len(clock)} runs in the server, median {middle}; at most {most}")


def behind(file: Path) -> str:
    """What starts Chromium so that it stands back."""
    file.write_text(BEHIND)
    file.chmod(0o755)
    return str(file)


def own_cache(folder: Path) -> str:
    """A cache for the app, with the user's weights in it and nothing that visitors mark in the user's own."""
    folder.mkdir()
    for weights in cache_dir().glob("*.safetensors"):
        (folder / weights.name).symlink_to(weights)
    return str(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--apart", type=float, default=3, help="seconds from one visitor's coming to the next one's")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "runs of pages"
        cache = own_cache(Path(folder) / "cache")
        with served(Path(folder), launcher=(str(TIMED), str(log)), HPROTOPNET_CACHE=cache) as address:
            server, chromium = server_of(address), behind(Path(folder) / "chromium")
            os.nice(STAND_BACK)
            several = (address, asked.sessions, asked.seconds, asked.apart)
            asyncio.run(visit(*several, asked.seed + 1000, chromium))
            time.sleep(FORGOTTEN)
            before, skipped = resident(server), len(log.read_text().splitlines())
            with Memory(server) as memory:
                visitors = asyncio.run(visit(*several, asked.seed, chromium))
            load = os.getloadavg()[0]
            time.sleep(FORGOTTEN)
            after = resident(server)
        runs = [json.loads(line) for line in log.read_text().splitlines()[skipped:]]
    clicks = [click for visitor in visitors for click in visitor.clicks]
    failures = Counter(failure for visitor in visitors for failure in visitor.failures)
    print(f"{len(clicks)} clicks of {asked.sessions} visitors, load {load:.1f} of {os.cpu_count()} processors")
    told(clicks, runs)
    print(
        f"memory {before:.0f} MB before, {memory.peak:.0f} MB at most, {after:.0f} MB after ({after / before - 1:+.0%})"
    )
    for failure, times in failures.items():
        print(f"failed {times} times: {failure}")
    sys.exit(bool(failures) or after > 1.1 * before)


if __name__ == "__main__":
    main()
