"""Exports: every form of every kind of network, small enough, with every name escaped and nothing from outside."""

import base64
import csv
import hashlib
import io
import re
import xml.etree.ElementTree as ElementTree
import zipfile
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from accounts import EVIL, SHIPPED, account, hostile, without_excerpts
from PIL import Image
from tiny import train_bundle

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.errors import InputError
from hprotopnet.files import visible
from hprotopnet.views import exports, figures, moving, offline, words
from hprotopnet.views.account import NO_PICTURE, NO_PROTOTYPES
from hprotopnet.views.exports import FORMS, single, single_name
from hprotopnet.views.figures import disk_plate, pair_plate
from hprotopnet.views.numbers import OF_PROTOTYPE, numbers_csv
from hprotopnet.views.plate import Photo, Plate
from hprotopnet.views.report import explain_video

pytestmark = pytest.mark.rendering


@pytest.fixture(scope="module")
def shipped():
    return account(SHIPPED)


@pytest.fixture(scope="module")
def kinds(tiny_world, tiny_bundle, tiny_flat_bundle, tmp_path_factory):
    """Networks that lack something, by what they lack, and what is said about it."""
    bare = tmp_path_factory.mktemp("bare")
    tiny = account(tiny_bundle)
    short = train_bundle(tiny_world, bare, "short", frames=8)
    black = train_bundle(tiny_world, bare, "tiny-blackbox", head="fc", prototypes="none")
    return {
        "nothing": (tiny, "of what speaks for"),
        "a ball": (account(tiny_flat_bundle), "no hyperbolic space"),
        "prototypes": (account(black), NO_PROTOTYPES),
        "excerpts": (without_excerpts(tiny), NO_PICTURE),
        "time": (account(short), words.NO_TIME),
    }


@pytest.fixture(scope="module")
def page(shipped) -> str:
    return offline.page(shipped)


@pytest.fixture
def small(monkeypatch):
    """Pictures of a third of their size, where only what is in them counts."""
    monkeypatch.setattr(moving, "ZOOMS", (0.4, 0.3))
    monkeypatch.setattr(moving, "SHARP", 0.4)
    monkeypatch.setattr(offline, "SIDE", 60)
    monkeypatch.setattr(figures, "FINE", 1)


class Tags(HTMLParser):
    """Elements of a page with their attributes, text of scripts by their number, and all other text."""

    def __init__(self, page: str):
        super().__init__()
        self.tags, self.scripts, self.text, self.inside = [], [], "", ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.inside = tag
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data):
        if self.inside == "script":
            self.scripts[-1] += data
        else:
            self.text += data

    def handle_endtag(self, tag):
        self.inside = ""


# --- every kind -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lacking", ["nothing", "a ball", "prototypes", "excerpts", "time"])
def test_every_network_leaves_in_every_form_and_says_what_it_lacks(kinds, lacking, small):
    own, said = kinds[lacking]
    assert said in Tags(offline.page(own)).text
    for form in FORMS:
        content = single(own, form)
        assert len(content) > 300, form
        if FORMS[form].several:
            names = zipfile.ZipFile(io.BytesIO(content)).namelist()
            levels = own.hierarchy.level_names[::-1]
            assert names == [f"explanation.{name}.{form}" for name in ("disk", *levels)]
    drawn = [disk_plate(own), *(pair_plate(own, level) for level in own.explanation.levels)]
    texts = " ".join(text for plate in drawn for text in ElementTree.fromstring(plate.svg()).itertext())
    lines = re.sub(r"\s+", " ", texts)
    assert said in lines or said == words.NO_TIME  # which stands in the notes of the page, and below its clips


def test_what_is_asked_for_alone_is_made(monkeypatch, kinds):
    made = []
    monkeypatch.setattr(exports, "page", lambda own: made.append("page") or "")
    single(kinds["nothing"][0], "csv")
    assert made == []
    assert [single_name(form, "a") for form in ("html", "svg")] == ["a.html", "a.svg.zip"]


# --- the page ---------------------------------------------------------------------------------------------------------


