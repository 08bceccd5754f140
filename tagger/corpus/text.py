"""Raw text to sentences of tokens, each with its place in the text.

Sentences are split by sentencex, tokens by one regular expression, as corpora in the manner of CoNLL have them: clitics
and punctuation apart; numbers, dates, abbreviations, addresses, @names and words with inner hyphens whole. In scripts
without blanks (Han, kana) every character is a token. A token never holds white space.
"""

import re
from collections.abc import Iterator

from sentencex import get_sentence_boundaries

from tagger.corpus.document import TokenizedSentence
from tagger.surrogates import without_surrogates

# What is no part of a word, so that all else is: letters of every script with their marks, digits, joiners.
_MARKS = (
    r"\s!-/:-@\[-`{-~\u0080-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7"
    r"\u055a-\u055f\u0589\u05be\u05c0\u05c3\u05f3\u05f4\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965"
    r"\u1361-\u1368\u17d4-\u17da\u2000-\u200b\u200e-\u206f\u20a0-\u20cf\u2190-\u2bff\u2e00-\u2e7f\u3000-\u303f"
    r"\ufe10-\ufe1f\ufe30-\ufe6f\ufeff\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\uffe0-\uffff"
    r"\U0001f000-\U0001faff\U000e0000-\U000e007f"
)
_UNSPACED = r"\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_WORD = rf"[^{_MARKS}{_UNSPACED}]"
_LETTER = rf"[^{_MARKS}{_UNSPACED}\d]"
_PICTURE = r"[\u2190-\u2bff\U0001f000-\U0001faff]"
_VARIANT = r"[\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
_CLITIC = r"(?:[sS]|[mM]|[dD]|[rR][eE]|[vV][eE]|[lL][lL])"
_BEFORE_NAMES = "Mr|Mrs|Ms|Dr|Prof|Rev|Gen|Col|Lt|Sgt|Capt|Maj|Sen|Rep|Gov|St|Mt|Ft|No|vs|Messrs|Hon|Pres|Jr|Sr"
_INSIDE = "Inc|Corp|Ltd|Co|Bros|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec|Calif|Fla|Ave|Blvd|Vol|vol|etc|approx"

_TOKEN = re.compile(
    rf"""
    (?!\s)(?:                                                           # at a blank nothing more is tried
      [A-Za-z]++(?=[\s,;?!")\]]) | [.,;"](?=\s|\Z)                      # most words and marks, quickly
    | (?:https?|ftp)://[^\s<>"]*[^\s<>"'.,;:!?)\]}}] | www\.[^\s<>"]*[^\s<>"'.,;:!?)\]}}]
    | [\w.+-]{{1,64}}+@\w[\w-]*(?:\.\w[\w-]*)+                                  # mail
    | &(?:\#\d+|[a-zA-Z]+); | </?[a-zA-Z][^<>\s]*>                       # left of HTML
    | [@\#](?:{_WORD}|_)+                                               # @name, #topic
    | (?:(?<=\s)|^)(?:[:;=8][-o^']?[()\[\]DPpOo/\\|3*]+|<3+)(?=\s|$)    # :-)
    | [\U0001f1e6-\U0001f1ff]{{2}}                                      # flags
    | (?:{_PICTURE}{_VARIANT}*(?:\u200d{_PICTURE}{_VARIANT}*)*)         # emoji, joined ones whole
    | (?m:^)\d{{1,3}}\.(?=[ \t])                                         # 1. of a list
    | (?:(?<![^\s(\[/])[+-])?\d+(?:[.,:/-]\d+)*(?!-?{_WORD})                     # 1,000.5 1996-08-22 -3
    | (?<!{_WORD})\.\d+(?!{_WORD})                                      # .302
    | Ph\.D\. | (?:{_LETTER}\.){{2,9}}(?:-{_WORD}+)?(?!{_WORD})                    # U.S.
    | (?:US|[A-Z])\$(?=\d)                                               # C$1
    | (?:{_BEFORE_NAMES})\.(?=\s) | (?:{_INSIDE})\.(?=\s+[a-z0-9,(])    # Mr., Inc. within a sentence
    | [A-Z]\.(?=[ \t]+{_LETTER})                                        # J. Smith
    | {_WORD}+?(?=n['\u2019][tT]\b) | n['\u2019][tT]\b                  # do n't
    | ['\u2019]{_CLITIC}(?!{_WORD}) | {_WORD}++(?=['\u2019]{_CLITIC}(?!{_WORD}))
    | {_WORD}+(?:(?:-|['\u2019`](?!{_CLITIC}(?!{_WORD}))|&|_|/|(?<=\w)\.(?={_WORD}{{2}}))
        {_WORD}+?(?=['\u2019]{_CLITIC}(?!{_WORD})|(?!{_WORD})))*              # well-known, O'Brien, AT&T
    | \.{{2,}} | -{{2,}} | !{{2,}} | \?{{2,}} | \*{{2,}} | ={{2,}} | _{{2,}}
    | [{_UNSPACED}] | [^\s])
    """,
    re.VERBOSE,
)


_PART = 65536  # characters of a text that are split together, at least


def split_text(text: str, language: str = "en") -> Iterator[TokenizedSentence]:
    """The sentences of a text that have a token. Every character but white space belongs to exactly one token.

    Args:
        language: a code of ISO 639-1 ("en", "de", "zh"), by which abbreviations and ends of sentences are known.
    """
    for start, end in sentence_spans(text, language):
        found = list(_TOKEN.finditer(text, start, end))
        if found:
            yield TokenizedSentence(tuple([match[0] for match in found]), tuple([match.start() for match in found]))


def sentence_spans(text: str, language: str) -> Iterator[tuple[int, int]]:
    """Where sentences start and end, in code points. An empty line ends one, so that a long text is read in parts."""
    part = 0
    while part < len(text):
        blank = text.find("\n\n", part + _PART)
        end = len(text) if blank < 0 else blank + 2
        whole = without_surrogates(text[part:end])  # the library takes UTF-8
        for boundary in get_sentence_boundaries(language, whole):
            yield part + boundary["start_index"], part + boundary["end_index"]
        part = end
