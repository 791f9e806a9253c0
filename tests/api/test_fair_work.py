"""Deciding on work, appealing, and what pay is told, over HTTP."""

from typing import Any

import pytest

from labeling.models import Answer, LabelingJob
from marketplace.orders.models import Freeze, Order, Rejection
from marketplace.orders.services import check_pay
from tests import make
from tests.api.expect import body_of, problem_of, with_key
from tests.api.world import World
from tests.conftest import Cast, ClientFactory
from tests.orders import deciding, timing

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(cast: Cast) -> World:
    return World(cast)


def _against(answer: Answer, **changes: Any) -> dict[str, Any]:
    label = deciding.consensus_on(answer.task)
    body = {"reason": "mismatching_label", "evidence_kind": "consensus", "evidence": str(label.pk)}
    return body | changes


def test_an_order_states_how_answers_are_accepted_for_whom_it_is_and_what_an_hour_pays(
    world: World, client_of: ClientFactory
) -> None:
    body = {
        "job": str(world.draft.pk),
        "acceptance": "manual",
        "accept_after_s": 7_200,
        "countries": ["NL", "FR"],
        "wage_per_hour": "18.00",
    }
    order = body_of(client_of(world.cast.owner).post("/api/v1/orders", body), 201)
    assert {name: order[name] for name in body} == body | {"countries": ["FR", "NL"]}


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"acceptance": "never"}, "invalid", "acceptance"),
        ({"accept_after_s": 1}, "invalid", "accept_after_s"),
        ({"countries": ["ZZ"]}, "invalid_input", "countries"),
        ({"wage_per_hour": 18}, "invalid", "wage_per_hour"),
    ],
)
def test_terms_that_cannot_be_kept_are_refused(
    change: dict[str, Any], code: str, field: str, world: World, client_of: ClientFactory
) -> None:
    answer = client_of(world.cast.owner).post("/api/v1/orders", {"job": str(world.draft.pk), **change})
    assert problem_of(answer, 400, code, field)


def test_a_wage_too_low_says_which_would_do(world: World, client_of: ClientFactory) -> None:
    client = client_of(world.cast.owner)
    order = body_of(client.post("/api/v1/orders", {"job": str(world.draft.pk), "wage_per_hour": "7.50"}), 201)
    refused = problem_of(client.post(f"/api/v1/orders/{order['id']}/quote"), 409, "wage_too_low", "wage_per_hour")
    assert (refused["least_wage"], refused["currency"]) == ("8.00", "USD")


def test_a_rejection_from_its_reason_to_the_appeal_that_is_won(world: World, client_of: ClientFactory) -> None:
    answer, cast = world.waiting_answer, world.cast
    requester, worker, manager = client_of(cast.team_mate), client_of(cast.worker), client_of(cast.manager)
    url = f"/api/v1/answers/{answer.pk}/reject"
    body = _against(answer, accepted_share="0.25", comment="A cat.")
    problem_of(requester.post(url, body), 400, "idempotency_key_required")
    for share in (0.25, 0, "\u0660.\u0662\u0665", "1e-1", "+0.25", "0_0.25", "NaN", "1"):
        no_share = requester.post(url, body | {"accepted_share": share}, headers=with_key())
        problem_of(no_share, 400, "invalid", "accepted_share")
    said = body_of(requester.post(url, body, headers=with_key()), 201)
    assert (said["state"], said["accepted_share"], said["withheld"]) == ("open", "0.25", "0.01275")
    seen = body_of(worker.get(f"/api/v1/assignments/{answer.assignment_id}/rejection"))
    assert (seen["reason"], seen["comment"]) == ("mismatching_label", "A cat.")
    assert seen["evidence"]["known"][0]["class"] == "cat"
    assert {"evidence_id", "rejected_by", "worker", "answer"}.isdisjoint(seen)
    appeal = f"/api/v1/assignments/{answer.assignment_id}/appeal"
    assert body_of(worker.post(appeal, {"text": "A dog."}, headers=with_key()))["state"] == "appealed"
    problem_of(worker.post(appeal, {"text": "A dog!"}, headers=with_key()), 409, "appeal_made")
    [listed] = body_of(requester.get(f"/api/v1/jobs/{answer.job_id}/rejections"))["items"]
    assert listed["appeal"] == "A dog."
    won = manager.post(f"/api/v1/rejections/{said['id']}/overturn", {"note": "Right."}, headers=with_key())
    assert body_of(won)["state"] == "overturned"
    assert body_of(worker.get("/api/v1/balance"))["items"][0]["balance"] == "0.017"
    assert body_of(worker.get("/api/v1/me/rejections"))["items"][0]["decision_note"] == "Right."


