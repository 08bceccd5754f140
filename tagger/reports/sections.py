"""The sections of the page, from an analysis."""

from collections.abc import Iterator, Sequence

from tagger.evaluation.analysis import Analysis
from tagger.evaluation.breakdowns import Part
from tagger.evaluation.intervals import FEW
from tagger.reports.charts.confidences import precision_recall_chart, reliability_chart, threshold_chart
from tagger.reports.charts.documents import documents_chart
from tagger.reports.charts.kinds import kinds_chart
from tagger.reports.charts.scores import MOST_ROWS, scores_chart
from tagger.reports.learning_section import Row, learning_section
from tagger.reports.numbers import count, percent, plural, share
from tagger.reports.paints import FIRST, KINDS, RIGHT
from tagger.reports.tables import (
    bins_table,
    confusion_table,
    cuts_table,
    documents_table,
    kinds_table,
    scores_table,
)
from tagger.reports.views import Chart, LegendItem, Section
from tagger.reports.words import KIND_NAMES, KIND_NOTES

_MOST_DOCUMENTS = 10


def sections_of(analysis: Analysis, history: Sequence[Row]) -> tuple[Section, ...]:
    """All that the analysis and the model's history have something for."""
    found = [_types(analysis), _novelty(analysis), _lengths(analysis), *_documents(analysis)]
    return (*found, _confusion(analysis), *_confidence(analysis), *learning_section(history))


def _types(analysis: Analysis) -> Section:
    parts = sorted(analysis.breakdowns.parts["type"], key=lambda part: (-part.score.support, part.name))
    few = sorted(part.name for part in parts if part.score.support < FEW)
    text = (
        "Strict scores, in percent: an entity is right if its tokens and its type are. The interval is where F1 would "
        "lie in 19 of 20 files of such sentences, by a bootstrap over sentences."
    )
    if few:
        text += f" Types with fewer than {FEW} entities in the file, whose scores say little: {', '.join(few)}."
    return Section(
        "types", "By type", text, (_scores(analysis, "F1 by type", "type", "chart-types", parts, is_open=True),)
    )


def _novelty(analysis: Analysis) -> Section:
    parts = analysis.breakdowns.parts
    text = (
        "A surface is seen if it is an entity of the training file, whatever its type there. Of words the model keeps "
        "no counts, but their order by frequency in what it learned from, which of them stood there once, and which it "
        "knows from a vectors file alone: an entity stands with its rarest word."
    )
    charts = (
        _scores(analysis, "Seen and unseen surfaces", "surface", "chart-novelty", parts["novelty"]),
        _scores(analysis, "By the rarest word", "rarest word", "chart-familiarity", parts["familiarity"]),
    )
    return Section("novelty", "Seen and unseen", text, charts)


def _lengths(analysis: Analysis) -> Section:
    parts = analysis.breakdowns.parts
    charts = (
        _scores(analysis, "By length of the entity", "entity", "chart-lengths", parts["length"]),
        _scores(analysis, "By length of its sentence", "sentence", "chart-sentences", parts["sentence"]),
    )
    text = "A wrong entity counts where it stands: one of the file by its own length, one of the model by its own."
    return Section("lengths", "By length", text, charts)


def _documents(analysis: Analysis) -> Iterator[Section]:
    documents = analysis.documents
    if not documents:
        return
    number = analysis.gold.documents[-1] + 1
    text = (
        f"The file has {plural(number, 'document')}, parted by -DOCSTART- lines; {count(len(documents))} have entities."
    )
    chart = Chart(
        "Documents by their F1",
        documents_chart("chart-documents", documents, analysis.breakdowns.whole),
        "How many documents lie in each twentieth; the dashed line is the whole file.",
        documents_table(documents, analysis.gold, _MOST_DOCUMENTS),
        open=True,
    )
    yield Section("documents", "By document", text, (chart,))


def _confusion(analysis: Analysis) -> Section:
    legend = tuple(LegendItem(KINDS[kind].variable, f"{name}: {KIND_NOTES[kind]}") for kind, name in KIND_NAMES.items())
    chart = Chart(
        "Kinds of errors",
        kinds_chart("chart-kinds", analysis.kinds),
        "Errors stand with the type in the file, spurious ones with the type that was predicted.",
        kinds_table(analysis.kinds),
        legend,
        open=True,
    )
    text = (
        "Each entity of the file goes with the predicted one on the same tokens, else with the one that overlaps it "
        "most. A row of the table is a type in the file; its last columns are entities of the right type with other "
        "bounds, and missed ones. The last row is what was predicted where the file has nothing."
    )
    return Section("confusion", "What is taken for what", text, (chart,), (confusion_table(analysis.confusion),))


def _confidence(analysis: Analysis) -> Iterator[Section]:
    calibration = analysis.scores.calibration
    if calibration is None or not analysis.bins:
        return
    precision = analysis.breakdowns.whole.score.precision
    text = (
        f"The mean confidence is {share(calibration.confidence)}, and {share(precision)} of the predicted "
        f"entities are right. The expected calibration error is {percent(calibration.error)} points."
    )
    charts = (
        Chart(
            "Reliability",
            reliability_chart("chart-reliability", analysis.bins),
            "On the dashed line confidences are true; above it the model is too modest, below it too sure.",
            bins_table(analysis.bins),
            (
                LegendItem(FIRST.variable, "share that is right, with its 95 % interval"),
                LegendItem(RIGHT.variable, "how many entities"),
            ),
            open=True,
        ),
        Chart(
            "Scores by threshold",
            threshold_chart("chart-thresholds", analysis.cuts),
            "What `tagger tag --min-confidence` would leave.",
            cuts_table(analysis.cuts),
        ),
        Chart(
            "Precision and recall",
            precision_recall_chart("chart-precision-recall", analysis.cuts),
            "From right to left the threshold rises, in the steps of the table.",
            cuts_table(analysis.cuts),
        ),
    )
    yield Section("confidence", "What confidences are worth", text, charts)


def _scores(
    analysis: Analysis, title: str, head: str, name: str, parts: Sequence[Part], *, is_open: bool = False
) -> Chart:
    whole = analysis.breakdowns.whole
    cut = f" The first {MOST_ROWS} of {len(parts)} are drawn." if len(parts) > MOST_ROWS else ""
    return Chart(
        title,
        scores_chart(name, parts, whole),
        f"The dot is F1, the bar its 95 % interval; the dashed line is all entities together.{cut}",
        scores_table(title, head, parts, whole),
        open=is_open,
    )
