"""JSON lines of texts with offsets: ours, doccano's, Prodigy's, and the training data of spaCy 2."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from tagger.conversion.annotated import AnnotatedDocument
from tagger.conversion.findings import Kind
from tagger.conversion.offsets import Claim, OffsetUnit, code_points, pieces_of
from tagger.conversion.options import Context
from tagger.conversion.readers.records import as_object, found, is_whole, json_lines, string_of
from tagger.corpus.document import TokenizedSentence
from tagger.errors import DataError
from tagger.surrogates import has_surrogates, without_surrogates

_LISTS = ("entities", "spans", "labels", "label")
_STARTS, _ENDS, _TYPES = ("start", "start_offset"), ("end", "end_offset"), ("type", "label")
_KNOWN_OF_ENTITIES = {*_STARTS, *_ENDS, *_TYPES, "text", "id", "token_start", "token_end"}
_ACCEPTED = "accept"  # Prodigy's word


def read_jsonl(context: Context) -> Iterator[AnnotatedDocument]:
    """A document a line.

    Raises:
        DataError: with path and line: no such object, or an entity that is not in the text where it should be.
    """
    for place, value in json_lines(context.lines):
        record = as_object(_from_pair(value, context), place)
        answer = record.get("answer", _ACCEPTED)
        if answer != _ACCEPTED:
            context.findings.add(Kind.REJECTED, place, f"answer {found(answer)}")
            continue
        yield _document(record, place, context)


def _from_pair(value: object, context: Context) -> object:
    """A text and an object with its entities, as spaCy 2 had them in a list, as one object."""
    if isinstance(value, list) and len(value) == 2 and isinstance(value[1], dict):
        return {context.options.text.text_field: value[0], **value[1]}
    return value


def _document(record: Mapping[str, object], place: str, context: Context) -> AnnotatedDocument:
    options = context.options
    text = record.get(options.text.text_field)
    if not isinstance(text, str):
        known = ", ".join(map(ascii, record)) or "nothing"
        field = options.text.text_field
        raise DataError(f"{place}: expected a string in field {field!r}, found {known}; name it with --text-field")
    if has_surrogates(text):
        context.findings.add(Kind.CHARACTERS, place, f"in field {options.text.text_field!r}")
        text = without_surrogates(text)
    listing = next((name for name in _LISTS if isinstance(record.get(name), list)), None)
    if listing is None and (wrong := next((name for name in _LISTS if record.get(name) is not None), None)):
        raise DataError(f"{place}: expected a list of entities in field {wrong!r}, found {found(record[wrong])}")
    claims = [_claim(item, place, context) for item in _list(record.get(listing or "", []), place)]
    spans = tuple(sorted(span for (span,) in pieces_of(text, claims, options.offsets)))
    sentences = _sentences(record.get("sentences"), text, place, options.offsets)
    id_ = string_of(record.get(options.text.id_field))
    used = {options.text.text_field, options.text.id_field, listing, "sentences", "answer"}
    _note_fields({*record} - used, place, context)
    return AnnotatedDocument(without_surrogates(id_ or place), place, text, spans, sentences)


def _claim(item: object, place: str, context: Context) -> Claim:
    if isinstance(item, list) and len(item) >= 3:
        start, end, type_ = item[:3]
        item = {"start": start, "end": end, "type": type_}
    if not isinstance(item, dict):
        raise DataError(f"{place}: expected an entity with start, end and type, found {found(item)}")
    start, end, type_ = (_first(item, names) for names in (_STARTS, _ENDS, _TYPES))
    if not (is_whole(start) and is_whole(end) and isinstance(type_, str) and type_):
        expected = "expected an entity with whole numbers as start and end and a string as type"
        raise DataError(f"{place}: {expected}, found {found(item)}")
    _note_fields(set(item) - _KNOWN_OF_ENTITIES, place, context)
    surface = item.get("text")
    surface = without_surrogates(surface) if isinstance(surface, str) else None
    return Claim(((start, end),), without_surrogates(type_), surface, place)


def _first(item: Mapping[str, object], names: tuple[str, ...]) -> object:
    return next((item[name] for name in names if name in item), None)


def _list(value: object, place: str) -> list[object]:
    if not isinstance(value, list):
        raise DataError(f"{place}: expected a list, found {found(value)}")
    return value


def _note_fields(names: AbstractSet[str], place: str, context: Context) -> None:
    for name in sorted(names):
        context.findings.add(Kind.FIELDS, place, f"field {name!r}")


def _sentences(value: object, text: str, place: str, unit: OffsetUnit) -> tuple[TokenizedSentence, ...] | None:
    """Sentences, each a list of tokens, each a list of start and end."""
    if value is None:
        return None
    places, reached, sentences = code_points(text, unit), 0, list[TokenizedSentence]()
    for sentence in _list(value, place):
        tokens, starts = list[str](), list[int]()
        for pair in _list(sentence, place):
            match pair:
                case [int(first), int(last)] if first in places and last in places and first < last:
                    start, end = places[first], places[last]
                case _:
                    raise DataError(f"{place}: expected a token in 'sentences' as start and end, found {found(pair)}")
            if start < reached or text[reached:start].strip():
                problem = "tokens in order and nothing but white space between them"
                raise DataError(f"{place}: expected {problem}, found {found(pair)} after offset {reached}")
            tokens.append(text[start:end])
            starts.append(start)
            reached = end
        if tokens:
            sentences.append(TokenizedSentence(tuple(tokens), tuple(starts)))
    if text[reached:].strip():
        raise DataError(f"{place}: the tokens in 'sentences' end at {reached}, but the text goes on")
    return tuple(sentences)
