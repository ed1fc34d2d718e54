"""Trees as data: the validator's laws, names that nearly match, and the trees that ship."""

import codecs
import csv
import io
import json
import random
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from hprotopnet.errors import InputError
from hprotopnet.hierarchy.names import fold
from hprotopnet.hierarchy.table import read_rows
from hprotopnet.hierarchy.tree import (
    SHIPPED,
    Hierarchy,
    find_problems,
    find_warnings,
    from_rows,
    load_hierarchy,
    match_names,
    suggest,
)

GOOD = (
    "class,parent,grandparent,display,note\n"
    "dunk,ball,sports,Basketball dunk,\n"
    'raft,water,sports,Rafting,"wet, mostly"\n'
    "kayak,water,sports,,\n"
    "flute,wind,music,Flute,\n"
)
# Names of the published tree that do not become the data set's by dropping blanks and case, and the seven indices at
# which joining by position gives a class another one's point.
RENAMED = {
    "BaseballPitch": "Basketball Pitch",
    "Basketball": "Basketball Shooting",
    "Billiards": "Billiards Shot",
    "Mixing": "Mixing Batter",
    "WalkingWithDog": "Walking with a dog",
    "SalsaSpin": "Salsa Spins",
}
TRAPS = {
    "BaseballPitch": ("Ball Sports", "Sports"),
    "Basketball": ("Ball Sports", "Sports"),
    "BasketballDunk": ("Ball Sports", "Sports"),
    "Hammering": ("Working", "Human-Object Interaction"),
    "HammerThrow": ("Target Sports", "Sports"),
    "JumpingJack": ("Strenuous", "Body-Motion Only"),
    "JumpRope": ("Exercising/playing games", "Human-Object Interaction"),
}


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str | bytes) -> Path:
        path = tmp_path / "tree.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


@pytest.fixture
def good(write) -> Hierarchy:
    return load_hierarchy(write(GOOD))


def path_of(hierarchy: Hierarchy, name: str) -> tuple[str, ...]:
    return tuple(hierarchy.nodes[node] for node in hierarchy.ancestors(hierarchy.index(name)))


def test_a_tree_by_hand(good: Hierarchy):
    assert good.nodes == ("dunk", "raft", "kayak", "flute", "ball", "water", "wind", "sports", "music")
    assert good.levels == (0, 0, 0, 0, 1, 1, 1, 2, 2)
    assert good.parents == (4, 5, 5, 6, 7, 7, 8, -1, -1)
    assert good.classes == ("dunk", "raft", "kayak", "flute")
    assert good.depth == 3
    assert good.display[:4] == ("Basketball dunk", "Rafting", "kayak", "Flute")
    assert good.display[4:] == good.nodes[4:]
    assert good.notes == ("", "wet, mostly", "", "", "", "", "", "", "")
    assert good.lineage.tolist() == [[0, 4, 7], [1, 5, 7], [2, 5, 7], [3, 6, 8]]
    assert good.at_level(2) == (7, 8)
    assert good.ancestors(1) == (1, 5, 7)
    assert good.children(-1) == (7, 8)
    assert good.children(5) == (1, 2)
    assert good.leaves_under(7) == (0, 1, 2)
    assert good.leaf_heights.tolist() == [[0, 2, 2, 3], [2, 0, 1, 3], [2, 1, 0, 3], [3, 3, 3, 0]]
    assert good.covers.sum(axis=1).tolist() == [1, 1, 1, 1, 1, 2, 1, 3, 1]


