"""The page Correct without a browser: marks, undo, logs, tuning again, a new network, and a shared app."""

import json
import shutil

import pytest
from visits import at_page, opened, texts

from hprotopnet.bundles.bundle import SIMILARITIES, open_bundle
from hprotopnet.corrections.marks import WHYS, Log, as_csv, as_json, mark, numbers, read_log
from hprotopnet.errors import InputError
from hprotopnet.ui import corrections
from hprotopnet.ui.corrections_tuning import next_folder, read_upload
from hprotopnet.ui.corrections_wall import MOST

# Streamlit 1.67's own test harness on Python 3.11.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.fixture
def own(tiny_bundle, monkeypatch, tmp_path):
    """A network of one's own, alone, and a cache of one's own."""
    monkeypatch.setenv("HPROTOPNET_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tmp_path / "runs",))
    monkeypatch.setattr("hprotopnet.ui.corrections_tuning.FOLDERS", (tmp_path / "runs",))
    return open_bundle(shutil.copytree(tiny_bundle, tmp_path / "runs" / "mine"))


@pytest.fixture
def shared(own, monkeypatch):
    for module in ("corrections", "corrections_tuning"):
        monkeypatch.setattr(f"hprotopnet.ui.{module}.is_shared", lambda: True)
    return own


def kept_log(folder):
    return sorted((folder.parent.parent / "cache").rglob("corrections/*.json"))


def pressed(app, key):
    app.button(key=key).click().run()
    assert not app.exception
    return app


def keys_of(app, why):
    """Keys of the buttons that mark the prototypes shown so."""
    return [button.key for button in app.button if (button.key or "").startswith(why)]


def labelled(app, start):
    return next(button for button in app.button if button.label.startswith(start))


def test_the_wall_shows_a_page_of_pieces_with_what_is_known_of_them(own):
    app = opened("corrections")
    assert len(app.get("image")) == MOST
    assert f"{len(own.prototypes)} of {len(own.prototypes)} prototypes" in texts(app)
    assert "decides " in texts(app)
    assert "Marked: 0" in texts(app)


def test_a_mark_outlasts_the_session_and_can_be_taken_back(own):
    app = opened("corrections", prototype=corrections.prototype_name(own, 3))
    assert len(app.get("image")) == 1
    pressed(app, f"{WHYS[0]} 3")
    app.text_input(key="note 3").set_value("a wall = no [reason](x)").run()
    found = read_log(kept_log(own.folder)[0], own).marks
    assert [(row.prototype, row.why, row.note) for row in found] == [(3, WHYS[0], "a wall = no [reason](x)")]
    other = opened("corrections")  # another session
    assert "Marked: 1" in texts(other)
    pressed(other, "withdraw 3")
    assert "Marked: 0" in texts(other)
    assert read_log(kept_log(own.folder)[0], own).marks == ()


def test_the_last_mark_or_any_is_undone(own):
    app = opened("corrections")
    first, second = keys_of(app, WHYS[1])[:2]
    pressed(pressed(app, first), second)
    labelled(app, "Undo the last").click().run()
    assert numbers(corrections_of(own)) == (int(first.split()[-1]),)
    pressed(app, f"withdraw {first.split()[-1]}")
    assert corrections_of(own) == ()


def corrections_of(bundle):
    files = kept_log(bundle.folder)
    return read_log(files[0], bundle).marks if files else ()


def test_tuning_shows_figures_before_and_after_and_keeps_a_new_network(own):
    app = opened("corrections")
    key = keys_of(app, WHYS[0])[0]
    pressed(app, key)
    labelled(app, "Tune again").click().run(timeout=60)
    assert not app.exception
    tables = " ".join(str(part.proto) for part in app.get("html"))
    assert "Right class" in tables
    assert "before" in tables
    assert "test clip" in " ".join(part.label for part in app.expander)
    labelled(app, "Keep as a new network").click().run(timeout=60)
    assert not app.exception
    made = open_bundle(own.folder.parent / "mine-corrected-1")
    assert made.meta["corrections"]["without"] == [int(key.split()[-1])]
    links = [link.proto for link in app.get("page_link")]
    assert any("compare" in link.page and "mine-corrected-1" in link.query_string for link in links)
    again = opened(
        "corrections", bundle="mine-corrected-1", prototype=corrections.prototype_name(own, int(key.split()[-1]))
    )
    assert "Made from mine without 1 prototype" in texts(again)
    assert "silent already" in texts(again)
    assert opened("overview", bundle="mine-corrected-1").selectbox(key="bundle").value == "mine-corrected-1"
    assert not at_page(app, "compare").error


def test_marks_set_after_tuning_are_said_not_to_be_in_its_figures(own):
    app = opened("corrections")
    keys = keys_of(app, WHYS[0])
    pressed(app, keys[0])
    labelled(app, "Tune again").click().run(timeout=60)
    assert "has changed since" not in texts(app)
    pressed(app, keys[1])
    assert "has changed since" in texts(app)


def test_without_what_was_found_the_page_says_how_to_get_it(own):
    (own.folder / SIMILARITIES).unlink()
    app = opened("corrections")
    assert "python -m hprotopnet correct --bundle runs/mine --data DIR" in [code.value for code in app.code]
    pressed(app, keys_of(app, WHYS[0])[0])
    toggle = next(toggle for toggle in app.toggle if "silence" in toggle.label)
    toggle.set_value(True).run(timeout=60)
    assert "right class" in texts(app)
    assert not app.exception


def test_a_shared_app_writes_nothing(shared):
    app = opened("corrections")
    pressed(app, keys_of(app, WHYS[0])[0])
    assert "Marked: 1" in texts(app)
    assert kept_log(shared.folder) == []
    assert "Marked: 0" in texts(opened("corrections"))
    labelled(app, "Tune again").click().run(timeout=60)
    assert not app.exception
    assert not [button for button in app.button if button.label.startswith("Keep")]
    assert "nothing is written" in texts(app)
    assert [folder.name for folder in shared.folder.parent.iterdir()] == ["mine"]


@pytest.mark.parametrize(("name", "made"), [("log.json", as_json), ("log.CSV", as_csv)])
def test_an_exported_log_can_be_brought_in(own, name, made):
    log = Log("mine", "0" * 64, (mark(own, 2, WHYS[1], "the bench"),))
    assert read_upload(name, made(log).encode(), own) == log.marks


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\0", b"{", b"[1]", b'{"network": 1}', b"x" * (5 * 2**20)])
@pytest.mark.parametrize("name", ["log.json", "log.csv", "../../etc/passwd"])
def test_a_hostile_log_is_one_line_that_says_no_place(own, name, content):
    with pytest.raises(InputError) as error:
        read_upload(name, content, own)
    assert "\n" not in str(error.value)
    assert "/tmp" not in str(error.value)


def test_a_spoiled_log_in_the_cache_is_said_and_not_written_over(own):
    app = opened("corrections")
    pressed(app, keys_of(app, WHYS[0])[0])
    file = kept_log(own.folder)[0]
    file.write_text(json.dumps({"network": "x"}), encoding="utf-8")
    spoiled = opened("corrections")
    assert len(spoiled.error) == 1
    assert file.name in spoiled.error[0].value.replace("\\", "")
    assert file.read_text(encoding="utf-8") == '{"network": "x"}'


def test_a_network_without_prototypes_has_nothing_to_leave_out(tiny_world, monkeypatch, tmp_path):
    from tiny import train_bundle

    train_bundle(tiny_world, tmp_path / "runs", "plain", head="fc", prototypes="none")
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tmp_path / "runs",))
    assert "no prototypes" in texts(opened("corrections"))


def test_names_of_new_networks_are_free_and_count_on(own):
    assert next_folder(own).name == "mine-corrected-1"
    (own.folder.parent / "mine-corrected-1").mkdir()
    assert next_folder(own).name == "mine-corrected-2"
    other = open_bundle(own.folder.rename(own.folder.parent / "mine-corrected-7"))
    assert next_folder(other).name == "mine-corrected-2"


def test_a_link_leads_to_one_prototype(own):
    name = corrections.prototype_name(own, len(own.prototypes) - 1)
    app = opened("corrections", bundle="mine", prototype=name)
    assert len(app.get("image")) == 1
    assert "1 of " in texts(app)
