"""The pages as a browser without scripts sees them."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from labeling.models import CloseReason
from labeling.services import close_job
from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import Role, User
from marketplace.live.models import Stream
from marketplace.live.receivers import JOB_EVENTS
from marketplace.live.web.outlook import BASES, DEADLINES
from marketplace.live.web.security import POLICY
from marketplace.live.web.words import REASONS, REASONS_OF_ONE, SENTENCES, money, sentence
from pricing.services.turnaround import forecast_opened
from tests import make

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def without_token(response: Any) -> str:
    """Return a page without the one thing that differs from request to request."""
    return re.sub(r'(name="csrfmiddlewaretoken" value=")\w+', r"\1", response.content.decode())


def number_events() -> None:
    """Do what the commit does, which a test's transaction never comes to."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def test_one_signs_in_with_a_password_and_sees_the_jobs() -> None:
    owner = make.user(password="correct horse battery")
    make.job(home=make.organization(owner=owner), name="Foxes")
    client = Client()
    assert client.get("/jobs").headers["Location"] == "/login?next=/jobs"
    answer = client.post("/login?next=/jobs", {"username": owner.email, "password": "correct horse battery"})
    assert answer.headers["Location"] == "/jobs"
    page = client.get("/jobs").content.decode()
    assert "Foxes" in page
    assert "draft" in page
    assert client.post("/logout").headers["Location"] == "/login"
    assert client.get("/jobs").status_code == 302


def test_a_wrong_password_is_told_and_signs_nobody_in() -> None:
    owner = make.user(password="correct horse battery")
    client = Client()
    page = client.post("/login", {"username": owner.email, "password": "wrong"}).content.decode()
    assert 'role="alert"' in page
    assert "sessionid" not in client.cookies


def test_signing_in_leads_nowhere_else() -> None:
    owner = make.user(password="correct horse battery")
    form = {"username": owner.email, "password": "correct horse battery", "next": "https://evil.example/"}
    assert Client().post("/login", form).headers["Location"] == "/jobs"


def test_forms_need_their_token() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/login", {"username": "a@example.org", "password": "x"}).status_code == 403


def test_the_list_shows_progress_and_pages_by_key() -> None:
    job = make.published_job(n_tasks=2)
    make.answer(make.lease(job))
    for number in range(26):
        make.job(home=job.organization, photos=job.snapshot.dataset, name=f"Job number {number}")
    number_events()
    client = signed_in(job.created_by)
    first = client.get("/jobs").content.decode()
    assert first.count('class="card job-row"') == 25
    assert "Job number 25" in first
    older = re.search(r'href="(/jobs\?after=[^"]+)"', first)
    assert older is not None
    second = client.get(older[1]).content.decode()
    assert second.count('class="card job-row"') == 2
    assert "0 of 2 tasks done · 1 answer<" in second
    assert client.get("/jobs?after=x").status_code == 404


def test_the_list_takes_as_many_queries_for_many_jobs_as_for_one() -> None:
    home = make.organization()
    client = signed_in(make.owner_of(home))
    counts = []
    for _ in range(2):
        make.job(home=home)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get("/jobs")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_page_of_a_job_shows_how_it_stands_without_scripts() -> None:
    job = make.published_job(n_tasks=3, name="Foxes")
    task = make.lease(job).task
    lease = make.lease(job)
    answer = make.answer(lease)
    number_events()
    page = signed_in(job.created_by).get(f"/jobs/{job.pk}").content.decode()
    seq = Stream.objects.get(subject_id=job.pk).seq
    assert f'data-seq="{seq}" data-grid-seq="{seq}"' in page
    assert f'<i id="t-{answer.task_id}" data-o="{lease.task.ordinal}" data-s="open" data-n="1">' in page
    assert f'<i id="t-{task.pk}" data-o="{task.ordinal}" data-s="open" data-n="0">' in page
    assert f"answered task {lease.task.ordinal}." in page
    assert "The job opened for work." in page
    assert page.index(f"answered task {lease.task.ordinal}.") < page.index("The job opened for work.")
    assert '<div class="tile" data-tile="answers"><dt>Answers</dt><dd>1</dd></div>' in page
    assert '<div class="tile" data-tile="leased"><dt>In work now</dt><dd>1</dd></div>' in page