@pytest.mark.parametrize("depth", [2, 3, 4, 5])
def test_any_uniform_depth(depth: int):
    names = ["class", "parent", "grandparent", "fourth", "fifth"][:depth]
    rows = [{name: f"{name}{leaf >> level}" for level, name in enumerate(names)} for leaf in range(16)]
    hierarchy = from_rows(rows, names, "toy")
    assert hierarchy.depth == depth
    assert hierarchy.lineage.shape == (16, depth)
    assert [len(hierarchy.at_level(level)) for level in range(depth)] == [16 >> level for level in range(depth)]
    # Two leaves 1 << j apart in a binary tree meet at the height of the highest bit they differ in.
    for leaf in range(16):
        expected = [min((leaf ^ other).bit_length(), depth) for other in range(16)]
        assert hierarchy.leaf_heights[leaf].tolist() == expected
    assert (hierarchy.covers.sum(axis=0) == depth).all()


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("tail", ["", "\n", "\n\n\n"])
def test_line_ends_and_byte_order_marks_do_not_matter(write, good: Hierarchy, ends: str, mark: bytes, tail: str):
    text = (GOOD.rstrip("\n") + tail).replace("\n", ends)
    assert load_hierarchy(write(mark + text.encode())) == good


@pytest.mark.parametrize("separator", [";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("quoted", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_what_spreadsheets_save_is_the_same_tree(write, good: Hierarchy, separator: str, encoding: str, quoted: int):
    file = io.StringIO()
    csv.writer(file, delimiter=separator, quoting=quoted).writerows(csv.reader(io.StringIO(GOOD)))
    assert load_hierarchy(write(file.getvalue().encode(encoding))) == good


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("class,parent\na,\nb,P\n", r"line 2 has no parent: .*ragged"),
        ("class,parent\na, \nb,P\n", "line 2 has no parent"),
        ("class,parent\n,P\n", "line 2 has no class"),
        ("class,parent\na,P\na,P\n", "line 3 repeats the class 'a'; keep one$"),
        ("class,parent,grandparent\na,P,G\nb,P,H\n", "line 3: 'P' lies under 'H' and under 'G'; choose one$"),
        ("class,parent\na,b\nb,P\n", "line 3: 'b' is a parent and a class; give one of them another name$"),
        ("class,parent\na,a\n", "line 2: 'a' is a class and a parent; give one of them another name$"),
        ("class,parent,grandparent\na,P,G\nb,G,H\n", "line 3: 'G' is a grandparent and a parent; give"),
        ("class,parent\na,P \nb,P\n", "line 2: parent 'P ' has blanks around it"),
        ("class,parent\na,P\nb,\u00a0P\n", "line 3: parent .* has blanks around it or unprintable"),
        ("class,parent\na\u0007b,P\n", "line 2: class .* unprintable characters; remove them"),
        ("class,parent\na,P,Q\nb,P\n", "line 2 has not as many fields as the header; quote"),
        ("class,parent\na,P\nb\n", "line 3 has not as many fields as the header"),
        ("class,parent\n", "there is no class in it; add one row a class"),
        ("class,parent\na,P,Q\nb\n,R\n", r"line 2 has not .* \(and 2 more\)$"),
        ("", "the file is empty; its first line must read class,parent"),
        ("a,P\nb,P\n", r"the first line reads a,P; it must read class,parent.*: add it above$"),
        ("a;P;G\nb;P;G\n", r"the first line reads a;P;G; it must read class,parent.*: add it above$"),
        ("parent,class\nP,a\n", "the first line reads parent,class; it must read class,parent.*: correct it$"),
        ("Class,Parent\na,P\n", "the first line reads Class,Parent; it must read class,parent.*: correct it$"),
        ("class parent\na P\n", "the first line reads class parent; it must read class,parent"),
        ("class,display,note\na,A,\n", "the first line reads class,display,note; it must read class,parent"),
        ("class,parent,parent\na,P,Q\n", "the first line reads .*; it must read class,parent"),
        ("a" * 999 + ",P\n", r"the first line reads a{60}\.\.\.; it must read"),
        ('class,parent\n"a,P\n', "not a CSV file .*; save it as one"),
        ("class,parent\na,P\n".encode("utf-16-le"), "UTF-16 without a byte order mark; save it as text in UTF-8"),
        ("class,parent\né,P\n".encode("utf-16-be"), "UTF-16 without a byte order mark; save it as text in UTF-8"),
        ("class,parent\né,P\n".encode("latin-1"), "not text in UTF-8, perhaps Latin-1 .*; save it as text in UTF-8"),
        (b"PK\x03\x04\xff\x00", "a spreadsheet or an archive; save it as text in UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "is not text; save it as text in UTF-8"),
    ],
)
def test_what_is_no_tree_is_refused_in_one_line_that_names_the_file(write, text: str | bytes, expected: str):
    with pytest.raises(InputError, match=expected) as caught:
        load_hierarchy(write(text))
    assert "tree.csv: " in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("class,parent\n\n\na,P\n\n,P\n", 6),
        ("\n\nclass,parent\na,P\n,P\n", 5),
        ('class,parent,note\na,P,"one\ntwo\n\nfour"\n,P,\n', 6),
        ('class,parent,note\r\na,P,"one\r\ntwo"\r\n\r\n,P,"three\r\nfour"\r\n', 5),
        ("class,parent,note\na,P,one\x0btwo\x85three\u2028four\n,P,\n", 3),
        ("class,parent\na,P\n   \n,P\n", 4),
    ],
)
def test_lines_are_those_of_the_file(write, text: str, line: int):
    with pytest.raises(InputError, match=f"line {line} has no class"):
        load_hierarchy(write(text))


