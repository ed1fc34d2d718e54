"""The app in a real browser: what only shows on a screen. Needs Debian's Chromium."""

import time

import pytest
from browsing import needs_chromium, settled, visit

pytestmark = needs_chromium
TITLES = {
    "overview": "Why does the network say that?",
    "hierarchy": "Hierarchy",
    "evidence": "Why this answer for this clip?",
}
TITLES |= {"film": "Film", "compare": "Compare", "results": "Results"}
WHY = "[data-testid=stMarkdownContainer] p:has-text('This looks like that')"
GONE = """before => ![...document.querySelectorAll("p")].some(said => said.innerText === before)"""


@pytest.mark.parametrize("name", ["", *TITLES])
def test_every_page_opens_by_its_link(page, address, name):
    visit(page, f"{address}/{name}")
    assert page.locator("h1").first.inner_text() == TITLES[name or "overview"]
    page.wait_for_timeout(500)
    assert not page.get_by_role("dialog").count()  # "Page not found"


def test_a_link_to_the_overview_keeps_what_it_names(page, address):
    visit(page, f"{address}/overview?bundle=tiny-protopnet2")
    assert page.get_by_role("combobox", name="Network").input_value() == "tiny-protopnet2"


def test_the_link_to_all_the_evidence_opens_the_clip_on_screen(page, address):
    visit(page, f"{address}/evidence")
    clip = page.get_by_role("combobox", name="Clip", exact=True)
    first = clip.input_value()
    clip.click()
    page.get_by_role("option").nth(3).click()
    page.wait_for_url(lambda url: "clip=" in url)
    settled(page)
    assert clip.input_value() != first
    page.get_by_role("link", name="Overview").first.click()
    page.get_by_role("link", name="See all the evidence").wait_for()
    settled(page)
    page.get_by_role("button", name="It is right").click()
    page.wait_for_function("() => !location.search.includes('clip=')")
    settled(page)
    page.get_by_role("link", name="See all the evidence").click()
    page.get_by_text("This looks like that").wait_for()
    settled(page)
    assert clip.input_value() == first


def test_an_upload_is_there_on_the_next_page_too(page, address, tiny_world):
    visit(page, f"{address}/evidence?source=Upload")
    page.locator("input[type=file]").set_input_files(next((tiny_world / "videos" / "RedDisc").glob("*.mp4")))
    page.get_by_text("This looks like that").wait_for()
    settled(page)
    page.get_by_role("link", name="Compare").first.click()
    page.get_by_text("The two likeliest classes").wait_for()
    settled(page)
    page.get_by_role("button", name="Drop it").click()
    page.get_by_text("The two likeliest classes").wait_for(state="detached")
    assert not page.get_by_text("kept in memory").count()


def test_pictures_arrive(page, address):
    visit(page, address)
    page.wait_for_function(
        "() => { const all = [...document.querySelectorAll('[data-testid=stImage] img')];"
        " return all.length === 3 && all.every(image => image.complete && image.naturalWidth > 0) }"
    )


def lasting(page, asked: str):
    """What is answered once it stays the same for a second: parts of a page are drawn after it has settled."""
    found, since = page.evaluate(asked), time.monotonic()
    while time.monotonic() - since < 1:
        page.wait_for_timeout(100)
        now = page.evaluate(asked)
        if now != found:
            found, since = now, time.monotonic()
    return found


def test_playing_a_card_changes_its_pictures_alone(page, address):
    visit(page, f"{address}/evidence?details=true")
    pictures = "() => [...document.querySelectorAll('[data-testid=stImage] img')].map(image => image.src)"
    page.wait_for_function(f"() => ({pictures})().length > 2")
    before = lasting(page, pictures)
    page.locator("label", has_text="Play prototype").first.click()
    played = "(src, i) => (i < 1 || i > 2) || src !== before[i]"
    page.wait_for_function(f"before => ({pictures})().every({played})", arg=before)
    settled(page)
    after = lasting(page, pictures)
    grown = [len(now) / len(then) for now, then in zip(after, before, strict=True)]
    assert min(grown[1:3]) > 3  # many frames instead of one
    assert max(grown[0], *grown[3:]) < 2  # the others stay still


def test_the_three_steps_by_mouse(page, address):
    visit(page, f"{address}/evidence")
    seen = [page.locator(WHY).first.inner_text()]
    for step in ("Parent", "Class"):
        page.get_by_role("radio", name=step, exact=True).click()
        page.wait_for_function(GONE, arg=seen[-1])
        settled(page)
        seen.append(page.locator(WHY).first.inner_text())
    assert len(set(seen)) == 3
    assert "level=Class" in page.url


def test_the_steps_by_keyboard(page, address):
    visit(page, f"{address}/evidence")
    first = page.locator(WHY).first.inner_text()
    page.get_by_role("radio", name="Grandparent", exact=True).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_function(GONE, arg=first)
    settled(page)


@pytest.mark.parametrize("width", [420, 1366])
def test_nothing_runs_out_of_the_page(page, address, width):
    page.set_viewport_size({"width": width, "height": 900})
    for name in TITLES:
        visit(page, f"{address}/{name if name != 'overview' else ''}")
        beyond = page.evaluate(
            "() => { const main = document.querySelector('[data-testid=stMain]');"
            " return main.scrollWidth - main.clientWidth }"
        )
        assert beyond <= 1, name


def test_nothing_is_fetched_from_anywhere_else(page, address):
    """The app works in a talk without a network: not even an icon or a font comes from outside."""
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for name in TITLES:
        visit(page, f"{address}/{name if name != 'overview' else ''}")
    icon = page.locator("link[rel~=icon]").first.get_attribute("href")
    assert len(asked) > 10
    assert not [url for url in asked if foreign(url, address)]
    assert icon.endswith(".png")
    assert not foreign(page.evaluate("href => new URL(href, location).href", icon), address)


def test_evidence_and_the_disk_need_no_plotly(page, address):
    """Its script alone would take half a second of every new clip; Results shows that the test would find it."""
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    visit(page, f"{address}/evidence?details=true")
    page.get_by_role("img", name="Contributions of prototypes").wait_for()
    visit(page, f"{address}/hierarchy")
    page.locator(".picture").wait_for()
    assert not [url for url in asked if "Plotly" in url]
    visit(page, f"{address}/results")
    page.locator("[data-testid=stPlotlyChart]").first.wait_for()
    assert [url for url in asked if "Plotly" in url]


def foreign(url: str, address: str) -> bool:
    return not url.startswith((address, address.replace("http", "ws", 1), "data:", "blob:"))
