"""The site for Caddy, 2.6 and later."""

from pantau.operations.proxies.site import ProxySite


def caddy_site(site: ProxySite) -> str:
    """Return the text of a Caddyfile with this one site; it may also be imported into another."""
    raise NotImplementedError(site)
