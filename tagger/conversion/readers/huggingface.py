"""JSON lines of `tokens` and `ner_tags`, as data sets at Hugging Face have them."""

from collections.abc import Iterator, Mapping, Sequence

from tagger.conversion.annotated import AnnotatedDocument, document_of, shortened
from tagger.conversion.findings import Kind
from tagger.conversion.options import Context
from tagger.conversion.readers.records import as_object, found, is_whole, json_lines, string_of
from tagger.conversion.readers.tags import detected, note_stray_tags
from tagger.corpus.entities import split_tag
from tagger.corpus.schemes import SCHEMES, Scheme
from tagger.corpus.sentence import Sentence
from tagger.errors import ConfigError, DataError
from tagger.surrogates import has_surrogates, without_surrogates

TOKENS, TAGS, DOCUMENT, SENTENCE = "tokens", "ner_tags", "document", "sentence"


def read_huggingface(context: Context) -> Iterator[AnnotatedDocument]:
    """A document a line, or the lines in a row whose `document` is the same, `sentence` 0 being its first.

    Raises:
        DataError: with path and line: no such object, no tags, or not one for each token.
    """
    scheme = huggingface_scheme(context)
    group, first, open_id = list[Sentence](), "", None
    for place, record in _records(context):
        sentence = _sentence(record, place, context)
        note_stray_tags(sentence, scheme, [place] * len(sentence.tokens), context.findings)
        given = record.get(DOCUMENT)
        if group and (given is None or given != open_id or record.get(SENTENCE) == 0):
            yield document_of(str(open_id), first, group)
            group = []
        if given is None:
            yield from _alone(record, place, sentence, context)
        else:
            open_id, first = given, first if group else place
            group.append(sentence)
            _note_fields(record, {DOCUMENT, SENTENCE}, place, context)
    if group:
        yield document_of(str(open_id), first, group)


def huggingface_scheme(context: Context) -> Scheme:
    """The scheme of the tags: the one asked for, or the one found in all of the file."""
    asked = context.options.columns.scheme
    if asked != "auto":
        return SCHEMES[asked]
    records = (_tags(record, place, context) for place, record in _records(context))
    return detected(records, context.lines.name)


def _records(context: Context) -> Iterator[tuple[str, Mapping[str, object]]]:
    return ((place, as_object(value, place)) for place, value in json_lines(context.lines))


def _alone(
    record: Mapping[str, object], place: str, sentence: Sentence, context: Context
) -> Iterator[AnnotatedDocument]:
    id_ = string_of(record.get("id"))
    _note_fields(record, {"id"}, place, context)
    if sentence.tokens:
        yield document_of(without_surrogates(id_ or place), place, [sentence], alone=True)
    else:
        context.findings.add(Kind.WORDLESS, place, "no tokens")


def _note_fields(record: Mapping[str, object], used: set[str], place: str, context: Context) -> None:
    for name in sorted(set(record) - {TOKENS, TAGS} - used):
        context.findings.add(Kind.FIELDS, place, f"field {name!r}")


def _sentence(record: Mapping[str, object], place: str, context: Context) -> Sentence:
    tokens = record.get(TOKENS)
    if not isinstance(tokens, list) or not all(isinstance(token, str) and token for token in tokens):
        raise DataError(f"{place}: expected a list of strings that are not empty in 'tokens', found {found(tokens)}")
    if any(map(has_surrogates, tokens)):
        context.findings.add(Kind.CHARACTERS, place, "in field 'tokens'")
    tags = _tags(record, place, context)
    if len(tags) != len(tokens):
        raise DataError(f"{place}: expected a tag for each token, found {len(tags)} tags for {len(tokens)} tokens")
    return Sentence(tuple(map(without_surrogates, tokens)), tags)


def _tags(record: Mapping[str, object], place: str, context: Context) -> tuple[str, ...]:
    tags = record.get(TAGS)
    if not isinstance(tags, list):
        raise DataError(f"{place}: expected a list of tags in {TAGS!r}, found {found(tags)}")
    return tuple(_tag(tag, place, context.options.labels) for tag in tags)


def _tag(tag: object, place: str, labels: Sequence[str] | None) -> str:
    if is_whole(tag):
        return _named(tag, place, labels)
    if not isinstance(tag, str):
        raise DataError(f"{place}: expected a tag, a string or a whole number, found {found(tag)}")
    try:
        split_tag(tag)
    except ValueError:
        expected = "expected O or a prefix, a hyphen and a type, such as B-PER"
        raise DataError(f"{place}: unknown form of tag {shortened(tag)}; {expected}") from None
    return without_surrogates(tag)


def _named(number: int, place: str, labels: Sequence[str] | None) -> str:
    if labels is None:
        raise ConfigError(f"{place}: the tags are numbers; name them in their order: --labels O,B-PER,I-PER,...")
    if not 0 <= number < len(labels):
        raise DataError(f"{place}: found tag {number}, but --labels names 0 to {len(labels) - 1}")
    return labels[number]
