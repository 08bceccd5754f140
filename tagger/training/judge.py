"""Scores a network in training as users will run it, and keeps the best."""

import shutil
from pathlib import Path

from tagger.evaluation.scores import Score, Scores, score, score_strict
from tagger.inference.bundle import NETWORK
from tagger.inference.session import Session
from tagger.inference.tagger import Tagger
from tagger.network.network import Network
from tagger.training.export import export_network
from tagger.training.plan import Plan
from tagger.training.saving import saving
from tagger.training.unfinished import Unfinished


class Judge:
    """Exports the network and tags dev with it, in ONNX Runtime, through the same `Tagger` that users run."""

    def __init__(self, network: Network, plan: Plan, unfinished: Unfinished) -> None:
        self._network, self._plan, self._unfinished = network, plan, unfinished

    def score_dev(self) -> Score:
        """Strict scores of the network as it is now."""
        candidate = self._unfinished.candidate
        with saving(candidate):
            candidate.mkdir(exist_ok=True)
            export_network(self._network, candidate)
        data = self._plan.data
        return score_strict(data.dev, self._tagger(candidate).tag(data.dev), data.dev_scheme).micro

    def keep(self, epoch: int) -> None:
        """Take what was scored last for the best."""
        place = self._unfinished.best(epoch)
        with saving(place):
            shutil.rmtree(place, ignore_errors=True)
            self._unfinished.candidate.replace(place)

    def best_scores(self, epoch: int) -> Scores:
        """All scores of the epoch that was kept."""
        data = self._plan.data
        tagged = self._tagger(self._unfinished.best(epoch)).tag(data.dev)
        return score(data.dev, tagged, data.dev_scheme, data.surfaces())

    def _tagger(self, directory: Path) -> Tagger:
        plan = self._plan
        return Tagger(plan.vocabulary, plan.labels, plan.data.dev_scheme, Session(directory / NETWORK))
