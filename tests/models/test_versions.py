"""One version, one result: fixed weights come to the same features until a backbone's version is raised."""

import numpy as np
import pytest
import torch

from hprotopnet.models.backbones.registry import create_backbone, list_backbones

# Mean, deviation and three values of the features, by backbone and its version.
FEATURES = {
    ("i3d", 1): (0.22324, 0.41003, 0.0, 0.70733, 0.36011),
    ("mc3_18", 1): (4.42985, 5.94812, 4.17622, 2.94441, 3.20827),
    ("r2plus1d_18", 1): (3.12905, 4.0163, 1.44712, 12.17548, 0.0),
    ("r3d_18", 1): (1.31902, 1.8037, 0.39993, 2.25735, 1.7843),
    ("tsm_r18", 1): (3.78194, 4.71296, 0.0, 2.10223, 5.31971),
    ("tsm_r50", 1): (280.337, 324.071, 0.0, 0.0, 0.0),
    ("h2cn_r18", 1): (0.671909, 0.96131, 0.176916, 0.632645, 1.36098),
    ("h2cn_r50", 1): (3.0814, 3.68347, 0.0, 3.65419, 1.47917),
    ("frames_inception", 1): (0.646688, 1.10237, 0.0, 0.65767, 0.0),
    ("tsm_inception", 1): (0.594204, 1.01429, 0.0, 0.3769, 0.0),
    ("h2cn_inception", 1): (0.419958, 0.62267, 0.0, 1.29632, 0.499698),
}


def noise(shape: tuple[int, ...], seed: int) -> torch.Tensor:
    """Numbers from -1 to 1 that no generator draws: they are the same with every version of every library."""
    values = 43758.5453 * np.sin(12.9898 * np.arange(np.prod(shape)) + seed)
    return torch.from_numpy((2 * (values % 1) - 1).reshape(shape).astype(np.float32))


@torch.no_grad()
def features(name: str) -> torch.Tensor:
    net = create_backbone(name, width=8).eval()
    for number, tensor in enumerate(net.state_dict().values()):
        if tensor.ndim > 1:
            tensor.copy_(noise(tuple(tensor.shape), number) * (6 / tensor[0].numel()) ** 0.5)
    return net(noise((1, 3, 8, 48, 48), -1))[0]


def test_all_backbones_are_watched():
    assert {name for name, _ in FEATURES} == set(list_backbones())


@pytest.mark.parametrize("name", list_backbones())
def test_known_weights_give_the_features_of_this_version(name):
    found = features(name)
    assert found.std() > 0.1
    values = found.flatten()
    told = [values.mean(), values.std(), *values[:: len(values) // 3][:3]]
    known = FEATURES.get((name, create_backbone(name, width=8).version), (0.0,) * 5)
    meant = f"if this change is meant, raise `version` of backbone {name}, and write {[f'{v:.6g}' for v in told]} here"
    torch.testing.assert_close(torch.stack(told), torch.tensor(known), rtol=2e-3, atol=1e-3, msg=meant)
