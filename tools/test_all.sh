#!/usr/bin/env bash
# Every test there is. A peer that is not installed is skipped here and fails with CI=true.
set -euo pipefail
cd "$(dirname "$0")/.."
PY=.venv/bin/python
echo "== fast suite (SQLite)";          $PY -m pytest -n auto
echo "== long ones";                  $PY -m pytest -m slow
echo "== servers we did not write";     $PY -m pytest -m peer
echo "== browser";                      $PY -m pytest -m browser
echo "== fast suite (PostgreSQL)";      tools/with_postgres.sh $PY -m pytest -n auto
echo "== kill -9 while sending";        $PY bench/crash.py
echo "== the same over Gmail, Twilio"; for via in gmail twilio; do $PY bench/crash.py --via $via --touches 600 --kills 10; done
