"""The player's script in a real browser and without streamlit: what it shows, and what it does. Needs Chromium."""

import json
import zlib
from dataclasses import replace

import numpy as np
import pytest
from browsing import needs_chromium
from footage import flat_levels

from hprotopnet.explain.boxes import stretch
from hprotopnet.views import render
from hprotopnet.views.film import Box, Lane, Layer, Level, Moment, Outline, Range, Scene, film_of
from hprotopnet.views.player import embedded, script, style
from hprotopnet.views.scenes import heat_of

pytestmark = needs_chromium
EVIL = "<img src=x onerror='window.harm=1'>"
DISC = "M1 0A1 1 0 1 1-1 0 1 1 0 1 1 1 0Z"
LEVELS = (Level("a", "Parent", "Water sports", "M-1-1H1V1H-1Z"), Level("b", "Class", EVIL, DISC))
OPEN = """<!doctype html><style>body { margin: 0; width: 480px; } %s</style><main></main>
<script type="module">%s
  window.told = [];
  window.player = mount(document.querySelector("main"), %s, { time: at => told.push(at), failed: m => told.push(m),
    shown: at => { window.beside = at; } });
</script>"""
# Colours in the middle of the picture, as it is shown now.
PIXEL = """() => { const canvas = document.querySelector(".stage canvas"), { width, height } = canvas;
  return [...canvas.getContext("2d").getImageData(width / 2, height / 2, 1, 1).data].slice(0, 3); }"""


def grey(frames: int, **settings: object) -> Scene:
    """Grey frames whose brightness tells their number, ten a second."""
    images = flat_levels(frames, 36, 48)
    return Scene("grey", film_of(images, 10, [1 + i / 10 for i in range(frames)]), autoplay=False, **settings)


@pytest.fixture
def opened(browser):
    """Opens a scene; fails on errors of the script, and on what hostile names would have done."""
    pages, errors = [], []

    def open_scene(scene: Scene, **context: object):
        page = browser.new_page(viewport={"width": 500, "height": 900}, **context)
        pages.append(page)
        page.on("pageerror", lambda error: errors.append(error))
        page.set_content(OPEN % (style(), script(), embedded(scene)))
        page.wait_for_selector(".player[data-frame]")
        return page

    yield open_scene
    assert not errors
    for page in pages:
        assert page.evaluate("[window.harm, document.querySelectorAll('img').length]") == [None, 0]
        page.close()


def frame_seen(page) -> int:
    """Which frame of `grey` is painted, by its pixels, modulo 25."""
    return round((np.mean(page.evaluate(PIXEL)) - 20) / 8)


def point(page, share: float) -> tuple[float, float]:
    box = page.locator(".seek").bounding_box()
    return box["x"] + share * box["width"], box["y"] + box["height"] / 2


def shown(page, frame: int) -> None:
    page.wait_for_selector(f".player[data-frame='{frame}']")


def test_the_frame_under_the_pointer_is_the_frame_that_is_painted(opened):
    page = opened(grey(16))
    page.mouse.move(*point(page, 0.5))
    page.mouse.down()
    for frame in (8, 0, 15, 3, 4, 11):
        page.mouse.move(*point(page, (frame + 0.5) / 16))
        shown(page, frame)
        assert frame_seen(page) == frame
        assert page.evaluate("beside") == 1 + frame / 10
        place = page.locator(".cursor").evaluate("cursor => parseFloat(cursor.style.left)")
        assert place == pytest.approx(100 * (frame + 0.5) / 16, abs=0.01)
    page.mouse.up()


def test_a_long_film_is_a_video_and_shows_the_frames_asked_for(opened):
    page = opened(grey(150))
    assert page.locator("video").count() == 1
    page.locator(".time").focus()
    page.keyboard.press("Home")
    for press, frame in [
        ("ArrowRight", 1),
        ("ArrowRight", 2),
        ("Shift+ArrowRight", 12),
        ("ArrowLeft", 11),
        ("End", 149),
    ]:
        page.keyboard.press(press)
        shown(page, frame)
        assert frame_seen(page) == frame % 25
    page.keyboard.press(" ")  # on from the last to the first
    page.wait_for_function(
        "() => { const at = document.querySelector('.player').dataset.frame; return at > 3 && at < 60; }"
    )
    page.keyboard.press(" ")