def test_a_page_is_small_and_refers_to_nothing_outside_of_it(page):
    assert 100_000 < len(page.encode()) < 10_000_000
    found = Tags(page)
    for tag, attributes in found.tags:
        assert tag not in ("link", "iframe", "object", "embed", "base", "form"), tag
        assert all(attributes[name].startswith("data:image/") for name in ("src",) if name in attributes)
        assert "href" not in attributes
    without = page.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|@import|url\((?!#)", without)


def test_a_page_asks_why_not_the_second_class_and_answers_with_two_pieces(page, shipped):
    second = shipped.explanation.runner_up
    assert f"Why not {shipped.name(second.node)}?" in page
    assert page.count("Speaks most for") == 2


def test_a_page_runs_its_own_scripts_and_no_other(page):
    found = Tags(page)
    [policy] = [more["content"] for tag, more in found.tags if more.get("http-equiv") == "Content-Security-Policy"]
    kinds = [more["type"] for tag, more in found.tags if tag == "script"]
    codes = [code for kind, code in zip(kinds, found.scripts, strict=True) if kind == "module"]
    assert len(codes) == 2
    digests = [base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in codes]
    assert "default-src 'none'" in policy
    assert re.findall(r"'sha256-([^']+)'", policy) == digests
    assert "unsafe-inline" not in policy.split("style-src")[0]


def test_names_are_text_on_a_page(kinds, small):
    tame, wild = (Tags(offline.page(own)) for own in (kinds["nothing"][0], hostile(kinds["nothing"][0])))
    assert [tag for tag, _ in wild.tags] == [tag for tag, _ in tame.tags]
    assert not any(name.startswith("on") for _, more in wild.tags for name in more)
    assert visible(EVIL) in wild.text


def test_a_page_with_too_little_room_shows_fewer_prototypes(monkeypatch, kinds, small):
    own = kinds["nothing"][0]
    whole = offline.page(own)
    monkeypatch.setattr(offline, "MOST_BYTES", 1)
    less = offline.page(own)
    counts = [page.count('<article class="card">') for page in (less, whole)]
    told = [sum(len(level.telling(most)) for level in own.explanation.levels) for most in (1, 3)]
    assert counts == [cards + 2 for cards in told]  # with the two of the second class
    assert counts[0] < counts[1]


# --- what moves -------------------------------------------------------------------------------------------------------


def test_a_gif_has_every_frame_of_every_step_and_stays_small(shipped):
    found = moving.gif(shipped)
    assert len(found) < 5_000_000
    with Image.open(io.BytesIO(found)) as picture:
        frames = len(shipped.images) * (1 + len(shipped.explanation.levels))
        assert picture.n_frames == frames
        assert picture.size[0] > 500
        assert picture.convert("RGB").getpixel((2, 2)) == (255, 255, 255)  # paper
        times = []
        for i in range(frames):
            picture.seek(i)
            times.append(picture.info["duration"])
    pace = round(1000 * moving.pace(shipped))
    assert times == [1600 if i % 16 == 0 else pace for i in range(frames)]


def test_a_gif_that_would_be_too_large_becomes_smaller(kinds, small):
    whole = moving.gif(kinds["nothing"][0])
    less = moving.gif(kinds["nothing"][0], len(whole) - 1)
    assert len(less) < len(whole)
    assert Image.open(io.BytesIO(less)).size[0] < Image.open(io.BytesIO(whole)).size[0]


def test_a_long_clip_is_shown_in_a_few_frames_at_a_bearable_pace(kinds):
    own = kinds["nothing"][0]
    long = replace(own, images=np.repeat(own.images, 8, axis=0))
    assert all(card.frames <= moving.MOST_FRAMES for card in [moving._opening(long)])
    assert moving.FASTEST <= moving.pace(long) <= moving.SLOWEST


def test_nothing_of_a_still_is_left_below_what_moves():
    """Frames of another size round to another height."""
    still, frames = np.zeros((21, 40, 3), np.uint8), np.full((2, 10, 20, 3), 255, np.uint8)
    plate = Plate(60, 60, "plate", (Photo(5, 5, 40, still, "still"),))
    for page in moving.Card(plate, [frames]).pages(1.0, 60):
        assert (np.asarray(page) == 255).all()


# --- numbers ----------------------------------------------------------------------------------------------------------


def test_numbers_come_back_and_add_up(shipped, kinds):
    for own in (shipped, *(own for own, _ in kinds.values())):
        rows = list(csv.DictReader(io.StringIO(numbers_csv(own), newline="")))
        at = iter(rows)
        for level in own.explanation.levels:
            found = [next(at) for _ in range(max(1, len(level.evidence)))]
            assert {row["level"] for row in found} == {level.level}
            assert {float(row["probability"]) for row in found} == {level.probability}
            if not level.evidence:
                assert not any(found[0][name] for name in OF_PROTOTYPE)
                continue
            total = sum(float(row["contribution"]) for row in found)
            assert total == pytest.approx(level.shares["own"], abs=1e-9)
            assert sum(float(row["share"]) for row in found) * level.speaking == pytest.approx(total)
            for row, evidence in zip(found, level.evidence, strict=True):
                assert int(row["prototype"]) == evidence.prototype
                assert float(row["similarity"]) == evidence.similarity
                assert tuple(int(row[f"cell_{axis}"]) for axis in "tyx") == evidence.cell
                assert row["source_video"] == own.bundle.prototypes[evidence.prototype].video
                assert (row["time"] != "") == own.explanation.time_resolved
        assert next(at, None) is None


def test_no_name_becomes_a_formula(kinds):
    rows = list(csv.DictReader(io.StringIO(numbers_csv(hostile(kinds["nothing"][0])), newline="")))
    names = {row[column] for row in rows for column in ("video", "node", "truth", "source_video")}
    assert len(names) > 3
    assert all(name.startswith("'=1+1") for name in names)


# --- figures ----------------------------------------------------------------------------------------------------------


def test_figures_are_well_formed_with_any_name_and_hold_their_pictures(kinds, small):
    for own in (kinds["nothing"][0], hostile(kinds["nothing"][0])):
        for plate in [disk_plate(own), *(pair_plate(own, level) for level in own.explanation.levels)]:
            found = ElementTree.fromstring(plate.svg())
            pictures = [part.get("{http://www.w3.org/1999/xlink}href") for part in found.iter() if "image" in part.tag]
            assert all(picture.startswith("data:image/png;base64,") for picture in pictures)
            assert not any("script" in part.tag for part in found.iter())
            assert float(found.get("width")) == pytest.approx(plate.width)


def test_the_path_the_star_and_the_likeliest_nodes_are_on_the_disk(shipped):
    found = ElementTree.fromstring(disk_plate(shipped).svg())
    said = " ".join("".join(part.itertext()) for part in found.iter() if part.tag.endswith("text"))
    for node in shipped.explanation.path:
        assert shipped.name(node).split()[0] in said
    strokes = [part.get("fill") for part in found.iter() if part.tag.endswith("path")]
    assert strokes.count("#ffd23f") == 1


# --- the true class ---------------------------------------------------------------------------------------------------


def said_in(own, form: str) -> str:
    """All texts of an export that has some."""
    if form == "html":
        return Tags(offline.page(own)).text
    if form == "svg":
        drawn = [disk_plate(own), *(pair_plate(own, step) for step in own.explanation.levels)]
        return "\n".join("\n".join(ElementTree.fromstring(plate.svg()).itertext()) for plate in drawn)
    return single(own, form).decode()


def test_the_true_class_stands_beside_the_answer_where_it_is_known(kinds, small):
    known = kinds["nothing"][0]
    tree, levels = known.hierarchy, known.explanation.levels
    label = next(leaf for leaf in tree.classes if known.name(leaf) not in said_in(replace(known, label=None), "csv"))
    wrong = replace(known, label=label)
    for form in ("html", "svg"):
        assert f"truth: {known.name(label)}" in said_in(wrong, form)
        assert "The likeliest class is right." in re.sub(r"\s+", " ", said_in(known, form))
        assert "The likeliest class is right." not in re.sub(r"\s+", " ", said_in(wrong, form))
        assert "truth:" not in said_in(replace(known, label=None), form)
    [first, *_] = csv.DictReader(io.StringIO(said_in(wrong, "csv"), newline=""))
    assert first["truth"] == tree.display[tree.ancestors(tree.index(label))[-1]]  # the row of the topmost level
    assert wrong.true_node(levels[-1]) == known.name(label)
    assert moving.cards(wrong)[0].plate.marks[1].text == f"truth: {known.name(label)}"
    assert f'"truth": "{label}"' in said_in(wrong, "json")


def test_a_class_that_the_network_does_not_know_is_no_truth(kinds):
    own = replace(kinds["nothing"][0], label="a class of another tree")
    assert (own.truth, own.verdict, own.true_node(own.explanation.levels[0])) == ("", "", "")


# --- the command ------------------------------------------------------------------------------------------------------


def video_of(tiny_world):
    return tiny_world / "videos" / "RedDisc" / "v_RedDisc_g01_c01.mp4"


def test_forms_are_written_beside_the_data_and_told(tiny_world, tiny_bundle, tmp_path, small):
    forms = [form for form in FORMS if form != "json"]
    said = list(explain_video(open_bundle(tiny_bundle), video_of(tiny_world), tmp_path, None, None, forms))
    assert any(line.startswith("truth: Red disc. The likeliest class is ") for line in said)
    assert "truth: Red disc" in Tags((tmp_path / "explanation.html").read_text()).text
    ends = ["html", "gif", "mp4", "csv", *(f"{name}.{kind}" for kind in ("svg", "png") for name in ("disk", "class"))]
    for end in ends:
        assert (tmp_path / f"explanation.{end}").stat().st_size > 300
        assert any(line.startswith(f"explanation.{end}: ") for line in said)
    assert not list(tmp_path.glob(".partial-*"))


def test_a_form_that_cannot_be_written_is_one_line_and_leaves_nothing(tiny_world, tiny_bundle, tmp_path):
    (tmp_path / "explanation.csv").mkdir()
    with pytest.raises(InputError, match=r"explanation\.csv: is a folder") as refused:
        list(explain_video(open_bundle(tiny_bundle), video_of(tiny_world), tmp_path, None, None, ["csv"]))
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.glob(".partial-*"))
