"""A verdict as people and programs read it: the rows in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from pantau.operations.release.verdict import Action, Status, Verdict
from pantau.operations.release.words import (
    Say,
    ShowNumber,
    action_words,
    metric_names,
    plain_number,
    sayings,
    sentence,
    status_words,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """One row of the matrix in words."""

    metric: str
    name: str
    status: Status
    status_word: str
    action: Action
    target: str
    measured: str
    advice: Sequence[str]


def shown_rows(
    verdict: Verdict, say: Say = str, number: ShowNumber = plain_number
) -> list[ShownRow]:
    """Return the rows in a reader's language; `say` translates, `number` writes numbers."""
    names, words, statuses = metric_names(say), sayings(say), status_words(say)
    return [
        ShownRow(
            metric=row.metric,
            name=names.get(row.metric, row.metric),
            status=row.status,
            status_word=statuses[row.status],
            action=row.action,
            target=sentence(row.target, words, number),
            measured=sentence(row.measured, words, number),
            advice=[sentence(each, words, number) for each in row.advice],
        )
        for row in verdict.rows
    ]


def conclusion(verdict: Verdict, say: Say = str) -> str:
    """Return what the whole comes to, in a sentence."""
    return action_words(say)[verdict.action]
