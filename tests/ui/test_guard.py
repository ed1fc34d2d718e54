"""Whatever goes wrong in a page is one line in it; what is shared shows nothing else of the machine."""

import logging
import sys

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from hprotopnet.errors import InputError
from hprotopnet.hierarchy.tree import SHIPPED
from hprotopnet.ui.guard import UNFORESEEN, guarded
from hprotopnet.ui.sharing import is_shared, shared_folders

# Streamlit 1.67's own test harness on Python 3.11.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def ran(script) -> AppTest:
    return AppTest.from_function(script).run()


def test_what_was_foreseen_is_said_as_it_is_and_nothing_else_lost():
    def script():
        import streamlit as st

        from hprotopnet.errors import InputError
        from hprotopnet.ui.guard import guarded

        with guarded():
            raise InputError("film.mp4: holds *no* frames; give another")
        st.markdown("below")

    app = ran(script)
    assert [error.value for error in app.error] == [r"film\.mp4\: holds \*no\* frames; give another"]
    assert app.markdown[0].value == "below"
    assert not app.exception


def test_what_was_not_foreseen_is_one_line_too_and_in_the_log(caplog):
    def script():
        from hprotopnet.ui.guard import guarded

        with guarded():
            {}["![x](http://127.0.0.1/x)\nsecond line"]

    with caplog.at_level(logging.ERROR):
        app = ran(script)
    assert not app.exception
    (said,) = (error.value for error in app.error)
    assert said.startswith(UNFORESEEN)
    assert "KeyError" in said
    assert "![" not in said
    assert "Traceback" in caplog.text


def test_parts_that_run_again_by_themselves_are_guarded_too():
    def script():
        import streamlit as st

        from hprotopnet.ui.guard import guarded

        @st.fragment
        @guarded()
        def part():
            if st.button("again"):
                raise MemoryError("an array of 89 GiB")
            st.markdown("fine")

        part()

    app = ran(script)
    assert app.markdown[0].value == "fine"
    app.button[0].click().run()
    assert not app.exception
    assert "89 GiB" in app.error[0].value


def test_pages_that_stop_are_left_to_it():
    def script():
        import streamlit as st

        from hprotopnet.ui.guard import guarded

        with guarded():
            st.stop()
        st.markdown("below")

    app = ran(script)
    assert not app.error
    assert not app.markdown


@pytest.mark.parametrize("page", sorted((SHIPPED.parent.parent / "pages").glob("*.py")), ids=lambda page: page.stem)
def test_every_page_is_guarded(page):
    assert "\nrouted(__file__)\nwith guarded():\n    main()\n" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("address", "arguments", "shared"),
    [
        ("127.0.0.1", [], False),
        ("::1", [], False),
        ("localhost", [], False),
        (None, [], True),
        ("0.0.0.0", [], True),
        ("192.168.0.7", [], True),
        ("example.org", [], True),
        ("127.0.0.1", ["--share"], True),
    ],
)
def test_an_app_that_others_can_open_is_shared(monkeypatch, address, arguments, shared):
    monkeypatch.setattr(st, "get_option", {"server.address": address}.get)
    monkeypatch.setattr(sys, "argv", ["app.py", *arguments])
    assert is_shared() is shared


def test_folders_that_are_shared_are_called_by_their_names(monkeypatch, tmp_path):
    folders = [tmp_path / "one" / "films", tmp_path / "two" / "films", tmp_path / "clips"]
    monkeypatch.setattr(sys, "argv", ["app.py", "--share", *map(str, folders), str(folders[0])])
    assert shared_folders() == dict(zip(("films", "films (2)", "clips"), folders, strict=True))
    monkeypatch.setattr(sys, "argv", ["app.py", str(tmp_path)])
    assert shared_folders() == {}


def evidence(**query: str) -> AppTest:
    app = AppTest.from_file(str(SHIPPED.parent.parent / "app.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    app.switch_page("pages/evidence.py").run()
    assert not app.exception
    return app


@pytest.fixture
def shared(monkeypatch, tiny_world, tiny_bundle):
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tiny_world / "runs",))
    monkeypatch.setattr(sys, "argv", ["app.py", "--share", str(tiny_world / "videos")])
    return tiny_world / "videos"


def test_a_shared_app_looks_into_no_folder_that_was_not_named(shared):
    answers = []
    for folder in ("/etc", "/nowhere", str(shared.parent), str(shared)):  # there or not, all are answered alike
        app = evidence(source="Data folder", folder=folder)
        assert not app.text_input
        assert app.selectbox(key="folder").options == ["videos"]
        assert app.selectbox(key="video").value
        answers.append(next(line.value for line in app.caption if "There is no shared folder" in line.value))
    assert len({answer.split("“")[0] for answer in answers}) == 1


def test_a_shared_app_with_nothing_to_show_says_so(shared, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["app.py", "--share"])
    app = evidence(source="Data folder")
    assert "No folder is shared" in app.info[0].value
    assert not app.error


def test_an_input_error_is_no_reason_to_log(caplog):
    with caplog.at_level(logging.ERROR), guarded():
        raise InputError("film.mp4: no film")
    assert "Traceback" not in caplog.text
