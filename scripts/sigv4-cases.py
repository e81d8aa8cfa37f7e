"""Prints, as JSON, S3 requests with the canonical requests and signatures that botocore gives them (SigV4Tests)."""

import datetime
import json
from unittest import mock
from urllib.parse import quote, urlsplit

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

TIME = datetime.datetime(2026, 11, 27, 9, 5, 7, tzinfo=datetime.timezone.utc)
KEYS = [
    "plain.mp4", "a b", "a  b", "ü/é/ß.mp4", "u\u0308", "a+b", "a~b", "a//b", "/a", "a/", "a/./b", "a/../b", "a%20b", "%", "100%",
    "a&b=c?d#e", "*'()!", "a:b@c;d,e", "$[]{}|\\^`\"<>", "\U0001F600", "a\tb", "x" * 200,
]
QUERIES = [
    [], [["uploads", ""]], [["partNumber", "10"], ["uploadId", "a+b/c=="]],
    [["prefix", "a b/ü~"], ["list-type", "2"], ["max-keys", "1000"], ["start-after", "a&b=c"]],
    [["response-content-disposition", "attachment; filename=\"a b.mp4\"; filename*=UTF-8''%C3%BC.mp4"]],
    [["b", "2"], ["b-", "1"], ["B", "3"], ["b.", "4"], ["b", "1"]],
]
HOSTS = ["http://127.0.0.1:18057", "https://s3.eu-west-3.amazonaws.com", "http://[::1]:9000", "https://s3.example.com:8443"]
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def case(name, method, host, path, query, headers, token, region):
    url = host + quote(path, safe="/~")
    if query:
        url += "?" + "&".join(f"{quote(n, safe='-_.~')}={quote(v, safe='-_.~')}" for n, v in query)
    credentials = Credentials("AKIDEXAMPLE", "secret/+key", token)
    with mock.patch.object(botocore.auth, "get_current_datetime", lambda *_, **__: TIME):
        signer = botocore.auth.S3SigV4Auth(credentials, "s3", region)
        request = AWSRequest(method=method, url=url, headers=dict(headers))
        seen = []
        canonical_request = signer.canonical_request
        signer.canonical_request = lambda r: seen.append(canonical_request(r)) or seen[-1]
        signer.add_auth(request)
        signature = request.headers["Authorization"].split("Signature=")[1]
        expires = 600
        query_signer = botocore.auth.S3SigV4QueryAuth(credentials, "s3", region, expires=expires)
        presigned = AWSRequest(method=method, url=url)
        query_signer.add_auth(presigned)
    return {
        "name": name, "method": method, "host": urlsplit(host).netloc, "path": path, "query": query,
        "headers": list(headers.items()), "token": token, "region": region, "payload": EMPTY, "time": TIME.timestamp(),
        "expires": expires, "canonical": seen[0], "signature": signature,
        "presigned": presigned.url.split("X-Amz-Signature=")[1],
    }


def unique(query):
    """botocore's presigner keeps one value of a name."""
    return list({name: [name, value] for name, value in query}.values())


cases = []
for index, key in enumerate(KEYS):
    host = HOSTS[index % len(HOSTS)]
    token = [None, "token/+ =="][index % 2]
    cases.append(case(f"key {key!r}", "GET", host, "/bucket/" + key, [], {}, token, "us-east-1"))
for index, query in enumerate(QUERIES):
    headers = {"Content-Type": "text/plain;  charset=utf-8", "Range": "bytes=0-9", "x-amz-meta-a": "  a   b  "}
    cases.append(case(f"query {index}", "PUT", HOSTS[index % 4], "/b/k", unique(query), headers, None, "eu-west-3"))
print(json.dumps(cases))
