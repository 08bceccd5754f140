"""Short ways to convert."""

from dataclasses import replace
from pathlib import Path

from tagger.config import ColumnFormat, TextFormat
from tagger.conversion.convert import convert
from tagger.conversion.findings import Findings
from tagger.conversion.lines import Lines
from tagger.conversion.options import Context, ConversionOptions, ConversionRequest
from tagger.corpus.schemes import SCHEMES

DEFAULTS = ConversionOptions(ColumnFormat(), TextFormat(), None, False, "split", "characters", None, False)


def options_of(scheme=None, **options):
    return replace(DEFAULTS, scheme=SCHEMES[scheme] if scheme else None, **options)


def convert_files(source, source_form, target, target_form, **options):
    """How often each kind of thing was found, by the kind's name."""
    request = ConversionRequest(Path(source), source_form, Path(target), target_form, options_of(**options))
    done = convert(request)
    assert done.is_written
    return {kind.name: count for kind, count in done.findings.counts.items()}


def context_of(path="a", **options):
    """What readers and writers work with; its findings are all kept."""
    return Context(Lines(Path(path)), options_of(**options), Findings())
