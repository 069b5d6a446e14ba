"""The case study's events of 2020: a side event, a launch, and the webinars on COVID-19."""

from .organisations import representative
from .shapes import Event, ParentEvent, Role, Room, Series, Session, Text, Track

INCLUSIVE_COORDINATION = Event(
    slug="inclusive-coordination-2020",
    kind="side_event",
    mode="in_person",
    title={"en": "More Inclusive Coordination for the Global South", "zh": "面向全球南方，让协调更具包容性"},
    summary={
        "en": "NGOs from China, Indonesia and Turkey on what it is like to work with the coordination system in "
        "international response, and on what would make it more local and more inclusive.",
        "zh": "来自中国、印度尼西亚和土耳其的非政府组织，谈在国际人道响应中与现有协调体系合作的体会，"
        "以及怎样使协调更加本土化、更具包容性。",
    },
    description={
        "en": """\
Organisations of the global South answer more and more emergencies outside their own countries. In the meetings where
that work is coordinated they are still seldom seen.

At this side event of the Humanitarian Networks and Partnerships Week, panellists from national and international NGOs
summed up what they had met with: obstacles in policy, difficulties in daily operations, and good practice in
coordination and partnership that others can take up.

The Amity Foundation spoke from China. Its mission to Geneva had been cancelled because of COVID-19, and its
presentation was given remotely.""",
        "zh": """\
越来越多全球南方的组织走出本国参与紧急救援，但在协调这些行动的会议上，仍然很少见到南方组织的身影。

本次边会在人道主义网络与伙伴关系周（HNPW）期间举行。来自本国和国际非政府组织的嘉宾总结了各自的经历：\
政策上的障碍、工作中的困难，以及在协调与合作方面可供借鉴的良好实践。

受新冠疫情影响，爱德基金会取消了赴日内瓦的行程，改为从中国远程发言。""",
    },
    small_print={
        "en": "Told from an ICVA case study. The case study gives the month, the week it belonged to, the panellists' "
        "countries and the remote presentation. The day and hours, the days of the week itself, the rooms, the division "
        "into sessions and the contact address are invented for this demonstration. Nobody's words are quoted.",
        "zh": "本页根据 ICVA 的一份案例研究编写。案例研究载明了举办月份、所属的伙伴关系周、嘉宾来自哪些国家以及远程发言一事；"
        "具体日期和时间、伙伴关系周的起止日期、会议室、场次划分和联系邮箱均为演示而虚构。页面未引用任何人的发言。",
    },
    invented=("first_day", "start", "end", "venue", "working_languages", "contact", "parent", "rooms", "sessions"),
    organiser="icva",
    first_day="2020-02-05",
    start="14:00",
    end="17:00",
    zone="Europe/Zurich",
    venue={
        "en": "Venue of the Humanitarian Networks and Partnerships Week",
        "zh": "人道主义网络与伙伴关系周会场",
    },
    address={"en": "Geneva, Switzerland", "zh": "瑞士日内瓦"},
    parent=ParentEvent(
        name={
            "en": "Humanitarian Networks and Partnerships Week (HNPW) 2020",
            "zh": "2020年人道主义网络与伙伴关系周（HNPW）",
        },
        first_day="2020-02-03",
        last_day="2020-02-07",
    ),
    rooms=(Room(key="room", name={"en": "Side event room", "zh": "边会会议室"}),),
    sessions=(
        Session(
            key="welcome",
            kind="plenary",
            title={"en": "Welcome", "zh": "开场"},
            start="14:00",
            end="14:10",
            room="room",
            roles=(representative("moderator", "icva"),),
        ),
        Session(
            key="experiences",
            kind="panel",
            title={
                "en": "Working with the Coordination System: Three Countries",
                "zh": "与协调体系打交道：三个国家的经历",
            },
            start="14:10",
            end="15:10",
            abstract={
                "en": "Panellists describe how their organisations entered an international response, which doors "
                "were open, and which were not.",
                "zh": "嘉宾讲述所在机构如何参与国际响应：哪些渠道畅通，哪些渠道难以进入。",
            },
            room="room",
            roles=(
                representative("moderator", "icva"),
                Role(
                    role="panellist",
                    name={"en": "Representative, NGO from China", "zh": "中国社会组织代表"},
                    country="CN",
                ),
                Role(
                    role="panellist",
                    name={"en": "Representative, NGO from Indonesia", "zh": "印度尼西亚非政府组织代表"},
                    country="ID",
                ),
                Role(
                    role="panellist",
                    name={"en": "Representative, NGO from Turkey", "zh": "土耳其非政府组织代表"},
                    country="TR",
                ),
            ),
            invented=("title", "abstract", "time", "room", "moderator"),
        ),
        Session(
            key="amity-foundation",
            kind="presentation",
            title={"en": "The Amity Foundation: Responding Beyond China", "zh": "爱德基金会：走出中国的人道响应"},
            start="15:10",
            end="15:35",
            abstract={
                "en": "The Amity Foundation presents its work abroad, in Nepal among other places. The presentation is "
                "given remotely because the mission to Geneva had to be cancelled.",
                "zh": "爱德基金会介绍其在尼泊尔等地的国际人道工作。因赴日内瓦的行程取消，改为远程发言。",
            },
            room="room",
            roles=(representative("presenter", "amity", mode="remote"), representative("moderator", "icva")),
            invented=("title", "abstract", "time", "room", "moderator"),
        ),
        Session(
            key="tea",
            kind="break",
            title={"en": "Tea break", "zh": "茶歇"},
            start="15:35",
            end="15:55",
        ),
        Session(
            key="good-practice",
            kind="plenary",
            title={"en": "Towards Local and Inclusive Coordination", "zh": "迈向本土化、包容的协调"},
            start="15:55",
            end="16:50",
            abstract={
                "en": "Which obstacles are matters of policy, which of operations, and how NGOs can be supported in "
                "both. An open discussion.",
                "zh": "哪些障碍来自政策，哪些来自具体工作，又应如何支持非政府组织应对。全体自由讨论。",
            },
            room="room",
            roles=(representative("moderator", "icva"), representative("rapporteur", "icva")),
        ),
        Session(
            key="close",
            kind="plenary",
            title={"en": "Close", "zh": "结束语"},
            start="16:50",
            end="17:00",
            room="room",
            roles=(representative("moderator", "icva"),),
        ),
    ),
)

