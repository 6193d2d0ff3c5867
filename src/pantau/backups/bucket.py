"""Backups in an S3-compatible bucket.  Whoever has none need not load its client."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from pantau.backups.delivering import PROBE, PROBE_TEXT, Parcel, superfluous
from pantau.backups.models import DeliveryKind, Plan
from pantau.backups.names import SUM_SUFFIX
from pantau.core.errors import Problem, Unavailable

_PIECE_BYTES: Final = 8 * 1024 * 1024
_TROUBLE: Final = (BaseError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class BucketDestination:
    """An S3-compatible bucket."""

    bucket: str
    store: S3Store = field(repr=False)
    kind: DeliveryKind = "s3"

    @property
    def place(self) -> str:
        return self.bucket

    async def deliver(self, parcel: Parcel) -> None:
        try:
            await obstore.put_async(
                self.store, parcel.file.name, parcel.file, chunk_size=_PIECE_BYTES
            )
            told = await obstore.head_async(self.store, parcel.file.name)
            # What was begun and cut off must not count as delivered.
            if int(told["size"]) != (await asyncio.to_thread(parcel.file.stat)).st_size:
                raise Unavailable("backup.bucket", "The bucket did not take the whole backup.")
            await obstore.put_async(self.store, parcel.file.name + SUM_SUFFIX, parcel.sum_line)
        except _TROUBLE as error:
            raise _bucket_trouble(error) from None

    async def rotate(self, plan: Plan) -> int:
        try:
            names = [
                str(item["path"]) async for listed in obstore.list(self.store) for item in listed
            ]
            old = superfluous((name.rpartition("/")[2] for name in names), plan)
            for name in old:
                await obstore.delete_async(self.store, [name, name + SUM_SUFFIX])
        except _TROUBLE as error:
            raise _bucket_trouble(error) from None
        return len(old)

    async def test(self) -> None:
        try:
            await obstore.put_async(self.store, PROBE, PROBE_TEXT)
            await obstore.delete_async(self.store, PROBE)
        except _TROUBLE as error:
            raise _bucket_trouble(error) from None


def open_bucket(plan: Plan, secret: str) -> BucketDestination:
    """Return the bucket of a plan; nothing is asked yet.  Raises Problem."""
    try:
        store = S3Store(
            plan.s3_bucket,
            prefix=plan.s3_prefix or None,
            endpoint=plan.s3_endpoint or None,
            region=plan.s3_region or "us-east-1",
            access_key_id=plan.s3_access_key,
            secret_access_key=secret,
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": plan.s3_endpoint.startswith("http://"),
                "timeout": timedelta(seconds=120),
                "connect_timeout": timedelta(seconds=10),
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=90)},
        )
    except _TROUBLE as error:
        raise _bucket_trouble(error) from None
    return BucketDestination(plan.s3_bucket, store)


def _bucket_trouble(error: Exception) -> Problem:
    """Name the trouble without the server's words: they repeat addresses and keys."""
    sentences = {
        "PermissionDeniedError": "The bucket does not let us do this.",
        "UnauthenticatedError": "The bucket does not know our keys.",
        "NotFoundError": "There is no such bucket.",
    }
    known = sentences.get(type(error).__name__)
    return Unavailable(
        "backup.bucket", known or f"The bucket cannot be reached ({type(error).__name__})."
    )
