"""The forms of a stamp: the regular expression of each, its groups named after what they hold.

``y`` year, ``yy`` its last two digits, ``m`` month, ``b`` its English name, ``d`` day, ``j`` day of the year, ``w`` and
``wd`` week and its day, ``clock`` hour, minute and second, ``ap`` AM or PM, ``f`` fraction, ``ms`` and ``us`` number of
milliseconds and microseconds (not padded), ``z`` zone,
``bias`` minutes to add for UTC.
"""

from __future__ import annotations

import re
from functools import cache

MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
MONTHS |= {
    name: number
    for number, names in enumerate(("ene", "fév fev", "mär mrt", "abr avr", "mai mei", "juin", "juil", "aoû"), start=1)
    for name in names.split()
} | {"okt": 10, "dic": 12, "déc": 12, "dez": 12}
_DIGITS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
MONTHS |= {f"{digits}月": number for number, digits in enumerate(_DIGITS, start=1)}
"""Of English and of the names in other languages of Europe that begin otherwise."""

ZONE_MINUTES = {
    "Z": 0, "z": 0, "UTC": 0, "GMT": 0, "UT": 0, "WET": 0,
    "EST": -300, "EDT": -240, "CST": -360, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420,
    "AKST": -540, "AKDT": -480, "HST": -600, "AST": -240, "ADT": -180, "NST": -210, "NDT": -150, "BRT": -180,
    "BST": 60, "WEST": 60, "CET": 60, "CEST": 120, "EET": 120, "EEST": 180, "SAST": 120, "MSK": 180, "TRT": 180,
    "PKT": 300, "IST": 330, "SGT": 480, "HKT": 480, "AWST": 480, "JST": 540, "KST": 540,
    "ACST": 570, "ACDT": 630, "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780,
}  # fmt: skip
"""Names of zones -> minutes ahead of UTC. Of a name that means several, the one most servers stand in."""

ZONE = r"(?:Z|z|[+-]\d\d:?\d\d|[+-]\d\d|(?<=[CT])[+-]\d|[A-Z]{2,4})"
FRACTION = r"[.,]\d{1,9}"
CLOCK = r"\d\d:\d\d:\d\d"

_NAMES = "|".join(sorted(ZONE_MINUTES, key=lambda name: (-len(name), name)))
_CLOCK = rf"(?P<clock>{CLOCK})"
_LOOSE_CLOCK = r"(?P<clock>\d\d?:\d\d:\d\d)"
_MINUTE_CLOCK = r"(?P<clock>\d\d?:\d\d(?::\d\d)?)(?!:?\d)"
_F = r"(?:[.,](?P<f>\d{1,9}))?"
_B = (
    r"(?P<b>(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
    r"|mai|okt|dez|mär|mrt|mei|dic|déc|ene|abr|avr|aoû|juin|juil|fév|fev|[一二三四五六七八九十]{1,2}月)[a-z]{0,6})"
)
_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}"
_USUAL_NAMES = r"(?:UTC|GMT|BST|IST|JST|MSK|[CEW]ES?T|[CEMP][DS]T)(?![\w+-])"
_OFFSET = rf"(?: (?P<z>[+-]\d\d:?\d\d|{_USUAL_NAMES}))?"
_Z = (
    r"(?: ?(?:(?:UTC|GMT)(?=[+-]\d))?(?P<z>Z|z|[+-]\d\d:?\d\d|[+-]\d\d(?!\d)|(?<=[CT])[+-]\d(?!\d)|UTC|GMT)(?!\w|:\d))?"
)
_WHOLE_DAY = r"(?!(?:[.,]\d{1,9})? ?[AaPp][Mm]\b)"
_AP = r"(?P<ap>[AaPp]\.?[Mm]\b\.?|[上下]午|午[前後])"

