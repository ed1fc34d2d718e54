"""What is told of an attribution: where it peaks, when, and what was asked, worked by hand."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from lookers import classifier, prototype_subject
from shifting import LABELS, shifting_subject
from toys import toy_model

from hprotopnet.attribution.attribution import Attribution
from hprotopnet.attribution.methods import METHODS
from hprotopnet.data.clips import Clip
from hprotopnet.errors import InputError
from hprotopnet.files import to_json
from hprotopnet.studies.attributed import likeliest, methods_for, over_time, peak, told

TIMES = (0.5, 0.6, 0.7, 0.8)


def attribution(values: np.ndarray, signed: bool = False) -> Attribution:
    values = np.asarray(values, np.float32)
    return Attribution("gradcam", "toy", "dunk", values, signed, values.shape, {}, 0.1, 1.0, float(np.log(0.25)))


def test_the_peak_of_one_pixel():
    values = np.zeros((4, 5, 6))
    values[2, 3, 1] = 2
    values[0, 0, 0] = 1
    assert peak(attribution(values), TIMES) == ((2, 3), (1, 3, 2, 4), 0.7, 1.5, 3.5)


def test_the_peak_of_a_stretched_cell_is_the_whole_cell_and_no_other_one():
    values = np.zeros((4, 4, 6))
    values[:2, 2:, :3] = 3
    values[3, 0, 5] = 3  # as high, but elsewhere
    assert peak(attribution(values), TIMES) == ((0, 2), (0, 2, 3, 4), 0.5, 1.5, 3.0)


def test_where_nothing_speaks_for_a_target_there_is_no_peak():
    assert peak(attribution(np.zeros((4, 2, 2))), TIMES) is None
    assert peak(attribution(-np.ones((4, 2, 2)), signed=True), TIMES) is None


def test_the_curve_over_time_keeps_both_signs_apart():
    values = np.array([[[1, -3]], [[0, 2]]])
    assert over_time(attribution(values, signed=True)) == {"for": [0.5, 1.0], "against": [1.5, 0.0]}
    assert over_time(attribution(np.abs(values))) == {"for": [2.0, 1.0]}


def test_all_but_values_is_told_as_json():
    own = replace(attribution(np.ones((4, 2, 2))), settings={"steps": 3}, figures={"delta": 0.5})
    clip = Clip("v", 0.5, np.zeros((4, 2, 2, 3), np.uint8), np.array(TIMES))
    found = json.loads(to_json(told(own, clip)))
    assert "values" not in found
    assert found["probability"] == pytest.approx(0.25)
    assert (found["settings"], found["figures"], found["shape"]) == ({"steps": 3}, {"delta": 0.5}, [4, 2, 2])
    assert found["peak"] == {"frames": [0, 4], "box": [0, 0, 2, 2], "seconds": 0.6, "x": 1.0, "y": 1.0}
    assert len(found["times"]) == len(found["over_time"]["for"]) == 4


def test_the_likeliest_is_a_class_also_where_its_ancestors_are_likelier():
    subject = prototype_subject(toy_model())
    images = np.random.default_rng(0).integers(0, 256, (16, 40, 40, 3)).astype(np.uint8)
    clip = Clip("v", 0.0, images, np.arange(16) / 12.5)
    with torch.no_grad():
        sure = subject.log_probabilities(subject.inputs(images))[0]
        logits = subject.model(subject.inputs(images)).output.logits[0]
    assert int(sure.argmax()) >= 6  # an ancestor
    assert likeliest(subject, clip) == subject.targets[int(logits.argmax())]


def test_the_likeliest_of_a_classifier():
    subject = classifier(torch.nn.Module())
    subject.log_probabilities = lambda clips: torch.tensor([[-2.0, -0.1]])
    subject.inputs = lambda images: images
    assert likeliest(subject, Clip("v", 0.0, np.zeros(1), np.zeros(1))) == "throw"


def test_all_methods_are_those_that_can_ask():
    own = {name for name, method in METHODS.items() if method.prototypes_only}
    assert own
    assert set(methods_for("all", prototype_subject(toy_model()))) == set(METHODS)
    assert set(methods_for("all", prototype_subject(toy_model(prototypes="none")))) == set(METHODS) - own
    assert set(methods_for("all", shifting_subject())) == set(METHODS) - own
    assert methods_for("gradcam", shifting_subject()) == ("gradcam",)
    with pytest.raises(InputError, match="did you mean 'gradcam'"):
        methods_for("grad-cam", shifting_subject())
    assert len(LABELS) == 3
