"""A study of the tiny world: every row and stage, spread over seeds, and paired intervals."""

from dataclasses import replace

import pytest
from tiny import config_for

import hprotopnet.study as module
from hprotopnet.config import HEAD
from hprotopnet.study import print_study, study


@pytest.fixture
def found(tiny_world, monkeypatch, tmp_path):
    rows = {
        "tiny-blackbox": replace(
            config_for(tiny_world, "tiny-blackbox", head="fc", prototypes="none"), stages=(replace(HEAD, epochs=1),)
        ),
        "tiny-cpg2": config_for(tiny_world, "tiny-cpg2"),
    }
    monkeypatch.setattr(module, "recipe", rows.__getitem__)
    return study("tiny", ["blackbox", "cpg2"], tiny_world / "videos", None, 2, tmp_path)


def test_a_study_has_every_stage_of_every_row_and_paired_intervals(found, capsys):
    assert {row: list(stages) for row, stages in found["rows"].items()} == {
        "blackbox": ["head"],
        "cpg2": ["warm", "project", "head"],
    }
    for stages in found["rows"].values():
        for kinds in stages.values():
            assert 0 <= kinds["clip"]["accuracy"]["mean"] <= kinds["clip"]["sibling"]["mean"] <= 1
            assert kinds["clip"]["accuracy"]["std"] >= 0
    (pair,) = found["pairs"]
    last = [list(stages.values())[-1]["clip"]["accuracy"]["mean"] for stages in found["rows"].values()]
    assert pair["difference"] == pytest.approx(last[1] - last[0])
    assert pair["interval"][0] <= pair["difference"] <= pair["interval"][1]
    assert found["clips"] == {"train": 12, "validation": 6, "test": 12}
    print_study(found)
    assert "cpg2 against blackbox" in capsys.readouterr().out
