"""Every address in every line and tag becomes a name of ours, and nothing else is lost."""

import re
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.streaming.pieces import Playlist, content_type_of
from pantau.streaming.relay.failures import RelayFailure
from pantau.streaming.relay.links import Namer
from pantau.streaming.relay.playlists import Origin, Rewritten, rewrite
from pantau.streaming.relay.targets import Kind
from tests.streaming.relay.owner import SECRET

HOST = "cctv.kota.example"
URL = f"https://{HOST}:8443/geheim/live/list.m3u8?pin=zauber"
NAMER = Namer(SECRET, 1)
NAME = re.compile(r"[0-9a-f]{32}\.[a-z0-9]{2,4}")


def done(text: str | bytes, *, url: str = URL, name: str = "index.m3u8") -> Rewritten:
    body = text if isinstance(text, bytes) else text.encode()
    return rewrite(body, Origin(name, url), NAMER, hide=frozenset({HOST}))


def lines(text: str | bytes, *, url: str = URL) -> list[str]:
    return done(text, url=url).body.decode().splitlines()


def urls(rewritten: Rewritten) -> list[str | None]:
    return [target.url for target in rewritten.targets.values()]


CHECKLIST = {
    '#EXT-X-MAP:URI="init.mp4"': ("init.mp4", Kind.MEDIA),
    '#EXT-X-KEY:METHOD=AES-128,URI="/k?a=1",IV=0x1F': ("/k?a=1", Kind.KEY),
    '#EXT-X-SESSION-KEY:METHOD=AES-128,URI="key?y"': ("key?y", Kind.KEY),
    '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="b",URI="a.m3u8"': ("a.m3u8", Kind.PLAYLIST),
    '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="i.m3u8"': ("i.m3u8", Kind.PLAYLIST),
    '#EXT-X-IMAGE-STREAM-INF:BANDWIDTH=1,URI="p.m3u8"': ("p.m3u8", Kind.PLAYLIST),
    '#EXT-X-PART:DURATION=0.5,URI="p1.m4s",INDEPENDENT=YES': ("p1.m4s", Kind.MEDIA),
    '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="p2.m4s"': ("p2.m4s", Kind.MEDIA),
    '#EXT-X-RENDITION-REPORT:URI="../o/l.m3u8",LAST-MSN=3': ("../o/l.m3u8", Kind.PLAYLIST),
    '#EXT-X-SESSION-DATA:DATA-ID="x",URI="d.json"': ("d.json", Kind.OTHER),
    '#EXT-X-DATERANGE:ID="x",X-ASSET-URI="https://ads.example/a.m3u8"': (
        "https://ads.example/a.m3u8",
        Kind.PLAYLIST,
    ),
    '#EXT-X-DATERANGE:ID="x",X-ASSET-LIST="https://ads.example/a.json"': (
        "https://ads.example/a.json",
        Kind.OTHER,
    ),
    '#EXT-X-NOBODY-KNOWS:URI="https://other.example/x.m3u8"': (
        "https://other.example/x.m3u8",
        Kind.PLAYLIST,
    ),
    "#EXT-X-NOBODY-KNOWS:URI=bare": ("bare", Kind.OTHER),
    '#EXT-X-KEY: METHOD=AES-128 , URI="key?y"': ("key?y", Kind.KEY),
}


@pytest.mark.parametrize("line", CHECKLIST)
def test_addresses_in_tags_become_names(line: str) -> None:
    """Lesson M15, tag by tag."""
    reference, kind = CHECKLIST[line]
    rewritten = done(f"#EXTM3U\n{line}\n")
    (written,) = rewritten.body.decode().splitlines()[1:]
    (name,) = rewritten.targets
    assert f'"{name}"' in written
    assert reference not in written
    assert NAME.fullmatch(name)
    target = rewritten.targets[name]
    assert target.kind is kind
    assert target.url is not None
    assert target.url.endswith(reference.removeprefix(".."))
    # Everything else of the tag is there.
    others = re.findall(r"([A-Z-]+)=(?!\")([^,]*)", line.partition(":")[2].replace(" ", ""))
    assert all(f"{said}={value}" in written for said, value in others if said != "URI")


