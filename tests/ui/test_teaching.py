"""Pages open on clips that teach, offer the others by name, and say by which rule each was chosen."""

import shutil
from pathlib import Path

import pytest
from visits import opened, texts

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.bundles.showcase import load_showcase
from hprotopnet.files import read_json, write_json
from hprotopnet.ui.shelves import clip_name
from hprotopnet.ui.teaching import lessons

# Streamlit 1.67's own test harness on Python 3.11.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def labelled(bundle: Path, number: int, label: str | None) -> str:
    """Give a stored clip another true class, or the network's own answer where none is given; returns that answer."""
    row = load_showcase(open_bundle(bundle))[number]
    answer = row.explanation.path[-1]
    write_json(row.file, read_json(row.file) | {"label": label or answer})
    return answer


@pytest.fixture
def pair(tiny_bundle, tiny_flat_bundle, monkeypatch, tmp_path) -> list[Path]:
    """A flat and a hierarchical network of six shared clips: both are right about all but three."""
    folders = [shutil.copytree(bundle, tmp_path / bundle.name) for bundle in (tiny_flat_bundle, tiny_bundle)]
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tmp_path,))
    videos = sorted({row.explanation.video for row in load_showcase(open_bundle(folders[0]))})
    for place, video in enumerate(videos):
        for folder in folders:
            rows = load_showcase(open_bundle(folder))
            number = next(number for number, row in enumerate(rows) if row.explanation.video == video)
            answer = labelled(folder, number, None)
            wrong = (place == 0 and folder == folders[0]) or place == 1
            if wrong:
                classes = open_bundle(folder).hierarchy.classes
                labelled(folder, number, next(name for name in classes if name != answer))
    return folders


def videos_of(folders: list[Path]) -> list[str]:
    return sorted(row.explanation.video for row in load_showcase(open_bundle(folders[0])))


def test_the_three_are_found_among_stored_clips(pair):
    found = {lesson.name: lesson.row.explanation.video for lesson in lessons([open_bundle(folder) for folder in pair])}
    videos = videos_of(pair)
    assert list(found) == ["They differ", "Both right", "A failure"]
    assert (found["They differ"], found["A failure"]) == tuple(videos[:2])
    assert found["Both right"] in videos[2:]


def test_compare_opens_where_they_differ_and_each_choice_shows_its_clip_and_rule(pair):
    app = opened("compare")
    found = lessons([open_bundle(folder) for folder in pair])
    buttons = {button.label: button for button in app.button}
    assert [name for name in buttons if name in {lesson.name for lesson in found}] == [own.name for own in found]
    for lesson in found:
        shown = clip_name(open_bundle(pair[0]), lesson.row)
        assert app.selectbox(key="clip").value == shown
        assert lesson.why in texts(app)
        assert texts(app).count("Chosen by rule") == 1
        following = found[(found.index(lesson) + 1) % len(found)]
        next(button for button in app.button if button.label == following.name).click().run()
        assert not app.exception


def test_a_choice_leads_back_from_an_upload_and_from_any_other_clip(pair):
    app = opened("compare", source="Upload")
    assert "Chosen by rule" not in texts(app)
    next(button for button in app.button if button.label == "A failure").click().run()
    assert not app.exception
    assert app.selectbox(key="clip").value.endswith(videos_of(pair)[1].split("/")[-1])


def test_a_link_to_a_clip_outranks_what_teaches(pair):
    row = next(row for row in load_showcase(open_bundle(pair[0])) if row.explanation.video == videos_of(pair)[5])
    name = clip_name(open_bundle(pair[0]), row)
    assert opened("compare", clip=name).selectbox(key="clip").value == name


def test_the_overview_opens_where_the_network_is_right_and_offers_its_failure(pair):
    app = opened("overview", bundle="tiny-cpg2")
    right, failure = lessons([open_bundle(pair[1])])
    assert (right.name, failure.name) == ("It is right", "A failure")
    assert right.row.explanation.video in texts(app).replace("\\", "")
    assert right.why in texts(app)
    next(button for button in app.button if button.label == "A failure").click().run()
    assert not app.exception
    assert failure.row.explanation.video in texts(app).replace("\\", "")
    assert failure.why in texts(app)
    assert failure.row.explanation.path[-1] != failure.row.label


def test_evidence_on_its_cues_is_preferred_and_said(pair):
    bundle = open_bundle(pair[1])
    rows = [row for row in load_showcase(bundle) if row.explanation.path[-1] == row.label]
    least = min(rows, key=lambda row: row.explanation.probabilities[row.label])
    for row in rows:
        flags = [True, True, None] if row is least else [True, False, True]
        write_json(row.file, read_json(row.file) | {"on_cue": flags})
    right = lessons([open_bundle(pair[1])])[0]
    assert right.row.explanation.video == least.explanation.video
    assert "lies on the cue of that level" in right.why


def test_networks_without_a_clip_in_common_have_nothing_to_teach(pair):
    for row in load_showcase(open_bundle(pair[0])):
        row.file.unlink()
    assert lessons([open_bundle(folder) for folder in pair]) == []
