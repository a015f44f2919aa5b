import time

import pytest

from dialboard.deliver.mask import mask, mask_address, mask_name


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
        ("(612)555-0199", "[number]"),
        ("(612) 5550199", "[number]"),
        ("1 (612) 5550199", "[number]"),
        ("612-5550199", "[number]"),
        ("612 5550199", "[number]"),
        ("1612 5550199", "[number]"),
        ("612  555  0199", "[number]"),
        ("612+555+0199", "[number]"),
        ("612\u2013555\u20130199", "[number]"),
        ("612\u2011555\u20110199", "[number]"),
        ("\u202a+1\u00a0612\u00a0555\u200b0199\u202c", "\u202a[number]\u202c"),
        ("+1 612 - 555 - 0199", "[number]"),
        ("+1_612_555_0199", "[number]"),
        ("(0)20 7946 0958", "[number]"),
        ("0049 30 901820 and 011 44 20 7946 0958", "[number] and [number]"),
        ("+612 555 0100+612 555 0199 or 020 7946 0958 / 020 7946 0959", "[number] or [number]"),
        ("line 2+5550199", "line 2[number]"),
        ("50%6125550199", "50%[number]"),
        ("Call %2B1%20612%20555%200199", "Call [number]"),
        ("6 1 2 5 5 5 0 1 9 9", "[number]"),
        ("1-6-1-2-5-5-5-0-1-9-9", "[number]"),
        ("550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655440000"),
        ("at 09:30 on 01.12.2026", "at 09:30 on 01.12.2026"),
        ("01.12.2026 09:30", "01.12.2026 09:30"),
        ("01.02.2026 10.30 Uhr", "01.02.2026 10.30 Uhr"),
        ("/2026/11/04/123456789", "/2026/11/04/123456789"),
        ("2026-11-24 10:30", "2026-11-24 10:30"),
        ("2026-09-04T08:30:15Z", "2026-09-04T08:30:15Z"),
        ("/2026/11/24/1234-title", "/2026/11/24/1234-title"),
        ("/2026/01/24/123456-title", "/2026/01/24/123456-title"),
        ("20261124-103000", "20261124-103000"),
        ("$1,234,567.89 or 1.234.567,89 \u20ac", "$1,234,567.89 or 1.234.567,89 \u20ac"),
        ("Chrome/120.0.6099.109 Safari/537.36 OS 16_6_1", "Chrome/120.0.6099.109 Safari/537.36 OS 16_6_1"),
        ("CA0123456789abcdef0123456789abcdef?x=6125550199", "CA0123456789abcdef0123456789abcdef?x=[number]"),
        ("alice@example.com", "[email]"),
        ("jo@m\u00fcnchen.de and j\u00f6@x.de", "[email] and [email]"),
        ("jo\u0308@mu\u0308nchen.de, o'brien@example.ie", "[email], [email]"),
        ("bob@example.com+carol@example.com'dave@example.com", "[email][email][email]"),
        ("mailto:a.b+c@mail.example.co.uk!", "mailto:[email]!"),
        ("CA0123456789abcdef0123456789abcdef", "CA0123456789abcdef0123456789abcdef"),
        ("SM12345678901234567890123456789012", "SM12345678901234567890123456789012"),
        ("Press 1 for sales", "Press 1 for sales"),
        ("Order 12345678", "Order 12345678"),
        ("Order 123456789", "Order 123456789"),
        ("2026-11-24", "2026-11-24"),
        ("10.0.0.1", "10.0.0.1"),
        ("", ""),
    ],
)
def test_numbers_and_addresses_of_people_are_masked_and_nothing_else_is(text, masked):
    assert mask(text, zip_code="") == masked


def test_a_name_that_is_our_own_number_keeps_it():
    assert mask_name("+16125550100 for bob@example.com in 55401", "55401") == "+16125550100 for [email] in [zip]"


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("/ivr/welcome", "/ivr/welcome"),
        ("/call/+16125550100/hangup", "/call/[number]/hangup"),
        ("/call/%2B16125550100", "/call/[number]"),
        ("/call/%2b1%20612%20555%200100", "/call/[number]"),
        ("/mail/alice%40example.com", "/mail/[email]"),
        ("/call/%252B16125550199", "/call/[number]"),
        ("/x?url=http%3A%2F%2Fx%3FFrom%3D%252B16125550199", "/x?url=http://x%3F"),
        ("/x?url=http%3A%2F%2Fx%3Fa%3D%252Fb", "/x?url=http://x%3Fa%3D%252Fb"),
        ("/caf%C3%A9 au lait", "/caf%C3%A9%20au%20lait"),
        ("/x?step=2&lang=de", "/x?step=2&lang=de"),
        ("/x?number=%2B16125550100", "/x?number=[number]"),
        ("/x?+16125550100=1", "/x"),
        ("/x#/+16125550100", "/x"),
        ("/twiml?From=%2B16125550100&To=%2B16125550111&Caller=a&Called=b&Step=1", "/twiml?Step=1"),
        ("/sms?Body=call+me&FromZip=55401&CallerZip=1&zip=2&CallerName=ALICE", "/sms"),
        ("/sms?from[0]=a&From[]=b&call[To]=c&From%5B1%5D=d&amp;Caller=e&fromage=brie", "/sms?fromage=brie"),
        ("/sms?ProfileName=Al&WaId=1&Latitude=44.9&Longitude=-93.2&Address=5+Main+St&Label=Home&Step=1", "/sms?Step=1"),
        ("/voice?SpeechResult=my+name+is&TranscriptionText=hello&AddOns=%7B%7D&CallSid=CA1", "/voice?CallSid=CA1"),
        ("/x?next=%2Fsms%3FBody%3Dcall%2520me%2520%2526%2520ask%26Step%3D1", "/x?next=/sms%3F%26Step%3D1"),
        ("/a?n=(612)555-0199", "/a?n=[number]"),
        ("/a?phone=612-5550199", "/a?phone=[number]"),
        ("/a?n=+44-20-7946-0958&m=at%20+44.20.7946.0958", "/a?n=[number]&m=at+[number]"),
        ("/a?+44-20-7946-0958=1&b=order+1234567", "/a?b=order+1234567"),
        ("/a?when=2026-11-24+10:30", "/a?when=2026-11-24+10:30"),
        ("https://example.com/a?b=alice@example.com", "https://example.com/a?b=[email]"),
        ("", ""),
        ("/voice?StirPassportToken=eyJ0biI6IjE2MTI1NTUwMTk5In0&CallToken=eyJ0biI6IjEifQ&Step=1", "/voice?Step=1"),
        ("/book?label=spring", "/book?label=spring"),
    ],
)
def test_an_address_is_masked_below_its_encoding_and_loses_what_twilio_says_of_people(address, masked):
    assert mask_address(address, zip_code="") == masked


