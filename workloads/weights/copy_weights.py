"""Copies the weights of one commit from Hugging Face to S3, part by part and without a disk, and the vocabulary that a model needs
beside them.

Meant to be run again after whatever stopped it: a file that is there and right is not copied again, an upload that was
interrupted goes on where it ended, and the marker, written last, ends every later run at once. Nothing is ever deleted.

Several runs at one time for the same prefix do some of the work twice and do no harm: one may take another's upload for an
interrupted one and end it, so whoever loses an upload looks at the object, and copies the file again unless it is right.

Needs boto3 and what boto3 brings along, urllib3; vLLM's image has both, by runai-model-streamer-s3. Reads the token from
HF_TOKEN, and another hub's address from HF_ENDPOINT.

Exit codes: 0 all is there; 1 worth another try; 78 somebody has to change something first.
"""

import argparse
import hashlib
import json
import os
import random
import re
import signal
import sys
import threading
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urljoin, urlsplit

import boto3
import urllib3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from botocore.httpsession import get_cert_path

MIB = 1 << 20

EXIT_TEMPORARY = 1
EXIT_HOPELESS = 78

# Files at once. Hashing goes through a file in order, so only files can be copied side by side.
WORKERS = 8

ATTEMPTS = 8
LONGEST_BACKOFF_SECONDS = 60
# The hub counts requests over windows of five minutes: https://huggingface.co/docs/hub/rate-limits
LONGEST_WAIT_SECONDS = 600

# How S3 refuses an upload that another run has ended, whose parts it has replaced, or whose object it has written first.
# Where KMS encrypts, ETags are no digests, so the same bytes sent again may be another part: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
LOST = ("NoSuchUpload", "InvalidPart", "PreconditionFailed", "ConditionalRequestConflict")

TEMPORARY_STATUSES = (408, 429, 500, 502, 503, 504)
REDIRECTS = (301, 302, 303, 307, 308)
MOST_REDIRECTS = 5

INDEX = "model.safetensors.index.json"
# What vLLM reads beside weights: configuration, tokenizer, chat template, and a model's own code.
COMPANIONS = (".json", ".txt", ".model", ".tiktoken", ".jinja", ".py")


class CopyError(Exception):
    """Another run may succeed."""


class Hopeless(CopyError):
    """No other run will, until somebody has changed something."""


class Temporary(Exception):
    """The same request may succeed later."""

    def __init__(self, reason, seconds=None):
        super().__init__(reason)
        self.seconds = seconds


class Stopped(Exception):
    """Another file has failed."""


class Lost(Exception):
    """Another run has got at the same upload or object."""


@dataclass(frozen=True)
class Settings:
    repository: str
    commit: str
    bucket: str
    prefix: str
    marker: str
    encoding: "Encoding | None"
    hub: str
    token: str
    part_bytes: int
    backoff_seconds: float


@dataclass(frozen=True)
class Encoding:
    """A vocabulary that is in no repository."""

    path: str
    url: str
    sha256: str


@dataclass(frozen=True)
class File:
    path: str
    size: int
    # `sha256` of the content, or for files that are in git itself `gitSha1`, git's hash of the content and its length.
    algorithm: str
    digest: str

    def hasher(self):
        if self.algorithm == "sha256":
            return hashlib.sha256()
        return hashlib.sha1(f"blob {self.size}\0".encode(), usedforsecurity=False)

    def is_made_of(self, chunks):
        hasher = self.hasher()
        for chunk in chunks:
            hasher.update(chunk)
        return hasher.hexdigest() == self.digest


def main():
    settings = read_settings()
    stop = threading.Event()
    # As process 1 of its container it would sleep through a SIGTERM; uploads stay as they are.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(143))
    try:
        copy(settings, stop)
    except CopyError as error:
        return failed(str(error), EXIT_HOPELESS if isinstance(error, Hopeless) else EXIT_TEMPORARY)
    except NoCredentialsError:
        # EKS knows of a new association seconds after it was made, and gives credentials to pods that start later.
        return failed("there are no AWS credentials: the next pod of this Job should get some", EXIT_TEMPORARY)
    except (BotoCoreError, ClientError) as error:
        return failed(f"S3: {error}", EXIT_TEMPORARY)
    return 0


def failed(message, code):
    print(f"error: {message}", file=sys.stderr, flush=True)
    return code


