"""What mail programs write around quotations and forwards, in the languages of our customers. Data, no logic.

All case-folded; entries are divided by commas. Languages: en de fr es pt it nl pl cs sk ru uk bg sv da no fi is et lv
lt ja zh ko tr el hu ro ar he vi id hr sl sr ca th.
"""

from __future__ import annotations


def entries(block: str) -> list[str]:
    """The entries of a block of data."""
    return [fold(" ".join(word.split())) for word in block.split(",") if word.strip()]


def fold(text: str) -> str:
    """Case-folded; the Turkish capital İ too, whose folding leaves a dot behind."""
    return text.casefold().replace("i\u0307", "i")


_LABELS = {
    "from": """
        from, von, de, da, van, od, от, от кого, від, від кого, från, fra, lähettäjä, 差出人, 送信者, 送信元,
        发件人, 發件人, 寄件者, 寄件人, 보낸 사람, 보낸사람, 보낸이, kimden, gönderen, από, feladó, küldő,
        de la, expéditeur, remitente, من, מאת, nadawca, odesílatel, odosielateľ, od koho, saatja, nuo, no,
        dari, từ, จาก, pošiljatelj, desde, mittente, afzender, avsändare, afsender, avsender, absender,
        remetente, sender, de quien, frá, expeditor, kto
        """,
    "date": """
        sent, date, gesendet, datum, envoyé, envoyé le, enviado, enviado el, enviada em, enviado em, enviada,
        fecha, data, inviato, inviata, inviato il, verzonden, verstuurd, verzonden op, wysłano, wysłane,
        data wysłania, odesláno, odoslané, odoslaný, odeslané, отправлено, дата, дата отправки, отправлен,
        надіслано, дата надсилання, skickat, skickades, sendt, dato, lähetetty, päiväys, pvm, päivämäärä,
        送信日時, 日付, 日時, 发送时间, 发送日期, 日期, 時間, 时间, 傳送時間, 傳送日期, 寄件日期, 보낸 날짜,
        보낸날짜, 발송 날짜, 날짜, 보낸 시간, tarih, gönderildi, gönderme tarihi, gönderim tarihi, στάλθηκε,
        ημερομηνία, εστάλη, απεστάλη, elküldve, küldve, dátum, trimis, data trimiterii, dată, تم الإرسال,
        تاريخ الإرسال, التاريخ, أرسلت, בתאריך, נשלח, תאריך, gửi, ngày, đã gửi, dikirim, tanggal, poslano,
        saadetud, kuupäev, išsiųsta, nosūtīts, изпратено, sent on, date sent, sent at, erhalten am,
        gesendet am, dags, วันที่
        """,
    "to": """
        to, an, à, a, para, aan, do, komu, кому, till, til, vastaanottaja, 宛先, 收件人, 收件者, 收信人,
        받는 사람, 받는사람, 받는이, kime, alıcı, προς, címzett, către, catre, إلى, الى, אל, đến, kepada,
        destinatario, pour, per, naar, destinataire, empfänger, prima, primatelj, destinatário, odbiorca,
        příjemce, mottagare, modtager, ontvanger, получатель, одержувач, saaja, kam, ถึง
        """,
    "cc": """
        cc, bcc, kopie, kopia, copie, copia, kopi, kopio, копия, копія, dw, do wiadomości, másolat,
        másolatot kap, 抄送, 副本, 副本抄送, 참조, 숨은참조, bilgi, κοιν, κοιν., κοινοποίηση, نسخة, עותק,
        עותק לידיעה, con copia, com cópia, kopija, c.c., ccn, cci, udw, tiedoksi, สำเนา
        """,
    "subject": """
        subject, betreff, objet, asunto, assunto, oggetto, onderwerp, temat, předmět, predmet, тема, ämne,
        emne, aihe, 件名, 主题, 主旨, 标题, 主題, 標題, 제목, konu, θέμα, tárgy, subiect, subiectul, الموضوع,
        נושא, chủ đề, tiêu đề, subjek, perihal, предмет, naslov, zadeva, teema, tema, temats, относно, betr.,
        objekt, efni, assumpte, เรื่อง
        """,
    "other": """
        reply-to, importance, attachments, priority, anlagen, wichtigkeit, sensitivity, message-id,
        importancia, adjuntos, datos adjuntos, pièces jointes, importanza, allegati, prioriteit, bijlage,
        bijlagen, załączniki, antwort an, responder a, répondre à, reply to, organization, mailed-by,
        signed-by, bilagor, liitteet, приложения, вложения, mellékletek, categories, thread-topic,
        return-path, delivered-to, resent-from, list-id, 첨부, 첨부파일, 添付ファイル, 附件, ekler,
        συνημμένα, مرفقات, in-reply-to, x-mailer, user-agent
        """,
}
LABELS = {word: kind for kind, block in _LABELS.items() for word in entries(block)}
"""A label of a quoted header block → which field it is."""

