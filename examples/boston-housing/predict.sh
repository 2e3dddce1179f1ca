#!/usr/bin/env bash
# Sends a payload to a served model, a number of times, and prints each answer.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
times=1
file=$here/data.json
type=application/json
url=http://localhost:8501/v1/models/boston_model:predict

usage() {
  cat <<'TEXT'
usage: predict.sh [-n TIMES] [-f FILE] [-t TYPE] [-u URL]

  -n TIMES  how often to send it (default: 1)
  -f FILE   what to send (default: data.json beside this script)
  -t TYPE   its content type (default: application/json)
  -u URL    where to (default: http://localhost:8501/v1/models/boston_model:predict)

Exits with 0 if every request was answered with 200, else with 1.
TEXT
}

mistake() {
  echo "predict.sh: $1" >&2
  usage >&2
  exit 2
}

while getopts n:f:t:u:h option; do
  case $option in
    n) times=$OPTARG ;;
    f) file=$OPTARG ;;
    t) type=$OPTARG ;;
    u) url=$OPTARG ;;
    h) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
done
shift $((OPTIND - 1))
[ $# -eq 0 ] || mistake "unexpected argument: $1"
[[ $times =~ ^[1-9][0-9]*$ ]] || mistake "-n $times is not a number of times"
[ -r "$file" ] || mistake "cannot read $file"

answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
failed=0
for ((i = 1; i <= times; i++)); do
  # Where there is no connection, curl says so itself.
  status=$(curl -sS -o "$answer" -w '%{http_code}' -H "Content-Type: $type" --data-binary "@$file" "$url") || status=000
  if [ "$status" = 200 ]; then
    printf '%s\n' "$(<"$answer")"
  else
    failed=$((failed + 1))
    [ "$status" = 000 ] || printf 'HTTP status %s: %s\n' "$status" "$(<"$answer")" >&2
  fi
done
if [ "$failed" -gt 0 ]; then
  echo "$failed of $times requests failed" >&2
  exit 1
fi