def test_a_quote_that_is_never_closed_is_said_with_the_line_it_opens_on(write):
    with pytest.raises(InputError, match="from line 3 on"):
        load_hierarchy(write('class,parent\na,P\n"b,P\nc,P\nd,P\n'))


def test_all_problems_are_found_at_once(write):
    assert len(find_problems(*read_rows(write("class,parent\na,P\na,P\nb,a\n")))) == 2
    assert find_problems(*read_rows(write(GOOD))) == []


def test_absent_files_and_unknown_names(tmp_path: Path, monkeypatch):
    with pytest.raises(InputError, match=r"nothing.csv: there is no such file"):
        load_hierarchy(tmp_path / "nothing.csv")
    with pytest.raises(InputError, match="no hierarchy is called 'ucf102'; known are activitynet"):
        load_hierarchy("ucf102")
    (tmp_path / "ucf101").mkdir()  # a folder of videos of the same name is not in the way
    monkeypatch.chdir(tmp_path)
    assert len(load_hierarchy("ucf101").classes) == 101


def test_warnings(write):
    text = "class,parent\nPlaying guitar,Strings\nPlaying guitars,Strings\nPlaying flute,Wind\n"
    single, alike = find_warnings(load_hierarchy(write(text)))
    assert "'Wind' has a single child, 'Playing flute'" in single
    assert "'Playing guitar' and 'Playing guitars' are nearly the same" in alike


def test_warnings_of_a_kind_are_one_line_however_many_there_are(write):
    leaves = [f"leaf{'abcdefghij'[i]}" for i in range(10)]
    text = "class,parent\n" + "".join(f"{leaf}{i * 7},group of {leaf[::-1]}\n" for i, leaf in enumerate(leaves))
    (single,) = find_warnings(load_hierarchy(write(text)))
    assert single.startswith("10 nodes have a single child")
    assert single.endswith("and 7 more")
    names = ["Horse riding", "Horse ridding", "Sumo wrestling", "Sumo wrestlling", "Curling", "Hurling"]
    (alike,) = find_warnings(load_hierarchy(write("class,parent\n" + "".join(f"{name},Sports\n" for name in names))))
    assert alike == "'Horse riding' and 'Horse ridding' are nearly the same name, 2 pairs in all; is one a typo?"


@pytest.mark.parametrize(
    "names",
    [
        [f"vault with {turns} turns off the horse, stretched" for turns in (0.5, 1, 1.5, 2, 2.5)],
        [f"swinging the heavy racket over the {side} shoulder" for side in ("left", "right")],
        [f"Forward_{n}som_{shape}_dive_from_platform" for n in (1, 2) for shape in ("Tuck", "Tucked")],
        ["SitAndReachLevelII", "SitAndReachLevelIII"],
    ],
)
def test_names_that_are_told_apart_by_system_are_no_typos(write, names):
    rows = "".join(f'"{name}",Sports\n' for name in names)
    assert find_warnings(load_hierarchy(write("class,parent\n" + rows))) == []


