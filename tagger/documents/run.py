"""Tags the raw text of files: sources in, one file of results out, or a pair of files for each document."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

from tagger import __version__
from tagger.config import ColumnFormat, TextFormat
from tagger.corpus.document import Document
from tagger.corpus.entities import split_tag
from tagger.documents.brat_files import BratDirectory
from tagger.documents.forms import FORMS, FormName
from tagger.documents.resumable import Plain, ResumableFile
from tagger.documents.sources import STANDARD_INPUT, Source, read_documents
from tagger.documents.text_output import STANDARD_OUTPUT, text_output
from tagger.documents.workers import Work, Written, write_windows
from tagger.errors import ConfigError, DataError
from tagger.inference.bundle import MANIFEST, Bundle
from tagger.inference.documents import TextOptions, windows_of

Window = Sequence[Document]
Writer = Callable[[Window, Written], object]


@dataclass(frozen=True, slots=True)
class TextRequest:
    """What to tag, and what to write where.

    Args:
        output: a file, or `-` for standard output; for the form `brat` a directory.
        scheme: of the tags in columns; None is the model's.
    """

    model: Path
    sources: Sequence[Source]
    form: FormName
    output: Path
    text: TextFormat = field(default_factory=TextFormat)
    columns: ColumnFormat = field(default_factory=ColumnFormat)
    min_confidence: float = 0.0
    scheme: str | None = None
    resume: bool = False


@dataclass(slots=True)
class TextDone:
    """How many documents, with how many entities; and why some files could not be read to their end."""

    documents: int = 0
    entities: int = 0
    problems: list[str] = field(default_factory=list)


def tag_texts(request: TextRequest, *, watch: Callable[[TextDone], None] = lambda done: None) -> TextDone:
    """Tag all documents of all sources, in their order; a source that cannot be read does not stop the others.

    Args:
        watch: told after every window what is done so far.

    Raises:
        BundleError, ConfigError: of the model, or of options that do not go together.
        DataError: the only source cannot be read, or the results cannot be written.
    """
    _check(request)
    bundle = Bundle.open(request.model)
    types = sorted({split_tag(label)[1] for label in bundle.labels()} - {""})
    done = TextDone()
    with _output(request, types, windows_of(_documents(request, done.problems))) as (write, windows):
        results = write_windows(_work(request, bundle), windows, request.text.processes)
        with closing(results):  # at once, and not when an error that holds it is forgotten
            for window, written in results:
                write(window, written)
                done.documents += len(written.documents)
                done.entities += written.entities
                watch(done)
    return done


def _check(request: TextRequest) -> None:
    if request.resume and not _can_go_on(request):
        from_file = "can go on that reads files and writes JSON lines to a file (--to jsonl, --output FILE)"
        raise ConfigError(f"--resume: only a run {from_file}")
    if request.form == "brat":
        place = request.output.resolve()
        for source in request.sources:
            if source.path != STANDARD_INPUT and source.path.resolve().parent == place:
                raise ConfigError(f"{request.output}: {source.path} lies there; name another directory for results")


def _can_go_on(request: TextRequest) -> bool:
    """Whether what is lost when the run is killed can be made again; a pipe cannot be written or read twice."""
    output = request.output  # a Path's own exists() fails where a name is too long
    is_file = output != STANDARD_OUTPUT and (os.path.isfile(output) or not os.path.exists(output))  # noqa: PTH110, PTH113
    are_files = all(source.path != STANDARD_INPUT and source.path.is_file() for source in request.sources)
    return request.form == "jsonl" and is_file and are_files


def _work(request: TextRequest, bundle: Bundle) -> Work:
    keep = FORMS[request.form].needs_sentences
    options = TextOptions(request.text.language, request.min_confidence, keep_sentences=keep)
    return Work(bundle, request.scheme, options, request.form)


def _documents(request: TextRequest, problems: list[str]) -> Iterator[Document]:
    text = request.text
    fields = {"text_field": text.text_field, "id_field": text.id_field}
    for source in request.sources:
        try:
            yield from read_documents(
                source, unit=text.documents, errors=text.errors, columns=request.columns, **fields
            )
        except DataError as error:
            if len(request.sources) == 1:
                raise
            problems.append(str(error))


@contextmanager
def _output(
    request: TextRequest, types: Sequence[str], windows: Iterable[Window]
) -> Iterator[tuple[Writer, Iterable[Window]]]:
    """What writes a window's results, and the windows that are still to be tagged."""
    form = FORMS[request.form]
    if request.form == "brat":
        with BratDirectory(request.output).writing() as write:
            yield write, windows
    elif _can_go_on(request):
        with ResumableFile(request.output, _asked(request)).writing(windows, resume=request.resume) as (stream, left):

            def write_lines(window: Window, written: Written) -> None:
                stream.write("".join(written.documents).encode())
                stream.flush()

            yield write_lines, left
    else:
        with text_output(request.output) as put:
            put(form.head(types))
            yield lambda window, written: put("".join(written.documents)), windows
            put(form.tail())


def _asked(request: TextRequest) -> dict[str, Plain]:
    """What must be the same for a run to go on."""
    given = asdict(request.text) | asdict(request.columns)
    options = {f"--{name.replace('_', '-')}": value for name, value in given.items()}
    del options["--processes"]
    files = {
        f"file {number}": f"{source.path} ({source.kind}, {source.path.stat().st_size} bytes)"
        for number, source in enumerate(request.sources, start=1)
    }
    return {
        "tagger": __version__,
        "model": sha256((request.model / MANIFEST).read_bytes()).hexdigest(),
        "--min-confidence": request.min_confidence,
        **options,
        "files": len(files),
        **files,
    }