def log(message):
    print(message, flush=True)


def read_settings():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repository", required=True, help="such as Qwen/Qwen3-32B")
    parser.add_argument("--commit", required=True, help="40 hexadecimal digits")
    parser.add_argument("--bucket", required=True)
    parser.add_argument("--prefix", required=True, help="what every object's name begins with, without the last slash")
    parser.add_argument("--marker", required=True, help="name below the prefix of what is written last")
    parser.add_argument("--encoding", help="name below the prefix of the model's vocabulary, if it needs one")
    parser.add_argument("--encoding-url", help="where it is")
    parser.add_argument("--encoding-sha256", help="64 hexadecimal digits")
    # A file has 10,000 parts at most: 640 GB of these. Each worker holds two in memory.
    parser.add_argument("--part-mib", type=int, default=64, help="5 at least, S3's least")
    parser.add_argument("--backoff-seconds", type=float, default=1, help="before the second try; doubles from try to try")
    args = parser.parse_args()
    return Settings(
        repository=args.repository,
        commit=args.commit,
        bucket=args.bucket,
        prefix=args.prefix,
        marker=args.marker,
        encoding=Encoding(args.encoding, args.encoding_url, args.encoding_sha256) if args.encoding else None,
        hub=os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/"),
        token=os.environ.get("HF_TOKEN", "").strip(),
        part_bytes=args.part_mib * MIB,
        backoff_seconds=args.backoff_seconds,
    )


def copy(settings, stop):
    store = Store(settings)
    hub = Hub(settings, stop)
    target = f"s3://{settings.bucket}/{settings.prefix}"
    # First, and looked for even where the marker is: weights that were copied before it was known to be needed lack it.
    if settings.encoding is not None:
        copy_encoding(settings.encoding, hub, store)
    if store.is_complete():
        log(f"{target} is complete: nothing to do")
        return
    files = chosen(hub.files(), hub, settings)
    size = sum(file.size for file in files)
    log(f"copying {len(files)} files, {gb(size)}, of {settings.repository} at {settings.commit} to {target}")
    copy_all(files, Copier(settings, hub, store, stop), stop)
    store.mark_complete(files)
    log(f"{target} is complete")


def copy_encoding(encoding, hub, store):
    if store.size(encoding.path) is not None:
        return
    data = hub.read_elsewhere(encoding.url)
    if hashlib.sha256(data).hexdigest() != encoding.sha256:
        raise CopyError(f"{encoding.url}: the bytes that came do not have its sha256 {encoding.sha256}; nothing was kept")
    store.put(encoding.path, data)
    log(f"{encoding.path}: copied {gb(len(data))}")


def copy_all(files, copier, stop):
    """The largest first, so that none of them is left alone at the end."""
    ordered = sorted(files, key=lambda file: -file.size)
    with ThreadPoolExecutor(WORKERS) as pool:
        running = [pool.submit(copier.copy, file) for file in ordered]
        done, _ = wait(running, return_when=FIRST_EXCEPTION)
        errors = [future.exception() for future in done if future.exception() is not None]
        if errors:
            stop.set()
            pool.shutdown(cancel_futures=True)
            # What the others say then is only that they were stopped.
            raise errors[0]


def gb(size):
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"


def chosen(files, hub, settings):
    """Weights as safetensors, each once, and what vLLM reads beside them."""
    weights = chosen_weights(files, hub, settings)
    return weights + [file for file in files if file.path.endswith(COMPANIONS)]


def chosen_weights(files, hub, settings):
    paths = {file.path: file for file in files}
    if INDEX in paths:
        # It names what belongs to the model; everything else holds the same weights in another form.
        index = hub.read_whole(paths[INDEX])
        named = sorted(set(json.loads(index)["weight_map"].values()))
        missing = [path for path in named if path not in paths]
        if missing:
            raise Hopeless(f"{INDEX} of {settings.repository} names files that are not there: {', '.join(missing)}")
        return [paths[path] for path in named]
    found = [file for file in files if "/" not in file.path and file.path.endswith(".safetensors")]
    # Mistral's own form of the same weights.
    found = [file for file in found if not file.path.startswith("consolidated")] or found
    if not found:
        raise Hopeless(f"{settings.repository} has no safetensors, and only those stream from S3: use weights.source huggingFace")
    return found


