import pytest

from dialboard.deliver.mask import mask, mask_address, mask_email, mask_zip


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("+16125550100", "[number]"),
        ("Call from +16125550100.", "Call from [number]."),
        ("16125550100", "[number]"),
        ("6125550100", "[number]"),
        ("+49 30 901820", "[number]"),
        ("+44 (20) 7946-0958", "[number]"),
        ("(612) 555-0100", "[number]"),
        ("612-555-0100", "[number]"),
        ("612.555.0100", "[number]"),
        ("1-612-555-0100", "[number]"),
        ("+3545510000 and +3545510001", "[number] and [number]"),
        ("voice_16125550199", "voice_[number]"),
        ("from6125550199to", "from[number]to"),
        ("612/555/0199", "[number]"),
        ("Call from 020 7946 0958", "Call from [number]"),
        ("Appel de 06 12 34 56 78", "Appel de [number]"),
        ("at 09:30 on 01.12.2026", "at 09:30 on 01.12.2026"),
        ("CA0123456789abcdef0123456789abcdef?x=6125550199", "CA0123456789abcdef0123456789abcdef?x=[number]"),
        ("alice@example.com", "[email]"),
        ("mailto:a.b+c@mail.example.co.uk!", "mailto:[email]!"),
        ("CA0123456789abcdef0123456789abcdef", "CA0123456789abcdef0123456789abcdef"),
        ("SM12345678901234567890123456789012", "SM12345678901234567890123456789012"),
        ("Press 1 for sales", "Press 1 for sales"),
        ("Order 12345678", "Order 12345678"),
        ("2026-11-24", "2026-11-24"),
        ("10.0.0.1", "10.0.0.1"),
        ("", ""),
    ],
)
def test_numbers_and_addresses_of_people_are_masked_and_nothing_else_is(text, masked):
    assert mask(text) == masked


def test_a_name_that_is_our_own_number_keeps_it():
    assert mask_email("+16125550100 for bob@example.com") == "+16125550100 for [email]"


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("/ivr/welcome", "/ivr/welcome"),
        ("/call/+16125550100/hangup", "/call/[number]/hangup"),
        ("/call/%2B16125550100", "/call/[number]"),
        ("/call/%2b1%20612%20555%200100", "/call/[number]"),
        ("/mail/alice%40example.com", "/mail/[email]"),
        ("/call/%252B16125550199", "/call/[number]"),
        ("/x?url=http%3A%2F%2Fx%3FFrom%3D%252B16125550199", "/x?url=http://x%3FFrom%3D[number]"),
        ("/x?url=http%3A%2F%2Fx%3Fa%3D%252Fb", "/x?url=http://x%3Fa%3D%252Fb"),
        ("/caf%C3%A9 au lait", "/caf%C3%A9%20au%20lait"),
        ("/x?step=2&lang=de", "/x?step=2&lang=de"),
        ("/x?number=%2B16125550100", "/x?number=[number]"),
        ("/x?+16125550100=1", "/x"),
        ("/x#/+16125550100", "/x"),
        ("/twiml?From=%2B16125550100&To=%2B16125550111&Caller=a&Called=b&Step=1", "/twiml?Step=1"),
        ("/sms?Body=call+me&FromZip=55401&CallerZip=1&zip=2&CallerName=ALICE", "/sms"),
        ("https://example.com/a?b=alice@example.com", "https://example.com/a?b=[email]"),
        ("", ""),
    ],
)
def test_an_address_is_masked_below_its_encoding_and_loses_what_twilio_says_of_people(address, masked):
    assert mask_address(address) == masked


@pytest.mark.parametrize(
    ("text", "zip_code", "masked"),
    [
        ("/call/55401/sales", "55401", "/call/[zip]/sales"),
        ("/v?z=55401", "55401", "/v?z=[zip]"),
        ("Order 9955401", "55401", "Order 9955401"),
        ("Calls at SW1A 1AA", "SW1A 1AA", "Calls at [zip]"),
        ("/p/SW1A%201AA", "SW1A 1AA", "/p/[zip]"),
        ("/p?z=near%2055401", "55401", "/p?z=near%20[zip]"),
        ("sw1a1aa", "SW1A 1AA", "[zip]"),
        ("near 55401", "55401-1234", "near [zip]"),
        ("near 554011234", "55401-1234", "near [zip]"),
        ("near 55402", "55401-1234", "near 55402"),
        ("/112/sales", "112", "/112/sales"),
        ("/sales", "-----", "/sales"),
        ("/sales", "", "/sales"),
        (None, "55401", None),
    ],
)
def test_a_zip_code_is_masked_wherever_it_is_told_a_second_time(text, zip_code, masked):
    assert mask_zip(text, zip_code) == masked