def test_keys_move_it_while_it_has_the_focus(opened):
    page = opened(grey(16))
    page.keyboard.press("ArrowRight")
    assert page.locator(".player").get_attribute("data-frame") == "0"
    slider = page.get_by_role("slider")
    slider.focus()
    for press, frame in [("ArrowRight", 1), ("Shift+ArrowRight", 11), ("ArrowLeft", 10), ("End", 15), ("Home", 0)]:
        page.keyboard.press(press)
        shown(page, frame)
        said = f"frame {frame + 1} of 16, {1 + frame / 10:.1f} s"
        assert slider.get_attribute("aria-valuetext") == said
        assert slider.get_attribute("aria-valuenow") == str(frame + 1)
    page.keyboard.press("Control+ArrowRight")  # the browser's
    page.keyboard.press(" ")
    shown(page, 4)
    page.get_by_role("button", name="Pause").press(" ")  # the button's own key does it once
    at = page.locator(".player").get_attribute("data-frame")
    page.wait_for_timeout(400)
    assert page.locator(".player").get_attribute("data-frame") == at
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement !== null")
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement === null")


def test_time_is_told_only_when_it_is_let_go(opened):
    page = opened(grey(16))
    page.mouse.move(*point(page, 0.1))
    page.mouse.down()
    for share in (0.3, 0.6, 10.5 / 16):
        page.mouse.move(*point(page, share))
    shown(page, 10)
    assert page.evaluate("told") == []
    page.mouse.up()
    assert page.evaluate("told") == [2.0]
    page.locator(".time").focus()
    page.keyboard.down("ArrowRight")
    page.keyboard.down("ArrowRight")
    assert page.evaluate("told") == [2.0]
    page.keyboard.up("ArrowRight")
    assert page.evaluate("told") == [2.0, 2.2]
    page.keyboard.press(" ")
    shown(page, 15)
    assert page.evaluate("told") == [2.0, 2.2]


def test_heat_and_box_lie_where_still_pictures_have_them(opened):
    """Of a map square in no two axes with cells that look beside their places."""
    rng = np.random.default_rng(0)
    activation, offset = rng.random((2, 3, 4)), (0.4, 0.25, -0.3)
    images = np.repeat(rng.integers(0, 256, (8, 6, 8, 3)), 8, axis=1).repeat(8, axis=2).astype(np.uint8)
    film = film_of(images, 10, [i / 10 for i in range(8)])
    scene = Scene("", film, LEVELS, (), (heat_of(activation, 8, "a", offset),), chosen="a", autoplay=False)
    box = Box("a", "", 0.5, 0.6, 16, 8, 24, 20)
    page = opened(scene)
    page.add_style_tag(content=".stage canvas { width: 64px; height: 48px; }")  # the film's: nothing is scaled
    page.wait_for_function("document.querySelector('.stage canvas').width === 64")
    stilled = np.stack([film.picture(i) for i in range(8)])
    expected = render.heat(stilled, render.over_time(activation, 8, offset), offset)
    assert np.allclose(
        render.over_time(activation, 8, offset)[2], stretch(render.relative(activation), 8, 3, 4, (0.4, 0, 0))[2]
    )
    read = """frame => { player.seek(frame); const canvas = document.querySelector(".stage canvas");
      return [...canvas.getContext("2d").getImageData(0, 0, 64, 48).data]; }"""
    for frame in (0, 3, 5, 7):
        painted = np.array(page.evaluate(read, frame)).reshape(48, 64, 4)[..., :3]
        assert np.abs(painted - expected[frame].astype(int)).max() <= 3  # decoders round colours in their own ways
    page.evaluate("data => player.update(data)", json.loads(embedded(replace(scene, boxes=(box,)))))
    bare = np.array(page.evaluate(read, 4)).reshape(48, 64, 4)[..., :3]
    boxed = np.array(page.evaluate(read, 5)).reshape(48, 64, 4)[..., :3]
    assert np.abs(bare - expected[4].astype(int)).max() <= 3
    rows, columns = np.nonzero(np.abs(boxed - expected[5].astype(int)).max(2) > 12)
    assert (rows < 28).all()  # its corners are 16, 8 and 40, 28; beyond the first one reaches the mark of the level
    assert (columns < 40).all()
    assert (columns[rows > 16] >= 16).all()
    assert (boxed[27, 20:36] < 60).all()  # the dark line at its lower edge
    assert not (np.abs(boxed[16:22, 24:34] - expected[5, 16:22, 24:34].astype(int)) > 3).any()


