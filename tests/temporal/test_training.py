"""Training on videos whose atoms are known: what is found, what is kept, and that it goes on where it was stopped."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from hprotopnet.errors import InputError
from hprotopnet.evaluation.clusters import normalised_mutual_information, purity
from hprotopnet.evaluation.detection import Segments, detection_map
from hprotopnet.temporal import state as state_module
from hprotopnet.temporal.activitynet import read_activitynet
from hprotopnet.temporal.annotations import truth_of
from hprotopnet.temporal.detection import detect_all
from hprotopnet.temporal.detector import load_detector, save_detector
from hprotopnet.temporal.state import EpochRow, Record
from hprotopnet.temporal.toy import TOY, ToyWorld, known, make_toy
from hprotopnet.temporal.training import concepts_of, part, scores_of, train_detector

SMALL = ToyWorld(videos=24, coarse=2, siblings=2, width=32)
QUICK = replace(TOY, width=32, encoded=16, concepts=8, epochs=4, redraw=2, learning_rate=1e-3)


@pytest.fixture(scope="module")
def toy():
    return make_toy(ToyWorld(videos=120))


@pytest.fixture(scope="module")
def trained(toy):
    return train_detector(toy.data, replace(TOY, epochs=12))


def test_segments_are_found_that_nobody_told_of(toy, trained):
    """At an overlap of .3, ten times what the same segments have with their classes mixed up."""
    videos = toy.data.of("testing")
    scores = list(scores_of(trained.network, toy.data.features, [video.name for video in videos]))
    found = detect_all(scores, [video.rate for video in videos], trained.config.rule)
    truth, classes = truth_of(videos), len(toy.data.hierarchy.classes)
    figure = detection_map(found, truth, classes, [0.3]).map[0]
    mixed = Segments(found.videos, (found.labels + 5) % classes, found.times, found.scores)
    assert figure > 0.45
    assert detection_map(mixed, truth, classes, [0.3]).map[0] < 0.1
    coarse = detection_map(found.with_labels(toy.data.coarse), truth.with_labels(toy.data.coarse), 4, [0.3]).map[0]
    assert coarse > 0.5


def test_concepts_of_a_short_training_are_the_atoms(toy, trained):
    names = [video.name for video in toy.data.of("testing")]
    concept, atom = known(toy, names, list(concepts_of(trained.network, toy.data.features, names)))
    mixed = np.random.default_rng(0).permutation(concept)
    assert purity(concept, atom) > 0.8
    assert normalised_mutual_information(concept, atom) > 0.65
    assert purity(mixed, atom) < 0.4


def test_the_epoch_that_validation_chose_is_kept(toy, trained):
    figures = [row.validation for row in trained.record.epochs]
    assert trained.record.best == 1 + int(np.argmax(figures))
    held = part(toy.data, trained.config)[1]
    found = detect_all(
        list(scores_of(trained.network, toy.data.features, [video.name for video in held])),
        [video.rate for video in held],
        trained.config.rule,
    )
    assert detection_map(found, truth_of(held), 12, trained.config.tious).average == pytest.approx(max(figures))


def test_the_first_of_equal_epochs_is_kept_and_without_validation_the_last():
    def rows(*figures):
        record = Record()
        for number, figure in enumerate(figures):
            record = record.after(EpochRow(number + 1, 0, 0, 0, 0, figure, 0))
        return record.best

    assert rows(0.2, 0.5, 0.5, 0.4) == 2
    assert rows(0.0, 0.0) == 1
    assert rows(None, None, None) == 3
    assert rows() == 0


def test_a_training_is_decided_by_its_seed():
    data = make_toy(SMALL).data
    one, same, other = (train_detector(data, replace(QUICK, seed=seed)) for seed in (1, 1, 2))
    assert figures(one) == figures(same)
    assert figures(one) != figures(other)
    assert_same(one.network, same.network)


def test_videos_in_files_train_as_those_in_memory_do(tmp_path):
    data, config = make_toy(SMALL).data, replace(QUICK, epochs=2)
    entries = {}
    for video in data.videos:
        np.save(tmp_path / f"{video.name}.npy", data.features.read(video.name))
        rows = zip(video.times.tolist(), video.labels, strict=True)
        said = [{"segment": times, "label": data.hierarchy.classes[label]} for times, label in rows]
        entries[video.name] = {"duration": video.duration, "subset": video.subset, "annotations": said}
    (tmp_path / "all.json").write_text(json.dumps({"database": entries}), encoding="utf-8")
    stored = read_activitynet(tmp_path / "all.json", data.hierarchy, tmp_path)
    trained = train_detector(stored, config)
    assert figures(trained) == figures(train_detector(data, config))
    save_detector(tmp_path / "detector", trained)
    found, names = load_detector(tmp_path / "detector"), [video.name for video in stored.of("testing")]
    own, expected = (list(scores_of(one.network, stored.features, names)) for one in (found, trained))
    assert all(map(np.array_equal, own, expected))
    assert found.record == trained.record


class Stopped(Exception):
    """A process that was killed."""


@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_training_that_was_stopped_goes_on_to_the_same_figures(after, tmp_path):
    data = make_toy(SMALL).data

    def stop(row):
        if row.epoch == after:
            raise Stopped

    with pytest.raises(Stopped):
        train_detector(data, QUICK, tmp_path, stop)
    torch.manual_seed(after)  # nothing comes from outside
    resumed, whole = train_detector(data, QUICK, tmp_path), train_detector(data, QUICK)
    assert figures(resumed) == figures(whole)
    assert_same(resumed.network, whole.network)
    assert len(list(tmp_path.iterdir())) == 2
    again = train_detector(data, QUICK, tmp_path, stop)
    assert_same(again.network, whole.network)


def test_a_training_that_was_stopped_while_it_wrote_goes_on_too(tmp_path, monkeypatch):
    data, write = make_toy(SMALL).data, state_module.write_json

    def stop(path, value):
        if len(value["record"]["epochs"]) == 3:
            raise Stopped
        write(path, value)

    monkeypatch.setattr(state_module, "write_json", stop)
    with pytest.raises(Stopped):
        train_detector(data, QUICK, tmp_path)
    monkeypatch.undo()
    assert len(list(tmp_path.glob("*.safetensors"))) == 2
    resumed, whole = train_detector(data, QUICK, tmp_path), train_detector(data, QUICK)
    assert_same(resumed.network, whole.network)
    assert len(list(tmp_path.iterdir())) == 2


def figures(trained) -> list:
    return [replace(row, seconds=0.0) for row in trained.record.epochs]


def assert_same(one, other) -> None:
    for name, tensor in one.state_dict().items():
        assert torch.equal(tensor, other.state_dict()[name]), name


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("state")
    train_detector(make_toy(SMALL).data, replace(QUICK, epochs=1), folder)
    return folder


@pytest.fixture
def state(stored, tmp_path):
    for file in stored.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def change(folder, tensors):
    path = folder / "state-1.safetensors"
    found = load_file(path)
    tensors(found)
    save_file(found, path)


@pytest.mark.parametrize(
    ("spoil", "part"),
    [
        (lambda folder: change(folder, lambda own: own.pop("network.fine.out.bias")), "-fine.out.bias"),
        (lambda folder: change(folder, lambda own: own.pop("adam.fine.out.bias.step")), "its optimiser remembers"),
        (lambda folder: change(folder, lambda own: own["adam.fine.out.bias.exp_avg"].fill_(torch.nan)), "not finite"),
        (lambda folder: change(folder, lambda own: own["concept"].fill_(99)), "pseudo-labels"),
        (lambda folder: change(folder, lambda own: own.pop("concept")), "pseudo-labels"),
        (lambda folder: change(folder, lambda own: own.pop("best.fine.out.bias")), "-fine.out.bias"),
        (lambda folder: (folder / "state-1.safetensors").unlink(), "state-1.safetensors"),
        (lambda folder: (folder / "state.json").write_text("{}"), "identity is missing"),
    ],
)
def test_a_state_that_is_not_whole_is_refused_in_one_line(state, spoil, part):
    spoil(state)
    with pytest.raises(InputError) as caught:
        train_detector(make_toy(SMALL).data, replace(QUICK, epochs=1), state)
    assert part in str(caught.value)
    assert str(state) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("world", "config", "part"),
    [
        (SMALL, replace(QUICK, epochs=1, seed=2), "another configuration and videos"),
        (replace(SMALL, seed=5), replace(QUICK, epochs=1), "another videos"),
        (replace(SMALL, siblings=3), replace(QUICK, epochs=1), "another tree and videos"),
    ],
)
def test_another_training_is_not_gone_on_with(state, world, config, part):
    with pytest.raises(InputError, match=part):
        train_detector(make_toy(world).data, config, state)


def test_features_of_another_width_are_refused():
    with pytest.raises(InputError, match="features are 32 wide and detector 'toy' takes 64"):
        train_detector(make_toy(SMALL).data, TOY)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5])
def test_videos_are_held_out_but_never_the_last_of_a_class_or_a_part_of_a_group(share):
    data = make_toy(replace(SMALL, videos=60)).data
    videos = [replace(video, group=f"g{number // 2}") for number, video in enumerate(data.videos)]
    data = replace(data, videos=tuple(videos))
    training, held = part(data, replace(QUICK, validation_share=share))
    assert len(held) <= share * 40
    assert len(held) >= share * 40 - 2
    assert len(training) + len(held) == 40
    assert not {video.group for video in training} & {video.group for video in held}
    everything = data.present(data.of("training")).any(0)
    assert data.present(training).any(0).tolist() == everything.tolist()


def test_records_are_plain_data(trained):
    assert json.loads(json.dumps(trained.record, default=vars))["best"] == trained.record.best
