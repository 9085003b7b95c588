"""Words of mail systems in their delivery reports. Data, no logic; all case-folded, entries divided by commas."""

from __future__ import annotations

from parsers.phrases import entries

DAEMONS = frozenset(
    entries(
        """
        mailer-daemon, mailerdaemon, mail-daemon, maildaemon, postmaster, mdaemon, mail-delivery-subsystem,
        mailer_daemon, mail delivery subsystem, mail delivery system, microsoft outlook, mail administrator,
        postmaster-mailer-daemon, mailadmin, system administrator, mail-administrator, mta, mailsystem,
        mail-system, internet mail delivery, mailmaster, mailer
        """
    )
)
SENDER_PARTS = tuple(
    entries(
        """
        mailer-daemon, postmaster, mailer, daemon, mail_service, mail-service, mailservice, smtp, bounce,
        delivery, imss, antivirus, mailadmin, mailsystem, system administrator, gateway, microsoftexchange,
        exchange, mailscanner, no-reply, noreply, administrator, admin, mail.system
        """
    )
)
SENDER_NAMES = tuple(
    entries(
        """
        mail delivery, postmaster, mailer-daemon, system administrator, mail system, delivery subsystem,
        mail administrator, microsoft outlook, automated response, mail server, internet mail, mail router,
        mail gateway, message delivery
        """
    )
)
RETURNED = ("message/rfc822", "text/rfc822-headers", "message/partial")

RETURNED_FIELDS = tuple(entries("return-path:, received:, message-id:, mime-version:, dkim-signature:, x-mailer:"))

