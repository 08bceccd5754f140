"""The tagger as a component of a spaCy pipeline: `nlp.add_pipe("bilstm_tagger", config={"model": PATH})`."""

from collections.abc import Iterable, Iterator
from itertools import islice

from spacy.language import Language
from spacy.tokens import Doc, Span

from tagger.corpus.text import sentence_spans
from tagger.errors import ConfigError
from tagger.inference.arguments import as_probability
from tagger.inference.tagger import Tagger

NAME = "bilstm_tagger"


class SpacyComponent:
    """Sets the entities of documents, each with its confidence as `span._.confidence`.

    Tokens are spaCy's own, those of white space left out. Sentences are the document's where another component has set
    them, else those that `tagger tag` would find.
    """

    def __init__(self, tagger: Tagger, language: str, min_confidence: float) -> None:
        self._tagger = tagger
        self._language = language
        self._min_confidence = min_confidence
        Span.set_extension("confidence", default=None, force=True)

    def __call__(self, document: Doc) -> Doc:
        """Set the entities of one document."""
        return next(self.pipe([document]))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Set the entities of documents, so many at a time."""
        documents = iter(stream)
        while some := list(islice(documents, batch_size)):
            self._tag(some)
            yield from some

    def _tag(self, documents: list[Doc]) -> None:
        sentences = [(place, rows) for place, document in enumerate(documents) for rows in self._sentences(document)]
        predictions = self._tagger.predict([documents[place][row].text for row in rows] for place, rows in sentences)
        found: list[list[Span]] = [[] for _ in documents]
        for (place, rows), prediction in zip(sentences, predictions, strict=True):
            for entity, confidence in zip(prediction.sentence.entities, prediction.confidences, strict=True):
                if confidence >= self._min_confidence:
                    span = Span(documents[place], rows[entity.start], rows[entity.end - 1] + 1, label=entity.type)
                    span._.confidence = confidence
                    found[place].append(span)
        for document, spans in zip(documents, found, strict=True):
            document.set_ents(spans)

    def _sentences(self, document: Doc) -> Iterator[list[int]]:
        """The tokens of each sentence by their place in the document, those of white space left out."""
        if document.has_annotation("SENT_START"):
            spans = [(sentence.start_char, sentence.end_char) for sentence in document.sents]
        else:
            spans = list(sentence_spans(document.text, self._language))
        tokens = iter([token for token in document if not token.is_space])
        token = next(tokens, None)
        for _, end in spans:
            rows = []
            while token is not None and token.idx < end:
                rows.append(token.i)
                token = next(tokens, None)
            if rows:
                yield rows


@Language.factory(  # type: ignore[untyped-decorator]
    NAME,
    assigns=["doc.ents", "token.ent_iob", "token.ent_type"],
    default_config={"model": "", "min_confidence": 0.0, "threads": 0},
)
def create(nlp: Language, name: str, model: str, min_confidence: float, threads: int) -> SpacyComponent:
    """Make the component for a pipeline.

    Args:
        model: a model directory. threads: ONNX Runtime's; 0 lets it choose.

    Raises:
        ConfigError: no model is named, or `min_confidence` is not a number from 0 to 1.
        BundleError: it is not whole.
    """
    if not model:
        raise ConfigError(f'{name}: name a model: nlp.add_pipe("{NAME}", config={{"model": PATH}})')
    minimum = as_probability("min_confidence", min_confidence)
    return SpacyComponent(Tagger.load(model, threads=threads), nlp.lang or "en", minimum)