WROTE = frozenset(
    entries(
        """
        쓴 글, şunları yazdı, folgendes geschrieben, wrote, writes, sent, said, replied, schrieb, schrieben,
        schreibt, geschrieben, a écrit, écrit, a ecrit, escribió, escribio, ha escrito, escribe, escreveu,
        escrito, scritto, ha scritto, scrive, schreef, geschreven, heeft, napisał, napisała, napisał(a),
        napisał/a, napisali, pisze, napsal, napsala, napsal(a), napsal/a, napísal, napísala, napísal(a),
        написал, написала, написал(а), пишет, писал, пишут, написав, написав(-ла), написав(ла), пише, написа,
        skrev, skrifaði, kirjoitti, kirjutas, rašė, rakstīja, のメール, は書きました, さんは書きました,
        が書きました, 書きました, のメッセージ, wrote：, 写道, 寫道, 写了, 于, 님이 작성, 작성, 님이 쓴 글,
        썼습니다, 님이, şunu yazdı, yazdı, tarihinde, έγραψε, έγραψαν, írta, ezt írta, a scris, scris, كتب,
        كتبت, כתב, כתבה, כתב/ה, מאת, đã viết, viết, menulis, je napisao, je napisala, napisao, napisala,
        piše, pisal, pisala, je pisal, va escriure, เขียน, пользователь, użytkownik, uživatel
        """
    )
)
"""Words (or endings, where words are not divided by blanks) that say: somebody wrote."""

LEADS = tuple(
    entries(
        """
        on, am, le, el, em, il, op, w dniu, dnia, dne, dňa, den, på, il giorno, vào, vào lúc, 在, 于, on the,
        at, um, pe, la, în data de, pada, u, dana, kell, στις, την, в, у, на, pon, wt, śr, czw, pt, sob,
        niedz, út, čt, pá, so, ne, po, am am, el día, no dia, no, tarihinde, pondělí, ke, ma, ti, to, su, 2,
        data, בתאריך, ב, ביום, في, am mo, à, a(z), date, le lun
        """
    )
)
"""How a line that introduces a quotation begins, apart from a date or a name."""

QUOTING = tuple(
    entries(
        """
        wiadomość napisana przez, quoting, zitat von, citando, citando a, quotando, citat, citát, citaat van,
        en citant, mensaje citado por, zitiert
        """
    )
)
"""`Quoting Somebody <…>:` and its like (Horde and others)."""

