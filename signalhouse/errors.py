"""The failures a person is told about: what happened, where, and what to do next."""

from __future__ import annotations

from typing import ClassVar


class SignalhouseError(Exception):
    """A failure with a message for people.

    `what` is one sentence, `where` names a file and line, a model or an expectation with its keys
    (several lines are fine), `next_step` is a command or an action. None of them carries personal data. `run_id` is set when
    the failure was noted in a run record.
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, what: str, *, where: str = "", next_step: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.next_step = next_step
        self.run_id: str | None = None

    def __str__(self) -> str:
        lines = [self.what]
        lines += [f"  {line}" for line in self.where.splitlines()]
        lines += [f"  next: {line}" for line in self.next_step.splitlines()]
        return "\n".join(lines)


class AuditRefused(SignalhouseError):
    """The audit found a critical failure: nothing was published."""

    exit_code = 1


class UsageError(SignalhouseError):
    """The command or its configuration is wrong; running it again without a change fails again."""

    exit_code = 2


class BuildFailed(SignalhouseError):
    """Landing, dbt or publishing stopped; the last release stays."""

    exit_code = 3


class LockHeld(SignalhouseError):
    """Another refresh, or a tool that keeps a database file open, is in the way."""

    exit_code = 4
