"""What a person sees of a training run: what it learns from, a line an epoch, the report at the end."""

import sys
from collections.abc import Iterable

from tagger.commands.training_progress import View, training_view
from tagger.config import TrainingConfig
from tagger.evaluation.report import text_report
from tagger.training.data import describe
from tagger.training.loop import EpochDone, Position
from tagger.training.run import Event, Finished, Started, Waiting

_HEADER = "epoch  tag loss  lm loss  perplexity  dev P  dev R  dev F1   seconds  tokens/s"


def show_training(events: Iterable[Event], view: View | None = None) -> None:
    """Run a training to its end: results go to standard output, how far it is, by the view, to standard error."""
    with view or training_view() as moving:
        history: list[EpochDone] = []
        for event in events:
            moving.see(event)
            match event:
                case Waiting():
                    print("waiting for " + ", ".join(event.addresses), file=sys.stderr, flush=True)
                case Started():
                    training = event.plan.config.training
                    history += event.progress.history
                    print("\n".join([_started(event), *map(_epoch, history)]), flush=True)
                case EpochDone():
                    history.append(event)
                    print(_epoch(event), flush=True)
                case Finished():
                    if not event.resumable and _is_out_of_patience(history, training):
                        print(f"stopped: no better dev F1 for {training.patience} epochs", flush=True)
                    print(_finished(event), flush=True)


def _started(event: Started) -> str:
    data = event.plan.data
    parts = {"train": describe(data.train), "dev": describe(data.dev)}
    lines = [
        f"{part}: {counts['sentences']:,} sentences, {counts['tokens']:,} tokens, "
        f"{sum(counts['entities'].values()):,} entities"
        for part, counts in parts.items()
    ]
    if data.dev_is_held_out:
        lines[1] += " (no --dev: a tenth of train, held out)"
    words = f"{len(event.plan.vocabulary):,} words" + (f", {event.pretrained:,} vectors" if event.pretrained else "")
    return "\n".join(
        [
            *lines,
            f"scheme {data.scheme.name}; {words}; {event.parameters:,} parameters; * is the best epoch so far",
            *_resumed(event.progress.position),
            "",
            _HEADER,
        ]
    )


def _resumed(position: Position) -> list[str]:
    if position == Position():
        return []
    return [f"going on in epoch {position.epoch}, after {position.steps} of its steps"]


def _epoch(event: EpochDone) -> str:
    perplexity = f"{event.perplexity:10.1f}" if event.perplexity is not None else f"{'-':>10}"
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
