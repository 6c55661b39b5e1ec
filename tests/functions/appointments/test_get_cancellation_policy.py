"""GET /cancellation-policy."""


def test_everybody_signed_in_reads_it(api, patient) -> None:
    answer = api.as_(patient).get("/cancellation-policy")
    assert (answer.status, answer.trips) == (200, 1)
    assert [tier["hoursBefore"] for tier in answer["tiers"]] == [24.0, 2.0, 0.0]
