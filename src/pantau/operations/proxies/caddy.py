"""The site for Caddy, 2.6 and later.

Caddy keeps nothing by itself: every piece is asked of Pantau, which has it in memory, and bodies
pass as they come, so that Pantau's own limits hold.
"""

from typing import Final

from pantau.operations.proxies.site import AWAY_DATA, AWAY_PAGE, ProxySite, fill

_SITE: Final = """\
# Pantau behind Caddy.  Written by `pantau init`; it is /etc/caddy/Caddyfile, or imported there.

(pantau_hub) {
	header_up X-Request-Id {http.request.uuid}
<<trusted>>	# A hub that is just starting is asked again for five seconds; what changes something is
	# sent again only where it never left here.
	lb_try_duration 5s
	lb_try_interval 100ms
}

<<address>> {
<<lines>>
	# Never `encode` here: Pantau compresses what is worth it, once for everybody.
	header -Server

	@hidden {
		path_regexp /\\.
		not path /.well-known/* /api/*
	}
	respond @hidden 404

	# What changes something is never sent twice, so it gets a connection that nobody is closing.
	@writes not method GET HEAD
	reverse_proxy @writes <<upstream>> {
		import pantau_hub
		transport http {
			keepalive off
			compression off
			dial_timeout 10s
		}
	}

	reverse_proxy <<upstream>> {
		import pantau_hub
		transport http {
			# Shorter than Pantau's own 75 seconds, so that this side closes first.
			keepalive 60s
			keepalive_idle_conns_per_host 64
			compression off
			dial_timeout 10s
			response_header_timeout 120s
		}
	}

	handle_errors {
		header Retry-After 5
		header Cache-Control no-store
		@data path /api/* /hls/* /health*
		handle @data {
			header Content-Type application/json
			respond `<<away_data>>` 503
		}
		handle {
			header Content-Type "text/html; charset=utf-8"
			respond `<<away_page>>` 503
		}
	}

	# Addresses that open something by themselves stay out of the log, and so does what follows "?".
	log {
		output file <<log_dir>>/pantau.log
		format filter {
			wrap json
			fields {
				request>uri regexp `(\\?.*|^/api/clips/.*)` ""
				request>headers delete
				resp_headers delete
			}
		}
	}
}
"""
_TRUSTED: Final = """\
	# The tunnel on this machine says who asks, and that TLS was spoken.
	trusted_proxies 127.0.0.0/8 ::1/128
"""


def caddy_site(site: ProxySite) -> str:
    """Return the text of a Caddyfile with this one site; it may also be imported into another."""
    lines = []
    if site.address:
        lines.append(f"bind {site.address}")
    if site.tls == "files":
        lines.append(f"tls {site.certificate} {site.key}")
    return fill(
        _SITE,
        address=_address(site),
        lines="".join(f"\t{line}\n" for line in lines),
        trusted="" if site.knows_scheme else _TRUSTED,
        upstream=site.upstream,
        away_page=AWAY_PAGE,
        away_data=AWAY_DATA,
        log_dir=str(site.log_dir or "/var/log/caddy"),
    )


def _address(site: ProxySite) -> str:
    if not site.knows_scheme:
        # Without the name: Caddy finds the log of a site by it and the port, and tunnels leave out
        # the port.
        return f"http://:{site.http_port}"
    return site.host if site.https_port == 443 else f"https://{site.host}:{site.https_port}"
