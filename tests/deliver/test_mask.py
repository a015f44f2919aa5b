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
        ("/112/sales", "112", "/112/sales"),
        ("/sales", "", "/sales"),
        (None, "55401", None),
    ],
)
def test_a_zip_code_is_masked_wherever_it_is_told_a_second_time(text, zip_code, masked):
    assert mask_zip(text, zip_code) == masked
