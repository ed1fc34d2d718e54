"""Methods by gradients of pixels, on networks whose gradients are worked by hand."""

import numpy as np
import pytest
import torch
from lookers import PLAIN, UNEVEN, Weighted, a_clip, classifier, numbers

from hprotopnet.attribution.methods import attribute

SHAPE = (4, 6, 8)
CLIP = a_clip(SHAPE)
WEIGHTS = numbers((2, 3, *SHAPE))
LINEAR = classifier(Weighted(WEIGHTS))
INPUTS = LINEAR.inputs(CLIP.images)[0].numpy()  # (3, T, H, W)
W = WEIGHTS[1].numpy()


def found(subject, method, **settings):
    return attribute(subject, CLIP, "throw", method, **settings)


def test_three_colours_become_one_value():
    weights = torch.zeros(2, 3, *SHAPE)
    weights[1, :, 0, 1, 2] = torch.tensor([3.0, -1.0, 1.0])
    subject = classifier(Weighted(weights))
    for polarity, value in (("positive", 4 / 3), ("negative", -1 / 3), ("both", 1.0)):
        own = found(subject, "gradients", polarity=polarity)
        assert own.values[0, 1, 2] == pytest.approx(value)
        assert np.count_nonzero(own.values) == 1
        assert own.signed == (polarity != "positive")


def test_gradients_of_a_linear_network_are_its_weights():
    own = found(LINEAR, "gradients", polarity="both")
    np.testing.assert_allclose(own.values, W.mean(0), rtol=1e-5, atol=1e-7)
    assert own.resolution == SHAPE
    assert own.score == pytest.approx((W * INPUTS).sum(), rel=1e-4)
    scores = torch.from_numpy(np.einsum("cthw,kcthw->k", INPUTS, WEIGHTS))
    assert own.log_probability == pytest.approx(float(scores.log_softmax(0)[1]), abs=1e-3)


def test_gradients_times_input_sum_to_the_score_of_a_linear_network():
    own = found(LINEAR, "gradient_input", polarity="both")
    np.testing.assert_allclose(own.values, (W * INPUTS).mean(0), rtol=1e-5, atol=1e-6)
    assert 3 * own.values.sum(dtype=float) == pytest.approx(own.score, abs=1e-3)


@pytest.mark.parametrize("normalisation", [UNEVEN, PLAIN])
def test_integrated_gradients_start_from_the_black_of_the_network(normalisation):
    own = found(classifier(Weighted(WEIGHTS), normalisation), "integrated", polarity="both")
    above_black = CLIP.images.transpose(3, 0, 1, 2) / 255 / np.reshape(normalisation.std, (3, 1, 1, 1))
    np.testing.assert_allclose(own.values, (W * above_black).mean(0), rtol=1e-4, atol=1e-5)
    assert own.figures["difference"] == pytest.approx((W * above_black).sum(), abs=1e-3)
    assert abs(own.figures["delta"]) < 1e-4 * max(1, abs(own.score))


def test_integrated_gradients_are_complete():
    subject = classifier(Weighted(numbers((2, 3, *SHAPE)), power=3))
    own = found(subject, "integrated", polarity="both", rule="gausslegendre", batch=4)
    with torch.no_grad():
        clip, black = (subject(subject.inputs(images))[0, 1] for images in (CLIP.images, 0 * CLIP.images))
    assert own.figures["difference"] == pytest.approx(float(clip - black), rel=1e-5)
    assert abs(own.figures["delta"]) < 1e-4 * abs(float(clip - black))
    assert 3 * own.values.sum(dtype=float) == pytest.approx(float(clip - black), rel=1e-4)


@pytest.mark.parametrize("batch", [1, 2, 5, 64])
def test_the_published_sum_takes_the_left_ends_of_equal_steps(batch):
    subject, black = classifier(Weighted(torch.ones(2, 3, *SHAPE), power=2)), np.reshape([-1, -1, 0], (3, 1, 1, 1))
    own = found(subject, "integrated", polarity="both", steps=5, batch=batch)
    middle = black + (0 + 1 + 2 + 3 + 4) / 25 * (INPUTS - black)  # the gradient of x squared is 2 x
    np.testing.assert_allclose(own.values, (2 * middle * (INPUTS - black)).mean(0), rtol=1e-4, atol=1e-5)
    short = (INPUTS**2 - black**2).sum() - (2 * middle * (INPUTS - black)).sum()
    assert own.figures["delta"] == pytest.approx(-short, rel=1e-3)
    exact = found(subject, "integrated", polarity="both", steps=5, rule="gausslegendre")
    assert abs(exact.figures["delta"]) < 1e-3 * abs(short)


def test_smoothed_gradients_of_a_linear_network_are_its_weights():
    own = found(LINEAR, "smooth", polarity="both", samples=3)
    np.testing.assert_allclose(own.values, W.mean(0), rtol=1e-5, atol=1e-6)


def test_noise_is_as_large_as_said_and_goes_away_with_many_samples():
    subject = classifier(Weighted(torch.ones(2, 3, *SHAPE), power=2))  # its gradient is 2 x
    for samples in (1, 100):
        own = found(subject, "smooth", polarity="both", samples=samples, batch=10)
        assert own.figures["deviation"] == pytest.approx(0.15 * (INPUTS.max() - INPUTS.min()), rel=1e-5)
        noise = (own.values - (2 * INPUTS).mean(0)) / 2  # the mean of three normal numbers
        expected = own.figures["deviation"] / np.sqrt(3 * samples)
        assert noise.std() == pytest.approx(expected, rel=0.2)
        assert abs(noise.mean()) < 4 * expected / np.sqrt(noise.size)


def test_noise_depends_on_the_seed_alone():
    subject = classifier(Weighted(torch.ones(2, 3, *SHAPE), power=2))
    before = torch.get_rng_state()
    first = found(subject, "smooth", samples=5)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(7)
    for batch in (1, 2, 5):
        again = found(subject, "smooth", samples=5, batch=batch)
        np.testing.assert_allclose(again.values, first.values, rtol=1e-5, atol=1e-6)
    assert not np.allclose(found(subject, "smooth", samples=5, seed=1).values, first.values)
