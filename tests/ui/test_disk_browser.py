"""The disk in a real browser: clicks, swipes, keys, names and colours. Needs Debian's Chromium."""

import pytest
from browsing import covering, needs_chromium, rectangles, settled, visit

pytestmark = needs_chromium

POINTS = "[data-testid=stPlotlyChart] .scatterlayer .points path"
NAMES = "[data-testid=stPlotlyChart] .annotation-text"
WHOLE = "[data-testid=stPlotlyChart] .main-svg"


def at_rest(page) -> None:
    """Wait until the disk stays where it is for a third of a second: it is drawn anew once its width is known."""
    page.locator(POINTS).first.wait_for()
    before = None
    while before != (before := [page.locator(POINTS).nth(at).bounding_box() for at in (0, -1)]) or None in before:
        page.wait_for_timeout(300)


def click_on_a_node(page) -> None:
    at_rest(page)
    page.locator(POINTS).last.click(force=True)


def middle(page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drawn_for(page, width: int) -> None:
    """Wait until the disk is drawn for a place of about this width."""
    page.wait_for_function(
        "([selector, width]) => { const chart = document.querySelector(selector)?.closest('.js-plotly-plot');"
        " return chart && Math.abs(chart.layout.height - Math.min(640, 1.1 * width)) < 15 }",
        arg=[WHOLE, width],
    )
    settled(page)


def test_clicking_a_node_brings_it_into_focus(page, address):
    visit(page, f"{address}/hierarchy?tree=network+tiny-cpg2")
    before = page.url
    click_on_a_node(page)
    page.wait_for_url(lambda url: url != before)
    settled(page)
    assert "node=" in page.url


def test_one_click_on_a_node_runs_the_page_once(page, address):
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    visit(page, f"{address}/hierarchy?tree=ucf101")
    at_rest(page)
    sent.clear()
    click_on_a_node(page)
    page.wait_for_url(lambda url: "node=" in url)
    settled(page)
    page.wait_for_timeout(700)
    assert len(sent) == 1


def test_the_disk_stays_where_it_is_when_it_is_dragged(page, address):
    visit(page, f"{address}/hierarchy?tree=ucf101")
    at_rest(page)
    where = page.locator(POINTS).first.bounding_box()
    x, y = middle(page, WHOLE + " >> nth=0")
    page.mouse.move(x + 40, y - 90)
    page.mouse.down()
    page.mouse.move(x + 240, y + 160, steps=6)
    page.mouse.up()
    page.mouse.wheel(0, 0)
    page.wait_for_timeout(300)
    assert page.locator(POINTS).first.bounding_box() == where
    assert "node=" not in page.url


@pytest.fixture
def phone(browser):
    context = browser.new_context(viewport={"width": 420, "height": 800}, has_touch=True, is_mobile=True)
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def test_a_swipe_over_the_disk_scrolls_the_page_and_a_tap_is_a_click(phone, address):
    visit(phone, f"{address}/hierarchy?tree=ucf101")
    phone.locator(POINTS).first.wait_for()
    drawn_for(phone, 388)
    at_rest(phone)
    before = phone.locator(POINTS).first.bounding_box()
    x, y = middle(phone, WHOLE + " >> nth=0")
    touch = phone.context.new_cdp_session(phone)
    finger = [{"x": x + 30, "y": y - step} for step in range(0, 240, 20)]
    for kind, points in [("touchStart", finger[:1]), *(("touchMove", [at]) for at in finger[1:]), ("touchEnd", [])]:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    phone.wait_for_timeout(800)
    after = phone.locator(POINTS).first.bounding_box()
    assert after["y"] < before["y"] - 100
    assert after["x"] == before["x"]
    phone.locator(POINTS).last.scroll_into_view_if_needed()
    phone.wait_for_timeout(400)
    phone.touchscreen.tap(*middle(phone, POINTS + " >> nth=-1"))
    phone.wait_for_url(lambda url: "node=" in url)
    settled(phone)


@pytest.mark.parametrize("tree", ["ucf101", "activitynet", "pantomime"])
def test_names_on_the_disk_are_whole_and_do_not_cover_each_other(page, address, tree):
    visit(page, f"{address}/hierarchy?tree={tree}")
    page.locator(NAMES).first.wait_for()
    for node in (None, "parent"):
        if node:
            click_on_a_node(page)
            page.wait_for_url(lambda url: "node=" in url)
        for width, place in ((1440, 760), (1024, 508), (420, 388)):
            page.set_viewport_size({"width": width, "height": 900})
            drawn_for(page, place)
            at_rest(page)
            assert_names_whole(page)


def test_the_disk_is_as_large_as_before_once_its_place_was_narrower_for_a_moment(page, address):
    page.set_viewport_size({"width": 1440, "height": 900})
    visit(page, f"{address}/hierarchy?tree=activitynet")
    drawn_for(page, 760)
    at_rest(page)
    places = [page.locator(POINTS).nth(at).bounding_box() for at in (0, 40, -1)]
    for width in (1300, 1440):  # sooner than the app hears of it
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(120)
    at_rest(page)
    assert [page.locator(POINTS).nth(at).bounding_box() for at in (0, 40, -1)] == places


def assert_names_whole(page) -> None:
    """Every name on the disk lies inside the picture, and none on another."""
    found = rectangles(page, NAMES)
    for _ in range(20):  # while it is drawn for another width, names of both may be there for a moment
        if not covering(found):
            break
        page.wait_for_timeout(250)
        found = rectangles(page, NAMES)
    assert len(found) > 15
    assert covering(found) == []
    picture = page.locator(WHOLE).first.bounding_box()
    for text, corners in found:
        across, down = ([corner[axis] for corner in corners] for axis in (0, 1))
        assert picture["x"] - 1 <= min(across) <= max(across) <= picture["x"] + picture["width"] + 1, text
        assert picture["y"] - 1 <= min(down) <= max(down) <= picture["y"] + picture["height"] + 1, text


@pytest.mark.parametrize("width", [420, 1024, 1440])
def test_names_on_the_small_disk_do_not_cover_each_other(page, address, width):
    page.set_viewport_size({"width": width, "height": 900})
    visit(page, f"{address}/?bundle=pantomime-cpg10-tied")
    page.locator("iframe[title^=Hyperbolic]").scroll_into_view_if_needed()
    page.frame_locator("iframe[title^=Hyperbolic]").locator(".name:visible").first.wait_for()
    frame = page.locator("iframe[title^=Hyperbolic]").element_handle().content_frame()
    found = rectangles(frame, ".name")
    assert len(found) > 30
    assert covering(found) == []
    assert width < 1440 or not [text for text, _ in found if "…" in text]  # there is room enough for all of them
    inside = frame.evaluate("() => [innerWidth, innerHeight]")
    for text, corners in found:
        assert all(-1 <= value <= size + 1 for corner in corners for value, size in zip(corner, inside, strict=True)), (
            text
        )


def test_pictures_follow_when_the_system_turns_dark(page, address):
    page.emulate_media(color_scheme="light")
    visit(page, f"{address}/hierarchy?tree=pantomime")
    page.locator(NAMES).first.wait_for()
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        "selector => [...document.querySelectorAll(selector)].some("
        "name => getComputedStyle(name).fill === 'rgb(232, 236, 242)')",
        arg=NAMES,
    )
    visit(page, address)
    ground = "() => getComputedStyle(document.body).backgroundColor"
    for scheme, colour in (("dark", "rgb(15, 19, 26)"), ("light", "rgb(255, 255, 255)")):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(300)
        for _ in range(60):
            frame = page.locator("iframe[title^=Hyperbolic]").element_handle().content_frame()
            if frame.evaluate(ground) == colour:
                break
            page.wait_for_timeout(250)
        assert frame.evaluate(ground) == colour


FOCUSED = """() => {
  let at = document.activeElement;
  while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at.getAttribute("aria-label") || at.labels?.[0]?.innerText || at.innerText;
}"""


def test_the_disk_by_keyboard_alone(page, address):
    """Every stop has a name of its own, and the node in focus can be changed without the disk."""
    visit(page, f"{address}/hierarchy?tree=pantomime")
    page.locator(POINTS).first.wait_for()
    stops = []
    while "Node in focus" not in stops:
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUSED))
        assert len(stops) < 20
    assert all(stops)
    assert len(stops) == len(set(stops))
    assert "Tree" in stops
    page.keyboard.type("Drumm")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "node=Drumming" in url)
    settled(page)
    page.locator("h3", has_text="Drumming").wait_for()
