"""The demo cameras as a process."""

from pantau.app.running import Running


async def run_demo(running: Running) -> None:
    """Serve the demo cameras until stopped."""
    await running.ready("Pantau demo cameras are ready")
    await running.stopping.wait()
