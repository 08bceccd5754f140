from pathlib import Path

from tagger.checking.findings import Kind, severity_of

PAGE = Path(__file__).parent.parent.parent / "docs" / "check.md"


def test_every_kind_stands_in_the_documents_with_its_severity_and_in_the_order_of_the_output():
    rows = [line.split(" | ")[:2] for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert rows == [[f"| `{kind.value}`", severity_of(kind).value] for kind in Kind]
