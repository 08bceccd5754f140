"""What a person sees of a training run: what it learns from, a line an epoch, the report at the end."""

import sys
from collections.abc import Iterable, Iterator, Sequence

from tagger.commands.seeds_table import seed_line, seeds_summary
from tagger.commands.training_progress import View, training_view
from tagger.config import TrainingConfig
from tagger.evaluation.report import text_report
from tagger.training.data import describe
from tagger.training.initial import CarriedOver
from tagger.training.loop import Collapsed, EpochDone, Position
from tagger.training.run import Finished, Started, Waiting
from tagger.training.seeds import SeedDone, SeedsDone, SeedsEvent, SeedStarted

_HEADER = "epoch  tag loss  lm loss  perplexity{}  dev P  dev R  dev F1   seconds  tokens/s"
_OF_UNLABELLED = "  unlabelled"  # perplexity, too


def show_training(events: Iterable[SeedsEvent], view: View | None = None) -> None:
    """Run a training to its end: results go to standard output, how far it is, by the view, to standard error."""
    with view or training_view() as moving:
        told = _Told()
        for event in events:
            moving.see(event)
            if isinstance(event, Waiting):
                print("waiting for " + ", ".join(event.addresses), file=sys.stderr, flush=True)
            for text in told.of(event):
                print(text, flush=True)


class _Told:
    """What there is to say of each event, in view of those before."""

    def __init__(self) -> None:
        self._history: list[EpochDone] = []
        self._training = TrainingConfig()
        self._is_described = False

    def of(self, event: SeedsEvent) -> Iterator[str]:
        """Lines for standard output."""
        match event:
            case Started(plan, progress=progress):
                self._training, self._history = plan.config.training, []
                yield "\n".join([*self._described(event), *_resumed(progress.position), "", _header(event)])
                for epoch in progress.history:
                    yield from self._epoch(epoch)
            case EpochDone():
                yield from self._epoch(event)
            case Collapsed():
                yield f"stopped in epoch {event.epoch}: the loss is no longer a finite number"
                yield "the best model so far is kept; a lower --learning-rate may come further"
            case SeedStarted():
                yield f"\nseed {event.number} of {event.count} (--seed {event.seed})"
            case SeedDone():
                yield from self._early_end()
                self._history = []
                if event.earlier or event.record.state == "failed":
                    yield seed_line(event.record) + (", done before" if event.earlier else "")
            case SeedsDone():
                self._history = []
                yield seeds_summary(event)
            case Finished():
                yield from self._early_end() if not event.resumable else ()
                yield _finished(event)

    def _described(self, event: Started) -> list[str]:
        """What the run learns from, which for further seeds is the same."""
        lines = [] if self._is_described else _started(event)
        self._is_described = True
        return lines

    def _epoch(self, event: EpochDone) -> Iterator[str]:
        yield _epoch(event)
        best = max((epoch.dev.f1 for epoch in self._history), default=0.0)
        if event.dev.f1 < best / 2.0:
            yield f"       epoch {event.epoch}: dev F1 is less than half of the best, {best:.4f}"
        self._history.append(event)

    def _early_end(self) -> Iterator[str]:
        if _is_out_of_patience(self._history, self._training):
            yield f"stopped: no better dev F1 for {self._training.patience} epochs"


def _started(event: Started) -> list[str]:
    data = event.plan.data
    parts = {"train": describe(data.train), "dev": describe(data.dev)}
    lines = [
        f"{part}: {counts['sentences']:,} sentences, {counts['tokens']:,} tokens, "
        f"{sum(counts['entities'].values()):,} entities"
        for part, counts in parts.items()
    ]
    if data.dev_is_held_out:
        lines[1] += " (no --dev: a tenth of train, held out)"
    if (raw := event.plan.unlabelled) is not None:
        extent = "" if raw.is_whole else "more than "
        lines.append(f"unlabelled: {extent}{raw.sentences:,} sentences, {extent}{raw.words:,} words")
    lines += _carried(event.carried) if event.carried is not None else []
    words = f"{len(event.plan.vocabulary):,} words" + (f", {event.pretrained:,} vectors" if event.pretrained else "")
    return [*lines, f"scheme {data.scheme.name}; {words}; {event.parameters:,} parameters; * is the best epoch so far"]


def _carried(found: CarriedOver) -> list[str]:
    """What the network has from a language model, and what begins at random."""
    rows = [f"{found.words[0]:,} of {found.words[1]:,} words"]
    if found.characters is not None:
        rows.append(f"{found.characters[0]:,} of {found.characters[1]:,} characters")
    lines = [f"from {found.path}: {', '.join([*rows, *_parts(found.carried)])}"]
    return lines + ([f"new: {', '.join(_parts(found.new))}"] if found.new else [])


def _parts(names: Sequence[str]) -> list[str]:
    """Weights by the part of the network that they belong to: `encoder.0.forward.kernel` to `encoder.0.forward`."""
    return list(dict.fromkeys(name.rpartition(".")[0] or name for name in names))


def _resumed(position: Position) -> list[str]:
    if position == Position():
        return []
    return [f"going on in epoch {position.epoch}, after {position.steps} of its steps"]


def _header(event: Started) -> str:
    return _HEADER.format(_OF_UNLABELLED if event.plan.unlabelled is not None else "")


def _epoch(event: EpochDone) -> str:
    perplexity = f"{event.perplexity:10.1f}" if event.perplexity is not None else f"{'-':>10}"
    if event.unlabelled_perplexity is not None:
        perplexity += f"{event.unlabelled_perplexity:{len(_OF_UNLABELLED)}.1f}"
    lm_loss = f"{event.lm_loss:7.3f}" if event.perplexity is not None else f"{'-':>7}"
    losses = f"{event.epoch:5}  {event.tag_loss:8.4f}  {lm_loss}  {perplexity}"
    dev = f"{event.dev.precision:5.3f}  {event.dev.recall:5.3f}  {event.dev.f1:6.4f}"
    speed = event.tokens / event.train_seconds
    return f"{losses}  {dev}{'*' if event.is_best else ' '}  {event.seconds:7.1f}  {speed:8,.0f}"


def _is_out_of_patience(history: list[EpochDone], training: TrainingConfig) -> bool:
    """Whether the run is over though it was not asked to stop and has epochs left."""
    if not history or not history[-1].complete or history[-1].epoch == training.epochs:
        return False
    return history[-1].epoch - max(epoch.epoch for epoch in history if epoch.is_best) >= training.patience


def _finished(event: Finished) -> str:
    report = text_report(event.scores)
    if not event.scores.default.micro.f1:
        report += "\nno entity of dev was found; train longer (--epochs) or on more sentences\n"
    if event.resumable:
        report += "\nthe run is not finished; go on with the same command and --resume\n"
    return f"\nDev, after the best epoch ({event.best_epoch}):\n\n{report}\nThe model is in {event.output}"
