"""Invented events to come: the way forward that the case study recommends, by an invented network.

Exchange visits, workshops, joint advocacy, capacity strengthening and a policy against sexual exploitation and abuse
are what the case study asks for next; everything else here is made up, so that there is something to register for.
"""

from .shapes import Delegation, Event, Invitation, Registration, Role, Room, Series, Session, Text, Track

_SMALL_PRINT = {
    "en": "An invented event for trying EventHub: the network, the people, the place and the programme do not exist. Its "
    "themes follow the recommendations of an ICVA case study.",
    "zh": "本活动为试用 EventHub 而虚构：主办网络、人员、地点和日程均不存在；主题参考了 ICVA 一份案例研究的建议。",
}
_SERIES_SMALL_PRINT = {
    "en": "An invented series for trying EventHub: the network, the people and the programmes do not exist. Its themes "
    "follow the recommendations of an ICVA case study.",
    "zh": "本系列为试用 EventHub 而虚构：主办网络、人员和日程均不存在；主题参考了 ICVA 一份案例研究的建议。",
}
_EVERYTHING = ("everything",)
_INTERPRETER = Role(role="interpreter", person="ouyang_zhiyuan")
_ONLINE = Room(key="online", name={"en": "Online room", "zh": "线上会议室"}, virtual=True)

