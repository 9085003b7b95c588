"""The domains of mail addresses: which is whose, and in which everybody may have an address. Pure."""

from __future__ import annotations

from store.records import fold_address

PUBLIC_DOMAINS = frozenset(
    """
    gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com aol.com icloud.com me.com
    mac.com gmx.de gmx.net gmx.at gmx.com web.de t-online.de freenet.de mail.de posteo.de mailbox.org proton.me
    protonmail.com pm.me tutanota.com tuta.io fastmail.com zoho.com mail.com mail.ru yandex.ru yandex.com wp.pl o2.pl
    onet.pl interia.pl orange.fr free.fr laposte.net sfr.fr libero.it virgilio.it seznam.cz qq.com 163.com 126.com
    naver.com hotmail.co.uk yahoo.co.uk btinternet.com comcast.net verizon.net att.net
    """.split()
)
"""Where everybody may have an address: two people of one such domain have nothing to do with each other."""


def domain_of(address: str) -> str:
    return fold_address(address).rpartition("@")[2]
