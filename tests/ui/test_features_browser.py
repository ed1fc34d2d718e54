"""Every feature of every page in a real browser, at three widths, light and dark. Needs Debian's Chromium.

`FEATURES` is the table: what a user does on each page. Each of its links is opened once. Those in `THRICE` take three
laps, one a width, the theme changing from lap to lap, and every feature is used in each; of the others every feature is
used once and looked at in all widths. Nothing may go wrong, stick out or be asked of another machine, and at the end
axe looks at what is open, in both themes.
"""

import os
import re
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import needs_chromium, served, settled, visit
from hands import address as at
from hands import (
    choose,
    click_cell,
    do,
    drag,
    find,
    go,
    key,
    loaded,
    node,
    only,
    press,
    save,
    scroll,
    see,
    switch,
    touch,
    unfold,
    upload,
    whole_screen,
    write,
)
from playwright.sync_api import Error

from hprotopnet.files import cache_dir
from hprotopnet.models.backbones.weights import absence

pytestmark = needs_chromium
ROOT = Path(__file__).resolve().parents[2]
CLIP = ROOT / "assets" / "pantomime" / "Cello" / "v_Cello_g04_c01.mp4"
TREE = ROOT / "assets" / "hierarchies" / "pantomime.csv"
WIDTHS, THEMES = (1440, 1024, 420), ("light", "dark")
GROUNDS = {"light": "rgb(255, 255, 255)", "dark": "rgb(15, 19, 26)"}
IS_GROUND = "own => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor === own"
GRAVE, QUICK = ("serious", "critical"), {"resultTypes": ["violations"]}
TIED, FLAT = "pantomime-cpg10-tied", "pantomime-protopnet10-tuned"
AT, SHOWN, REGION = ".player[data-frame", ".player[data-frame]", "[aria-label^='The part of the clip']"
NUMBERS = "details[open] [data-testid=stDataFrame]"
STORY = "h3:has-text('Watch the answer grow')"
WORLD, SMOOTH = "A world whose causes are known", ".panes figcaption:has-text('SmoothGrad')"
THERE = ".panes figcaption:has-text('Grad-CAM'):has-text('a grid of')"
# Pages and what stands above them; links ask for what is folded up on them.
OVERVIEW, HIERARCHY, OWN_TREE = f"?bundle={TIED}", f"hierarchy?tree=network+{TIED}", "hierarchy?tree=your own CSV file"
NODE, EVIDENCE = f"node?tree=network+{TIED}&node=Sports&moving=false", f"evidence?bundle={TIED}"
CAUSES = f"evidence?bundle={TIED}&what_if=true"
FOLDER = "evidence?bundle=tiny-cpg2&source=Data folder&folder={many}&gallery=true&what_if=true"
OWN_CLIP, COMPARE = "evidence?bundle=tiny-cpg2&source=Upload", f"compare?left={FLAT}&right={TIED}"
ATTRIBUTION, TRUTHS = "attribution?bundle=tiny-cpg2", f"attribution?bundle={TIED}"
CORRECTIONS, FILM, OWN_FILM = "corrections?bundle=mine", f"film?bundle={TIED}", "film?bundle=tiny-cpg2&film=Upload"
TIMELINE = "timeline?detector=pantomime-haan"
TOUR, DECK, RESULTS, STUDIES = "talk", "talk?deck=One+clip", f"results?bundle={TIED}", "results?results=Studies"
FEATURES = {
    OVERVIEW: {
        "pictures": (loaded("[data-testid=stImage] img", 3), only(1, switch("Play all pieces"))),
        "a clip that teaches": (press("button", "A failure", "It is right"), see("Chosen by rule"), see("truth: ")),
        "the player by keys": (key("End", "Home", on=f"{SHOWN} .time"), find(f"{AT}='15']", f"{AT}='0']")),
        "full screen": (only(0, whole_screen),),
        "a node of the small disk": (node("Sports", "Exercise", "Household"), see("What the network knows of")),
        "a story": (scroll(STORY), press("radio", "Playing violin", "Sit-ups", "Shaving"), find(f"{SHOWN} .now")),
    },
    HIERARCHY: {
        "recentre": (lambda page, lap: page.locator(".picture").dblclick(position={"x": 4, "y": 4}), see("36 classes")),
        "layers": (switch("Stored clips", "Prototypes (", "Mistakes ("), at("clips", "prototypes", "mistakes")),
        "a clip on the disk": (touch(".picture .item.wrong", force=True), find("a:has-text('see the evidence')")),
        "click a node": (node("Sports", "Exercise", "Household"), at("node=Sports", "node=Exercise", "node=Household")),
        "search": (write("Find a node of the tree", "drum"), at("node=Drumming")),
        "breadcrumb": (press("button", "Playing Music"), at("node=Playing+Music")),
        "layout": (press("radio", "Taxonomy", "Geometry"),),
        "table": (unfold("The same as a table"), find("th:has-text('Drumming')")),
        "taken away": (save(("SVG", b"<svg"), ("PNG", b"\x89PNG"), under="Download this disk"),),
    },
    OWN_TREE: {
        "upload": (upload(TREE), see("36 classes")),
        "click a node": (node("Sports", "Exercise", "Household"), see("Up to All classes")),
    },
    NODE: {
        "pieces": (switch("Moving pictures"), find("[data-testid=stImage] img", count=8), switch("Moving pictures")),
        "nearest patches": (find("a:has-text('similarity')", count=12), find("a:has-text('Beside the point?')")),
        "on the disk": (node("Exercise"), at("node=Exercise")),
        "by name": (choose("Node", "Shaving"), see("Of its answers right")),
        "clips it gets wrong": (find("a:has-text('answered')"),),
        "breadcrumb": (press("button", "Grooming"), see("Clips it gets wrong")),
        "all of them": (switch("All 10 prototypes"), find("a:has-text('Beside the point?')", count=10)),
    },
    EVIDENCE: {
        "filters": (
            unfold("Choose from pictures"),
            choose("How right", "wrong"),
            see("2 of 36 clips, 2 wrong"),
            press("button", "Show all"),
        ),
        "a tile": (see("36 clips"), touch("button.tile:not([aria-current])"), at("clip=")),
        "the next clip": (press("button", "Next"), see("truth: ")),
        "how sure": (key("ArrowRight", on="role=slider[name=/^How sure/]"), at("threshold=")),
        "walk": (
            press("radio", "Parent", "Class"),
            at("level=Parent", "level=Class"),
            see("That piece of a training clip"),
            only(2, switch("Play both")),
        ),
        "why not": (unfold("Why not"), see("Speaks most for")),
        "details": (unfold("All that speaks for"), see("What decides"), only(2, switch("Play prototype"))),
        "taken away": (
            only(0, save(("Figures, SVG", b"PK"), under="Download this explanation")),
            only(1, save(("Numbers, CSV", b"network,"), under="Download this explanation")),
        ),
    },
    CAUSES: {
        "another cue": (
            press("radio", "A cue were another"),
            choose("Rendered again", "the parent's cue swapped"),
            see("Rendered the parent's cue swapped: "),
        ),
        "the true cue": (press("radio", "Where is the true cue?"), see("The strongest place lies")),
    },
    FOLDER: {
        "pages": (press("button", "Page 2"), find("button.tile", count=6)),
        "hidden": (
            press("radio", "Part of it were hidden"),
            drag(REGION, (0.1, 0.1, 0.6, 0.6)),
            see("With this part hidden"),
        ),
        "shown alone": (press("radio", "all but it"), see("With all but it hidden")),
        "beginning": (press("radio", "Only its beginning were shown"), see("With the first")),
        "absent": (
            press("radio", "Prototypes were absent"),
            press("button", "1", "2"),
            see(re.compile(r"points\)|unchanged\)")),
        ),
    },
    OWN_CLIP: {
        "upload": (upload(CLIP), see("kept in memory"), see("This looks like that")),
        "another part": (key("ArrowRight", on="role=slider[name=/^Part to explain/]"), at("start=")),
        "drop it": (press("button", "Drop it"), find("section:has-text('Upload')")),
    },
    COMPARE: {
        "headline": (press("button", "Both right"), press("button", "They differ"), find("h2")),
        "pieces": (switch("Play all pieces"),),
        "likeliest": (unfold("The two likeliest classes"), see("If this were the answer")),
        "clips that separate": (
            press("radio", re.compile("Only hierarchical")),
            touch("button.tile:not([disabled])"),
        ),
    },
    ATTRIBUTION: {
        "methods": (only(0, press("button", "SmoothGrad")), find(THERE), find(".panes canvas", count=3)),
        "in step": (key("End", "Home", on=f"{SHOWN} .time"), find(f"{AT}='15']", f"{AT}='0']")),
        "of any node": (
            choose("Or of any node", "Red things", "Dark ground", "Blue bar"),
            see("Why Red things?", "Why Dark ground?", "Why Blue bar?"),
            find(THERE),
        ),
        "cancelled": (
            press("button", "Run"),
            see("SmoothGrad: 50%"),
            press("button", "Cancel"),
            see("asks the network many times"),
            find(f"{SMOOTH}:has-text('not there yet')"),
        ),
        "taken away": (save(("Map (.npz)", b"PK"), ("Numbers by frame (.csv)", b"frame,"), under="Download"),),
        "published ones": (
            choose("Whose answer?", "R3D-18", "TSM-R50", "MC3-18"),
            see("Which of its classes?"),
            choose("Whose answer?", "The network above"),
            see("Or of any node"),
        ),
        "left and found again": (
            only(0, press("button", "Run"), go("Compare"), go("Attribution", "Would Grad-CAM")),
            only(0, find(f"{SMOOTH}:has-text('every pixel')"), find(".js-plotly-plot")),
        ),
    },
    TRUTHS: {
        "the step": (press("radio", "Class"), find(THERE), see("fills")),
        "a third": (press("button", "Gradients"), find(".js-plotly-plot")),
    },
    CORRECTIONS: {
        "mark": (press("button", "Beside the point"), see("Marked: 1")),
        "tune": (press("button", re.compile("Tune again without")), see("Right class")),
        "another": (press("button", "Wrong place"), see("Marked: 2"), see("has changed since")),
        "log": (save(("Log as JSON", b"{")), save(("Log as CSV", b"network,weights,"))),
        "undo": (press("button", "Undo the last"), see("Marked: 1")),
        "withdraw": (press("button", "Undo"), see("Marked: 0")),
        "keep": (press("button", re.compile("Keep as a new network")), see("is written")),
        "compare": (
            press("link", "Compare it with the old one"),
            find("h1:has-text('Compare')"),
            see("mine-corrected-1"),
        ),
    },
    FILM: {
        "a story": (press("radio", "Sit-ups"), find(f"{SHOWN} .now")),
        "a moment": (drag(".player .seek", (0.3, 0.5, 0.4, 0.5)), at("second="), see("Explain this moment")),
        "a row": (
            lambda page, lap: page.locator("[data-testid=stDataFrame]").click(position={"x": 15, "y": 50}),
            find("a[href*='start=']"),
        ),
    },
    OWN_FILM: {
        "own film": (upload(CLIP), see("Answers, one after the other"), find(SHOWN)),
        "menu": (touch("[data-testid=stExpandSidebarButton]"), press("link", "Talk"), find(f"h1:has-text('{WORLD}')")),
    },
    TIMELINE: {
        "another film": (choose("Video", "untrimmed_057"), at("happening=untrimmed_057"), find(f"{SHOWN} .range")),
        "how far above": (key("ArrowRight", on="role=slider[name=/^Threshold/]"), at("alpha=")),
        "a segment": (touch(".player [data-number='0']"), see("True: "), find("a:has-text('All the evidence')")),
        "a row": (
            lambda page, lap: page.locator("[data-testid=stDataFrame]").first.click(position={"x": 15, "y": 50}),
            see("Found: "),
        ),
        "what is wrong": (scroll("h3:has-text('What does it get wrong?')"), find(".js-plotly-plot")),
    },
    TOUR: {
        "further": (press("button", "Next"), see("2 of 11")),
        "by arrow": (key("ArrowRight"), see("3 of 11")),
        "by a clicker": (key("PageDown"), see("4 of 11"), at("slide=4")),
        "to the end": (key("End"), see("11 of 11")),
    },
    DECK: {
        "back to its beginning": (key("Home"), find("h1:has-text('What is this?')")),
        "forth": (press("button", "Next"), find("h1:has-text('The network says')")),
        "on": (key("PageDown"), find("h1:has-text('Why')")),
    },
    RESULTS: {
        "a cell": (
            scroll("[role=combobox][aria-label='True class'], [aria-label^='Confusion matrix'] .js-plotly-plot"),
            click_cell("Rafting"),
            see(re.compile("answered rightly")),
            find("a[href*='within='][href*='answered=']"),
        ),
        "numbers": (unfold("Numbers and command"), find(NUMBERS), save(("Table as CSV", b"level,"))),
    },
    STUDIES: {
        "counted otherwise": (press("radio", "videos, by majority"), find(".js-plotly-plot")),
        "numbers": (unfold("Numbers and command"), find(NUMBERS), save(("Table as CSV", b"row,"))),
    },
}
THRICE = {OVERVIEW: "light", HIERARCHY: "dark", EVIDENCE: "light", ATTRIBUTION: "dark"}  # the theme of the first lap
ONCE = {NODE: 1, OWN_TREE: 2, CAUSES: 0, FOLDER: 1, OWN_CLIP: 2, COMPARE: 0, TRUTHS: 0, CORRECTIONS: 2, FILM: 2}
ONCE |= {OWN_FILM: 2, TIMELINE: 1, TOUR: 0, DECK: 1, RESULTS: 1, STUDIES: 0}  # the width at which features are used
TITLES = {
    "": "Why does the network say that?",
    "evidence": "Why this answer for this clip?",
    "attribution": "Would Grad-CAM have said the same?",
    "corrections": "Correct",
    "talk": WORLD,
    DECK: "What is this?",
}
ASK_THE_BACKBONE = (CAUSES, TRUTHS)
DRAWN_BY_PLOTLY = ("attribution", "results", "timeline")  # whose script alone would take every other page half a second
# SmoothGrad of a network of a few weights is done before anybody could press Cancel: whoever asks for it, but for the
# second time, gets half of it. Runs in the server at its start.
SLOW = """
import time
from itertools import count
from hprotopnet.attribution import methods
fast, asked = methods.attribute, count()
def attribute(subject, clip, target, method, progress=None, **settings):
    while method == "smooth" and next(asked) != 1:
        while True:
            progress(0.5)
            time.sleep(0.1)
    return fast(subject, clip, target, method, progress, **settings)
methods.attribute = attribute
"""