FORMS: dict[str, str] = {
    "iso": rf"(?P<y>\d{{4}})[-/](?P<m>\d\d)[-/](?P<d>\d\d)[Tt _]{_CLOCK}"
    rf"(?:[.,](?P<f>\d{{1,9}})|:(?P<ms>\d{{3}})(?![\d:]))?(?!\d){_WHOLE_DAY}{_Z}",
    "iso_t": rf"(?P<y>\d{{4}})-(?P<m>\d\d)-(?P<d>\d\d)T{_CLOCK}{_F}(?!\d){_Z}",
    "iso_nanos": rf"(?P<y>\d{{4}})-(?P<m>\d\d)-(?P<d>\d\d) {_CLOCK}\.(?P<f>\d{{9}})(?!\d)",
    "iso_loose": rf"(?P<y>\d{{4}})[-/](?P<m>\d\d?)[-/](?P<d>\d\d?)[T ]{{1,2}}{_LOOSE_CLOCK}{_F}(?!\d){_WHOLE_DAY}{_Z}",
    "iso_named_zone": rf"(?P<y>\d{{4}})-(?P<m>\d\d)-(?P<d>\d\d) {_CLOCK}{_F} "
    rf"(?P<z>(?:{_NAMES})(?!\w|[+-]\d)|[+-]\d\d(?:\d\d)?(?![\d:]))",
    "iso_12_hours": rf"(?P<y>\d{{4}})[-/](?P<m>\d\d)[-/](?P<d>\d\d)[T ]{_LOOSE_CLOCK}{_F} {_AP}(?: (?P<z>{_NAMES}))?",
    "syslog": rf"{_B} {{1,2}}(?P<d>\d\d?) (?:(?P<y>\d{{4}}) )?{_CLOCK}{_F}",
    "apache": rf"(?P<d>\d\d)/{_B}\.?/(?P<y>\d{{4}})[: ]{_CLOCK}{_F}{_OFFSET}",
    "ctime": rf"{_DAY},? {_B} {{1,2}}(?P<d>\d\d?) {_CLOCK}(?:[.,:](?P<f>\d{{1,9}}))?"
    rf"(?: (?P<z>[A-Z]{{2,4}}|[+-]\d{{4}}))? (?P<y>\d{{4}})",
    "ctime_offset": rf"{_DAY} {_B} {{1,2}}(?P<d>\d\d?) {_CLOCK} (?P<y>\d{{4}}) (?P<z>[+-]\d\d:?\d\d)",
    "weekday": rf"{_DAY},? {_B} {{1,2}}(?P<d>\d\d?) {_CLOCK}{_F}(?!(?: [A-Z]{{2,5}}| [+-]\d{{4}})? (?:19|20)\d\d)",
    "ctime_bare": rf"{_B} {{1,2}}(?P<d>\d\d?) {_CLOCK}{_F} (?P<y>(?:19|20)\d\d)(?![\d:])",
    "day_month": rf"(?:{_DAY},? )?(?P<d>\d\d?)(?:[-/]|\.? ){_B}(?:[- /](?P<y>\d{{4}}))?(?:[ T]|::?){_CLOCK}{_F}"
    rf"(?: {_AP})?(?: (?P<z>[+-]\d\d:?\d\d|(?:{_NAMES})(?!\w)))?",
    "month_day_year": rf"(?:{_DAY},? )?{_B} (?P<d>\d\d?),? (?P<y>\d{{4}}),?(?: @)? {{1,2}}{_LOOSE_CLOCK}{_F}"
    rf"(?:[ \u202f]{_AP})?(?: (?:GMT(?=[+-]))?(?P<z>[+-]\d{{4}}|{_USUAL_NAMES}))?"
    r"(?: \([A-Z][a-z]{1,20}(?: [A-Z][a-z]{1,12}){1,4}\))?",
    "short_year": rf"(?P<yy>\d\d)[/-](?P<m>\d\d)[/-](?P<d>\d\d) {_CLOCK}{_F}",
    "month_first": rf"(?P<m>\d\d?)/(?P<d>\d\d?)/(?P<y>\d{{4}})(?:,? {{1,2}}| ?- ?|:){_MINUTE_CLOCK}{_F}"
    rf"(?:[ \u202f]?{_AP})?{_Z}",
    "month_first_short": rf"(?P<m>\d\d)[-/](?P<d>\d\d)[-/](?P<yy>\d\d)[ ,]{_CLOCK}{_F}",
    "day_first": rf"(?P<d>\d\d)[.-](?P<m>\d\d)[.-](?P<y>\d{{4}})[, T-] ?{_MINUTE_CLOCK}{_F}{_Z}",
    "compact": r"(?P<yy>\d\d)(?P<m>\d\d)(?P<d>\d\d) {1,2}(?P<clock>\d{6}(?!\d)|[ \d]?\d:\d\d:\d\d)"
    rf"{_F}(?!\d)",
    "basic": r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)[-T .:_](?P<clock>\d{6}(?!\d)|\d\d?:\d\d?:\d\d?(?!\d))"
    rf"(?:[.,](?P<f>\d{{1,9}})|:(?P<ms>\d{{1,3}})(?!\d))?{_Z}",
    "day_of_year": rf"(?P<y>\d{{4}})[-/](?P<j>\d{{3}})[T :/]{_CLOCK}{_F}{_Z}",
    "dotted": r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)-(?P<clock>\d\d\.\d\d\.\d\d)(?:\.(?P<f>\d{1,9}))?",
    "dotted_date": rf"(?P<y>\d{{4}})\.(?P<m>\d\d)\.(?P<d>\d\d)[ T-]{_CLOCK}"
    rf"(?:[.,](?P<f>\d{{1,9}})|:(?P<ms>\d{{3}})(?!\d))?{_Z}",
    "iso_columns": rf"(?P<y>\d{{4}})[-/](?P<m>\d\d)[-/](?P<d>\d\d)[,:;|\t]{_CLOCK}"
    rf"(?:(?:\.|(?<!,\d\d:\d\d:\d\d),)(?P<f>\d{{1,9}}))?{_Z}",
    "month_first_columns": rf"(?P<m>\d\d?)/(?P<d>\d\d?)/(?P<y>\d{{4}}),{_LOOSE_CLOCK}(?:\.(?P<f>\d{{1,9}}))?",
    "syslog_zone": rf"{_B} {{1,2}}(?P<d>\d\d?) (?:(?P<y>\d{{4}}) )?{_CLOCK}{_F}"
    rf"(?:(?: |(?=[+-]\d{{4}}))(?P<z>[+-]\d\d:?\d\d(?!\d)|{_USUAL_NAMES}|(?:{_NAMES})(?=:)))?",
    "year_month_name": rf"(?P<y>\d{{4}}) {_B} {{1,2}}(?P<d>\d\d?) {_CLOCK}{_F}(?: (?P<z>{_USUAL_NAMES}))?",
    "month_name_dashes": rf"{_B}-(?P<d>\d\d)-(?:(?P<y>\d{{4}})|(?P<yy>\d\d)) {_CLOCK}{_F}",
    "colons": rf"(?P<y>\d{{4}}):(?P<m>\d\d):(?P<d>\d\d)[- T]{_CLOCK}{_F}",
    "iso_month_name": rf"(?P<y>\d{{4}})-{_B}-(?P<d>\d\d)[ T]{_CLOCK}{_F}{_Z}",
    "month_first_comma": rf"(?P<m>\d\d)/(?P<d>\d\d)/(?P<yy>\d\d), {_CLOCK}(?::(?P<ms>\d{{3}}))?",
    "iso_minute_12": r"(?P<y>\d{4})[-/](?P<m>\d\d)[-/](?P<d>\d\d) (?P<clock>\d\d?:\d\d)(?P<ap>[AP]M)(?!\w)",
    "iso_bar": rf"(?P<y>\d{{4}})[-/](?P<m>\d\d)[-/](?P<d>\d\d)[|-]{_CLOCK}{_F}(?!\d)",
    "date_command": rf"{_DAY},? {{1,2}}(?P<d>\d\d?) {_B} {_CLOCK} (?P<z>[A-Z]{{2,4}}) (?P<y>\d{{4}})",
    "date_command_12": rf"{_DAY},? (?P<d>\d\d?) {_B} (?P<y>\d{{4}}) {_LOOSE_CLOCK} {_AP}(?: (?P<z>[A-Z]{{2,4}}))?",
    "clock_12": r"(?P<clock>\d\d?:\d\d:\d\d) (?P<ap>[AP]M)(?!\w)",
    "month_day_fraction": rf"(?P<m>\d\d)[-/](?P<d>\d\d)[ |]{_CLOCK}[.,](?P<f>\d{{3,9}})(?!\d)",
    "month_name_day": rf"{_B}-(?P<d>\d\d) {_CLOCK}{_F}",
    "split": rf"(?P<y>\d{{4}})[-/](?P<m>\d\d)[-/](?P<d>\d\d)(?: - |\]\[|\t){_CLOCK}"
    r"(?:[.,](?P<f>\d{1,9})|:(?P<ms>\d{3}))?",
    "month_day": rf"(?P<m>\d\d)[-/.](?P<d>\d\d)[ |]{_CLOCK}{_F}(?!\d)",
    "iso_comma": rf"(?P<y>\d{{4}})-(?P<m>\d\d)-(?P<d>\d\d), {_CLOCK}{_F}(?: (?P<z>[A-Z]{{2,4}}|[+-]\d\d:?\d\d))?",
    "day_first_dashes": rf"(?P<d>\d\d?)/(?P<m>\d\d?)/(?P<y>\d{{4}}) -- {_CLOCK}{_F}",
    "short_year_dash": rf"(?P<yy>\d\d)/(?P<m>\d\d)/(?P<d>\d\d)-{_CLOCK}{_F}",
    "day_month_minute": rf"(?P<d>\d\d)-{_B}(?:-(?P<y>\d{{4}}))? (?P<clock>\d\d:\d\d)(?!:)",
    "cmtrace": rf"{_CLOCK}(?:\.(?P<f>\d{{1,9}}))?(?P<bias>[+-]\d{{1,3}})?\" date=\""
    r"(?P<m>\d\d?)-(?P<d>\d\d?)-(?P<y>\d{4})",
    "minio": rf"{_CLOCK} (?P<z>[A-Z]{{2,4}}|[+-]\d\d(?:\d\d)?) (?P<m>\d\d)/(?P<d>\d\d)/(?P<y>\d{{4}})",
    "month_first_dashes": rf"(?P<m>\d\d)-(?P<d>\d\d)-(?P<y>\d{{4}}) {_CLOCK}{_F}{_Z}",
    "clock_ms": rf"{_CLOCK}:(?P<ms>\d{{3}})(?![\d:])",
    "sap": rf"(?P<y>\d{{4}}) (?P<m>\d\d) (?P<d>\d\d) {_CLOCK}:(?P<f>\d{{3}})#(?P<z>[+-]\d{{4}})",
    "day_first_short": rf"(?P<d>\d\d)\.(?P<m>\d\d)\.(?P<yy>\d\d),? {_CLOCK}{_F}",
    "iso_minute": rf"(?P<y>\d{{4}})[-/](?P<m>\d\d)[-/](?P<d>\d\d)[T ](?P<clock>\d\d:\d\d)(?![:\d]){_Z}",
    "iso_odd_clock": r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)[T _-](?P<clock>\d\d[.-]\d\d[.-]\d\d|\d{6})(?!\d)"
    rf"{_F}{_Z}",
    "day_month_short": rf"(?P<d>\d\d?)-{_B}-(?P<yy>\d\d),? (?P<clock>\d\d?[:.]\d\d[:.]\d\d){_F}(?: {_AP})?",
    "month_first_half_days": r"(?P<m>\d\d?)/(?P<d>\d\d?)/(?P<yy>\d\d),? {1,2}(?P<clock>\d\d?:\d\d(?::\d\d)?)"
    rf"{_F}[ \u202f]{_AP}",
    "east_asian": rf"(?P<y>\d{{4}})年(?P<m>\d\d?)月(?P<d>\d\d?)日 ?{_LOOSE_CLOCK}{_F}",
    "month_day_dash": rf"(?P<m>\d\d)/(?P<d>\d\d)-{_CLOCK}{_F}",
    "digits": r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)(?P<clock>\d{6})(?:[.,]?(?P<f>\d{3}|\d{6}))?(?!\d)",
    "glog": rf"(?P<y>\d{{4}})?(?P<m>\d\d?)(?P<d>\d\d) {_CLOCK}{_F}(?!\d)",
    "chromium": r"(?P<m>\d\d)(?P<d>\d\d)/(?P<clock>\d{6})(?:\.(?P<f>\d{1,9}))?",
    "unreal": r"(?P<y>\d{4})\.(?P<m>\d\d)\.(?P<d>\d\d)-(?P<clock>\d\d\.\d\d\.\d\d):(?P<f>\d{3})",
    "websphere": r"(?P<m>\d\d?)/(?P<d>\d\d?)/(?P<yy>\d\d),? (?P<clock>\d\d?:\d\d:\d\d):(?P<f>\d{3})",
    "clock": rf"{_CLOCK}{_F}(?![\d:])(?: ?{_AP})?(?: (?P<z>UTC|GMT)(?!\w))?",
    "kitchen": r"(?P<clock>\d\d?:\d\d)(?P<ap>[AP]M)",
    "iso_week": rf"(?P<y>\d{{4}})-?W(?P<w>\d\d)-?(?P<wd>[1-7])[T ]{_CLOCK}{_F}{_Z}",
    "weekday_iso": rf"{_DAY} (?P<y>\d{{4}})-(?P<m>\d\d)-(?P<d>\d\d) {_CLOCK}{_F} (?P<z>[A-Z]{{2,5}}|[+-]\d\d(?:\d\d)?)",
    "zone_first": rf"(?P<z>[A-Z]{{3,4}}) {_B} {{1,2}}(?P<d>\d\d?) {_CLOCK}",
    "day_month_joined": rf"(?P<d>\d\d){_B}(?P<y>\d{{4}}) {_CLOCK}{_F}",
    "month_name_slash": rf"{_B}/(?P<d>\d\d)/(?P<y>\d{{4}}) {_CLOCK}",
    "short_year_dashes": rf"(?P<yy>\d\d)-(?P<m>\d\d)-(?P<d>\d\d) {_CLOCK}",
    "short_year_dashes_fraction": rf"(?P<yy>\d\d)-(?P<m>\d\d)-(?P<d>\d\d) {_CLOCK}{_F}",
    "month_day_minute": r"(?P<m>\d\d)-(?P<d>\d\d) (?P<clock>\d\d:\d\d)(?!:)",
    "kernel_minute": rf"{_B} {{1,2}}(?P<d>\d\d?) (?P<clock>\d\d:\d\d)(?!:)",
    "db2": r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)-(?P<clock>\d\d\.\d\d\.\d\d)\.(?P<f>\d{6})(?P<z>[+-]\d{3})",
    "ctime_us": rf"{_DAY} {_B} {{1,2}}(?P<d>\d\d?) {_CLOCK} (?P<y>\d{{4}}) us=(?P<us>\d{{1,6}})(?!\d)",
    "iso_us": rf"(?P<y>\d{{4}})-(?P<m>\d\d)-(?P<d>\d\d) {_CLOCK} us=(?P<us>\d{{1,6}})(?!\d)",
    "tai64n": r"@[0-9a-f]{24}(?![0-9a-f])",
    "hex_epoch": r"[4-7][0-9a-f]{7}(?:\.[0-9a-f]{8}|\.[0-9a-f]{5})?(?![0-9a-f])",
    "epoch_exponent": r"\d\.\d{5,18}e\+?0?9",
    "epoch": r"\d{10}(?:\.\d{1,9}|\d{3}|\d{6}|\d{9})?(?![\d.])",
}
"""Form of a stamp -> the regular expression it is found with. The names are those a catalog format uses."""

