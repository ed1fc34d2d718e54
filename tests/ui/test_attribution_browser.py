"""Page Attribution in a real browser: a long method is chosen, run, cancelled, left and found again. Needs Chromium."""

import os
from pathlib import Path

import pytest
from browsing import needs_chromium, served, settled, visit

pytestmark = needs_chromium
ROOT = Path(__file__).resolve().parents[2]
# SmoothGrad of a network of a few weights is done before anybody could press Cancel; runs in the server at its start.
SLOW = """
import time
from hprotopnet.attribution import methods
fast = methods.attribute
def attribute(subject, clip, target, method, progress=None, **settings):
    def slowly(share):
        time.sleep(0.4 if method == "smooth" else 0)
        progress(share)
    return fast(subject, clip, target, method, slowly, **settings)
methods.attribute = attribute
"""


@pytest.fixture(scope="module")
def slow_address(tiny_world, tiny_bundle, tmp_path_factory):
    folder = tmp_path_factory.mktemp("slow")
    (folder / "sitecustomize.py").write_text(SLOW, encoding="utf-8")
    paths = os.pathsep.join([str(folder), str(ROOT), os.environ.get("PYTHONPATH", "")])
    with served(tiny_world, PYTHONPATH=paths, HPROTOPNET_CACHE=str(folder / "cache")) as address:
        yield address


def note(page, name: str) -> str:
    return page.locator(".panes figcaption", has_text=name).locator("span").inner_text()


def test_a_long_method_is_chosen_run_cancelled_left_and_found_again(page, slow_address):
    visit(page, f"{slow_address}/attribution?bundle=tiny-cpg2")
    page.locator(".panes figcaption", has_text="Grad-CAM").get_by_text("a grid of").wait_for()
    page.get_by_role("button", name="SmoothGrad").click()
    run = page.get_by_role("button", name="Run")
    run.click()
    cancel = page.get_by_role("button", name="Cancel")
    page.get_by_text("SmoothGrad: ").first.wait_for()  # how far it is
    cancel.click()
    run.wait_for()
    assert note(page, "SmoothGrad") == "not there yet"
    run.click()
    cancel.wait_for()
    page.get_by_role("link", name="Compare").click()
    page.get_by_role("heading", name="Compare").wait_for()
    page.get_by_role("link", name="Attribution").click()
    page.locator(".panes figcaption", has_text="SmoothGrad").get_by_text("every pixel").wait_for()
    settled(page)
    assert page.locator(".panes canvas").count() == 3
    before = page.locator(".player").get_attribute("data-frame")
    page.locator(".time").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(200)
    assert page.locator(".player").get_attribute("data-frame") != before


def test_maps_fit_a_telephone(browser, slow_address):
    page = browser.new_page(viewport={"width": 420, "height": 900})
    visit(page, f"{slow_address}/attribution?bundle=tiny-cpg2")
    page.locator(".panes figcaption", has_text="Grad-CAM").get_by_text("a grid of").wait_for()
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 420
    page.close()
