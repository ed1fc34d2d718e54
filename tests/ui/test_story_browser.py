"""Stories and films in a real browser: film, star, words and time line move together. Needs Debian's Chromium."""

import re
import shutil
from contextlib import contextmanager
from itertools import pairwise

import pytest
from browsing import covering, needs_chromium, rectangles, served, settled, visit
from tales import told, write_film

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.files import write_json

pytestmark = needs_chromium
STAR = ".picture .star"
# Frame of the player and place of the star, with every picture that the browser draws, for some seconds.
MOVES = """(player, picture) => new Promise(done => {
  const begun = performance.now(), seen = [], root = picture.getRootNode();  // a picture may be drawn anew meanwhile
  const look = now => {
    seen.push([player.dataset.frame, [...root.querySelectorAll(".star")].at(-1)?.getAttribute("transform")]);
    now - begun < 5000 ? requestAnimationFrame(look) : done(seen);
  };
  requestAnimationFrame(look);
})"""


@pytest.fixture(scope="module")
def address(tiny_bundle, tmp_path_factory):
    """Address of the app, started where a bundle with a trace and its film lie."""
    world = tmp_path_factory.mktemp("world")
    bundle = open_bundle(shutil.copytree(tiny_bundle, world / "runs" / "storyteller"))
    film = write_film(world / "assets" / "pantomime" / "films" / "stories" / "story_901.mp4")
    write_json(bundle.folder / "showcase" / "traces" / "story_901.json", told(bundle, film).to_dict())
    with served(world) as address:
        yield address


@contextmanager
def opened(browser, address, **context):
    """The page, and the player of the story, scrolled to; fails on errors of scripts."""
    page, errors = browser.new_page(viewport={"width": 1366, "height": 1000}, **context), []
    page.set_default_timeout(60_000)
    page.on("pageerror", lambda error: errors.append(error))
    visit(page, f"{address}/?bundle=storyteller")
    player = page.locator(".player[data-frame]").last
    player.locator(".now").wait_for()
    player.scroll_into_view_if_needed()
    settled(page)
    yield page, player
    page.close()
    assert not errors


def star(page) -> list[float]:
    return [float(value) for value in re.findall(r"-?[\d.]+", page.locator(STAR).last.get_attribute("transform"))]


def press(page, player, key: str) -> str:
    """What is said once the film is at its beginning or its end."""
    player.locator(".time").focus()
    page.keyboard.press(key)
    page.wait_for_timeout(500)
    return player.locator(".now").inner_text()


def test_film_star_and_words_move_together_without_the_server(browser, address):
    with opened(browser, address, reduced_motion="reduce") as (page, player):
        begun, said = star(page), press(page, player, "Home")
        assert said.startswith("Not sure")
        assert page.locator(".paths").last.locator(".path").count() == 0
        said, ended = press(page, player, "End"), star(page)
        assert said.split("\n") == ["Red disc", "90 % · right"]
        assert page.locator(".paths").last.locator(".path").count() == 3
        assert max(abs(a - b) for a, b in zip(begun, ended, strict=True)) > 20
        page.keyboard.press("ArrowLeft")
        assert "Parent: Red things" in player.locator(".lanes, .lane").all_inner_texts()[1]


def test_it_plays_by_itself_in_sight_and_the_star_with_it(browser, address):
    with opened(browser, address) as (page, player):
        seen = player.evaluate(MOVES, page.locator(".picture").last.element_handle())
        moved = [before[1] != after[1] for before, after in pairwise(seen)]
        assert len({frame for frame, _ in seen}) > 5
        assert sum(moved) > 5
        assert all(before[0] != after[0] for before, after in pairwise(seen) if before[1] != after[1])


def test_nothing_moves_by_itself_for_those_who_want_no_motion(browser, address):
    with opened(browser, address, reduced_motion="reduce") as (page, player):
        before = player.get_attribute("data-frame"), star(page)
        page.wait_for_timeout(1200)
        assert (player.get_attribute("data-frame"), star(page)) == before


def test_names_on_the_disk_cover_none_and_all_fits_into_the_page(browser, address):
    with opened(browser, address, reduced_motion="reduce") as (page, player):
        for width in (420, 1366):
            page.set_viewport_size({"width": width, "height": 900})
            for key in ("Home", "End"):
                press(page, player, key)
                assert covering(rectangles(page, ".disk .name")) == []
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 1


def test_a_row_of_the_table_brings_the_film_there(browser, address):
    page = browser.new_page(viewport={"width": 1366, "height": 1400})
    page.set_default_timeout(60_000)
    visit(page, f"{address}/film?bundle=storyteller")
    player = page.locator(".player[data-frame]")
    player.locator(".now").wait_for()
    page.locator("[data-testid=stDataFrame]").click(position={"x": 15, "y": 36 * 4})
    player.locator(".now b", has_text="Red disc").wait_for()
    settled(page)
    assert page.get_by_text("Explain this moment: second 3.1").count()
    page.close()
