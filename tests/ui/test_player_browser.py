"""The player as a component of streamlit in a real browser. Needs Debian's Chromium."""

from urllib.parse import parse_qs, urlparse

from browsing import needs_chromium, settled, visit

pytestmark = needs_chromium


def at(page) -> list[str]:
    return parse_qs(urlparse(page.url).query).get("at", [])


def frame(page) -> str:
    return page.locator(".player").get_attribute("data-frame")


def test_the_moment_goes_to_the_address_when_it_is_let_go_and_opens_the_player_there(page, address):
    visit(page, f"{address}/evidence")
    seek = page.locator(".player[data-frame] .seek")
    box = seek.bounding_box()
    for share in (0.2, 5.5 / 16):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + 5)
        page.mouse.down()
    page.wait_for_selector(".player[data-frame='5']")
    page.wait_for_timeout(500)
    assert at(page) == []
    page.mouse.up()
    page.wait_for_url(lambda url: "at=" in url)
    settled(page)
    page.goto(page.url)
    page.wait_for_selector(".player[data-frame='5']")
    page.wait_for_timeout(500)
    assert frame(page) == "5"
    page.get_by_text("Parent", exact=True).first.click()  # another level: the film stays where it is
    page.wait_for_selector(".player .lane:has-text('Parent:')")
    settled(page)
    assert frame(page) == "5"


def test_a_browser_that_cannot_show_the_film_gets_stills(page, address):
    page.add_init_script("window.createImageBitmap = undefined")
    visit(page, address)
    page.get_by_role("slider", name="Frame").first.wait_for()
    page.get_by_text("of 16,").first.wait_for()
    settled(page)  # until then the player that gave up may still be on its way out
    page.locator(".player:visible").wait_for(state="detached")  # streamlit may keep what it no longer shows
    assert page.get_by_role("slider", name="Frame").first.is_visible()
