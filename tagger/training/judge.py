"""Scores a network in training as users will run it, and keeps the best."""

from pathlib import Path

from tagger.corpus.sentence import Sentence
from tagger.evaluation.scores import Score, Scores, score, score_strict
from tagger.inference.bundle import NETWORK, WEIGHTS
from tagger.inference.session import Session
from tagger.inference.tagger import Tagger
from tagger.network.network import Network
from tagger.training.export import export_network
from tagger.training.plan import Plan


class Judge:
    """Exports the network and tags dev with it, in ONNX Runtime, through the same `Tagger` that users run.

    Args:
        draft: a directory to work in; `best`, below it, holds the weights and the graph of the best epoch.
    """

    def __init__(self, network: Network, plan: Plan, draft: Path) -> None:
        self._network, self._plan = network, plan
        self._candidate = draft / "candidate"
        self.best = draft / "best"
        self._candidate.mkdir()
        self.best.mkdir()
        self._tagged: list[Sentence] = []  # dev, by the candidate
        self._best_tagged: list[Sentence] = []

    def score_dev(self) -> Score:
        """Strict scores of the network as it is now."""
        export_network(self._network, self._candidate)
        plan, data = self._plan, self._plan.data
        tagger = Tagger(plan.vocabulary, plan.labels, data.dev_scheme, Session(self._candidate / NETWORK))
        self._tagged = tagger.tag(data.dev)
        return score_strict(data.dev, self._tagged, data.dev_scheme).micro

    def keep(self) -> None:
        """Take what was scored last for the best."""
        for name in (WEIGHTS, NETWORK):
            (self._candidate / name).replace(self.best / name)
        self._best_tagged = self._tagged

    def best_scores(self) -> Scores:
        """All scores of the best network."""
        data = self._plan.data
        return score(data.dev, self._best_tagged, data.dev_scheme, data.surfaces())
