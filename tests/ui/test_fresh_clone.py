"""What a newcomer sees: the project as it comes, no backbone in the cache and no network, in a real browser."""

import pytest
from browsing import APP, needs_chromium, served, settled

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.bundles.showcase import load_showcase
from hprotopnet.bundles.traces import film_of, load_traces
from hprotopnet.hierarchy.tree import load_hierarchy
from hprotopnet.ui.teaching import lessons

ROOT = APP.parent
BUNDLES = ("pantomime-cpg10-tied", "pantomime-protopnet10-tuned")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Address of the app, started in the project, with an empty cache and every way out closed."""
    nowhere = {f"{kind}_proxy": "http://127.0.0.1:9" for kind in ("http", "https", "HTTP", "HTTPS")}
    nowhere |= {"no_proxy": "127.0.0.1", "PIP_INDEX_URL": "http://127.0.0.1:9/simple"}
    with served(ROOT, HPROTOPNET_CACHE=str(tmp_path_factory.mktemp("cache")), **nowhere) as address:
        yield address


@pytest.mark.parametrize("name", BUNDLES)
def test_a_committed_bundle_is_small_and_tells_of_every_class(name):
    bundle = open_bundle(ROOT / "checkpoints" / name)
    size = sum(file.stat().st_size for file in bundle.folder.rglob("*") if file.is_file())
    assert size < 12_000_000
    assert {case.label for case in load_showcase(bundle)} == set(load_hierarchy("pantomime").classes)
    assert all(bundle.excerpt(prototype).is_file() for prototype in bundle.prototypes)


def test_the_stories_of_the_project_are_traced():
    traces = load_traces(open_bundle(ROOT / "checkpoints" / BUNDLES[0]))
    assert len(traces) >= 4
    assert all(film_of(trace) for trace in traces)


@needs_chromium
def test_the_first_screen_is_alive_without_backbone_and_network(address, browser):
    page = browser.new_page(viewport={"width": 1366, "height": 900})
    page.set_default_timeout(60_000)
    page.route("**/*", lambda route: route.continue_() if "127.0.0.1" in route.request.url else route.abort())
    page.goto(address)
    page.wait_for_function(  # it plays by itself
        """() => {
            const parts = [...document.querySelectorAll("*")].flatMap(part => part.shadowRoot ?? []);
            const frame = [document, ...parts].map(part => part.querySelector("[data-frame]")?.dataset.frame)
                .find(number => number !== undefined);
            window.begun ??= frame;
            return frame !== undefined && frame !== window.begun;
        }"""
    )
    settled(page)
    first = lessons([open_bundle(ROOT / "checkpoints" / BUNDLES[0])])[0].row.explanation
    assert first.video in page.locator("[data-testid=stMain]").inner_text()
    disk = page.locator("svg.picture").first
    assert disk.locator(".node").count() == 1 + len(load_hierarchy("pantomime").nodes)  # and the root
    assert disk.locator(".star").count() == 1
    pictures = page.locator("[data-testid=stImage] img")
    assert pictures.count() >= 3
    page.get_by_text("Watch the answer grow").scroll_into_view_if_needed()
    story = page.locator(".player[data-frame]").nth(1)
    story.scroll_into_view_if_needed()
    star = page.locator(".picture .star").last
    before = star.get_attribute("transform")
    story.locator(".time").focus()
    page.keyboard.press("End")
    page.wait_for_timeout(600)
    assert star.get_attribute("transform") != before
    page.close()