def test_answers_wanted_are_a_number_or_a_range() -> None:
    home = make.organization()
    one = make.job(home=home, min_overlap=1, max_overlap=1)
    some = make.job(home=home, min_overlap=2, max_overlap=5)
    client = signed_in(make.owner_of(home))
    assert "· 1 answer per task, until" in client.get(f"/jobs/{one.pk}").content.decode()
    assert "· 2 to 5 answers per task, until" in client.get(f"/jobs/{some.pk}").content.decode()
    page = client.get("/jobs").content.decode()
    assert "· 1 answer per task ·" in page
    assert "· 2 to 5 answers per task ·" in page


def test_a_worker_is_told_where_work_is() -> None:
    home = make.organization()
    worker = signed_in(make.worker(home)).get("/jobs").content.decode()
    assert "Work is taken through the API for now" in worker
    assert "your organization orders" not in worker
    assert (
        "Jobs that your organization orders appear here" in signed_in(make.owner_of(home)).get("/jobs").content.decode()
    )


def test_a_job_without_events_has_a_page() -> None:
    job = make.job()
    page = signed_in(job.created_by).get(f"/jobs/{job.pk}").content.decode()
    assert 'data-seq="0" data-grid-seq="0"' in page
    assert "Nothing yet." in page


def test_a_foreign_job_has_no_page() -> None:
    job = make.job(name="Foxes")
    stranger = signed_in(make.job().created_by)
    absent = stranger.get(f"/jobs/{new_id()}")
    foreign = stranger.get(f"/jobs/{job.pk}")
    assert (foreign.status_code, absent.status_code) == (404, 404)
    assert without_token(foreign) == without_token(absent)
    assert signed_in(make.worker(job.organization)).get(f"/jobs/{job.pk}").status_code == 404
    assert "Foxes" not in stranger.get("/jobs").content.decode()
    assert Client().get(f"/jobs/{job.pk}").headers["Location"] == f"/login?next=/jobs/{job.pk}"


def test_reviewers_see_the_page() -> None:
    job = make.job()
    assert signed_in(make.user(Role.REVIEWER, home=job.organization)).get(f"/jobs/{job.pk}").status_code == 200


def test_names_are_text_and_never_markup() -> None:
    hostile = '</script><img src=x onerror="window.__xss=1">{{7*7}}'
    job = make.published_job(n_tasks=1, name=hostile)
    client = signed_in(job.created_by)
    for address in ("/jobs", f"/jobs/{job.pk}"):
        page = client.get(address).content.decode()
        assert "<img src=x" not in page
        assert escape(hostile) in page


