#!/usr/bin/env bash
# Ends what start.sh began, and removes its directory.
# usage: stop.sh DIRECTORY
set -uo pipefail
home=$(cd "$1" && pwd)
for file in "$home/httpd.pid" "$home/memcached.pid" "$home/db/data/postmaster.pid"; do
  [ -f "$file" ] && kill -INT "$(head -1 "$file")" 2>/dev/null
done
[ -f "$home/httpd.pid" ] && kill -TERM "$(cat "$home/httpd.pid")" 2>/dev/null
for _ in $(seq 50); do
  [ -f "$home/db/data/postmaster.pid" ] || break
  sleep 0.1
done
rm -rf "$home"