def test_lines_with_addresses_are_rewritten_whatever_they_look_like() -> None:
    references = {
        "seg.ts": f"https://{HOST}:8443/geheim/live/seg.ts",
        "../up/seg.ts?x=1&y=%20": f"https://{HOST}:8443/geheim/up/seg.ts?x=1&y=%20",
        "../../../../far.ts": f"https://{HOST}:8443/far.ts",
        "/root.ts": f"https://{HOST}:8443/root.ts",
        "//cdn.example/seg.ts": "https://cdn.example/seg.ts",
        "HTTP://CDN.example:80/Seg.TS#frag": "http://cdn.example/Seg.TS",
        "https://u:p@cdn.example/seg.ts": "https://cdn.example/seg.ts",
        "http://[2001:DB8::1]:81/x": "http://[2001:db8::1]:81/x",
        "with space.ts": f"https://{HOST}:8443/geheim/live/with%20space.ts",
        "täst.ts": f"https://{HOST}:8443/geheim/live/t%C3%A4st.ts",
        "https://bücher.example/x.ts": "https://xn--bcher-kva.example/x.ts",
        "?only=query": f"https://{HOST}:8443/geheim/live/list.m3u8?only=query",
    }
    for reference, url in references.items():
        rewritten = done(f"#EXTM3U\n#EXTINF:2,\n{reference}\n")
        assert urls(rewritten) == [url]
        assert NAME.fullmatch(rewritten.body.decode().splitlines()[-1])


@pytest.mark.parametrize(
    "reference",
    ["ftp://x.example/a.ts", "file:///etc/passwd", "skd://key", "http://[bad/x", "http://a b/x.ts",
     "http:///x", "javascript:alert(1)", "http://x.example:99999/a.ts", "data:;base64,%%%"],
)  # fmt: skip
def test_what_is_no_address_of_the_web_leads_nowhere(reference: str) -> None:
    rewritten = done(f"#EXTM3U\n#EXTINF:2,\n{reference}\n")
    (target,) = rewritten.targets.values()
    assert (target.url, target.data) == (None, None)


def test_data_in_the_playlist_itself_becomes_a_file_of_ours() -> None:
    rewritten = done('#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="data:;base64,MDEyMw=="\n')
    (target,) = rewritten.targets.values()
    assert target.data == b"0123"
    assert b"data:" not in rewritten.body


def test_line_ends_byte_order_marks_and_bad_encodings_are_bridged() -> None:
    plain = lines("#EXTM3U\n#EXTINF:2,\nseg.ts\n#EXT-X-ENDLIST\n")
    assert lines("\ufeff#EXTM3U\r\n\r\n#EXTINF:2,\r\nseg.ts\r\n#EXT-X-ENDLIST") == plain
    assert lines("#EXTM3U\r#EXTINF:2,\rseg.ts\r#EXT-X-ENDLIST\r") == plain
    (target,) = done(b"#EXTM3U\n#EXTINF:2,\n\xe9t\xe9.ts\n").targets.values()
    assert (target.url or "").endswith("/%E9t%E9.ts")


def test_nothing_else_tells_where_it_comes_from() -> None:
    text = f"""#EXTM3U
# made by https://{HOST}/encoder
#EXT-X-CONTENT-STEERING:SERVER-URI="https://steer.example/x"
#EXT-X-DEFINE:NAME="base",VALUE="https://{HOST}/hidden"
#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="{HOST} sound",NAME="https://x.example",X=//y
{{$base}}/v.m3u8
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{HOST} sound",NAME="n",URI="{{$base}}/a.m3u8"
#EXT-X-SESSION-DATA:DATA-ID="com.{HOST}.x",VALUE="made at {HOST}"
#EXT-X-FOREIGN:{HOST}
#EXT-X-{HOST}
#EXT-X-BARE:https://{HOST}/
#EXTINF:1.5,tvg-logo="https://{HOST}/logo.png" Title
"""
    rewritten = done(text)
    body = rewritten.body.decode()
    for told in (HOST, "://", "encoder", "Title", "hidden", "steer", "{$", "geheim", "zauber"):
        assert told not in body
    # Groups are joined by their names still.
    sound = re.findall(r'(?:AUDIO|GROUP-ID)="([^"]+)"', body)
    assert len(sound) == 2
    assert len(set(sound)) == 1
    assert max(map(str, urls(rewritten))) == f"https://{HOST}/hidden/v.m3u8"


