#!/usr/bin/env bash
# Asks the server what digit an image shows, with curl alone: classify.sh IMAGE [SERVER]
set -euo pipefail

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
  echo "usage: $0 IMAGE [SERVER]     SERVER is http://localhost:8501 if not given" >&2
  exit 2
fi
image=$1
server=${2:-http://localhost:8501}
if [ ! -f "$image" ] || [ ! -r "$image" ]; then
  echo "$image: no such file, or it can't be read" >&2
  exit 1
fi

# Through a pipe, since an image may be longer than an argument can be.
{
  printf '{"instances": [{"b64": "'
  base64 <"$image" | tr -d '\n'
  printf '"}]}'
} | curl --silent --show-error --fail-with-body --write-out '\n' --data-binary @- "$server/v1/models/digits:predict"