NEXT_WORKSHOP = Event(
    slug="next-workshop",
    kind="workshop",
    mode="hybrid",
    title={
        "en": "Responding Together: A Workshop for Organisations That Work Abroad",
        "zh": "携手响应：社会组织走出去研讨会",
    },
    summary={
        "en": "Two days in Chengdu and online, in Chinese and English, for organisations that are preparing to work in "
        "another country's emergency.",
        "zh": "为期两天，成都会场与线上同步举行，中英双语，面向准备参与境外紧急救援的社会组织。",
    },
    description={
        "en": """\
An organisation that knows disasters at home still has much to learn before it helps in another country: who is in
charge, who else is there, which standards all have agreed on, and whom to call on the first evening.

This workshop brings together organisations that have done it and organisations that are about to. Each half day has
one common session, then work in groups. All sessions in the main hall are interpreted between Chinese and English.

There are 30 places in Chengdu and 60 online. Those who take part online ask questions and join the groups like
everyone else.""",
        "zh": """\
熟悉国内救灾的机构，走出国门之前仍有许多功课：当地由谁负责，还有哪些机构在场，大家共同遵守哪些标准，抵达的第一个晚上应与谁联系。

研讨会邀请已有境外救援经验的机构和正在准备的机构共同参加。每半天先有一场全体交流，再分组讨论。主会场各场次提供中英文同声传译。

成都会场设 30 个名额，线上设 60 个名额。线上参会者同样可以提问并参加分组讨论。""",
    },
    small_print=_SMALL_PRINT,
    invented=_EVERYTHING,
    organiser="demo_network",
    co_organisers=("example_relief",),
    assisting=("example_academy",),
    first_day=42,
    days=2,
    start="09:00",
    end="17:00",
    zone="Asia/Shanghai",
    venue={"en": "Example Conference Centre (invented)", "zh": "示例会议中心（虚构）"},
    address={"en": "1 Example Road, Chengdu, China", "zh": "中国成都市示例路 1 号"},
    working_languages=("zh", "en"),
    main_language="zh",
    registration_opens=-28,
    pools={"in_person": 30, "online": 60},
    asks=("co_organiser", "recording"),
    rooms=(
        Room(key="hall", name={"en": "Main hall", "zh": "主会场"}),
        Room(key="room_1", name={"en": "Room 1", "zh": "第一会议室"}),
        Room(key="room_2", name={"en": "Room 2", "zh": "第二会议室"}),
    ),
    tracks=(
        Track(key="practice", name={"en": "Practice", "zh": "实务"}, colour="teal"),
        Track(key="partnership", name={"en": "Partnership", "zh": "伙伴关系"}, colour="violet"),
    ),
    sessions=(
        Session(
            key="opening",
            kind="plenary",
            title={"en": "Opening", "zh": "开幕"},
            start="09:00",
            end="09:30",
            abstract={
                "en": "Who is here, in the hall and online, and what each organisation hopes to take home.",
                "zh": "介绍会场与线上的参会机构，以及各自希望带走的收获。",
            },
            room="hall",
            language="zh",
            roles=(
                Role(role="moderator", person="shan_xiaolan"),
                _INTERPRETER,
            ),
        ),
        Session(
            key="keynote",
            kind="keynote",
            title={"en": "The First Seventy-Two Hours in Another Country", "zh": "走出国门后的七十二小时"},
            start="09:30",
            end="10:30",
            abstract={
                "en": "From the decision to leave until the first coordination meeting: what has to be done, in which "
                "order, and what can wait.",
                "zh": "从决定出发到参加第一次协调会议：哪些事必须做，先后顺序如何，哪些可以暂缓。",
            },
            room="hall",
            track="practice",
            language="zh",
            roles=(
                Role(role="keynote", person="qiu_ning"),
                Role(role="moderator", person="shan_xiaolan"),
                _INTERPRETER,
            ),
        ),
        Session(key="tea-1", kind="break", title={"en": "Tea break", "zh": "茶歇"}, start="10:30", end="11:00"),
        Session(
            key="joining-coordination",
            kind="panel",
            title={"en": "Joining a Coordination Meeting for the First Time", "zh": "第一次参加协调会议"},
            start="11:00",
            end="12:15",
            abstract={
                "en": "How to find the meeting, what to bring, how to be heard, and why it is worth the hours. One "
                "panellist joins from Jakarta.",
                "zh": "怎样找到会议，需要准备什么，怎样让自己的意见被听到，为什么值得花这些时间。其中一位嘉宾从雅加达远程参加。",
            },
            room="hall",
            track="partnership",
            roles=(
                Role(role="moderator", person="elif_demirci"),
                Role(role="panellist", person="qiu_ning"),
                Role(role="panellist", person="sari_wulandari", mode="remote"),
                _INTERPRETER,
            ),
        ),
        Session(key="lunch-1", kind="break", title={"en": "Lunch", "zh": "午餐"}, start="12:15", end="13:30"),
        Session(
            key="ready-to-leave",
            kind="breakout",
            title={"en": "Ready to Leave: A Team's Checklist", "zh": "整装待发：队伍出发前的清单"},
            start="13:30",
            end="15:00",
            abstract={
                "en": "Visas, customs, insurance, vaccination, communication, money. The group writes one list that "
                "all may use.",
                "zh": "签证、海关、保险、疫苗、通信、资金。小组共同整理一份可供各机构使用的清单。",
            },
            room="room_1",
            places=4,
            track="practice",
            language="zh",
            roles=(
                Role(role="moderator", person="qiu_ning"),
                Role(role="rapporteur", person="shan_xiaolan"),
            ),
        ),
        Session(
            key="local-partners",
            kind="breakout",
            title={"en": "Finding and Keeping Local Partners", "zh": "寻找并珍惜本地伙伴"},
            start="13:30",
            end="15:00",
            abstract={
                "en": "What a fair partnership agreement says about money, visibility and the day the visitor leaves.",
                "zh": "一份公平的伙伴关系协议，应如何约定资金、对外宣传以及外来机构撤离后的安排。",
            },
            room="room_2",
            places=6,
            track="partnership",
            roles=(
                Role(role="moderator", person="tomas_lindqvist"),
                Role(role="discussant", person="sari_wulandari", mode="remote"),
            ),
        ),
        Session(
            key="first-day-together",
            kind="plenary",
            title={"en": "What the Groups Found", "zh": "分组讨论汇报"},
            start="15:30",
            end="17:00",
            abstract={
                "en": "Both groups report, and the hall adds what is missing.",
                "zh": "两个小组分别汇报，全体参会者补充。",
            },
            room="hall",
            language="zh",
            roles=(
                Role(role="moderator", person="elif_demirci"),
                _INTERPRETER,
            ),
        ),
        Session(
            key="safeguarding",
            kind="presentation",
            title={
                "en": "A Policy Against Sexual Exploitation and Abuse, Step by Step",
                "zh": "逐步制定防止性剥削和性虐待（PSEA）政策",
            },
            day=2,
            start="09:00",
            end="10:30",
            abstract={
                "en": "Why partners ask for it, what it must contain, and how a small organisation keeps it alive.",
                "zh": "合作机构为什么提出这一要求，政策必须包含哪些内容，小型机构怎样让政策真正落实。",
            },
            room="hall",
            track="practice",
            roles=(
                Role(role="presenter", person="sari_wulandari", mode="remote"),
                Role(role="moderator", person="tomas_lindqvist"),
                _INTERPRETER,
            ),
        ),
        Session(
            key="tea-2",
            kind="break",
            title={"en": "Tea break", "zh": "茶歇"},
            day=2,
            start="10:30",
            end="11:00",
        ),
        Session(
            key="exchange-visits",
            kind="panel",
            title={"en": "Learning by Visiting: Exchange and Study Tours", "zh": "走访中学习：互访交流与考察学习"},
            day=2,
            start="11:00",
            end="12:15",
            abstract={
                "en": "What makes a visit worth its journey for the hosts as well as for the guests.",
                "zh": "怎样让一次走访既有益于来访者，也有益于接待方。",
            },
            room="hall",
            track="partnership",
            roles=(
                Role(role="moderator", person="shan_xiaolan"),
                Role(role="panellist", person="elif_demirci"),
                Role(role="panellist", person="tomas_lindqvist"),
                Role(role="panellist", person="sari_wulandari", mode="remote", state="proposed"),
                _INTERPRETER,
            ),
        ),
        Session(key="lunch-2", kind="break", title={"en": "Lunch", "zh": "午餐"}, day=2, start="12:15", end="13:30"),
        Session(
            key="tabletop-exercise",
            kind="breakout",
            title={"en": "Tabletop Exercise: A River Rises", "zh": "桌面推演：河水上涨之时"},
            day=2,
            start="13:30",
            end="15:30",
            abstract={
                "en": "An invented flood in an invented country. Mixed teams decide, hour by hour, what to do and whom "
                "to tell.",
                "zh": "在一个虚构的国家发生了一场虚构的洪水。混合编组的队伍逐小时决定做什么、通知谁。",
            },
            room="hall",
            places=12,
            track="practice",
            language="zh",
            roles=(
                Role(role="moderator", person="qiu_ning"),
                Role(role="discussant", person="elif_demirci"),
                _INTERPRETER,
            ),
        ),
        Session(
            key="closing",
            kind="plenary",
            title={"en": "Commitments and Closing", "zh": "后续承诺与闭幕"},
            day=2,
            start="16:00",
            end="17:00",
            abstract={
                "en": "Each organisation names one thing it will do, and by when.",
                "zh": "每家机构提出一项将要落实的工作及完成时间。",
            },
            room="hall",
            language="zh",
            roles=(
                Role(role="moderator", person="shan_xiaolan"),
                _INTERPRETER,
            ),
        ),
    ),
)

