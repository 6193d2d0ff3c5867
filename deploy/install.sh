#!/bin/sh
# Written by `pantau init`: the steps that need root.  Read it first; running it again does no harm.
set -eu
if [ "$(id -u)" != 0 ]; then
  echo "This needs root: sudo sh $0" >&2
  exit 1
fi
# What was done before a failure stays, and is not done twice.
stopped() {
  [ "$1" = 0 ] || echo "install.sh stopped before its end. Repair it, and run it again." >&2
}
trap 'stopped $?' EXIT
here=$(cd "$(dirname "$0")" && pwd)

# An account that nobody can sign in to.
if ! id -u pantau >/dev/null 2>&1; then
  useradd --system --user-group --no-create-home --shell /usr/sbin/nologin --home-dir /var/lib/pantau pantau
fi
group=$(id -gn pantau)

install -d -m 700 -o pantau -g "$group" /var/lib/pantau /var/lib/pantau/releases
if [ ! -e /srv/recordings ]; then
  install -d -m 700 -o pantau -g "$group" /srv/recordings
fi
chown pantau:"$group" /etc/pantau/pantau.toml
chmod 600 /etc/pantau/pantau.toml
# What runs is what this link names; `pantau release deploy` turns it.
if [ ! -e /var/lib/pantau/releases/current ]; then
  ln -sfn /opt/pantau /var/lib/pantau/releases/current
  chown -h pantau:"$group" /var/lib/pantau/releases/current
fi

units=${UNITS:-/etc/systemd/system}
for unit in pantau-media.service pantau-worker.service pantau-web.service pantau.target; do
  install -m 644 "$here/systemd/$unit" "$units/$unit"
done
systemctl daemon-reload

# So that `pantau` can be typed anywhere: it becomes the right account by itself.
bin=${BIN:-/usr/local/bin}
if [ ! -e "$bin/pantau" ] || grep -qs "pantau init" "$bin/pantau"; then
  install -m 755 "$here/pantau" "$bin/pantau"
else
  echo "$bin/pantau is another program; it was left as it is." >&2
fi

nginx_conf=${NGINX_CONF:-/etc/nginx/conf.d}
certificate=${CERTIFICATE:-/etc/letsencrypt/live/cctv.example.org/fullchain.pem}
if [ -e "$certificate" ]; then
  install -m 644 "$here/nginx/pantau.conf" "$nginx_conf/pantau.conf"
  nginx -t
  systemctl reload-or-restart nginx
else
  echo "The site of nginx waits for its certificate. Get one, then run this again:" >&2
  echo "  certbot certonly --nginx -d cctv.example.org" >&2
fi
echo "Done."
