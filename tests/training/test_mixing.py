"""Clips mixed of two: how much of which, that the choice is learnt, and that a stopped run goes on."""

from dataclasses import replace

import pytest
import torch
from toys import toy_model

from hprotopnet.config import Augmentation, Config, Descent, ModelConfig, Stage
from hprotopnet.data.features import TensorBatches
from hprotopnet.errors import InputError
from hprotopnet.training.mixing import SelectiveMix, with_mean
from hprotopnet.training.stages import run_stage
from hprotopnet.training.state import State

STAGE = Stage(
    *("joint", 3, ("backbone", "head"), 0.05, 0.05),
    descent=Descent("sgd", falls=(5,)),
    augmentation=Augmentation(mixes=1.0),
)
CONFIG = Config(model=ModelConfig(head="fc", prototypes="none"), stages=(STAGE,), batch_size=4)
CLIPS = torch.randn(8, 3, 16, 16, 16, generator=torch.Generator().manual_seed(0))
BATCHES = TensorBatches(CLIPS, torch.arange(8) % 6)


def trained(model, state, stage=STAGE, stop=lambda row: None):
    run_stage(model, model, stage, BATCHES, CONFIG, 0, state, stop)
    return model


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_the_mean_of_a_mask_is_the_share(share):
    scores = 9 * torch.randn(3, 1, 4, 1, 1, generator=torch.Generator().manual_seed(1))
    mask = with_mean(scores, share)
    assert torch.allclose(mask.mean((1, 2, 3, 4)), torch.full((3,), share), atol=1e-4)
    assert (mask.argsort(2) == scores.argsort(2)).all() or share in (0.0, 1.0)


def test_even_scores_mix_evenly():
    assert torch.allclose(with_mean(torch.zeros(1, 1, 1, 2, 2), 0.25), torch.full((1, 1, 1, 2, 2), 0.25), atol=1e-6)


@pytest.mark.parametrize(("by_frames", "shape"), [(True, (2, 1, 2, 1, 1)), (False, (2, 1, 1, 2, 2))])
def test_frames_are_chosen_whole_and_patches_in_all_frames_alike(by_frames, shape):
    select = SelectiveMix(5)
    features = torch.randn(2, 5, 2, 2, 2)
    assert select(features, torch.tensor([1, 0]), 0.5, by_frames).shape == shape


def test_what_tells_more_is_chosen_by_hand():
    select = SelectiveMix(1)
    torch.nn.init.constant_(select.frames.weight, 4.0)
    features = torch.zeros(2, 1, 2, 1, 1)
    features[0, 0, 0] = 1.0  # the first clip tells most in its first frame
    mask = select(features, torch.tensor([1, 0]), 0.5, by_frames=True)
    high = float(torch.tensor(2.0).sigmoid())  # scores 4 and 0 with the offset -2
    assert mask[0].flatten().tolist() == pytest.approx([high, 1 - high], abs=1e-4)
    assert mask[1].flatten().tolist() == pytest.approx([1 - high, high], abs=1e-4)


def test_a_mixed_clip_lies_between_the_two_and_the_network_stays_as_it_is():
    model = toy_model(head="fc", prototypes="none").train()
    mixed = SelectiveMix(6).mix(model, CLIPS, torch.Generator().manual_seed(3))
    low, high = (own(CLIPS, CLIPS[mixed.other]) for own in (torch.minimum, torch.maximum))
    assert (mixed.clips >= low - 1e-5).all()
    assert (mixed.clips <= high + 1e-5).all()
    assert mixed.other.tolist() == [7, 0, 1, 2, 3, 4, 5, 6]
    assert model.backbone.training
    assert all(parameter.grad is None for parameter in model.parameters())


def test_the_choice_is_learnt_along_with_the_network():
    state = State(toy_model(head="fc", prototypes="none"))
    seen = []
    trained(state.model, state, stop=lambda row: seen.append(state.beside.frames.weight.detach().clone()))
    assert len(seen) == 3
    assert not torch.equal(seen[0], seen[2])


def test_a_stopped_run_goes_on_with_what_chooses(tmp_path):
    whole = trained(*_fresh(None))

    def stop(row):
        if row["epoch"] == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained(*_fresh(tmp_path), stop=stop)
    model, state = _fresh(tmp_path)
    assert state.restore()
    trained(model, state)
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, model.state_dict()[name]), name


def _fresh(folder):
    model = toy_model(head="fc", prototypes="none")
    return model, State(model, folder, with_backbone=True)


def test_only_clips_can_be_mixed():
    with pytest.raises(InputError, match="only one that trains the backbone sees clips"):
        replace(STAGE, trains=("head",))
