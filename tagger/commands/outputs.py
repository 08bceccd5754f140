"""Where the results of several input files go."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tagger.documents.forms import FormName
from tagger.documents.sources import Source
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


def plan_text(
    sources: Sequence[Source], form: FormName, output: Path | None, directory: Path | None, pattern: str | None
) -> Path:
    """Say where the results of text go: one file for all, or for BRAT a directory.

    Raises:
        ConfigError: the options leave it open, contradict each other, or would overwrite an input.
    """
    if pattern is not None:
        raise ConfigError("--name: is for column files; results of text go into one file, --output FILE")
    if form == "brat":
        if directory is None or output is not None:
            raise ConfigError("--to brat: writes two files a document; name a directory with --output-dir")
        return directory
    if directory is not None:
        raise ConfigError(f"--output-dir: --to {form} writes one file; name it with --output")
    if output not in {None, STANDARD} and output.resolve() in {source.path.resolve() for source in sources}:
        raise ConfigError(f"{output}: would be written over an input; name another place")
    return output or STANDARD


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
