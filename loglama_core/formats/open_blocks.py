"""Records of several lines that no line's own layout tells: which lines belong to a block, by how it begins."""

from __future__ import annotations

import re
from functools import cache

from loglama_core.formats.levels import SEVERITY_BY_WORD
from loglama_core.formats.stamp_forms import STAMP_PATTERNS
from loglama_core.formats.timestamps import StampReader
from loglama_core.model import ParsedRecord, RecordFlag

_UNPARSED = int(RecordFlag.UNPARSED)
CMTRACE = "<![LOG["
CMTRACE_END = "]LOG]!>"
SETUP_SECTION = ">>>  ["
MINIO = "API: "
_MINIO_LABELS = (
    "Time: ", "DeploymentID: ", "RequestID: ", "RemoteHost: ", "Host: ", "UserAgent: ", "Error: ", "Trace: ",
)  # fmt: skip
_PLACE_BEGINS = ("/", "node:", "file:///")
_END_OF_NODE = "Node.js v"
_MOST_OF_PLACE = 1_000
_DART_HEAD = "Unhandled exception:"
_SANITIZER_RULE = "=" * 60
_SWIFT_STACK = "Current stack trace:"
_STACK_HEADS = frozenset({"stack traceback:", "stack backtrace:", "CallStack (from HasCallStack):", _SWIFT_STACK})
_FIRST_OF_STACK = frozenset("sCEA+0123456789")


@cache
def _setup_line() -> re.Pattern[str]:
    return re.compile(r">>>  Section |<<<  |!{1,3} {1,4}[A-Za-z. ]{1,8}:", re.ASCII)


def is_place(text: str) -> bool:
    """Return whether a line is a place in a source of JavaScript and no more: so begins what Node says of an end."""
    if not (text.startswith(_PLACE_BEGINS) or text[1:3] == ":\\") or len(text) > _MOST_OF_PLACE:
        return False
    path, _, line = text.rpartition(":")
    return len(path) > 1 and line.isdecimal() and " (" not in path


def is_rust_panic(text: str) -> bool:
    """Return whether a line is the head of a panic of Rust, whose text stands below it."""
    return text.startswith("thread '") and "' panicked at " in text and text.endswith(":")


def continues_block(begin: str, more: list[str], text: str) -> bool:
    """Return whether ``text`` belongs to the block that ``begin`` begins and ``more`` goes on with."""
    if begin.startswith(CMTRACE):
        return CMTRACE_END not in (more[-1] if more else begin)
    if begin.startswith(SETUP_SECTION):
        return _setup_line().match(text) is not None
    if begin.startswith(MINIO):
        return text.startswith(_MINIO_LABELS)
    if begin.startswith("thread '"):
        return (not more and is_rust_panic(begin)) or text == "stack backtrace:"
    if begin == _DART_HEAD and not more:
        return True
    if begin.startswith(_SANITIZER_RULE) or _is_sanitizer_error(begin):
        return _continues_sanitizer(begin, more, text)
    if is_place(begin) and _continues_end_of_node(more, text):
        return True
    return text[0] in _FIRST_OF_STACK and _continues_stack(begin, more, text)


def _continues_stack(begin: str, more: list[str], text: str) -> bool:
    """Tell the head of a stack of Lua, Haskell or Swift, what PowerShell and R print below an error."""
    if text in _STACK_HEADS:
        return True
    if begin.startswith("Error") and text.startswith(("Calls: ", "Execution halted")):
        return True
    if _powershell_place().match(text) is not None:
        return True
    if text.startswith("+ "):
        return bool(more) and more[0].startswith("At ")
    return _SWIFT_STACK in more and _swift_frame().match(text) is not None


def _is_sanitizer_error(text: str) -> bool:
    return text.startswith("==") and re.match(r"==\d{1,10}==ERROR: ", text) is not None


