#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a command with a Docker daemon and Compose; where there is no daemon, with one
# that is installed and started for that time: with-docker.sh COMMAND ARGUMENT...
set -eu

docker info >/dev/null 2>&1 || command -v dockerd >/dev/null || tools/debian-install.sh docker.io
docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null || tools/debian-install.sh docker-compose
# The package may have started it.
if docker info >/dev/null 2>&1; then
	exec "$@"
fi

folder=$(mktemp -d)
export DOCKER_HOST="unix://$folder/socket"
# In a folder of its own, so that no image stays behind; Compose makes the networks.
dockerd --host "$DOCKER_HOST" --data-root "$folder/data" --exec-root "$folder/exec" \
	--pidfile "$folder/pid" --bridge none >"$folder/log" 2>&1 &
daemon=$!
trap 'kill "$daemon" 2>/dev/null || true; wait "$daemon" || true; rm -rf "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

tries=600
until docker info >/dev/null 2>&1; do
	tries=$((tries - 1))
	if [ $tries = 0 ] || ! kill -0 "$daemon" 2>/dev/null; then
		cat "$folder/log" >&2
		echo "No Docker daemon runs here, and none could be started, see above." >&2
		exit 1
	fi
	sleep 0.1
done
"$@"
