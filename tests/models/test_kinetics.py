"""Sampling and preparation are exact; the published weights name real clips by their right names."""

from pathlib import Path

import numpy as np
import pytest
import torch

from hprotopnet.errors import InputError
from hprotopnet.models import kinetics as classify
from hprotopnet.models.backbones import weights

pytestmark = pytest.mark.rendering


def test_labels_are_four_hundred_names_in_order():
    labels = classify.kinetics_labels()
    assert len(set(labels)) == 400
    assert list(labels) == sorted(labels)
    assert labels[0] == "abseiling"
    assert labels[399] == "zumba"


@pytest.mark.parametrize(
    ("duration", "count", "step"), [(10, 64, 0.08), (5.12, 64, 0.08), (3.2, 64, 0.05), (2.56, 64, 0.04), (1, 25, 0.04)]
)
def test_frame_times(duration, count, step):
    times = classify.frame_times(duration)
    assert len(times) == count
    np.testing.assert_allclose(np.diff(times), step)
    assert times[0] >= -1e-9
    assert times[-1] <= duration - step + 1e-9
    assert abs(times[0] + times[-1] + step - duration) < 1e-9  # centred


@pytest.mark.parametrize("duration", [0.0, 0.01])
def test_shortest_video_gives_a_frame(duration):
    assert len(classify.frame_times(duration)) == 1


@pytest.mark.parametrize("shape", [(240, 320), (320, 240), (120, 500), (224, 224)])
def test_clip_is_centred_and_normalised(shape):
    frames = np.zeros((3, *shape, 3), np.uint8)
    frames[:, shape[0] // 4 : shape[0] * 3 // 4, shape[1] // 4 : shape[1] * 3 // 4] = (255, 0, 255)
    clip = classify.prepare_clip(frames)
    assert clip.shape == (3, 3, 224, 224)
    assert clip[:, 0, 112, 112].tolist() == [1, -1, 1]
    assert (clip - clip.flip(2, 3)).abs().mean() < 0.01  # half a pixel of rounding at the edges


@pytest.mark.parametrize(
    "frames",
    [
        np.zeros((4, 8, 8), np.uint8),
        np.zeros((4, 3, 8, 8), np.uint8),
        np.zeros((0, 8, 8, 3), np.uint8),
        np.zeros((4, 8, 8, 3), np.float32),
        np.zeros((3, 4, 8, 8), np.int64),
    ],
)
def test_other_shapes_are_refused(frames):
    with pytest.raises(InputError, match="cannot be classified"):
        classify.kinetics_top5(frames)


def test_top5_ranks_by_probability(monkeypatch):
    logits = torch.zeros(1, 400)
    logits[0, [7, 300, 2, 9, 11]] = torch.tensor([9.0, 8, 7, 6, 5])
    monkeypatch.setattr(classify, "kinetics_classifier", lambda: lambda clips: logits)
    top = classify.kinetics_top5(np.zeros((2, 30, 40, 3), np.uint8))
    labels = classify.kinetics_labels()
    assert [label for label, _ in top] == [labels[i] for i in (7, 300, 2, 9, 11)]
    np.testing.assert_allclose([p for _, p in top], logits.softmax(-1)[0, [7, 300, 2, 9, 11]], rtol=1e-6)


def decode(path: Path) -> tuple[np.ndarray, float]:
    av = pytest.importorskip("av")
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        return np.stack(frames), float(container.streams.video[0].average_rate)


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("ucf101/BabyCrawling/v_BabyCrawling_g05_c01.avi", "crawling baby"),
        ("ucf101/BandMarching/v_BandMarching_g05_c01.avi", "marching"),
        ("assorted/pytorch-vision_deb/SoccerJuggling/v_SoccerJuggling_g23_c01.avi", "juggling soccer ball"),
        ("assorted/mmaction2/misc/demo.mp4", "arm wrestling"),
    ],
)
def test_real_clips_get_their_names(shared, path, label):
    if not weights.cached_i3d().is_file():
        pytest.skip("the I3D weights are not in the cache: run `python -m hprotopnet fetch`")
    frames, fps = decode(shared / "clips" / path)
    times = classify.frame_times(len(frames) / fps)
    (best, probability), *_ = classify.kinetics_top5(frames[np.floor(times * fps + 1e-6).astype(int)])
    assert best == label
    assert probability > 0.9
