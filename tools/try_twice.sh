#!/usr/bin/env bash
# Run pytest with the given arguments; up to three tests that failed among the others run once more, in one
# process. What passes then is named as shaky and stops nothing; what fails again stops everything.
set -uo pipefail
cd "$(dirname "$0")/.."
PY=.venv/bin/python
AGAIN=3
cache=$(mktemp -d); trap 'rm -rf "$cache"' EXIT
$PY -m pytest -o cache_dir="$cache" "$@"
code=$?
test "$code" -eq 1 || exit "$code"
failed=$($PY -c 'import json, sys; print("\n".join(json.load(open(sys.argv[1]))))' "$cache/v/cache/lastfailed") || exit 1
count=$(wc -l <<<"$failed")
if test -z "$failed" || test "$count" -gt "$AGAIN"; then exit 1; fi
printf '== once more, without the others:\n%s\n' "$failed"
$PY -m pytest -o cache_dir="$cache" "$@" -n 0 --lf --lfnf=none || exit 1
printf '== SHAKY, passed only without the others:\n%s\n' "$failed"
