"""Slides: turned by buttons and keys, one idea each."""

import pytest
from browsing import needs_chromium, settled, visit
from visits import opened, texts

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.bundles.showcase import load_showcase

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def press(app, label: str):
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def test_one_clip_is_told_step_by_step(bundles):
    app = opened("talk")
    tree, path = open_bundle(bundles).hierarchy, load_showcase(open_bundle(bundles))[0].explanation.path
    titles = [app.title[0].value]
    for _ in range(4):
        titles.append(press(app, "Next").title[0].value)
    assert titles == ["What is this?", "The network says", *(f"Why {tree.display[tree.index(node)]}?" for node in path)]
    assert app.query_params["slide"] in ("5", ["5"])
    assert press(app, "Back").title[0].value == titles[-2]


def test_an_address_opens_its_slide_and_one_beyond_the_last_the_last(bundles):
    assert opened("talk", slide="2").title[0].value == "The network says"
    assert opened("talk", slide="999").title[0].value.startswith("Why not ")
    assert opened("talk", slide="0").title[0].value == "What is this?"
    assert opened("talk", slide="<b>").title[0].value == "What is this?"


def test_another_clip_begins_anew(bundles):
    app = opened("talk", slide="3")
    app.selectbox(key="clip").select_index(3).run()
    assert app.title[0].value == "What is this?"


def test_the_tour_needs_no_network_of_ones_own():
    """The project's own networks, every slide of it that needs no backbone asked anything."""
    app = opened("talk")
    seen = [app.title[0].value]
    while not next(button for button in app.button if button.label == "Next").disabled:
        seen.append(press(app, "Next").title[0].value)
    assert seen[0] == "A world whose causes are known"
    assert seen[-1] == "Now yours"
    assert len(seen) == len(set(seen)) >= 8
    assert "of 504 test clips" in texts(opened("talk", slide=str(len(seen) - 1))).replace("\\", "")


@needs_chromium
def test_arrow_keys_and_a_clicker_turn_the_slides_but_not_within_the_player(page, address):
    visit(page, f"{address}/talk?deck=One+clip")
    title = page.locator("h1").first
    page.locator(".player canvas").first.wait_for()
    page.wait_for_timeout(1000)  # until the script that hears keys is there, which nothing shows
    for key, said in (
        ("ArrowRight", "The network says"),
        ("PageUp", "What is this?"),
        ("PageDown", "The network says"),
    ):
        page.keyboard.press(key)
        page.wait_for_function("said => document.querySelector('h1').innerText === said", arg=said)
        settled(page)
    page.keyboard.press("Home")
    page.wait_for_function("() => document.querySelector('h1').innerText === 'What is this?'")
    settled(page)
    page.locator(".player .time").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(1000)
    assert title.inner_text() == "What is this?"
