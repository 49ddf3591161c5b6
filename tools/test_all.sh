#!/usr/bin/env bash
# Every test there is. A peer that is not installed is skipped here and fails with CI=true.
set -euo pipefail
cd "$(dirname "$0")/.."
PY=.venv/bin/python
export PYTHONDONTWRITEBYTECODE=  # each run and each process it starts would compile everything anew
step() { printf '== %s (%ss)\n' "$1" "$SECONDS"; }
step "fast suite (SQLite)";          tools/try_twice.sh -n auto
step "long ones";                    tools/try_twice.sh -m slow -n auto --maxschedchunk=1 --timeout=300
step "servers we did not write";     tools/try_twice.sh -m peer -n auto --dist loadfile
step "browser";                      tools/try_twice.sh -m browser -n auto --timeout=300
step "what reads or writes tables (PostgreSQL)"
tools/with_postgres.sh tools/try_twice.sh -n auto -m "database and not browser and not peer and not slow"
step "kill -9 while sending";        $PY bench/crash.py
step "the same over Gmail, Twilio";  for via in gmail twilio; do $PY bench/crash.py --via $via --touches 600 --kills 10; done
step "done"
