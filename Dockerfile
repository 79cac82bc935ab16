# All programs of Duet in one image, built with the Makefile's own flags; docker-compose.yml names the one to run.
FROM debian:bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends build-essential pkg-config libevent-dev \
    libcurl4-openssl-dev libmongoc-dev libsqlite3-dev libjansson-dev uthash-dev libssl-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Makefile ./
COPY common common
COPY unified unified
COPY microservices microservices
COPY bff bff
COPY loadgen loadgen
COPY runner runner
RUN make all

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends libevent-2.1-7 libevent-pthreads-2.1-7 libcurl4 \
    libmongoc-1.0-0 libsqlite3-0 libjansson4 libssl3 curl \
    && rm -rf /var/lib/apt/lists/* && useradd --system duet && mkdir /data && chown duet /data
COPY --from=build /src/build/bin/ /usr/local/bin/
COPY web /usr/local/share/duet/web
USER duet
VOLUME /data
