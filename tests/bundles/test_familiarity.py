"""A bundle tells strange clips by what its training saw, from `train.py` to `evaluate`."""

import numpy as np
import pytest
import torch
from tiny import config_for

from hprotopnet.bundles.export import export
from hprotopnet.bundles.showcase import load_showcase
from hprotopnet.evaluation.predictions import pool
from hprotopnet.models import familiarity
from hprotopnet.studies.evaluate import evaluate_bundle
from hprotopnet.training.run import prepare, train


def test_training_keeps_clips_to_tell_strange_ones_by(tiny_world, tmp_path, monkeypatch):
    """With videos enough; written again without, a bundle keeps none of another training."""
    config = config_for(tiny_world, "tiny-cpg2")
    run_data = prepare(config, tiny_world / "videos", None, tiny_world / "cache", torch.device("cpu"))
    result, home = train(config, run_data), tmp_path / "runs" / "tiny"
    with monkeypatch.context() as patch:
        patch.setattr(familiarity, "FEWEST_VIDEOS", 6)
        bundle = export(config, result, home, True, 0.0)
    known = bundle.load_model().familiarity
    assert len(known.rows) == len(run_data.train)
    assert known.strangeness(pool(run_data.train)).max() < 1e-3 / known.threshold
    assert known.strangeness(pool(run_data.validation)).max() == pytest.approx(1)
    assert all(stored.explanation.strangeness > 0 for stored in load_showcase(bundle))
    figures = evaluate_bundle(bundle, tiny_world / "videos", None, tiny_world / "cache")
    assert figures["unlike"] == np.mean(known.strangeness(pool(run_data.test)) > 1)
    assert evaluate_bundle(bundle, tiny_world / "videos", None, tiny_world / "cache", side="validation")["unlike"] == 0
    bundle = export(config, result, home, True, 0.0)
    assert not (home / "familiarity.npz").exists()
    assert load_showcase(bundle)[0].explanation.strangeness is None
    assert evaluate_bundle(bundle, tiny_world / "videos", None, tiny_world / "cache")["unlike"] is None
