"""What scores dev while a network learns knows all that the network does."""

import numpy as np
import pytest
from small_runs import request

from tagger.training.judge import Judge
from tagger.training.prepare import prepare
from tagger.training.unfinished import Unfinished


@pytest.mark.parametrize("forbidden", ["nothing", "entities"])
def test_learned_moves_count_in_the_scores_of_dev(tmp_path, forbidden):
    """Moves that no logit stands against make the tags: those of dev, or none."""
    train = tmp_path / "train.conll"
    train.write_text("Anna B-PER\ncame O\n\nMarco B-PER\nsang O\n")
    asked = request(train, tmp_path / "model", dev=train, head="crf", characters="cnn")
    prepared = prepare(asked)
    labels = prepared.plan.labels
    first = "S-PER" if forbidden == "nothing" else "O"
    starts, transitions = np.zeros(len(labels), np.float32), np.zeros((len(labels), len(labels)), np.float32)
    starts[labels.index(first)] = transitions[labels.index(first), labels.index("O")] = 100.0
    prepared.network.crf.starts.assign(starts)
    prepared.network.crf.transitions.assign(transitions)
    judge = Judge(prepared.network, prepared.plan, Unfinished(tmp_path))
    assert judge.score_dev().f1 == (1.0 if forbidden == "nothing" else 0.0)
