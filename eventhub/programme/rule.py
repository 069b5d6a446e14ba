"""The Chatham House Rule in its own words, in each language."""

CHATHAM_HOUSE_RULE = {
    "en": (
        "When a meeting, or part thereof, is held under the Chatham House Rule, participants are free to use the "
        "information received, but neither the identity nor the affiliation of the speaker(s), nor that of any other "
        "participant, may be revealed."
    ),
    "zh": (
        "会议全部或部分按查塔姆宫规则（Chatham House Rule）举行时，与会者可自由使用在会上获得的信息，"
        "但不得透露发言人及其他任何与会者的身份或所属机构。"
    ),
}