class _Inline(HTMLParser):
    """Collects what a strict policy would block."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        is_data = names.get("type") == "application/json"
        if tag == "style" or (tag == "script" and "src" not in names and not is_data):
            self.found.append(tag)
        self.found += [name for name in names if name == "style" or name.startswith("on")]


def test_pages_obey_a_strict_policy() -> None:
    job = make.published_job(n_tasks=2)
    make.answer(make.lease(job))
    client = signed_in(job.created_by)
    for address in ("/jobs", f"/jobs/{job.pk}"):
        answer = client.get(address)
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "no-store" in answer.headers["Cache-Control"]
        inline = _Inline()
        inline.feed(answer.content.decode())
        assert inline.found == []
    assert "unsafe" not in POLICY
    assert Client().get("/login").headers["Content-Security-Policy"] == POLICY


def test_every_event_has_a_sentence_that_says_what_it_is_about() -> None:
    told: dict[str, tuple[dict[str, Any], str]] = {
        "tasks_leased": ({"count": 2}, "2 tasks handed to a worker."),
        "lease_given_back": ({"task": "t", "state": "skipped"}, "Task 7 was skipped by its worker."),
        "answer_submitted": ({"task": "t", "worker": "w-1"}, "w-1 answered task 7."),
        "answer_accepted": (
            {"task": "t", "pay_micros": 17_000},
            "An answer to task 7 was accepted and paid 0.017 USD.",
        ),
        "task_retired": (
            {"task": "t", "ordinal": 7, "n_counted": 2, "reason": "confident"},
            "Task 7 is done after 2 answers: the answers agree.",
        ),
        "job_closed": ({"reason": "budget", "n_cancelled": 3}, "The job ended: the budget is used up."),
        "moon_rose": ({}, "Something else happened: moon rose."),
    }
    for event, (data, text) in told.items():
        assert sentence(event, data, ordinals={"t": 7}, currency="USD") == text
    unknown_task = sentence("answer_submitted", {"task": "u", "worker": "w-1"}, ordinals={}, currency="USD")
    assert unknown_task == "w-1 answered a task."


def test_one_answer_neither_agrees_nor_differs() -> None:
    told = {
        "confident": "Task 7 is done after 1 answer: one answer was enough for the confidence asked.",
        "disputed": "Task 7 is done after 1 answer: one answer was not enough for the confidence asked.",
        "supply": "Task 7 is done after 1 answer: no worker is left to ask.",
    }
    for reason, text in told.items():
        data = {"ordinal": 7, "n_counted": 1, "reason": reason}
        assert sentence("task_retired", data, ordinals={}, currency="USD") == text


def test_everything_that_happens_to_a_job_has_its_sentence() -> None:
    assert set(SENTENCES) == JOB_EVENTS


def test_the_script_gets_the_sentences_of_the_server() -> None:
    job = make.job()
    response = signed_in(job.created_by).get(f"/jobs/{job.pk}")
    assert response.context is not None
    words = response.context["words"]
    assert (words["sentences"], words["reasons"]) == (SENTENCES, REASONS)
    assert words["reasons_of_one"] == REASONS_OF_ONE


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (0, "0.00 USD"),
        (17_000, "0.017 USD"),
        (136_000, "0.136 USD"),
        (100_000, "0.10 USD"),
        (1_234_560, "1.2346 USD"),
        (12_500_000_000, "12,500.00 USD"),
    ],
)
def test_money_is_shown_to_four_decimals(micros: int, text: str) -> None:
    assert money(micros, "USD") == text


def test_the_endpoint_tells_the_progress_to_the_staff_only() -> None:
    job = make.published_job(n_tasks=2)
    number_events()
    address = f"/api/v1/jobs/{job.pk}/progress"
    assert signed_in(job.created_by).get(address).json() == {"seq": 2, "state": "open", "counters": {"tasks": 2}}
    assert signed_in(make.worker(job.organization)).get(address).status_code == 404
    assert signed_in(make.user()).get(address).status_code == 404
    assert Client().get(address).status_code == 401


def test_a_running_job_says_by_when_half_and_most_of_such_jobs_end_and_what_that_rests_on() -> None:
    owner = make.user()
    job = make.published_job(home=make.organization(owner=owner), deadline=timezone.now() + timedelta(seconds=60))
    client = signed_in(owner)
    assert re.search(r'id="outlook"[^>]* hidden', client.get(f"/jobs/{job.pk}").content.decode())
    made = forecast_opened(job.pk, now=timezone.now())
    assert made is not None
    page = client.get(f"/jobs/{job.pk}").content.decode()
    assert not re.search(r'id="outlook"[^>]* hidden', page)
    for moment in made.moments.values():
        assert f"{moment:%b %Y %H:%M} UTC" in page
    assert escape(BASES["prior"]) in page
    assert escape(DEADLINES["late"]) in page
    close_job(job.pk, reason=CloseReason.MANUAL)
    assert re.search(r'id="outlook"[^>]* hidden', client.get(f"/jobs/{job.pk}").content.decode())
