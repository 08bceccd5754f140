"""How fast a model tags on this machine."""

import math
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tagger.corpus.document import Document
from tagger.corpus.text import split_text
from tagger.errors import DataError
from tagger.inference.documents import TextOptions, tag_window, windows_of
from tagger.inference.tagger import Tagger

_STARTS = 3
_LATENCIES = 500  # sentences tagged one by one
_LEAST_ROUNDS = 5
_START = "import sys; from tagger import Tagger; Tagger.load(sys.argv[1]).tag([['Hello', '.']])"
# Two-sided 95 % points of Student's t by degrees of freedom; between them the one of fewer, which is the wider.
_STUDENT = {4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 10: 2.228, 15: 2.131, 20: 2.086, 30: 2.042}


@dataclass(frozen=True, slots=True)
class Speed:
    """What was measured.

    Args:
        tokens_per_second: the mean over rounds of the same text. margin: half of its 95 % confidence interval.
        start_seconds: median of fresh processes that load the model and tag one sentence.
        latency_p50, latency_p99: milliseconds for one sentence alone, of the text's own.
        peak_megabytes: the most memory this process had, or None where the system does not tell.
    """

    tokens: int
    rounds: int
    tokens_per_second: float
    margin: float
    start_seconds: float
    latency_p50: float
    latency_p99: float
    peak_megabytes: float | None


def measure(
    model: Path,
    documents: Iterable[Document],
    *,
    seconds: float,
    characters: int,
    threads: int = 0,
    language: str = "en",
) -> Speed:
    """Tag the first documents again and again.

    Args:
        seconds: how long at least, after a first round that does not count. characters: how much text a round takes.

    Raises:
        DataError: there is no token in the documents.
    """
    tagger = Tagger.load(model, threads=threads)
    taken = list(_first(documents, characters))
    sentences = [one.tokens for document in taken for one in split_text(document.text, language)]
    tokens = sum(map(len, sentences))
    if not tokens:
        raise DataError("found no token in the text; name a file with text in it")
    options, windows = TextOptions(language), list(windows_of(taken))
    rates, begun = list[float](), 0.0
    while len(rates) <= _LEAST_ROUNDS or time.perf_counter() - begun < seconds:
        started = time.perf_counter()
        for window in windows:
            tag_window(tagger, window, options)
        ended = time.perf_counter()
        rates.append(tokens / (ended - started))
        begun = begun or ended
    latencies = sorted(_latency(tagger, sentence) for sentence in islice(sentences, _LATENCIES))
    return Speed(
        tokens,
        len(rates) - 1,
        *_mean_and_margin(rates[1:]),
        statistics.median(_start(model) for _ in range(_STARTS)),
        _quantile(latencies, 0.5),
        _quantile(latencies, 0.99),
        _peak_megabytes(),
    )


def _first(documents: Iterable[Document], characters: int) -> Iterable[Document]:
    """Documents with so many characters between them; the last is cut."""
    for document in documents:
        yield Document(document.id, document.text[:characters])
        characters -= len(document.text)
        if characters <= 0:
            return


def _mean_and_margin(rates: Sequence[float]) -> tuple[float, float]:
    freedom = len(rates) - 1
    student = next(value for known, value in reversed(_STUDENT.items()) if known <= freedom)
    return statistics.fmean(rates), student * statistics.stdev(rates) / math.sqrt(len(rates))


def _latency(tagger: Tagger, sentence: Sequence[str]) -> float:
    started = time.perf_counter()
    tagger.tag([sentence])
    return 1000.0 * (time.perf_counter() - started)


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all values does not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _start(model: Path) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", _START, str(model)], check=True)
    return time.perf_counter() - started


def _peak_megabytes() -> float | None:
    try:
        import resource
    except ImportError:  # on Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)  # bytes there, else kibibytes


def speed_text(speed: Speed) -> str:
    """The measurements as lines for a person."""
    peak = "not known here" if speed.peak_megabytes is None else f"{speed.peak_megabytes:,.0f} MB"
    return "\n".join(
        [
            f"speed      {speed.tokens_per_second:,.0f} tokens/s +- {speed.margin:,.0f} "
            f"(95 % confidence, {speed.rounds} rounds of {speed.tokens:,} tokens)",
            f"latency    {speed.latency_p50:.2f} ms for half of all sentences (p50), {speed.latency_p99:.2f} ms for "
            "99 of 100 (p99), each alone",
            f"start      {speed.start_seconds:.2f} s for a new process to tag one sentence",
            f"memory     {peak} at most",
        ]
    )
