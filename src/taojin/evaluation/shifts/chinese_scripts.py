"""Simplified and traditional Chinese, character by character.

The table holds the most frequent characters whose two forms differ, one traditional
form each; where a simplified character stands for several, the most frequent is meant.
``opencc-py`` (the extra ``scripts``) knows all of them, and decides by phrases.
"""

from collections.abc import Callable
from typing import Literal

from taojin.core.errors import ConfigurationError

_PAIRS = """
爱愛 碍礙 袄襖 罢罷 坝壩 摆擺 败敗 颁頒 办辦 绊絆 帮幫 绑綁 宝寶 报報 贝貝 备備 辈輩 笔筆 币幣 毕畢 毙斃 闭閉 边邊 编編 变變 标標 宾賓 补補 财財 参參 残殘 惨慘 灿燦 仓倉 苍蒼 舱艙 层層 产產 长長 尝嘗
偿償 厂廠 场場 车車 彻徹 尘塵 陈陳 称稱 诚誠 迟遲 齿齒 虫蟲 冲衝 础礎 储儲 触觸 处處 传傳 创創 纯純 词詞 辞辭 聪聰 从從 丛叢 窜竄 错錯 达達 带帶 贷貸 担擔 单單 胆膽 弹彈 当當 党黨 导導 岛島 灯燈 邓鄧
敌敵 递遞 点點 电電 垫墊 钓釣 调調 丢丟 东東 动動 冻凍 斗鬥 独獨 读讀 断斷 锻鍛 队隊 对對 顿頓 夺奪 额額 恶惡 儿兒 尔爾 发發 罚罰 阀閥 烦煩 范範 饭飯 贩販 访訪 纺紡 飞飛 废廢 费費 纷紛 坟墳 奋奮 愤憤
粪糞 丰豐 风風 疯瘋 锋鋒 缝縫 妇婦 负負 复復 该該 盖蓋 干幹 赶趕 冈岡 刚剛 钢鋼 岗崗 纲綱 个個 给給 贡貢 购購 够夠 构構 顾顧 关關 观觀 馆館 惯慣 贯貫 广廣 归歸 规規 龟龜 轨軌 诡詭 贵貴 柜櫃 滚滾 锅鍋
国國 过過 骇駭 韩韓 汉漢 号號 贺賀 轰轟 红紅 后後 壶壺 护護 沪滬 户戶 华華 划劃 画畫 话話 怀懷 坏壞 欢歡 环環 还還 换換 唤喚 焕煥 黄黃 谎謊 挥揮 辉輝 汇匯 会會 绘繪 贿賄 秽穢 浑渾 伙夥 获獲 货貨 祸禍
击擊 机機 积積 极極 级級 纪紀 际際 继繼 绩績 计計 记記 济濟 剂劑 挤擠 迹跡 鸡雞 夹夾 价價 驾駕 坚堅 间間 监監 艰艱 捡撿 检檢 减減 简簡 见見 键鍵 舰艦 剑劍 渐漸 践踐 贱賤 鉴鑒 将將 奖獎 讲講 酱醬 浆漿
胶膠 浇澆 骄驕 娇嬌 脚腳 饺餃 缴繳 绞絞 轿轎 较較 阶階 节節 结結 紧緊 仅僅 进進 尽盡 劲勁 惊驚 经經 颈頸 静靜 镜鏡 竞競 纠糾 旧舊 举舉 据據 剧劇 惧懼 锯鋸 绢絹 觉覺 决決 绝絕 军軍 开開 凯凱 颗顆 课課
垦墾 恳懇 库庫 裤褲 块塊 宽寬 矿礦 况況 亏虧 馈饋 溃潰 扩擴 阔闊 蜡蠟 来來 赖賴 兰蘭 拦攔 栏欄 蓝藍 篮籃 览覽 懒懶 烂爛 滥濫 劳勞 涝澇 乐樂 垒壘 类類 泪淚 离離 里裡 礼禮 丽麗 历歷 厉厲 励勵 隶隸 俩倆
联聯 连連 怜憐 帘簾 莲蓮 脸臉 练練 炼煉 恋戀 粮糧 两兩 辆輛 谅諒 疗療 辽遼 猎獵 邻鄰 临臨 灵靈 铃鈴 龄齡 领領 刘劉 龙龍 楼樓 搂摟 娄婁 卢盧 庐廬 炉爐 芦蘆 录錄 陆陸 驴驢 铝鋁 侣侶 屡屢 虑慮 滤濾 绿綠
乱亂 轮輪 论論 罗羅 逻邏 锣鑼 骡騾 络絡 骆駱 妈媽 马馬 码碼 骂罵 吗嗎 买買 卖賣 麦麥 迈邁 脉脈 满滿 猫貓 贸貿 么麼 没沒 门門 们們 闷悶 梦夢 弥彌 绵綿 庙廟 灭滅 悯憫 鸣鳴 铭銘 谬謬 谋謀 亩畝 难難 脑腦
恼惱 闹鬧 内內 拟擬 鸟鳥 聂聶 宁寧 纽紐 浓濃 农農 脓膿 诺諾 欧歐 鸥鷗 盘盤 庞龐 赔賠 喷噴 骗騙 飘飄 贫貧 频頻 评評 凭憑 苹蘋 泼潑 颇頗 扑撲 铺鋪 朴樸 谱譜 齐齊 骑騎 启啟 气氣 弃棄 迁遷 牵牽 铅鉛 签簽
谦謙 钱錢 钳鉗 浅淺 谴譴 枪槍 墙牆 蔷薔 强強 抢搶 锹鍬 桥橋 乔喬 侨僑 窍竅 窃竊 亲親 寝寢 轻輕 氢氫 倾傾 顷頃 请請 庆慶 穷窮 琼瓊 区區 驱驅 躯軀 趋趨 权權 劝勸 确確 却卻 让讓 饶饒 扰擾 绕繞 热熱 认認
韧韌 荣榮 绒絨 软軟 锐銳 闰閏 润潤 赛賽 伞傘 丧喪 扫掃 涩澀 杀殺 纱紗 晒曬 闪閃 陕陝 赡贍 伤傷 赏賞 烧燒 绍紹 设設 摄攝 审審 婶嬸 肾腎 渗滲 声聲 绳繩 胜勝 圣聖 师師 诗詩 时時 实實 识識 蚀蝕 势勢 试試
视視 适適 释釋 饰飾 寿壽 书書 输輸 属屬 术術 树樹 数數 双雙 谁誰 税稅 顺順 说說 硕碩 丝絲 饲飼 耸聳 讼訟 颂頌 诵誦 苏蘇 诉訴 肃肅 虽雖 随隨 岁歲 孙孫 损損 缩縮 锁鎖 态態 摊攤 滩灘 瘫癱 坛壇 谈談 叹嘆
汤湯 烫燙 涛濤 绸綢 讨討 腾騰 题題 体體 条條 铁鐵 厅廳 听聽 烃烴 铜銅 统統 头頭 图圖 涂塗 团團 颓頹 脱脫 驼駝 弯彎 湾灣 顽頑 万萬 网網 韦韋 违違 围圍 为為 维維 伟偉 伪偽 纬緯 卫衛 谓謂 温溫 闻聞 稳穩
问問 窝窩 卧臥 乌烏 诬誣 无無 吴吳 务務 误誤 雾霧 牺犧 习習 袭襲 戏戲 细細 虾蝦 峡峽 狭狹 厦廈 吓嚇 鲜鮮 纤纖 闲閑 贤賢 显顯 险險 现現 献獻 县縣 线線 宪憲 乡鄉 详詳 响響 项項 萧蕭 销銷 晓曉 啸嘯 协協
胁脅 写寫 泻瀉 谢謝 兴興 锈鏽 须須 虚虛 许許 绪緒 续續 悬懸 选選 学學 寻尋 训訓 讯訊 逊遜 压壓 鸦鴉 鸭鴨 亚亞 讶訝 盐鹽 严嚴 颜顏 阎閻 艳豔 厌厭 验驗 谚諺 阳陽 养養 样樣 痒癢 窑窯 谣謠 遥遙 药藥 爷爺
业業 叶葉 页頁 医醫 仪儀 遗遺 忆憶 亿億 义義 艺藝 议議 异異 译譯 谊誼 绎繹 阴陰 银銀 饮飲 隐隱 应應 婴嬰 鹰鷹 营營 萤螢 赢贏 蝇蠅 拥擁 痈癰 优優 忧憂 邮郵 犹猶 游遊 鱼魚 渔漁 与與 语語 誉譽 预預 狱獄
渊淵 园園 员員 圆圓 缘緣 远遠 愿願 约約 岳嶽 跃躍 钥鑰 粤粵 阅閱 悦悅 云雲 运運 韵韻 晕暈 酝醞 杂雜 灾災 载載 赞讚 暂暫 脏髒 凿鑿 枣棗 灶竈 责責 则則 泽澤 择擇 贼賊 赠贈 轧軋 闸閘 债債 毡氈 斩斬 盏盞
战戰 栈棧 张張 涨漲 账賬 胀脹 赵趙 这這 针針 侦偵 诊診 阵陣 镇鎮 郑鄭 挣掙 睁睜 争爭 证證 织織 职職 执執 纸紙 质質 滞滯 钟鐘 终終 种種 肿腫 众眾 昼晝 皱皺 骤驟 诸諸 猪豬 烛燭 嘱囑 贮貯 驻駐 铸鑄 筑築
专專 砖磚 转轉 赚賺 庄莊 装裝 妆妝 壮壯 状狀 锥錐 坠墜 缀綴 准準 浊濁 资資 总總 纵縱 邹鄒 诅詛 组組 钻鑽 别別 荐薦 于於 几幾 台臺 并並 宫宮 伦倫 肤膚 档檔 飙飆 帅帥 辑輯 奥奧 丑醜 占佔 顶頂 杨楊 蛮蠻
贴貼 夸誇 征徵 鹅鵝 呗唄 烟煙 捞撈 岭嶺 鲁魯 挂掛 莱萊 讽諷 锦錦 颐頤 骚騷 凉涼 测測 刹剎 贬貶 怼懟 沟溝 毁毀 纳納 饼餅 玛瑪 驳駁 净淨 耻恥 侠俠 肠腸 杰傑 侧側 潜潛 链鏈 扬揚 驿驛 盗盜 鹏鵬 尴尷 诈詐
闺閨 羡羨 删刪 赋賦 凶兇 萨薩 轴軸 颊頰 拨撥 屿嶼 禅禪 沥瀝 哗嘩 饵餌 鸽鴿
"""

Conversion = Literal["simplified_to_traditional", "traditional_to_simplified"]
_OPENCC_CONFIGS = {
    "simplified_to_traditional": "s2t",
    "traditional_to_simplified": "t2s",
}


def character_converter(conversion: Conversion) -> Callable[[str], str]:
    """Make a function that exchanges characters by the table above."""
    pairs = _PAIRS.split()
    if conversion == "simplified_to_traditional":
        table = {ord(pair[0]): pair[1] for pair in pairs}
    else:
        table = {ord(pair[1]): pair[0] for pair in pairs}
    return lambda text: text.translate(table)


def phrase_converter(conversion: Conversion) -> Callable[[str], str]:
    """Make a function that converts by phrases, with all characters.

    Raises:
        ConfigurationError: If ``opencc-py`` is not installed.
    """
    try:
        from opencc import OpenCC
    except ImportError as error:
        message = (
            f"shifts: {conversion} by phrases needs opencc-py; install it with "
            "pip install 'taojin[scripts]', or convert by characters"
        )
        raise ConfigurationError(message) from error
    return OpenCC(_OPENCC_CONFIGS[conversion]).convert
