"""Chinese spelt in Latin letters."""

import pytest

from eventhub.foundation.pinyin import spelt


@pytest.mark.parametrize(
    ("text", "syllables"),
    [
        ("王芳", "wang fang"),
        ("重庆长沙", "chong qing chang sha"),  # by themselves these are read zhong and zhang
        ("重要的会长", "zhong yao de hui zhang"),
        ("银行与音乐", "yin hang yu yin yue"),
        ("女儿", "nv er"),
        ("Bonjour 2026", "Bonjour 2026"),
        ("龑𠮷", "yan 𠮷"),
        ("", ""),
    ],
)
def test_a_character_is_spelt_as_it_is_read_in_its_word(text, syllables):
    assert " ".join(spelt(text)) == syllables
