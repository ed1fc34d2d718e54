"""A cell of the confusion matrix, clicked in a real browser, lists its clips. Needs Debian's Chromium."""

from browsing import needs_chromium, settled, visit
from hands import CELL

from hprotopnet.bundles.answers import load_answers
from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.views.scores import clips_of_cell, confusion

pytestmark = needs_chromium


def test_a_click_on_a_cell_lists_its_clips_and_one_opens(page, address, tiny_bundle):
    answers = load_answers(open_bundle(tiny_bundle))
    tree, counts = answers.hierarchy, confusion(answers)
    worst = divmod(int((counts * (tree.leaf_heights > 0)).argmax()), len(counts))
    cells = [cell for cell in zip(*counts.nonzero(), strict=True) if tuple(cell) != worst]
    truth, said = (int(leaf) for leaf in cells[0])
    clips = clips_of_cell(answers, truth, said)
    visit(page, f"{address}/results?bundle=tiny-cpg2")
    page.locator(".js-plotly-plot").nth(5).wait_for()
    settled(page)
    page.wait_for_timeout(500)
    x, y = page.evaluate(CELL, [tree.nodes[truth], tree.nodes[said]])
    page.mouse.click(x, y)
    page.wait_for_url(lambda url: "truth=" in url and "said=" in url)
    settled(page)
    shown = [page.get_by_role("combobox", name=name).input_value() for name in ("True class", "Answered")]
    assert shown == [tree.display[truth], tree.display[said]]
    names = [clip["video"].split("/")[-1] for clip in clips]
    for name in reversed(names):
        page.get_by_role("button", name=name).wait_for()
    assert page.locator("button.tile").count() == len(names)
    page.get_by_role("button", name=name).click()
    page.get_by_text("This looks like that").first.wait_for()
    settled(page)
    assert name in page.get_by_role("combobox", name="Clip", exact=True).input_value()
