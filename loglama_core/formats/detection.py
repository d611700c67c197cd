"""Which format the lines of one source are in: found from them, kept while it fits, then looked at again."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson

from loglama_core.formats.envelope import Envelope
from loglama_core.formats.fallback import parse_stamped
from loglama_core.formats.headed_columns import HeadedLines
from loglama_core.formats.json_lines import JsonLines
from loglama_core.formats.required_marks import marks_of
from loglama_core.formats.stamp_forms import form, may_be
from loglama_core.formats.timestamps import StampReader
from loglama_core.formats.unlisted_layouts import UnlistedLayouts
from loglama_core.model import ParsedRecord

if TYPE_CHECKING:
    from loglama_core.formats.text_format import Lead, TextFormat

ParseText = Callable[[str], ParsedRecord | None]

JSON = "json"
LOGFMT = "logfmt"
HEADED = "columns"
"""Lines by a header of their own: W3C extended, Zeek."""
CRI = "cri"
STAMPED = "stamped"
"""The fallback: a line that begins with a stamp. It never stands in the way of a format that knows more."""

_MAX_WRAPPINGS = 3
_MOST_FIRST_CHARACTERS = 256
_PATIENCE = 500
"""Lines tried with every format in vain, 25 ms, before 40 ms go into an expression that tells the next ones sooner."""
_MANY_FORMATS = 8
"""Of fewer each is asked: that takes no longer than the expression."""
_MARKS_OF_LOGFMT = marks_of("=")


@dataclass(slots=True)
class _Candidate:
    name: str
    begins: str
    make_parse: Callable[[], ParseText]
    stamped: bool
    multi_line: bool
    text_format: TextFormat | None = None
    wraps: bool = False
    text_below: bool = False
    parse: ParseText | None = None

    @property
    def marks(self) -> int:
        """The marks that a line of it must hold."""
        return _MARKS_OF_LOGFMT if self.name == LOGFMT else 0 if self.text_format is None else self.text_format.marks

    def bound(self) -> ParseText:
        if self.parse is None:
            self.parse = self.make_parse()  # compiled when first tried: most are not, for a line begins otherwise
        return self.parse

    def read(self, text: str) -> ParsedRecord | None:
        if self.begins and text[0] not in self.begins:
            return None
        return self.bound()(text)


_Fitting: TypeAlias = "list[tuple[_Candidate, Lead | None]]"
"""Formats of which a line can be, each with what can be told of the line without its pattern."""


class FormatDetector:
    """Knows the format of one source.

    ``is_json``: the source is JSON lines. ``parse``: reads a line of the current text format (``None``: there is none
    that may be asked alone). ``rival``: another format that read the last line; if it reads the next too, it becomes
    the current one. ``joins_text``: a line that no format reads belongs to the record before it.
    ``leaves_indented``: the current format reads no indented line, though the fallback may read one that is aligned.
    ``owns_below``: so does any line up to the next record of the format.
    ``text_below``: a record's text stands in the line after its first. ``cuts_lines``: a long line stands in parts.
    ``minds_traces``: a line that it reads may be of a stack trace all the same: each holds a line that something else
    wrote, or begins without a stamp. ``envelope``: what that was put in, in the line read last, if it was;
    ``is_bare``: it is no record itself.
    """

    def __init__(self, stamps: StampReader, objects: JsonLines, name: str | None) -> None:
        self._stamps = stamps
        self._objects = objects
        self._json = _Candidate(JSON, "{", lambda: _never, stamped=True, multi_line=True)
        self._candidates: list[_Candidate] = []
        self._fitting: dict[str, _Fitting] = {}
        self._marked: dict[tuple[str, int], _Fitting] = {}
        self._sieved: dict[str, tuple[re.Pattern[str] | None, _Fitting]] = {}
        self._tried_in_vain = 0
        self._has_own = False
        self._headed = HeadedLines(stamps)
        self._wrapped: _Candidate | None = None
        self._is_opened = False
        self._depth = 0
        self._current: _Candidate | None = None
        self.rival: _Candidate | None = None
        self.is_json = self._is_stamped = False
        self.joins_text = False
        self.text_below = self.owns_below = False
        self.cuts_lines = self.minds_traces = self.is_bare = self.leaves_indented = False
        self.parse: ParseText | None = None
        self.parse_in_loop: ParseText | None = None
        self._unlisted = UnlistedLayouts()
        self._unlisted_wrapped = UnlistedLayouts()
        self.envelope: Envelope | None = None
        self._outer: tuple[str | None, dict[str, Any]] | None = None
        if name == JSON:
            self._settle(self._json)
        elif name is not None and name != "auto":
            self._settle(next((each for each in self._all() if each.name == name), None))

    @property
    def current_name(self) -> str | None:
        """The current format's name."""
        return None if self._current is None else self._current.name

    def read(self, text: str, *, stamped_only: bool = False) -> ParsedRecord | None:
        """Return the record that ``text``, which is not empty, begins in the current or any other format.

        ``stamped_only``: ask only formats whose records begin with a stamp, because the line is inside a traceback.
        """
        current = self._current
        alone = self.parse is not None
        self._is_opened, self._outer = False, None
        if alone and current is not None and (parsed := current.read(text)) is not None:
            self.rival = None
            self._note_envelope(current, parsed)
            return parsed
        if self._is_stamped and (parsed := self._parse_unlisted(text)) is not None:
            self.is_bare, self.envelope, self.rival = False, None, None
            return parsed
        is_often_asked = self._tried_in_vain >= _PATIENCE or self._is_stamped
        found = _first_that_reads(
            self._fit_closely(text) if is_often_asked else self._fit(text),
            text,
            without=current if alone else None,
            stamped_only=stamped_only,
        )
        self._tried_in_vain += found is None or found[0].text_format is None
        if found is None:
            self.is_bare, self.envelope = False, None
            return None
        if self._is_stamped:
            self._unlisted.note(text, in_vain=found[0] is current)
        self._note_envelope(*found)
        self._note(found[0])
        return found[1]

    def _parse_unlisted(self, text: str) -> ParsedRecord | None:
        """Return the record of a stamped line whose layout is known to be of no format, so that none is asked."""
        if self._has_own or self._headed.has_header or not self._unlisted.holds(text):
            return None
        return parse_stamped(text, self._stamps)

    def _note_envelope(self, candidate: _Candidate, parsed: ParsedRecord) -> None:
        self.is_bare = candidate.wraps and not self._is_opened
        self.envelope = None
        if candidate.wraps:
            service, fields = self._outer or (parsed[2], orjson.loads(parsed[5]) if parsed[5] else {})
            self.envelope = Envelope(service, fields)

    @property
    def begin(self) -> tuple[str, Callable[[str], object]] | None:
        """The characters of which a line of the current format begins with one, and a first test of such a line."""
        current = self._current
        if current is None or current.text_format is None or not current.begins:
            return None
        return current.begins, current.text_format.compiled.match

    def may_begin_here(self, text: str, *, in_stack: bool) -> bool:
        """Return whether a line that is not indented may be a record of the current format. ``in_stack``: as below."""
        return self.parse is not None and ((in_stack and self.minds_traces) or self.parse(text) is not None)

    def begins_all_the_same(self, text: str, *, in_stack: bool) -> bool:
        """Return whether a line that looks like one of the record before it is a record of the current format.

        ``in_stack``: whether that record is in a stack trace, of which such a line may be one.
        """
        current = self._current
        if current is None or (text[0] in " \t" and " " not in current.begins):
            return False
        return self.parse is not None and not (in_stack and self.minds_traces) and current.read(text) is not None

    def read_wrapped(
        self, text: str, service: str | None = None, fields: dict[str, Any] | None = None
    ) -> ParsedRecord | None:
        """Return the record in a text that is itself part of a record; the source's own format is not concerned.

        ``service``, ``fields``: what is said of it where it stands.
        """
        if self._depth == 0 and fields is not None:
            self._outer = service, fields
        if not text or self._depth > _MAX_WRAPPINGS:
            return None
        self._depth += 1
        parsed = None
        try:
            if text[0] == "{":
                parsed = self._objects.read(text.encode(), True)
                if parsed is not None and self._objects.evident:
                    return parsed
                parsed = None
            elif self._wrapped is not None and (parsed := self._wrapped.read(text)) is not None:
                return parsed
            if self._unlisted_wrapped.holds(text) and not self._has_own:
                return None
            found = _first_that_reads(self._fit_closely(text), text)
            self._tried_in_vain += found is None or found[0].text_format is None
            self._unlisted_wrapped.note(text, in_vain=found is None)
            if found is None:
                return None
            self._wrapped = found[0]
            parsed = found[1]
            return parsed
        finally:
            self._depth -= 1
            self._is_opened = parsed is not None

    def learn_header(self, head: bytes) -> None:
        """Take note of the header of a source that is read on from further below."""
        self._headed.learn(head)

    def note_json(self) -> None:
        """Take note that the last line was a JSON record."""
        self._note(self._json)

    def forget(self) -> None:
        """Start over: the current format has read nothing for too long."""
        self._settle(None)

    def _note(self, candidate: _Candidate) -> None:
        current = self._current
        if candidate is current:
            self.rival = None
        elif current is None or current.name == STAMPED or self.rival is candidate:
            self._settle(candidate)
        else:
            self.rival = candidate

    def _settle(self, candidate: _Candidate | None) -> None:
        self._current = candidate
        self.rival = None
        self.is_json = candidate is self._json
        self.joins_text = candidate is not None and candidate.multi_line
        self.text_below = candidate is not None and candidate.text_below
        text_format = None if candidate is None else candidate.text_format
        self.owns_below = text_format is not None and text_format.owns_below
        self.cuts_lines = candidate is not None and candidate.name == CRI
        self.minds_traces = candidate is not None and (candidate.wraps or not candidate.stamped)
        self.leaves_indented = candidate is not None and not self.is_json and " " not in candidate.begins
        self._is_stamped = candidate is not None and candidate.name == STAMPED
        self.parse = None
        if candidate is not None and not (self._is_stamped or self.is_json):
            self.parse = candidate.bound()
        self.parse_in_loop = self._parse_unlisted if self._is_stamped else self.parse

    def _fit(self, text: str) -> _Fitting:
        """Return the formats of which a line can be that begins as ``text`` does."""
        fitting = self._fitting.get(text[0])
        if fitting is None:
            fitting = [
                (each, None if each.text_format is None else each.text_format.lead)
                for each in self._all()
                if not each.begins or text[0] in each.begins
            ]
            if len(self._fitting) < _MOST_FIRST_CHARACTERS:
                self._fitting[text[0]] = fitting
        return fitting

    def _fit_closely(self, text: str) -> _Fitting:
        """Return fewer formats than ``_fit``, for lines that have to be asked of all, in a source of many.

        Once that was in vain long enough, all are first asked by one expression.
        """
        fitting = self._fit_by_marks(text)
        if self._tried_in_vain >= _PATIENCE and len(fitting) >= 2 * _MANY_FORMATS:
            sieve, others = self._sieved.get(text[0]) or self._make_sieve(text)
            if sieve is not None and sieve.match(text) is None:
                return others
        return fitting

    def _make_sieve(self, text: str) -> tuple[re.Pattern[str] | None, _Fitting]:
        """Return the sieve for lines that begin as ``text`` does, and the formats that it does not speak for."""
        from loglama_core.formats.sieve import sieve_of

        fitting = self._fit(text)
        sifted = [each.text_format for each, _ in fitting if each.text_format and not each.text_format.is_own]
        others = [pair for pair in fitting if pair[0].text_format is None or pair[0].text_format.is_own]
        made = sieve_of(sifted) if len(sifted) >= _MANY_FORMATS else None, others
        if len(self._sieved) < _MOST_FIRST_CHARACTERS:
            self._sieved[text[0]] = made
        return made

    def _fit_by_marks(self, text: str) -> _Fitting:
        """Return fewer than ``_fit`` does: of text in no known layout, of which every line is tried with all of them.

        It doubles the lines in a second. To learn what each pattern requires takes 5 ms, which one line is not worth.
        """
        marks = marks_of(text)
        key = text[0], marks
        fitting = self._marked.get(key)
        if fitting is None:
            fitting = [pair for pair in self._fit(text) if not pair[0].marks & ~marks]
            if len(self._marked) < _MOST_FIRST_CHARACTERS:
                self._marked[key] = fitting
        return fitting

    def _all(self) -> list[_Candidate]:
        if not self._candidates:
            # Half of the package's import time, which a source of JSON lines never needs.
            from loglama_core.formats.catalog import text_formats
            from loglama_core.formats.logfmt import LogfmtLines

            stamps = self._stamps
            self._candidates = [
                _Candidate(
                    each.name,
                    each.begins,
                    self._binder(each),
                    each.time is not None,
                    each.multi_line,
                    each,
                    each.wraps,
                    each.text_below,
                )
                for each in text_formats()
            ]
            self._has_own = any(each.text_format is not None and each.text_format.is_own for each in self._candidates)
            logfmt = LogfmtLines(self._objects, stamps)
            headed = self._headed
            self._candidates += [
                _Candidate(HEADED, "", lambda: headed.parse, stamped=False, multi_line=False),
                _Candidate(LOGFMT, "", lambda: logfmt.parse, stamped=True, multi_line=True),
                _Candidate(
                    STAMPED, "", lambda: lambda text: parse_stamped(text, stamps), stamped=True, multi_line=True
                ),
            ]
        return self._candidates

    def _binder(self, text_format: TextFormat) -> Callable[[], ParseText]:
        return lambda: text_format.bind(self._stamps, self.read_wrapped)


