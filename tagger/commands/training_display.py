"""What a person sees of a training run: a bar on the terminal, a line an epoch, the report at the end."""

import sys
from collections.abc import Iterable

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from tagger.evaluation.report import text_report
from tagger.training.data import describe
from tagger.training.loop import EpochDone, Position, StepDone
from tagger.training.run import Event, Finished, Started

_HEADER = "epoch  tag loss  lm loss  perplexity  dev P  dev R  dev F1   seconds  tokens/s"


def show_training(events: Iterable[Event]) -> None:
    """Run a training to its end: results go to standard output, the bar to standard error if a person sees it."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
        BarColumn(),
        TextColumn("loss {task.fields[loss]:.4f}"),
        TextColumn("best F1 {task.fields[best]:.4f}"),
        TextColumn("{task.fields[speed]:,.0f} tokens/s"),
        TimeRemainingColumn(),
        TextColumn("left at most"),
        console=console,
        disable=not console.is_terminal,
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
    )
    with bar:
        task = bar.add_task("", total=None, visible=False, epoch=1, epochs=1, speed=0.0, loss=0.0, best=0.0)
        reached = 0
        for event in events:
            match event:
                case Started():
                    training = event.plan.config.training
                    print(_started(event), flush=True)
                    for row in event.progress.history:
                        print(_epoch(row), flush=True)
                    bar.update(task, visible=True, epochs=training.epochs, refresh=True)
                case StepDone(epoch, tokens, all_tokens):
                    bar.update(
                        task,
                        total=all_tokens * training.epochs,
                        completed=all_tokens * (epoch - 1) + tokens,
                        epoch=epoch,
                        loss=event.tag_loss,
                        speed=tokens / event.position.seconds,
                    )
                case EpochDone():
                    reached = event.epoch
                    print(_epoch(event), flush=True)
                    if event.is_best:
                        bar.update(task, best=event.dev.f1)
                case Finished():
                    bar.update(task, visible=False)
                    if not event.resumable and reached and reached < training.epochs:
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


def _finished(event: Finished) -> str:
    report = text_report(event.scores)
    if not event.scores.default.micro.f1:
        report += "\nno entity of dev was found; train longer (--epochs) or on more sentences\n"
    if event.resumable:
        report += "\nthe run is not finished; go on with the same command and --resume\n"
    return f"\nDev, after the best epoch ({event.best_epoch}):\n\n{report}\nThe model is in {event.output}"
