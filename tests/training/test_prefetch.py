from echogls.training.prefetch import ahead


def test_what_is_made_ahead_comes_in_order_and_nothing_is_made_beyond_the_end():
    calls = []
    items = ahead(lambda k: calls.append(k) or 10 * k, 4, 3, stop=9)
    assert list(items) == [40, 50, 60, 70, 80]
    assert sorted(calls) == [4, 5, 6, 7, 8]
    assert list(ahead(lambda k: k, 3, 2, stop=3)) == []