class Hub:
    """Hugging Face, or something of the same shape."""

    def __init__(self, settings, stop):
        self.settings = settings
        self.stop = stop
        self.http = urllib3.PoolManager(
            maxsize=WORKERS,
            cert_reqs="CERT_REQUIRED",
            ca_certs=get_cert_path(True),
            timeout=urllib3.Timeout(connect=10, read=60),
        )
        # Where the bytes of a file are; asked for again when the link has expired.
        self.links = {}

    def files(self):
        """Every file of the commit."""
        repository, commit = self.settings.repository, self.settings.commit
        url = f"{self.settings.hub}/api/models/{repository}/tree/{commit}?recursive=true"
        found = []
        while url:
            body, headers = self.patiently(f"the files of {repository}", lambda: self.ask("GET", url))
            if "Location" in headers:
                raise Hopeless(f"{repository} has moved to {headers['Location']}: correct model")
            found += [file_of(entry) for entry in json.loads(body) if entry["type"] == "file"]
            following = re.search(r'<([^>]+)>;\s*rel="next"', headers.get("Link", ""))
            url = urljoin(url, following.group(1)) if following else None
        return found

    def read_whole(self, file):
        """All bytes of a small file, which are the right ones."""
        data = self.read(file, 0, file.size)
        if not file.is_made_of([data]):
            raise wrong(file)
        return data

    def read_elsewhere(self, url):
        """All bytes of a small file that is in no repository."""
        body, _ = self.patiently(url, lambda: self.ask("GET", url))
        return body

    def read(self, file, start, end):
        """Bytes of a file from `start` to before `end`."""
        if start == end:
            return bytearray()
        return self.patiently(file.path, lambda: self.read_once(file, start, end))

    def read_once(self, file, start, end):
        link = self.links.get(file.path) or self.link_to(file)
        self.links[file.path] = link
        try:
            body, _ = self.ask("GET", link, {"Range": f"bytes={start}-{end - 1}"})
        except Hopeless:
            if self.is_hub(link):
                raise
            del self.links[file.path]
            raise Temporary("its link has expired") from None
        if len(body) != end - start:
            raise Temporary(f"{len(body)} of {end - start} bytes came")
        return body

    def link_to(self, file):
        """Large files are elsewhere: the hub answers with a signed link, which holds for an hour or so."""
        settings = self.settings
        url = f"{settings.hub}/{settings.repository}/resolve/{settings.commit}/{quote(file.path)}"
        for _ in range(MOST_REDIRECTS):
            _, headers = self.ask("HEAD", url)
            if "Location" not in headers:
                return url
            url = urljoin(url, headers["Location"])
            if not self.is_hub(url):
                return url
        raise CopyError(f"{file.path}: the hub redirects without end")

    def ask(self, method, url, headers=None):
        """Body and headers of an answer. Messages never hold a link: its signature lets anybody read."""
        # The token is for the hub alone, not for whoever holds the bytes.
        authorization = {"Authorization": f"Bearer {self.settings.token}"} if self.settings.token and self.is_hub(url) else {}
        try:
            response = self.http.request(
                method, url, headers={**(headers or {}), **authorization}, retries=False, preload_content=False
            )
            body = bytearray()
            for chunk in response.stream(MIB):
                body += chunk
            response.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise Temporary(f"the connection failed ({type(error).__name__})") from None
        if response.status in TEMPORARY_STATUSES:
            raise Temporary(f"HTTP {response.status}", asked_to_wait(response.headers))
        if response.status >= 400 or (response.status in REDIRECTS and "Location" not in response.headers):
            raise self.refusal(response) if self.is_hub(url) else Hopeless(f"{urlsplit(url).netloc} answers HTTP {response.status}")
        return body, response.headers

    def refusal(self, response):
        repository, code = self.settings.repository, response.headers.get("X-Error-Code", "")
        page = f"https://huggingface.co/{repository}"
        if code == "RevisionNotFound":
            return Hopeless(f"{repository} has no commit {self.settings.commit}: correct modelCommit")
        if response.status not in (401, 403, 404) or code == "EntryNotFound":
            return Hopeless(f"the hub answers HTTP {response.status} {code}".rstrip())
        if not self.settings.token:
            return Hopeless(
                f"{repository} is gated, private or not there, and there is no token: accept its licence at {page}, then "
                "pulumi -C workloads config set --secret llmd-workloads:huggingFaceToken"
            )
        return Hopeless(
            f"the token may not read {repository}: accept its licence at {page} with the token's account, and let a "
            "fine-grained token read gated repositories"
        )

    def patiently(self, what, step):
        for attempt in range(1, ATTEMPTS + 1):
            if self.stop.is_set():
                raise Stopped
            try:
                return step()
            except Temporary as problem:
                if attempt == ATTEMPTS:
                    raise CopyError(f"{what}: {problem}, {ATTEMPTS} times") from None
                seconds = self.backoff(attempt) if problem.seconds is None else problem.seconds
                log(f"{what}: {problem}; again in {seconds:.1f} s")
                self.stop.wait(seconds)

    def backoff(self, attempt):
        seconds = self.settings.backoff_seconds * 2 ** (attempt - 1) * random.uniform(0.5, 1)
        return min(seconds, LONGEST_BACKOFF_SECONDS)

    def is_hub(self, url):
        return urlsplit(url)[:2] == urlsplit(self.settings.hub)[:2]


