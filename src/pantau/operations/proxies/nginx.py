"""The site for nginx, 1.22 and later.

How cut-off reaches its cache is told in `docs/design/proxies.md`.
"""

from typing import Final

from pantau.operations.proxies.site import AWAY_DATA, AWAY_PAGE, HTTP2_DIRECTIVE, ProxySite, fill

_HEAD: Final = """\
# Pantau behind nginx.  Written by `pantau init`; belongs into /etc/nginx/conf.d/.

upstream pantau {
    # Twice the same: a read that meets a connection which is just being closed is asked again.
    server <<upstream>> max_fails=0;
    server <<upstream>> max_fails=0;
    keepalive 64;
    # Shorter than Pantau's own 75 seconds, so that this side closes first.
    keepalive_timeout 60s;
}

# What changes something is never sent twice, so it gets a connection that nobody is closing.
upstream pantau_writes {
    server <<upstream>> max_fails=0;
}

map $request_method $pantau_hub {
    default pantau_writes;
    GET     pantau;
    HEAD    pantau;
}

map $request_method $pantau_connection {
    default close;
    GET     "";
    HEAD    "";
}

<<scheme_map>># Whoever shows who they are gets no answer that others got, and leaves none for them.
map $http_cookie $pantau_cookie {
    default  "";
    ~token=  1;
}

map $args $pantau_token {
    default  "";
    ~*token  1;
}

# Addresses that open something by themselves stay out of the log, and so does what follows "?".
map $uri $pantau_logged {
    default          $uri;
    ~^/api/clips/.   /api/clips/***;
}

log_format pantau '$remote_addr [$time_iso8601] "$request_method $pantau_logged $server_protocol" '
                  '$status $body_bytes_sent ${request_time}s cache=$upstream_cache_status '
                  'id=$request_id "$http_user_agent"';

proxy_cache_path <<cache_dir>> levels=1:2 keys_zone=pantau:10m
                 max_size=512m inactive=60s use_temp_path=off;
"""
_REDIRECT: Final = """
server {
    <<listen>>
    server_name <<server_name>>;
    access_log off;

    location ^~ /.well-known/acme-challenge/ {
        root /var/www/html;
    }

    location / {
        return 301 https://$host$request_uri;
    }
}
"""
_TLS: Final = """\
    ssl_certificate <<certificate>>;
    ssl_certificate_key <<key>>;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:pantau_tls:5m;
    ssl_session_tickets off;
"""
_SERVER: Final = """
server {
    <<listen>>
    server_name <<server_name>>;
<<tls>>
    access_log <<log_dir>>/pantau.log pantau;
    # Lines of lower levels quote whole requests, tokens included.
    error_log <<log_dir>>/pantau-error.log crit;

    server_tokens off;
    # Pantau compresses what is worth it, once for everybody.
    gzip off;
    client_max_body_size <<most_body>>;
    client_header_timeout 15s;
    client_body_timeout 60s;
    send_timeout 60s;
    large_client_header_buffers 4 32k;

    proxy_http_version 1.1;
    proxy_set_header Connection $pantau_connection;
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto <<scheme>>;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Request-Id $request_id;
    proxy_connect_timeout 10s;
    proxy_send_timeout 60s;
    proxy_read_timeout 120s;
    proxy_buffers 16 32k;
    proxy_buffer_size 32k;
    # Nothing that is passed on is written to disk, however large it is.
    proxy_max_temp_file_size 0;
    proxy_next_upstream error;
    proxy_next_upstream_tries 2;
    proxy_ignore_headers <<ignored>>;
    proxy_cache_key $scheme$request_uri;
    proxy_cache_lock on;
    proxy_cache_lock_timeout 3s;
    proxy_cache_revalidate on;
    proxy_cache_bypass $pantau_cookie $pantau_token $http_authorization $http_x_api_key;
    proxy_no_cache $pantau_cookie $pantau_token $http_authorization $http_x_api_key;

    error_page 413 = @pantau_too_large;
    error_page 502 504 = @pantau_away;

    location ^~ /health {
        access_log off;
        proxy_read_timeout 15s;
        error_page 502 504 = @pantau_away_data;
        proxy_pass http://$pantau_hub;
    }

    # Playlists are new every moment, and low-latency players are answered when there is news.
    location ^~ /hls/ {
        proxy_read_timeout 75s;
        error_page 502 504 = @pantau_away_data;
        proxy_pass http://$pantau_hub;

        # Pieces of the picture never change; Pantau says with each for how long it may be passed on
        # before it must be asked again, which is a second.  It answers then without the bytes.
        location ~ \\.(?:mp4|m4s|mp|ts|m4a|aac|vtt)$ {
            proxy_read_timeout 15s;
            proxy_cache pantau;
            proxy_cache_use_stale updating;
            add_header X-Cache-Status $upstream_cache_status;
            proxy_pass http://$pantau_hub;
        }
    }

    # Named by their content: a new build has new names.
    location ^~ /assets/ {
        proxy_cache pantau;
        proxy_cache_use_stale updating error timeout;
        add_header X-Cache-Status $upstream_cache_status;
        proxy_pass http://$pantau_hub;
    }

    # Footage: any part of a file, at the pace of who watches.
    location ^~ /api/recordings/ {
        proxy_buffering off;
        proxy_read_timeout 300s;
        proxy_send_timeout 300s;
        error_page 502 504 = @pantau_away_data;
        proxy_pass http://$pantau_hub;
    }

    location ^~ /api/clips/ {
        proxy_buffering off;
        proxy_read_timeout 300s;
        error_page 502 504 = @pantau_away_data;
        proxy_pass http://$pantau_hub;
    }

    # Answers that never end.
    location ^~ /api/admin/analytics/realtime {
        proxy_buffering off;
        proxy_read_timeout 1h;
        error_page 502 504 = @pantau_away_data;
        proxy_pass http://$pantau_hub;
    }
<<uploads>>
    # Before any rule by the ending of a file, so that none takes the pictures of the API.
    location ^~ /api/ {
        error_page 502 504 = @pantau_away_data;
        proxy_pass http://$pantau_hub;
    }

    location ^~ /.well-known/ {
        proxy_pass http://$pantau_hub;
    }

    location ~ /\\. {
        return 404;
    }

    location / {
        proxy_pass http://$pantau_hub;
    }

    location @pantau_away {
        internal;
        default_type "text/html; charset=utf-8";
        add_header Retry-After 5 always;
        add_header Cache-Control no-store always;
        return 503 '<<away_page>>';
    }

    location @pantau_away_data {
        internal;
        default_type application/json;
        add_header Retry-After 5 always;
        add_header Cache-Control no-store always;
        return 503 '<<away_data>>';
    }

    location @pantau_too_large {
        internal;
        default_type application/json;
        add_header Cache-Control no-store always;
        return 413 '{"success":false,"message":"The request is too large."}';
    }
}
"""
_IGNORED: Final = ("X-Accel-Redirect", "X-Accel-Charset", "X-Accel-Limit-Rate")
_UPLOAD: Final = """
    location ^~ <<prefix>> {
        client_max_body_size <<most_bytes>>;
        proxy_request_buffering off;
        proxy_send_timeout 300s;
        proxy_read_timeout 600s;
        proxy_pass http://$pantau_hub;
    }
"""
_SCHEME_MAP: Final = """\
# Whoever stands before this site speaks TLS with visitors, and says so.
map $http_x_forwarded_proto $pantau_scheme {
    default  http;
    https    https;
}

"""


