"""The one person whom the case study names, and the invented people of the invented events."""

from .shapes import Person, SignIn

PEOPLE = (
    Person(
        key="ignacio_packer",
        family="Packer",
        given="Ignacio",
        organisation="icva",
        position={"en": "Executive Director", "zh": "执行主任"},
        biography={
            "en": "Ignacio Packer was Executive Director of ICVA when he gave the keynote of the 2019 workshop.",
            "zh": "Ignacio Packer（伊格纳西奥·帕克）在2019年研讨会上发表主旨演讲，时任 ICVA 执行主任。",
        },
        country="CH",
        language="en",
        zone="Europe/Zurich",
        invented=False,
    ),
    Person(
        key="shan_xiaolan",
        family="Shan",
        given="Xiaolan",
        han_family="单",
        han_given="晓岚",
        organisation="demo_network",
        position={"en": "Programme coordinator", "zh": "项目协调员"},
        biography={
            "en": "An invented person. Shan Xiaolan plans the network's workshops and looks after its partners in Asia.",
            "zh": "虚构人物。单晓岚负责策划示例网络的研讨会，并联络亚洲的合作机构。",
        },
        country="CN",
        language="zh",
        zone="Asia/Shanghai",
    ),
    Person(
        key="ouyang_zhiyuan",
        family="Ouyang",
        given="Zhiyuan",
        han_family="欧阳",
        han_given="知远",
        organisation="demo_network",
        position={"en": "Translator and editor", "zh": "翻译与编辑"},
        biography={
            "en": "An invented person. Ouyang Zhiyuan translates the network's documents and interprets at its events.",
            "zh": "虚构人物。欧阳知远负责示例网络文件的中英翻译，并在活动中担任口译。",
        },
        country="CN",
        language="zh",
        zone="Asia/Shanghai",
    ),
    Person(
        key="qiu_ning",
        family="Qiu",
        given="Ning",
        han_family="仇",
        han_given="宁",
        organisation="example_relief",
        position={"en": "Head of overseas response", "zh": "国际响应部负责人"},
        biography={
            "en": "An invented person. Qiu Ning has led search and rescue teams at home and now prepares them for work "
            "abroad.",
            "zh": "虚构人物。仇宁曾多次带领搜救队参与国内救灾，目前负责队伍走出国门前的准备工作。",
        },
        country="CN",
        language="zh",
        zone="Asia/Shanghai",
    ),
    Person(
        key="sari_wulandari",
        family="Wulandari",
        given="Sari",
        organisation="example_academy",
        position={"en": "Senior lecturer", "zh": "高级讲师"},
        biography={
            "en": "An invented person. Sari Wulandari teaches disaster preparedness and studies how NGOs of one "
            "southern country come to work in another.",
            "zh": "虚构人物，讲授备灾课程，研究南方国家的非政府组织如何进入另一个国家开展工作。",
        },
        country="ID",
        language="en",
        zone="Asia/Jakarta",
    ),
    Person(
        key="elif_demirci",
        family="Demirci",
        given="Elif",
        organisation="demo_network",
        position={"en": "Coordination adviser", "zh": "协调事务顾问"},
        biography={
            "en": "An invented person. Elif Demirci advises NGOs that join a coordination meeting for the first time.",
            "zh": "虚构人物，为首次参加协调会议的非政府组织提供咨询。",
        },
        country="TR",
        language="en",
        zone="Europe/Istanbul",
    ),
    Person(
        key="tomas_lindqvist",
        family="Lindqvist",
        given="Tomas",
        organisation="demo_network",
        position={"en": "Partnerships officer", "zh": "伙伴关系专员"},
        biography={
            "en": "An invented person. Tomas Lindqvist looks after the network's agreements with its partners.",
            "zh": "虚构人物，负责示例网络与合作机构之间的伙伴关系协议。",
        },
        country="CH",
        language="en",
        zone="Europe/Zurich",
    ),
)

# The events of real organisations must be editable in the demo without a false co-organiser on their pages. So these two
# act for every organisation that organises something here: a right of their login, which no page shows. The organiser is
# an administrator, for only such a one can try how members are invited.
SIGN_INS = (
    SignIn(email="organiser@example.org", person="shan_xiaolan", role="administrator"),
    SignIn(email="translator@example.org", person="ouyang_zhiyuan", role="translator"),
)
PASSWORD = "eventhub-demo"  # noqa: S105 - published on purpose: these sign-ins exist in the demo alone.
