#!/usr/bin/env bash
# Start `make demo` on a fresh copy, sign in as the printed rep, stop it with SIGTERM.
set -euo pipefail
cd "$(dirname "$0")/.."
DIR=$(mktemp -d); PORT=${PORT:-8123}
git clone -q . "$DIR/clone"; cd "$DIR/clone"
STARTED=$(date +%s)
PORT=$PORT make demo >"$DIR/log" 2>&1 & MAKE=$!
trap 'pkill -TERM -f "manage.py demo --port $PORT" 2>/dev/null || true; wait $MAKE 2>/dev/null || true; rm -rf "$DIR"' EXIT
for _ in $(seq 600); do curl -fs "http://127.0.0.1:$PORT/healthz" >/dev/null 2>&1 && break; sleep 1; done
curl -fsS "http://127.0.0.1:$PORT/healthz"; echo
echo "make demo answered after $(( $(date +%s) - STARTED )) s"
cat "$DIR/log"
read -r _ LOGIN PASSWORD < <(grep '^rep ' "$DIR/log")
J="$DIR/cookies"; URL="http://127.0.0.1:$PORT"
TOKEN=$(curl -fsS -c "$J" "$URL/account/login/" | sed -n 's/.*name="csrfmiddlewaretoken" value="\([^"]*\)".*/\1/p' | head -1)
CODE=$(curl -sS -b "$J" -c "$J" -o /dev/null -w '%{http_code}' -e "$URL/account/login/" -d "csrfmiddlewaretoken=$TOKEN" --data-urlencode "username=$LOGIN" --data-urlencode "password=$PASSWORD" "$URL/account/login/")
[ "$CODE" = 302 ] || { echo "sign-in answered $CODE"; exit 1; }
for PAGE in today approvals leads sequences deals coaching analytics analytics/forecast settings/mailboxes demo/inbox; do
  CODE=$(curl -sS -b "$J" -L -o "$DIR/page" -w '%{http_code}' "$URL/$PAGE/")
  echo "$CODE /$PAGE/"; [ "$CODE" = 200 ]
done
pkill -TERM -f "manage.py demo --port $PORT"
for _ in $(seq 30); do pgrep -f "manage.py demo --port $PORT" >/dev/null || break; sleep 1; done
grep -q '^Stopped\.' "$DIR/log" || { echo "did not stop cleanly"; tail "$DIR/log"; exit 1; }
