"""Where the results of several input files go."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tagger.errors import ConfigError

STANDARD = Path("-")  # standard input or output
_SAME_NAME = "{name}"


@dataclass(frozen=True, slots=True)
class Job:
    """One file in, one file out."""

    source: Path
    target: Path


def plan_jobs(sources: Sequence[Path], output: Path | None, directory: Path | None, pattern: str | None) -> list[Job]:
    """Say where each file's result goes.

    Args:
        output: one file's place. directory, pattern: those of many; a pattern may hold {name}, {stem} and {suffix}.
            Without any of the three, one file goes to standard output.

    Raises:
        ConfigError: the options leave it open, contradict each other, or would overwrite an input or a result.
    """
    if output is not None and (directory is not None or pattern is not None):
        raise ConfigError("--output names one file; leave it out with --output-dir or --name")
    if directory is None and pattern is None:
        if len(sources) > 1:
            raise ConfigError(f"found {len(sources)} files; say where they go with --output-dir DIR or --name PATTERN")
        jobs = [Job(source, output or STANDARD) for source in sources]
    else:
        jobs = [Job(source, _target(source, directory, pattern or _SAME_NAME)) for source in sources]
    _check_targets(jobs)
    return jobs


def _target(source: Path, directory: Path | None, pattern: str) -> Path:
    if source == STANDARD:
        raise ConfigError("standard input has no name for --output-dir or --name; use --output")
    try:
        name = pattern.format(name=source.name, stem=source.stem, suffix=source.suffix)
    except (LookupError, ValueError, AttributeError, TypeError):
        raise ConfigError(f"--name {pattern!r}: expected {{name}}, {{stem}} or {{suffix}} in braces") from None
    return (directory if directory is not None else source.parent) / name


def _check_targets(jobs: Sequence[Job]) -> None:
    sources = {job.source.resolve() for job in jobs if job.source != STANDARD}
    seen: dict[Path, Path] = {}
    for job in jobs:
        if job.target == STANDARD:
            continue
        place = job.target.resolve()
        if place in sources:
            raise ConfigError(f"{job.target}: would be written over an input; name another place")
        if place in seen:
            raise ConfigError(f"{job.target}: both {seen[place]} and {job.source} would be written there")
        seen[place] = job.source
