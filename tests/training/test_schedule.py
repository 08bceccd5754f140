import keras
import numpy as np
import pytest

from tagger.training.schedule import SCHEDULES

PROGRESS = np.linspace(0.0, 1.0, 21)


@pytest.mark.parametrize(
    ("name", "peer"),
    [
        ("cosine", keras.optimizers.schedules.CosineDecay(1.0, decay_steps=100)),
        ("linear", keras.optimizers.schedules.PolynomialDecay(1.0, decay_steps=100, end_learning_rate=0.0)),
        ("constant", lambda step: 1.0),
    ],
)
def test_the_rate_falls_as_in_keras(name, peer):
    rates = [SCHEDULES[name](progress) for progress in PROGRESS]
    np.testing.assert_allclose(rates, [float(peer(100 * progress)) for progress in PROGRESS], atol=1e-6)
