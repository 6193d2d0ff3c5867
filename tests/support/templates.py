"""Templates compiled once a run: a process compiles them once, tests open many small houses."""

from functools import cache

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from pantau.ui.render import Pages


class Compiled(BytecodeCache):
    """Compiled templates in memory; the source is part of what is asked for."""

    def __init__(self) -> None:
        self._held: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if (held := self._held.get(bucket.key)) is not None:
            bucket.bytecode_from_string(held)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._held[bucket.key] = bucket.bytecode_to_string()


@cache
def _compiled(language: str) -> Compiled:
    return Compiled()


def compiled_once(pages: Pages) -> Pages:
    """Have `pages` use what other pages of this run compiled, each language for itself."""
    for language, environment in pages._environments.items():
        environment.bytecode_cache = _compiled(language)
    return pages
