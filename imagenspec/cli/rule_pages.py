"""What the catalog knows of the diagnostic codes, as the pages that reports show."""

from __future__ import annotations

from imagenspec.catalog.codes import codes, rule_texts
from imagenspec.catalog.examples import DAY, example, printed
from imagenspec.catalog.tables import rows
from imagenspec.report.rules import Page, Source


def rule_pages() -> dict[str, Page]:
    """Return a page for every code."""
    sources = {row["key"]: Source(row["title"], row["url"]) for row in rows("sources")}
    pages = {}
    for code in codes().values():
        text = rule_texts()[code.code]
        pages[code.code] = Page(
            code=code.code,
            name=code.name,
            severity=code.severity,
            about=code.about,
            why=text.why,
            mend=text.mend,
            confidence=code.confidence,
            checked=max(code.checked, text.checked),
            ignorable=not code.fatal,
            sources=tuple(sources[key] for key in dict.fromkeys((*code.source, *text.source))),
            bad=example(code.code, "bad"),
            good=example(code.code, "good"),
            prints=printed().get(code.code),
            day=text.day or DAY,
            configuration=text.configuration,
            shown=text.shown,
        )
    return pages
