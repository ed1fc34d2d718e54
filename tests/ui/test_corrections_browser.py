"""The page Corrections in a browser: marked, tuned, kept, and compared with what was before."""

import shutil

import pytest
from browsing import needs_chromium, served, settled, visit


@pytest.fixture
def address(tiny_bundle, tmp_path):
    shutil.copytree(tiny_bundle, tmp_path / "runs" / "mine")
    with served(tmp_path, HPROTOPNET_CACHE=str(tmp_path / "cache")) as address:
        yield address


@needs_chromium
def test_a_piece_is_marked_and_a_new_network_compared_with_the_old_one(page, address, tmp_path):
    visit(page, f"{address}/corrections?bundle=mine")
    page.get_by_role("button", name="Beside the point").first.click()
    page.get_by_text("Marked: 1").wait_for()
    visit(page, f"{address}/corrections?bundle=mine")  # it outlasts the session
    page.get_by_text("Marked: 1").wait_for()
    page.get_by_role("button", name="Tune again without it").click()
    page.get_by_text("Right class").first.wait_for()
    page.get_by_role("button", name="Keep as a new network").click()
    page.get_by_text("is written").wait_for()
    assert (tmp_path / "runs" / "mine-corrected-1" / "model.json").is_file()
    page.get_by_role("link", name="Compare it with the old one").click()
    page.get_by_role("heading", name="Compare", exact=True).wait_for()
    settled(page)
    page.get_by_text("mine-corrected-1", exact=True).first.wait_for()
    assert page.get_by_text("The two likeliest classes").count() == 1
