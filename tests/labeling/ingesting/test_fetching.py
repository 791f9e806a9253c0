"""Fetching what strangers name: only where anybody could go, and never without bounds."""

from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any

import pytest

from labeling.adapters.fetching import FetchLimits, Lookup, fetch_all
from labeling.core.addresses import UrlFault, check_url, is_public
from tests.labeling.ingesting.serving import Answer, endless, file, redirect, serving, slow, status

LOOPBACK = (ip_network("127.0.0.1/32"),)
HERE = FetchLimits(max_bytes=100_000, networks=LOOPBACK)
ANYWHERE = FetchLimits(max_bytes=100_000)


def pinned(**names: Sequence[str]) -> Lookup:
    """Return a look-up that knows these names, each by its first label, and answers a list one after another."""
    answers = {name: list(addresses) for name, addresses in names.items()}

    async def look_up(host: str) -> Sequence[str]:
        known = answers[host.partition(".")[0]]
        return [known.pop(0) if len(known) > 1 else known[0]]

    return look_up


def fetch(url: str, *, limits: FetchLimits = HERE, lookup: Lookup | None = None) -> bytes | str:
    """Return what came, or the code of the refusal."""
    [result] = fetch_all([url], limits=[limits], **({"lookup": lookup} if lookup else {}))
    return result if isinstance(result, bytes) else result.code


def test_a_file_is_fetched_where_its_address_is_allowed() -> None:
    with serving({"/a.png": file(b"picture")}) as (port, _):
        assert fetch(f"http://127.0.0.1:{port}/a.png?x=1") == b"picture"
        assert fetch(f"http://files.example:{port}/a.png", lookup=pinned(files=["127.0.0.1"])) == b"picture"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0"],
)
def test_loopback_is_refused_however_it_is_written(host: str) -> None:
    with serving({"/": file(b"secret")}) as (port, asked):
        assert fetch(f"http://{host}:{port}/", limits=ANYWHERE) == "url_refused"
        assert asked == []


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "172.16.9.9",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "127.0.0.53",
        "0.0.0.0",  # noqa: S104 - it is told from others
        "224.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "192.0.2.1",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "::ffff:0:10.0.0.1",
        "::10.0.0.1",
        "64:ff9b::10.0.0.1",
        "2002:0a00:0001::",
        "2001:0:0a00:1::",
        "2001:db8::1",
        "not an address",
    ],
)
def test_addresses_that_are_not_public_are_told(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_addresses_that_are_public_are_told(address: str) -> None:
    assert is_public(address)


def test_an_allowed_network_is_allowed_and_no_other() -> None:
    house = [ip_network("10.1.0.0/16"), ip_network("fd00::/8")]
    assert is_public("10.1.2.3", allowed=house)
    assert is_public("::ffff:10.1.2.3", allowed=house)
    assert is_public("fd00::1", allowed=house)
    assert not is_public("10.2.2.3", allowed=house)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/a.png",
        "gopher://example.org/",
        "//example.org/a.png",
        "example.org/a.png",
        "http:///a.png",
        "http://user:secret@example.org/a.png",
        "http://user@example.org/a.png",
        "http://@example.org/a.png",
        "http://exämple.org/a.png",
        "http://example.org:99999/",
        "http://example.org:0/",
        "http://[::1",
        "http://exam ple.org/",
        "http://example.org\\@127.0.0.1/",
        "http://127.0.0.1\n.example.org/",
        "http://2130706433/",
        "http://0x7f.0.0.1/",
        "http://127.0.1/",
        "http://example.0x7f/",
        "http://" + "a" * 300 + ".org/",
    ],
)
def test_urls_of_other_kinds_are_refused(url: str) -> None:
    with pytest.raises(UrlFault):
        check_url(url)
    assert fetch(url) == "url_refused"


def test_a_name_that_leads_inside_is_refused_without_a_connection() -> None:
    with serving({"/": file(b"secret")}) as (port, asked):
        for address in ("127.0.0.1", "::ffff:127.0.0.1"):
            assert (
                fetch(f"http://evil.example:{port}/", limits=ANYWHERE, lookup=pinned(evil=[address])) == "url_refused"
            )
        assert asked == []


