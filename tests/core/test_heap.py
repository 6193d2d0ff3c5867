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
    block = libc.malloc(8 << 20)
    outside = libc.mallinfo2().hblkhd
    libc.free(block)
print(outside >> 20)
"""


def outside_the_heap_mb(first: str) -> int:
    """Return how much of a large block lay outside, after another one was freed."""
    command = [sys.executable, "-c", f"{first}\n{_MEASURE}"]
    return int(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def test_large_blocks_stay_outside_the_heap_and_so_leave_when_freed() -> None:
    ours = "from pantau.core.heap import keep_heap_small; keep_heap_small()"
    assert outside_the_heap_mb(ours) >= 8
    assert outside_the_heap_mb("") < 8, "then there is nothing for us to do"
