"""Which networks pages offer, and with which they begin."""

import shutil

import pytest
from visits import PAGES, opened, refusals, texts

from hprotopnet.ui.networks import COME_WITH, available_bundles

# Streamlit 1.67's own test harness on Python 3.11.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def test_networks_of_one_name_are_all_there(tiny_bundle, tiny_flat_bundle, monkeypatch, tmp_path):
    """The first of a name keeps it, as links of before know it; the others add where they lie."""
    folders = [tmp_path / place for place in ("checkpoints", "runs", "elsewhere/runs")]
    for folder, bundle in zip(folders, (tiny_bundle, tiny_flat_bundle, tiny_bundle), strict=True):
        shutil.copytree(bundle, folder / "mine")
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", tuple(folders))
    names = ("mine", "mine (runs)", "mine (elsewhere/runs)")
    assert available_bundles() == {name: folder / "mine" for name, folder in zip(names, folders, strict=True)}
    assert set(opened("evidence").selectbox(key="bundle").options) == set(names)
    assert "no prototypes of its own" not in texts(opened("evidence", bundle="mine"))
    assert "no prototypes of its own" in texts(opened("evidence", bundle="mine (runs)"))
    compared = opened("compare", left="mine (runs)", right="mine")
    assert {"mine", "mine (runs)"} <= {caption.value.replace("\\", "") for caption in compared.caption}
    assert "network mine (runs)" in opened("hierarchy").selectbox(key="tree").options


def test_the_newest_network_is_offered_and_not_forced(own_network):
    app = opened("overview")
    assert app.selectbox(key="bundle").value == COME_WITH[0]
    assert "Watch the answer grow" in [header.value for header in app.subheader]
    next(button for button in app.button if button.label.endswith(own_network)).click().run()
    assert not app.exception
    assert app.selectbox(key="bundle").value == own_network
    assert not [button for button in app.button if button.label.endswith(own_network)]


def test_compare_begins_with_a_pair_that_shares_clips(own_network):
    app = opened("compare", likeliest="true")
    assert (app.selectbox(key="left").value, app.selectbox(key="right").value) == COME_WITH[::-1]
    assert texts(app).count("If this were the answer") == 4


def test_a_partner_goes_along_until_it_is_chosen(own_network, tiny_flat_bundle):
    shutil.copytree(tiny_flat_bundle, available_bundles()[own_network].parent / "mine-flat")
    app = opened("compare")
    app.selectbox(key="left").select("mine-flat").run()
    assert app.selectbox(key="right").value == own_network
    app.selectbox(key="right").select(COME_WITH[0]).run()
    assert not app.exception
    assert app.selectbox(key="left").value == "mine-flat"
    assert "No stored clip is shared" in app.info[0].value
    offers = [button for button in app.button if button.label.startswith("Compare")]
    assert [button.label.replace("\\", "") for button in offers] == [
        "Compare mine-flat with mine",
        f"Compare {COME_WITH[0]} with {COME_WITH[1]}",
    ]
    offers[1].click().run()
    assert app.selectbox(key="left").value == COME_WITH[1]
    assert not app.info


def test_a_link_to_the_right_network_alone_brings_its_partner(own_network, tiny_flat_bundle):
    shutil.copytree(tiny_flat_bundle, available_bundles()[own_network].parent / "zz-flat")
    assert opened("compare", right=own_network).selectbox(key="left").value == "zz-flat"


@pytest.mark.parametrize("page", PAGES)
def test_a_broken_network_among_others_is_no_trouble(bundles, monkeypatch, tmp_path, page):
    for name, file in (("a-broken", "model.json"), ("b-broken", "showcase/00.json.gz")):
        shutil.copytree(bundles, tmp_path / name)
        (tmp_path / name / file).write_text("{")
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tmp_path, bundles.parent))
    app = opened(page, tree="ucf101")
    assert not app.error
    if page not in ("hierarchy", "node"):
        assert "broken" not in "".join(app.selectbox[0].options)
        assert [("a-broken" in line, "b-broken" in line) for line in refusals(app)] == [(True, False), (False, True)]


def test_a_stored_clip_that_cannot_be_read_is_said_in_one_line(tiny_bundle, tiny_flat_bundle, monkeypatch, tmp_path):
    for bundle in (tiny_bundle, tiny_flat_bundle):
        shutil.copytree(bundle, tmp_path / bundle.name)
    (tmp_path / tiny_bundle.name / "showcase" / "01.json.gz").write_text("{")
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tmp_path,))
    assert len(opened("compare").error) == 1
