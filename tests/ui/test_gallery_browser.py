"""The gallery in a real browser: a press on a tile opens its clip, and arrows go from tile to tile."""

from browsing import needs_chromium, settled, visit

pytestmark = needs_chromium


def test_a_clip_is_chosen_by_its_picture_with_the_mouse_and_from_the_keyboard(page, address):
    visit(page, f"{address}/evidence?bundle=tiny-cpg2")
    clip = page.get_by_role("combobox", name="Clip", exact=True)
    page.get_by_text("Choose from pictures").click()
    tiles = page.locator("button.tile")
    page.wait_for_function(
        "() => { const all = [...document.querySelectorAll('*')].flatMap(own => own.shadowRoot ?"
        " [...own.shadowRoot.querySelectorAll('button.tile img')] : []);"
        " return all.length === 12 && all.every(image => image.naturalWidth > 0) }"
    )
    settled(page)
    assert "gallery=true" in page.url
    first = clip.input_value()
    other = next(tile for tile in tiles.all() if tile.get_attribute("aria-current") is None)
    name = other.get_attribute("data-name")
    other.click()
    page.wait_for_url(lambda url: "clip=" in url and "gallery=true" not in url)
    settled(page)
    assert clip.input_value() == name != first
    visit(page, page.url + "&gallery=true&within=Bright+ground")  # the view is a link
    assert clip.input_value() == name
    page.locator("button.tile[aria-current]").focus()
    names = [tile.get_attribute("data-name") for tile in tiles.all()]
    assert len(names) == 8
    assert page.locator("button.tile[tabindex='0']").count() == 1
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "gallery=true" not in url)
    settled(page)
    assert clip.input_value() == names[-2]