NEXT_ROUNDTABLE = Event(
    slug="next-roundtable",
    kind="meeting",
    mode="hybrid",
    title={"en": "Planning Roundtable on Exchange Visits", "zh": "互访交流筹备圆桌会"},
    summary={
        "en": "A small working meeting in Geneva and online to plan visits between organisations: two seats at the "
        "table, five online, and a waitlist.",
        "zh": "在日内瓦和线上举行的小型工作会议，筹备机构之间的互访。现场 2 个名额，线上 5 个名额，额满可加入候补名单。",
    },
    description={
        "en": """\
Before anybody travels, hosts and guests agree on what the visit is for, who takes part and what will be told about it
afterwards.

The table is small on purpose: **two places in person and five online**. Whoever comes later joins the waitlist and
moves up, in order, when a place becomes free.""",
        "zh": """\
出行之前，接待方与来访者应先商定：此行的目的是什么，由谁参加，事后怎样分享。

圆桌会特意控制规模：**现场 2 个名额，线上 5 个名额**。名额满后可加入候补名单，如有空缺，按顺序递补。""",
    },
    small_print=_SMALL_PRINT,
    invented=_EVERYTHING,
    organiser="demo_network",
    first_day=21,
    start="09:30",
    end="12:00",
    zone="Europe/Zurich",
    venue={"en": "Example House (invented)", "zh": "示例之家（虚构）"},
    address={"en": "1 Example Street, Geneva, Switzerland", "zh": "瑞士日内瓦示例街 1 号"},
    registration_opens=-21,
    pools={"in_person": 2, "online": 5},
    rooms=(Room(key="table", name={"en": "The table", "zh": "圆桌会议室"}),),
    sessions=(
        Session(
            key="aims",
            kind="plenary",
            title={"en": "What a Visit Is For", "zh": "互访的目的"},
            start="09:30",
            end="10:30",
            abstract={
                "en": "Hosts and guests each say what would make the visit worth it.",
                "zh": "接待方与来访者分别说明怎样的互访才有价值。",
            },
            room="table",
            roles=(
                Role(role="moderator", person="tomas_lindqvist"),
                Role(role="panellist", person="qiu_ning", mode="remote"),
            ),
        ),
        Session(key="tea", kind="break", title={"en": "Tea break", "zh": "茶歇"}, start="10:30", end="10:45"),
        Session(
            key="calendar",
            kind="plenary",
            title={"en": "A Calendar for the Year", "zh": "制定年度安排"},
            start="10:45",
            end="12:00",
            abstract={
                "en": "Months, costs, visas, and who writes the report.",
                "zh": "月份、费用、签证，以及由谁撰写报告。",
            },
            room="table",
            roles=(
                Role(role="moderator", person="elif_demirci"),
                Role(role="rapporteur", person="tomas_lindqvist"),
                Role(role="discussant", person="qiu_ning", state="proposed"),
            ),
        ),
    ),
)

