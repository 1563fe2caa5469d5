# One image for web, worker, beat, migrate and the sandbox; docker-compose.yml says which command each runs.

FROM node:24-slim AS frontend
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev
COPY devtools/build_frontend.mjs devtools/
RUN npm run build

FROM python:3.12-slim AS packages
WORKDIR /build
COPY requirements.txt .
# Everything comes as a wheel: no compiler is needed here, and none gets into the image.
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --only-binary :all: -r requirements.txt

FROM python:3.12-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONTZPATH="" \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/app/var
# /data is for what outlives a container (beat's clock, the sandbox's database); the static files are in the image.
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin bms \
    && install --directory --owner=bms --group=bms /data
WORKDIR /app
COPY --from=packages /venv /venv
COPY --from=frontend /app/build/frontend build/frontend
COPY manage.py ./
COPY bmscal bmscal
COPY calendarsync calendarsync
COPY cronofy_sandbox cronofy_sandbox
COPY static static
COPY templates templates
# Static files are part of the image: every copy of it serves the same. The values only let the settings load.
RUN SECRET_KEY=build FIELD_KEYS=build DATABASE_URL=postgresql://build REDIS_URL=redis://build \
    CRONOFY_CLIENT_ID=build CRONOFY_CLIENT_SECRET=build \
    python manage.py collectstatic --noinput --verbosity=0
VOLUME /data
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=4 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "--bind=0.0.0.0:8000", "--workers=2", "--threads=16", "--no-control-socket", "--worker-tmp-dir=/dev/shm", "--access-logfile=-", "bmscal.wsgi"]
