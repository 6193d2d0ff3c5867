"""Sentences of the services that pages show: listed here, so that catalogues translate them."""

from collections.abc import Callable, Mapping

from pantau.accounts.passwords.rules import Rule

Say = Callable[[str], str]


def known_sentences(_: Say) -> tuple[str, ...]:
    """Return them in one language; a test compares the list with what services raise."""
    return (
        *_of_signing_in(_),
        *_of_passwords(_),
        *_of_users(_),
        *_of_pictures(_),
        *_of_the_rest(_),
    )


def password_rules(_: Say) -> Mapping[Rule, str]:
    """Return what is asked of a password, short enough for a list of ticks."""
    return {
        "length": _("12 to 128 characters"),
        "upper": _("An uppercase letter"),
        "lower": _("A lowercase letter"),
        "digit": _("A number"),
        "special": _("A sign or a space, such as ! # % - ?"),
        "username": _("Does not contain the username"),
        "common": _("Not easy to guess: no common words, years or rows of keys"),
    }


def scopes(_: Say) -> Mapping[str, str]:
    """Return what the scopes of API keys allow."""
    return {
        "cameras:read": _("Read cameras"),
        "cameras:write": _("Change cameras"),
        "areas:read": _("Read areas"),
        "areas:write": _("Change areas"),
        "recordings:read": _("Read recordings"),
        "recordings:write": _("Manage recordings"),
        "analytics:read": _("Read analytics"),
        "metrics:read": _("Read metrics and statistics"),
        "site:read": _("Read site settings"),
        "site:write": _("Change site settings"),
        "cache:write": _("Empty the cache"),
    }


def _of_signing_in(_: Say) -> tuple[str, ...]:
    return (
        _("The user name or the password is not right."),
        _("This took longer than five minutes. Sign in again."),
        _("Too many failed attempts from this address. Try again later."),
        _("Too many attempts at once. Try again shortly."),
        _("Too many people are signing in. Try again shortly."),
        _("The password is not right."),
        _("This code is not right. Check that the clock of your phone is."),
        _("The second factor is enabled already."),
        _("There is no second factor to change."),
        _("Begin setting up the second factor again."),
        _("There is no such session."),
        _("Too many requests from this address. Try again in a moment."),
        _("This link does not work any more. Start the hub again, or run `pantau admin-link`."),
    )


def _of_passwords(_: Say) -> tuple[str, ...]:
    return (
        _("The password does not meet the requirements."),
        _("The password needs 12 to 128 characters."),
        _("The password needs an uppercase letter."),
        _("The password needs a lowercase letter."),
        _("The password needs a number."),
        _("The password needs a special character."),
        _(
            "The password is too easy to guess: common words, years, rows of keys and "
            "repetitions count for little."
        ),
        _("The password contains the username."),
        _("The password holds a control character, which no keyboard can type."),
        _("This password was used before. The one in use and the 5 before it count."),
        _("The password was just changed. Try again."),
        _("Type your current password too."),
    )


def _of_users(_: Say) -> tuple[str, ...]:
    return (
        _("A username has 3 to 50 letters, digits, hyphens or underscores."),
        _("There is no such user."),
        _("This username is taken."),
        _("One of these areas does not exist."),
        _("Only operators are limited to areas. Leave the areas out."),
        _("You cannot disable your own account."),
        _("You cannot delete your own account."),
        _("Switch off your own second factor on your profile."),
        _("This is the last admin who can sign in. Make somebody else an admin first."),
    )


def _of_the_rest(_: Say) -> tuple[str, ...]:
    return (
        _("There is no such API key."),
        _("Give the key at least one scope."),
        _("There are 500 keys. Revoke some first."),
        _("A key lives at least until now and at most 365 days."),
        _("Leave control characters out."),
        _("Your role does not allow this."),
        _("This form has too many fields."),
        _("everybody"),
        _("This is not a day of the calendar."),
        _("The media server has not answered yet."),
        _("The media server does not answer."),
        _("The worker has not shown a sign of life."),
        _("The worker does not work."),
        _("No camera has been looked at yet."),
        _("The cameras are not looked at."),
        _("There is no such alarm."),
        _("This camera is in an area of somebody else."),
        _("This camera is not looked at at the moment."),
        _("The disk of the data folder is full."),
        _("The check did not end in time."),
        _("This cursor belongs to no page of this list. Begin without one."),
    )


def _of_pictures(_: Say) -> tuple[str, ...]:
    return (
        _("A picture is a PNG, JPEG, WebP or GIF file."),
        _("A picture may not move: take a still one."),
        _("This picture is damaged: save it once more."),
        _("A picture may have 24 megapixels: make it smaller."),
        _("A picture may have 8 MiB."),
    )