NEXT_SERIES = Series(
    slug="next-webinars",
    title={"en": "Ready to Respond: Webinars on Working Abroad", "zh": "未雨绸缪：国际响应能力提升系列网络研讨会"},
    summary={
        "en": "Four webinars, seven weeks apart, always at 16:00 in Beijing: what an organisation should know before it "
        "works in another country.",
        "zh": "共 4 场，每 7 周一场，均于北京时间 16:00 开始：机构在参与境外响应之前应当了解的知识。",
    },
    description={
        "en": """\
Each webinar takes one subject and 75 minutes: a short presentation, then questions. Slides are in Chinese and English,
and the webinars are interpreted.

The hour is fixed in Beijing. Where clocks change with the season, it moves: Geneva meets at 09:00 in winter and at
10:00 in summer.""",
        "zh": """\
每场 75 分钟，围绕一个主题：先作简短报告，再回答提问。幻灯片为中英双语，会议提供同声传译。

开始时间以北京时间为准。实行夏令时的地区，当地时间会随之变化：日内瓦冬季为 09:00，夏季为 10:00。""",
    },
    organiser="demo_network",
    small_print=_SERIES_SMALL_PRINT,
    invented=_EVERYTHING,
)


def _webinar(number: int, title: Text, summary: Text, description: Text, presenter: Role) -> Event:
    """One of the series: a presentation and the questions, at the same hour in Beijing."""
    return Event(
        slug=f"next-webinar-{number}",
        kind="webinar",
        mode="online",
        title=title,
        summary=summary,
        description=description,
        small_print=_SMALL_PRINT,
        invented=_EVERYTHING,
        organiser="demo_network",
        series=NEXT_SERIES.slug,
        # Seven weeks apart they span half a year, so that at most times one lies behind a change of Europe's clocks.
        first_day=14 + 49 * (number - 1),
        start="16:00",
        end="17:15",
        zone="Asia/Shanghai",
        working_languages=("zh", "en"),
        registration_opens=-14,
        registration_closes=0,
        pools={"online": 200},
        rooms=(_ONLINE,),
        sessions=(
            Session(
                key="presentation",
                kind="presentation",
                title={"en": "Presentation", "zh": "报告"},
                start="16:00",
                end="16:40",
                abstract=summary,
                room="online",
                roles=(
                    presenter,
                    Role(role="moderator", person="shan_xiaolan", mode="remote"),
                ),
            ),
            Session(
                key="questions",
                kind="plenary",
                title={"en": "Questions and Answers", "zh": "提问与回答"},
                start="16:40",
                end="17:15",
                room="online",
                roles=(presenter,),
            ),
        ),
    )


