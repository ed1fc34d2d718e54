"""The script of the disk in a real browser, without a server: geometry, names, hands. Needs Debian's Chromium."""

from dataclasses import replace

import numpy as np
import pytest
from browsing import covering, needs_chromium, rectangles
from toys import toy_hierarchy, uniform_tree

from hprotopnet.disk.layouts import look_at, wedge_layout
from hprotopnet.disk.poincare import along, circle, distance, geodesics, translate
from hprotopnet.disk.scene import Follow, Layer, Scene, pair, script, whole_page
from hprotopnet.hierarchy.tree import load_hierarchy

pytestmark = needs_chromium
REST = "!disk.disk.moving"
NAMES = ".name"


@pytest.fixture
def open_scene(browser):
    """Opens a scene on a page of its own; fails on what the page logs as an error."""
    pages, wrong = [], []

    def opened(scene: Scene, width: int = 800, motion: str = "no-preference", **more):
        context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion=motion, **more)
        context.set_default_timeout(90_000)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        page.set_content(whole_page(scene, "disk"))
        page.locator(NAMES).first.wait_for()
        page.evaluate("document.fonts.ready")
        pages.append(context)
        return page

    yield opened
    for context in pages:
        context.close()
    assert not wrong


def scene_of(tree, **more) -> Scene:
    return Scene(tree, wedge_layout(tree), **more)


def shown(page) -> np.ndarray:
    return np.array(page.evaluate("disk.disk.points")) @ [1, 1j]


# --- geometry ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def geometry(browser):
    """Calls functions of the script: name and arguments in, points as pairs."""
    page = browser.new_page()
    page.set_content(
        "<script type='module'>" + script() + "\nglobalThis.all = { distance, translate, along, geodesic, "
        "circle, lookAt, between, dragged, seen, after };</script>"
    )
    yield lambda code: page.evaluate(code)
    page.close()


