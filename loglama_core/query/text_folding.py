"""What "any case" means: every character is folded to one character, for needles and for texts alike."""

from __future__ import annotations


class _Folding(dict[int, int]):
    """Code point -> folded code point, filled as characters are met."""

    def __missing__(self, code: int) -> int:
        character = chr(code)
        folded = character.casefold()
        if len(folded) != 1:
            folded = character.lower()
        if len(folded) != 1 or folded.isascii() != character.isascii():
            folded = character
        self[code] = ord(folded)
        return self[code]


_FOLDING = _Folding()


def fold(text: str) -> str:
    """Return ``text`` with Unicode's simple case folding, character by character, so positions stay the same.

    It is the folding of SQLite's trigram tokenizer with one difference: the Kelvin sign and the long s, which alone
    would fold to ASCII, stay: an ASCII needle means the same here and in SQLite's LIKE, which folds A-Z only.
    """
    return text.lower() if text.isascii() else text.translate(_FOLDING)
