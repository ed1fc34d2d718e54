"""The page of an explanation in a real browser with the network cut: it plays, steps, and keeps nobody out."""

import pytest
from accounts import EVIL, SHIPPED, account, hostile
from axe_playwright_python.sync_playwright import Axe
from browsing import needs_chromium

from hprotopnet.files import visible
from hprotopnet.views import offline

pytestmark = [needs_chromium, pytest.mark.rendering]
DISK = "() => document.getElementById('disk').shadowRoot.querySelector('nav [aria-current]').textContent"


@pytest.fixture
def open_file(browser, tmp_path):
    """Opens a page from disk, offline; fails on anything that it asks for and on every line of an error."""
    contexts, wrong = [], []

    def opened(page: str, **more: object):
        context = browser.new_context(viewport={"width": 1280, "height": 900}, **more)
        context.set_default_timeout(90_000)
        context.set_offline(True)
        contexts.append(context)
        (tmp_path / "page.html").write_text(page, encoding="utf-8")
        shown, address = context.new_page(), (tmp_path / "page.html").as_uri()
        shown.on("pageerror", lambda error: wrong.append(str(error)))
        shown.on("console", lambda line: wrong.append(line.text) if line.type in ("error", "warning") else None)
        asked = ("data:", "blob:")
        shown.on(
            "request", lambda own: None if own.url == address or own.url.startswith(asked) else wrong.append(own.url)
        )
        shown.goto(address)
        shown.wait_for_selector(".player[data-frame]")
        return shown

    yield opened
    for context in contexts:
        context.close()
    assert not wrong


@pytest.fixture(scope="module")
def own():
    return account(SHIPPED)


@pytest.fixture(scope="module")
def page(own) -> str:
    return offline.page(own)


def test_it_plays_and_walks_from_grandparent_to_child(open_file, own, page):
    shown = open_file(page)
    frame = shown.locator(".player").get_attribute("data-frame")
    shown.locator(f".player:not([data-frame='{frame}'])").wait_for()
    steps = shown.locator(".step")
    assert [steps.nth(i).is_visible() for i in range(3)] == [True, False, False]
    shown.get_by_role("button", name="Next step, parent").click()
    assert [steps.nth(i).is_visible() for i in range(3)] == [False, True, False]
    shown.keyboard.press("ArrowRight")
    assert [steps.nth(i).is_visible() for i in range(3)] == [False, False, True]
    name = own.name(own.explanation.path[-1])
    assert shown.locator(".levels button[aria-pressed=true]").inner_text() == name
    assert shown.evaluate(DISK) == name
    crumb = shown.get_by_label("Path to the node in focus").get_by_role(
        "button", name=own.name(own.explanation.path[0])
    )
    crumb.click()  # the disk leads, too
    assert steps.nth(0).is_visible()


def test_clips_of_a_prototype_move_when_clicked_and_rest_again(open_file, page):
    shown = open_file(page, reduced_motion="reduce")
    card = shown.locator(".card").first
    still = card.locator("img").first.get_attribute("src")
    card.get_by_role("button", name="Play prototype").press("Enter")
    assert len(card.locator("img").first.get_attribute("src")) > 4 * len(still)
    assert shown.evaluate("document.querySelector('.card img').decode().then(() => true)")
    card.locator("img").first.click()
    assert card.locator("img").first.get_attribute("src") == still


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 420])
def test_it_keeps_nobody_out(open_file, page, scheme, width):
    shown = open_file(page, color_scheme=scheme)
    shown.set_viewport_size({"width": width, "height": 900})
    found = Axe().run(shown).response["violations"]
    assert not [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    ground = shown.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") == (scheme == "light")


def test_without_scripts_it_reads_from_top_to_bottom(browser, tmp_path, own, page):
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    context = browser.new_context(java_script_enabled=False, offline=True)
    shown = context.new_page()
    shown.goto((tmp_path / "page.html").as_uri())
    assert shown.locator(".step").count() == 3
    assert all(shown.locator(".step").nth(i).is_visible() for i in range(3))
    assert shown.get_by_text("does not run here").is_visible()
    assert shown.get_by_role("img", name="Hyperbolic disk").is_visible()
    context.close()


def test_hostile_names_are_shown_and_do_nothing(open_file, own):
    shown = open_file(offline.page(hostile(own)))
    assert shown.evaluate("globalThis.harm") is None
    assert visible(EVIL) in shown.locator("main").inner_text()
    assert shown.locator("img:not(.card img):not(.drawn)").count() == 0
