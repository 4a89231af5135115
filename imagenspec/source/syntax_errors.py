"""What libyaml could not read, in words that say what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ruamel.yaml.error import MarkedYAMLError

from imagenspec.source.diagnostics import Diagnostic, Related, quote
from imagenspec.source.text import Span

if TYPE_CHECKING:
    from ruamel.yaml.error import YAMLError

    from imagenspec.source.text import SourceFile

_CONTROL = "[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
"""What YAML does not allow in a text; the place that libyaml names is counted in bytes."""
FLOW_COLON = "found unexpected ':'"
"""What the C parser says of ``{aspect_ratio: 16:9}``, which YAML 1.2 allows."""

_PLAIN_WORDS = {
    "mapping values are not allowed in this context": (
        'a ":" is not allowed here; quote the text, or check the indentation of this line and the line before'
    ),
    "did not find expected key": "expected a key here; check the indentation, and quotes or brackets left open above",
    "did not find expected '-' indicator": 'expected "-" for the next item; check the indentation',
    "did not find expected ',' or ']'": 'expected "," or "]"',
    "did not find expected ',' or '}'": 'expected "," or "}"',
    "did not find expected node content": "expected a value here",
    "found unexpected end of stream": "the quoted text is not closed",
    "found invalid Unicode character escape code": "this escape does not name a character",
    "found unknown escape character": 'unknown escape; in double quotes write "\\\\" for a backslash',
    "could not find expected ':'": 'expected ":" behind the key',
    "block sequence entries are not allowed in this context": 'a list item "-" is not allowed here',
    FLOW_COLON: 'a ":" is not allowed here; quote the text',
    "found undefined tag handle": "this tag has no meaning; recipes are plain YAML without tags",
}


def syntax_error(file: SourceFile, error: YAMLError) -> Diagnostic:
    """Return the diagnostic of what libyaml could not read."""
    text = file.text
    if not isinstance(error, MarkedYAMLError):
        control = re.search(_CONTROL, text)
        place = control.start() if control else min(int(getattr(error, "position", 0) or 0), len(text))
        character = f"U+{ord(text[place]):04X}" if place < len(text) else "this character"
        message = f"control character {character} is not allowed"
        return Diagnostic("IMG001", message, file, Span(place, min(place + 1, len(text))))
    problem = str(error.problem or error.context or "this is not YAML")
    unclosed = problem == "found unexpected end of stream"
    mark = (error.context_mark if unclosed else None) or error.problem_mark or error.context_mark
    place = min(mark.index, len(text)) if mark is not None else 0
    found = text[place : place + 1]
    if problem == "found character that cannot start any token":
        problem = "a tab cannot indent; use spaces" if found == "\t" else f"a value cannot start with {quote(found)}"
    message = _PLAIN_WORDS.get(problem, problem)
    if place == len(text):
        message += ", but the file ends"
    related: tuple[Related, ...] = ()
    if error.context_mark is not None and 0 <= error.context_mark.index < place:
        start = error.context_mark.index
        related = (Related(Span(start, start + 1), str(error.context).replace("while ", "", 1) + " that starts here"),)
    return Diagnostic("IMG001", message, file, Span(place, place + len(found.strip("\r\n"))), related)