_ELIF = Role(role="presenter", person="elif_demirci", mode="remote")
_SARI = Role(role="presenter", person="sari_wulandari", mode="remote")
_TOMAS = Role(role="presenter", person="tomas_lindqvist", mode="remote")
_QIU = Role(role="presenter", person="qiu_ning", mode="remote")

NEXT_WEBINARS = (
    _webinar(
        1,
        {"en": "How International Coordination Works", "zh": "国际人道协调如何运作"},
        {
            "en": "Who meets, who decides, and where a newly arrived organisation finds its place.",
            "zh": "谁在开会，谁作决定，新到的机构应从哪里参与。",
        },
        {
            "en": "A map of the meetings in a large emergency, drawn for those who have never been to one.\n\n"
            "Bring a question from your own experience: the second half is for them.",
            "zh": "为从未参加过协调会议的机构，梳理大型紧急救援中的各类会议。\n\n欢迎带着实际工作中的问题前来，后半场专门解答。",
        },
        _ELIF,
    ),
    _webinar(
        2,
        {"en": "Safe for Everyone: PSEA in a Small Organisation", "zh": "人人安全：小型机构如何防止性剥削和性虐待"},
        {
            "en": "Preventing sexual exploitation and abuse with few people and little money.",
            "zh": "人手和经费有限时，如何做好防止性剥削和性虐待（PSEA）工作。",
        },
        {
            "en": "A policy, one person in charge, a way to complain that people trust: three things to begin with.\n\n"
            "The examples are invented; the questions may be real.",
            "zh": "一份政策、一位负责人、一条受人信任的反映渠道：从这三件事做起。\n\n所举案例均为虚构，提问可以来自实际工作。",
        },
        _SARI,
    ),
    _webinar(
        3,
        {"en": "Speaking Together: Joint Advocacy Across Languages", "zh": "共同发声：跨语言的联合倡导"},
        {
            "en": "How organisations of several countries agree on one message, and who then carries it.",
            "zh": "不同国家的机构怎样达成共同主张，又由谁来表达。",
        },
        {
            "en": "From a first draft in two languages to a text that all can sign, with host governments and donors "
            "in mind.\n\nParticipants rewrite one paragraph together.",
            "zh": "从两种语言的初稿，到各方都愿意联署的文本，同时考虑东道国政府和资助方的关切。\n\n参会者将共同改写一段文字。",
        },
        _TOMAS,
    ),
    _webinar(
        4,
        {"en": "After the Response: What We Tell, and to Whom", "zh": "响应之后：向谁交代，交代什么"},
        {
            "en": "Reports for donors, answers for the people concerned, lessons for those who go next.",
            "zh": "给资助方的报告，给受灾人群的答复，给后来者的经验。",
        },
        {
            "en": "One response, three readers. What each of them needs to know, and what should not be told at all.\n\n"
            "The last webinar of the series ends with wishes for the next.",
            "zh": "同一次响应，三类读者：各自需要了解什么，哪些内容不宜公开。\n\n本场为系列最后一场，结束前将征集对下一系列的建议。",
        },
        _QIU,
    ),
)

# Both have parts that they have confirmed, and one that waits for their answer.
INVITATIONS = (
    Invitation(event="next-workshop", person="sari_wulandari", email="sari.wulandari@example.org", days_ago=4),
    Invitation(event="next-roundtable", person="qiu_ning", email="ning.qiu@example.org", days_ago=2),
)

# Nobody in it has a name: they are their roles, as an office writes them that has not yet decided who travels.
DELEGATIONS = (
    Delegation(
        event=NEXT_WORKSHOP.slug,
        days_ago=4,
        pool="in_person",
        contact="代表团秘书（虚构）",
        email="delegation@example.org",
        organisation="示例灾害管理协会",
        stakeholder_type="national_ngo",
        country="CN",
        language="zh",
        people=(
            ("代表团团长（虚构）", ""),
            ("项目官员（虚构）", "programme.officer@example.org"),
            ("救援队队长（虚构）", ""),
            ("口译员（虚构）", ""),
        ),
    ),
)