def test_who_rejected_does_not_decide(world: World, client_of: ClientFactory) -> None:
    url = f"/api/v1/rejections/{world.appealed.pk}/uphold"
    problem_of(client_of(world.cast.owner).post(url, {}, headers=with_key()), 409, "four_eyes")


def test_evidence_that_does_not_speak_against_the_answer_is_refused(world: World, client_of: ClientFactory) -> None:
    answer = world.waiting_answer
    body = {"reason": "mismatching_label", "evidence_kind": "gold", "evidence": str(answer.pk)}
    refused = client_of(world.cast.owner).post(f"/api/v1/answers/{answer.pk}/reject", body, headers=with_key())
    assert problem_of(refused, 400, "no_contradiction", "evidence")


def test_people_of_the_platform_see_and_decide_on_stopped_jobs(world: World, client_of: ClientFactory) -> None:
    freeze = world.freeze
    staff = make.user()
    staff.is_staff = True
    staff.save()
    client = client_of(staff)
    assert [each["id"] for each in body_of(client.get("/api/v1/freezes"))["items"]] == [str(freeze.pk)]
    url = f"/api/v1/freezes/{freeze.pk}/overturn"
    assert body_of(client.post(url, {"note": "Paid."}, headers=with_key()))["state"] == "overturned"
    assert Rejection.objects.get(pk=world.rejection.pk).state == "overturned"
    problem_of(client.post(url, {}, headers=with_key()), 409, "nothing_to_decide")
    assert Freeze.objects.get(pk=freeze.pk).decided_by == staff


def test_a_bonus_sent_again_is_the_same_bonus(world: World, client_of: ClientFactory) -> None:
    client, url = client_of(world.cast.owner), f"/api/v1/jobs/{world.assignment.job_id}/bonuses"
    body = {"worker": world.pseudonym, "amount": "2.50", "reason": "Thank you."}
    first = client.post(url, body, headers=with_key("thanks"))
    again = client.post(url, body, headers=with_key("thanks"))
    assert body_of(first, 201) == body_of(again, 201)
    [got] = body_of(client_of(world.cast.worker).get("/api/v1/me/bonuses"))["items"]
    assert (got["amount"], got["reason"]) == ("2.50", "Thank you.")
    assert body_of(client.get(url))["items"][0]["worker"] == world.pseudonym


def test_pay_is_shown_when_enough_have_worked_that_it_tells_of_none(world: World, client_of: ClientFactory) -> None:
    job = make.published_job(home=world.cast.home, n_tasks=3, min_overlap=12, max_overlap=12)
    client = client_of(world.cast.worker)
    timing.crowd_of(job, [6.0] * 9)
    check_pay(job.pk)
    assert body_of(client.get(f"/api/v1/jobs/{job.pk}/pay"))["effective"] is None
    timing.crowd_of(job, [5.0, 6.4])
    check_pay(job.pk)
    pay = body_of(client.get(f"/api/v1/jobs/{job.pk}/pay"))
    assert pay["promised_per_hour"] == "12.00"
    assert (pay["effective"]["median"], pay["effective"]["n_workers"]) == ("10.20", 11)
    [listed] = [each for each in body_of(client.get("/api/v1/work/jobs"))["items"] if each["id"] == str(job.pk)]
    assert listed["effective_pay_per_hour"] == "10.20"
    [requester] = body_of(client.get("/api/v1/work/requesters"))["items"]
    assert (requester["effective"]["median"], requester["short_of_promise"]) == ("10.20", 1)
    assert requester["approval_rate"] == round((33 + 19) / (33 + 20), 4)
    order = Order.objects.get(job=job)
    told = body_of(client_of(world.cast.owner).get(f"/api/v1/orders/{order.pk}/pay"))
    assert (told["paces"][0]["median_ms"], told["owed_on_top"]) == (6_000, "0.099")
    mine = timing.answers_of(LabelingJob.objects.get(pk=job.pk), [6.0] * 3)
    check_pay(job.pk)
    assert body_of(client_of(mine).get("/api/v1/me/top-ups"))["items"]
