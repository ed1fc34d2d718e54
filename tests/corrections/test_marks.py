"""Logs of marks: what is written comes back, by either form, and what is not of this network is said in one line."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.corrections.marks import (
    MOST_NOTE,
    WHYS,
    Log,
    Mark,
    added,
    as_csv,
    as_json,
    mark,
    numbers,
    parse_numbers,
    read_log,
    without,
    write_log,
)
from hprotopnet.errors import InputError
from hprotopnet.files import visible


@pytest.fixture(scope="module")
def bundle(tiny_bundle):
    return open_bundle(tiny_bundle)


def log_of(bundle, *chosen: int) -> Log:
    notes = ("", "the crowd, not the game", '=HYPERLINK("x"), "quoted"', "'tis")
    marks = [mark(bundle, number, WHYS[i % 2], notes[i % 4]) for i, number in enumerate(chosen)]
    return Log("tiny", "0" * 64, tuple(marks))


@pytest.mark.parametrize(("suffix", "made"), [("json", as_json), ("csv", as_csv), ("CSV", as_csv)])
def test_a_log_comes_back_as_it_was(bundle, tmp_path, suffix, made):
    log = log_of(bundle, 4, 1, 7, 2)
    path = tmp_path / f"log.{suffix}"
    path.write_text(made(log), encoding="utf-8")
    assert read_log(path, bundle) == log


def test_no_cell_of_a_table_is_a_formula(bundle):
    assert ",=" not in as_csv(log_of(bundle, 4, 1, 7))
    assert ',"=' not in as_csv(log_of(bundle, 4, 1, 7))


def test_a_log_is_written_whole(bundle, tmp_path):
    log = log_of(bundle, 3)
    write_log(tmp_path / "deep" / "log.json", log)
    assert read_log(tmp_path / "deep" / "log.json", bundle) == log


def test_of_two_marks_of_a_prototype_the_later_counts(bundle):
    first, other, again = mark(bundle, 1, WHYS[0]), mark(bundle, 2, WHYS[0]), mark(bundle, 1, WHYS[1], "now")
    assert added([first, other], [again]) == (other, again)
    assert numbers([first, other, again]) == (1, 2)


def test_a_mark_that_is_taken_back_leaves_the_others_in_their_order(bundle):
    marks = log_of(bundle, 4, 1, 7).marks
    assert without(marks, 1) == (marks[0], marks[2])
    assert without(marks, 0) == marks


@given(st.text(max_size=2 * MOST_NOTE))
def test_any_note_can_be_kept_and_shown(bundle, note):
    kept = mark(bundle, 0, WHYS[0], note).note
    assert visible(kept) == kept
    assert len(kept) <= MOST_NOTE


def spoiled(log: Log, **changes) -> str:
    data = json.loads(as_json(log))
    data["marks"][0] |= changes
    return json.dumps(data)


HOSTILE = {
    "another node": {"node": "Nowhere"},
    "a number that there is not": {"prototype": 10**9},
    "a negative one": {"prototype": -1},
    "no number": {"prototype": "4"},
    "another source": {"start": 99.0},
    "no reason": {"why": "<script>"},
    "a note that is a book": {"note": "x" * 10_000},
    "a note that cannot be shown": {"note": "a\nb"},
    "a date that is none": {"when": "x" * 100},
    "a field that is not known": {"more": 1},
}


@pytest.mark.parametrize("changes", HOSTILE.values(), ids=HOSTILE)
def test_a_log_of_something_else_is_refused_in_one_line(bundle, tmp_path, changes):
    path = tmp_path / "log.json"
    path.write_text(spoiled(log_of(bundle, 4), **changes), encoding="utf-8")
    with pytest.raises(InputError) as found:
        read_log(path, bundle)
    assert str(path) in str(found.value)
    assert "\n" not in str(found.value)
    assert len(str(found.value)) < 600


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "prototype\n4\n", "a,b\n1,2\n", '"', "PK\3\4\0\0"])
@pytest.mark.parametrize("name", ["log.json", "log.csv"])
def test_what_is_no_log_is_refused(bundle, tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="log"):
        read_log(path, bundle)


def test_numbers_are_read_as_people_type_them(bundle):
    assert parse_numbers("12, 3,,3 ", bundle) == (3, 12)
    assert parse_numbers("", bundle) == ()
    for text in ("x", "-1", "1.5", "99999", "9" * 5000, "²"):
        with pytest.raises(InputError, match="no prototype"):
            parse_numbers(text, bundle)


def test_a_mark_knows_its_prototype(bundle):
    rows = bundle.prototypes
    assert mark(bundle, 3, WHYS[0]).is_of(rows[3])
    assert not mark(bundle, 3, WHYS[0]).is_of(replace(rows[3], video="other"))
    with pytest.raises(InputError):
        Mark(0, "n", "v\0", 0.0, WHYS[0])
