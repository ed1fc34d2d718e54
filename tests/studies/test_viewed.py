"""Answers from one view and from thirty."""

import numpy as np
import pytest
import torch

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.config import ClipConfig
from hprotopnet.data.dataset import list_videos, middle_clip
from hprotopnet.data.pictures import side_crops
from hprotopnet.data.transforms import normalise
from hprotopnet.errors import InputError
from hprotopnet.studies.evaluate import evaluate_bundle
from hprotopnet.studies.viewed import probabilities, view_figures, views_of


@pytest.fixture(scope="module")
def videos(tiny_world, tiny_bundle):
    return list_videos(tiny_world / "videos", open_bundle(tiny_bundle).hierarchy).videos


def test_crops_lie_at_both_ends_and_in_the_middle():
    wide = np.arange(10, dtype=np.uint8)[None, None, :, None].repeat(4, 1).repeat(3, 3)
    assert side_crops(wide, 4)[:, 0, 0, 0, 0].tolist() == [0, 3, 6]
    assert side_crops(wide.swapaxes(1, 2), 4)[:, 0, 0, 0, 0].tolist() == [0, 3, 6]
    assert (side_crops(wide[:, :, :4], 4) == wide[:, :, :4]).all()


def test_thirty_views_are_ten_clips_of_three_crops(videos):
    short = ClipConfig(frames=4, fps=12.5, size=32)  # of 1.9 s: ten differ
    found = views_of(videos[0], short, 30)
    assert found.shape == (30, 4, 32, 32, 3)
    assert (found[0] != found[1]).any()
    middle = middle_clip(videos[0], short)
    assert (views_of(videos[0], short, 1) == middle.images[None]).all()


def test_views_by_segments_look_at_other_places(videos):
    found = views_of(videos[0], ClipConfig(frames=4, fps=12.5, size=32, per_segment=1), 30)
    assert len(found) % 3 == 0
    assert len(found) > 6
    assert len({own.tobytes() for own in found[1::3]}) == len(found) // 3


def test_the_answer_is_that_of_the_mean_probability(tiny_bundle, videos):
    bundle = open_bundle(tiny_bundle)
    model = bundle.load_model()
    images = views_of(videos[0], bundle.config.clip, 30)
    norm = model.backbone.normalisation
    with torch.inference_mode():
        by_hand = model(normalise(torch.from_numpy(images), norm.mean, norm.std)).output.logits.softmax(1).numpy()
    np.testing.assert_allclose(probabilities(model, images), by_hand, atol=1e-5)
    found = view_figures(model, videos[:1], bundle.config.clip, 30)
    assert found["accuracy"] == (bundle.hierarchy.nodes[by_hand.mean(0).argmax()] == videos[0].label)
    assert (found["n"], found["clips"], found["crops"]) == (1, 10, 3)


def test_evaluate_gives_both_where_it_is_asked_to(tiny_bundle, tiny_world, tmp_path):
    bundle = open_bundle(tiny_bundle)
    found = evaluate_bundle(bundle, tiny_world / "videos", None, tmp_path, views=1)
    assert found["views"]["n"] == found["n"]["videos"]
    assert found["views"]["accuracy"] == found["video_mean_softmax"]["accuracy"]  # a clip a video, either way
    with pytest.raises(InputError, match="give 1 or 30"):
        evaluate_bundle(bundle, tiny_world / "videos", None, tmp_path, views=7)