COMING_EVENTS = (NEXT_WORKSHOP, NEXT_ROUNDTABLE, *NEXT_WEBINARS)


def _registration(
    days_ago: int,
    pool: str,
    name: tuple[str, ...],
    affiliation: tuple[str, str, str],
    language: str,
    *sessions: str,
) -> Registration:
    """A registration for the workshop, and the sessions that they chose there.

    The name is family and given, then the same in Han characters; the affiliation an organisation, its type and country.
    """
    family, given, *han = name
    organisation, stakeholder_type, country = affiliation
    return Registration(
        event=NEXT_WORKSHOP.slug,
        days_ago=days_ago,
        pool=pool,
        family=family,
        given=given,
        han_family=han[0] if han else "",
        han_given=han[1] if han else "",
        email=f"{given}.{family}@example.org".lower(),
        organisation=organisation,
        stakeholder_type=stakeholder_type,
        country=country,
        language=language,
        sessions=sessions,
    )


REGISTRATIONS = (
    _registration(
        27,
        "in_person",
        ("Zeng", "Yiming", "曾", "亦鸣"),
        ("示例救援中心", "local_ngo", "CN"),
        "zh",
        "ready-to-leave",
        "tabletop-exercise",
    ),
    _registration(
        26,
        "in_person",
        ("Wulandari", "Sari"),
        ("Example Humanitarian Academy", "academia", "ID"),
        "en",
        "local-partners",
    ),
    _registration(
        24, "online", ("Thapa", "Anjali"), ("Example Hill Relief", "local_ngo", "NP"), "en", "ready-to-leave"
    ),
    _registration(
        24,
        "in_person",
        ("Lin", "Shu", "林", "舒"),
        ("示例社区基金会", "foundation_donor", "CN"),
        "zh",
        "ready-to-leave",
    ),
    _registration(21, "online", ("Wieczorek", "Tomasz"), ("Example Aid Alliance", "international_ngo", "PL"), "en"),
    _registration(
        19,
        "in_person",
        ("Xie", "Wenbo", "解", "文博"),
        ("示例应急协会", "national_ngo", "CN"),
        "zh",
        "ready-to-leave",
        "tabletop-exercise",
    ),
    _registration(17, "online", ("Quintero", "Marisol"), ("Example River Network", "national_ngo", "CO"), "en"),
    _registration(
        15, "in_person", ("Ge", "Ruolin", "盖", "若琳"), ("示例物流公司", "enterprise", "CN"), "zh", "ready-to-leave"
    ),
    _registration(
        14, "online", ("Boadu", "Kwame"), ("Example Coast Volunteers", "local_ngo", "GH"), "en", "tabletop-exercise"
    ),
    _registration(
        12, "in_person", ("Shangguan", "Tong", "上官", "桐"), ("示例大学", "academia", "CN"), "zh", "ready-to-leave"
    ),
    _registration(10, "online", ("Rahman", "Nusrat"), ("Example Delta Relief", "national_ngo", "BD"), "en"),
    _registration(9, "online", ("Piao", "Haiyan", "朴", "海燕"), ("示例公益服务中心", "local_ngo", "CN"), "zh"),
    _registration(
        7,
        "in_person",
        ("Demir", "Can"),
        ("Example Search Team", "national_ngo", "TR"),
        "en",
        "local-partners",
        "tabletop-exercise",
    ),
    _registration(6, "online", ("Fairweather", "Isla"), ("Example Donor Forum", "foundation_donor", "AU"), "en"),
    _registration(5, "in_person", ("Hu", "Jingyi", "胡", "静宜"), ("示例救援中心", "local_ngo", "CN"), "zh"),
    _registration(3, "online", ("Tanaka", "Haruto"), ("Example Medical Volunteers", "international_ngo", "JP"), "en"),
    _registration(2, "online", ("Yue", "Cheng", "乐", "澄"), ("示例媒体", "media", "CN"), "zh"),
    _registration(1, "in_person", ("Mwangi", "Wanjiru"), ("Example Preparedness Centre", "national_ngo", "KE"), "en"),
)