POSITIVE_DISRUPTION_LAUNCH = Event(
    slug="positive-disruption-launch-2020",
    kind="launch",
    mode="in_person",
    title={
        "en": "Launch of the Paper “Positive Disruption? China's Humanitarian Aid”",
        "zh": "《积极的变局？中国的人道主义援助》报告发布会",
    },
    summary={
        "en": "A paper on how China's assistance to other countries has grown and changed, presented to the "
        "humanitarian community at the Australasian Aid Conference.",
        "zh": "在澳亚援助会议（AAC）上，向人道工作同行介绍一份研究中国对外援助发展与变化的报告。",
    },
    description={
        "en": """\
China has come to give more assistance, in more forms and to more countries. The paper traces that development, and
asks what it means for those who have long worked in the system as it is.

It was written by Humanitarian Advisory Group and the Innovation Center for Risk Governance at Beijing Normal
University, with a contribution by ICVA. Among its themes are differences in concept, funding and delivery between
Chinese and other aid, and the habit of Chinese actors to coordinate directly with a country's government, or with the
Chinese communities there, rather than through international mechanisms.

The launch drew wide interest from humanitarian organisations in the region and beyond.""",
        "zh": """\
中国对外援助的规模、形式和覆盖国家都在增加。报告梳理了这一发展过程，并探讨它对长期在现有体系中工作的各方意味着什么。

报告由 Humanitarian Advisory Group（人道主义咨询小组，HAG）与北京师范大学风险治理创新研究中心完成，ICVA 参与了相关工作。\
报告的议题包括：中国援助与其他援助在理念、资金和实施方式上的差异；\
以及中国行动者习惯于直接与受灾国政府或当地华侨华人沟通，而较少经由国际协调机制。

报告发布后，受到国际人道领域的广泛关注。""",
    },
    small_print={
        "en": "Told from an ICVA case study. The case study gives the paper, its makers, the conference and the month. "
        "The day and hours, the days and the city of the conference, who organised the launch, its sessions and the "
        "contact address are invented or assumed for this demonstration. Nobody's words are quoted.",
        "zh": "本页根据 ICVA 的一份案例研究编写。案例研究载明了报告、参与机构、所属会议和举办月份；"
        "具体日期和时间、会议的起止日期和城市、发布会的主办方、场次安排和联系邮箱均为演示而虚构或假定。"
        "页面未引用任何人的发言。",
    },
    invented=(
        "first_day",
        "start",
        "end",
        "venue",
        "address",
        "organiser",
        "co_organisers",
        "supporting",
        "working_languages",
        "contact",
        "parent",
        "rooms",
        "sessions",
    ),
    organiser="hag",
    co_organisers=("bnu",),
    supporting=("icva",),
    first_day="2020-01-22",
    start="12:30",
    end="14:00",
    zone="Australia/Sydney",
    venue={"en": "Venue of the Australasian Aid Conference", "zh": "澳亚援助会议会场"},
    address={"en": "Canberra, Australia", "zh": "澳大利亚堪培拉"},
    parent=ParentEvent(
        name={"en": "Australasian Aid Conference (AAC) 2020", "zh": "2020年澳亚援助会议（AAC）"},
        first_day="2020-01-21",
        last_day="2020-01-23",
    ),
    rooms=(Room(key="room", name={"en": "Conference room", "zh": "会议室"}),),
    sessions=(
        Session(
            key="the-paper",
            kind="presentation",
            title={"en": "The Paper and Its Findings", "zh": "报告及主要发现"},
            start="12:30",
            end="13:10",
            abstract={
                "en": "How the assistance programme evolved, how it is decided and delivered, and where it differs "
                "from the practice of other donors.",
                "zh": "介绍援助体系的演变、决策与实施方式，以及与其他援助方做法的异同。",
            },
            room="room",
            roles=(representative("presenter", "hag"), representative("presenter", "bnu")),
        ),
        Session(
            key="discussion",
            kind="panel",
            title={"en": "A Positive Disruption? Discussion", "zh": "这是积极的变局吗？讨论"},
            start="13:10",
            end="14:00",
            abstract={
                "en": "What the growth of Chinese humanitarian aid may change for coordination, for partners and for "
                "the people it is meant for.",
                "zh": "中国人道主义援助的发展，会给协调机制、合作伙伴和受援人群带来哪些变化。",
            },
            room="room",
            roles=(
                representative("moderator", "hag"),
                representative("panellist", "bnu"),
                representative("discussant", "icva"),
            ),
        ),
    ),
)