def file_of(entry):
    large = entry.get("lfs")
    if large:
        return File(entry["path"], large["size"], "sha256", large["oid"])
    return File(entry["path"], entry["size"], "gitSha1", entry["oid"])


def asked_to_wait(headers):
    """Seconds that the answer asks to wait, by Retry-After or as the hub says it: `RateLimit: "resolvers";r=0;t=42`."""
    after = headers.get("Retry-After", "").strip()
    limit = re.search(r"\bt=(\d+)", headers.get("RateLimit", ""))
    if after.isdigit():
        return min(int(after), LONGEST_WAIT_SECONDS)
    if limit:
        return min(int(limit.group(1)), LONGEST_WAIT_SECONDS)
    try:
        seconds = (parsedate_to_datetime(after) - datetime.now(timezone.utc)).total_seconds()
    except (TypeError, ValueError):
        return None
    return min(max(seconds, 0), LONGEST_WAIT_SECONDS)


def wrong(file):
    return CopyError(f"{file.path}: the bytes that came do not have its {file.algorithm} {file.digest}; nothing was kept")


class Store:
    """The bucket."""

    def __init__(self, settings):
        self.settings = settings
        self.s3 = boto3.client(
            "s3",
            config=Config(retries={"mode": "standard", "max_attempts": ATTEMPTS}, max_pool_connections=WORKERS),
        )

    def key(self, path):
        return f"{self.settings.prefix}/{path}"

    def at(self, path):
        return {"Bucket": self.settings.bucket, "Key": self.key(path)}

    def size(self, path):
        """Bytes of an object; None where there is none."""
        try:
            return self.s3.head_object(**self.at(path))["ContentLength"]
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
                return None
            raise

    def is_complete(self):
        return self.size(self.settings.marker) is not None

    def holds(self, file):
        """Whether the object is there, byte for byte: reads it."""
        if self.size(file.path) != file.size:
            return False
        body = self.s3.get_object(**self.at(file.path))["Body"]
        return file.is_made_of(body.iter_chunks(MIB))

    def put(self, path, data):
        self.s3.put_object(**self.at(path), Body=data, ChecksumAlgorithm="CRC32")

    def mark_complete(self, files):
        listed = [
            {"path": file.path, "bytes": file.size, file.algorithm: file.digest}
            for file in sorted(files, key=lambda file: file.path)
        ]
        manifest = {
            "repository": self.settings.repository,
            "commit": self.settings.commit,
            "bytes": sum(file.size for file in files),
            "files": listed,
        }
        self.put(self.settings.marker, json.dumps(manifest, indent=2).encode())

    def begin(self, file):
        return self.s3.create_multipart_upload(**self.at(file.path), ChecksumAlgorithm="CRC32")["UploadId"]

    def interrupted(self, file, part_bytes):
        """The newest upload of the file that was not ended, and its parts from the first on; None where there is none."""
        pages = self.s3.get_paginator("list_multipart_uploads").paginate(
            Bucket=self.settings.bucket, Prefix=self.key(file.path)
        )
        uploads = [upload for page in pages for upload in page.get("Uploads", []) if upload["Key"] == self.key(file.path)]
        if not uploads:
            return None
        upload = max(uploads, key=lambda found: found["Initiated"])["UploadId"]
        parts = self.parts_of(file, upload)
        if any(part["Size"] != min(part_bytes, file.size - index * part_bytes) for index, part in enumerate(parts)):
            return None
        return upload, [finished(part, number) for number, part in enumerate(parts, 1)]

    def parts_of(self, file, upload):
        """Without gaps: what comes after one is uploaded again."""
        pages = self.s3.get_paginator("list_parts").paginate(**self.at(file.path), UploadId=upload)
        with losing():
            parts = sorted((part for page in pages for part in page.get("Parts", [])), key=lambda part: part["PartNumber"])
        return [part for index, part in enumerate(parts, 1) if part["PartNumber"] == index]

    def upload(self, file, upload, number, data):
        with losing():
            done = self.s3.upload_part(
                **self.at(file.path), UploadId=upload, PartNumber=number, Body=data, ChecksumAlgorithm="CRC32"
            )
        return finished(done, number)

    def abort(self, file, upload):
        """Of one that is not there any more, too."""
        with suppress(Lost), losing():
            self.s3.abort_multipart_upload(**self.at(file.path), UploadId=upload)

    def end(self, file, upload, parts, **conditions):
        try:
            with losing():
                self.s3.complete_multipart_upload(
                    **self.at(file.path), UploadId=upload, MultipartUpload={"Parts": parts}, **conditions
                )
        except Lost:
            # Or its parts would be paid for until the bucket's own rule ends it.
            self.abort(file, upload)
            raise