@pytest.fixture(scope="module")
def address(tiny_bundle, tiny_flat_bundle, tmp_path_factory):
    """Address of the app where tiny networks lie beside the project's, with a cache of its own but for weights."""
    world, cache, starts = (tmp_path_factory.mktemp(name) for name in ("world", "cache", "starts"))
    for bundle, name in ((tiny_bundle, "tiny-cpg2"), (tiny_flat_bundle, "tiny-protopnet2"), (tiny_bundle, "mine")):
        shutil.copytree(bundle, world / "runs" / name)
    for weights in cache_dir().glob("*.safetensors"):
        (cache / weights.name).symlink_to(weights)
    (starts / "sitecustomize.py").write_text(SLOW, encoding="utf-8")
    paths = os.pathsep.join([str(starts), str(ROOT), os.environ.get("PYTHONPATH", "")])
    with served(world, HPROTOPNET_CACHE=str(cache), PYTHONPATH=paths) as address:
        yield address


@pytest.fixture(scope="module")
def many(tiny_world, tmp_path_factory):
    """Class folders with more videos than a page of the gallery shows."""
    folder = tmp_path_factory.mktemp("many")
    for number, video in enumerate(2 * sorted((tiny_world / "videos").glob("*/*.mp4"))):
        (folder / video.parent.name).mkdir(exist_ok=True)
        shutil.copy(video, folder / video.parent.name / f"{video.stem}_{number}.mp4")
    return folder


