"""One file per step, in one line; a step that was released is never changed."""
