"""A study of the tiny world: every row and stage, spread over seeds, paired intervals, and runs that are kept."""

import json
import shlex
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import typer.main
from tiny import CLIP, config_for

import hprotopnet.studies.rows as module
from hprotopnet.__main__ import app
from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.config import HEAD, Config, Pantomime, Stage
from hprotopnet.errors import InputError
from hprotopnet.evaluation.metrics import bootstrap_interval
from hprotopnet.files import to_json
from hprotopnet.studies import runs
from hprotopnet.studies.rows import print_study, study

FIGURES = {"accuracy", "sibling", "cousin", "p_sibling_given_error", "mistake_severity"}


def tiny_rows(world) -> dict[str, Config]:
    plain = config_for(world, "tiny-blackbox", head="fc", prototypes="none")
    return {
        "tiny-blackbox": replace(plain, stages=(replace(HEAD, epochs=1),)),
        "tiny-cpg2": config_for(world, "tiny-cpg2"),
    }


@pytest.fixture
def rows(tiny_world, monkeypatch) -> dict[str, Config]:
    """The recipes there are, to which a test may add."""
    known = tiny_rows(tiny_world)
    monkeypatch.setattr(module, "recipe", known.__getitem__)
    return known


@pytest.fixture(scope="module")
def studied(tiny_world) -> dict:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "recipe", tiny_rows(tiny_world).__getitem__)
        return study("tiny", ["blackbox", "cpg2"], tiny_world / "videos", None, 2, tiny_world / "cache")


@pytest.fixture
def found(studied) -> dict:
    return deepcopy(studied)


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
    assert (found["side"], found["seeds"], found["groups"]) == ("test", 2, 12)
    assert found["clips"] == {"train": 12, "validation": 6, "test": 12}
    assert found["recipes"] == {"blackbox": "tiny-blackbox", "cpg2": "tiny-cpg2"}
    print_study(found)
    assert "cpg2 against blackbox" in capsys.readouterr().out


def test_every_figure_says_what_it_rests_on(found):
    for stages in found["rows"].values():
        last = list(stages)[-1]
        for stage, kinds in stages.items():
            assert list(kinds) == ["clip", "video_majority", "video_mean_softmax"]
            for kind, figures in kinds.items():
                assert set(figures) == FIGURES
                for figure in figures.values():
                    defined = [value for value in figure["values"] if value is not None]
                    assert (figure["n"], len(figure["values"])) == (12, 2)
                    assert figure["mean"] == (pytest.approx(np.mean(defined)) if defined else None)
                    if (stage, kind) != (last, "clip"):
                        assert figure["interval"] is None
            assert all(kinds["clip"][name]["interval"] for name in module.LEVELS) == (stage == last)
        accuracy = stages[last]["clip"]["accuracy"]
        assert accuracy["interval"][0] <= accuracy["mean"] <= accuracy["interval"][1]


def test_intervals_are_those_of_the_mean_over_seeds_when_whole_groups_are_drawn():
    seeds = np.array([[1, 1, 0, 0, 1, 0], [1, 0, 0, 1, 1, 1]], float)
    groups, every = list("aabbcc"), np.ones(6)
    found = [module.estimate(module._figures({"right": (own, every)}), groups)["right"] for own in seeds]
    assert module.mean(found).interval() == pytest.approx(bootstrap_interval(seeds.mean(0), groups))


def test_deviations_are_those_of_a_sample_and_one_seed_has_none(found, capsys):
    row = found["rows"]["cpg2"]["head"]["clip"]

    def spread(values: list) -> dict:
        figure = module._spread(values, 12)
        assert (figure.pop("n"), figure.pop("values"), figure.pop("interval")) == (12, values, None)
        return figure

    assert spread([0.7, 0.8, 0.9]) == pytest.approx({"mean": 0.8, "std": 0.1})
    assert spread([0.7, None]) == {"mean": 0.7, "std": None}
    assert spread([None, None]) == {"mean": None, "std": None}
    row["accuracy"] = {"mean": 0.7, "std": None}
    row["sibling"] = {"mean": 0.8, "std": 0.1}
    print_study(found)
    assert " 70.0 80.0+-10.0 " in capsys.readouterr().out


def test_the_command_that_makes_a_study_can_be_typed_and_names_no_place(found, tmp_path):
    assert found["command"] == (
        "python -m hprotopnet study --dataset tiny --rows blackbox,cpg2 --data videos --seeds 2"
    )
    made = module.command("tiny", ["cpg2"], tmp_path / "my videos", tmp_path / "list.txt", 1, "validation", True)
    assert str(tmp_path) not in made
    group = typer.main.get_command(app)
    name, command, rest = group.resolve_command(typer.Context(group), shlex.split(made)[3:])
    given = command.make_context(name, rest).params
    assert (str(given["data"]), str(given["split"]), given["rows"]) == ("my videos", "list.txt", "cpg2")
    assert (given["side"], given["seeds"], given["allow_missing"]) == ("validation", 1, True)