@pytest.fixture(scope="module")
def window(browser):
    """A page without motion for all tests, so that scripts are loaded once, and what it asks for and complains of."""
    context, asked, wrong = browser.new_context(reduced_motion="reduce"), [], []
    page = context.new_page()
    page.set_default_timeout(120_000)  # of a machine that has other things to do
    page.add_init_script("performance.setResourceTimingBufferSize(10_000)")
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" and "404" not in line.text else 0)
    page.on("request", lambda request: asked.append(request.url))
    yield page, asked, wrong
    context.close()


@pytest.fixture
def page(window):
    """The page, and its test fails on errors of scripts; a file that is not there is no error."""
    page, asked, wrong = window
    page.goto("about:blank")
    asked.clear()
    wrong.clear()
    yield page
    assert not wrong


@pytest.fixture
def asked(window) -> list[str]:
    """Addresses that the page asks for."""
    return window[1]


def kind(name: str) -> str:
    """The page to which a link of the table leads; "" for the first."""
    return re.match(r"\w*", name).group().replace("overview", "")


def laps(name: str) -> list[tuple[int, str]]:
    """Those of a link of the table, each with its theme; a width has the number of its lap."""
    if name in ONCE:
        return [(ONCE[name], THEMES[ONCE[name] % 2])]
    return [(lap, THEMES[(lap + THEMES.index(THRICE[name])) % 2]) for lap in range(len(WIDTHS))]