@pytest.mark.parametrize(
    ("text", "zip_code", "masked"),
    [
        ("/call/55401/sales", "55401", "/call/[zip]/sales"),
        ("/v?z=55401", "55401", "/v?z=[zip]"),
        ("Order 9955401", "55401", "Order 9955401"),
        ("Calls at SW1A 1AA", "SW1A 1AA", "Calls at [zip]"),
        ("/p/SW1A%201AA", "SW1A 1AA", "/p/[zip]"),
        ("K1A  0B1", "K1A 0B1", "[zip]"),
        ("SW1A%2B1AA", "SW1A 1AA", "[zip]"),
        ("zip55401x", "55401", "zip[zip]x"),
        ("554 01", "55401", "[zip]"),
        ("zip\u2013554\u201101", "55401", "zip\u2013[zip]"),
        ("CA55401000000000000000000000055401 55401", "55401", "CA55401000000000000000000000055401 [zip]"),
        ("near 55401 1234", "55401-1234", "near [zip]"),
        ("near 55401-1234 or 554011234", "55401", "near [zip] or [zip]"),
        ("55401 2026", "55401", "[zip] 2026"),
        ("8001 Z\u00fcrich, CH-8001", "CH-8001", "[zip] Z\u00fcrich, CH-[zip]"),
        ("near 55401", "MN 55401", "near [zip]"),
        ("K1A 0B1", "K1A%200B1", "[zip]"),
        ("50%55401", "55401", "50%[zip]"),
        ("zip 101", "101", "zip [zip]"),
        ("zip101, 1010 or Chrome/101.0 for 3.101", "101", "zip101, 1010 or Chrome/101.0 for 3.101"),
        ("sw1a1aa", "SW1A 1AA", "[zip]"),
        ("near 55401", "55401-1234", "near [zip]"),
        ("near 554011234", "55401-1234", "near [zip]"),
        ("near 55402", "55401-1234", "near 55402"),
        ("/112/sales", "112", "/[zip]/sales"),
        ("/11/sales", "11", "/11/sales"),
        ("/sales", "-----", "/sales"),
        ("/sales", "", "/sales"),
        ("from 55401", "55401 US", "from [zip]"),
        ("from 55401", "55401.0", "from [zip]"),
        ("from 02134", "2134", "from [zip]"),
        ("from 00501", "501", "from [zip]"),
        ("/zipM5V2T6", "M5V 2T6", "/zip[zip]"),
        ("(none) Unknown caller", "None", "(none) Unknown caller"),
        ("Unknown caller", "unknown", "Unknown caller"),
    ],
)
def test_a_zip_code_is_masked_wherever_it_is_told_a_second_time(text, zip_code, masked):
    assert mask(text, zip_code) == masked


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("/voice?addr=Minneapolis%2C55401", "/voice?addr=Minneapolis%2C[zip]"),
        ("/voice?next=%2Fstore%2F55401", "/voice?next=/store/[zip]"),
        ("/a?q=%22from%22%3A%2255401%22", "/a?q=%22from%22:%22[zip]%22"),
        ("/a?u=http%3A%2F%2Fx%2F%3FFromZip%3D55401", "/a?u=http://x/%3F"),
        ("/a?u=http%253A%252F%252Fx%252F%253Fz%253D55401", "/a?u=http://x/%3Fz%3D[zip]"),
        ("/p?z=near%2055401", "/p?z=near+[zip]"),
        ("/%35%35401", "/[zip]"),
        ("/zip55401", "/zip[zip]"),
        ("/a?z55401=1&b=2", "/a?b=2"),
        ("/Calls/CA55401000000000000000000000055401", "/Calls/CA55401000000000000000000000055401"),
    ],
)
def test_a_zip_code_is_masked_in_an_address_however_it_is_encoded(address, masked):
    assert mask_address(address, "55401") == masked


@pytest.mark.parametrize(
    "piece", ["1", "a", "%", "%25", "%41", "-", " ", "+", "(", "@", "a@", "0 ", "612-", "?from", "&"]
)
@pytest.mark.parametrize("function", [mask, mask_address])
def test_the_time_to_mask_stays_in_proportion_to_the_text(piece, function):
    began = time.process_time()
    function(piece * (50_000 // len(piece)), "55401")
    assert time.process_time() - began < 0.5  # usually 0.02; 2 and more where a pattern looks back again and again
