#!/usr/bin/env bash
# Makes the secrets that compose.yaml reads, in the folder given or in `secrets` beside this file: random ones, once; what is
# there already stays. As root it also gives each file to the user of the container that reads it.
#
# Keep a copy of master-key apart from every backup of the database: without it each session is lost.
set -euo pipefail
umask 077
folder=${1:-"$(dirname "${BASH_SOURCE[0]}")/secrets"}
mkdir -p "$folder"
cd "$folder"

# made NAME OWNER: keeps standard input under that name, unless it is there.
made() {
  if [[ -e $1 ]]; then cat >/dev/null; else cat >"$1.new" && mv "$1.new" "$1"; fi
  chmod 400 "$1"
  if [[ $(id -u) == 0 ]]; then chown "$2" "$1"; fi
}
random() { openssl rand -hex 32; }
gatewright=65532:65532 # deploy/Containerfile
postgres=999:999       # as the images of PostgreSQL and Redis have it
redis=999:999

random | made master-key "$gatewright"
random | made postgres-password "$postgres"
# `sslmode=disable` on both: they are on a network of this machine's own, which nothing else is on.
echo "postgres://gatewright:$(cat postgres-password)@postgres:5432/gatewright?sslmode=disable" | made store "$gatewright"
if [[ ! -e redis.conf || ! -e sessions ]]; then
  password=$(random)
  echo "requirepass $password" | made redis.conf "$redis"
  echo "redis://:$password@redis:6379/0?sslmode=disable" | made sessions "$gatewright"
fi