MONTHS = frozenset(
    entries(
        """
        tammik, helmik, maalisk, huhtik, toukok, kesäk, heinäk, elok, syysk, lokak, marrask, jouluk, січ,
        лют, бер, квіт, трав, черв, лип, серп, вер, жовт, лист, груд, ינו, פבר, אפר, אוג, ספט, אוק, נוב, דצמ,
        בינו, בפבר, באפר, באוג, בספט, באוק, בנוב, בדצמ, thg, яну, фев, авг, ное, ян, gen, mai, ott, ara, oca,
        jan, feb, mar, apr, may, jun, jul, aug, sep, sept, oct, nov, dec, january, february, march, april,
        june, july, august, september, october, november, december, januar, februar, märz, juni, juli,
        oktober, dezember, mrz, okt, dez, jänner, janvier, février, mars, avril, juin, juillet, août,
        septembre, octobre, novembre, décembre, janv, févr, avr, juil, déc, enero, febrero, marzo, abril,
        mayo, junio, julio, agosto, septiembre, octubre, noviembre, diciembre, ene, abr, ago, dic, janeiro,
        fevereiro, março, maio, junho, julho, setembro, outubro, novembro, dezembro, fev, set, out, gennaio,
        febbraio, aprile, maggio, giugno, luglio, settembre, ottobre, dicembre, mag, giu, lug, januari,
        februari, maart, mei, augustus, mrt, stycznia, lutego, marca, kwietnia, maja, czerwca, lipca,
        sierpnia, września, października, listopada, grudnia, sty, lut, kwi, cze, lip, sie, wrz, paź, lis,
        gru, ledna, února, března, dubna, května, června, července, srpna, září, října, listopadu, prosince,
        января, февраля, марта, апреля, мая, июня, июля, августа, сентября, октября, ноября, декабря, янв,
        мар, апр, июн, июл, сен, сент, окт, ноя, нояб, дек, січня, лютого, березня, квітня, травня, червня,
        липня, серпня, вересня, жовтня, листопада, грудня, maj, augusti, helmikuuta, tammikuuta, maaliskuuta,
        huhtikuuta, toukokuuta, kesäkuuta, heinäkuuta, elokuuta, syyskuuta, lokakuuta, marraskuuta,
        joulukuuta, ocak, şubat, mart, nisan, mayıs, haziran, temmuz, ağustos, eylül, ekim, kasım, aralık,
        şub, nis, haz, tem, ağu, eyl, eki, kas, ιανουαρίου, φεβρουαρίου, μαρτίου, απριλίου, μαΐου, ιουνίου,
        ιουλίου, αυγούστου, σεπτεμβρίου, οκτωβρίου, νοεμβρίου, δεκεμβρίου, ιαν, φεβ, μαρ, απρ, μαΐ, ιουν,
        ιουλ, αυγ, σεπ, οκτ, νοε, δεκ, január, február, március, április, május, június, július, augusztus,
        szeptember, október, márc, ápr, máj, jún, júl, szept, ianuarie, februarie, martie, aprilie, iunie,
        iulie, septembrie, octombrie, noiembrie, decembrie, ian, iun, iul, noi, يناير, فبراير, مارس, أبريل,
        مايو, يونيو, يوليو, أغسطس, سبتمبر, أكتوبر, نوفمبر, ديسمبر, ינואר, פברואר, מרץ, אפריל, מאי, יוני,
        יולי, אוגוסט, ספטמבר, אוקטובר, נובמבר, דצמבר, בינואר, בפברואר, במרץ, באפריל, במאי, ביוני, ביולי,
        באוגוסט, בספטמבר, באוקטובר, בנובמבר, בדצמבר
        """
    )
)

