"""The sentences of backups and restores, so that they are translated."""

from collections.abc import Callable

Say = Callable[[str], str]


def backup_sentences(_: Say) -> tuple[str, ...]:
    """Return what making, keeping and looking at backups can say, and parts of it."""
    return (
        _("There is no such backup."),
        _("The file of this backup is not on this machine."),
        _("A backup is being made already."),
        _("Choose a passphrase first, or how else backups are locked."),
        _("Choose a passphrase."),
        _("Give a number from %(least)s to %(most)s."),
        _("Give the whole path of a folder, from /."),
        _("Give the whole path of the folder."),
        _("Give the name of the bucket."),
        _("The address begins with https:// or http://."),
        _("Give the name of the key."),
        _("Give the secret of the key."),
        _("Save a bucket first."),
        _("The passphrase needs %(least)s to %(most)s characters."),
        _("The passphrase holds characters that cannot be typed everywhere."),
        _("Give %(least)s to %(most)s public keys."),
        _("A public key of age begins with age1."),
        _("A private key of age begins with AGE-SECRET-KEY-1."),
        _("Pantau was stopped while it was being made."),
        _("There is no room for the backup in %(folder)s."),
        _("The backup cannot be written to %(folder)s: %(why)s."),
        _("%(file)s is too large to be kept."),
        _("%(folder)s cannot be written to: %(why)s."),
        _("The bucket cannot be reached (%(why)s)."),
        _("The bucket does not let us do this."),
        _("The bucket does not know our keys."),
        _("There is no such bucket."),
        _("The bucket did not take the whole backup."),
        _("Test this target on the page of alerts."),
        _("There is nothing that sends to chats."),
        _("The backup has %(size)s MB, and Telegram takes %(most)s MB. Deliver it elsewhere."),
        _("Choose a backup."),
    )


def restore_sentences(_: Say) -> tuple[str, ...]:
    """Return what opening and restoring backups can say, and parts of it."""
    return (
        _("This backup is locked with a passphrase. Give it."),
        _("This backup is locked for a key of age. Give the file with the private key."),
        _("The passphrase is not the one that this backup was locked with."),
        _("This backup is damaged, or was locked for another key."),
        _("This backup cannot be opened: %(why)s."),
        _("it is damaged, or a part of it is missing"),
        _("its beginning is damaged"),
        _("its beginning was changed"),
        _("This is no backup of Pantau: %(why)s."),
        _("it is no tar file"),
        _("it does not say that it is one"),
        _("its manifest cannot be read"),
        _("something follows its last member"),
        _("This backup is damaged: %(why)s."),
        _("its end is missing"),
        _("a header in it does not fit"),
        _("a sum does not fit: something in it was changed"),
        _(
            "This backup has format %(found)s, and this Pantau reads up to %(most)s. Install "
            "the Pantau that made it, or a newer one."
        ),
        _(
            "This backup is one of a newer Pantau: its tables are at step %(there)s, and "
            "this one knows %(here)s. Install Pantau %(version)s or newer, and restore it "
            "there."
        ),
        _("This backup is at step %(there)s, which there never was."),
        _(
            "This backup is not locked, so it holds no keys, and it comes from another "
            "installation: nothing that is sealed in it could be read here. Put the "
            "%(secret)s and the %(keys)s of that installation into %(folder)s first, while "
            "Pantau is stopped."
        ),
        _("This backup lacks %(name)s."),
        _("This backup holds a file that Pantau does not know: %(name)s."),
        _("This backup holds keys it does not speak of."),
        _("The secret in this backup is another's."),
        _("The keys in this backup are damaged."),
    )


def content_sentences(_: Say) -> tuple[str, ...]:
    """Return what is said of tables and rows of a backup, and of restoring them."""
    return (
        _("This backup holds a table that Pantau does not have: %(name)s."),
        _("This backup lacks a table: %(name)s."),
        _("%(table)s has a column twice."),
        _("%(table)s has a column that Pantau does not have: %(name)s."),
        _("%(table)s has not the column: %(name)s."),
        _("%(table)s has columns of other kinds."),
        _("Row %(number)s of %(table)s: %(why)s."),
        _("A row of %(table)s near %(number)s cannot be: %(why)s."),
        _("Restoring needs %(needed)s MiB of room, and there are %(free)s MiB."),
        _("Nothing is ready to be restored. Begin anew."),
        _("There is no restore to carry out. Begin anew."),
        _("A restore is under way. Wait for its end."),
        _("Another restore is being looked at or carried out."),
        _("Restore a backup of this size at the console."),
        _(
            "The processes of this hub were started one by one, so it cannot restart itself. "
            "Stop all of them and run pantau backup restore on the machine."
        ),
        _(
            "Another Pantau uses this database (%(number)s connections). Stop all of them "
            "first, on every machine."
        ),
        _("Nobody could sign in as an admin afterwards: keep the accounts that are here."),
        _("The backup was restored."),
        _("The database refused the backup, and nothing was changed: %(why)s"),
    )
