"""Labelled text in one form into another."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from tagger.conversion.annotated import AnnotatedDocument, lines_of_tokens
from tagger.conversion.findings import Findings
from tagger.conversion.forms import FILE_WRITERS, READERS, SCHEMES_OF, STANDARD
from tagger.conversion.lines import Lines
from tagger.conversion.options import Context, ConversionRequest
from tagger.conversion.output import whole_output
from tagger.conversion.rescheme import rescheme
from tagger.corpus.schemes import IOB2
from tagger.errors import ConfigError, DataError
from tagger.files import draft_directory, swap_directory


@dataclass(frozen=True, slots=True)
class Converted:
    """What could not be kept, and whether the result was written."""

    findings: Findings
    is_written: bool


class _Refused(Exception):  # noqa: N818 - no error
    """Something would be lost, and nothing may be."""


def convert(request: ConversionRequest, lines: Lines | None = None) -> Converted:
    """Read all documents and write them in the other form, whole or not at all.

    Args:
        lines: those of the source, where they have been looked at already.

    Raises:
        ConfigError: source and target are the same, or options do not fit.
        DataError: a file cannot be read or written, or its content is not what it should be.
    """
    _check(request)
    lines = lines or Lines(request.source, request.options.text.errors)
    context = Context(lines, request.options, Findings(request.listed))
    with suppress(_Refused):
        if request.target_form == "brat":
            _write_directory(request, context)
        else:
            _write_file(request, context)
        return Converted(context.findings, is_written=True)
    return Converted(context.findings, is_written=False)


def _check(request: ConversionRequest) -> None:
    source, target = request.source, request.target
    if STANDARD not in {source, target} and source.resolve() == target.resolve():
        raise ConfigError(f"{target}: is what is read; name another place for the result")
    for path, form in ((source, request.source_form), (target, request.target_form)):
        if form == "brat" and path == STANDARD:
            raise ConfigError("-: BRAT's form is a directory of files; name one")
    if request.source_form == "spacy" and source == STANDARD:
        raise ConfigError("-: spaCy's binary form is read from a file; name one")
    if request.target_form != "brat" and target.is_dir():
        raise ConfigError(f"{target}: is a directory; name a file")
    if request.source_form != "brat" and source.is_dir():
        raise ConfigError(f"{source}: is a directory, which only BRAT's form is; name a file")


def _write_file(request: ConversionRequest, context: Context) -> None:
    with whole_output(request.target) as stream:
        stream.writelines(_pieces(request, context))
        _refuse_losses(request, context)


def _pieces(request: ConversionRequest, context: Context) -> Iterator[bytes]:
    if request.source_form == request.target_form == "columns":
        return rescheme(context)
    return FILE_WRITERS[request.target_form](_documents(request, context), _with_scheme(request, context))


def _with_scheme(request: ConversionRequest, context: Context) -> Context:
    """The scheme of the tags that are read is that of those that are written, where no other is asked for."""
    options = context.options
    if options.scheme is not None or request.target_form not in SCHEMES_OF:
        return context
    detect = SCHEMES_OF.get(request.source_form)
    return replace(context, options=replace(options, scheme=detect(context) if detect else IOB2))


def _documents(request: ConversionRequest, context: Context) -> Iterable[AnnotatedDocument]:
    return _found(READERS[request.source_form](context), context)


def _found(documents: Iterable[AnnotatedDocument], context: Context) -> Iterator[AnnotatedDocument]:
    is_any = False
    for document in documents:
        is_any = True
        is_split = document.sentences is not None or not context.options.tokenized
        yield document if is_split else replace(document, sentences=tuple(lines_of_tokens(document.text)))
    if not is_any:
        raise DataError(f"{context.lines.name}: found no document in it; nothing was written")


def _write_directory(request: ConversionRequest, context: Context) -> None:
    from tagger.conversion.writers.brat import write_brat  # which brings in all that tagging needs

    target = request.target
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ConfigError(f"{target}: is not an empty directory; name a new one")
    with draft_directory(target) as draft:
        write_brat(_documents(request, context), draft, context)
        _refuse_losses(request, context)
        swap_directory(draft, target)


def _refuse_losses(request: ConversionRequest, context: Context) -> None:
    if request.strict and context.findings.counts:
        raise _Refused
