"""What is said of several seeds: a line for each, and how far apart they are."""

from statistics import mean, stdev

from tagger.training.seeds import SeedsDone
from tagger.training.seeds_place import SeedRecord


def seed_line(record: SeedRecord) -> str:
    """What came of a seed."""
    if record.f1 is None:
        return f"seed {record.seed}: failed, {record.reason}"
    return f"seed {record.seed}: dev F1 {record.f1:.4f} after epoch {record.best_epoch}"


def seeds_summary(event: SeedsDone) -> str:
    """A table of the seeds; mean, deviation (of a sample), worst and best of those that came to their end."""
    lines = ["", "  seed  dev F1   best epoch", *(_row(record, event.best) for record in event.records)]
    found = [record.f1 for record in event.records if record.state == "finished" and record.f1 is not None]
    if found:
        deviation = f"{stdev(found):.4f}" if len(found) > 1 else "-"
        numbers = (
            f"mean {mean(found):.4f}, standard deviation {deviation}, worst {min(found):.4f}, best {max(found):.4f}"
        )
        lines += ["", f"{numbers} ({len(found)} {'seeds' if len(found) > 1 else 'seed'})"]
    return "\n".join(lines)


def _row(record: SeedRecord, best: SeedRecord) -> str:
    if record.f1 is None:
        return f"{record.seed:6}  failed"
    state = "  not finished" if record.state == "stopped" else ""
    return f"{record.seed:6}  {record.f1:.4f}{'*' if record == best else ' '}  {record.best_epoch:10}{state}"