def _continues_sanitizer(begin: str, more: list[str], text: str) -> bool:
    """Tell the lines of a report of a sanitizer of LLVM, up to its last; a line of equal signs may stand before it."""
    if not more and not _is_sanitizer_error(begin):
        return _is_sanitizer_error(text)
    last = more[-1] if more else ""
    if last.startswith("SUMMARY: "):
        return text.startswith(("==", "Shadow byte", "=>0x"))
    return not (last.startswith("==") and last.endswith("==ABORTING"))


@cache
def _powershell_place() -> re.Pattern[str]:
    return re.compile(r"At (?:line|\S{1,300}):\d{1,7} char:\d{1,5}$", re.ASCII)


@cache
def _swift_frame() -> re.Pattern[str]:
    return re.compile(r"\d{1,4} {1,8}\S{1,200} {1,60}0x[0-9a-f]{1,16} ", re.ASCII)


def _continues_end_of_node(more: list[str], text: str) -> bool:
    """Tell the line of the source, the carets below it, the error, and Node's version after its stack."""
    if not more:
        return True
    written = [line for line in more if line.strip()]
    if len(written) == 1 or not _are_carets(written[1]):
        return len(written) == 1 and _are_carets(text)
    return len(written) == 2 or text.startswith((_END_OF_NODE, "Thrown at:"))


def _are_carets(line: str) -> bool:
    return line.strip(" \t^") == "" and "^" in line


def read_open_block(parsed: ParsedRecord, stamps: StampReader) -> ParsedRecord:
    """Return a record of several lines with the time and the level that its lines tell, if it is such a block."""
    message = parsed[4]
    if message.startswith(CMTRACE):
        return _read_cmtrace(parsed, stamps)
    if message.startswith(SETUP_SECTION) and (start := _section_start().search(message)) is not None:
        return stamps.iso(start[1]), _setup_severity(message), *parsed[2:6], parsed[6] & ~_UNPARSED
    if message.startswith(MINIO) and (stated := _minio_time().match(message)) is not None:
        severity = SEVERITY_BY_WORD["error"] if "\nError: " in message else 0
        return stamps.reader("minio")(stated[1]), severity, *parsed[2:6], parsed[6] & ~_UNPARSED
    if parsed[6] & _UNPARSED and is_place(message.partition("\n")[0]) and "^\n" in message:
        return parsed[0], SEVERITY_BY_WORD["error"], *parsed[2:6], parsed[6] & ~_UNPARSED
    return parsed


def _read_cmtrace(parsed: ParsedRecord, stamps: StampReader) -> ParsedRecord:
    text, _, rest = parsed[4][len(CMTRACE) :].rpartition(CMTRACE_END)
    found = _cmtrace_rest().match(rest)
    if found is None:
        return parsed
    severity = (9, 9, 13, 17)[int(found["type"])]
    time_ns = stamps.reader("cmtrace")(found["time"])
    return time_ns, severity, parsed[2], found["component"] or None, text.strip("\n"), None, parsed[6] & ~_UNPARSED


def _setup_severity(message: str) -> int:
    """Return what Windows' setup marks its lines with: ``!!!`` an error, ``!`` a warning."""
    if "\n!!!" in message or "[Exit status: FAILURE" in message:
        return SEVERITY_BY_WORD["error"]
    return SEVERITY_BY_WORD["warning" if "\n!" in message else "info"]


@cache
def _section_start() -> re.Pattern[str]:
    return re.compile(rf"^>>>  Section start ({STAMP_PATTERNS['iso']})", re.ASCII | re.MULTILINE)


@cache
def _minio_time() -> re.Pattern[str]:
    return re.compile(rf"API: [^\n]{{0,1024}}\nTime: ({STAMP_PATTERNS['minio']})", re.ASCII)


@cache
def _cmtrace_rest() -> re.Pattern[str]:
    return re.compile(
        rf'<time="(?P<time>{STAMP_PATTERNS["cmtrace"]})" component="(?P<component>[^"]{{0,128}})"'
        r'(?: \w{1,16}="[^"]{0,256}"){0,4}? type="(?P<type>[0-3])"',
        re.ASCII,
    )
