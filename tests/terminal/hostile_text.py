"""Texts that attack a terminal, a markup reader or a person's eyes, as they stand in logs of the wild."""

from __future__ import annotations

ESCAPES = (
    "\x1b]52;c;aGFja2Vk\x07 writes the clipboard (OSC 52)",
    "\x1b]52;c;aGFja2Vk\x1b\\ and so with ST",
    "\x1b]0;owned\x07 sets the title",
    "\x1b[21t asks for the title (CVE-2003-0063)",
    "\x1b]50;?\x07 asks for the font (CVE-2022-45063)",
    "\x1bP$q q\x1b\\ DECRQSS (CVE-2008-2383)",
    "\x1b[2J\x1b[H clears the screen",
    "\x1b[?1049l\x1b[?25l leaves the alternate screen",
    "\x1b[6n asks where the cursor is",
    "\x1b[c asks who the terminal is",
    "\x1bc resets the terminal",
    "\x1b(0 line drawing",
    "\x1b]8;;http://evil.example/\x07click\x1b]8;;\x07 hyperlink",
    "\x1b]1337;File=inline=1:AAAA\x07 iTerm file",
    "\x1b_Gf=100;AAAA\x1b\\ kitty picture",
    "\x1b[31;5mblinking red\x1b[0m",
    "\x9b31m C1 CSI",
    "\x90 C1 DCS \x9c",
    "\x9d0;owned\x9c C1 OSC",
    "\x85 C1 next line",
    "\x05 enquiry \x07 bell \x08\x08\x08 backspace \x0e shift out",
    "first\rfake line",
    "\x00nul and \x7f del",
)
EYES = (
    "\u202egnp.exe right to left",
    "\u2066isolate\u2069 \u200emark\u200f \u061cletter mark",
    "\u2028line\u2029paragraph separator",
    "\ufeffbyte order mark",
    "zero\u200bwidth\u200djoiner",
    "tag \U000e0001\U000e0041\U000e007f characters",
    "zalgo " + "e" + "\u0301" * 10_000,
    "wide 日本語テスト 👨\u200d👩\u200d👧\u200d👦 end",
    "e\u0301 combining, ﷽ a very wide one, \U0001f1e9\U0001f1ea a flag",
)
MARKUP = (
    "[/] [/markup] closes",
    "[@click=app.quit]quit me[/]",
    "[@click=screen.dismiss]x[/]",
    "[bold red]bold[/bold red]",
    "[link=http://evil.example]link[/link]",
    "$error {0.__class__} %s %(name)s",
    "\\[escaped\\] \\",
    "[" * 200,
)
LINES = (
    "two\nlines [/]",
    'Traceback (most recent call last):\n  File "\x1b[2J.py", line 1, in [/x]\nOSError: \x1b]0;x\x07',
)
LONG = ("x" * 300_000, "日" * 100_000)
HOSTILE = (*ESCAPES, *EYES, *MARKUP, *LINES, *LONG)