@contextmanager
def losing():
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] not in LOST:
            raise
        raise Lost(error.response["Error"]["Code"]) from None


def finished(part, number):
    """A part as S3 wants to hear of it at the end: with its checksum, once the upload was begun with one."""
    return {"PartNumber": number, **{key: part[key] for key in ("ETag", "ChecksumCRC32") if key in part}}


class Copier:
    def __init__(self, settings, hub, store, stop):
        self.settings = settings
        self.hub = hub
        self.store = store
        self.stop = stop

    def copy(self, file):
        if self.stop.is_set():
            raise Stopped
        if self.store.holds(file):
            log(f"{file.path}: is there already")
            return
        if file.size <= self.settings.part_bytes:
            self.store.put(file.path, self.hub.read_whole(file))
        else:
            self.copy_in_parts(file)
        log(f"{file.path}: copied {gb(file.size)}")

    def copy_in_parts(self, file):
        for step in (self.go_on, *[self.copy_from_start] * ATTEMPTS):
            try:
                if step(file):
                    return
            except Lost as problem:
                log(f"{file.path}: another run copies it, too ({problem})")
                if self.store.holds(file):
                    return
        raise CopyError(f"{file.path}: other runs have ended its upload, {ATTEMPTS} times")

    def go_on(self, file):
        """Whether an upload that was interrupted could be ended, and made the right file."""
        found = self.store.interrupted(file, self.settings.part_bytes)
        if not found or not found[1]:
            return False
        upload, parts = found
        log(f"{file.path}: goes on after part {len(parts)}")
        self.upload_rest(file, upload, parts, None)
        # Nobody has seen the whole of it: the hash of the first parts ended with the run that uploaded them. So it never
        # replaces an object, which may have become the right one by now, with the marker of another run beside it.
        self.store.end(file, upload, parts, IfNoneMatch="*")
        if self.store.holds(file):
            return True
        log(f"{file.path}: the parts are not one file; from the start")
        return False

    def copy_from_start(self, file):
        hasher = file.hasher()
        upload = self.store.begin(file)
        parts = []
        self.upload_rest(file, upload, parts, hasher)
        if hasher.hexdigest() != file.digest:
            self.store.abort(file, upload)
            raise wrong(file)
        self.store.end(file, upload, parts)
        return True

    def upload_rest(self, file, upload, parts, hasher):
        """Adds to `parts` what is missing, and to the hasher, if there is one."""
        for start in range(len(parts) * self.settings.part_bytes, file.size, self.settings.part_bytes):
            data = self.hub.read(file, start, min(start + self.settings.part_bytes, file.size))
            if hasher:
                hasher.update(data)
            parts.append(self.store.upload(file, upload, len(parts) + 1, data))


if __name__ == "__main__":
    sys.exit(main())
