"""What a parser that is not ours finds in a report."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "input", "br"}


@dataclass
class Node:
    tag: str
    attributes: dict
    children: list = field(default_factory=list)

    @property
    def text(self):
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def all(self, tag, **wanted):
        """The elements below with this tag and these attributes, in the order of the page."""
        for child in self.children:
            if isinstance(child, Node):
                if child.tag == tag and all(child.attributes.get(name) == value for name, value in wanted.items()):
                    yield child
                yield from child.all(tag, **wanted)

    def one(self, tag, **wanted):
        (found,) = self.all(tag, **wanted)
        return found


class Page(HTMLParser):
    """The elements of a page, all of them closed."""

    def __init__(self, text):
        super().__init__()
        self.root = Node("", {})
        self.open = [self.root]
        self.feed(text)
        self.close()
        assert self.open == [self.root]

    def handle_starttag(self, tag, attrs):
        node = Node(tag, dict(attrs))
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag, attrs):
        self.open[-1].children.append(Node(tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop().tag == tag

    def handle_data(self, data):
        self.open[-1].children.append(data)


def rows_of(table):
    """The text of a table's cells, row by row."""
    return [[cell.text for cell in row.children if isinstance(cell, Node)] for row in table.all("tr")]
