"""What a person sees of a search: a bar on the terminal, a line a trial, the best at the end."""

import shlex
import sys
from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from tagger.commands.interrupts import telling_how_to_go_on
from tagger.commands.trial_table import TrialTable
from tagger.search_space import space_toml
from tagger.training.loop import StepDone
from tagger.training.study import TrialRecord, best_of, count_over, records_in
from tagger.training.study_files import BEST, PICTURE, TABLE
from tagger.training.tuning import (
    STARTUP_TRIALS,
    SearchStarted,
    TrialDone,
    TrialStarted,
    TuneEvent,
    TuneRequest,
)

_BEST = 5  # trials in the table at the end


def show_search(events: Generator[TuneEvent, None, None], request: TuneRequest) -> None:
    """Run a search to its end: results go to standard output, the bar to standard error if a person sees it."""
    with closing(events):
        started = next(events)  # before it there is nothing to go on with
        assert isinstance(started, SearchStarted)
        table = TrialTable(started.space)
        lines = [_started(started, request), *table.heading, *table.rows(started.records)]
        print("\n".join(lines), flush=True)
        with telling_how_to_go_on():
            try:
                records = _show_trials(events, request, table, started.records)
            except (KeyboardInterrupt, SystemExit):
                events.close()
                print(_summary(records_in(request.base.output), request, table), flush=True)
                raise
    if count_over(records) < request.trials:
        print("\nstopped by --timeout; the same command with --resume goes on", flush=True)
    print(_summary(records, request, table), flush=True)


def _show_trials(
    events: Iterable[TuneEvent], request: TuneRequest, table: TrialTable, records: list[TrialRecord]
) -> list[TrialRecord]:
    """Show what is still to be run; all trials in the end."""
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
    over = count_over(records)
    with bar:
        task = bar.add_task(
            "", total=request.trials, visible=False, completed=over, trial=0, epoch=1, epochs=1, over=over
        )
        for event in events:
            _advance(bar, task, event)
            if isinstance(event, TrialDone):
                records = event.records
                print(table.rows(records)[-1], flush=True)
    return records


def _advance(bar: Progress, task: TaskID, event: TuneEvent) -> None:
    fields = bar.tasks[task].fields
    match event:
        case TrialDone(records=records):
            bar.update(task, completed=count_over(records), over=count_over(records))
        case TrialStarted(number, _, epochs):
            bar.update(task, visible=True, trial=number, epoch=1, epochs=epochs, refresh=True)
        case StepDone(epoch, tokens, all_tokens):
            share = (epoch - 1 + tokens / all_tokens) / fields["epochs"]
            bar.update(task, completed=fields["over"] + share, epoch=epoch)


def _started(event: SearchStarted, request: TuneRequest) -> str:
    stops = f"after {STARTUP_TRIALS} complete ones, one below their median is stopped from epoch {event.prunes_from} on"
    lines = [
        f"{request.trials} trials; * is the best so far",
        stops if event.prunes_from else "none is stopped early",
    ]
    if request.resume:
        lines.append(f"{count_over(event.records)} of them are done already")
    elif request.space is None:
        lines += ["", "No --space, so this one is searched:", "", space_toml(event.space).rstrip("\n")]
    return "\n".join([*lines, ""])


def _summary(records: Sequence[TrialRecord], request: TuneRequest, table: TrialTable) -> str:
    directory, best = request.base.output, best_of(records, _BEST)
    states = Counter(record.state for record in records if record.state != "interrupted")
    counts = ", ".join(f"{count} {state}" for state, count in states.items())
    if not best:
        return f"\nNo trial is complete{f': {counts}' if counts else ''}"
    rows = "\n".join([*table.heading, *map(table.row, best)])
    model = f"tagger train --config {shlex.quote(str(directory / BEST))} --output MODEL"
    hint = "" if best[0].f1 else "\nno trial has found an entity of dev; train longer (--epochs) or on more sentences\n"
    return (
        f"\nThe best of {count_over(records)} trials ({counts}):\n\n{rows}\n{hint}\n"
        f"All of them: {directory / TABLE}, {directory / PICTURE}\n"
        f"To train the best: {model}"
    )