def test_an_answer_that_changes_after_the_look_changes_nothing() -> None:
    # The first answer is public and nobody listens there; asked again, the name would lead to us.
    asked_names: list[str] = []

    async def rebinding(host: str) -> Sequence[str]:
        asked_names.append(host)
        return ["192.88.99.1"] if len(asked_names) == 1 else ["127.0.0.1"]

    quick = FetchLimits(max_bytes=10, total_s=0.5, connect_s=0.3, networks=(ip_network("192.88.99.1/32"),))
    with serving({"/": file(b"secret")}) as (port, asked):
        assert fetch(f"http://evil.example:{port}/", limits=quick, lookup=rebinding) == "fetch_failed"
        assert asked == []
    assert len(asked_names) == 1


def test_one_address_inside_spoils_the_others() -> None:
    async def both(_: str) -> Sequence[str]:
        return ["1.1.1.1", "10.0.0.1"]

    assert fetch("http://evil.example/", limits=ANYWHERE, lookup=both) == "url_refused"


def test_a_redirect_is_followed_where_it_may_lead() -> None:
    answers: dict[str, Answer] = {"/b.png": file(b"picture")}
    with serving(answers) as (port, asked):
        answers["/a.png"] = redirect("/b.png", 301)
        answers["/away"] = redirect(f"http://files.example:{port}/a.png", 307)
        assert fetch(f"http://127.0.0.1:{port}/away", lookup=pinned(files=["127.0.0.1"])) == b"picture"
        assert asked == ["/away", "/a.png", "/b.png"]


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.2:{port}/secret",
        "http://inside.example:{port}/secret",
        "file:///etc/passwd",
        "http://a:b@127.0.0.1/",
    ],
)
def test_a_redirect_that_leads_elsewhere_is_refused(target: str) -> None:
    answers: dict[str, Answer] = {"/secret": file(b"secret")}
    with serving(answers) as (port, asked):
        answers["/a.png"] = redirect(target.format(port=port))
        lookup = pinned(inside=["10.0.0.1"])
        assert fetch(f"http://127.0.0.1:{port}/a.png", lookup=lookup) == "url_refused"
        assert asked == ["/a.png"]


def test_redirects_without_end_are_given_up() -> None:
    with serving({"/a": redirect("/a")}) as (port, asked):
        assert fetch(f"http://127.0.0.1:{port}/a") == "fetch_failed"
        assert len(asked) == HERE.max_redirects + 1


def test_sizes_are_bounded_whatever_is_announced() -> None:
    answers: dict[str, Answer] = {
        "/large": file(bytes(100_001)),
        "/endless": endless,
        "/packed": file(b"x", Content_Encoding="gzip"),
        "/short": file(b"abc", Content_Length="10"),
        "/fits": file(bytes(100_000)),
    }
    with serving(answers) as (port, _):
        got = {path: fetch(f"http://127.0.0.1:{port}{path}") for path in answers}
    assert got == {
        "/large": "member_too_large",
        "/endless": "member_too_large",
        "/packed": "fetch_failed",
        "/short": "fetch_failed",
        "/fits": bytes(100_000),
    }


@pytest.mark.parametrize("answer", [status(404), status(500), status(204), slow(1)])
def test_a_server_that_sends_no_file_fails(answer: Answer) -> None:
    with serving({"/": answer}) as (port, _):
        limits = FetchLimits(max_bytes=10, total_s=0.4, networks=LOOPBACK)
        assert fetch(f"http://127.0.0.1:{port}/", limits=limits) == "fetch_failed"


def test_nobody_there_fails() -> None:
    with serving({}) as (port, _):
        pass
    assert fetch(f"http://127.0.0.1:{port}/") == "fetch_failed"


def test_what_is_asked_for_comes_in_its_order() -> None:
    with serving({f"/{n}": file(str(n).encode()) for n in range(20)}) as (port, _):
        urls = [f"http://127.0.0.1:{port}/{n}" for n in range(20)]
        results: list[Any] = fetch_all(urls, limits=[HERE] * 20)
    assert results == [str(n).encode() for n in range(20)]