def test_near_misses_are_suggested(good: Hierarchy):
    with pytest.raises(InputError, match=r"'Kayaks' is not in the hierarchy; did you mean 'kayak'\?"):
        good.index("Kayaks")
    assert suggest("zzz", good.nodes) == ""
    assert good.index("water") == 5


def test_names_match_by_letters_and_the_rest_is_reported_with_a_suggestion(good: Hierarchy):
    matched, unmatched = match_names(["Dunk", "r a-f t", "kayak", "flutes", "chess"], good)
    assert matched == {"Dunk": "dunk", "r a-f t": "raft", "kayak": "kayak"}
    assert unmatched == [
        "class 'flutes' is not in the hierarchy; did you mean 'flute'?",
        "class 'chess' is not in the hierarchy",
    ]


@pytest.mark.parametrize("name", ["Café", "Ångström", "Tiếng Việt", "가위바위보", "が"])
def test_names_match_however_a_system_stores_their_accents(name: str):
    for stored, asked in (("NFC", "NFD"), ("NFD", "NFC")):
        rows = [{"class": unicodedata.normalize(stored, name), "parent": "P"}, {"class": "b", "parent": "P"}]
        tree, other = from_rows(rows, ("class", "parent"), "toy"), unicodedata.normalize(asked, name)
        assert match_names([other], tree) == ({other: rows[0]["class"]}, [])
        assert match_names([other.upper()], tree)[1] == []


def test_a_tree_with_accents_in_both_forms_is_one(write):
    text = "class,parent\n" + "a,Café\n" + unicodedata.normalize("NFD", "b,Café\n")
    tree = load_hierarchy(write(text))
    assert len(tree.at_level(1)) == 1
    assert tree.index(unicodedata.normalize("NFD", "Café")) == tree.index("Café")


@pytest.mark.parametrize(("one", "other"), [("हरा", "हरी"), ("!!!", "???"), ("กา", "กี"), ("👍", "👎")])
def test_marks_and_signs_tell_names_apart(one: str, other: str):
    assert fold(one) != fold(other)
    tree = from_rows([{"class": one, "parent": "P"}, {"class": "b", "parent": "P"}], ("class", "parent"), "toy")
    assert match_names([one, other], tree)[0] == {one: one}


@pytest.mark.parametrize(("classes", "folder"), [(("C", "C++"), "c"), (("Set-up", "Setup"), "SET UP")])
def test_classes_that_differ_in_signs_only_want_their_exact_names(classes: tuple[str, ...], folder: str):
    tree = from_rows([{"class": name, "parent": "P"} for name in classes], ("class", "parent"), "toy")
    matched, (line,) = match_names([*classes, folder], tree)
    assert matched == {name: name for name in classes}
    assert line == f"class '{folder}' may be '{classes[0]}' or '{classes[1]}'; call it exactly as the tree does"


def test_restrict_keeps_order_levels_and_words(good: Hierarchy):
    small = good.restrict(["kayak", "raft"])
    assert small.nodes == ("raft", "kayak", "water", "sports")
    assert small.level_names == good.level_names
    assert small.notes[0] == "wet, mostly"
    assert good.restrict(good.classes) == good
    for name in ("kayaks", "sports"):  # an ancestor is no class
        with pytest.raises(InputError, match=f"'{name}' is no class of the hierarchy"):
            good.restrict(["raft", name])
    with pytest.raises(InputError, match="there is no class"):
        good.restrict([])


@pytest.mark.parametrize("name", ["ucf101", "activitynet", "pantomime"])
def test_plain_data_round_trip(name: str):
    hierarchy = load_hierarchy(name)
    assert Hierarchy.from_dict(json.loads(json.dumps(hierarchy.to_dict()))) == hierarchy


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (None, "not an object"),
        ({"levels": ["class", "parent"]}, "rows is missing"),
        ({"levels": "class", "rows": []}, "levels is 'class'"),
        ({"levels": ["class", "parent"], "rows": [{"class": "a"}]}, "line 2 has not as many fields"),
        ({"levels": ["class", "parent"], "rows": [{"class": "a", "parent": 1}]}, "rows[0]['parent'] is 1"),
    ],
)
def test_a_stored_tree_that_is_none_is_refused_in_one_line(data, part):
    with pytest.raises(InputError) as caught:
        Hierarchy.from_dict(data, "model.json, hierarchy")
    assert str(caught.value).startswith("model.json, hierarchy: ")
    assert part in str(caught.value)