_WEBINAR_SMALL_PRINT = {
    "en": "Told from an ICVA case study, which says that such webinars took place between March and July 2020, what they "
    "were about, and that the Amity Foundation and other Asian NGOs and networks took part. This webinar's title, day, "
    "hours, sessions and contact address are invented for this demonstration. Nobody's words are quoted.",
    "zh": "本页根据 ICVA 的一份案例研究编写。案例研究载明2020年3月至7月间举办了此类网络研讨会及其主题，"
    "并提到爱德基金会和其他亚洲非政府组织及网络参加；本场网络研讨会的标题、日期、时间、场次和联系邮箱均为演示而虚构。"
    "页面未引用任何人的发言。",
}
_WEBINAR_INVENTED = (
    "slug",
    "title",
    "summary",
    "description",
    "first_day",
    "start",
    "end",
    "zone",
    "working_languages",
    "contact",
    "rooms",
    "sessions",
)
_ONLINE = Room(key="online", name={"en": "Online room", "zh": "线上会议室"}, virtual=True)
_ASIAN_NETWORK = Role(
    role="panellist",
    name={"en": "Representative, NGO network in Asia", "zh": "亚洲非政府组织网络代表"},
    mode="remote",
)
_ASIAN_NGO = Role(
    role="panellist",
    name={"en": "Representative, NGO in Asia", "zh": "亚洲非政府组织代表"},
    mode="remote",
)