def beside(rng: np.random.Generator) -> tuple[Scene, np.ndarray, np.ndarray]:
    """Two layers side by side, one of them signed, with an outline over both: the scene, strengths and masks."""
    images = np.repeat(rng.integers(0, 256, (8, 6, 8, 3)), 8, axis=1).repeat(8, axis=2).astype(np.uint8)
    film = film_of(images, 10, [i / 10 for i in range(8)])
    strengths, masks = rng.integers(1, 256, (2, 8, 48, 64)).astype(np.uint8), np.zeros((8, 48, 64), bool)
    masks[:, 10:20, 30:50] = True
    packed = {key: zlib.compress(own.tobytes()) for key, own in zip("ab", strengths, strict=True)}
    layers = [Layer(key, f"note {key}", own, key == "b") for key, own in packed.items()]
    outlines = [Outline(key, "True cue", zlib.compress(np.packbits(masks).tobytes())) for key in "ab"]
    times, values = tuple(i / 10 + 0.05 for i in range(8)), tuple(i / 10 for i in range(8))
    lanes = tuple(Lane(own.key, own.name, times, values, 0, 1, "Mass", "#0072B2") for own in LEVELS)
    scene = Scene("", film, LEVELS, lanes=lanes, layers=(*layers,), outlines=(*outlines,), beside=("a", "b"))
    return replace(scene, autoplay=False, scale="each its own"), strengths, masks


def test_layers_stand_side_by_side_in_step_as_still_pictures_have_them(opened):
    scene, strengths, masks = beside(np.random.default_rng(1))
    page = opened(scene)
    page.add_style_tag(content=".stage canvas { width: 64px !important; height: 48px; }")
    page.wait_for_function("[...document.querySelectorAll('.stage canvas')].every(own => own.width === 64)")
    read = """frame => { player.seek(frame); return [...document.querySelectorAll(".stage canvas")].map(canvas =>
      [...canvas.getContext("2d").getImageData(0, 0, 64, 48).data]); }"""
    page.wait_for_timeout(300)  # until what travelled packed is there
    inner = np.zeros((48, 64), bool)
    inner[12:18, 32:48] = True  # well within the outline, and what is far from it
    far = ~np.pad(np.ones((14, 24), bool), ((8, 26), (28, 12)))
    for frame in (0, 3, 7):
        painted = np.array(page.evaluate(read, frame)).reshape(2, 48, 64, 4)[..., :3]
        for shown, strong, signed in zip(painted, strengths, (False, True), strict=True):
            expected = render.layered(scene.film.picture(frame), strong[frame], signed).astype(int)
            assert np.abs(shown - expected)[inner | far].max() <= 3
            assert (shown[10, 31:49] == 255).all()  # along the edge of the mask white, outside of it black
            assert (shown[9, 31:49] == 0).all()
    page.get_by_role("button", name="True cue").click()
    bare = np.array(page.evaluate(read, 3)).reshape(2, 48, 64, 4)[..., :3]
    expected = render.layered(scene.film.picture(3), strengths[0, 3], False).astype(int)
    assert np.abs(bare[0] - expected).max() <= 3
    page.get_by_role("button", name="Heat", exact=True).click()
    plain = np.array(page.evaluate(read, 3)).reshape(2, 48, 64, 4)[..., :3]
    assert np.abs(plain - scene.film.picture(3).astype(int)).max() <= 3
    assert masks.any()


def test_what_stands_side_by_side_is_named_and_its_scale_is_told(opened):
    scene, _, _ = beside(np.random.default_rng(1))
    page = opened(scene)
    captions = [own.inner_text().split("\n") for own in page.locator(".panes figcaption").all()]
    assert captions == [["Parent: Water sports", "note a"], [f"Class: {EVIL}", "note b"]]
    assert [own.get_attribute("aria-label") for own in page.get_by_role("img").all()][:2] == [
        ", Parent: Water sports, note a",
        f", Class: {EVIL}, note b",
    ]
    told = page.locator(".scale").inner_text().split()
    assert " ".join(told) == "lowest highest against (hatched) for each its own"
    assert page.locator(".levels").is_hidden()
    one = replace(scene, beside=(), chosen="a")
    page.evaluate("data => player.update(data)", json.loads(embedded(one)))
    assert page.locator(".stage canvas").count() == 1
    assert page.locator(".levels button").count() == 2


