"""The 2019 workshop on Chinese civil society's part in international humanitarian action."""

from .organisations import representative
from .shapes import Event, Role, Room, Session, Track

_GOVERNMENT = Role(
    role="panellist",
    name={"en": "Representative, Chinese government department", "zh": "中国政府部门代表"},
    stakeholder_type="government",
    country="CN",
)
_RESCUE_TEAM = Role(
    role="panellist",
    name={"en": "Representative, Chinese civil rescue team", "zh": "中国民间救援队代表"},
    stakeholder_type="local_ngo",
    country="CN",
)
_ENTERPRISE = Role(
    role="panellist",
    name={"en": "Representative, Chinese enterprise", "zh": "中国企业代表"},
    stakeholder_type="enterprise",
    country="CN",
)
_RESEARCHER = Role(
    role="presenter",
    name={"en": "Researcher, academic institution in China", "zh": "中国学术机构研究人员"},
    stakeholder_type="academia",
    country="CN",
)
_GRASSROOTS = Role(
    role="panellist",
    name={"en": "Representative, grassroots organisation in China", "zh": "中国草根组织代表"},
    stakeholder_type="local_ngo",
    country="CN",
)
_INTERPRETER = Role(role="interpreter", name={"en": "Interpreter, Chinese and English", "zh": "中英文口译员"})

