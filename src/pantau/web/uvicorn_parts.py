"""What we use of uvicorn, loaded without its command: 30 modules and 2 MB."""

from pantau.core.left_out import hollow

with hollow({"uvicorn.main": ("Server", "main", "run")}):
    import uvicorn
    from uvicorn._types import ASGI3Application
    from uvicorn.config import Config
    from uvicorn.protocols.http.flow_control import FlowControl
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
    from uvicorn.server import Server, ServerState

# Where others look for it.
vars(uvicorn)["Server"] = Server

__all__ = [
    "ASGI3Application",
    "Config",
    "FlowControl",
    "HttpToolsProtocol",
    "RequestResponseCycle",
    "Server",
    "ServerState",
]
