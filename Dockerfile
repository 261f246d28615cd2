# What installs the packages stays behind in this stage: the image that ships
# has no pip, no build backend and no compiler.
FROM python:3.11-slim-bookworm AS build
# `--build-arg PACKAGES=apprise` adds the channels that go through Apprise.
ARG PACKAGES=run
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build

COPY requirements/build.txt requirements/${PACKAGES}.txt requirements/
RUN python3 -m venv tools \
    && tools/bin/pip install --no-deps --require-hashes --only-binary :all: \
        --requirement requirements/build.txt \
    && python3 -m venv --without-pip /opt/holdclock \
    && tools/bin/pip --python /opt/holdclock/bin/python install --no-deps --require-hashes \
        --only-binary :all: --requirement "requirements/${PACKAGES}.txt"

COPY pyproject.toml README.md ./
COPY config config
COPY notifiers notifiers
COPY scheduler scheduler
COPY web web
RUN tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
    && tools/bin/pip --python /opt/holdclock/bin/python install --no-deps --no-index dist/*.whl


FROM python:3.11-slim-bookworm
# A fixed number, so that the files it reads can be given to it on the host.
RUN groupadd --gid 10001 holdclock \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/holdclock \
        --shell /usr/sbin/nologin holdclock \
    && install --directory --mode 0700 --owner 10001 --group 10001 /var/lib/holdclock
COPY --from=build /opt/holdclock /opt/holdclock

# Nothing but the state folder is ever written: the root may be read-only.
ENV PATH=/opt/holdclock/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOLDCLOCK_LOG_FORMAT=json \
    XDG_STATE_HOME=/var/lib
VOLUME /var/lib/holdclock
WORKDIR /var/lib/holdclock
USER 10001:10001
# Of `serve` and `web`.
EXPOSE 8000

HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 \
    CMD ["holdclock", "doctor", "--live"]
ENTRYPOINT ["holdclock"]
CMD ["worker"]
