# Sourced: a private Docker Engine for one script, in a folder of its own. `engine_up` returns 1 with the reason in engine_reason where this
# machine can't have one; `engine_down` ends it and leaves nothing behind. Uses neither the machine's own engine nor its images.

engine_reason=
engine_folder=
engine_pid=

engine_up() {
  [ "$(id -u)" = 0 ] || { engine_reason="an engine needs root, this is $(id -un)"; return 1; }
  engine_install || return 1
  engine_folder=$(mktemp -d /var/tmp/sluice-engine.XXXXXX)
  export DOCKER_HOST=unix://$engine_folder/docker.sock DOCKER_BUILDKIT=1
  dockerd -H "$DOCKER_HOST" --data-root "$engine_folder/data" --exec-root "$engine_folder/exec" --pidfile "$engine_folder/pid" \
    --bip 172.31.251.1/24 --ipv6=false --ip 127.0.0.1 --log-level warn >"$engine_folder/log" 2>&1 &
  engine_pid=$!
  local _
  for _ in $(seq 1 240); do
    docker info >/dev/null 2>&1 && return 0
    kill -0 "$engine_pid" 2>/dev/null || break
    sleep 0.25
  done
  engine_reason="dockerd does not start here: $(tail -n 2 "$engine_folder/log" | tr '\n' ' ' | cut -c 1-400)"
  engine_down
  return 1
}

# Debian's engine comes with a client that has BuildKit, which a newer one without its plug-in has not.
docker() { /usr/bin/docker "$@"; }

engine_install() {
  local missing=()
  [ -x /usr/sbin/dockerd ] && [ -x /usr/bin/docker ] || missing+=(docker.io)
  command -v iptables >/dev/null || missing+=(iptables)
  command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || { engine_reason="no apt-get to install ${missing[*]} with"; return 1; }
  # The package shall start no engine of its own.
  local policy=/usr/sbin/policy-rc.d made=
  [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" && made=yes; }
  local log code=0
  log=$(mktemp)
  { apt-get -o Acquire::Retries=3 update -q &&
    DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=3 install -y -q --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 </dev/null || code=$?
  [ -z "$made" ] || rm -f "$policy"
  [ "$code" = 0 ] || engine_reason="can't install ${missing[*]}: $(grep -E '^(E|Err|W):' "$log" | tail -n 2 | tr '\n' ' ' | cut -c 1-400)"
  rm -f "$log"
  return "$code"
}

engine_down() {
  [ -n "$engine_folder" ] || return 0
  local containers pid _
  containers=$(timeout 20 /usr/bin/docker ps -aq 2>/dev/null || :)
  # shellcheck disable=SC2086 # one word each
  [ -z "$containers" ] || timeout 60 /usr/bin/docker rm -f $containers >/dev/null 2>&1 || :
  if [ -n "$engine_pid" ] && kill -TERM "$engine_pid" 2>/dev/null; then
    for _ in $(seq 1 120); do
      kill -0 "$engine_pid" 2>/dev/null || break
      sleep 0.25
    done
    kill -KILL "$engine_pid" 2>/dev/null || :
    wait "$engine_pid" 2>/dev/null || :
  fi
  # What the engine had started and did not end itself.
  for pid in "$engine_folder"/exec/containerd/containerd.pid; do
    [ ! -f "$pid" ] || kill -TERM "$(cat "$pid")" 2>/dev/null || :
  done
  awk -v folder="$engine_folder/" 'index($2, folder) == 1 { print $2 }' /proc/mounts | sort -r | while read -r mounted; do
    umount -l "$mounted" 2>/dev/null || :
  done
  command -v ip >/dev/null && ip link del docker0 2>/dev/null || :
  rm -rf "$engine_folder" || :
  engine_folder=
}
