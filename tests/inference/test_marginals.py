"""The probabilities of labels, against all legal sequences tried."""

import numpy as np
from legal_sequences import legal_paths, log_sum, no_moves, path_scores

from tagger.corpus.sentence import Sentence
from tagger.features.batching import encode, pad
from tagger.inference.bundle import Bundle
from tagger.inference.tagger import Tagger

MODEL_TEMPERATURE = 1.5  # that of conftest's models
SENTENCES = [["Anna", "Weber", "lives"], [], ["Trieste"], ["the", "Harbour", "Office", "."]]


def test_a_label_is_as_likely_as_all_sequences_that_have_it(model):
    bundle = Bundle.open(model)
    labels, found = bundle.labels(), Tagger.load(model).marginals(SENTENCES)
    for tokens, some in zip(SENTENCES, found, strict=True):
        assert some.shape == (len(tokens), len(labels))
        if not tokens:
            continue
        scores = bundle.session().scores(pad(encode([Sentence(tuple(tokens))], bundle.vocabulary()), np.array([0])))[0]
        paths = legal_paths(labels, len(tokens))
        logs = path_scores(scores, paths, no_moves(len(labels))) / MODEL_TEMPERATURE
        expected = np.einsum("p,ptk->tk", np.exp(logs - log_sum(logs)), np.eye(len(labels))[paths])
        np.testing.assert_allclose(some, expected, rtol=1e-4, atol=1e-8)
