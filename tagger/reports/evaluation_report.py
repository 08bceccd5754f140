"""The report on a model and a labelled file."""

from pathlib import Path

from tagger.evaluation.analysis import Analysis
from tagger.evaluation.train_knowledge import UNSEEN
from tagger.files import replacing_file
from tagger.inference.bundle import Bundle
from tagger.reports.errors import Flag, Judged, browser_of
from tagger.reports.numbers import count, plural
from tagger.reports.page import render
from tagger.reports.sections import sections_of
from tagger.reports.summary import summary_of

_NOVELTY = Flag("Surface", "seen and unseen", "unseen in training", "seen in training")


def write_evaluation_report(path: Path, analysis: Analysis, bundle: Bundle) -> None:
    """Write the page: the same analysis and model, the same bytes.

    Raises:
        DataError: the file cannot be written.
    """
    page = evaluation_report(analysis, bundle)
    with replacing_file(path) as stream:
        stream.write(page)


def evaluation_report(analysis: Analysis, bundle: Bundle) -> str:
    """The page as text."""
    browser = browser_of(analysis.gold, _judged(analysis), analysis.confusion.types, _NOVELTY)
    model = bundle.path.resolve().name
    return render(
        len(browser.types),
        title=f"{model} on {analysis.gold.path.name}",
        facts=_facts(analysis, bundle),
        summary=summary_of(analysis),
        sections=sections_of(analysis, bundle.manifest.history),
        browser=browser,
        errors_title="The errors",
        errors_words=("gold", "predicted", "the file", "the model"),
    )


def _judged(analysis: Analysis) -> list[Judged]:
    pairs = zip(analysis.outcomes, analysis.novelties, strict=True)
    return [Judged(outcome, novelty == UNSEEN) for outcome, novelty in pairs]


def _facts(analysis: Analysis, bundle: Bundle) -> tuple[tuple[str, str], ...]:
    """What was scored on what."""
    gold, manifest = analysis.gold, bundle.manifest
    tokens = sum(len(sentence.tokens) for sentence in gold.sentences)
    train = manifest.data.get("train", {}).get("sentences")
    strict, default = (report.micro.support for report in (analysis.scores.strict, analysis.scores.default))
    size = (
        f"{plural(len(gold.sentences), 'sentence')}, {plural(tokens, 'token')}, {plural(strict, 'entity', 'entities')}"
    )
    facts = [("File", f"{gold.path.name}, tags in {gold.scheme.name}"), ("It holds", size)]
    if default != strict:
        loosely = plural(default, "entity", "entities")
        note = f"read loosely, its tags hold {loosely}; those that break the scheme are not scored"
        facts.append(("Note", note))
    learned = f", trained on {count(train)} sentences" if train else ""
    return (*facts, ("Model", f"{bundle.path.resolve().name}, of tagger {manifest.tagger_version}{learned}"))
