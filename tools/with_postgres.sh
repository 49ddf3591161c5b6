#!/usr/bin/env bash
# Run a command with DATABASE_URL on a fresh PostgreSQL of its own: tools/with_postgres.sh make test-fast
set -euo pipefail
BIN=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1 || true)
if [ -z "$BIN" ]; then
  if [ "${CI:-}" = "true" ]; then echo "PostgreSQL is not installed: apt-get install postgresql"; exit 1; fi
  echo "PostgreSQL is not installed; skipped."; exit 0
fi
DIR=$(mktemp -d); PGPORT=${PGPORT:-54331}
AS=""; if [ "$(id -u)" = 0 ]; then chown postgres "$DIR"; AS="runuser -u postgres --"; fi
cleanup() { cd /; $AS "$BIN/pg_ctl" -D "$DIR/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$DIR"; }
trap cleanup EXIT
(cd "$DIR" && $AS "$BIN/initdb" -D "$DIR/data" -U postgres -A trust --no-sync -E UTF8 --locale=C.UTF-8 >/dev/null)
(cd "$DIR" && $AS "$BIN/pg_ctl" -D "$DIR/data" -l "$DIR/log" -w -o "-p $PGPORT -k $DIR -c fsync=off -c listen_addresses=127.0.0.1 -c max_connections=60" start >/dev/null)
(cd "$DIR" && $AS "$BIN/createdb" -h 127.0.0.1 -p "$PGPORT" -U postgres salesagent)
export DATABASE_URL="postgres://postgres@127.0.0.1:$PGPORT/salesagent"
"$@"
