"""The story player in a real browser: film, star, words and time line move together. Needs Debian's Chromium."""

import json
import re
import shutil
from contextlib import contextmanager

import pytest
from browsing import covering, needs_chromium, rectangles, served, visit
from tales import told, write_film

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.files import write_json

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def address(tiny_bundle, tmp_path_factory):
    """Address of the app, started where a bundle with a trace and its film lie."""
    world = tmp_path_factory.mktemp("world")
    bundle = open_bundle(shutil.copytree(tiny_bundle, world / "runs" / "storyteller"))
    film = write_film(world / "assets" / "pantomime" / "films" / "stories" / "story_901.mp4")
    write_json(bundle.folder / "showcase" / "traces" / "story_901.json", told(bundle, film).to_dict())
    with served(world) as address:
        yield f"{address}/?bundle=storyteller"


@contextmanager
def opened(browser, address, **context):
    """The page and the frame of the player, scrolled to; fails on errors of their scripts."""
    page, errors = browser.new_page(viewport={"width": 1366, "height": 900}, **context), []
    page.set_default_timeout(60_000)
    page.on("pageerror", lambda error: errors.append(error))
    visit(page, address)
    frame = page.frame_locator("[title^=Player]")
    frame.locator("video").scroll_into_view_if_needed()
    yield page, frame
    page.close()
    assert not errors


def evaluated(frame, script: str, *arguments: object):
    return frame.locator("video").evaluate(script, *arguments)


def playing(frame) -> None:
    evaluated(
        frame,
        "v => new Promise(done => { const look = () => v.currentTime > 0.1 && !v.paused ? done() :"
        " setTimeout(look, 50); look(); })",
    )


def at(frame, time: float) -> tuple[list[float], str]:
    """Where the star is and what is said when the film is at a time."""
    evaluated(
        frame,
        "(v, time) => new Promise(done => {"
        " v.addEventListener('seeked', () => requestAnimationFrame(done), { once: true }); v.currentTime = time; })",
        time,
    )
    place = re.findall(r"-?[\d.]+", frame.locator(".star").get_attribute("transform"))
    return [float(value) for value in place], frame.locator(".now").inner_text()


def test_film_star_and_words_move_together(browser, address):
    with opened(browser, address) as (_, frame):
        playing(frame)  # by itself, once it is in sight
        frame.get_by_role("button", name="Pause").click()
        data = json.loads(frame.locator("#data").text_content())
        seen = []
        for window in (1, 5):
            place, words = at(frame, data["times"][window])
            start, end = data["track"][window][0], data["said"][window]
            assert place == pytest.approx(start, abs=0.1)
            assert words == f"Now: {end['name']}"
            assert frame.locator(".verdict").inner_text() == f"{end['chance']} · {end['verdict']}"
            lit = frame.locator(".disk .node.on").evaluate_all("nodes => nodes.map(node => +node.dataset.node)")
            assert sorted(lit) == sorted(end["path"])
            seen.append((place, words))
        assert seen[0][1] == "Now: Bright ground"
        assert seen[1][1] == "Now: Red disc"
        assert max(abs(a - b) for a, b in zip(seen[0][0], seen[1][0], strict=True)) > 20


def test_between_windows_everything_is_in_between(browser, address):
    with opened(browser, address, reduced_motion="reduce") as (_, frame):
        data = json.loads(frame.locator("#data").text_content())
        place, _ = at(frame, (data["times"][4] + data["times"][5]) / 2 + 0.002)
        (left, low), (right, high) = data["track"][4][0], data["track"][4][-1]
        assert min(left, right) < place[0] < max(left, right)
        assert min(low, high) < place[1] < max(low, high)
        assert 5 < int(frame.locator(".value").last.inner_text().split()[0]) < 90


def test_nothing_moves_by_itself_for_those_who_want_no_motion(browser, address):
    with opened(browser, address, reduced_motion="reduce") as (page, frame):
        page.wait_for_timeout(1500)
        assert evaluated(frame, "v => [v.paused, v.currentTime]") == [True, 0]
        frame.get_by_role("button", name="Play").click()
        playing(frame)


def test_the_story_by_keyboard(browser, address):
    with opened(browser, address, reduced_motion="reduce") as (page, frame):
        slider = frame.get_by_role("slider", name="Moment of the story")
        frame.get_by_role("button", name="Play").focus()
        page.keyboard.press("Tab")
        assert slider.evaluate("slider => slider === document.activeElement")
        page.keyboard.press("End")
        frame.locator(".now b", has_text="Red disc").wait_for()
        assert slider.get_attribute("aria-valuetext").endswith("Red disc 90 %")
        page.keyboard.press("Home")
        frame.locator(".now b", has_text="not sure").wait_for()
        page.keyboard.press("Space")
        playing(frame)


def test_it_rests_while_it_is_out_of_sight(browser, address):
    with opened(browser, address) as (page, frame):
        playing(frame)
        page.locator("h1").scroll_into_view_if_needed()
        evaluated(frame, "v => new Promise(done => v.paused ? done() : v.addEventListener('pause', done))")
        frame.locator("video").scroll_into_view_if_needed()
        playing(frame)


@pytest.mark.parametrize("width", [420, 1366])
def test_the_player_fits_into_the_page(browser, address, width):
    with opened(browser, address) as (page, frame):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(700)
        assert evaluated(frame, "() => document.documentElement.scrollWidth - innerWidth") <= 1
        assert evaluated(frame, "() => document.documentElement.scrollHeight - innerHeight") <= 1


@pytest.mark.parametrize("story", ["Soccer juggling", "Playing violin", "Sit-ups", "Shaving"])
def test_names_do_not_cover_each_other_at_any_moment(browser, address, story):
    shipped = f"{address.split('?')[0]}?bundle=pantomime-cpg10-tied&story={story.replace(' ', '+')}"
    with opened(browser, shipped, reduced_motion="reduce") as (page, player):
        player.locator(".disk .name").first.wait_for()
        frame = page.locator("[title^=Player]").element_handle().content_frame()
        for width in (1440, 1024, 420):
            page.set_viewport_size({"width": width, "height": 1000})
            page.wait_for_timeout(500)
            covered = set()
            for window in range(len(frame.evaluate("() => data.times"))):
                frame.evaluate("window => say(window)", window)
                covered |= {*covering(rectangles(frame, ".disk .name:not(.off), .disk .name.on"))}
            assert covered == set(), width
            assert covering(rectangles(frame, ".label, .value, .axis span, .legend, button")) == [], width