def test_every_page_is_in_the_table():
    pages = {path.stem.replace("overview", "") for path in (ROOT / "pages").glob("*.py")}
    assert {kind(name) for name in FEATURES} == pages
    assert FEATURES.keys() == THRICE.keys() | ONCE.keys()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", FEATURES)
def test_every_feature_at_every_width_light_and_dark(page, address, asked, many, name):
    if name in ASK_THE_BACKBONE and absence("i3d"):
        pytest.skip("the I3D weights are not in the cache: run `python -m hprotopnet fetch`")
    for lap, theme in laps(name):
        look(page, lap, theme)
        if page.url == "about:blank":
            visit(page, f"{address}/{name.format(many=many)}")
            title = TITLES.get(name) or TITLES.get(kind(name), kind(name).capitalize())
            assert page.locator("h1").first.inner_text() == title
            assert not page.get_by_role("dialog").count()  # "Page not found"
            assert not foreign(page.evaluate("document.querySelector('link[rel~=icon]').href"), address)
        for feature, deeds in FEATURES[name].items():
            do(page, lap, deeds)
            for seen in [*range(len(WIDTHS)), lap] if name in ONCE else [lap]:
                look(page, seen, theme)
                assert_fits(page, f"{feature}, {WIDTHS[seen]}, {theme}")
        both = [theme, THEMES[theme == THEMES[0]]]
        if name in THRICE:
            look(page, lap, both[1])
            assert_fits(page, f"{WIDTHS[lap]}, {both[1]}")
        for seen in both if name in ONCE else both[:1]:
            look(page, lap, seen)
            assert_fits(page, f"{WIDTHS[lap]}, {seen}")
            found = lasting_violations(page, seen) if lap or name in ONCE else ()
            assert not found, "\n".join([f"{WIDTHS[lap]}, {seen}", *found])
    assert len(asked) > 10
    assert not [url for url in asked if foreign(url, address)]
    loaded_scripts = page.evaluate("performance.getEntriesByType('resource').map(own => own.name)")
    assert any("Plotly" in url for url in loaded_scripts) == (kind(name) in DRAWN_BY_PLOTLY)