WORKSHOP_2019 = Event(
    slug="beijing-workshop-2019",
    kind="workshop",
    mode="in_person",
    title={
        "en": "International Humanitarian Response Workshop: Experience and Innovation from Chinese Civil Society",
        "zh": "国际人道主义响应研讨会：中国社会组织的经验与创新",
    },
    summary={
        "en": "The first gathering devoted to what Chinese civil society does in international humanitarian action, "
        "with more than 50 representatives of governments, NGOs, the UN, enterprises and universities.",
        "zh": "首次专门讨论中国社会组织在国际人道主义行动中所起作用的研讨会，"
        "来自政府部门、非政府组织、联合国机构、企业和学术机构的 50 余位代表参加。",
    },
    description={
        "en": """\
Since the Nepal earthquake of 2015, Chinese civil society organisations have taken part in more than twenty
emergencies around the world: in search and rescue, in distributing relief goods, in medical aid, in water and hygiene.
What they learned had seldom been compared with the experience of others who answer the same calls.

ICVA proposed a joint event, and from 2017 planned it with UN OCHA's Regional Office for Asia and the Pacific and NGO
partners in China. Over 50 people came: from Chinese government departments, from Chinese and international NGOs, ICVA
members MERCY Malaysia, Mercy Corps and RedR among them, from UN OCHA, UNHCR and UNICEF, from IFRC, from enterprises and
from academia.

The two days set good practice beside open questions, and asked how organisations that had worked side by side without
knowing it could plan together.

**What came of it:** a standing forum for coordination among NGOs in China, the China Civil Society Network for
International Humanitarian Assistance, in which large organisations and grassroots groups sit at one table.""",
        "zh": """\
自2015年尼泊尔地震以来，中国社会组织参与了全球 20 多次紧急救援，涉及搜救、物资发放、医疗救助、环境与个人卫生等领域。\
然而，这些经验此前很少有机会与其他响应者相互印证。

ICVA 提议举办一次联合活动，并自2017年起与联合国人道主义事务协调厅（人道协调厅）亚洲及太平洋区域办事处以及中国的社会组织伙伴共同筹备。\
50 余位代表出席，分别来自中国政府部门、中外非政府组织（包括 ICVA 成员机构 MERCY Malaysia、美慈和 RedR）、\
联合国机构（人道协调厅、联合国难民署、儿基会）、红十字会与红新月会国际联合会、企业和学术机构。

两天的研讨既分享良好实践，也直面尚未解决的问题：曾在同一灾区各自工作的机构，今后如何共同规划。

**会议成果：**推动成立中国社会组织国际人道援助网络，成为国内社会组织协调行动、共享信息的平台，\
大型机构与草根组织均参与其中。""",
    },
    small_print={
        "en": "Told from an ICVA case study. The case study gives the month, not the days; it says “in China” and names "
        "no city or venue. Those, the contact address and, apart from the keynote, the programme with its hours, rooms, "
        "sessions, languages and who sat where are invented for this demonstration. Nobody's words are quoted.",
        "zh": "本页根据 ICVA 的一份案例研究编写。案例研究仅载明举办月份和地点“中国”，"
        "未载明具体日期、城市和会场；上述信息、联系邮箱，以及除主旨演讲以外的日程（时间、会议室、场次、语言和人员安排）均为演示而虚构。"
        "页面未引用任何人的发言。",
    },
    invented=(
        "first_day",
        "start",
        "end",
        "days",
        "venue",
        "address",
        "working_languages",
        "contact",
        "rooms",
        "tracks",
        "sessions",
    ),
    organiser="icva",
    co_organisers=("ocha_roap",),
    first_day="2019-10-23",
    days=2,
    start="09:00",
    end="17:00",
    zone="Asia/Shanghai",
    venue={"en": "Workshop venue, Beijing", "zh": "北京会场"},
    address={"en": "Beijing, China", "zh": "中国北京"},
    working_languages=("zh", "en"),
    rooms=(
        Room(key="hall", name={"en": "Main hall", "zh": "主会场"}),
        Room(key="room_1", name={"en": "Room 1", "zh": "第一会议室"}),
        Room(key="room_2", name={"en": "Room 2", "zh": "第二会议室"}),
    ),
    tracks=(
        Track(key="experience", name={"en": "Experience", "zh": "经验"}, colour="teal"),
        Track(key="innovation", name={"en": "Innovation", "zh": "创新"}, colour="violet"),
        Track(key="coordination", name={"en": "Coordination", "zh": "协调"}, colour="olive"),
    ),
    sessions=(
        Session(
            key="opening",
            kind="plenary",
            title={"en": "Opening", "zh": "开幕"},
            start="09:00",
            end="09:30",
            abstract={
                "en": "Welcome by the organisers, and what the two days are for.",
                "zh": "主办方致辞，介绍两天研讨的目的与安排。",
            },
            room="hall",
            language="zh",
            roles=(
                representative("moderator", "icva"),
                representative("presenter", "ocha_roap"),
                Role(role="presenter", name=_GOVERNMENT.name, stakeholder_type="government", country="CN"),
                _INTERPRETER,
            ),
        ),
        Session(
            key="keynote",
            kind="keynote",
            title={
                "en": "Roles and Challenges of Voluntary and Non-Governmental Organisations in International "
                "Humanitarian Action",
                "zh": "志愿组织与非政府组织在国际人道行动中的角色与挑战",
            },
            start="09:30",
            end="10:15",
            abstract={
                "en": "The keynote by the Executive Director of ICVA: what voluntary and non-governmental "
                "organisations contribute to international humanitarian action, and what stands in their way.",
                "zh": "ICVA 执行主任发表主旨演讲，谈志愿组织与非政府组织在国际人道行动中的作用及其面临的困难。",
            },
            room="hall",
            roles=(
                Role(role="keynote", person="ignacio_packer"),
                representative("moderator", "ocha_roap"),
                _INTERPRETER,
            ),
            invented=("abstract", "time", "room", "moderator", "interpreter"),
        ),
        Session(
            key="tea-1",
            kind="break",
            title={"en": "Tea break", "zh": "茶歇"},
            start="10:15",
            end="10:45",
        ),
        Session(
            key="nepal-2015",
            kind="panel",
            title={"en": "Nepal 2015: A First Response Abroad", "zh": "2015年尼泊尔地震：首次走出国门的响应"},
            start="10:45",
            end="12:15",
            abstract={
                "en": "For many Chinese NGOs the earthquake in Nepal was their first action in another country, and "
                "help from China was the first from abroad to arrive. What did they find, whom did they miss, and what "
                "would they prepare differently today?",
                "zh": "对许多中国社会组织而言，尼泊尔地震是首次参与国际人道主义行动；来自中国的救援力量也最早抵达灾区。"
                "当时遇到了哪些情况，缺少哪些对接，今天会做哪些不同的准备？",
            },
            room="hall",
            track="experience",
            language="zh",
            roles=(
                representative("moderator", "redr"),
                representative("panellist", "amity"),
                _RESCUE_TEAM,
                representative("panellist", "mercy_malaysia"),
                _INTERPRETER,
            ),
        ),
        Session(key="lunch-1", kind="break", title={"en": "Lunch", "zh": "午餐"}, start="12:15", end="13:30"),
        Session(
            key="mozambique-2019",
            kind="panel",
            title={"en": "Mozambique 2019: After the Cyclone", "zh": "2019年莫桑比克：热带气旋之后"},
            start="13:30",
            end="14:45",
            abstract={
                "en": "A response on another continent, in another language, beside many others: how Chinese "
                "organisations reached the people affected, and where coordination helped or was missing.",
                "zh": "跨越大洲和语言，与众多机构同处一地：中国社会组织如何抵达受灾人群，"
                "哪些环节得益于协调，哪些环节缺少协调。",
            },
            room="hall",
            track="experience",
            language="zh",
            roles=(
                representative("moderator", "ifrc"),
                _RESCUE_TEAM,
                representative("panellist", "mercy_corps"),
                representative("panellist", "unicef"),
                _INTERPRETER,
            ),
        ),
        Session(
            key="tea-2",
            kind="break",
            title={"en": "Tea break", "zh": "茶歇"},
            start="14:45",
            end="15:15",
        ),
        Session(
            key="search-and-rescue",
            kind="breakout",
            title={"en": "Search and Rescue: From Arrival to Handover", "zh": "搜索与救援：从抵达到移交"},
            start="15:15",
            end="16:30",
            abstract={
                "en": "Registration on arrival, sharing out the sectors, working with the authorities of the country, "
                "and leaving well. Participants write down what a team should have ready before it boards.",
                "zh": "抵达登记、区域分工、与当地政府配合、有序撤离。参会者将共同列出队伍出发前应备好的事项。",
            },
            room="room_1",
            track="experience",
            language="zh",
            roles=(
                Role(role="moderator", name=_RESCUE_TEAM.name, stakeholder_type="local_ngo", country="CN"),
                representative("discussant", "redr"),
                representative("rapporteur", "icva"),
                _INTERPRETER,
            ),
        ),
        Session(
            key="health-and-hygiene",
            kind="breakout",
            title={"en": "Medical Aid, Sanitation and Hygiene", "zh": "医疗救助、环境与个人卫生"},
            start="15:15",
            end="16:30",
            abstract={
                "en": "What small medical and hygiene teams do well, and how their work joins that of the health "
                "services already there.",
                "zh": "小型医疗和卫生队伍的长处何在，如何与当地已有的卫生服务衔接。",
            },
            room="room_2",
            track="experience",
            roles=(
                representative("moderator", "mercy_malaysia"),
                representative("discussant", "unicef"),
                representative("rapporteur", "amity"),
                _INTERPRETER,
            ),
        ),
        Session(
            key="first-day-together",
            kind="plenary",
            title={"en": "What the Groups Found", "zh": "分组讨论汇报"},
            start="16:30",
            end="17:00",
            abstract={
                "en": "The rapporteurs report from the two groups.",
                "zh": "两个小组的记录人分别汇报讨论结果。",
            },
            room="hall",
            language="zh",
            roles=(
                representative("moderator", "ocha_roap"),
                representative("presenter", "icva"),
                representative("presenter", "amity"),
                _INTERPRETER,
            ),
        ),
        Session(
            key="view-from-the-south",
            kind="panel",
            title={"en": "The System Seen from the South", "zh": "从南方看国际人道体系"},
            day=2,
            start="09:00",
            end="10:15",
            abstract={
                "en": "The World Humanitarian Summit and the Grand Bargain promised more room for local actors. Four "
                "views on how far southern organisations take part in decisions, in learning and in sharing what they "
                "know.",
                "zh": "世界人道主义峰会和“大协议”（Grand Bargain）承诺为本地行动者留出更多空间。"
                "四位嘉宾谈南方组织在决策、总结经验和知识共享中究竟有多大程度的参与。",
            },
            room="hall",
            track="coordination",
            roles=(
                representative("moderator", "icva"),
                representative("panellist", "amity"),
                representative("panellist", "mercy_malaysia"),
                representative("panellist", "unhcr"),
                representative("panellist", "ocha_roap"),
                _INTERPRETER,
            ),
        ),
        Session(
            key="tea-3",
            kind="break",
            title={"en": "Tea break", "zh": "茶歇"},
            day=2,
            start="10:15",
            end="10:45",
        ),
        Session(
            key="chinese-humanitarian-assistance",
            kind="presentation",
            title={"en": "How China's Humanitarian Assistance Is Changing", "zh": "中国人道主义援助的变化"},
            day=2,
            start="10:45",
            end="12:00",
            abstract={
                "en": "Research on the growth of China's assistance abroad, on its tie to long-term development, and "
                "on the place that civil society has in it.",
                "zh": "介绍有关中国对外援助发展历程的研究：人道主义援助如何与长期发展相衔接，社会组织在其中处于什么位置。",
            },
            room="hall",
            track="innovation",
            language="zh",
            roles=(_RESEARCHER, representative("discussant", "ifrc"), _INTERPRETER),
        ),
        Session(
            key="working-with-the-un",
            kind="breakout",
            title={"en": "Working Beside UN Agencies", "zh": "与联合国机构协同工作"},
            day=2,
            start="10:45",
            end="12:00",
            abstract={
                "en": "Who calls a coordination meeting, who may come, and what an organisation brings to it. With a "
                "look at standby partnerships.",
                "zh": "协调会议由谁召集、谁可以参加、参加机构需要准备什么；并介绍待命伙伴关系。",
            },
            room="room_1",
            track="coordination",
            roles=(
                representative("moderator", "ocha_roap"),
                representative("discussant", "unhcr"),
                representative("rapporteur", "mercy_corps"),
                _INTERPRETER,
            ),
        ),
        Session(
            key="accountability",
            kind="breakout",
            title={"en": "Standards and Accountability", "zh": "标准与问责"},
            day=2,
            start="10:45",
            end="12:00",
            abstract={
                "en": "Common standards in daily work, and the prevention of sexual exploitation and abuse: what a "
                "policy needs before the first team leaves.",
                "zh": "日常工作中的共同标准，以及防止性剥削和性虐待（PSEA）：首支队伍出发之前，一份政策应包含哪些内容。",
            },
            room="room_2",
            track="coordination",
            language="zh",
            roles=(
                representative("moderator", "redr"),
                Role(role="discussant", name=_GRASSROOTS.name, stakeholder_type="local_ngo", country="CN"),
                representative("rapporteur", "amity"),
                _INTERPRETER,
            ),
        ),
        Session(key="lunch-2", kind="break", title={"en": "Lunch", "zh": "午餐"}, day=2, start="12:00", end="13:30"),
        Session(
            key="new-partners",
            kind="panel",
            title={"en": "New Partners: Enterprises, Foundations, Universities", "zh": "新伙伴：企业、基金会与高校"},
            day=2,
            start="13:30",
            end="14:45",
            abstract={
                "en": "Fundraising online, goods and logistics from enterprises, knowledge from universities: which "
                "ideas from China may be of use elsewhere?",
                "zh": "互联网募捐、企业的物资与物流、高校的知识：中国的哪些做法值得其他地区借鉴？",
            },
            room="hall",
            track="innovation",
            language="zh",
            roles=(
                representative("moderator", "mercy_corps"),
                _ENTERPRISE,
                representative("panellist", "amity"),
                Role(role="panellist", name=_RESEARCHER.name, stakeholder_type="academia", country="CN"),
                _INTERPRETER,
            ),
        ),
        Session(
            key="tea-4",
            kind="break",
            title={"en": "Tea break", "zh": "茶歇"},
            day=2,
            start="14:45",
            end="15:15",
        ),
        Session(
            key="next-steps",
            kind="plenary",
            title={"en": "From One Workshop to Lasting Exchange", "zh": "从一次研讨到长期交流"},
            day=2,
            start="15:15",
            end="16:30",
            abstract={
                "en": "How can NGOs in China coordinate and share information between emergencies, and who takes the "
                "first step? All participants discuss.",
                "zh": "在两次紧急救援之间，国内社会组织如何保持协调、共享信息？第一步由谁来走？全体参会者讨论。",
            },
            room="hall",
            track="coordination",
            language="zh",
            roles=(
                representative("moderator", "icva"),
                representative("panellist", "amity"),
                _GRASSROOTS,
                _INTERPRETER,
            ),
        ),
        Session(
            key="closing",
            kind="plenary",
            title={"en": "Closing", "zh": "闭幕"},
            day=2,
            start="16:30",
            end="17:00",
            abstract={"en": "Thanks, and what has been agreed.", "zh": "致谢，并回顾已达成的共识。"},
            room="hall",
            language="zh",
            roles=(
                representative("moderator", "ocha_roap"),
                representative("presenter", "icva"),
                _INTERPRETER,
            ),
        ),
    ),
)
