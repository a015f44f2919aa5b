import pytest

from dialboard.deliver.places import city_name, country_code, region_code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("US", "US"),
        ("us", "US"),
        (" De ", "DE"),
        ("Germany", "DE"),
        ("united states", "US"),
        ("United States of America", "US"),
        ("USA", "US"),
        ("UK", "GB"),
        ("Great  Britain", "GB"),
        ("South Korea", "KR"),
        ("Korea", None),  # two of them
        ("Congo", None),
        ("XX", None),
        ("Atlantis", None),
        ("", None),
        (None, None),
    ],
)
def test_a_country_is_known_by_code_or_name(text, code):
    assert country_code(text) == code


@pytest.mark.parametrize(
    ("state", "country", "code"),
    [
        ("MN", "US", "US-MN"),
        ("mn", "US", "US-MN"),
        ("US-MN", "US", "US-MN"),
        ("ON", "CA", "CA-ON"),
        ("Minnesota", "US", None),
        ("M1", "US", None),
        ("BY", "DE", "DE-BY"),
        ("75", "FR", "FR-75"),
        ("Bayern", "DE", None),
        ("ÎF", "FR", None),
        ("", "US", None),
        (None, "US", None),
        ("MN", None, None),
    ],
)
def test_a_region_is_only_given_in_the_form_of_iso_3166_2(state, country, code):
    assert region_code(state, country) == code


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("MINNEAPOLIS", "Minneapolis"),
        ("ST. PAUL", "St. Paul"),
        ("WINSTON-SALEM", "Winston-Salem"),
        ("COEUR D'ALENE", "Coeur D'Alene"),
        ("KING'S LYNN", "King's Lynn"),
        ("MÜNCHEN", "München"),
        ("San José", "San José"),
        ("  NEW   YORK ", "New York"),
        ("", None),
        (" ", None),
        (None, None),
    ],
)
def test_a_city_in_capitals_becomes_a_name(text, name):
    assert city_name(text) == name
