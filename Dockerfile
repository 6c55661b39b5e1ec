# One image for every function; FUNCTION_TARGET chooses which one a service is.
# The base is an argument so that a deployment pins its digest: --build-arg BASE=python:3.12-slim@sha256:…
ARG BASE=python:3.12-slim

FROM ${BASE} AS build
WORKDIR /app
RUN python -m venv /venv
COPY requirements.txt .
# Bytecode is compiled into the image: without it a cold start compiles it again, 2.4 to 3 times as long.
RUN /venv/bin/python -m pip install --no-cache-dir --no-compile --require-hashes -r requirements.txt
RUN /venv/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /venv/lib
COPY main.py ./
COPY shared ./shared
COPY functions ./functions
COPY infra/functions.json ./infra/functions.json
COPY docs/openapi.json ./docs/openapi.json
RUN /venv/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /app

FROM ${BASE}
# Security fixes of the base come with its digest; nothing is installed here, and nothing can be built.
RUN useradd --system --uid 10001 --no-create-home app
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
USER 10001
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PORT=8080
EXPOSE 8080
CMD ["functions-framework", "--source", "main.py"]
