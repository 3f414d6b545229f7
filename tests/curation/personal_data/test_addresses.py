import pytest

from taojin.curation.personal_data.addresses import find_emails, find_ip_addresses


def emails(text):
    return [text[start:end] for start, end in find_emails(text)]


def addresses(text):
    return [text[start:end] for start, end in find_ip_addresses(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Written by Jo <jo.doe+x@mail.uni-bonn.de>.", "jo.doe+x@mail.uni-bonn.de"),
        ("邮箱abc_1@qq.com，请联系", "abc_1@qq.com"),
        ("mailto:jane@firm.co.uk?subject=x", "jane@firm.co.uk"),
        ("(a1@b2.org)", "a1@b2.org"),
        ("``list+subscribe@groups.net``", "list+subscribe@groups.net"),
        ("x" * 70 + " me@site.io\n", "me@site.io"),
    ],
)
def test_an_email_address_is_found_without_what_surrounds_it(text, expected):
    assert emails(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "user@example.com and jo@mail.example.org",
        "ed@foo.com",
        "root@localhost, admin@printer.local",
        "git@github.com:owner/name.git",
        "https://scott:tiger@db.firm.com/x",
        "wasbs://account@store.windows.net",
        "sk-ssh-ed25519@openssh.com",
        "icon@2x.png, script@v2.py",
        "https://user:pw@pypi.company.com/x",
        "@dataclass\n@functools.wraps(f)",
        "```py\n@dataclasses.dataclass\n```",
        "a @ b.T, a@b.c",
        "x@y.mean() + p@q.data[0]",
        "name@1.2.3",
        "a..b@site.org",
        "@",
        "@@@@@",
    ],
)
def test_what_only_looks_like_an_email_address_is_left(text):
    assert emails(text) == []


@pytest.mark.parametrize(
    "address",
    ["86.231.85.193", "160.67.237.27", "2a00:1450:4001:81b::200e"],
)
def test_a_public_ip_address_is_found(address):
    assert addresses(f"Last login from {address}, at noon") == [address]


def test_an_address_within_a_network_is_found():
    assert addresses("inet 86.231.85.193/16") == ["86.231.85.193"]


def test_an_ip_address_is_found_between_chinese_characters():
    assert addresses("登录地址86.231.85.193异常") == ["86.231.85.193"]


def test_an_ip_address_is_found_in_a_url():
    assert addresses("see http://86.231.85.193:8080/x") == ["86.231.85.193"]


def test_a_full_ipv6_address_is_found_outside_the_assigned_range():
    address = "4f8a:c99e:dc86:faf9:5988:5f63:375e:8a2a"
    assert addresses(address) == [address]


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1 0.0.0.0 255.255.255.255 10.1.2.3 192.168.0.1 172.16.9.9",
        "192.0.2.44, 198.51.100.7 and 203.0.113.9 are for documentation",
        "name servers 8.8.8.8 and 1.1.1.1, group 224.0.0.251",
        "Version 75.120.66.21",
        "pip install x==41.52.63.74",
        "section 3.2.1.4 and 1.2.3.4",
        "OID 1.3.6.1.4.1.311",
        "OID 1.3.101.113, FAQ 3.43.6.1, V8 from 4.2.77.18, XFree86 4.3.99.16",
        "patch V8 to 9.6.180.15",
        "the range 86.231.0.0/16, the other 86.231.85.128/25, the network 120.40.50.0, the mask 123.123.123.123",
        "2001:0200::/48 and 2001:4860:4860::8888",
        "v120.40.50.60, 300.1.2.3, 120.40.50.60rc1",
        "2001:db8::8a2e:370:7334, fe80::1ff:fe23:4567:890a, ::1",
        "00:1b:44:11:3a:b7:00:01",
        "at 12:30:45:10, a[::2], std::vector::size, dead::beef",
    ],
)
def test_special_ranges_versions_and_notations_are_no_ip_addresses(text):
    assert addresses(text) == []


def test_small_numbers_are_an_ip_address_where_the_text_says_so():
    assert addresses("the server at 5.6.7.8 answered") == ["5.6.7.8"]
