"""Temporal pointing: on a film with one bright moment the peak is known."""

from pathlib import Path

import numpy as np
import pytest
from toys import spotted, toy_hierarchy, toy_model

from hprotopnet.config import ClipConfig
from hprotopnet.data.video import write_video
from hprotopnet.errors import InputError
from hprotopnet.pantomime.stage import CHILD, GRANDPARENT, PARENT
from hprotopnet.pantomime.truth import TruthWriter
from hprotopnet.studies.moments import moment_report, peak_times, stories_in

pytestmark = pytest.mark.rendering

CLIP = ClipConfig(frames=16, fps=12.5, size=40)


def story(folder: Path, child_from: int, bright: range = range(70, 80), label: str | None = "dunk") -> Path:
    """A film of 100 frames, 4 s: setting from the start, surface from frame 50, action from `child_from`; a bright
    cell in some frames."""
    film, truth = folder / f"story_{child_from}.mp4", TruthWriter(25)
    images, masks = np.zeros((100, 40, 40, 3), np.uint8), np.zeros((100, 40, 40), np.uint8)
    images[bright.start : bright.stop, 8:16, 24:32] = 255
    masks[:, :8] |= GRANDPARENT
    masks[50:, 30:] |= PARENT
    masks[child_from:, 8:16, 24:32] |= CHILD
    write_video(film, images, 25)
    for mask in masks:
        truth.add(mask)
    truth.end_shot({}, label)
    truth.save(film, seed=0)
    return film


def test_the_peak_is_when_the_spot_is_bright(tmp_path):
    model, _ = spotted()
    times = peak_times({"spot": model}, story(tmp_path, 60), "dunk", CLIP)["spot"]
    assert times.shape == (3,)
    assert ((times >= 2.4) & (times < 3.4)).all()  # within a cell of the bright frames: a cell is 0.64 s long
    early = peak_times({"spot": model}, story(tmp_path, 61, range(0, 20)), "dunk", CLIP)["spot"]
    assert (early < 0.9).all()


def test_hits_are_counted_level_by_level_beside_chance(tmp_path):
    films = {story(tmp_path, 60): "dunk", story(tmp_path, 95): "dunk"}
    found = moment_report({"spot": spotted()[0], "flat": toy_model(head="fc", prototypes="leaf")}, films, CLIP)
    assert [row["network"]["mean"] for row in found["spot"].values()] == [1, 1, 0.5]
    assert [row["chance"] for row in found["spot"].values()] == pytest.approx([1, 0.5, (0.4 + 0.05) / 2])
    assert found["spot"]["child"]["network"]["interval"] == (0, 1)
    assert list(found["flat"]) == ["child"]


def test_stories_of_other_classes_are_left_out_and_none_at_all_is_refused(tmp_path):
    known, _ = story(tmp_path, 60), story(tmp_path, 70, label="Rafting")
    assert stories_in(tmp_path, toy_hierarchy()) == {known: "dunk"}
    with pytest.raises(InputError, match="no story"):
        stories_in(tmp_path / "nowhere", toy_hierarchy())
