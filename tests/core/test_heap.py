"""What the C library keeps of freed memory, in processes of their own: its options stay."""

import subprocess
import sys

_MEASURE = """
import ctypes

class Use(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in
        "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()]

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
libc.mallinfo2.restype = Use
for _ in range(3):
    block = libc.malloc(SIZE_KB << 10)
    outside = libc.mallinfo2().hblkhd
    libc.free(block)
print(outside >> 10)
"""


OURS = "from pantau.core.heap import keep_heap_small; keep_heap_small()"


def outside_the_heap_kb(first: str, *, size_kb: int) -> int:
    """Return how much lay outside while there was a block as large as one freed before."""
    program = f"{first}\nSIZE_KB = {size_kb}\n{_MEASURE}"
    command = [sys.executable, "-c", program]
    return int(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def test_large_blocks_stay_outside_the_heap_and_so_leave_when_freed() -> None:
    assert outside_the_heap_kb(OURS, size_kb=8 << 10) >= 8 << 10
    assert outside_the_heap_kb("", size_kb=8 << 10) < 8 << 10, "then we have nothing to do"


def test_segments_are_in_the_heap_where_the_next_one_finds_room() -> None:
    assert outside_the_heap_kb(OURS, size_kb=900) < 900
    assert outside_the_heap_kb(OURS, size_kb=1100) >= 1100
