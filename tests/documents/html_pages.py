"""What a parser that is not ours finds in a page of tagged documents."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Mark:
    type: str
    title: str
    text: str = ""


@dataclass
class Article:
    id: str = ""
    text: str = ""
    marks: list[Mark] = field(default_factory=list)


class Page(HTMLParser):
    """The documents, the legend and the style of a page, and every element and attribute in it."""

    def __init__(self, text):
        super().__init__()
        self.articles, self.legend, self.style, self.title = [], [], "", ""
        self.names, self.attributes, self.unclosed = [], {}, []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.names.append(tag)
        self.attributes.setdefault(tag, []).append(attributes)
        if tag != "meta":
            self.unclosed.append(tag)
        if tag == "article":
            self.articles.append(Article())
        elif tag == "mark":
            self.articles[-1].marks.append(Mark(attributes["data-type"], attributes["title"]))
        elif tag == "li":
            self.legend.append("")

    def handle_endtag(self, tag):
        assert self.unclosed.pop() == tag

    def handle_data(self, data):
        if self.unclosed[-1:] == ["mark"]:
            self.articles[-1].marks[-1].text += data
        if {"div", "mark"} & set(self.unclosed):
            self.articles[-1].text += data
        elif self.unclosed[-1:] == ["h2"]:
            self.articles[-1].id += data
        elif self.unclosed[-1:] == ["li"]:
            self.legend[-1] += data
        elif self.unclosed[-1:] in (["style"], ["title"]):
            setattr(self, self.unclosed[-1], getattr(self, self.unclosed[-1]) + data)


def rules(style):
    """Each selector's properties that are colours: first those for a light page, then those for a dark one."""
    found = {}
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", style):
        colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", body))
        if colours:
            found.setdefault(selector.strip(), []).append(colours)
    return found


def types_of(style):
    """The types that the style has colours for, their escapes undone as CSS says."""
    quoted = (re.fullmatch(r'\[data-type="(.*)"\]', selector) for selector in rules(style))
    return [re.sub(r"\\([0-9a-f]{1,6}) ?", lambda code: chr(int(code[1], 16)), match[1]) for match in quoted if match]