COVID_19_SERIES = Series(
    slug="covid-19-webinars-2020",
    title={"en": "Webinars on the COVID-19 Response, March to July 2020", "zh": "新冠疫情应对系列网络研讨会"},
    summary={
        "en": "What civil society organisations can do, and are answerable for, in the response to COVID-19: webinars "
        "that ICVA organised or supported, with NGOs and networks across Asia.",
        "zh": "社会组织在新冠疫情应对中能做什么、应承担什么责任：由 ICVA 主办或支持，亚洲各地非政府组织和网络参与的网络研讨会。",
    },
    description={
        "en": """\
When nobody could travel, meetings moved online. Between March and July 2020 the Amity Foundation and other NGOs and
networks in Asia took part in webinars organised or supported by ICVA.

They asked one question from several sides: which roles and responsibilities do civil society organisations have when an
emergency is everywhere at once? ICVA was in turn invited by networks of the region to bring an international view; one
such webinar, held by a consortium of NGOs in China, is listed here too.""",
        "zh": """\
无法出行的日子里，交流转到了线上。2020年3月至7月，爱德基金会和亚洲多家非政府组织及网络参加了由 ICVA 主办或支持的网络研讨会。

这些研讨会从不同角度讨论同一个问题：当紧急状况同时出现在各地，社会组织应扮演什么角色、承担什么责任？\
ICVA 也受本地区多个网络之邀，从国际视角分享观察；其中由中国社会组织协作网络举办的一场，也列于本系列。""",
    },
    organiser="icva",
    small_print={
        "en": "Told from an ICVA case study. How many webinars there were, and their titles and days, are not in it: "
        "those shown here are invented, except the webinar of April 2020, whose title the case study gives.",
        "zh": "本页根据 ICVA 的一份案例研究编写。案例研究未载明网络研讨会的场数、标题和日期；"
        "除2020年4月的一场以案例研究所载标题列出外，其余均为演示而虚构。",
    },
    invented=("title", "number of webinars"),
)

CONSORTIUM_SERIES = Series(
    slug="cnc-covid-19-webinars-2020",
    title={
        "en": "Webinars of the China NGO Consortium for COVID-19",
        "zh": "社会组织抗击新冠疫情协作网络系列网络研讨会",
    },
    summary={
        "en": "One of the webinar series that the ad-hoc consortium of Chinese NGOs held in 2020.",
        "zh": "2020年，社会组织抗击新冠疫情协作网络举办的系列网络研讨会之一。",
    },
    description={
        "en": "The consortium brought NGOs in China together for the time of the epidemic. In April 2020 it invited ICVA "
        "to a webinar on how international organisations were responding.",
        "zh": "疫情期间，协作网络汇集了中国各地的社会组织。2020年4月，协作网络邀请 ICVA 参加了一场关于国际组织如何应对疫情的网络研讨会。",
    },
    organiser="consortium",
    main_language="zh",
    small_print={
        "en": "Told from an ICVA case study. The title of the series is invented for this demonstration, and its other "
        "webinars are not shown, because the case study does not name them.",
        "zh": "本页根据 ICVA 的一份案例研究编写。系列标题为演示而虚构；案例研究未列出该系列的其他网络研讨会，因此未予展示。",
    },
    invented=("title",),
)


def _webinar(
    *, slug: str, first_day: str, title: Text, summary: Text, description: Text, sessions: tuple[Session, ...]
) -> Event:
    """An invented webinar of ICVA's series, with what all of them share."""
    return Event(
        slug=slug,
        first_day=first_day,
        title=title,
        summary=summary,
        description=description,
        kind="webinar",
        mode="online",
        organiser="icva",
        series=COVID_19_SERIES.slug,
        start="14:00",
        end="15:30",
        zone="Asia/Bangkok",
        small_print=_WEBINAR_SMALL_PRINT,
        invented=_WEBINAR_INVENTED,
        rooms=(_ONLINE,),
        sessions=sessions,
    )


def _discussion(title: Text, abstract: Text, *roles: Role) -> tuple[Session, ...]:
    """The two parts of such a webinar: the panel, then everybody's questions."""
    moderator = representative("moderator", "icva", mode="remote")
    return (
        Session(
            key="panel",
            kind="panel",
            title=title,
            abstract=abstract,
            start="14:00",
            end="15:00",
            room="online",
            roles=(moderator, *roles),
        ),
        Session(
            key="questions",
            kind="plenary",
            title={"en": "Questions and Answers", "zh": "提问与回答"},
            start="15:00",
            end="15:30",
            room="online",
            roles=(moderator,),
        ),
    )


