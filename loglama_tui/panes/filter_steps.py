"""The way a log was narrowed, step by step, so that each step can be taken back."""

from __future__ import annotations

from typing import Generic, TypeVar

Step = TypeVar("Step")
"""Whatever tells one state of a filter from another: it is only compared."""
_MOST_STEPS = 200


class FilterSteps(Generic[Step]):
    """Where a filter stands and where it came from. A text that is being typed is one step, however often it runs."""

    def __init__(self, first: Step) -> None:
        self._steps = [first]
        self._undone: list[Step] = []
        self._typing = False

    @property
    def now(self) -> Step:
        """The step shown."""
        return self._steps[-1]

    def go(self, step: Step, *, typing: bool = False) -> bool:
        """Come to a step; tells whether it is another one."""
        changed = step != self.now
        if changed:
            self._undone.clear()
            if typing and self._typing:
                self._steps[-1] = step
            else:
                self._steps.append(step)
                del self._steps[:-_MOST_STEPS]
        self._typing = typing
        return changed

    def back(self) -> Step | None:
        """Take the last step back; ``None`` at the first one."""
        if len(self._steps) < 2:
            return None
        self._undone.append(self._steps.pop())
        self._typing = False
        return self.now

    def forward(self) -> Step | None:
        """Take again the step that was taken back last; ``None`` when there is none."""
        if not self._undone:
            return None
        self._steps.append(self._undone.pop())
        return self.now