def test_a_moment_is_looped(opened):
    scene = grey(16, levels=LEVELS, moments=(Moment("b", 1.5, 1.8),), chosen="b", start=1.7)
    page = opened(scene)
    shown(page, 7)
    page.locator(".time").focus()
    page.keyboard.press("Home")
    page.keyboard.press("l")
    shown(page, 5)
    page.keyboard.press(" ")
    seen = {
        int(page.locator(".player").get_attribute("data-frame")) for _ in range(60) if page.wait_for_timeout(20) is None
    }
    assert seen == {5, 6, 7}
    page.get_by_role("button", name="Water sports").click()  # which has no moment
    assert page.get_by_role("button", name="Loop the moment").is_hidden()
    shown(page, 12)


def test_nothing_moves_by_itself_for_those_who_want_no_motion(opened):
    still = opened(replace(grey(16), autoplay=True), reduced_motion="reduce")
    moving = opened(replace(grey(16), autoplay=True))
    shown(moving, 9)
    assert still.locator(".player").get_attribute("data-frame") == "0"


def test_names_are_texts(opened):
    ranges = (Range("a", EVIL, 1, 1.8, "#0072B2"), Range("b", f"{EVIL} {EVIL}", 1.4, 2.6, "red; background: url(//x)"))
    page = opened(replace(grey(16, levels=LEVELS, ranges=ranges, chosen="b"), title=EVIL))
    assert page.locator(".range").all_inner_texts() == [EVIL, f"{EVIL} {EVIL}"]
    assert EVIL in page.locator(".legend").inner_text()
    page.mouse.move(*point(page, 0.3))
    assert page.locator(".tip").inner_text().startswith(f"{EVIL} · {EVIL}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_lies_under_a_film_comes_and_goes_without_it(opened):
    times, page = (1.0, 1.4, 2.0), opened(grey(16))
    one, two = ([0.9, 0.2, 0.1], [0.1, 0.8, 0.9])
    lanes = [
        {"level": "0", "name": name, "times": times, "values": values, "low": 0, "high": 1, "group": "Class"}
        | {"hue": "#0072B2", "dash": "", "filled": False}
        for name, values in ((EVIL, one), ("Rafting", two))
    ]
    ranges = [
        {"level": "answer", "name": "Not sure", "start": 1.0, "end": 1.2, "hue": ""},
        {"level": "answer", "name": EVIL, "start": 1.2, "end": 2.6, "hue": "#0072B2"},
    ]
    says = [["Not sure", "nothing reaches 80 %"], [EVIL, "90 %"], [EVIL, "95 % · right"]]
    below = {"levels": [], "ranges": ranges, "lanes": lanes, "times": times, "says": says}
    film = page.evaluate(
        "data => { const before = document.querySelector('canvas'); player.annotate(data);"
        " return before === document.querySelector('canvas'); }",
        below,
    )
    assert film
    assert page.locator(".range").all_inner_texts() == ["Not sure", EVIL]
    assert page.locator(".range.unsure").count() == 1
    assert page.locator(".lane .edge").count() == 2
    assert page.locator(".lane .name b").inner_text() == f"Class: {EVIL}"
    assert page.locator(".now").inner_text().split("\n") == ["Not sure", "nothing reaches 80 %"]
    page.evaluate("player.at(1.95)")
    shown(page, 9)
    assert page.locator(".lane .name b").inner_text() == "Class: Rafting"
    assert page.locator(".now").inner_text().split("\n") == [EVIL, "95 % · right"]
    assert page.locator(".time").get_attribute("aria-valuetext").endswith("95 % · right")
    page.evaluate("data => player.annotate(data)", below | {"ranges": [], "lanes": [], "says": []})
    assert page.locator(".range, .lane").count() == 0
    assert page.locator(".now").is_hidden()


def test_a_film_that_cannot_be_shown_is_told(opened):
    page = opened(grey(4))
    page.evaluate("window.createImageBitmap = undefined")
    page.evaluate("data => player.update(data)", json.loads(embedded(grey(5))))
    page.get_by_role("alert").wait_for()
    assert "createImageBitmap" in page.evaluate("told")[0]
