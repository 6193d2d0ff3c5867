"""The site for nginx, 1.22 and later."""

from pantau.operations.proxies.site import ProxySite


def nginx_site(site: ProxySite) -> str:
    """Return the text of `/etc/nginx/conf.d/pantau.conf`; it belongs into the `http` block."""
    raise NotImplementedError(site)
