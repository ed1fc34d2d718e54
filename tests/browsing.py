"""The app in a real browser, for the tests that need one: Debian's Chromium."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")
APP = Path(__file__).resolve().parent.parent / "app.py"
needs_chromium = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed")


@contextmanager
def served(folder: Path, **environment: str) -> Iterator[str]:
    """Address of the app, started in a folder in which it finds its networks."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
    command = [sys.executable, "-m", "streamlit", "run", str(APP), *options]
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
    """Open a page and wait until it stands."""
    page.goto(address)
    page.wait_for_selector("h1")
    settled(page)


def settled(page) -> None:
    """Wait until the script has run through, and fail on anything that went wrong on the way."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    failed = page.locator("[data-testid=stException]")
    assert failed.count() == 0, failed.first.inner_text()
