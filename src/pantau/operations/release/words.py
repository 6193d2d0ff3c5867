"""What verdicts say, whole sentences in the reader's language."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from pantau.operations.release.verdict import Action, Saying, Status

Say: TypeAlias = Callable[[str], str]
ShowNumber: TypeAlias = Callable[[float], str]


def plain_number(number: float) -> str:
    """Return a number as English writes it, with no more digits than mean anything."""
    if abs(number) >= 100 or float(number).is_integer():
        return f"{number:.0f}"
    return f"{number:.1f}" if abs(number) >= 10 else f"{number:.2f}".rstrip("0").rstrip(".")


def sentence(saying: Saying, words: Mapping[str, str], number: ShowNumber = plain_number) -> str:
    """Return a saying as people read it; of a release that says other things, its name."""
    pattern = words.get(saying.code)
    if pattern is None:
        return saying.code
    shown = {
        name: fact if isinstance(fact, str) else number(fact) for name, fact in saying.facts.items()
    }
    try:
        return pattern % shown
    except KeyError:
        return saying.code


def metric_names(_: Say) -> Mapping[str, str]:
    """Return what the rows are called."""
    return {
        "starts": _("The hub starts"),
        "build": _("The right build runs"),
        "stable": _("Nothing crashes"),
        "critical": _("Critical errors"),
        "errors": _("Share of requests that failed"),
        "refused": _("Share of requests that were refused"),
        "sign_ins": _("Whoever could sign in still can"),
        "hits": _("Answers that were ready in the cache"),
        "repeated": _("The cache answers at once"),
        "pool": _("Waits for a database connection"),
        "time.list": _("Time of the camera list"),
        "time.stream": _("Time of a stream's address"),
        "time.login": _("Time of signing in"),
        "time.playlist": _("Time of a live playlist"),
    }


def status_words(_: Say) -> Mapping[Status, str]:
    """Return how a row stands, in a word."""
    return {
        Status.OK: _("Good"),
        Status.MISSED: _("Missed"),
        Status.UNKNOWN: _("Not known yet"),
    }


def action_words(_: Say) -> Mapping[Action, str]:
    """Return what is to be done, in a sentence."""
    return {
        Action.KEEP: _("The release stays."),
        Action.MONITOR: _("The release stays, and somebody should look at it."),
        Action.ROLL_BACK: _("The release should be taken back."),
    }


def sayings(_: Say) -> Mapping[str, str]:
    """Return every sentence of the matrix by its name."""
    return {
        **_of_starting(_),
        **_of_errors(_),
        **_of_refusals(_),
        **_of_signing_in(_),
        **_of_caches(_),
        **_of_pool(_),
        **_of_times(_),
    }


def _of_starting(_: Say) -> Mapping[str, str]:
    return {
        "starts.target": _("Every process is ready, and the hub says that it is well."),
        "starts.missing": _("Not ready: %(names)s."),
        "starts.unwell": _("The hub cannot serve visitors: %(names)s."),
        "starts.unwell_before": _(
            "It was so before this release as well: repair it with pantau doctor."
        ),
        "starts.not_asked": _("The processes are ready; nobody could ask the hub itself."),
        "starts.ready": _("Ready: %(names)s."),
        "starts.look_at_log": _(
            "Take the release back. The last lines of the log say why it does not start."
        ),
        "starts.look_at_health": _(
            "Take the release back. The page Health says which part does not work."
        ),
        "build.target": _("Every process runs build %(build)s."),
        "build.nobody": _("No process tells its build."),
        "build.other": _("Another build runs: %(told)s."),
        "build.right": _("Build %(build)s runs."),
        "build.again": _(
            "What was installed is not what runs. Take the release back, and deploy it again."
        ),
        "stable.target": _("No process crashes, and each has run for %(seconds)s seconds."),
        "stable.ended": _("%(count)s processes ended although nobody asked them to: %(told)s."),
        "stable.no_age": _("Nobody knows for how long they have run."),
        "stable.not_yet": _("Nothing crashed; the youngest process has run for %(seconds)s s."),
        "stable.since": _("Nothing crashed; all have run for at least %(seconds)s s."),
        "stable.once": _(
            "It was started again by itself. Look at the log; if a second one follows within an "
            "hour, the release should be taken back."
        ),
        "stable.look_at_log": _(
            "Take the release back. The lines before the crash, in the log, say why."
        ),
    }


def _of_errors(_: Say) -> Mapping[str, str]:
    return {
        "critical.target": _("No error that nobody had foreseen."),
        "critical.no_word": _("The processes tell nothing about their errors."),
        "critical.none": _("There was none."),
        "critical.found": _("%(count)s errors that nobody had foreseen: %(names)s."),
        "critical.as_before": _(
            "The release before had as many. Going back would not help; report the error."
        ),
        "critical.one_shard": _(
            "A part of the media engine ended and was started again. One camera can do that: the "
            "log names it. If it happens again, the release should be taken back."
        ),
        "critical.shards": _(
            "Take the release back: parts of the media engine die, each with up to fifty cameras. "
            "The log says shard_died, and with which camera."
        ),
        "critical.look_at_log": _("Take the release back, and report the error in the log."),
        "errors.target": _("Less than %(percent)s %% more than before."),
        "errors.no_word": _("The web process tells nothing about its answers."),
        "errors.too_few": _(
            "%(requests)s requests so far; from %(least)s on there is a rate to compare."
        ),
        "errors.first": _("%(errors)s of %(requests)s requests failed (%(percent)s %%)."),
        "errors.both": _(
            "%(errors)s of %(requests)s requests failed (%(percent)s %%), before it was "
            "%(before)s %%: an increase of %(increase)s %%."
        ),
        "errors.watch": _("Look at the log for errors, and judge again in an hour."),
        "errors.back": _("Take the release back: the increase is above %(percent)s %%."),
        "errors.nothing_before": _(
            "There is no release to compare with. Look at the log for what fails."
        ),
    }


def _of_refusals(_: Say) -> Mapping[str, str]:
    return {
        "refused.target": _(
            "What was answered before is not refused: less than %(percent)s %% more."
        ),
        "refused.nothing_before": _("Nothing is known of what the release before refused."),
        "refused.none": _("%(refused)s of %(asked)s requests, no more than before."),
        "refused.some": _("%(refused)s of %(asked)s requests; more than before: %(names)s."),
        "refused.back": _(
            "Take the release back: it refuses (400 to 499) what the one before answered."
        ),
        "refused.look": _(
            "Look at the log for answers from 400 to 499: programs that try addresses make them as "
            "well. Judge again in an hour."
        ),
    }


def _of_signing_in(_: Say) -> Mapping[str, str]:
    return {
        "sign_ins.target": _("People sign in as before."),
        "sign_ins.no_word": _("Nothing is known of how the release before let people in."),
        "sign_ins.told": _(
            "%(succeeded)s signed in; %(failed)s failed from devices that had signed in before."
        ),
        "sign_ins.back": _(
            "Take the release back: nobody can sign in any more. What programs guess is left out."
        ),
        "sign_ins.look": _(
            "Sign in yourself. If you cannot, go back; if you can, somebody forgot a password."
        ),
    }


def _of_caches(_: Say) -> Mapping[str, str]:
    return {
        "hits.target": _("More than %(percent)s %% after %(hours)s h."),
        "hits.no_word": _("The web process tells nothing about its cache."),
        "hits.too_few": _("%(asked)s questions so far; from %(least)s on there is a rate."),
        "hits.too_early": _("%(percent)s %% so far; it is judged after the first hour."),
        "hits.share": _("%(percent)s %% of %(asked)s."),
        "hits.changes": _(
            "%(endpoint)s was ready in %(percent)s %% of %(asked)s cases. It is built anew "
            "whenever data changes: find out what changes so often, and have it change less."
        ),
        "hits.dropped": _(
            "%(endpoint)s was ready in %(percent)s %% of %(asked)s cases. Kept for %(ttl_s)s s, it "
            "could be ready in %(reachable)s %%: it is dropped earlier, because data changes. Find "
            "out what changes so often."
        ),
        "hits.longer": _(
            "%(endpoint)s was ready in %(percent)s %% of %(asked)s cases. It is asked for every "
            "%(every_s)s s and kept for %(ttl_s)s s; keep it for %(longer_s)s s instead."
        ),
        "hits.spread": _(
            "No single answer is asked for often enough to blame it. With few visitors this is no "
            "fault."
        ),
        "repeated.target": _(
            "Asked the same thing again, at least %(percent)s %% of the answers are ready."
        ),
        "repeated.not_asked": _("Nobody could ask."),
        "repeated.share": _("%(ready)s of %(asked)s were ready."),
        "repeated.cold": _("They are built anew each time: %(names)s."),
        "repeated.back": _(
            "Take the release back: they were ready before, so its cache does not work."
        ),
        "repeated.look": _(
            "Nothing is known of the release before. Report that the cache is cold."
        ),
    }


def _of_pool(_: Say) -> Mapping[str, str]:
    return {
        "pool.target": _("Fewer than %(count)s noticeable waits in an hour, and none in vain."),
        "pool.no_word": _("The web process tells nothing about its connections."),
        "pool.used": _(
            "%(count)s noticeable waits in %(minutes)s minutes; %(timeouts)s waited in vain."
        ),
        "pool.used_soon": _(
            "%(count)s noticeable waits in %(seconds)s seconds; %(timeouts)s waited in vain."
        ),
        "pool.waited_soon": _(
            "%(count)s noticeable waits in %(seconds)s seconds; %(timeouts)s waited in vain. Of "
            "%(waits)s waits in all, 95 %% took at most %(p95_ms)s ms."
        ),
        "pool.waited": _(
            "%(count)s noticeable waits in %(minutes)s minutes; %(timeouts)s waited in vain. Of "
            "%(waits)s waits in all, 95 %% took at most %(p95_ms)s ms."
        ),
        "pool.back": _(
            "Take the release back: requests are refused for want of a connection, and were not "
            "before."
        ),
        "pool.larger": _("Set readers in [database] to a larger number."),
        "pool.size": _("Set readers in [database] to %(more)s instead of %(readers)s."),
        "pool.largest": _(
            "readers in [database] is at its most (%(readers)s): statements take too long. The "
            "page Performance shows which."
        ),
    }


def _of_times(_: Say) -> Mapping[str, str]:
    return {
        "time.target": _("Half and 95 %% of the answers within %(target_ms)s ms."),
        "time.target_before": _(
            "As quick as before (half %(p50_ms)s ms, 95 %% %(p95_ms)s ms), or within "
            "%(target_ms)s ms."
        ),
        "time.too_few": _("Fewer than %(least)s answers so far."),
        "time.visitors": _(
            "Half within %(p50_ms)s ms, 95 %% within %(p95_ms)s ms (%(count)s answers to visitors)."
        ),
        "time.ours": _(
            "Half within %(p50_ms)s ms, 95 %% within %(p95_ms)s ms (%(count)s questions of ours)."
        ),
        "time.nothing_before": _(
            "There is no release to compare with. If pages feel slow, see the page Performance."
        ),
        "time.watch": _("Slower than before, but not by much. Judge again in an hour."),
        "time.back": _(
            "Take the release back: it is more than %(factor)s times as slow as the one before."
        ),
    }
