"""Many records in one JSON text: an array, over one line or several, or an object that does nothing but hold one."""

from __future__ import annotations

from loglama_core.formats.json_envelopes import JsonObject

_HOLDERS = ("Records", "records", "logEvents", "events", "logs", "entries")
"""Under which AWS' trail and its log groups, Azure and Google deliver their records."""
_BRACKETS = frozenset((b"[", b"]"))


def element(line: bytes) -> bytes:
    """Return what a line holds of an array whose elements stand on lines of their own, nothing for its brackets.

    The first and the last may stand beside a bracket.
    """
    content = line.strip(b" \t,")
    if content.startswith(b"[{") and content.endswith(b"}"):
        return content[1:]
    if content.startswith(b"{") and content.endswith(b"}]"):
        return content[:-1]
    return b"" if content in _BRACKETS else content


def held_records(holder: JsonObject) -> list[JsonObject] | None:
    """Return the objects that ``holder`` is made for, each with its texts; ``None`` if it holds other things too."""
    for name in _HOLDERS:
        held = holder.get(name)
        if type(held) is list and held and all(type(each) is dict for each in held):
            beside = {key: value for key, value in holder.items() if key != name}
            if any(type(value) in {dict, list} and key != "subscriptionFilters" for key, value in beside.items()):
                return None
            return [beside | (_event_of_log_group(each, holder) if name == "logEvents" else each) for each in held]
    return None


def _event_of_log_group(event: JsonObject, holder: JsonObject) -> JsonObject:
    """Return an event of CloudWatch as a container engine would have written it: a line, its stream and its time."""
    if type(event.get("message")) is not str or "timestamp" not in event:
        return event
    named = {"message": "log", "timestamp": "time"}
    return {named.get(key, key): value for key, value in event.items()} | {"stream": holder.get("logStream")}