_ANY_ORDER = (
    "iso_12_hours", "iso_named_zone", "iso", "iso_loose", "day_of_year", "dotted", "dotted_date", "split", "apache",
    "ctime", "day_month", "month_day_year", "month_first", "day_first", "short_year", "syslog", "month_name_day",
    "basic", "compact", "epoch", "tai64n",
)  # fmt: skip

STAMP_PATTERNS: dict[str, str] = {name: re.sub(r"\(\?P<\w+>", "(?:", pattern) for name, pattern in FORMS.items()}
"""The same without names, to be put into the pattern of a line; ``any`` is any of them, at three times the cost."""
STAMP_PATTERNS["any"] = f"(?:{'|'.join(STAMP_PATTERNS[name] for name in _ANY_ORDER)})"


_LEADING_DIGITS: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("iso", "iso_loose", "iso_named_zone", "iso_12_hours", "iso_comma", "iso_week", "iso_us"), (4,)),
    **dict.fromkeys(("iso_t", "iso_nanos"), (4,)),
    **dict.fromkeys(("iso_minute", "iso_odd_clock"), (4,)),
    **dict.fromkeys(("day_of_year", "dotted", "dotted_date", "split", "db2", "unreal"), (4,)),
    **dict.fromkeys(("apache", "short_year", "month_first_short", "day_first", "month_day", "short_year_dashes"), (2,)),
    **dict.fromkeys(("short_year_dash", "cmtrace", "minio", "day_month_minute"), (2,)),
    **dict.fromkeys(("month_first_dashes", "clock_ms", "day_first_short"), (2,)),
    **dict.fromkeys(("month_day_dash", "month_day_minute", "day_month_joined", "clock"), (2,)),
    **dict.fromkeys(("month_first_half_days", "day_month_short"), (1, 2)),
    **dict.fromkeys(("month_first", "day_first_dashes", "websphere", "kitchen"), (1, 2)),
    "compact": (6,), "basic": (8,), "epoch_exponent": (1,),
}  # fmt: skip
"""How many digits a stamp of a form begins with: looked at before its expression is compiled, at 0.5 ms each."""


def may_be(name: str, text: str, at: int) -> bool:
    """Return whether a stamp of a form may stand in ``text`` from ``at`` on, by how many digits do."""
    expected = _LEADING_DIGITS.get(name)
    if expected is None:
        return True
    end = at
    while text[end : end + 1].isdecimal() and end < at + 9:
        end += 1
    return end - at in expected


@cache
def form(name: str) -> re.Pattern[str]:
    """Return the compiled expression of a form."""
    return re.compile(FORMS[name], re.ASCII)
