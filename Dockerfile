FROM python:3.11.14-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/leading-together
WORKDIR /build
COPY requirements.lock ./
RUN /opt/leading-together/bin/pip install --require-hashes --only-binary :all: -r requirements.lock
COPY . .
RUN /opt/leading-together/bin/pip install --no-deps --no-build-isolation . \
    && cp -r examples /opt/leading-together/lib/python3.11/site-packages/ # the demonstration's

FROM python:3.11.14-slim
RUN groupadd --gid 10001 leading-together \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data leading-together \
    && install --directory --owner 10001 --group 10001 --mode 0700 /data /epochs
COPY --from=build /opt/leading-together /opt/leading-together
ENV PATH=/opt/leading-together/bin:$PATH PYTHONDONTWRITEBYTECODE=1 LT_DATA=/data
USER 10001:10001
WORKDIR /data
HEALTHCHECK --interval=30s --timeout=15s --start-period=60s CMD ["leading-together", "status"]
ENTRYPOINT ["leading-together"]