def look(page, width: int, theme: str) -> None:
    """Look at a page in another width, by its number, or theme."""
    page.set_viewport_size({"width": WIDTHS[width], "height": 900})
    page.emulate_media(color_scheme=theme)


def foreign(url: str, address: str) -> bool:
    """Whether something is asked of anybody but the app: it works in a talk without a network."""
    return not url.startswith((address, address.replace("http", "ws", 1), "data:", "blob:"))


# By how many pixels the page is wider than the window.
BEYOND = """() => Math.max(document.documentElement.scrollWidth - innerWidth,
  ...[...document.querySelectorAll("[data-testid=stMain]")].map(main => main.scrollWidth - main.clientWidth))"""


def assert_fits(page, what: str, patience: float = 20_000) -> None:
    """Nothing sticks out of a page, or no longer once parts have followed the window."""
    with suppress(Error):
        page.wait_for_function(f"() => ({BEYOND})() <= 1", timeout=patience)
    assert page.evaluate(BEYOND) <= 1, what


def lasting_violations(page, theme: str) -> list[str]:
    """Those of a page in a theme that stay: what waits to be replaced is pale, and colours take a while to change."""
    page.wait_for_function(IS_GROUND, arg=GROUNDS[theme])
    for pause in (0, 1000, 4000, 16_000):
        page.wait_for_timeout(pause)
        settled(page)
        found = grave_violations(page)
        if not found:
            break
    return found


def grave_violations(page) -> list[str]:
    """Serious and critical violations on a page and in its frames, a line each."""
    found = [violation for frame in page.frames for violation in Axe().run(frame, options=QUICK).response["violations"]]
    return sorted(
        f"{rule['id']}: {node['html'][:300]} {node.get('failureSummary', '')}"
        for rule in found
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    )


def test_a_button_without_a_name_would_be_found(page):
    page.set_content("<main><button></button></main>")
    assert any(line.startswith("button-name") for line in grave_violations(page))


def test_what_sticks_out_would_be_found(page):
    page.set_viewport_size({"width": 420, "height": 900})
    page.set_content("<main data-testid=stMain><div style='width: 500px'>wide</div></main>")
    with pytest.raises(AssertionError, match="the width"):
        assert_fits(page, "the width", 100)


def test_what_is_asked_of_others_would_be_found(page, asked):
    page.route("**/*", lambda route: route.fulfill(body=""))
    page.set_content("<img src='http://127.0.0.1:9/picture'>")
    assert any(foreign(url, "http://127.0.0.1:8") for url in asked)