ORIGINAL = tuple(
    entries(
        """
        original message, original-nachricht, ursprüngliche nachricht, originalnachricht, originalmail,
        original-mail, original mail, message d'origine, message d’origine, message original,
        mensaje original, mensagem original, messaggio originale, oorspronkelijk bericht, origineel bericht,
        wiadomość oryginalna, oryginalna wiadomość, wiadomość pierwotna, původní zpráva, původní e-mail,
        pôvodná správa, исходное сообщение, исходное письмо, оригинальное сообщение,
        первоначальное сообщение, оригінальне повідомлення, вихідне повідомлення, початкове повідомлення,
        оригінал, ursprungligt meddelande, originalmeddelande, ursprungsmeddelande, oprindelig meddelelse,
        original meddelelse, opprinnelig melding, original melding, opprinnelig beskjed, alkuperäinen viesti,
        元のメッセージ, 原始邮件, 原始郵件, 原邮件, 原始信件, 原始訊息, 원본 메시지, 원본 메일,
        orijinal mesaj, özgün ileti, orijinal ileti, αρχικό μήνυμα, eredeti üzenet, eredeti levél,
        mesaj original, mesajul original, mesajul inițial, الرسالة الأصلية, הודעה מקורית, thư gốc,
        pesan asli, izvorna poruka, originalna poruka, izvirno sporočilo, оригинално съобщение, algne kiri,
        missatge original, reply message, original email, ursprüngliche e-mail, courriel original,
        mail original, original appointment, ursprünglicher termin
        """
    )
)
"""Between dashes: what follows is the answered message, or a passed-on one; the subject tells which."""

FORWARDED = tuple(
    entries(
        """
        forwarded message, begin forwarded message, start of forwarded message, forwarded mail,
        forwarded email, forwarded by, weitergeleitete nachricht, anfang der weitergeleiteten nachricht,
        anfang der weitergeleiteten e-mail, weitergeleitete e-mail, weitergeleitet von, message transféré,
        début du message transféré, début du message réexpédié, message réexpédié, courriel transféré,
        e-mail transféré, mensaje reenviado, inicio del mensaje reenviado, mensagem encaminhada,
        mensagem reencaminhada, início da mensagem encaminhada, início da mensagem reencaminhada,
        messaggio inoltrato, inizio messaggio inoltrato, doorgestuurd bericht, begin doorgestuurd bericht,
        doorgestuurde bericht, forwarded bericht, przekazana wiadomość, wiadomość przekazana,
        początek przekazywanej wiadomości, początek przekazywanego maila, wiadomość przekazana dalej,
        treść przekazanej wiadomości, přeposlaná zpráva, předávaná zpráva, začátek přeposílané zprávy,
        začátek přeposílaného e-mailu, preposlaná správa, пересылаемое сообщение, пересланное сообщение,
        пересылаемое письмо, начало переадресованного сообщения, начало пересылаемого сообщения,
        перенаправленное сообщение, переслане повідомлення, пересланий лист,
        початок переадресованого повідомлення, початок листа, який пересилається, vidarebefordrat meddelande,
        vidarebefordrat mejl, vidarebefordrat brev, start på vidarebefordrat meddelande,
        börja vidarebefordrat meddelande, videresendt meddelelse, videresendt mail,
        start på videresendt besked, begyndelse på videresendt besked, videresendt besked,
        videresendt melding, videresendt e-post, start på videresendt melding,
        begynnelse på videresendt melding, videresendte besked, videresendte melding, välitetty viesti,
        edelleenlähetetty viesti, välitetty viesti alkaa, 転送メッセージ, 転送されたメッセージ, 転送メール,
        以下転送, 以下は転送メッセージです, 转发邮件, 转发的邮件, 转发的消息, 已转发邮件, 转发邮件信息,
        轉寄郵件, 轉寄的郵件, 已轉寄的郵件, 开始转发的邮件, 以下是转发的邮件, 轉寄信件, 轉寄訊息,
        被转发邮件信息, 被轉寄郵件, 전달된 메시지, 전달된 메일, 전달된 이메일, iletilen mesaj,
        iletilmiş mesaj, yönlendirilen mesaj, yönlendirilmiş ileti, iletilen ileti,
        başlangıç: iletilen mesaj, προωθημένο μήνυμα, έναρξη προωθημένου μηνύματος,
        αρχή προωθημένου μηνύματος, továbbított üzenet, továbbított levél, továbbított üzenet kezdete,
        mesaj redirecționat, mesaj redirectionat, mesaj transmis, mesaj înaintat,
        început mesaj redirecționat, începutul mesajului redirecționat, رسالة معاد توجيهها, رسالة محولة,
        بداية الرسالة المعاد توجيهها, بداية الرسالة المُعاد توجيهها, رسالة مُعاد توجيهها, הודעה שהועברה,
        תחילת ההודעה שהועברה, הודעה מועברת, thư đã chuyển tiếp, tin nhắn được chuyển tiếp,
        bắt đầu thư được chuyển tiếp, pesan terusan, pesan yang diteruskan, proslijeđena poruka,
        posredovano sporočilo, препратено съобщение, edastatud kiri, missatge reenviat
        """
    )
)
"""Between dashes, or before a colon: what follows was passed on, and is what the mail is about."""