def nginx_site(site: ProxySite) -> str:
    """Return the text of `/etc/nginx/conf.d/pantau.conf`; it belongs into the `http` block."""
    name = site.host or "_"
    parts = [
        fill(
            _HEAD,
            upstream=site.upstream,
            scheme_map="" if site.knows_scheme else _SCHEME_MAP,
            cache_dir=str(site.cache_dir),
        )
    ]
    if site.knows_scheme:
        parts.append(fill(_REDIRECT, listen=_listen(site, tls=False), server_name=name))
    parts.append(
        fill(
            _SERVER,
            listen=_listen(site, tls=site.knows_scheme),
            server_name=name,
            tls=_tls(site),
            away_page=AWAY_PAGE,
            away_data=AWAY_DATA,
            log_dir=str(site.log_dir or "/var/log/nginx"),
            most_body=str(site.most_body_bytes),
            scheme="$scheme" if site.knows_scheme else "$pantau_scheme",
            ignored=" ".join(_IGNORED if site.is_beside else ("X-Accel-Expires", *_IGNORED)),
            uploads="".join(
                fill(_UPLOAD, prefix=prefix, most_bytes=str(most_bytes))
                for prefix, most_bytes in sorted(site.uploads.items())
            ),
        )
    )
    return "".join(parts)


def _listen(site: ProxySite, *, tls: bool) -> str:
    port = site.https_port if tls else site.http_port
    has_directive = site.nginx_version >= HTTP2_DIRECTIVE
    words = (" ssl" if has_directive else " ssl http2") if tls else ""
    # Without an address the machine's others are meant as well, of both kinds.
    addresses = (f"{site.address}:",) if site.address else ("", "[::]:")
    lines = [f"listen {address}{port}{words};" for address in addresses]
    if tls and has_directive:
        lines.append("http2 on;")
    return "\n    ".join(lines)


def _tls(site: ProxySite) -> str:
    if not site.knows_scheme:
        return ""
    made = f"/etc/letsencrypt/live/{site.host}"
    return fill(
        _TLS,
        certificate=str(site.certificate or f"{made}/fullchain.pem"),
        key=str(site.key or f"{made}/privkey.pem"),
    )