def test_variables_come_from_the_playlist_above_and_from_the_query() -> None:
    parent = done('#EXTM3U\n#EXT-X-DEFINE:NAME="n",VALUE="v"\n#EXT-X-STREAM-INF:X=1\nlow.m3u8\n')
    (target,) = parent.targets.values()
    text = (
        '#EXTM3U\n#EXT-X-DEFINE:IMPORT="n"\n#EXT-X-DEFINE:QUERYPARAM="pin"\n'
        "#EXTINF:1,\n{$n}/{$pin}/{$unknown}.ts\n"
    )
    child = Origin("low.m3u8", URL, target.variables)
    (found,) = rewrite(text.encode(), child, NAMER, hide=frozenset()).targets.values()
    assert (found.url or "").endswith("/live/v/zauber/%7B$unknown%7D.ts")


def test_streams_with_a_licence_are_refused() -> None:
    for line in (
        '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://x"',
        '#EXT-X-KEY:METHOD=AES-128,URI="k",KEYFORMAT="com.apple.streamingkeydelivery"',
        '#EXT-X-SESSION-KEY:METHOD=SAMPLE-AES-CTR,URI="key?y"',
    ):
        with pytest.raises(RelayFailure):
            done(f"#EXTM3U\n{line}\n")
    assert done("#EXTM3U\n#EXT-X-KEY:METHOD=NONE\n").targets == {}


@pytest.mark.parametrize(
    "body",
    [b"", b"\n", b"<html></html>", b"EXTM3U", b"\x1f\x8b\x08",
     "#EXTM3U\n" + "#EXT-X-GAP\n" * 20_000, "#EXTM3U\n#EXTINF:1,\n#EXT-X-BYTERANGE:x@y\na.ts\n"],
)  # fmt: skip
def test_what_is_no_playlist_is_refused(body: str | bytes) -> None:
    with pytest.raises(RelayFailure):
        done(body)


def test_an_address_behind_a_bare_return_or_a_control_character_hides_nowhere() -> None:
    for end in ("\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028"):
        text = f"#EXTM3U\n#EXT-X-ODD:a{end}//{HOST}/x.ts\n#EXTINF:1,t{end}http://{HOST}/y.ts\n"
        assert HOST not in done(text).body.decode()


def test_variants_that_differ_in_their_session_alone_stay_apart() -> None:
    text = "#EXTM3U\n" + "".join(
        f"#EXT-X-STREAM-INF:BANDWIDTH={number}\nx.m3u8?token={number}\n" for number in (1, 2)
    )
    assert len(done(text).targets) == 2


def test_a_stream_behind_several_servers_has_one_set_of_names() -> None:
    text = "#EXTM3U\n#EXTINF:1,\nseg.ts\n"
    here = lines(text, url="https://edge1.example/live/x.m3u8")
    assert here == lines(text, url="https://edge2.example/live/x.m3u8?wmsAuthSign=abc")
    assert here != lines("#EXTM3U\n#EXTINF:1,\nhttps://other.example/live/seg.ts\n")


# Whatever somebody sends: our names, the same shape, and not a word of where it came from.


@dataclass
class Shape:
    """What a player makes of a playlist."""

    tags: list[str] = field(default_factory=list)
    lengths: list[float] = field(default_factory=list)
    addresses: int = 0
    named: int = 0


LEFT_OUT = {"#EXT-X-DEFINE", "#EXT-X-CONTENT-STEERING"}


