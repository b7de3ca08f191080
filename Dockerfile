# telnyx-desk in one image: web, webhooks, worker, beat and migrate are the same image with another command.
# It holds no settings and no secrets, runs as an unprivileged user, and works on a read-only file system with a /tmp.

FROM python:3.11-slim-trixie AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.txt /tmp/requirements.txt
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --require-hashes --only-binary :all: -r /tmp/requirements.txt \
    && /opt/venv/bin/pip uninstall --yes pip setuptools

FROM python:3.11-slim-trixie
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    STATIC_ROOT=/opt/telnyx-desk/var/static \
    DOCUMENTS_ROOT=/var/lib/telnyx-desk/documents
# pg_dump and pg_restore, of the version that compose.yaml runs.
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-client-17 && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /nonexistent desk \
    && install --directory --owner desk --group desk --mode 0700 /var/lib/telnyx-desk/documents
COPY --from=packages /opt/venv /opt/venv
WORKDIR /opt/telnyx-desk
COPY . .
# Needs neither settings nor a database. What it writes belongs to root; the desk only reads it.
RUN chmod -R a+rX . \
    && python manage.py collectstatic --noinput \
    && python -m compileall -q config messaging tollfree hosted rcs
USER 10001:10001
VOLUME /var/lib/telnyx-desk/documents
EXPOSE 8000
# For web and webhooks. compose.yaml asks worker and beat for their signs of life instead.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000"]
