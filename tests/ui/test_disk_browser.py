"""The disk in the app, in a real browser: one click, links, keys, names, colours. Needs Debian's Chromium.

What its script does by itself is in tests/disk/test_script.py.
"""

import pytest
from browsing import covering, needs_chromium, rectangles, settled, visit

pytestmark = needs_chromium
PICTURE, NAMES = ".picture", ".picture .name"


def at_rest(page) -> None:
    """Wait until the disk stays where it is for a third of a second."""
    marks = page.locator(f"{PICTURE} .node")
    marks.first.wait_for()
    before = None
    while before != (before := [marks.nth(at).bounding_box() for at in (0, -1)]) or None in before:
        page.wait_for_timeout(300)


def node(page, name: str):
    """The mark of a node that is named on the disk."""
    number = page.locator(NAMES, has_text=name).first.get_attribute("data-node")
    return page.locator(f"{PICTURE} .node[data-node='{number}']")


def test_from_a_node_of_the_disk_to_its_page_and_to_a_clip(page, address):
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    visit(page, f"{address}/hierarchy?tree=network+tiny-cpg2")
    at_rest(page)
    sent.clear()
    node(page, "Green things").click()
    page.wait_for_url(lambda url: "node=Green+things" in url)
    settled(page)
    at_rest(page)
    assert len(sent) == 1  # one click runs the page once
    page.locator("h3", has_text="Green things").wait_for()
    page.get_by_role("link", name="Its prototypes, its clips").click()
    page.wait_for_url(lambda url: "/node" in url)
    page.get_by_text("Prototype 1").wait_for()
    assert "node=Green+things" in page.url
    page.get_by_role("navigation", name="Path to the node").get_by_role("button", name="Green things").wait_for()
    page.get_by_role("link", name="similarity").first.click()
    page.wait_for_url(lambda url: "/evidence" in url)
    page.locator("h1", has_text="Why this answer").wait_for()


def test_layers_and_a_view_can_be_sent_as_a_link(page, address):
    visit(page, f"{address}/hierarchy?tree=network+tiny-cpg2")
    at_rest(page)
    page.get_by_label("Stored clips").check()
    page.wait_for_url(lambda url: "layers=clips" in url)
    page.get_by_text("Taxonomy").click()
    page.wait_for_url(lambda url: "layout=Taxonomy" in url)
    visit(page, page.url)
    at_rest(page)
    assert page.get_by_label("Stored clips").is_checked()
    page.locator(f"{PICTURE} .item").last.click()
    page.get_by_role("link", name="see the evidence").wait_for()


def test_the_small_disk_brings_a_node_into_focus_and_offers_its_page(page, address):
    visit(page, f"{address}/?bundle=tiny-cpg2")
    at_rest(page)
    assert page.locator(f"{PICTURE} .star").count() == 1
    node(page, "Dark ground").click()
    page.get_by_role("link", name="What the network knows of Dark ground").wait_for()
    at_rest(page)
    path = page.get_by_role("navigation", name="Path to the node")
    assert path.get_by_role("button").all_inner_texts() == ["All classes", "Dark ground"]
    page.get_by_role("link", name="What the network knows of Dark ground").click()
    page.wait_for_url(lambda url: "/node" in url and "Dark+ground" in url)


@pytest.mark.parametrize("place", ["hierarchy?tree=ucf101", "?bundle=pantomime-cpg10-tied", "node?node=Sports"])
def test_names_are_whole_in_the_letters_of_the_app(page, address, place):
    for width in (420, 1024, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        if width == 420:
            visit(page, f"{address}/{place}")
        at_rest(page)
        found = rectangles(page, NAMES)
        assert len(found) > 12
        assert covering(found) == []
        boxes = [picture.bounding_box() for picture in page.locator(f"{PICTURE}:has(.name)").all()]
        for text, corners in found:
            assert any(inside(corners, box) for box in boxes), text
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def inside(corners: list[list[float]], box: dict[str, float]) -> bool:
    """Whether a name lies in a picture, to the pixel."""
    across, down = ([corner[axis] for corner in corners] for axis in (0, 1))
    fits = box["x"] - 1 <= min(across) <= max(across) <= box["x"] + box["width"] + 1
    return fits and box["y"] - 1 <= min(down) <= max(down) <= box["y"] + box["height"] + 1


def test_pictures_follow_when_the_system_turns_dark(page, address):
    colour = "part => getComputedStyle(part).fill"
    for scheme, ink in (("light", "rgb(15, 20, 28)"), ("dark", "rgb(232, 236, 242)")):
        page.emulate_media(color_scheme=scheme)
        if scheme == "light":
            visit(page, f"{address}/hierarchy?tree=pantomime")
            page.locator(NAMES).first.wait_for()
        for _ in range(60):
            if page.locator(NAMES).first.evaluate(colour) == ink:
                break
            page.wait_for_timeout(250)
        assert page.locator(NAMES).first.evaluate(colour) == ink


FOCUSED = """() => {
  let at = document.activeElement;
  while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at.getAttribute("aria-label") || at.labels?.[0]?.innerText || at.innerText;
}"""


def test_the_disk_by_keyboard_alone(page, address):
    """Every stop has a name of its own, the disk is one of them, and keys walk on it."""
    visit(page, f"{address}/hierarchy?tree=pantomime")
    at_rest(page)
    stops = []
    while not any("hyperbolic disk" in stop for stop in stops):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUSED))
        assert len(stops) < 25
    assert all(stops)
    assert len(stops) == len(set(stops))
    assert {"Tree", "Find a node of the tree"} <= set(stops)
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url(lambda url: "node=" in url)
    settled(page)
    page.get_by_role("combobox", name="Node in focus").focus()
    page.keyboard.type("Drumm")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "node=Drumming" in url)
    settled(page)
    page.locator("h3", has_text="Drumming").wait_for()
