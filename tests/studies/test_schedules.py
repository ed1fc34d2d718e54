"""Two schedules side by side: what rows come to, and a study that goes on where it was."""

import json

import pytest

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.errors import InputError
from hprotopnet.studies import schedules
from hprotopnet.studies.attribution_tables import schedules_table
from hprotopnet.studies.schedules import schedule_study, summary, told


def row(group, ours, published, seconds=(1.0, 20.0)):
    def of(scores, spent):
        areas = [{"area": area, "preserved": score} for area, score in zip((0.05, 0.1), scores, strict=True)]
        return {"areas": areas, "seconds": spent, "processor_seconds": spent}

    return {"group": group, "levels": of(ours, seconds[0]), "published": of(published, seconds[1])}


def test_three_clips_by_hand():
    rows = [row("a", (0.9, 1.0), (0.91, 0.9)), row("b", (0.5, 0.8), (0.6, 0.8), (4.0, 20.0)), row("c", (0, 0), (0, 0))]
    found = summary(rows)
    small, large = found["areas"]
    assert small["difference"]["mean"] == pytest.approx(-0.11 / 3)
    assert (small["close"], small["lower"]) == (2, 1)
    assert (large["close"], large["lower"]) == (2, 0)
    assert large["levels"]["mean"] == pytest.approx(0.6)
    assert found["time_share"]["mean"] == pytest.approx(0.1)
    assert found["within_a_tenth"] == 2


def test_the_table_has_a_row_an_area():
    about = {"method": "step", "network": "toy", "iterations": 0}
    rows = [row("a", (0.9, 1.0), (0.91, 0.9)), row("b", (0.5, 0.8), (0.6, 0.8))]
    said = schedules_table({"about": about, "summary": summary(rows), "command": "schedules toy"}).splitlines()
    assert said[0].startswith("| area | ours | published |")
    assert [line.split(" | ")[-2:] for line in said[2:4]] == [["1", "1 |"], ["1", "0 |"]]
    assert said[2].startswith("| 5 % | 70.0")
    assert "2,000 iterations: `schedules toy`" in said[-1]
    assert "Ours takes 5.0" in said[-1]


def test_a_study_goes_on_where_it_was_and_is_told(tiny_world, tiny_bundle, tmp_path, monkeypatch):
    bundle, keep = open_bundle(tiny_bundle), tmp_path / "schedules.json"
    asked = {"clips": 2, "method": "ep3d", "areas": (0.2,), "iterations": 2, "batch": 1}
    found = schedule_study(bundle, tiny_world / "videos", keep, **asked)
    assert json.loads(keep.read_text())["summary"]["clips"] == 2
    assert [own["published"]["areas"][0]["iterations"] for own in found["rows"]] == [2, 2]
    stored = json.loads(keep.read_text())
    keep.write_text(json.dumps(stored | {"rows": stored["rows"][:1]}))
    seen = []
    compare = schedules.compare
    monkeypatch.setattr(schedules, "compare", lambda *given: seen.append(given[1].name) or compare(*given))
    again = schedule_study(bundle, tiny_world / "videos", keep, **asked)
    assert seen == found["about"]["videos"][1:]
    assert [own["levels"]["areas"] for own in again["rows"]] == [own["levels"]["areas"] for own in found["rows"]]
    assert "2 of 2 clips" in next(told(again))
    with pytest.raises(InputError, match="another study"):
        schedule_study(bundle, tiny_world / "videos", keep, **asked | {"method": "step"})
