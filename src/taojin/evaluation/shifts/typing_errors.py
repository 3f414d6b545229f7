"""Which characters people take for which.

Neighbours on a keyboard; characters of Chinese that sound or look alike.
"""

_KEY_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_ROW_STARTS = (0.0, 0.5, 0.75, 1.25)
_REACH = 1.26
"""Distance of neighbours in key widths."""

_CONFUSED = """
的地得 在再 做作坐座 他她它 已己以 是事式市 像象向 带戴代 那哪 吗嘛妈 吧把巴 呢哪 有又右友 和合何河
到道倒 这着 也业夜 会回汇 说税睡 要药耀 就旧救 去取趣 你拟泥 我找 们门 来莱 上尚 下夏 个各 为未末味
对队兑 不部布步 人入认任 大太犬 小少 中种终钟 国果过 年念 时实十石 出初除 成城诚程 分份纷 生声升 后候厚
自字白 发法罚 家加佳 多夺朵 能熊 经径 过国 看着 天夭无 开升井 好号 进近劲 行形型 现线限 同铜 民名明 面免
方访防 如入 前钱浅 所锁 话化画 心新欣 高搞 长常场 本木术 公工功 力历丽利 点店电 问间闻 水冰永 两俩 全金
日目曰 月用 手毛 己巳已 土士 干千于 牛午 刀力 八入 王玉主 田由甲申 未末 令今 侯候 拔拨 即既 晴睛情清请
辩辨辫 往住 历厉 密蜜 竟竞境镜 壁璧 徒徙 幕暮慕墓 侍待 卷券 析折 延廷 杨扬 沧苍仓 坚竖 治冶 准淮 冷泠
园圆员 原源愿 因应英 必毕 练炼 迹绩 型形 帐账 震振镇 篇偏编 洗冼 赢嬴 买卖 师帅 乌鸟 几儿 处外 没设
"""


def _key_neighbours() -> dict[str, str]:
    places = {
        key: (start + number, float(row))
        for row, (keys, start) in enumerate(zip(_KEY_ROWS, _ROW_STARTS, strict=True))
        for number, key in enumerate(keys)
    }
    return {
        key: "".join(
            other
            for other, (across, down) in places.items()
            if other != key
            and other.isalpha() == key.isalpha()
            and (across - place[0]) ** 2 + (down - place[1]) ** 2 <= _REACH**2
        )
        for key, place in places.items()
    }


def _confusions() -> dict[str, str]:
    found: dict[str, str] = {}
    for group in _CONFUSED.split():
        for character in group:
            others = group.replace(character, "") + found.get(character, "")
            found[character] = "".join(dict.fromkeys(others))
    return found


KEY_NEIGHBOURS = _key_neighbours()
"""Letters around a letter, and digits around a digit, of a QWERTY keyboard."""
CONFUSED_CHARACTERS = _confusions()
"""Frequent simplified characters, and those that are typed or written for them."""
