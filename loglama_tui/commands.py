"""Every action of the explorer, declared once: bindings, key bar, help and palette are made from this table.

``id`` is the name by which ``[keys]`` in loglama.toml remaps a key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from loglama_tui.command import Command
from loglama_tui.search_commands import LOG_COMMANDS, RECORD_COMMANDS, SEARCH_COMMANDS

if TYPE_CHECKING:
    from collections.abc import Mapping


COMMANDS: tuple[Command, ...] = (
    Command("app.live", "anywhere", "1", "show_tab('live')", "live", "Show the Live tab"),
    Command("app.search", "anywhere", "2", "show_tab('search')", "search", "Show the Search tab"),
    Command("app.services", "anywhere", "3", "show_tab('services')", "services", "Show the Services tab"),
    Command("app.diagnostics", "anywhere", "4", "show_tab('diagnostics')", "diagnostics", "Show the Diagnostics tab"),
    Command(
        "app.help",
        "anywhere",
        "question_mark,f1",
        "help",
        "help",
        "Show every key that works here, and the query language",
        order=90,
    ),
    Command(
        "app.palette",
        "anywhere",
        "ctrl+p",
        "command_palette",
        "palette",
        "Find any action by name",
        order=99,
        palette=False,
        priority=True,
    ),
    Command("app.theme", "anywhere", "f2", "next_theme", "theme", "Change the theme: dark, light, high contrast"),
    Command("app.mouse", "anywhere", "f3", "toggle_mouse", "mouse", "Leave the mouse to the terminal, or take it back"),
    Command("app.suspend", "anywhere", "ctrl+z", "suspend_process", "suspend", "Go to the shell; `fg` comes back"),
    Command("app.quit", "anywhere", "q", "quit", "quit", "Leave the explorer"),
    Command(
        "app.quit_now",
        "anywhere",
        "ctrl+q",
        "quit",
        "quit",
        "Leave the explorer, from anywhere",
        palette=False,
        priority=True,
    ),
    # With priority, for then it is done before the next key is looked at: over a slow line "/quit" arrives at once, and
    # its q must not quit. It is off where text is typed.
    Command("log.filter", "type", "slash", "focus_filter", "filter", "Type a filter or query", order=1, priority=True),
    Command("log.detail", "log", "enter", "choose", "details", "Show the whole record", order=3),
    *RECORD_COMMANDS,
    *LOG_COMMANDS,
    Command("log.next_error", "logs", "e", "next_error", "next error", "Go to the next error below", order=5),
    Command("log.previous_error", "logs", "E", "previous_error", "previous error", "Go to the previous error above"),
    Command("log.up", "log", "up,k", "cursor_up", "up", "Cursor up", palette=False),
    Command("log.down", "log", "down,j", "cursor_down", "down", "Cursor down", palette=False),
    Command("log.page_up", "log", "pageup,ctrl+b", "page_up", "page up", "A page up", palette=False),
    Command("log.page_down", "log", "pagedown,ctrl+f", "page_down", "page down", "A page down", palette=False),
    Command("log.first", "log", "home,g", "first", "first", "Go to the first record"),
    Command("log.last", "log", "end,G", "last", "last", "Go to the last record; in Live, follow again"),
    Command("live.pause", "live", "space", "toggle_follow", "pause", "Pause or follow the newest records", order=2),
    Command("live.level", "live", "l", "choose_level", "level", "Choose the least level shown"),
    Command(
        "live.less", "live", "plus,equals_sign", "raise_level", "fewer", "Raise the least level shown: fewer records"
    ),
    Command("live.more", "live", "minus", "lower_level", "more", "Lower the least level shown: more records"),
    Command("live.level_1", "live", "exclamation_mark", "least_level('')", "all", "Show every level"),
    Command("live.level_2", "live", "at", "least_level('info')", "info", "Show info and above"),
    Command("live.level_3", "live", "number_sign", "least_level('warning')", "warning", "Show warning and above"),
    Command("live.level_4", "live", "dollar_sign", "least_level('error')", "error", "Show error and above"),
    Command("live.level_5", "live", "percent_sign", "least_level('critical')", "critical", "Show only critical"),
    Command("live.back", "live", "backspace", "filter_back", "back", "Take the last step of the filter back", order=8),
    Command("live.forward", "live", "shift+backspace,ctrl+y", "filter_forward", "forward", "Take that step again"),
    Command("live.service", "live", "s", "choose_service", "service", "Choose the service shown", order=7),
    Command(
        "live.clear", "live", "escape", "clear_filter", "clear", "Leave the filter; once more clears it", palette=False
    ),
    *SEARCH_COMMANDS,
    Command("typing.enter", "typing", "enter", "", "to the records", "Go to the records", order=1, palette=False),
    Command("typing.leave", "typing", "escape", "", "leave", "Leave the filter or query bar", order=2, palette=False),
    Command("help.close", "help", "escape,q,question_mark,f1", "close", "close", "Leave the help", palette=False),
    Command("menu.close", "menu", "escape,q", "close", "close", "Leave the menu", palette=False),
    Command("lines.up", "lines", "up,k", "cursor_up", "up", "Previous row", palette=False),
    Command("lines.down", "lines", "down,j", "cursor_down", "down", "Next row", palette=False),
    Command("lines.page_up", "lines", "pageup,ctrl+b", "page(-1)", "page up", "A page up", palette=False),
    Command("lines.page_down", "lines", "pagedown,ctrl+f", "page(1)", "page down", "A page down", palette=False),
    Command("lines.first", "lines", "home,g", "edge(-1)", "first", "First row", palette=False),
    Command("lines.last", "lines", "end,G", "edge(1)", "last", "Last row", palette=False),
    Command("lines.select", "lines", "enter", "select_row", "open", "Open what is under the cursor", palette=False),
    Command(
        "record.filter_for",
        "record",
        "enter",
        "filter_for",
        "filter for",
        "Filter for the value under the cursor",
        order=2,
    ),
    Command(
        "record.filter_out",
        "record",
        "minus",
        "filter_out",
        "filter out",
        "Filter the value under the cursor out",
        order=3,
    ),
    Command("record.copy", "record", "y", "copy", "copy", "Copy the value under the cursor, else the message", order=4),
    Command(
        "record.close",
        "record",
        "left",
        "fold(True)",
        "close",
        "Close the object or array under the cursor",
        palette=False,
    ),
    Command(
        "record.open",
        "record",
        "right",
        "fold(False)",
        "open",
        "Open the object or array under the cursor",
        palette=False,
    ),
    Command("record_screen.next", "record_screen", "n", "step(1)", "next", "The next record", order=5),
    Command("record_screen.previous", "record_screen", "p,N", "step(-1)", "previous", "The previous record", order=6),
    Command("record_screen.close", "record_screen", "escape,q,enter", "close", "close", "Back to the log", order=1),
    Command(
        "services.logs",
        "services",
        "l,enter",
        "show_logs",
        "its logs",
        "Show the logs of the service under the cursor",
        order=1,
    ),
    Command(
        "services.errors",
        "services",
        "o",
        "show_errors",
        "only errors",
        "Show only the errors of that service",
        order=5,
    ),
    Command("services.up", "services", "u", "up", "up", "Start that service and what it depends on", order=2),
    Command("services.down", "services", "d", "down", "down", "Stop that service and what depends on it", order=3),
    Command("services.restart", "services", "r", "restart", "restart", "Restart that service", order=4),
    Command(
        "diagnostics.evidence",
        "diagnostics",
        "enter",
        "evidence",
        "evidence",
        "Show what a finding is based on",
        order=1,
    ),
    Command(
        "diagnostics.fix",
        "diagnostics",
        "f",
        "fix",
        "fix",
        "Show what the offered fix will do; once more makes it",
        order=2,
    ),
    Command("diagnostics.run", "diagnostics", "r", "run_again", "run again", "Run every check again", order=3),
    Command(
        "diagnostics.records",
        "diagnostics",
        "l",
        "show_records",
        "its records",
        "Show the records a finding is about",
        order=4,
    ),
    Command(
        "diagnostics.services",
        "diagnostics",
        "s",
        "show_services",
        "services",
        "Show the services, with what each needs and its sources",
    ),
    Command(
        "diagnostics.report",
        "diagnostics",
        "w",
        "write_report",
        "report",
        "Write everything into a file fit for a bug report, secrets masked",
        order=5,
    ),
    Command(
        "diagnostics.span",
        "diagnostics",
        "t",
        "next_span",
        "hour, day, week",
        "Let the collector's curves look back an hour, a day or a week",
        order=7,
    ),
    Command(
        "diagnostics.leave_fix",
        "diagnostics",
        "escape",
        "leave_fix",
        "leave",
        "Leave the shown fix unmade",
        palette=False,
    ),
    Command(
        "diagnostics.integrity",
        "diagnostics",
        "i",
        "check_integrity",
        "integrity",
        "Run every check and let SQLite read the whole store for damage",
        order=6,
    ),
)


def commands_of(*places: str) -> list[Command]:
    """Return the commands of these places, in the order of the table."""
    return [command for command in COMMANDS if command.place in places]


def offered_in(*places: str) -> list[Command]:
    """Return the commands of these places without those whose key means something else in an earlier place."""
    found: dict[str, Command] = {}
    for place in places:
        for command in commands_of(place):
            key = command.keys.split(",")[0]
            if key not in found or not found[key].order:
                found[key] = command
    return list(found.values())


def bindings_of(place: str) -> list[Binding]:
    """Return the bindings of a place, with ids so that they can be remapped."""
    return [
        Binding(command.keys, command.action, command.hint, show=False, id=command.id, priority=command.priority)
        for command in COMMANDS
        if command.place == place
    ]


_KEY_NAMES = {
    "slash": "/",
    "question_mark": "?",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "exclamation_mark": "!",
    "at": "@",
    "number_sign": "#",
    "dollar_sign": "$",
    "percent_sign": "%",
    "full_stop": ".",
    "comma": ",",
    "asterisk": "*",
    "apostrophe": "'",
    "quotation_mark": '"',
    "colon": ":",
    "semicolon": ";",
    "vertical_line": "|",
    "tilde": "~",
    "underscore": "_",
}


def shown_keys(command: Command, keymap: Mapping[str, str], *, every: bool = False) -> str:
    """Return the keys of a command as a person reads them: the first one, or every one of them."""
    keys = [_KEY_NAMES.get(key, key) for key in keymap.get(command.id, command.keys).split(",")]
    return "  ".join(keys) if every else keys[0]
