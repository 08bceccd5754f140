"""Scores a network in training as users will run it, and keeps the best."""

import shutil
from pathlib import Path

from tagger.evaluation.scores import Score, Scores, score_predictions, score_strict
from tagger.inference.bundle import open_session, read_moves
from tagger.inference.context import Context
from tagger.inference.tagger import Tagger
from tagger.network.network import Network
from tagger.training.export import export_network
from tagger.training.plan import Plan
from tagger.training.saving import saving
from tagger.training.unfinished import Unfinished


class Judge:
    """Exports the network and tags dev with it, in ONNX Runtime, through the same `Tagger` that users run.

    Args:
        context: features of dev's words in their sentence, for a network that reads such.
    """

    def __init__(self, network: Network, plan: Plan, unfinished: Unfinished, context: Context | None = None) -> None:
        self._network, self._plan, self._unfinished, self._context = network, plan, unfinished, context

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

    def best_temperature(self, epoch: int) -> float:
        """The temperature that fits dev best, of the epoch that was kept."""
        return self._tagger(self._unfinished.best(epoch)).fit_temperature(self._plan.data.dev)

    def best_scores(self, epoch: int, temperature: float) -> Scores:
        """All scores of the epoch that was kept."""
        data = self._plan.data
        predictions = self._tagger(self._unfinished.best(epoch), temperature).predict(data.dev)
        return score_predictions(data.dev, predictions, data.dev_scheme, data.surfaces())

    def _tagger(self, directory: Path, temperature: float = 1.0) -> Tagger:
        plan = self._plan
        moves = read_moves(directory) if plan.config.tags.head == "crf" else None
        parts = (
            plan.vocabulary,
            plan.labels,
            plan.data.dev_scheme,
            open_session(directory, spelling=plan.characters is not None),
        )
        characters, context = plan.characters, self._context
        return Tagger(*parts, characters=characters, context=context, moves=moves, temperature=temperature)
