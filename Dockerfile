# EchoGLS with the versions of requirements.lock:
#     docker build -t echogls .
#     docker run --rm --user "$(id -u):$(id -g)" -v "$PWD":/study echogls measure clip.dcm
#     docker run --rm --user "$(id -u):$(id -g)" -v "$PWD":/study echogls run --cores 4
FROM python:3.11-slim
COPY requirements.lock /opt/source/
RUN pip install --no-cache-dir --require-hashes -r /opt/source/requirements.lock
COPY . /opt/source/
RUN pip install --no-cache-dir --no-deps --no-build-isolation /opt/source && rm -rf /opt/source
# A user without a home here: caches of Snakemake and matplotlib lie in the container.
ENV HOME=/tmp PYTHONDONTWRITEBYTECODE=1
WORKDIR /study
ENTRYPOINT ["echogls"]
CMD ["--help"]