COVID_19_WEBINARS = (
    _webinar(
        slug="covid-19-first-weeks-2020",
        first_day="2020-03-19",
        title={
            "en": "The First Weeks: What Civil Society Can Do",
            "zh": "疫情之初：社会组织能做什么",
        },
        summary={
            "en": "Early experience of NGOs in Asia, for those whom the epidemic reaches next.",
            "zh": "亚洲社会组织的早期经验，供疫情随后波及的地区参考。",
        },
        description={
            "en": "Organisations that met the epidemic first share what they did in the early weeks: protecting "
            "staff and volunteers, finding supplies, and keeping in touch with people who had to stay at home.\n\n"
            "The second part belongs to the participants' questions.",
            "zh": "最先面对疫情的机构分享最初几周的做法：保护工作人员和志愿者、筹措物资、与居家隔离的人群保持联系。\n\n"
            "后半场留给参会者提问。",
        },
        sessions=_discussion(
            {"en": "Early Experience in Asia", "zh": "亚洲的早期经验"},
            {
                "en": "Two organisations on their first decisions and what these led to.",
                "zh": "两家机构讲述最初的决定及其后续影响。",
            },
            representative("panellist", "amity", mode="remote"),
            _ASIAN_NGO,
        ),
    ),
    _webinar(
        slug="covid-19-communities-2020",
        first_day="2020-05-14",
        title={
            "en": "Beside the Community: Responsibilities in a Pandemic",
            "zh": "与社区同行：疫情中的责任",
        },
        summary={
            "en": "How NGOs stay accountable to the people they serve when they cannot visit them.",
            "zh": "无法上门探访时，非政府组织如何继续对服务对象负责。",
        },
        description={
            "en": "Distance changes the work with communities: who is reached, who is left out, and who may "
            "complain to whom. NGOs and networks compare their answers.\n\n"
            "The second part belongs to the participants' questions.",
            "zh": "保持距离，也改变了社区工作：哪些人能够触及，哪些人被遗漏，意见可以向谁反映。各机构和网络交流各自的做法。\n\n"
            "后半场留给参会者提问。",
        },
        sessions=_discussion(
            {"en": "Accountable at a Distance", "zh": "保持距离，不减责任"},
            {
                "en": "What replaces the visit, and whom the replacement misses.",
                "zh": "用什么代替上门探访，又有哪些人因此被遗漏。",
            },
            _ASIAN_NGO,
            _ASIAN_NETWORK,
        ),
    ),
    _webinar(
        slug="covid-19-networks-2020",
        first_day="2020-06-18",
        title={
            "en": "NGO Networks in the COVID-19 Response",
            "zh": "新冠疫情应对中的非政府组织网络",
        },
        summary={
            "en": "What a network does in a pandemic that its members cannot do alone.",
            "zh": "在疫情中，网络能做到哪些单个成员做不到的事。",
        },
        description={
            "en": "Sharing information, speaking with one voice to authorities and donors, passing on supplies: "
            "networks of several countries describe what they took on and what they left to their members.\n\n"
            "The second part belongs to the participants' questions.",
            "zh": "共享信息、向政府和资助方共同表达意见、调配物资：多个国家的网络介绍自己承担了哪些工作，又把哪些工作留给成员机构。\n\n"
            "后半场留给参会者提问。",
        },
        sessions=_discussion(
            {"en": "Coordination by Networks", "zh": "由网络推动的协调"},
            {
                "en": "Three views on the share of work between a network and its members.",
                "zh": "三位嘉宾谈网络与成员机构之间的分工。",
            },
            representative("panellist", "amity", mode="remote"),
            _ASIAN_NETWORK,
            _ASIAN_NGO,
        ),
    ),
    _webinar(
        slug="covid-19-lessons-2020",
        first_day="2020-07-16",
        title={
            "en": "Lessons So Far, and the Next Response",
            "zh": "阶段性经验与下一次响应",
        },
        summary={
            "en": "What organisations will keep from these months, and what they hope not to repeat.",
            "zh": "这几个月的做法，哪些应当保留，哪些希望不再重演。",
        },
        description={
            "en": "The last webinar looks back on roles and responsibilities since March and forward to the next "
            "emergency, which may come while this one lasts.\n\n"
            "The second part belongs to the participants' questions.",
            "zh": "最后一场回顾3月以来各方的角色与责任，并展望下一次紧急状况：它也许会在疫情结束之前到来。\n\n"
            "后半场留给参会者提问。",
        },
        sessions=_discussion(
            {"en": "What to Keep", "zh": "哪些应当保留"},
            {
                "en": "Each panellist brings one practice to keep and one to leave.",
                "zh": "每位嘉宾提出一项应当保留的做法和一项应当放弃的做法。",
            },
            _ASIAN_NETWORK,
            representative("panellist", "amity", mode="remote"),
        ),
    ),
)

