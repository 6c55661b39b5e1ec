"""POST /appointments, /client/appointments, /user/book-appointment."""


def test_a_patient_books(api, world, practice) -> None:
    patient = world.patient()
    answer = practice.book(patient)
    print(answer.response.text, answer.trips, answer.reads, answer.writes, answer.attempts)
    assert answer.status == 201, answer
    got = api.as_(patient).get(f"/appointments/{answer['id']}")
    print(got, got.trips)
    r = api.as_(patient).put(f"/appointments/{answer['id']}/reschedule", {"date": practice.day(8), "time": "14:00"})
    print(r, r.trips)
    l = api.as_(patient).get("/appointments"); print(l, l.trips)
    l = api.as_(patient).get("/appointments?status=upcoming"); print(l, l.trips)
    l = api.as_(practice.doctor).get("/provider/appointments"); print(l, l.trips)
    l = api.as_(practice.doctor).get("/provider/dashboard"); print(l, l.trips)
    l = api.as_(patient).get("/client/dashboard"); print(l, l.trips)
    l = api.as_(patient).get(f"/appointments/{answer['id']}/calendar.ics"); print(l.response.text, l.trips)
    l = api.as_(patient).get(f"/appointments/{answer['id']}/cancellation-preview"); print(l, l.trips)
    l = api.as_(patient).post(f"/appointments/{answer['id']}/cancel", {"reason": "I feel much better now"}); print(l, l.trips)