def test_runs_are_kept_as_bundles_and_not_trained_again(found, rows, tiny_world, tmp_path, monkeypatch):
    def kept(side: str = "test", keep=tmp_path / "runs") -> dict:
        return study(
            "tiny", ["blackbox", "cpg2"], tiny_world / "videos", None, 2, tiny_world / "cache", side=side, keep=keep
        )

    def stop(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(runs, "export", stop)
        with pytest.raises(OSError, match="No space"):
            kept()
    first = kept()
    assert to_json(first) == to_json(found)
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == [
        f"{row}-seed{i}" for row in ("blackbox", "cpg2") for i in (0, 1)
    ]
    bundle = open_bundle(tmp_path / "runs" / "cpg2-seed1")
    assert bundle.config == replace(rows["tiny-cpg2"], seed=1)
    assert not any((bundle.folder / part).exists() for part in ("excerpts", "showcase"))
    monkeypatch.setattr(runs, "train", lambda *_, **__: pytest.fail("it was trained again"))
    assert to_json(kept()) == to_json(first)
    chosen = kept("validation")
    assert chosen["rows"]["cpg2"]["warm"]["clip"]["accuracy"]["n"] == 6
    monkeypatch.setattr(module, "encode_runs", lambda *_: pytest.fail("work was begun"))
    rows["tiny-cpg2"] = replace(rows["tiny-cpg2"], batch_size=7)
    with pytest.raises(InputError, match=r"cpg2-seed0: holds .* batch_size: 7, was 6.*; choose another --keep"):
        kept()


def test_a_run_that_was_kept_to_choose_by_is_not_taken_to_test(rows, tiny_world, tmp_path):
    def kept(side: str) -> dict:
        places = {"cache": tiny_world / "cache", "keep": tmp_path / "runs"}
        return study("tiny", ["blackbox"], tiny_world / "videos", None, 1, side=side, **places)

    assert kept("validation")["rows"]["blackbox"]["head"]["clip"]["accuracy"]["n"] == 6
    with pytest.raises(InputError, match="blackbox-seed0: has no figures of the test side after each stage"):
        kept("test")


def test_a_run_in_progress_is_told_from_another_one_too(rows, tiny_world, tmp_path):
    state = tmp_path / "runs" / "cpg2-seed0" / "state"
    state.mkdir(parents=True)
    (state / "config.json").write_text(json.dumps({"config": {"batch_size": 7}, "hierarchy": {}, "split": {}}))
    with pytest.raises(InputError, match=r"holds a run that differs: .*; choose another --keep"):
        study("tiny", ["cpg2"], tiny_world / "videos", None, 1, tiny_world / "cache", keep=tmp_path / "runs")


def test_rows_may_look_through_other_cuts_and_share_what_is_the_same(rows, tiny_world, tmp_path, monkeypatch):
    own = rows["tiny-cpg2"]
    rows["tiny-flat2"] = replace(own, name="tiny-flat2", model=replace(own.model, head="fc", prototypes="leaf"))
    rows["tiny-wide2"] = replace(own, name="tiny-wide2", model=replace(own.model, embedding_width=12))
    rows["tiny-early2"] = replace(own, name="tiny-early2", model=replace(own.model, cut="layer3"))
    seen, real = [], runs.encode
    monkeypatch.setattr(runs, "encode", lambda config, *rest: seen.append(config.model.cut) or real(config, *rest))
    configs = {row: rows[f"tiny-{row}"] for row in ("cpg2", "flat2", "wide2", "early2")}
    planned = runs.plan_runs(configs, tiny_world / "videos", None, tiny_world / "cache", False)
    found = runs.encode_runs(configs, planned, tiny_world / "cache")
    assert seen == [None, "layer3"]
    assert found["flat2"].test is found["wide2"].test is found["cpg2"].test
    assert found["early2"].test.batch([0]).shape != found["cpg2"].test.batch([0]).shape
    assert [own.points.points.shape[1] for own in found.values()] == [16, 16, 12, 16]
    assert set(study("tiny", ["cpg2", "early2"], tiny_world / "videos", None, 1, tiny_world / "cache")["rows"]) == {
        "cpg2",
        "early2",
    }


def test_rows_that_work_on_other_clips_are_refused(rows, tiny_world, tmp_path):
    own = rows["tiny-cpg2"]
    rows["tiny-more2"] = replace(own, name="tiny-more2", clip=replace(CLIP, per_video=2))
    rows["tiny-few2"] = replace(own, name="tiny-few2", classes=("RedDisc", "RedBar"))
    for other, said in (("more2", "row more2: its train clips are not those of cpg2"), ("few2", "other videos than")):
        with pytest.raises(InputError, match=said):
            study("tiny", ["cpg2", other], tiny_world / "videos", None, 1, tiny_world / "cache")


def test_a_row_that_trains_the_backbone_is_refused_before_anything_is_computed(rows, tiny_world, monkeypatch, tmp_path):
    rows["tiny-joint"] = replace(
        config_for(tiny_world, "tiny-joint"), stages=(Stage("joint", 1, ("backbone", "head")),)
    )
    monkeypatch.setattr(runs, "plan", lambda *_: pytest.fail("work was begun"))
    with pytest.raises(InputError, match="tiny-joint trains the backbone"):
        study("tiny", ["joint"], tiny_world / "videos", None, 1, tiny_world / "cache")


@pytest.mark.parametrize(("rendered", "groups"), [(None, 12), (Pantomime(), 2)])
def test_rendered_videos_are_drawn_by_looks_that_all_classes_share(
    rows, tiny_world, monkeypatch, tmp_path, rendered, groups
):
    for name, own in list(rows.items()):
        rows[name] = replace(own, rendered=rendered)
    drawn = []
    real = module.bootstrap_interval
    monkeypatch.setattr(module, "bootstrap_interval", lambda gain, by: drawn.append(by) or real(gain, by))
    found = study("tiny", ["cpg2", "blackbox"], tiny_world / "videos", None, 1, tiny_world / "cache")
    assert len(drawn[0]) == 12
    assert len(set(drawn[0])) == found["groups"] == groups
