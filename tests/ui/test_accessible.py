"""Pages that everybody can use: axe finds no serious or critical violation. Needs Debian's Chromium."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import needs_chromium, served, visit

pytestmark = needs_chromium
ROOT = Path(__file__).resolve().parents[2]
GRAVE = ("serious", "critical")
PAGES = ["", "hierarchy", "node", "evidence?gallery=true&details=true", "evidence?what_if=true&why_not=true"]
PAGES += ["attribution", "film", "compare", "corrections", "talk?slide=3", "results"]


@pytest.fixture(scope="module")
def address():
    """Address of the app with the networks that come with the project."""
    with served(ROOT) as address:
        yield address


def grave_violations(page) -> list[str]:
    """Serious and critical violations on a page and in its frames, a line each."""
    found = [violation for frame in page.frames for violation in Axe().run(frame).response["violations"]]
    return sorted(
        f"{rule['id']}: {node['html'][:300]} {node.get('failureSummary', '')}"
        for rule in found
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_no_page_keeps_anybody_out(browser, address, name, scheme):
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1440, "height": 1000})
    page = context.new_page()
    visit(page, f"{address}/{name}")
    found = grave_violations(page)
    context.close()
    assert not found, "\n".join(found)


def test_a_button_without_a_name_would_be_found(browser):
    page = browser.new_page()
    page.set_content("<main><button></button></main>")
    assert any(line.startswith("button-name") for line in grave_violations(page))
    page.close()
