// Written by `pantau init`.  Start: pm2 start ecosystem.config.cjs && pm2 save
// Replace web or worker without a gap: pm2 sendSignal SIGHUP pantau-web
// (`pm2 reload` would end the old one first: this is one process of its kind each.)
//
// wait_ready is off on purpose: PM2 takes readiness from Node's own channel alone, which no other
// program has.  Whether the hub is ready says `pantau health`.

module.exports = {
  apps: [
    {
      name: "pantau-media",
      script: "/var/lib/pantau/releases/current/bin/pantau",
      args: ["serve", "--only", "media"],
      interpreter: "none",
      exec_mode: "fork",
      cwd: "/var/lib/pantau",
      env: { PANTAU_CONFIG: "/etc/pantau/pantau.toml" },
      wait_ready: false,
      treekill: false,
      kill_timeout: 45000,
      autorestart: true,
      exp_backoff_restart_delay: 200,
      stop_exit_codes: [2],
    },
    {
      name: "pantau-worker",
      script: "/var/lib/pantau/releases/current/bin/pantau",
      args: ["serve", "--only", "worker"],
      interpreter: "none",
      exec_mode: "fork",
      cwd: "/var/lib/pantau",
      env: { PANTAU_CONFIG: "/etc/pantau/pantau.toml" },
      wait_ready: false,
      treekill: false,
      kill_timeout: 45000,
      autorestart: true,
      exp_backoff_restart_delay: 200,
      stop_exit_codes: [2],
    },
    {
      name: "pantau-web",
      script: "/var/lib/pantau/releases/current/bin/pantau",
      args: ["serve", "--only", "web"],
      interpreter: "none",
      exec_mode: "fork",
      cwd: "/var/lib/pantau",
      env: { PANTAU_CONFIG: "/etc/pantau/pantau.toml" },
      wait_ready: false,
      treekill: false,
      kill_timeout: 45000,
      autorestart: true,
      exp_backoff_restart_delay: 200,
      stop_exit_codes: [2],
    }
  ],
};
