"""What a page that is used for hours still holds, counted by Chromium after its rubbish is gone."""

from dataclasses import dataclass

from playwright.sync_api import CDPSession, Page

_ELEMENTS = """() => ({
  media: document.querySelectorAll("video, audio").length,
  playing: [...document.querySelectorAll("video")].filter((each) => !each.paused).length,
})"""


@dataclass(frozen=True, slots=True)
class Held:
    """Counts, and the heap in bytes."""

    nodes: int
    listeners: int
    documents: int
    media: int
    heap_bytes: int


def held(page: Page, session: CDPSession) -> Held:
    """Collect the rubbish twice, as references from its own side need, and count what is left."""
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    counters = session.send("Memory.getDOMCounters")
    heap = session.send("Runtime.getHeapUsage")
    return Held(
        nodes=int(counters["nodes"]),
        listeners=int(counters["jsEventListeners"]),
        documents=int(counters["documents"]),
        media=int(page.evaluate(_ELEMENTS)["media"]),
        heap_bytes=int(heap["usedSize"]),
    )
