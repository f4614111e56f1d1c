#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds a stand-in for the image envoyproxy/envoy, of the same Envoy and of bash, by
# which the health check asks it: envoy-image.sh VERSION
set -euo pipefail
version=$1 envoy=.tools/envoy-$1/envoy

tools/install.sh "$envoy"
libraries=$(ldd "$envoy" /bin/bash | awk '$2 == "=>" { print $3 } $1 ~ /^\/.*[^:]$/ { print $1 }' | sort -u)
# shellcheck disable=SC2086 # one word a library
tar --create --dereference --absolute-names --transform "s|^$envoy$|usr/local/bin/envoy|" "$envoy" /bin/bash $libraries |
	docker import --change 'CMD ["envoy", "-c", "/etc/envoy/envoy.yaml"]' - "envoyproxy/envoy:v$version"
