# syntax=docker/dockerfile:1
# One image for every part of Assay; docker-compose.yml says which part a container plays.

FROM python:3.12-slim AS dependencies
WORKDIR /build
RUN python -m venv /opt/assay
COPY requirements.txt .
RUN /opt/assay/bin/pip install --no-cache-dir --disable-pip-version-check \
      --require-hashes -r requirements.txt

FROM python:3.12-slim
ENV PATH=/opt/assay/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings.production \
    ASSAY_DATA_DIR=/var/lib/assay
# OpenMP, which scikit-learn's and onnxruntime's wheels leave to the system
RUN apt-get update && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home assay \
    && install --directory --owner assay --mode 0700 /var/lib/assay
COPY --from=dependencies /opt/assay /opt/assay
WORKDIR /srv/assay
COPY . .
# production settings demand an environment even to collect files; none of this is kept
RUN ASSAY_SECRET_KEY=only-to-collect-static-files-and-never-to-sign-anything-at-all \
    ASSAY_ALLOWED_HOSTS=build ASSAY_KEYS_DIR=/tmp/keys \
    ASSAY_DATABASE_URL=postgresql://build@build/build ASSAY_REDIS_URL=redis://build/0 \
    python manage.py collectstatic --noinput --verbosity 0
USER assay
VOLUME /var/lib/assay
EXPOSE 8000
CMD ["gunicorn", "config.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", "--access-logfile", "-"]
