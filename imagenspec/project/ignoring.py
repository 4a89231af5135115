"""Findings that comments silence, and comments that silence nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagenspec.catalog.codes import codes, codes_of
from imagenspec.source.comments import head_lines, ignores
from imagenspec.source.diagnostics import Diagnostic, Edit, Fix, did_you_mean, quote
from imagenspec.source.edits import whole_lines
from imagenspec.source.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from imagenspec.source.comments import Ignore
    from imagenspec.source.nodes import Document


def without_ignored(
    document: Document, diagnostics: Sequence[Diagnostic], silenced: frozenset[str]
) -> list[Diagnostic]:
    """Return what is left of diagnostics, with reports of comments that are wrong or silence nothing.

    Args:
        document: The document whose comments count.
        diagnostics: What was found.
        silenced: The codes that the configuration has silenced already; a comment may name them.
    """
    comments = ignores(document)
    if not comments:
        return list(diagnostics)
    kept = _Comments(document, comments)
    left = [one for one in diagnostics if not kept.take(one)]
    complete = not any(codes()[one.code].fatal for one in diagnostics)
    return [*left, *kept.problems(silenced, unused=complete)]


def file_comment(found: Iterable[str], why: str) -> str:
    """Return a comment, without its ``#``, that silences findings in the whole file.

    Args:
        found: Their codes.
        why: The reason that people read.
    """
    return f"imagenspec: ignore-file[{', '.join(codes()[code].name for code in sorted(set(found)))}] {why}"


class _Comments:
    """The comments of one document, and which of their words have silenced something."""

    def __init__(self, document: Document, comments: list[Ignore]) -> None:
        self.document = document
        self.comments = comments
        self.used: set[Span] = set()
        self._heads = head_lines(document)

    def take(self, diagnostic: Diagnostic) -> bool:
        """Tell whether a comment silences a finding, and remember that it did."""
        known = codes()[diagnostic.code]
        if known.fatal:
            return False
        lines = {self.document.file.position(diagnostic.span.start).line}
        lines |= {line for span, line in self._heads if span.start <= diagnostic.span.start < span.end}
        spans = {
            span
            for comment in self.comments
            if not comment.late and (comment.line is None or comment.line in lines)
            for word, span in comment.words
            if word in (known.code, known.name)
        }
        self.used |= spans
        return bool(spans)

    def problems(self, silenced: frozenset[str], *, unused: bool) -> Iterator[Diagnostic]:
        """Yield what is wrong with comments; ``unused`` says whether all rules had their say."""
        for comment in self.comments:
            if not comment.words:
                message = "this comment ignores nothing; write ignore[CODE] or ignore-file[CODE], then why"
                yield self._at("IMG903", comment.span, message)
            elif comment.late:
                message = "ignore-file stands behind the first key; put it before, so that readers of the file see it"
                yield self._at("IMG903", comment.span, message)
            else:
                for word, span in comment.words:
                    yield from self._word(comment, word, span, silenced, unused=unused)

    def _word(
        self, comment: Ignore, word: str, span: Span, silenced: frozenset[str], *, unused: bool
    ) -> Iterator[Diagnostic]:
        names = {name: code for code in codes().values() for name in (code.code, code.name)}
        if word not in names:
            near = None if codes_of(word) else did_you_mean(word, names)
            hint = f"did you mean {quote(near)}?" if near else '"imagenspec rules" lists them'
            if codes_of(word):
                hint = "a comment names single codes; families are for the configuration"
            fix = Fix(f"write {quote(near)}", (Edit(span, near),), safe=False) if near else None
            yield self._at("IMG902", span, f"unknown code {quote(word)}; {hint}", fix)
        elif names[word].fatal:
            message = f"{quote(word)} cannot be ignored: without what it finds mended there is no request"
            yield self._at("IMG904", span, message, self._removal(comment, span))
        elif unused and span not in self.used and names[word].code not in silenced:
            message = f"{quote(word)} is not found here; drop it from the comment"
            yield self._at("IMG901", span, message, self._removal(comment, span))

    def _removal(self, comment: Ignore, span: Span) -> Fix:
        """Return the fix that takes a word out of a comment; with its only word the comment goes."""
        text = self.document.file.text
        if len(comment.words) > 1:
            end = span.end
            while text[end : end + 1] in (",", " ", "\t"):
                end += 1
            start = span.start
            if text[end : end + 1] == "]":
                start = max(other.end for _, other in comment.words if other.end <= span.start)
                end = span.end
            return Fix(f"drop {quote(text[span.start : span.end])}", (Edit(Span(start, end), ""),))
        start, end = comment.span
        edit = whole_lines(self.document, start, end) if comment.alone else None
        while start and text[start - 1] in " \t":
            start -= 1
        return Fix("drop the comment", (edit or Edit(Span(start, end), ""),))

    def _at(self, code: str, span: Span, message: str, fix: Fix | None = None) -> Diagnostic:
        return Diagnostic(code, message, self.document.file, span, fix=fix)
