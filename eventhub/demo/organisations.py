"""The organisations of the case study, and the invented ones that hold the invented events.

A Chinese name that we had to make ourselves stands as a gloss behind the Latin one.
"""

from .shapes import Organisation, Role

ORGANISATIONS = (
    Organisation(
        key="icva",
        name={"en": "International Council of Voluntary Agencies (ICVA)", "zh": "国际志愿机构联合会（ICVA）"},
        short_name={"en": "ICVA", "zh": "ICVA"},
        stakeholder_type="international_ngo",
        country="CH",
    ),
    Organisation(
        key="ocha_roap",
        name={
            "en": "UN OCHA Regional Office for Asia and the Pacific",
            "zh": "联合国人道主义事务协调厅（人道协调厅）亚洲及太平洋区域办事处",
        },
        short_name={"en": "UN OCHA", "zh": "人道协调厅"},
        stakeholder_type="un_agency",
        country="TH",
    ),
    Organisation(
        key="amity",
        name={"en": "Amity Foundation", "zh": "爱德基金会"},
        short_name={"en": "Amity Foundation", "zh": "爱德基金会"},
        stakeholder_type="national_ngo",
        country="CN",
    ),
    Organisation(
        key="mercy_malaysia",
        name={"en": "MERCY Malaysia", "zh": "MERCY Malaysia（马来西亚医疗援助协会）"},
        short_name={"en": "MERCY Malaysia", "zh": "MERCY Malaysia"},
        stakeholder_type="international_ngo",
        country="MY",
    ),
    Organisation(
        key="mercy_corps",
        name={"en": "Mercy Corps", "zh": "国际美慈组织（美慈）"},
        short_name={"en": "Mercy Corps", "zh": "美慈"},
        stakeholder_type="international_ngo",
        country="US",
    ),
    Organisation(
        key="redr",
        name={"en": "RedR", "zh": "RedR（救灾工程师网络）"},
        short_name={"en": "RedR", "zh": "RedR"},
        stakeholder_type="international_ngo",
        country="GB",
    ),
    Organisation(
        key="unhcr",
        name={"en": "UNHCR, the UN Refugee Agency", "zh": "联合国难民事务高级专员办事处（联合国难民署）"},
        short_name={"en": "UNHCR", "zh": "联合国难民署"},
        stakeholder_type="un_agency",
        country="CH",
    ),
    Organisation(
        key="unicef",
        name={"en": "UNICEF", "zh": "联合国儿童基金会（儿基会）"},
        short_name={"en": "UNICEF", "zh": "儿基会"},
        stakeholder_type="un_agency",
        country="US",
    ),
    Organisation(
        key="ifrc",
        name={
            "en": "International Federation of Red Cross and Red Crescent Societies (IFRC)",
            "zh": "红十字会与红新月会国际联合会（国际联合会）",
        },
        short_name={"en": "IFRC", "zh": "红十字会与红新月会国际联合会"},
        stakeholder_type="red_cross_red_crescent",
        country="CH",
    ),
    Organisation(
        key="acfid",
        name={
            "en": "Australian Council for International Development (ACFID)",
            "zh": "ACFID（澳大利亚国际发展理事会）",
        },
        short_name={"en": "ACFID", "zh": "ACFID"},
        stakeholder_type="national_ngo",
        country="AU",
    ),
    Organisation(
        key="hag",
        name={"en": "Humanitarian Advisory Group (HAG)", "zh": "Humanitarian Advisory Group（人道主义咨询小组，HAG）"},
        short_name={"en": "Humanitarian Advisory Group", "zh": "HAG"},
        stakeholder_type="enterprise",
        country="AU",
    ),
    Organisation(
        key="bnu",
        name={
            "en": "Innovation Center for Risk Governance, Beijing Normal University",
            "zh": "北京师范大学风险治理创新研究中心",
        },
        short_name={"en": "Innovation Center for Risk Governance", "zh": "北京师范大学风险治理创新研究中心"},
        stakeholder_type="academia",
        country="CN",
    ),
    Organisation(
        key="human_initiative",
        name={"en": "Human Initiative", "zh": "Human Initiative（印度尼西亚人道组织）"},
        short_name={"en": "Human Initiative", "zh": "Human Initiative"},
        stakeholder_type="national_ngo",
        country="ID",
    ),
    Organisation(
        key="china_network",
        name={
            "en": "China Civil Society Network for International Humanitarian Assistance",
            "zh": "China Civil Society Network for International Humanitarian Assistance（中国社会组织国际人道援助网络）",
        },
        short_name={
            "en": "China Civil Society Network for International Humanitarian Assistance",
            "zh": "中国社会组织国际人道援助网络",
        },
        stakeholder_type="national_ngo",
        country="CN",
    ),
    Organisation(
        key="consortium",
        name={"en": "China NGO Consortium for COVID-19", "zh": "社会组织抗击新冠疫情协作网络（CNC-COVID19）"},
        short_name={"en": "China NGO Consortium for COVID-19", "zh": "社会组织抗击新冠疫情协作网络"},
        stakeholder_type="national_ngo",
        country="CN",
    ),
    Organisation(
        key="demo_network",
        name={"en": "EventHub Demo Network (invented)", "zh": "EventHub 示例网络（虚构）"},
        short_name={"en": "EventHub Demo Network", "zh": "EventHub 示例网络"},
        stakeholder_type="international_ngo",
        country="CH",
        invented=True,
    ),
    Organisation(
        key="example_relief",
        name={"en": "Example Relief Centre (invented)", "zh": "示例救援中心（虚构）"},
        short_name={"en": "Example Relief Centre", "zh": "示例救援中心"},
        stakeholder_type="local_ngo",
        country="CN",
        invented=True,
    ),
    Organisation(
        key="example_academy",
        name={"en": "Example Humanitarian Academy (invented)", "zh": "示例人道学院（虚构）"},
        short_name={"en": "Example Humanitarian Academy", "zh": "示例人道学院"},
        stakeholder_type="academia",
        country="ID",
        invented=True,
    ),
)

_BY_KEY = {organisation.key: organisation for organisation in ORGANISATIONS}


def spaced(first: str, second: str) -> str:
    """Two pieces of Chinese text as one, with the space that Chinese sets between Latin letters and Han characters."""
    return f"{first} {second}" if first[-1].isascii() else f"{first}{second}"


def representative(role: str, key: str, mode: str = "in_person") -> Role:
    """Somebody in a session whom we know only by the organisation they represent."""
    organisation = _BY_KEY[key]
    short_name = organisation.short_name
    return Role(
        role=role,
        name={"en": f"Representative, {short_name['en']}", "zh": spaced(short_name["zh"], "代表")},
        organisation=key,
        country=organisation.country,
        mode=mode,
    )
