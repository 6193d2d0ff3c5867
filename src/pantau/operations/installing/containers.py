"""The files for containers: how the image is built, and what runs beside what."""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final

from pantau.operations.installing.answers import Answers
from pantau.operations.installing.config_file import quoted

ALONE: Final = "compose.yaml"
FULL: Final = "compose.full.yaml"
CONTAINERFILE: Final = "Containerfile"
FULL_UPSTREAM: Final = "hub:3000"
"""Where nginx finds the hub among the containers."""
CERTIFICATES: Final = Path("/etc/nginx/certs")
"""Where that nginx finds fullchain.pem and privkey.pem."""
_ALONE_SUBNET: Final = "172.31.240.0/24"
_FULL_SUBNET: Final = "172.31.241.0/24"


def container_files(answers: Answers) -> Mapping[str, str]:
    """Return the texts by file name."""
    values = {"volumes": _lines(_volumes(answers), 6)}
    alone = {
        **values,
        "environment": _lines(_environment(answers, _ALONE_SUBNET), 6),
        "published": quoted(_published(answers)),
        "subnet": _ALONE_SUBNET,
    }
    full = {
        **values,
        "environment": _lines(_environment(answers, _FULL_SUBNET, always_proxy=True), 6),
        "published": _lines(_full_published(answers), 6),
        "certificates": _lines(_certificates(answers), 6),
        "subnet": _FULL_SUBNET,
    }
    return {
        CONTAINERFILE: _template(CONTAINERFILE),
        ALONE: _filled(ALONE, alone),
        FULL: _filled(FULL, full),
    }


def _environment(answers: Answers, subnet: str, *, always_proxy: bool = False) -> Iterator[str]:
    yield f"PANTAU_SITE__NAME: {_value(answers.name)}"
    if answers.public_url:
        yield f"PANTAU_PUBLIC_URL: {_value(answers.public_url)}"
    if always_proxy or answers.proxy != "none":
        # What comes through the published port comes from the network's gateway.
        yield f"PANTAU_TRUSTED_PROXIES: {_value(f'127.0.0.0/8,::1/128,{subnet}')}"


def _volumes(answers: Answers) -> Iterator[str]:
    yield f"- {{ type: bind, source: {_value(str(answers.data_dir))}, target: /data }}"
    if answers.recordings_dir != answers.data_dir / "recordings":
        source = _value(str(answers.recordings_dir))
        yield f"- {{ type: bind, source: {source}, target: /data/recordings }}"


def _published(answers: Answers) -> str:
    return f"{'127.0.0.1:' if answers.proxy != 'none' else ''}{answers.port}:3000"


def _full_published(answers: Answers) -> Iterator[str]:
    if answers.domain:
        yield '- "80:80"'
        yield '- "443:443"'
    else:
        yield f'- "{answers.port}:80"'


def _certificates(answers: Answers) -> Iterator[str]:
    if answers.domain:
        yield "# fullchain.pem and privkey.pem"
        yield f"- ./certs:{CERTIFICATES}:ro"


def _lines(lines: Iterator[str], indent: int) -> str:
    return "\n".join(f"{' ' * indent}{line}" for line in lines)


def _value(text: str) -> str:
    # Compose would read $ as the beginning of a variable.
    return quoted(text).replace("$", "$$")


def _template(name: str) -> str:
    folder = files("pantau.operations.installing") / "templates"
    return (folder / name).read_text(encoding="utf-8")


def _filled(name: str, values: Mapping[str, str]) -> str:
    filled: list[str] = []
    for line in _template(name).splitlines():
        for key, value in values.items():
            gap = f"<<{key}>>"
            if line == gap:
                # A gap that is a whole line and stays empty leaves no line.
                filled += [value] if value else []
                break
            if gap in line:
                filled.append(line.replace(gap, value))
                break
        else:
            filled.append(line)
    return "\n".join(filled) + "\n"