INTERNATIONAL_NEEDS = Event(
    slug="international-needs-covid-19",
    kind="webinar",
    mode="online",
    title={
        "en": "How International Organizations respond to the international needs in COVID-19",
        "zh": "国际组织如何回应新冠疫情下的国际需求",
    },
    summary={
        "en": "A webinar of the ad-hoc China NGO Consortium for COVID-19, with ICVA as a panellist.",
        "zh": "由社会组织抗击新冠疫情协作网络（CNC-COVID19）举办的网络研讨会，ICVA 作为嘉宾参加。",
    },
    description={
        "en": """\
By April 2020 NGOs in China were turning from the epidemic at home to needs abroad. Their consortium asked how
international organisations were answering those needs, and how Chinese organisations could work with them.

ICVA was invited as a panellist, to share its international perspective with participants in China.""",
        "zh": """\
到2020年4月，中国社会组织的目光开始从国内疫情转向国际需求：国际组织正在如何应对，中国社会组织又可以怎样与之配合？

ICVA 应协作网络之邀作为嘉宾参加，向国内参会者分享国际视角。""",
    },
    small_print={
        "en": "Told from an ICVA case study, which gives the title, the month, the host, and that ICVA was a panellist. "
        "The Chinese title is our translation. The day, hours, sessions and contact address are invented for this "
        "demonstration. Nobody's words are quoted.",
        "zh": "本页根据 ICVA 的一份案例研究编写。案例研究载明了英文标题、月份、主办方以及 ICVA 作为嘉宾参加一事；"
        "中文标题由本站翻译，具体日期、时间、场次和联系邮箱均为演示而虚构。页面未引用任何人的发言。",
    },
    invented=("title.zh", "first_day", "start", "end", "working_languages", "contact", "rooms", "tracks", "sessions"),
    organiser="consortium",
    series=CONSORTIUM_SERIES.slug,
    also_listed_in=(COVID_19_SERIES.slug,),
    first_day="2020-04-16",
    start="16:00",
    end="17:30",
    zone="Asia/Shanghai",
    working_languages=("zh", "en"),
    rooms=(_ONLINE,),
    tracks=(Track(key="international", name={"en": "International response", "zh": "国际响应"}, colour="teal"),),
    sessions=(
        Session(
            key="panel",
            kind="panel",
            title={"en": "The International Response: A View from Outside", "zh": "国际响应：来自外部的视角"},
            start="16:00",
            end="17:00",
            abstract={
                "en": "How humanitarian organisations coordinate across countries in the pandemic, and where NGOs "
                "from China can find their place.",
                "zh": "疫情之下，人道组织如何开展跨国协调；中国社会组织可以从哪里参与。",
            },
            room="online",
            track="international",
            language="zh",
            roles=(
                representative("moderator", "consortium", mode="remote"),
                representative("panellist", "icva", mode="remote"),
            ),
            invented=("title", "abstract", "time", "room", "moderator"),
        ),
        Session(
            key="questions",
            kind="plenary",
            title={"en": "Questions and Answers", "zh": "提问与回答"},
            start="17:00",
            end="17:30",
            room="online",
            language="zh",
            roles=(representative("moderator", "consortium", mode="remote"),),
        ),
    ),
)

EVENTS_2020 = (POSITIVE_DISRUPTION_LAUNCH, INCLUSIVE_COORDINATION, *COVID_19_WEBINARS, INTERNATIONAL_NEEDS)