def _first_that_reads(
    fitting: _Fitting, text: str, *, without: _Candidate | None = None, stamped_only: bool = False
) -> tuple[_Candidate, ParsedRecord] | None:
    """Return the first format that reads ``text``, and the record."""
    ends: dict[tuple[str, str], int] = {}
    for candidate, lead in fitting:
        if candidate is without or (stamped_only and not candidate.stamped):
            continue
        if lead is not None and not _may_begin(text, lead, ends):
            continue
        parsed = (candidate.parse or candidate.bound())(text)
        if parsed is not None:
            return candidate, parsed
    return None


def _may_begin(text: str, lead: Lead, ends: dict[tuple[str, str], int]) -> bool:
    """Return whether ``text`` has the stamp that a format begins with, and after it what must follow.

    ``ends``: where the stamps end that were looked for in this text. Of the 90 formats whose lines may begin with a
    digit, this leaves a handful to be compiled and tried, at 1 ms each.
    """
    opening, name, following, may_follow = lead
    key = opening, name
    end = ends.get(key)
    if end is None:
        at = len(opening)
        stamp = form(name).match(text, at) if text.startswith(opening) and may_be(name, text, at) else None
        end = ends[key] = -1 if stamp is None else stamp.end()
    return end >= 0 and text.startswith(following, end) and may_follow(text, end + len(following))


def _never(_text: str) -> ParsedRecord | None:
    return None
