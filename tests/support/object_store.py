"""A server that speaks S3, in a thread of its own, with one bucket."""

from collections.abc import Iterator

import boto3  # type: ignore[import-untyped]
import pytest
from moto.server import ThreadedMotoServer

from pantau.settings import ArchiveSettings

BUCKET = "footage"


@pytest.fixture
def archive_settings() -> Iterator[ArchiveSettings]:
    """How to reach a bucket that is empty."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        client = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="key",
            aws_secret_access_key="secret",
        )
        client.create_bucket(Bucket=BUCKET)
        client.close()
        yield ArchiveSettings(
            bucket=BUCKET, endpoint=endpoint, access_key="key", secret_key="secret", prefix="hub"
        )
    finally:
        server.stop()