SUBJECTS = tuple(
    entries(
        """
        undeliver, non-deliver, nondeliver, not deliver, delivery status notification, delivery failure,
        delivery has failed, delivery failed, failed delivery, failure notice, returned mail, mail returned,
        returning to sender, returning message, returned to sender, return to sender, message returned,
        mail system error, delivery notification, delivery report, delivery error, delivery problem,
        delivery warning, delivery attempt, failed mail, mail failed, mail failure, mail delivery,
        message delivery, could not be delivered, cannot be delivered, couldn't be delivered,
        can't be delivered, not be delivered, was not delivered, unable to deliver, not delivered,
        delivery unsuccessful, delivery incomplete, delivery delayed, delayed mail, user unknown,
        unknown user, unknown address, processing error, mail error, email error, warning: could not send,
        message you sent, address not found, message status, message blocked, error sending, error:,
        automatically rejected, notification d'échec, échec de la remise, non remis, non distribué,
        non délivré, echec de remise, unzustellbar, nicht zugestellt, nicht zustellbar, unzustellbare,
        zustellung fehlgeschlagen, fehlgeschlagene zustellung, zustellungsfehler, no se puede entregar,
        no se ha podido entregar, no entregado, error de entrega, fallo en la entrega, falha na entrega,
        não entregue, não foi possível entregar, devolvida, mancato recapito, mancata consegna,
        non recapitabile, non consegnato, onbestelbaar, niet bezorgd, niet afgeleverd, bezorging mislukt,
        niedostarczone, nie dostarczono, nie można dostarczyć, niedoręczona, zwrot wiadomości, nedoručitelné,
        nedoručeno, nelze doručit, nedoručitelná, не доставлено, недоставленное, не удалось доставить,
        недоставлено, не доставлен, недоставка, недоставлений, kunde inte levereras, kan inte levereras,
        olevererbart, kan ikke leveres, kunne ikke leveres, ulevert, ikke leveret, ei voi toimittaa,
        toimitus epäonnistui, 配信不能, 配信できません, 配信エラー, 未配信, 送信できません, 無法傳遞,
        無法投遞, 无法投递, 无法送达, 退信, 退件, 邮件发送失败, 系统退信, 投递失败, 傳送失敗, 郵件系統錯誤,
        邮件投递失败, 반송, 전달되지 않음, 배달되지 않음, 전송 실패, 발송 실패, teslim edilemedi,
        iletilemedi, kézbesíthetetlen, nem kézbesíthető, nelivrat, nelivrabil, nu a putut fi livrat,
        μη παραδόσιμο, δεν παραδόθηκε, תעודת אי-מסירה, לא ניתן למסירה, تعذر التسليم, لم يتم التسليم
        """
    )
)
PHRASES = tuple(
    entries(
        """
        could not be delivered, couldn't be delivered, can't be delivered, cannot be delivered,
        not be delivered, wasn't delivered, was not delivered, not been delivered, been delivered yet,
        wasn't able to deliver, not able to deliver, unable to deliver, could not deliver, couldn't deliver,
        cannot deliver, failed to deliver, was undeliverable, is undeliverable, undelivered,
        undeliverable mail, undeliverable message, undeliverable to, delivery failed, delivery has failed,
        delivery failure, delivery to the following, delivery error, deliver your message,
        failed permanently, permanent error, permanent fatal error, fatal errors, following address,
        following recipient, following user, following destination, following person, following people,
        recipients were affected, failed recipient, did not reach, didn't reach, has not yet been delivered,
        still trying, delivery attempt, delivery to this recipient, was returned, has been returned,
        being returned, been rejected, was rejected, automatically rejected, returned to you,
        returned to sender, message could not be sent, could not be sent, couldn't be sent, not accepted by,
        was blocked by, delivery of email to this address, has been postponed, have been delayed,
        has been delayed, is delayed, was delayed, undelivered for, user unknown, unknown user, no such user,
        no such mailbox, user not found, unknown recipient, recipient unknown, invalid recipient,
        mailbox unavailable, mailbox is full, mailbox full, over quota, overquota, quota exceeded,
        quota violation, host unknown, unrouteable, unroutable, relay denied, relaying denied,
        address rejected, recipient rejected, does not exist, doesn't exist, not listed in, no mailbox here,
        there was an error, encountered an error, transcript of session, intended recipient,
        address not found, account is disabled, account has been disabled, non-delivery report, nondelivery,
        error sending, transmission failed, mail failed, returned mail, unsuccessful, not a valid, rcpt to,
        konnte nicht zugestellt, nicht zugestellt werden, konnte leider nicht, unzustellbar,
        nicht übermittelt werden, fehler bei der zustellung, zustellung an folgende, n'a pas pu être,
        n'a pas pu etre, n'a pas été remis, échec de la remise, no se pudo entregar,
        no se ha podido entregar, no pudo ser entregado, error en la entrega, não pôde ser entregue,
        não foi possível entregar, falha na entrega, não foi entregue, non è stato possibile,
        impossibile recapitare, mancato recapito, non può essere recapitato, kon niet worden bezorgd,
        niet worden afgeleverd, is niet bezorgd, nie można dostarczyć, nie udało się dostarczyć,
        nie została dostarczona, nie mogła zostać dostarczona, nebylo možné doručit, nelze doručit,
        nebyla doručena, не удалось доставить, не было доставлено, не может быть доставлено,
        невозможно доставить, не вдалося доставити, kunde inte levereras, gick inte att leverera,
        kunne ikke leveres, ei voitu toimittaa, 配信できませんでした, 配信することができません,
        届けることができません, 送信できませんでした, 届きませんでした, 无法发送到, 无法投递, 未能送达,
        发送失败, 退回, 無法傳遞, 無法投遞, 전달할 수 없습니다, 배달되지 않았습니다, 전송되지 않았습니다,
        전송하지 못했습니다, 发送到指定的地址, teslim edilemedi, iletilemedi, nem sikerült kézbesíteni,
        kézbesítése sikertelen, nu a putut fi livrat, nu a fost livrat, δεν ήταν δυνατή, δεν παραδόθηκε,
        تعذر تسليم, لم يتم تسليم, לא ניתן היה, לא נמסרה, 无法送达, 被退回
        """
    )
)
DELAYED = tuple(
    entries(
        """
        delayed, still trying, will be retried, not yet been delivered, been delivered yet,
        do not need to resend, need not resend, warning message only, will continue to,
        delivery attempts will continue, not yet delivered, no action is required, warning only,
        has been postponed, will keep trying, delivery warning, temporary failure; will, verzögert,
        wird weiter versucht, retardé, retrasado, adiada, ritardo, vertraagd, opóźnion, zpožděn, задерж,
        försenad, forsinket, viivästy, 遅延, 延迟, 延遲, 지연, gecik, késik, întârzi
        """
    )
)
RETURNS = tuple(
    entries(
        """
        original message, original mail, returned mail, returned message, undelivered message,
        unsent message, message header, mail header, message headers, header of the, headers of the,
        copy of the message, copy of your message, copy of the original, copy of the first,
        the body of the message, original header, original email, below this line is, original text,
        start of returned, message follows, mail follows, text of your message, your original message,
        this is a copy of, here is a copy, content of the message, reporting-mta, ursprüngliche nachricht,
        originalnachricht, message original, mensaje original, mensagem original, messaggio originale,
        oryginaln, původní zpráv, исходно, copy of message, the header and top, lines of the message,
        original recipients, old message, message text follows, partial message, 元のメッセージ, 原文, 原信件
        """
    )
)
ANSWERS = tuple(entries("re:, aw:, antw:, sv:, vs:, odp:, 回复, 答复, отв:, res:, ynt:, vá:, rif:, 返信"))
PASSED_ON = tuple(entries("fw:, fwd:, wg:, tr:, rv:, i:, enc:, doorst:, vb:, pd:, 转发, 轉寄, 転送"))
PERSONAL = frozenset(
    entries(
        """
        hi, hello, hey, dear, hallo, guten, bonjour, hola, ola, olá, ciao, buongiorno, salve, beste, geachte,
        dzień, cześć, dobrý, ahoj, здравствуйте, привет, добрый, вітаю, hej, hei, moi, i, i'm, i've, my, me,
        ich, mein, meine, mir, je, j'ai, mon, yo, mi, eu, meu,
        minha, io, mio, ik, mijn, mam, mój, jestem, я, мне, мой, jag, min, jeg, minä,
        thanks, regards, please help, hiya
        """
    )
)
PLURAL = frozenset(entries("we, our, us, wir, unser, nous, nos, nosotros, noi, wij, ons, мы, vi"))
ONCE_NAMED = tuple(
    entries("generated from, expanded from, expanded from:, originally addressed to, original address:")
)
BEFORE_OTHERS = tuple(entries("from:, from, sender:, reply-to:, by, contact, subject:, cc:, mailto:, sent by"))
OTHERS_FIELD = tuple(entries("subject, from:, message-id, cc:, sender, reply-to, bcc:"))
NOT_RECIPIENTS = frozenset(
    entries(
        """
        postmaster, abuse, mailer-daemon, support, helpdesk, help, hostmaster, webmaster, noc, admin,
        administrator, mail-abuse, spam, feedback, mailman, info-postmaster, security
        """
    )
)
LIST_FOLLOWS = tuple(
    entries(
        """
        following address, following recipient, following user, following destination, recipients or groups,
        recipients or distribution, did not reach, didn't reach, not delivered to, wasn't delivered to,
        couldn't be delivered to, could not be delivered to, deliver message to, deliver your message to,
        failed recipient, permanent fatal errors, permanent errors, transient non-fatal errors,
        was not delivered, unable to deliver, recipients were affected, addresses failed, address(es) failed,
        address failed, could not be delivered, recipient(s), intended recipient, undeliverable to,
        this address, folgende adresse, folgenden empfänger, folgende empfänger, destinataires suivants,
        destinatarios siguientes, destinatários, destinatari, odbiorców, následujícím, следующим, адрес,
        följande, følgende, seuraaville, 次の, 宛先, 以下, 下列, 收件人, 받는 사람, 다음
        """
    )
)
BEFORE_RECIPIENT = tuple(
    entries(
        """
        recipient, recipients, final-recipient, original-recipient, rfc822, rcpt to, user, address,
        addressed to, addressed, deliver to, delivered to, delivered for, delivery to, message to, mail to, sent to,
        mailbox, unknown user, expanded from, user unknown, account, for, destination, empfänger,
        destinataire, destinatario, an, à, adressat, email, e-mail, recipient address, reason, undeliverable,
        no such user, failed recipient, smtp, dda, adres, 收件人, 宛先, said, error, user name
        """
    )
)
REFUSALS = tuple(
    entries(
        """
        user unknown, unknown user, no such user, does not exist, mailbox full, over quota, quota exceeded,
        quota violation, mailbox unavailable, not found, rejected, disabled, failed, undeliverable,
        unknown recipient, refused
        """
    )
)
