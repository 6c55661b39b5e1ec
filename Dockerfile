# One image for every function; FUNCTION_TARGET chooses which one a service is. `python -m realtime` is the gateway.
# The base is an argument so that a deployment pins its digest: --build-arg BASE=python:3.12-slim@sha256:…
ARG BASE=python:3.12-slim

FROM ${BASE} AS build
WORKDIR /app
RUN python -m venv --without-pip /venv
COPY requirements.txt .
# Wheels only: nothing of a package runs while it is installed. Bytecode is compiled into the image: without it a cold
# start compiles it again, 2.4 to 3 times as long.
RUN PIP_PYTHON=/venv/bin/python python -m pip install --no-cache-dir --no-compile --only-binary=:all: --require-hashes -r requirements.txt
RUN /venv/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /venv/lib
COPY tools/sbom.py /venv/sbom.py
RUN /venv/bin/python /venv/sbom.py /venv/sbom.cdx.json && rm /venv/sbom.py
COPY main.py ./
COPY shared ./shared
COPY functions ./functions
COPY realtime ./realtime
COPY infra/functions.json ./infra/functions.json
COPY docs/openapi.json ./docs/openapi.json
RUN /venv/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /app

FROM ${BASE}
# Security fixes of the base come with its digest; nothing is installed here, and the base's installer is taken out.
RUN useradd --system --uid 10001 --no-create-home app && rm -rf /usr/local/lib/python3.*/site-packages/* /usr/local/lib/python3.*/ensurepip
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
USER 10001
# Looking for plugins of pydantic reads the metadata of every package, 5 ms of each start, to find that there are none.
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYDANTIC_DISABLE_PLUGINS=__all__ PORT=8080
EXPOSE 8080
CMD ["functions-framework", "--source", "main.py"]
