def test_cookie_and_answer_agree(api):
    answer = api.get("/auth/csrf")
    assert answer.status == 200, answer
    (cookie,) = answer.headers.get_list("set-cookie")
    assert cookie.startswith(f"csrfToken={answer['csrfToken']};")
    assert "HttpOnly" not in cookie
    assert "Secure" in cookie
    assert answer.trips == 0


def test_it_is_a_new_one_each_time(api):
    assert len({api.get("/auth/csrf")["csrfToken"] for _ in range(5)}) == 5
