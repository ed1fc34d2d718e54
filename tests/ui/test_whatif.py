"""What if the clip were another one: the questions of the page Evidence, asked of networks."""

import re

import pytest
from visits import opened, texts

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.bundles.showcase import load_showcase
from hprotopnet.ui.region import sound

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
LEFT = re.compile(r"(\d+) % of what its own prototypes said")


def asked(question: str, **more: str):
    return opened("evidence", what_if="true", change=question, **more)


def left(app) -> list[int]:
    """How much of the evidence of each level is left, in percent."""
    return [int(percent) for percent in LEFT.findall(texts(app).replace("\\", ""))]


@pytest.mark.parametrize(
    ("box", "taken"),
    [
        ([0, 0, 10, 10], (0, 0, 10, 10)),
        ([2.7, 0, 10, 4], (2, 0, 10, 4)),
        ([0, 0, 11, 10], None),
        ([5, 5, 5, 9], None),
        ([-1, 0, 5, 5], None),
        ([0, 0, 5], None),
        ([0, 0, "5", 5], None),
        ("0 0 5 5", None),
        (None, None),
    ],
)
def test_a_rectangle_that_a_browser_tells_is_checked(box, taken):
    assert sound(box, 10) == taken


def test_all_frames_shown_change_nothing_and_one_frame_changes_something(bundles):
    app = asked("Only its beginning were shown")
    slider = app.slider(key="beginning")
    slider.set_value(slider.max).run()
    assert not app.exception
    whole = left(app)
    assert whole
    assert set(whole) == {100}
    app.slider(key="beginning").set_value(1).run()
    assert not app.exception
    assert left(app) != whole


def test_all_but_a_part_hidden_leaves_another_share_than_that_part_hidden(bundles):
    app = asked("Part of it were hidden")
    hidden = left(app)
    control = next(part for part in app.get("segmented_control") if part.label == "Hidden")
    control.set_value("all but it").run()
    assert not app.exception
    assert hidden
    assert left(app) != hidden


def test_only_clips_whose_truth_is_known_have_questions_about_cues(bundles):
    app = asked("Part of it were hidden")
    assert not any("cue" in option for part in app.get("segmented_control") for option in part.options)


def test_the_true_cue_is_told_as_it_was_stored(monkeypatch):
    """The project's own networks: where the strongest place lies is what was stored when they were made."""
    from hprotopnet.hierarchy.tree import SHIPPED

    bundle = open_bundle(SHIPPED.parent.parent / "checkpoints" / "pantomime-cpg10-tied")
    app = asked("Where is the true cue?", bundle="pantomime-cpg10-tied")
    video = next(row for row in load_showcase(bundle) if row.explanation.video in texts(app).replace("\\", ""))
    said = [word == "on" for word in re.findall(r"The strongest place lies \*\*(on|off)\*\*", texts(app))]
    assert said == [placed for placed in video.on_cue if placed is not None]
    assert said