@pytest.mark.parametrize("name", ["ucf101", "activitynet", "pantomime"])
def test_the_order_of_rows_changes_no_relation(name: str):
    hierarchy = load_hierarchy(name)
    rows = hierarchy.to_dict()["rows"]
    random.Random(1).shuffle(rows)
    other = from_rows(rows, hierarchy.level_names, "shuffled")
    assert {path_of(other, leaf) for leaf in other.classes} == {path_of(hierarchy, leaf) for leaf in hierarchy.classes}
    order = [other.classes.index(leaf) for leaf in hierarchy.classes]
    np.testing.assert_array_equal(other.leaf_heights[np.ix_(order, order)], hierarchy.leaf_heights)
    assert [other.display[leaf] for leaf in order] == list(hierarchy.display[: len(order)])


# The trees that ship.


@pytest.mark.parametrize(
    ("name", "counts"), [("ucf101", [101, 20, 5]), ("activitynet", [200, 38, 6]), ("pantomime", [36, 12, 4])]
)
def test_shipped_trees_are_whole(name: str, counts: list[int]):
    hierarchy = load_hierarchy(name)
    assert [len(hierarchy.at_level(level)) for level in range(3)] == counts
    assert len(set(hierarchy.display)) == len(hierarchy.nodes)
    assert (SHIPPED / f"{name}.csv").read_text(encoding="utf-8").startswith("class,parent,grandparent,display,note\n")


def test_shapes_of_the_shipped_trees():
    expected = {
        "ucf101": ([5, 10, 16, 20, 50], 2),
        "activitynet": ([13, 18, 18, 22, 44, 85], 0),
        "pantomime": ([9] * 4, 0),
    }
    for name, (tops, singles) in expected.items():
        hierarchy = load_hierarchy(name)
        assert sorted(len(hierarchy.leaves_under(node)) for node in hierarchy.at_level(2)) == tops
        (*said,) = (warning for warning in find_warnings(hierarchy) if "single child" in warning)
        assert said == ([] if not singles else [said[0]])
        assert not singles or said[0].startswith(f"{singles} nodes have a single child")


@pytest.mark.parametrize(("name", "sibling", "cousin"), [("ucf101", 0.0673, 0.3216), ("activitynet", 0.0359, 0.2616)])
def test_a_uniform_guess_meets_known_chance_levels(name: str, sibling: float, cousin: float):
    heights = load_hierarchy(name).leaf_heights
    assert (heights == 0).mean() == pytest.approx(1 / len(heights))
    assert (heights <= 1).mean() == pytest.approx(sibling, abs=5e-5)
    assert (heights <= 2).mean() == pytest.approx(cousin, abs=5e-5)


@pytest.mark.parametrize("trap", TRAPS)
def test_known_name_traps_join_by_name(trap: str):
    assert path_of(load_hierarchy("ucf101"), trap) == (trap, *TRAPS[trap])


def test_odd_placements_are_noted_and_spelling_is_mended():
    ucf, activitynet = load_hierarchy("ucf101"), load_hierarchy("activitynet")
    assert "water" in ucf.notes[ucf.index("Skijet")]
    assert ucf.index("Gymnastics")
    assert ucf.display[ucf.index("BaseballPitch")] == "Baseball pitch"
    for name, shown in {"Mooping floor": "Mopping floor", "Plataform diving": "Platform diving"}.items():
        assert activitynet.display[activitynet.index(name)] == shown


def test_ucf101_lists_the_official_classes_in_their_order(shared: Path):
    lines = (shared / "splits" / "classInd.txt").read_text().split("\n")
    official = tuple(line.split()[1] for line in lines if line.strip())
    assert load_hierarchy("ucf101").classes == official


