"""Where a shard's process begins: what it does not need is not loaded."""

import sys

from pantau.core.heap import keep_heap_small
from pantau.core.plain_http import load_plain_http
from pantau.core.plain_log import load_plain_log

if __name__ == "__main__":
    keep_heap_small()
    load_plain_log()
    load_plain_http()
    from pantau.mediaserver.shard import make_real_engine, run

    raise SystemExit(run(sys.argv[1:], make_real_engine))
