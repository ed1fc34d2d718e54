"""What a user does on a page of the app, as data: deeds that can be done again, whatever was done before.

A deed is a function of the page and the lap, 0 or more; of several names that one is given, each lap takes the next.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from browsing import settled
from playwright.sync_api import Error

Deed = Callable[[object, int], None]
# Where the cell of a truth and an answer of the confusion matrix is on the screen.
CELL = """place => {
  const chart = [...document.querySelectorAll(".js-plotly-plot")].find(own => own.data.some(trace => trace.customdata
    && trace.hovertext && trace.type === "scatter" && own.data[0].type === "heatmap"));
  const marks = chart.data.at(-1);
  const i = marks.customdata.findIndex(pair => pair[0] === place[0] && pair[1] === place[1]);
  chart.scrollIntoView({ block: "center" });
  const box = chart.getBoundingClientRect(), { xaxis, yaxis } = chart._fullLayout;
  return [box.left + xaxis._offset + xaxis.d2p(marks.x[i]), box.top + yaxis._offset + yaxis.d2p(marks.y[i])];
}"""


def press(role: str, *names: str | re.Pattern) -> Deed:
    """Press the first that is called so."""

    def deed(page, lap: int) -> None:
        page.get_by_role(role, name=names[lap % len(names)], exact=True).first.click()

    return deed


def only(lap: int, *deeds: Deed) -> Deed:
    """Do something in one lap alone."""

    def deed(page, now: int) -> None:
        if now == lap:
            do(page, now, deeds)

    return deed


def go(page_name: str, title: str = "") -> Deed:
    """Go to another page by the menu; streamlit forgets it where the page asks at that moment to be run again."""

    def deed(page, lap: int) -> None:
        heading = page.locator("h1", has_text=title or page_name)
        for patience in (5_000, 15_000, 120_000):
            page.get_by_role("link", name=page_name, exact=True).first.click()
            with suppress(Error):
                heading.wait_for(timeout=patience)
                return
        heading.wait_for()

    return deed


def see(*texts: str) -> Deed:
    """Wait until a text is seen."""
    return lambda page, lap: page.get_by_text(texts[lap % len(texts)]).locator("visible=true").first.wait_for()


def find(*selectors: str, count: int = 1) -> Deed:
    """Wait until so many are seen of what a selector of Playwright names."""

    def deed(page, lap: int) -> None:
        page.locator(selectors[lap % len(selectors)]).locator("visible=true").nth(count - 1).wait_for()

    return deed


def loaded(selector: str, count: int) -> Deed:
    """Wait until so many pictures are there, and all of them have arrived."""
    ready = """([selector, count]) => {
      const all = [...document.querySelectorAll(selector)];
      return all.length >= count && all.every(image => image.complete && image.naturalWidth > 0);
    }"""
    return lambda page, lap: page.wait_for_function(ready, arg=[selector, count])


def address(*parts: str) -> Deed:
    """Wait until the address has a part."""
    return lambda page, lap: page.wait_for_function("part => location.href.includes(part)", arg=parts[lap % len(parts)])


def scroll(selector: str) -> Deed:
    """Scroll down until something is there: parts of a page come as they come near the screen."""

    def deed(page, lap: int) -> None:
        for _ in range(300):
            if page.locator(selector).count():
                break
            page.locator("[data-testid=stMain]").evaluate("main => main.scrollBy(0, innerHeight / 2)")
            page.wait_for_timeout(100)
        page.locator(selector).first.scroll_into_view_if_needed()

    return deed


def unfold(label: str) -> Deed:
    """Open a part that is folded up."""

    def deed(page, lap: int) -> None:
        summary = page.locator("summary", has_text=label).first
        if not summary.evaluate("summary => summary.parentElement.open"):
            summary.click()

    return deed


def switch(*labels: str) -> Deed:
    """Press a toggle or a box to tick, whatever it was before."""
    return lambda page, lap: page.locator("label", has_text=labels[lap % len(labels)]).first.click()


def touch(*selectors: str, **how: object) -> Deed:
    """Click where an element is."""
    return lambda page, lap: page.locator(selectors[lap % len(selectors)]).first.click(**how)


def node(*names: str) -> Deed:
    """Click the mark of a node that is named on the disk."""

    def deed(page, lap: int) -> None:
        name = page.locator(".picture .name", has_text=names[lap % len(names)]).first
        number = name.get_attribute("data-node")
        page.locator(f".picture .node[data-node='{number}']").first.click()

    return deed


def choose(label: str, *options: str) -> Deed:
    """Choose in a box; anew where the page was still at work and closed it again."""

    def deed(page, lap: int) -> None:
        name = options[lap % len(options)]
        box, option = (
            page.get_by_role(role, name=own, exact=True) for role, own in (("combobox", label), ("option", name))
        )
        for patience in (5_000, 10_000, 60_000):
            box.click()
            box.fill(name)
            with suppress(Error):
                option.click(timeout=patience)
                break
            page.keyboard.press("Escape")

    return deed


def key(*keys: str, on: str = "body") -> Deed:
    """Press a key where something has the focus."""

    def deed(page, lap: int) -> None:
        if on != "body":
            page.locator(on).first.focus()
        page.keyboard.press(keys[lap % len(keys)])

    return deed


def write(label: str, text: str, then: str = "Enter") -> Deed:
    """Write into a field, and press a key."""

    def deed(page, lap: int) -> None:
        page.get_by_label(label).fill(text)
        page.get_by_label(label).press(then)

    return deed


def upload(path: Path) -> Deed:
    """Hand a file to the page."""
    return lambda page, lap: page.locator("input[type=file]").first.set_input_files(path)


def drag(selector: str, *ways: tuple[float, float, float, float]) -> Deed:
    """Drag from one place on an element to another, in shares of its width and height."""

    def deed(page, lap: int) -> None:
        place = page.locator(selector).first
        place.scroll_into_view_if_needed()
        box, way = place.bounding_box(), ways[lap % len(ways)]
        for i, (x, y) in enumerate((way[:2], way[2:])):
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
            page.mouse.down() if i == 0 else page.mouse.up()

    return deed


def click_cell(*classes: str) -> Deed:
    """Click the cell of the confusion matrix where a class is answered rightly."""

    def deed(page, lap: int) -> None:
        name = classes[lap % len(classes)]
        page.mouse.click(*page.evaluate(CELL, [name, name]))
        page.wait_for_function("part => location.href.includes(part)", arg="truth=")

    return deed


def save(*files: tuple[str, bytes], under: str = "") -> Deed:
    """Download something, named by its button, and look how it begins.

    Args:
        under: what a button that opens to it is called.
    """

    def deed(page, lap: int) -> None:
        name, begins = files[lap % len(files)]
        if under:
            page.get_by_role("button", name=under).first.click()
        with page.expect_download() as found:
            page.get_by_role("button", name=name).nth(-1 if under else 0).click()
        assert Path(found.value.path()).read_bytes()[: len(begins)] == begins
        if under:
            page.keyboard.press("Escape")

    return deed


def whole_screen(page, lap: int) -> None:
    """The player fills the screen, and shrinks again."""
    player = page.locator(".player").first
    player.get_by_role("button", name="Full screen (F)").click()
    filled = "player => player.getRootNode().fullscreenElement === player"
    page.wait_for_function(filled, arg=player.element_handle())
    player.get_by_role("button", name="Full screen (F)").click()
    page.wait_for_function(f"player => !({filled})(player)", arg=player.element_handle())


def do(page, lap: int, deeds: tuple[Deed, ...]) -> None:
    """All deeds in order, each once what came of the one before is there."""
    for deed in deeds:
        deed(page, lap)
        settled(page)
