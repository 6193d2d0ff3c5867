"""Small catalogues in the shapes that cities, programs and players write; names are invented."""

import json
from typing import Any, Final

PLAIN: Final[list[dict[str, Any]]] = [
    {
        "id": "1",
        "title": "Simpang  Lima",
        "url": "https://a.cctv.example/lima.stream/playlist.m3u8",
        "lat": "-7.791971",
        "lng": "110.391644",
    },
    {
        "id": "2",
        "title": "Pasar Wetan",
        "url": "https://a.cctv.example/wetan.stream/playlist.m3u8",
        "lat": "-7,789037",
        "lng": "110,357515",
    },
]
JOGJA: Final = {
    "cctv_id": "7",
    "cctv_title": "Alun-Alun",
    "cctv_link": "https://b.cctv.example/alun.m3u8",
    "cctv_category": "Lalu lintas",
    "cctv_latitude": "-7.80",
    "cctv_longitude": "110.36",
    "cctv_status": "1",
    "cctv_desc": "Sisi barat",
    "kecamatan_id": "3",
    "kecamatan_nama": "Margaluyu",
    "kelurahan_nama": "Wanasari",
    "rw_nama": "05",
    "rt_nama": "02",
}
GRESIK: Final = {
    "id": 12,
    "name": "Gerbang Tol",
    "locationName": "Jl. Tol KM 3",
    "location": {"x": 112.65, "y": -7.16},
    "ipAddress": "10.9.8.7",
    "rtspUrl": "rtsp://admin:rahasia@10.9.8.7:554/ch1",
    "videoUrl": "/videos/12",
    "status": "ACTIVE",
    "deletedAt": None,
    "brand": {"id": 1, "name": "Merek"},
}
JOMBANG: Final = {
    "id": 3,
    "nama": "Terminal",
    "lat": -7.5,
    "lng": 112.2,
    "url": "https://zm.cctv.example/zm/cgi-bin/nph-zms?mode=jpeg&monitor=3&token=AAA111",
    "kategori": "Terminal",
    "status": "online",
    "source_site": "https://portal.cctv.example/",
}
SUMEDANG_RAW: Final = {
    "source_id": 32,
    "name": "Terminal Ciakar",
    "latitude": -6.835073,
    "longitude": 107.930178,
    "stream_url": "https://s.cctv.example/key/hls/m1/s.m3u8",
    "playlist_host": "s.cctv.example",
    "source_site": "https://portal.cctv.example/lokasi",
    "provider": "Shinobi",
    "verified_playlist_status": 200,
}
SURAKARTA: Final = {
    "name": "BALAIKOTA",
    "location": "BALAIKOTA",
    "description": "SOURCE: KOTA ATCS | provider: official FLV | source_status: direct_flv"
    " | source_id: BalaiKota",
    "stream_source": "external",
    "delivery_type": "external_flv",
    "external_stream_url": None,
    "external_embed_url": "https://p.cctv.example/play/#https://f.cctv.example:8086/c/Balai.flv",
    "external_origin_mode": "direct",
    "external_use_proxy": 0,
    "external_tls_mode": "insecure",
    "latitude": None,
    "longitude": None,
    "enabled": 1,
}
TULUNGAGUNG: Final = {
    "name": "Perempatan",
    "address": "Jl. Pahlawan 3",
    "latitude": "-8.06",
    "longitude": "111.90",
    "is_online": False,
    "source_id": 9,
    "route_url": "https://t.cctv.example/embed/9",
    "stream_url": None,
    "created_at": 1700000000000,
}
MEDIAMTX: Final = """
pathDefaults:
  sourceOnDemand: yes
paths:
  gerbang/utama:
    source: rtsp://admin:rahasia@192.0.2.10:554/stream1
    rtspTransport: tcp
  "~^cam":
    source: rtsp://192.0.2.11/x
  all_others:
  terima:
    source: publisher
  rahasia:
    source: rtsp://user:${CAM_PASS}@192.0.2.12/x
  papan:
    source: rpiCamera
  aneh:
    source: rtmp://192.0.2.13/live
"""
FRIGATE: Final = """
go2rtc:
  streams:
    halaman:
      - rtsp://admin:rahasia@192.0.2.20:554/main#backchannel=0
    lepas: "ffmpeg:rtsp://admin:rahasia@192.0.2.23:554/main#video=h264"
cameras:
  halaman:
    ffmpeg:
      inputs:
        - path: rtsp://127.0.0.1:8554/halaman
          roles: [record, detect]
  depan:
    friendly_name: Pintu Depan
    enabled: false
    ffmpeg:
      inputs:
        - path: rtsp://admin:rahasia@192.0.2.21:554/sub
          roles: [detect]
        - path: rtsp://admin:rahasia@192.0.2.21:554/main
          roles: [record]
  rahasia:
    ffmpeg:
      inputs:
        - path: rtsp://{FRIGATE_RTSP_USER}:{FRIGATE_RTSP_PASSWORD}@192.0.2.22:554/x
          roles: [detect]
  kunci:
    ffmpeg:
      inputs:
        - path: !secret camera_path
          roles: [detect]
"""
M3U: Final = """#EXTM3U
#EXTINF:-1 tvg-id="c1" group-title="Kota, Barat",Simpang, Barat
#EXTVLCOPT:http-referrer=https://ref.cctv.example/
https://m.cctv.example/barat.m3u8
#EXTINF:-1 tvg-name="Timur",
http://m.cctv.example/timur.mjpg
"""


def as_bytes(value: object) -> bytes:
    """Return JSON as a file has it."""
    return json.dumps(value).encode()