def published(shared: Path, name: str) -> list[list[str]]:
    with (shared / "hierarchies" / f"{name}_as_published.csv").open(newline="", encoding="utf-8") as file:
        return [[field.strip() for field in row] for row in csv.reader(file)]


def test_ucf101_is_the_published_tree(shared: Path):
    hierarchy = load_hierarchy("ucf101")
    rows = published(shared, "ucf101")
    unmatched = [line.split("'")[1] for line in match_names([row[0] for row in rows], hierarchy)[1]]
    assert sorted(unmatched) == sorted(RENAMED.values())
    names = {spaced: own for own, spaced in RENAMED.items()}
    matched, unmatched = match_names([names.get(row[0], row[0]) for row in rows], hierarchy)
    assert not unmatched
    assert len(set(matched.values())) == 101
    mended = {"Gymnatics": "Gymnastics", "Air sports": "Air Sports", "Non strenuous": "Non-strenuous"}
    for child, parent, grandparent, _ in rows:
        own = matched[names.get(child, child)]
        assert path_of(hierarchy, own) == (own, mended.get(parent, parent), grandparent)


def test_activitynet_is_the_published_tree(shared: Path):
    hierarchy = load_hierarchy("activitynet")
    rows = published(shared, "activitynet")
    assert {row[0] for row in rows} == set(hierarchy.classes)
    for level in (1, 2):
        groups = {}
        for row in rows:
            groups.setdefault(row[level], set()).add(row[0])
        own = {
            frozenset(hierarchy.nodes[leaf] for leaf in hierarchy.leaves_under(n)) for n in hierarchy.at_level(level)
        }
        assert own == {frozenset(group) for group in groups.values()}
    unseen = {name for name, note in zip(hierarchy.nodes, hierarchy.notes, strict=True) if "zero-shot" in note}
    assert unseen == {row[0] for row in rows if row[4] == "0"}


def rows_of(*names: str) -> list[dict[str, str]]:
    return [{"class": name, "parent": "p"} for name in names]


@pytest.mark.parametrize(
    ("levels", "part"),
    [
        ((), "0 levels"),
        (("class", "class"), "name of its own"),
        (tuple(f"l{i}" for i in range(17)), "17 levels"),
        (("class", "../parent"), "level name '../parent'"),
        (("class", "![x](http://y)"), "level name '![x](http://y)'"),
        (("class", "par\nent"), "level name 'par\\nent'"),
        (("class", "x" * 2000), "level name 'xxx"),
        (("class", ""), "level name ''"),
        (("class", "display"), "level name 'display'"),
    ],
)
def test_levels_of_stored_trees_are_called_as_those_of_files(levels, part):
    with pytest.raises(InputError) as caught:
        from_rows([dict.fromkeys(levels, "a")], levels, "stored")
    assert part in str(caught.value)
    assert len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)


def test_a_tree_is_not_larger_than_can_be_held():
    assert len(from_rows(rows_of(*(f"c{i}" for i in range(3999))), ("class", "parent"), "x").nodes) == 4000
    for count, part in ((4000, "4001 nodes"), (4001, "4001 classes"), (100_000, "100000 classes")):
        with pytest.raises(InputError, match=part):
            from_rows(rows_of(*(f"c{i}" for i in range(count))), ("class", "parent"), "x")


def test_names_are_not_longer_than_can_be_shown():
    assert from_rows(rows_of("x" * 1000), ("class", "parent"), "x").classes == ("x" * 1000,)
    for field in ("class", "parent", "display", "note"):
        with pytest.raises(InputError, match=r"'xxx.*has 1001 letters") as caught:
            from_rows([{"class": "a", "parent": "p"} | {field: "x" * 1001}], ("class", "parent"), "x")
        assert len(str(caught.value)) < 200


def test_what_is_shown_of_a_tree_prints():
    row = {"class": "a", "parent": "p", "display": "A\ud800\u202e\x1b", "note": "one\n  two\x00"}
    tree = from_rows([row], ("class", "parent"), "x")
    assert tree.display[0] == "A\\ud800\\u202e\\x1b"
    assert tree.notes[0] == "one two\\x00"
    assert Hierarchy.from_dict(tree.to_dict()) == tree
