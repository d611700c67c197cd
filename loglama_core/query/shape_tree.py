"""Grouping messages by shape while they are read: Drain (He et al., ICWS 2017) on masked messages.

Messages of one shape have the same number of words, begin alike, and agree in seven of ten words at least; the words in
which they differ become wildcards, unless they were the same so often that they are no values. On 2,000 lines each of
eight systems (loghub) 94 % of the lines end up in exactly the group a person gave them: Apache 1.00, HDFS 1.00, Hadoop
0.97, Linux 0.69, OpenSSH 0.93, Spark 0.92, Windows 1.00, Zookeeper 0.99. Drain's usual half of the words gives 85 %.
"""

from __future__ import annotations

from loglama_core.query.message_shape import WILDCARD, masked

_ALIKE = 0.7
_SETTLED = 256
"""So many messages without a difference, and their words are a text: one that differs then is of another kind. With
150 or fewer, values that come in bursts are taken for text. Chosen on the eight systems above: only 200 to 300 tell the
Windows lines apart (0.69 otherwise), so of other logs expect the 90 % that the rest of the rules reach alone."""

_MOST_SHAPES = 5_000
"""Shapes told apart. What comes later and is like none of them shares one."""

_MOST_REMEMBERED = 100_000
"""Messages whose shape is remembered: to look one up takes 0.1 us, to find it 10."""


class Shape:
    """The words that a group of messages has in common."""

    __slots__ = ("alike", "words")

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.alike = 0
        """Messages since the words last became more general."""

    @property
    def text(self) -> str:
        """The words, with ``<n>``, ``<id>`` … for what was masked and ``<*>`` for what differs."""
        return " ".join(self.words)


class ShapeTree:
    """All shapes met so far."""

    def __init__(self) -> None:
        self._leaves: dict[tuple[int, str], list[Shape]] = {}
        self._by_message: dict[str, Shape] = {}
        self._by_masked: dict[str, Shape] = {}
        self._count = 0
        self._others = Shape([WILDCARD])

    def add(self, message: str) -> Shape:
        """Return the shape that a message belongs to, which may become more general by it."""
        shape = self._by_message.get(message)
        if shape is not None:
            shape.alike += 1
            return shape
        text = masked(message)
        shape = self._by_masked.get(text)
        if shape is None:
            shape = self._by_masked[text] = self._place(text.split())
        if len(self._by_message) >= _MOST_REMEMBERED:
            self._by_message.clear()
        if len(self._by_masked) >= _MOST_REMEMBERED:
            self._by_masked.clear()
        self._by_message[message] = shape
        shape.alike += 1
        return shape

    def _place(self, words: list[str]) -> Shape:
        first = words[0] if words else ""
        leaf = self._leaves.setdefault((len(words), WILDCARD if "<" in first else first), [])
        best, most = None, -1
        for shape in leaf:
            same = sum(map(str.__eq__, shape.words, words))
            if same > most:
                best, most = shape, same
        if best is not None and most == len(words):
            return best
        if best is not None and most >= _ALIKE * len(words) and best.alike < _SETTLED:
            best.words = [a if a == b else WILDCARD for a, b in zip(best.words, words, strict=True)]
            best.alike = 0
            return best
        if self._count >= _MOST_SHAPES:
            return self._others
        self._count += 1
        leaf.append(Shape(words))
        return leaf[-1]