def shape_of(text: str) -> Shape:
    shape = Shape()
    for line in text.splitlines():
        if not line.startswith("#"):
            shape.addresses += 1
            continue
        name, _, value = line.partition(":")
        if name in LEFT_OUT or not name.startswith("#EXT"):
            continue
        shape.tags.append(name)
        shape.named += len(re.findall(r'[:,]URI="', line))
        if name == "#EXTINF":
            shape.lengths.append(float(value.partition(",")[0]))
    return shape


hosts = st.sampled_from([HOST, "cdn.example", "192.0.2.7", "[2001:db8::9]"])
words = st.text("abcdefXYZ0123456789_-.~%20äß", min_size=1, max_size=12)
paths = st.lists(words, min_size=1, max_size=4).map("/".join)
queries = st.one_of(st.just(""), st.tuples(words, words).map(lambda pair: "?{}={}".format(*pair)))
references = st.one_of(
    st.builds("https://{}/{}{}".format, hosts, paths, queries),
    st.builds("//{}/{}{}".format, hosts, paths, queries),
    st.builds("../{}{}".format, paths, queries),
    st.builds("/{}{}".format, paths, queries),
    st.builds("{}{}".format, paths, queries),
).filter(lambda text: not text.startswith("#") and bool(text.strip()))
plain_tags = st.sampled_from(
    ["#EXT-X-DISCONTINUITY", "#EXT-X-GAP", "#EXT-X-ENDLIST", "#EXT-X-VERSION:7",
     "#EXT-X-BITRATE:90", "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T08:00:00.000+07:00",
     "#EXT-X-MEDIA-SEQUENCE:77"]
)  # fmt: skip
tagged = st.builds(
    '{},URI="{}"'.format,
    st.sampled_from(
        [
            "#EXT-X-MAP:A=1",
            "#EXT-X-KEY:METHOD=AES-128",
            "#EXT-X-PART:DURATION=0.3",
            "#EXT-X-NEW:B=x",
        ]
    ),
    references,
)
told = st.builds('{}:A="{}",B={}'.format, st.just("#EXT-X-TOLD"), references, words)
comments = st.builds("# {}".format, references)
segments = st.builds("#EXTINF:{:.3f},{}\n{}".format, st.floats(0, 60), words, references)
playlists = st.lists(st.one_of(plain_tags, tagged, told, comments, segments), max_size=30).map(
    lambda parts: "\n".join(["#EXTM3U", *parts]) + "\n"
)


@given(playlists)
def test_no_playlist_loses_its_shape_or_tells_its_origin(text: str) -> None:
    rewritten = done(text)
    body = rewritten.body.decode()
    before, after = shape_of(text), shape_of(body)
    assert after == before
    for said in (HOST, "cdn.example", "192.0.2.7", "2001:db8", "://", "geheim", "zauber", "/", "?"):
        assert said not in body
    names = [line for line in body.splitlines() if not line.startswith("#")]
    names += re.findall(r'URI="([^"]*)"', body)
    assert set(names) <= set(rewritten.targets)
    assert all(
        NAME.fullmatch(name) and content_type_of(name) for name in names if ".bin" not in name
    )
    assert Playlist(rewritten.body).is_sound
    assert done(text).body == rewritten.body


@given(st.one_of(st.binary(max_size=400), playlists.map(str.encode)), st.binary(max_size=60))
def test_no_bytes_break_the_rewriting(body: bytes, more: bytes) -> None:
    for text in (body, b"#EXTM3U\n" + body + more, b"#EXTM3U\n#EXT-X-KEY:" + more + b"\n" + body):
        try:
            rewritten = done(text)
        except RelayFailure:
            continue
        assert rewritten.body.startswith(b"#EXTM3U\n")
        assert b"://" not in rewritten.body
        for line in rewritten.body.decode().splitlines():
            assert line.startswith("#") or line in rewritten.targets


def test_names_are_what_the_edge_takes_for_files() -> None:

    assert content_type_of("0" * 32 + ".key") == b"application/octet-stream"