def points(count: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.tanh(rng.uniform(0, 3.3, count)) * np.exp(2j * np.pi * rng.random(count))


def js(values) -> list:
    return [pair_of(value) for value in values]


def pair_of(value: complex) -> list[float]:
    return [float(value.real), float(value.imag)]


def test_the_script_computes_what_python_does(geometry):
    p, q, turn = points(40, 0), points(40, 1), np.exp(1j * points(40, 2).real)
    rows = [list(row) for row in zip(js(p), js(q), js(turn), strict=True)]
    found = geometry(f"{rows}.map(([p, q, t]) => [all.distance(p, q), all.translate(p, q, t), all.along(p, q, 0.7)])")
    for (apart, moved, on_way), a, b, t in zip(found, p, q, turn, strict=True):
        assert apart == pytest.approx(float(distance(a, b)), abs=1e-6)
        assert complex(*moved) == pytest.approx(complex(translate(a, b, t)), abs=1e-6)
        assert complex(*on_way) == pytest.approx(along(a, b, 0.7), abs=1e-6)


def test_arcs_are_geodesics_and_rings_are_circles(geometry):
    p, q = points(40, 3), points(40, 4)
    rows = [list(row) for row in zip(js(p), js(q), strict=True)]
    found = geometry(f"{rows}.map(([p, q]) => [all.geodesic(p, q), all.circle(p, 0.8)])")
    for (arc, ring), a, b in zip(found, p, q, strict=True):
        way = geodesics(np.array([a, b]), [(0, 1)], 9)[:-1]
        assert np.abs(way - complex(*arc["middle"])) == pytest.approx(np.full(9, arc["radius"]), rel=1e-6)
        turned = np.imag(np.conj(way[0] - complex(*arc["middle"])) * (way[-1] - complex(*arc["middle"])))
        assert (turned > 0) == arc["left"]
        assert np.abs(circle(a, 0.8) - complex(*ring["middle"])) == pytest.approx(np.full(97, ring["radius"]), abs=1e-6)


def test_a_view_and_the_way_to_it_are_those_of_python(geometry):
    tree = load_hierarchy("pantomime")
    base = wedge_layout(tree)
    setting = f"const base = {js(base)}, view = n => all.lookAt(base, {list(tree.parents)}, {list(tree.levels)}, n);"
    for start, end in ((-1, 0), (0, 40), (50, 3), (51, -1)):
        views = [look_at(tree, base, node) for node in (start, end)]
        moves = geometry(
            f"(() => {{ {setting} const way = all.between(view({start}), view({end}));"
            " return [0, .5, 1 - 1e-12, 1].map(s => base.map(z => all.seen(way(s), z))); })()"
        )
        at = np.array(moves) @ [1, 1j]
        assert at[0] == pytest.approx(views[0].points, abs=1e-6)
        assert at[2] == pytest.approx(views[1].points, abs=1e-5)
        assert at[3] == pytest.approx(views[1].points, abs=1e-6)
        for pictured in at:  # whatever is seen on the way, distances stay as they are
            assert distance(pictured[0], pictured[-1]) == pytest.approx(float(distance(base[0], base[-1])), abs=1e-6)
        halves = [distance(complex(views[1].moved(views[0].focus)), 0) / 2]
        centre = geometry(f"(() => {{ {setting} return all.between(view({start}), view({end}))(.5).focus; }})()")
        apart = [float(distance(complex(*centre), view.focus)) for view in views]
        assert apart == pytest.approx([float(halves[0])] * 2, abs=1e-6)  # half way, on the geodesic


def test_what_is_dragged_stays_under_the_hand_and_the_focus_in_its_bounds(geometry):
    found = geometry("""(() => {
      const view = { focus: [.3, -.2], turn: [0, 1] }, p = [.1, .4], q = [-.3, .2];
      const held = all.translate(p, [-.2, -.3], [0, -1]); // what the view sees at p: its inverse
      const free = all.dragged(view, p, q, 99), bound = all.dragged(view, p, [-.9, .1], .5);
      return [all.seen(view, held), all.seen(free, held), all.distance(bound.focus, [0, 0]), Math.hypot(...free.turn)];
    })()""")
    assert found[0] == pytest.approx([0.1, 0.4])
    assert found[1] == pytest.approx([-0.3, 0.2])
    assert found[2] == pytest.approx(0.5)
    assert found[3] == pytest.approx(1)


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [388, 508, 760])
@pytest.mark.parametrize("name", ["ucf101", "activitynet", "pantomime"])
def test_names_are_whole_and_do_not_cover_each_other(open_scene, name, width):
    tree = load_hierarchy(name)
    page = open_scene(scene_of(tree), width + 24, "reduce")
    for node in (-1, 0, tree.parents[len(tree.classes) // 2], len(tree.nodes) - 1):
        page.evaluate("name => disk.focus(name)", tree.nodes[node] if node >= 0 else "")
        assert_names_whole(page)


def test_where_there_is_room_no_name_is_cut_and_all_branches_are_named(open_scene):
    for name in ("ucf101", "pantomime"):
        tree = load_hierarchy(name)
        page = open_scene(scene_of(tree), 800, "reduce")
        found = [text for text, _ in rectangles(page, NAMES)]
        assert len(found) > 40
        assert not [text for text in found if "…" in text]
        for node in tree.at_level(tree.depth - 1):
            assert tree.display[node].replace(" ", "") in [text.replace(" ", "") for text in found]


def assert_names_whole(page, least: int = 12) -> None:
    found = rectangles(page, NAMES)
    assert len(found) >= least
    assert covering(found) == []
    box = page.locator(".picture").bounding_box()
    for text, corners in found:
        across, down = ([corner[axis] for corner in corners] for axis in (0, 1))
        assert box["x"] - 1 <= min(across) <= max(across) <= box["x"] + box["width"] + 1, text
        assert box["y"] - 1 <= min(down) <= max(down) <= box["y"] + box["height"] + 1, text


def test_names_do_not_cover_each_other_on_the_way(open_scene):
    tree = load_hierarchy("ucf101")
    page = open_scene(scene_of(tree))
    page.evaluate("disk.disk.animate = step => { globalThis.step = share => { step(share); disk.disk.draw(); }; }")
    for target in ("Sports", "Biking", "String"):
        page.evaluate("name => disk.focus(name)", target)
        for share in (0.1, 0.3, 0.5, 0.7, 0.9, 1):
            page.evaluate("share => step(share)", share)
            assert_names_whole(page, 8)


# --- hands ------------------------------------------------------------------------------------------------------------


def test_a_click_moves_along_and_tells_once(open_scene):
    tree = toy_hierarchy()
    page = open_scene(scene_of(tree))
    page.evaluate("() => { globalThis.heard = []; disk.disk.events = { focus: name => heard.push(name) }; }")
    start = shown(page)
    node = tree.index("ball")
    page.locator(f".node[data-node='{node}']").click()
    page.wait_for_function("disk.disk.moving && disk.disk.view.focus[0] !== 0")  # it is on its way
    page.wait_for_function(REST)
    view = look_at(tree, wedge_layout(tree), node)
    assert not np.allclose(start, view.points)
    assert shown(page) == pytest.approx(view.points, abs=1e-6)
    assert page.evaluate("heard") == ["ball"]
    page.locator(f".node[data-node='{node}']").click()
    assert page.evaluate("heard") == ["ball"]


def test_a_drag_pans_never_loses_the_disk_and_tells_when_it_is_let_go(open_scene):
    tree = load_hierarchy("ucf101")
    page = open_scene(scene_of(tree))
    page.evaluate("() => { globalThis.heard = []; disk.disk.events = { focus: name => heard.push(name) }; }")
    box = page.locator(".picture").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for _ in range(6):
        page.mouse.move(x + 150, y + 20)
        page.mouse.down()
        page.mouse.move(x - 160, y - 60, steps=8)
        assert len(page.evaluate("heard")) <= _
        page.mouse.up()
    most = max(float(distance(look_at(tree, wedge_layout(tree), node).focus, 0)) for node in range(len(tree.nodes)))
    focus = page.evaluate("disk.disk.view.focus")
    assert float(distance(complex(*focus), 0)) <= most + 1e-6
    assert page.evaluate("heard")
    nearest = np.abs(shown(page)).argmin()
    assert page.evaluate("heard.at(-1)") == tree.nodes[nearest]
    before = shown(page)
    page.mouse.wheel(0, 300)
    page.wait_for_timeout(100)
    assert shown(page) == pytest.approx(before)
    page.mouse.dblclick(x, y + 0.44 * box["height"])  # beside all nodes
    page.wait_for_function(REST)
    assert page.evaluate("heard.at(-1)") == ""


def test_arrows_walk_the_tree_and_enter_centres(open_scene):
    tree = toy_hierarchy()
    page = open_scene(scene_of(tree), motion="reduce")
    page.locator(".picture").focus()
    said = page.locator("[role=status]")
    at_cursor = "disk.disk.name(disk.disk.cursor)"
    for key, name in (
        *(("ArrowDown", "sports"), ("ArrowDown", "ball"), ("ArrowDown", "dunk"), ("ArrowRight", "throw")),
        *(("ArrowRight", "dunk"), ("ArrowUp", "ball"), ("ArrowLeft", "water"), ("ArrowUp", "sports")),
        *(("ArrowRight", "music"), ("Home", ""), ("ArrowDown", "sports"), ("ArrowDown", "ball")),
    ):
        page.keyboard.press(key)
        assert page.evaluate(at_cursor) == name
    assert page.evaluate("disk.disk.node") == -1  # so far the view kept still
    assert "ball, parent in sports, 2 below, Enter brings it into focus" in said.inner_text()
    page.keyboard.press("Enter")
    assert shown(page) == pytest.approx(look_at(tree, wedge_layout(tree), tree.index("ball")).points, abs=1e-6)
    assert "in focus" in said.inner_text()


def test_search_path_and_table_lead_to_nodes(open_scene):
    tree = load_hierarchy("pantomime")
    page = open_scene(scene_of(tree), motion="reduce")
    page.get_by_role("combobox").fill("DRUM")
    assert page.get_by_role("option").first.inner_text().startswith("Drumming")
    page.keyboard.press("Enter")
    crumbs = page.get_by_role("navigation").get_by_role("button")
    assert crumbs.all_inner_texts() == ["All classes", "Playing Music", "Percussion Instruments", "Drumming"]
    crumbs.nth(1).click()
    assert (
        page.evaluate("disk.disk.name(disk.disk.node)")
        == tree.nodes[tree.parents[tree.parents[tree.index("Drumming")]]]
    )
    page.get_by_text("The same as a table").click()
    rows = page.locator("tbody tr")
    rows.first.wait_for()
    assert rows.count() == len(tree.nodes)
    assert rows.nth(2).locator("th, td").all_inner_texts()[1:] == ["class", rows.nth(1).locator("th").inner_text()]


def test_layers_come_and_go_and_a_point_tells_its_clip(open_scene):
    tree = toy_hierarchy()
    base = wedge_layout(tree)
    layers = (
        Layer("clips", "Clips", "dots", "points", ({"at": [0.02, 0.3], "kind": "wrong", "title": "a", "id": "v1"},)),
        Layer("mistakes", "Mistakes", "arrows", "arcs", ({"from": 0, "to": 1, "weight": 1, "title": "b"},)),
        Layer("film", "Film", "path", "track", ({"at": pair(base[0]), "title": "0 s"}, {"at": [0, 0]})),
    )
    page = open_scene(Scene(tree, base, layers=layers), motion="reduce")
    page.evaluate("() => { globalThis.heard = []; disk.disk.events = { item: (...what) => heard.push(what) }; }")
    assert page.locator(".item, .arc, .step").count() == 0
    for name in ("Clips", "Mistakes", "Film"):
        page.get_by_label(name).check()
    assert (
        page.locator(".item.wrong").count() == page.locator(".arc").count() == page.locator(".item.moment").count() == 1
    )
    page.locator(".item.wrong").click()
    assert page.evaluate("heard") == [["clips", "v1"]]
    page.get_by_label("Clips").uncheck()
    assert page.locator(".item.wrong").count() == 0


def test_star_answer_and_marks_follow_a_film(open_scene):
    tree = toy_hierarchy()
    base = wedge_layout(tree)
    path = [tree.index(name) for name in ("sports", "ball", "dunk")]
    points, times = base[path], np.array([0.5, 1.5, 2.5])
    chances = np.zeros((3, len(tree.nodes)))
    chances[range(3), path] = 0.9
    track = Layer("film", "Film", "path", "track", tuple({"at": pair(point)} for point in points), on=True)
    follow = Follow("player", times, points, [-1, *path[1:]], chances)
    page = open_scene(Scene(tree, base, layers=(track,), follow=follow), motion="reduce")

    def at(time: float) -> complex:
        page.evaluate("time => disk.follow(time)", time)
        x, y, radius = page.evaluate(
            "[...document.querySelector('.star').getAttribute('transform').match(/[-.0-9]+/g).map(Number),"
            " disk.disk.radius]"
        )
        return complex(x, -y) / radius

    def lit() -> int:
        return page.locator(".paths .path").count()

    assert at(0) == pytest.approx(points[0], abs=0.01)
    assert lit() == 0  # not sure: no path
    half = along(points[0], points[1], float(distance(points[0], points[1])) / 2)
    assert at(1.0) == pytest.approx(half, abs=0.01)
    assert lit() == 2
    assert at(9) == pytest.approx(points[2], abs=0.01)
    assert lit() == 3
    assert page.evaluate("disk.disk.data.probabilities[disk.disk.data.path]") == 0.9
    shades = page.locator(".step").evaluate_all("steps => steps.map(step => +step.getAttribute('stroke-opacity'))")
    assert 0.1 < shades[0] < shades[1] == 1
    page.evaluate("data => disk.update(data)", Scene(tree, base, layers=(track,), follow=follow).to_dict())
    assert lit() == 3  # the page runs again: the moment stays


def test_names_are_text_whatever_they_hold(open_scene):
    evil = '<img src=x onerror="globalThis.hit = 1"><b>&amp;'
    tree = toy_hierarchy()
    odd = replace(tree, display=tuple(f"{evil}{i}" for i in range(len(tree.nodes))), notes=tree.notes)
    page = open_scene(scene_of(odd), motion="reduce")
    page.evaluate("disk.focus('ball')")
    page.get_by_role("combobox").fill("img")
    page.get_by_text("The same as a table").click()
    page.locator(".node").nth(3).hover()
    page.locator(".tip").wait_for()
    assert page.locator(".disk img, .disk b").count() == 0
    assert page.evaluate("globalThis.hit") is None
    assert evil in page.locator("tbody").inner_text()


def test_an_answer_to_an_earlier_click_does_not_turn_a_later_one_back(open_scene):
    tree = uniform_tree(2, 2, 2)
    page = open_scene(scene_of(tree), motion="reduce")
    first, second = tree.index("p00"), tree.index("p11")
    for node in (first, second):
        page.evaluate("node => disk.disk.choose(node)", node)
    answer = "node => { disk.update({ ...structuredClone(disk.disk.data), node }); return disk.disk.node; }"
    assert page.evaluate(answer, first) == second
    assert page.evaluate(answer, second) == second
    assert page.evaluate(answer, first) == first  # from now on it is somebody else's wish
    page.evaluate("disk.disk.choose(-1)")
    assert page.evaluate(answer, first) == -1  # nobody minded that, and nobody wishes anything new
    assert page.evaluate(answer, second) == second


def test_a_finger_scrolls_the_page_and_a_tap_chooses(open_scene):
    tree = toy_hierarchy()
    page = open_scene(scene_of(tree), 420, "reduce", has_touch=True, is_mobile=True)
    page.add_style_tag(content="body { padding-bottom: 1500px; }")
    box = page.locator(".picture").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before, touch = shown(page), page.context.new_cdp_session(page)
    finger = [{"x": x + 30, "y": y - step} for step in range(0, 200, 20)]
    for kind, at in [("touchStart", finger[:1]), *(("touchMove", [own]) for own in finger[1:]), ("touchEnd", [])]:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})
    page.wait_for_function("scrollY > 60")
    assert shown(page) == pytest.approx(before)
    page.wait_for_timeout(500)  # until it has come to rest
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_function("scrollY === 0")
    box = page.locator(f".node[data-node='{tree.index('music')}']").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2 + 9, box["y"] + box["height"] / 2)
    page.wait_for_function(f"disk.disk.node === {tree.index('music')}")
