"""The app in a real browser: what only shows on a screen. Needs Debian's Chromium."""

import pytest
from browsing import covering, needs_chromium, rectangles, served, settled, visit

pytestmark = needs_chromium
TITLES = {"overview": "Why does the network say that?", "hierarchy": "Hierarchy", "evidence": "Evidence"}
TITLES |= {"compare": "Compare"}
GONE = "before => ![...document.querySelectorAll('h3')].some(heading => heading.innerText === before)"


@pytest.fixture(scope="module")
def address(tiny_world, tiny_bundle, tiny_flat_bundle):
    """Address of the app, started where the tiny bundles lie in `runs/`."""
    with served(tiny_world) as address:
        yield address


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport={"width": 1366, "height": 900})
    page.set_default_timeout(60_000)
    yield page
    page.close()


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
    page.get_by_role("link", name="See all the evidence").click()
    page.get_by_text("What decides").wait_for()
    settled(page)
    assert clip.input_value() == first


def test_an_upload_is_there_on_the_next_page_too(page, address, tiny_world):
    visit(page, f"{address}/evidence?source=Upload")
    page.locator("input[type=file]").set_input_files(next((tiny_world / "videos" / "RedDisc").glob("*.mp4")))
    page.get_by_text("What decides").wait_for()
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
        " return all.length === 6 && all.every(image => image.complete && image.naturalWidth > 0) }"
    )


def test_playing_a_card_changes_its_pictures_alone(page, address):
    visit(page, f"{address}/evidence")
    pictures = "() => [...document.querySelectorAll('[data-testid=stImage] img')].map(image => image.src)"
    page.wait_for_function(f"() => ({pictures})().length === 6")
    before = page.evaluate(pictures)
    page.locator("label", has_text="Play prototype").first.click()
    page.wait_for_function(f"before => ({pictures})().every((src, i) => i > 1 || src !== before[i])", arg=before)
    settled(page)
    after = page.evaluate(pictures)
    assert after[2:] == before[2:]
    assert all(len(moving) > 3 * len(still) for moving, still in zip(after[:2], before[:2], strict=True))


def test_clicking_a_node_brings_it_into_focus(page, address):
    visit(page, f"{address}/hierarchy?tree=network+tiny-cpg2")
    plot = page.locator("[data-testid=stPlotlyChart]").first
    plot.locator(".scatterlayer .points path").first.wait_for()
    before = page.url
    plot.locator(".scatterlayer .points path").last.click(force=True)
    page.wait_for_url(lambda url: url != before)
    settled(page)
    assert "node=" in page.url


def test_the_three_steps_by_mouse(page, address):
    visit(page, f"{address}/evidence")
    seen = [page.locator("h3", has_text="Why").inner_text()]
    for step in ("Parent", "Class"):
        page.get_by_role("radio", name=step, exact=True).click()
        page.wait_for_function(GONE, arg=seen[-1])
        settled(page)
        seen.append(page.locator("h3", has_text="Why").inner_text())
    assert len(set(seen)) == 3
    assert "level=Class" in page.url


def test_the_steps_by_keyboard(page, address):
    visit(page, f"{address}/evidence")
    first = page.locator("h3", has_text="Why").inner_text()
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


def foreign(url: str, address: str) -> bool:
    return not url.startswith((address, address.replace("http", "ws", 1), "data:", "blob:"))


def test_one_click_on_a_node_runs_the_page_once(page, address):
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    visit(page, f"{address}/hierarchy?tree=ucf101")
    page.locator("[data-testid=stPlotlyChart] .scatterlayer .points path").first.wait_for()
    page.wait_for_timeout(500)
    sent.clear()
    page.locator("[data-testid=stPlotlyChart] .scatterlayer .points path").last.click(force=True)
    page.wait_for_url(lambda url: "node=" in url)
    settled(page)
    page.wait_for_timeout(700)
    assert len(sent) == 1


POINTS = "[data-testid=stPlotlyChart] .scatterlayer .points path"
NAMES = "[data-testid=stPlotlyChart] .annotation-text"
WHOLE = "[data-testid=stPlotlyChart] .main-svg"


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


def test_the_disk_stays_where_it_is_when_it_is_dragged(page, address):
    visit(page, f"{address}/hierarchy?tree=ucf101")
    page.locator(POINTS).first.wait_for()
    page.wait_for_timeout(500)
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
    phone.wait_for_timeout(500)
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


@pytest.mark.parametrize(("width", "place"), [(420, 388), (1024, 508), (1440, 760)])
@pytest.mark.parametrize("tree", ["ucf101", "activitynet", "pantomime"])
def test_names_on_the_disk_are_whole_and_do_not_cover_each_other(page, address, tree, width, place):
    page.set_viewport_size({"width": width, "height": 900})
    visit(page, f"{address}/hierarchy?tree={tree}")
    page.locator(NAMES).first.wait_for()
    for node in (None, "parent"):
        if node:
            page.locator(POINTS).last.click(force=True)
            page.wait_for_url(lambda url: "node=" in url)
        drawn_for(page, place)
        page.wait_for_timeout(500)
        picture = page.locator(WHOLE).first.bounding_box()
        found = rectangles(page, NAMES)
        assert len(found) > 15
        assert covering(found) == []
        for text, corners in found:
            across, down = ([corner[axis] for corner in corners] for axis in (0, 1))
            assert picture["x"] - 1 <= min(across) <= max(across) <= picture["x"] + picture["width"] + 1, text
            assert picture["y"] - 1 <= min(down) <= max(down) <= picture["y"] + picture["height"] + 1, text


@pytest.mark.parametrize("width", [420, 1024, 1440])
def test_names_on_the_small_disk_do_not_cover_each_other(page, address, width):
    page.set_viewport_size({"width": width, "height": 900})
    visit(page, f"{address}/?bundle=pantomime-cpg10")
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