MOBILE = tuple(
    entries(
        """
        sent from my, sent from mail for windows, sent from outlook, sent from yahoo, sent from proton,
        sent from aol, sent from samsung, sent from gmail, sent with, sent via, sent using, get outlook for,
        get bluemail, sent from android, sent from a, sent from an, von meinem, von meiner, gesendet von,
        gesendet mit, diese nachricht wurde von meinem, envoyé de mon, envoyé depuis, envoyé à partir de,
        obtenir outlook, obtenez outlook, télécharger outlook, provenance : courrier, enviado desde,
        enviado do, enviado a partir, enviado de, obtener outlook, obter o outlook, obtenha o outlook,
        inviato da, inviato dal, ottieni outlook, scarica outlook, verzonden vanaf, verzonden met,
        verstuurd vanaf, verstuurd met, outlook voor, download outlook, wysłane z, wysłano z,
        pobierz outlook, pobierz aplikację outlook, odesláno z, odoslané z, získat outlook, stáhnout outlook,
        отправлено с, отправлено из, отправлено от, получить outlook, скачать outlook, надіслано з,
        відправлено з, отримати outlook, skickat från, hämta outlook, skaffa outlook, sendt fra,
        hent outlook, få outlook, skaff outlook, lähetetty, hanki outlook, hae outlook, iphoneから送信,
        ipadから送信, androidから送信, outlook for, 发自我的, 从我的, 發自我的, 從我的,
        从 windows 版邮件发送, 获取 outlook, 取得 outlook, 나의 iphone에서 보냄, 내 iphone에서 보냄,
        나의 ipad에서 보냄, iphone’umdan gönderildi, iphone'umdan gönderildi, ipad'imden gönderildi,
        android için outlook, ios için outlook, εστάλη από, στάλθηκε από, απεστάλη από, elküldve, küldve,
        iphone készülékemről küldve, az iphone, trimis de pe, trimis din, descărcați outlook, مرسل من,
        أُرسلت من, أرسلت من, تم الإرسال من, الحصول على outlook, נשלח מה, נשלח מ, قُم بتنزيل outlook,
        được gửi từ, đã gửi từ, dikirim dari, poslano s, poslano z, изпратено от, saadetud minu, nosūtīts no
        """
    )
)
"""A line that a program put below the writer's words."""

DEVICES = tuple(
    entries(
        """
        iphone, ipad, ipod, android, blackberry, samsung, galaxy, outlook, yahoo, gmail, mail, mobile, mobil,
        phone, handy, tablet, huawei, xiaomi, redmi, oneplus, nokia, windows, proton, thunderbird, spark,
        airmail, htc, sony, motorola, pixel, device, wireless, handheld, app, smartphone, téléphone, móvil,
        celular, telefono, cellulare, telefoon, telefon, mobilen, puhelime, айфон, телефон, смартфон,
        устройств, почт, пошт, 手机, 手機, 邮箱, 郵箱, 邮件, スマ, 携帯, 휴대, κινητό, הנייד, هاتف, sparrow,
        acompli, mailbird, boxer, bluemail, aqua, k-9, fairemail, gerät
        """
    )
)
"""What such a line names."""
