"""The HTTP library is loaded without certificates, and looks at them nevertheless."""

import json
import subprocess
import sys
from pathlib import Path

import trustme

ASK = """
import asyncio, json, ssl, sys
from pantau.core.plain_http import load_plain_http
load_plain_http()
import aiohttp, uvloop
from aiohttp import web

async def ask():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1])
    async def answer(request):
        return web.Response(text="here")
    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    address = "https://127.0.0.1:%d" % runner.addresses[0][1]
    async with aiohttp.ClientSession() as session:
        try:
            async with session.get(address) as given:
                told = await given.text()
        except aiohttp.ClientConnectorCertificateError:
            told = "refused"
        async with session.get(address, ssl=False) as given:
            unchecked = await given.text()
    await runner.cleanup()
    return told, unchecked

contexts = aiohttp.connector._SSL_CONTEXT_VERIFIED, aiohttp.connector._SSL_CONTEXT_UNVERIFIED
before = [context.cert_store_stats()["x509"] for context in contexts]
ours = ssl.create_default_context().cert_store_stats()["x509"]
after = [asyncio.Runner(loop_factory=each).run(ask()) for each in (None, uvloop.new_event_loop)]
print(json.dumps([before, ours, after]))
"""


def test_certificates_are_read_late_and_count(tmp_path: Path) -> None:
    ours, theirs = trustme.CA(), trustme.CA()
    server, trusted, other = (tmp_path / name for name in ("server.pem", "ours.pem", "theirs.pem"))
    ours.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(server)
    for authority, file in ((ours, trusted), (theirs, other)):
        authority.cert_pem.write_to_path(file)
    assert asked(server, trusted) == [[0, 0], 1, [["here", "here"]] * 2]
    assert asked(server, other) == [[0, 0], 1, [["refused", "here"]] * 2]


def asked(server: Path, trusted: Path) -> object:
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(server)],
        env={"SSL_CERT_FILE": str(trusted), "SSL_CERT_DIR": str(trusted.parent / "none")},
        capture_output=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)
