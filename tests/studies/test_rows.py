"""A study of the tiny world: every row and stage, spread over seeds, and paired intervals."""

from dataclasses import replace

import pytest
from tiny import config_for

import hprotopnet.studies.rows as module
from hprotopnet.config import HEAD, Pantomime, Stage
from hprotopnet.errors import InputError
from hprotopnet.studies.rows import print_study, study


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


def test_deviations_are_those_of_a_sample_and_one_seed_has_none(found, capsys):
    row = found["rows"]["cpg2"]["head"]["clip"]
    assert module._spread([0.7, 0.8, 0.9]) == pytest.approx({"mean": 0.8, "std": 0.1})
    assert module._spread([0.7, None]) == {"mean": 0.7, "std": None}
    assert module._spread([None, None]) == {"mean": None, "std": None}
    row["accuracy"] = {"mean": 0.7, "std": None}
    row["sibling"] = {"mean": 0.8, "std": 0.1}
    print_study(found)
    assert " 70.0 80.0+-10.0 " in capsys.readouterr().out


def test_a_row_that_trains_the_backbone_is_refused_before_anything_is_computed(tiny_world, monkeypatch, tmp_path):
    joint = replace(config_for(tiny_world, "tiny-joint"), stages=(Stage("joint", 1, ("backbone", "head")),))
    monkeypatch.setattr(module, "recipe", {"tiny-joint": joint}.__getitem__)
    monkeypatch.setattr(module, "prepare", lambda *_: pytest.fail("work was begun"))
    with pytest.raises(InputError, match="tiny-joint trains the backbone"):
        study("tiny", ["joint"], tiny_world / "videos", None, 1, tmp_path)


@pytest.mark.parametrize(("rendered", "groups"), [(None, 12), (Pantomime(), 2)])
def test_rendered_videos_are_drawn_by_looks_that_all_classes_share(tiny_world, monkeypatch, tmp_path, rendered, groups):
    row = replace(config_for(tiny_world, "tiny-cpg2"), rendered=rendered)
    flat = replace(row, name="tiny-protopnet2", model=replace(row.model, head="fc", prototypes="leaf"))
    drawn = []
    real = module.bootstrap_interval
    monkeypatch.setattr(module, "bootstrap_interval", lambda gain, by: drawn.append(by) or real(gain, by))
    monkeypatch.setattr(module, "recipe", {row.name: row, flat.name: flat}.__getitem__)
    study("tiny", ["cpg2", "protopnet2"], tiny_world / "videos", None, 1, tmp_path)
    assert len(drawn[0]) == 12
    assert len(set(drawn[0])) == groups
