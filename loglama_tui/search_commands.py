"""The actions of searching: in the Search tab, its facets and bars, and in the screens opened from a record."""

from __future__ import annotations

from loglama_tui.command import Command

_SEARCH: tuple[Command, ...] = (
    Command("search.facets", "search", "f", "facets", "facets", "Go to the facets: what the hits have in common", 8),
    Command("search.bars", "search", "h", "bars", "time", "Go to the bars: arrow keys choose a stretch of time", 9),
    Command("search.since", "search", "r", "choose_since", "since", "Choose how far back to search", 10),
    Command(
        "search.from_here",
        "search",
        "left_square_bracket",
        "narrow_time('since')",
        "from here",
        "Search only from this record on",
        11,
    ),
    Command(
        "search.until_here",
        "search",
        "right_square_bracket",
        "narrow_time('until')",
        "until here",
        "Search only up to this record",
        12,
    ),
    Command(
        "search.earlier",
        "search",
        "left_curly_bracket",
        "widen_time('since')",
        "earlier",
        "Search twice as long, further into the past",
    ),
    Command(
        "search.later",
        "search",
        "right_curly_bracket",
        "widen_time('until')",
        "later",
        "Search twice as long, towards now",
    ),
    Command("search.back", "search", "backspace", "back", "back", "Take the last filter, time or text back", 13),
    Command("search.forward", "search", "shift+backspace,ctrl+y", "forward", "forward", "Take it again"),
    Command("search.next", "search", "n", "step_hit(1)", "next hit", "The next hit, from the record beside it too"),
    Command("search.previous", "search", "N", "step_hit(-1)", "previous hit", "The previous hit"),
    Command("search.history", "search", "H", "history", "history", "List the queries asked before"),
    Command("search.save", "search", "s", "save", "save", "Keep this query under a name", 14),
    Command("search.run", "search", "ctrl+r", "run", "run", "Run the query again"),
    Command(
        "search.cancel",
        "search",
        "escape",
        "cancel",
        "cancel",
        "Leave the query bar; stop a running search",
        palette=False,
    ),
)

_FACETS: tuple[Command, ...] = (
    Command(
        "facets.filter_for", "facets", "enter", "filter_for", "filter for", "Filter for this value, or no longer", 1
    ),
    Command("facets.filter_out", "facets", "minus", "filter_out", "filter out", "Filter this value out", 2),
    Command("facets.leave", "facets", "escape", "leave", "back", "Back to the hits", 3, palette=False),
)

_BARS: tuple[Command, ...] = (
    Command("bars.left", "bars", "left", "move(-1, False)", "move", "Move the brush to earlier bars", 1, palette=False),
    Command("bars.right", "bars", "right", "move(1, False)", "move", "Move the brush to later bars", palette=False),
    Command(
        "bars.extend_left",
        "bars",
        "shift+left",
        "move(-1, True)",
        "brush",
        "Brush towards earlier bars",
        2,
        palette=False,
    ),
    Command(
        "bars.extend_right", "bars", "shift+right", "move(1, True)", "brush", "Brush towards later bars", palette=False
    ),
    Command("bars.zoom", "bars", "enter", "zoom", "look closer", "Search only in what is brushed", 3, palette=False),
    Command("bars.leave", "bars", "escape", "leave", "back", "Back to the hits", 4, palette=False),
)

_OVER: tuple[Command, ...] = (
    Command("over.close", "over", "escape,q", "close", "back", "Back to where this was opened", 1, palette=False),
    Command("context.across", "context", "c", "across", "source / all", "Its own source, or all services by time", 2),
    Command("context.origin", "context", "backspace", "origin", "the record", "Back to the record this began with", 4),
    Command("compare.same", "compare", "o", "toggle_same", "only differences", "Leave out what is the same", 2),
    Command("patterns.filter_for", "patterns", "enter", "filter(False)", "filter for", "Filter for this kind", 2),
    Command("patterns.filter_out", "patterns", "minus", "filter(True)", "filter out", "Filter this kind out", 3),
    Command(
        "patterns.example", "patterns", "c", "example", "context", "Show its newest record where it was written", 4
    ),
    Command("patterns.order", "patterns", "o", "order", "order", "Most frequent, newest kind, most severe first", 5),
    Command("trace.search", "trace", "s", "search", "search", "Search for the records of this trace", 4),
)

_KEPT: tuple[Command, ...] = (
    Command("kept.bookmarks", "anywhere", "B", "bookmarks", "bookmarks", "List the bookmarks"),
    Command("kept.queries", "anywhere", "S", "saved_queries", "saved queries", "List the saved queries"),
    Command("completion.take", "completion", "tab", "take_suggestion", "complete", "Complete", 3, palette=False),
    Command("completion.next", "completion", "down", "next", "next", "Next suggestion or query", palette=False),
    Command(
        "completion.previous",
        "completion",
        "up",
        "previous",
        "asked before",
        "Suggestion or query before",
        4,
        palette=False,
    ),
    Command("look.clock", "anywhere", "z", "next_clock", "clock", "Show times as local, UTC, or how long ago"),
    Command("look.columns", "anywhere", "C", "columns", "columns", "Choose fields to show as columns"),
    Command("look.wrap", "anywhere", "w", "wrap", "wrap", "Let records take as many lines as they need, or one"),
    Command(
        "columns.show", "column_list", "space,enter", "show_column", "show or hide", "Show or hide it", 1, palette=False
    ),
    Command(
        "columns.up", "column_list", "K,shift+up", "move_column(-1)", "earlier", "Move it to the left", 2, palette=False
    ),
    Command(
        "columns.down",
        "column_list",
        "J,shift+down",
        "move_column(1)",
        "later",
        "Move it to the right",
        3,
        palette=False,
    ),
    Command(
        "columns.rest",
        "column_list",
        "o",
        "other_fields",
        "other fields",
        "Show or hide other fields",
        4,
        palette=False,
    ),
    Command("columns.close", "column_list", "escape,q", "close_list", "done", "Back to the log", 5, palette=False),
    Command("prompt.close", "prompt", "escape", "close", "close", "Leave it as it was", palette=False),
    Command("pick.close", "pick", "escape,q", "close", "leave", "Leave the list", 2, palette=False),
    Command("pick.delete", "pick", "d,delete", "delete", "delete", "Delete the one under the cursor", 1, palette=False),
)

SEARCH_COMMANDS: tuple[Command, ...] = (*_SEARCH, *_FACETS, *_BARS, *_OVER, *_KEPT)

LOG_COMMANDS: tuple[Command, ...] = (
    Command("log.patterns", "logs", "p", "patterns", "patterns", "Kinds of messages among what is shown", 7),
    Command("log.export", "logs", "x", "export", "export", "Write what is shown into a file; again stops it", 15),
    Command("log.go_to_time", "logs", "T", "go_to_time", "time", "Go to a time"),
)
"""What can be done in any log."""

RECORD_COMMANDS: tuple[Command, ...] = (
    Command("record.context", "records", "c", "context", "context", "The records around it", 4),
    Command("log.trace", "records", "t", "trace", "trace", "Its request across services, as a timeline", 4),
    Command("record.bookmark", "records", "b", "bookmark", "bookmark", "Bookmark it, with a note", 6),
    Command("record.compare", "records", "d", "compare", "compare", "Compare it with another record, field by field"),
    Command("log.copy", "records", "y", "copy", "copy", "Copy the record to the clipboard", 6),
    Command("log.copy_file", "records", "Y", "copy('file')", "copy to file", "Write the record into a file instead"),
)
"""What can be done with the record under the cursor, wherever records are listed."""
