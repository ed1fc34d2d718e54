"""The app in a browser, where networks of a few weights lie."""

import pytest
from browsing import served


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
