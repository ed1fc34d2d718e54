"""The app in a real browser: what only shows on a screen, from page to page. Needs Debian's Chromium."""

import time

from browsing import needs_chromium, settled, visit

pytestmark = needs_chromium
WHY = "[data-testid=stMarkdownContainer] p:has-text('This looks like that')"
GONE = """before => ![...document.querySelectorAll("p")].some(said => said.innerText === before)"""


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


def test_the_steps_by_keyboard(page, address):
    visit(page, f"{address}/evidence")
    first = page.locator(WHY).first.inner_text()
    page.get_by_role("radio", name="Grandparent", exact=True).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_function(GONE, arg=first)
    settled(page)
