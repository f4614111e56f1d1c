# SPDX-License-Identifier: Apache-2.0
# The images of docker-compose.tests.yaml: those of Dockerfile, but of what make has
# built. A file of its own, since Docker's classic builder runs unused stages as well.

FROM envoyproxy/envoy:v1.40.0 AS envoy
WORKDIR /notimplemented
COPY build/plugin.wasm build/
COPY build/envoy.yaml /etc/envoy/

FROM scratch AS server
COPY build/server /
