"""What a person sees of a search: a bar on the terminal, a line a trial, the best at the end."""

import shlex
import sys
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import closing

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from tagger.search_space import space_toml, value_text
from tagger.training.loop import StepDone
from tagger.training.study import TrialRecord, best_of, count_over, records_in
from tagger.training.study_files import BEST, PICTURE, TABLE
from tagger.training.tuning import (
    STARTUP_TRIALS,
    SearchDone,
    SearchStarted,
    TrialDone,
    TrialStarted,
    TuneEvent,
    TuneRequest,
)

_BEST = 5  # trials in the table at the end


def show_search(events: Generator[TuneEvent, None, None], request: TuneRequest) -> None:
    """Run a search to its end: results go to standard output, the bar to standard error if a person sees it."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("trial {task.fields[trial]}, epoch {task.fields[epoch]}/{task.fields[epochs]}"),
        BarColumn(),
        TextColumn("{task.fields[over]}/{task.total} trials"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
    )
    begun = False
    try:
        with bar, closing(events):
            task = bar.add_task("", total=request.trials, visible=False, trial=0, epoch=1, epochs=1, over=0)
            for event in events:
                _advance(bar, task, event)
                match event:
                    case SearchStarted():
                        begun = True
                        print(_started(event, request), flush=True)
                    case TrialDone(records=records):
                        print(_trial(records), flush=True)
                    case SearchDone(records=records):
                        bar.update(task, visible=False)
                        if count_over(records) < request.trials:
                            print("\nstopped by --timeout; the same command with --resume goes on", flush=True)
                        print(_summary(records, request), flush=True)
    except (KeyboardInterrupt, SystemExit):
        if begun:
            print(_summary(records_in(request.base.output), request), flush=True)
            print("tagger: interrupted; the same command with --resume goes on", file=sys.stderr)
        raise


def _advance(bar: Progress, task: TaskID, event: TuneEvent) -> None:
    fields = bar.tasks[task].fields
    match event:
        case SearchStarted(records=records) | TrialDone(records=records):
            bar.update(task, completed=count_over(records), over=count_over(records))
        case TrialStarted(number, _, epochs):
            bar.update(task, visible=True, trial=number, epoch=1, epochs=epochs, refresh=True)
        case StepDone(epoch, tokens, all_tokens):
            share = (epoch - 1 + tokens / all_tokens) / fields["epochs"]
            bar.update(task, completed=fields["over"] + share, epoch=epoch)


def _started(event: SearchStarted, request: TuneRequest) -> str:
    stops = f"after {STARTUP_TRIALS} complete ones, one below their median is stopped from epoch {event.prunes_from} on"
    lines = [
        f"{request.trials} trials, which differ in {', '.join(event.space)}",
        stops if event.prunes_from else "none is stopped early",
    ]
    if request.resume:
        lines.append(f"{count_over(event.records)} of them are done already")
    elif request.space is None:
        lines += ["", "No --space, so this one is searched:", "", space_toml(event.space).rstrip("\n")]
    return "\n".join([*lines, ""])


def _trial(records: Sequence[TrialRecord]) -> str:
    """The line of the last trial."""
    last, best = records[-1], best_of(records, 1)
    score = "failed" if last.f1 is None or last.state == "failed" else f"F1 {last.f1:.4f}"
    so_far = f" (best {best[0].f1:.4f})" if best else ""
    settings = " ".join(f"{name} {value_text(value)}" for name, value in last.settings.items())
    pruned = ", pruned" if last.state == "pruned" else ""
    end = last.reason or f"epochs {last.epochs}{pruned}"
    return f"trial {last.number}  {score}{so_far}  {settings}  {end}"


def _summary(records: Sequence[TrialRecord], request: TuneRequest) -> str:
    directory, best = request.base.output, best_of(records, _BEST)
    states = Counter(record.state for record in records if record.state != "interrupted")
    counts = ", ".join(f"{count} {state}" for state, count in states.items())
    if not best:
        return f"\nNo trial is complete{f': {counts}' if counts else ''}"
    table = "\n".join(_table(best))
    model = f"tagger train --config {shlex.quote(str(directory / BEST))} --output MODEL"
    hint = "" if best[0].f1 else "\nno trial has found an entity of dev; train longer (--epochs) or on more sentences\n"
    return (
        f"\nThe best of {count_over(records)} trials ({counts}):\n\n{table}\n{hint}\n"
        f"All of them: {directory / TABLE}, {directory / PICTURE}\n"
        f"To train the best: {model}"
    )


def _table(best: Sequence[TrialRecord]) -> list[str]:
    """Aligned rows below their headings."""
    rows = [["trial", "dev F1", "best epoch", "epochs", *best[0].settings]]
    for one in best:
        settings = (value_text(one.settings[name]) for name in best[0].settings)
        rows.append([str(one.number), f"{one.f1:.4f}", str(one.best_epoch), str(one.epochs), *settings])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
