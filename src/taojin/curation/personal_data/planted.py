"""A bilingual set of sentences with personal data in known places, to measure by.

Every value is made up, but valid: check digits, ranges and lengths hold. Beside them
stand sentences without personal data that look like it: versions, hashes, ISBNs, order
numbers, dates, private addresses. All of it follows from one seed.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from taojin.core.randomness import generator
from taojin.curation.personal_data import planted_values as values
from taojin.curation.personal_data.kinds import PersonalDataKind, Span
from taojin.curation.personal_data.planted_values import Draw

_VALUES: dict[PersonalDataKind, Draw] = {
    "email": values.email,
    "secret": values.secret,
    "iban": values.iban,
    "cn_resident_id": values.cn_resident_id,
    "cn_bank_card": values.cn_bank_card,
    "payment_card": values.payment_card,
    "us_ssn": values.us_ssn,
    "cn_licence_plate": values.cn_licence_plate,
    "ip_address": values.ip_address,
    "passport": values.passport,
    "phone": values.phone,
}

_SENTENCES: dict[tuple[PersonalDataKind, str], tuple[str, ...]] = {
    ("email", "en"): (
        "Write to {} if the build fails again.",
        "Maintainer: Ada Quill <{}>",
        "The invoice went to {}, not to us.",
        "see mailto:{}",
        "reply-to={};cc=none",
    ),
    ("email", "zh"): (
        "有问题请发邮件到{}，我们会尽快答复。",
        "邮箱：{}",
        "联系人李工（{}）负责验收。",
    ),
    ("secret", "en"): (
        "clone https://deploy:{}@git.quillforge.net/x.git",
        "I pasted the key {} into the ticket by mistake.",
        'api_key = "{}"',
        "export TOKEN={}",
    ),
    ("secret", "zh"): ("密钥：{}", "请把配置里的 {} 换掉，它已经泄露。"),
    ("iban", "en"): (
        "Please transfer the deposit to {} by Friday.",
        "IBAN: {}",
        "Our account ({}) has changed.",
    ),
    ("iban", "zh"): ("请汇款至{}，备注发票号。", "收款账号 IBAN：{}"),
    ("cn_resident_id", "en"): (
        "Her resident identity number is {}.",
        "ID card no. {} was rejected by the form.",
    ),
    ("cn_resident_id", "zh"): (
        "身份证号{}，请核对。",
        "公民身份号码：{}",
        "王某（{}）于上午到达。",
    ),
    ("cn_bank_card", "zh"): (
        "银行卡号：{}，开户行在杭州。",
        "请转账到工商银行 {}",
        "储蓄卡{}已挂失。",
        "户名张三，账号{}。",
    ),
    ("payment_card", "en"): (
        "My card {} was charged twice.",
        "Card number: {}, expires next year.",
        "they stole {} from the database",
    ),
    ("payment_card", "zh"): ("信用卡{}被重复扣款。", "我的卡号是 {} ，请退款。"),
    ("us_ssn", "en"): (
        "My social security number is {}.",
        "SSN: {}",
        "Employee {} has moved to Ohio.",
    ),
    ("us_ssn", "zh"): ("他的美国社会安全号码是{}。",),
    ("cn_licence_plate", "en"): (
        "The car with the plate {} was parked outside.",
        "Vehicle {}: insurance expired.",
    ),
    ("cn_licence_plate", "zh"): (
        "车牌号{}的车主请移车。",
        "牌照：{}",
        "一辆白色轿车（{}）驶离现场。",
    ),
    ("ip_address", "en"): (
        "Failed login from {} at noon.",
        "The client {} was blocked.",
        "peer address: {}",
        "GET http://{}/status failed",
        "{} - - GET /index.html",
    ),
    ("ip_address", "zh"): ("登录地址{}异常。", "来自 {} 的请求被拒绝。"),
    ("passport", "en"): (
        "Passport number {} expires in May.",
        "She travels on passport {}.",
    ),
    ("passport", "zh"): ("护照号码：{}", "持护照{}入境。"),
    ("phone", "en"): (
        "Call me at {} after six.",
        "Phone: {}",
        "You reach the office under {}, extension two.",
    ),
    ("phone", "zh"): ("手机{}，微信同号。", "联系电话：{}", "请致电 {} 预约。"),
}

_DECOYS: dict[str, tuple[str, ...]] = {
    "en": (
        "Upgrade to version {version} or later.",
        "The digest is sha256:{hash}.",
        "See ISBN {isbn}, chapter 4.",
        "Your order {order} has shipped.",
        "Released on {date} at 10:22:33.",
        "Bind to {private_ip}:8080 inside the network.",
        "Device {mac} sent {bytes} bytes.",
        "The request {uuid} timed out after {bytes} ms.",
        "Batch {order} of {digits10} parts, lot {digits8}.",
        "Write to user@example.com or admin@localhost.",
        "git clone git@github.com:owner/tool-{bytes}.git",
        "The constant is 3.{digits15}.",
        "Epoch {epoch} is a Tuesday.",
        "postgresql://user:password@localhost:5432/shop",
        "Line {bytes} of commit {short_hash} is wrong.",
        "DOI 10.{bytes}/s{digits8}-{date}-x",
        "Rows {digits8}-{digits8} of table {digits10}",
        "at 48.{digits8}, 2.{digits8} near the river",
        "{version}, {version} and {version} are affected",
        "model no. {digits10}, serial 6{digits15}",
        "jobs.{hash}.log, x={digits10}; y={digits8}; t={epoch}",
        'api_key = os.environ["SERVICE_API_KEY_2024"]',
        "token: sha1-{short_hash}{short_hash}{short_hash}{short_hash}",
        "Call 555-0142 in the film.",
    ),
    "zh": (
        "请升级到版本{version}。",
        "摘要为{hash}。",
        "书号 ISBN {isbn}，第四章。",
        "订单号{order}已发货。",
        "发布于{date} 10:22:33。",
        "内网地址{private_ip}，端口8080。",
        "共传输{bytes}字节，耗时{bytes}毫秒。",
        "请求{uuid}超时。",
        "示例邮箱 user@example.com 不可用。",
        "时间戳{epoch}对应星期二。",
        "商品编码6{digits15}，库存{digits10}件。",
        "流水号{digits10}，批次{digits8}。",
        "坐标（121.{digits8}，31.{digits8}）附近。",
        "{version}、{version}均受影响。",
        "东经{digits8}，第{digits10}条，共{digits8}条。",
        "股票代码600519，成交{bytes}手。",
        "最新A{bytes}型号上市，粤菜B套餐打折。",
        "拨打95588或12306咨询。",
        "圆周率约等于3.{digits15}。",
        "统一社会信用代码91110108MA{digits8}。",
    ),
}


class PlantedText(NamedTuple):
    """A sentence, and the personal data in it.

    Attributes:
        text: One line.
        language: ``en`` or ``zh``.
        spans: What a recogniser should find: one span, or none.
    """

    text: str
    language: str
    spans: tuple[Span, ...]


def plant_personal_data(
    seed: int, num_per_kind: int = 40, num_decoys: int = 600
) -> Iterator[PlantedText]:
    """Yield sentences with one value each, then sentences without any.

    Args:
        seed: Same seed, same sentences.
        num_per_kind: Sentences of each kind and language.
        num_decoys: Sentences of each language that hold no personal data.
    """
    random = generator(seed, "planted personal data")
    for (kind, language), sentences in _SENTENCES.items():
        for turn in range(num_per_kind):
            before, _, after = sentences[turn % len(sentences)].partition("{}")
            written = _VALUES[kind](random)
            span = Span(kind, len(before), len(before) + len(written))
            yield PlantedText(f"{before}{written}{after}", language, (span,))
    for language, sentences in _DECOYS.items():
        for turn in range(num_decoys):
            yield PlantedText(
                _fill(sentences[turn % len(sentences)], random), language, ()
            )


def _fill(sentence: str, random: np.random.Generator) -> str:
    names = [name for name in values.DECOYS if f"{{{name}}}" in sentence]
    return sentence.format(**{name: values.DECOYS[name](random) for name in names})
