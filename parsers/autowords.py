"""Words of automatic answers, by what they say, in the languages of our customers. Data, no logic.

Case-folded stems, divided by commas, apostrophes straight. Languages: en de fr es pt it nl pl cs ru uk sv da no fi
ja zh ko tr el hu ro ar he.
"""

from __future__ import annotations

from parsers.phrases import entries

SUBJECTS = tuple(
    entries(
        """
        automatic reply, auto reply, auto-reply, autoreply, auto response, auto-response, autoresponse,
        automated reply, automated response, automatic response, auto:, autoresponder, out of office,
        out-of-office, out of the office, ooo:, away from my mail, on vacation, on holiday, vacation reply,
        vacation notice, absence notice, i am away, i'm away, away:, automatische antwort,
        automatisch beantwortet, abwesenheitsnotiz, abwesenheit, abwesend, abwesenheitsnachricht,
        abwesenheitsassistent, autom. antwort, nicht im büro, automatische rückmeldung, réponse automatique,
        reponse automatique, absence du bureau, message d'absence, absent du bureau, absence de,
        avis d'absence, notification d'absence, je suis absent, respuesta automática, respuesta automatica,
        contestación automática, fuera de la oficina, fuera de oficina, mensaje de ausencia,
        ausencia temporal, resposta automática, resposta automatica, fora do escritório, ausência temporária,
        ausência do escritório, mensagem automática, risposta automatica, fuori sede, fuori ufficio,
        assenza dall'ufficio, messaggio automatico, assente, automatisch antwoord,
        automatische beantwoording, automatisch bericht, afwezig, afwezigheid, niet aanwezig,
        niet op kantoor, buiten kantoor, odpowiedź automatyczna, automatyczna odpowiedź, autoodpowiedź,
        poza biurem, nieobecność, nieobecny, automatická odpověď, automaticka odpoved, automatická odpoveď,
        mimo kancelář, nepřítomnost, nejsem v kanceláři, автоматический ответ, автоответ,
        автоматичний відповідь, автоматична відповідь, автовідповідь, нет на рабочем месте, вне офиса,
        не в офисе, отсутствую, відсутній, поза офісом, autosvar, automatiskt svar, automatisk svar,
        frånvaro, frånvarande, inte på kontoret, ikke på kontoret, ikke til stede, fravær,
        ikke til stede på kontoret, fraværende, fraværsmeddelelse, fraværsmelding, automaattinen vastaus,
        poissa, poissaolo, lomalla, poissa toimistolta, automaattivastaus, 自動応答, 自動返信, 自動回答,
        不在通知, 不在のお知らせ, 不在連絡, 自动回复, 自動回覆, 自动答复, 自動答覆, 外出, 不在办公室, 休假,
        자동 회신, 자동 응답, 자동응답, 부재중, 부재 중, 자동회신, otomatik yanıt, otomatik cevap,
        ofis dışında, ofis dışındayım, izinde, αυτόματη απάντηση, εκτός γραφείου, απουσία,
        automatikus válasz, automata válasz, házon kívül, irodán kívül, távollét, szabadságon,
        răspuns automat, raspuns automat, absent din birou, în afara biroului, concediu, رد تلقائي,
        الرد التلقائي, خارج المكتب, رد آلي, מענה אוטומטי, תשובה אוטומטית, הודעה אוטומטית, מחוץ למשרד,
        לא במשרד, trả lời tự động, balasan otomatis, automatski odgovor, samodejni odgovor,
        resposta automàtica
        """
    )
)
"""How the subject of an automatic answer begins."""

AUTO = tuple(
    entries(
        """
        this is an automatic, this is an automated, this is an auto, automatic reply, automatic response,
        automated response, automated reply, automated message, automatic message, automatically generated,
        auto-generated, auto-reply, autoreply, generated automatically, sent automatically,
        do not reply to this, please do not reply, don't reply to this, automatisch erstellt,
        automatisch generiert, automatisch versendet, automatische antwort, automatische nachricht,
        automatisierte antwort, automatisch erzeugt, bitte antworten sie nicht auf diese,
        réponse automatique, message automatique, généré automatiquement, envoyé automatiquement,
        ne pas répondre à ce, merci de ne pas répondre, respuesta automática, mensaje automático,
        generado automáticamente, no responda a este, respuesta generada, resposta automática,
        mensagem automática, gerada automaticamente, não responda a est, risposta automatica,
        messaggio automatico, generato automaticamente, non rispondere a quest, automatisch antwoord,
        automatisch bericht, automatisch gegenereerd, niet op dit bericht, odpowiedź automatyczna,
        automatyczna odpowiedź, wiadomość automatyczna, wygenerowana automatycznie, prosimy nie odpowiadać,
        proszę nie odpowiadać, automatická odpověď, automatická zpráva, vygenerována automaticky,
        generován automaticky, neodpovídejte na, автоматический ответ, автоматическое сообщение,
        автоматически, не отвечайте на, автоматична відповідь, автоматичне повідомлення, автоматично,
        не відповідайте на, automatiskt svar, autosvar, automatiskt genererat, automatiskt meddelande,
        svara inte på detta, automatisk svar, automatisk genereret, automatisk generert, automatisk besked,
        automatisk melding, svar ikke på denne, automaattinen vastaus, automaattinen viesti,
        automaattivastaus, älä vastaa tähän, 自動応答, 自動返信, 自動送信, 自動的に,
        このメールには返信しない, 自动回复, 自動回覆, 自动发送, 自動發送, 系统自动, 系統自動, 请勿回复,
        請勿回覆, 请勿直接回复, 자동 응답, 자동 회신, 자동으로, 자동응답, 자동회신, 회신하지 마,
        otomatik yanıt, otomatik cevap, otomatik olarak, otomatik mesaj, yanıtlamayınız, yanıtlamayın,
        αυτόματη απάντηση, αυτόματο μήνυμα, αυτόματα, μην απαντήσετε, automatikus válasz, automatikus üzenet,
        automatikusan, ne válaszoljon, răspuns automat, mesaj automat, generat automat, nu răspundeți,
        رد تلقائي, رسالة تلقائية, رسالة آلية, تلقائياً, لا ترد على, عدم الرد, מענה אוטומטי, הודעה אוטומטית,
        תשובה אוטומטית, אין להשיב
        """
    )
)
"""It says itself that a machine wrote it."""

ABSENCE = tuple(
    entries(
        """
        out of office, out of the office, out-of-office, away from the office, away from my desk,
        away from my email, away from email, i am away, i'm away, i will be away, i'll be away,
        currently away, on vacation, on holiday, on annual leave, on leave, on parental leave,
        maternity leave, on sick leave, on a business trip, i am currently traveling, i am travelling,
        i am traveling, i'm traveling, i am not in the office, not in the office, i am currently unavailable,
        i will be unavailable, i'm currently unavailable, am no longer with, no longer works, no longer work,
        has left the company, left the company, office is closed, offices are closed, office will be closed,
        we are closed, are on holidays, i am on pto, on pto, on sabbatical, nicht im büro, nicht im haus,
        außer haus, ausser haus, im urlaub, in urlaub, urlaubsbedingt, abwesend, nicht erreichbar,
        nicht am platz, nicht an meinem arbeitsplatz, in elternzeit, im mutterschutz, auf dienstreise,
        auf geschäftsreise, krankheitsbedingt, nicht mehr im unternehmen, nicht mehr bei, geschlossen,
        in den ferien, absent du bureau, absente du bureau, suis absent, suis actuellement absent,
        suis en congé, en congés, suis en vacances, en déplacement, serai absent, serai de retour,
        en congé maternité, suis actuellement en, bureaux sont fermés, ne travaille plus,
        fuera de la oficina, fuera de oficina, estoy de vacaciones, de vacaciones, estaré ausente,
        me encuentro ausente, estoy ausente, de viaje, ausente de la oficina, baja por, ya no trabaja,
        cerrada por, fora do escritório, estou de férias, de férias, em férias, estarei ausente,
        estou ausente, ausente do escritório, em viagem, de licença, não trabalha mais, fuori ufficio,
        fuori sede, sono in ferie, in ferie, sono assente, sarò assente, in vacanza, in trasferta,
        assente dall'ufficio, non sono in ufficio, in maternità, uffici sono chiusi, resteremo chiusi,
        niet aanwezig, niet op kantoor, afwezig, op vakantie, met vakantie, buiten kantoor, met verlof,
        op zakenreis, met zwangerschapsverlof, werk niet meer, kantoor gesloten, poza biurem, na urlopie,
        nieobecny, nieobecna, jestem na, nie ma mnie w biurze, w delegacji, będę nieobecn, przebywam na,
        na zwolnieniu, biuro jest nieczynne, już nie pracuje, mimo kancelář, na dovolené, nepřítomen,
        nepřítomna, nejsem v kanceláři, nejsem přítom, na služební cestě, čerpám dovolenou, budu mimo,
        na mateřské, v kanceláři nebudu, máme zavřeno, в отпуске, вне офиса, отсутствую, буду отсутствовать,
        нет на рабочем месте, не в офисе, в командировке, на больничном, нахожусь в, в декретном,
        больше не работает, у відпустці, поза офісом, відсутній, відсутня, буду відсутн, не в офісі,
        у відрядженні, на лікарняному, inte på kontoret, på semester, har semester, frånvarande, är bortrest,
        är ledig, på tjänsteresa, föräldraledig, är borta, tillbaka på kontoret, ikke på kontoret, på ferie,
        holder ferie, har ferie, fraværende, på forretningsrejse, på tjenestereise, på reise, er bortreist,
        på barsel, har fri, har permisjon, ute av kontoret, lukket, stengt, poissa toimistolta, olen lomalla,
        lomalla, olen poissa, en ole paikalla, en ole tavoitettavissa, työmatkalla, vanhempainvapaalla,
        poissa, 不在にして, 不在と, 休暇, 休業, 外出し, 出張中, 出張で, 夏季休暇, 冬季休業, お休みを,
        休みをいただ, 席を外, 育児休, 不在です, 不在の, 外出中, 休假, 不在办公室, 出差, 外出, 不在公司,
        正在度假, 放假, 年假, 产假, 不在辦公室, 度假, 已离职, 부재중, 부재 중, 휴가, 출장, 자리를 비,
        사무실에 없, 연차, 출산휴가, ofis dışında, ofiste değil, izinde, izindeyim, tatilde, yıllık izin,
        seyahatte, ofiste bulunm, iznim, εκτός γραφείου, άδεια, απουσιάζω, θα απουσιάσω, λείπω, διακοπές,
        επαγγελματικό ταξίδι, γραφείο θα είναι κλειστό, házon kívül, szabadságon, szabadságomat,
        nem vagyok az irodában, irodán kívül, távol vagyok, távol leszek, nem tartózkodom, üzleti úton,
        betegszabadság, în concediu, în afara biroului, nu sunt la birou, plecat din birou, lipsesc,
        voi lipsi, în delegație, concediu de, خارج المكتب, في إجازة, إجازة سنوية, إجازة, لست في المكتب, غائب,
        متواجد في المكتب, في رحلة عمل, מחוץ למשרד, בחופשה, לא במשרד, בחופש, לא נמצא במשרד, לא אהיה, בחופשת,
        אינני במשרד
        """
    )
)
"""Somebody is away."""

BACK = tuple(
    entries(
        """
        palattua, paluun, will return, i return, return on, returning on, returning to the office, be back,
        back in the office, back on, until, my return, upon my return, when i return, when i get back,
        zurück, wieder im, wieder da, ab dem, nach meiner rückkehr, jusqu'au, jusqu, de retour, à mon retour,
        dès mon retour, hasta, regreso, regresaré, vuelvo, a mi vuelta, a partir del, retorno, retornarei,
        regressarei, volto, a partir de, fino al, rientro, rientrerò, sarò di nuovo, tornerò, terug, vanaf,
        tot en met, do dnia, wracam, wrócę, po powrocie, powrót, vrátím, zpátky, po návratu, až po, вернусь,
        вернуться, буду на месте, после возвращения, повернусь, після повернення, tillbaka, t o m, tilbage,
        tilbake, saakka, palaan, takaisin, まで, から, 戻り, 戻る, 復帰, 以降, 回来, 返回, 期间, 期間, 回到,
        까지, 부터, 복귀, 이후, kadar, tarihine, dönece, döndü, tarihleri arasında, tarihinden, μέχρι,
        επιστρέ, επιστροφή, vissza, visszatér, követően, között, napjától, revin, întorc, reveni, întoarcere,
        din data, حتى, أعود, سأعود, العودة, عودتي, من تاريخ, אחזור, חזרתי, מתאריך
        """
    )
)
"""Until when."""

ACCESS = tuple(
    entries(
        """
        limited access, no access to, not have access, intermittent access, limited email, without access,
        will not be reading, not be checking, unable to respond, will not be able to, not be able to respond,
        respond as soon as, reply as soon as, get back to you, reply to your, respond to your, answer your,
        will be answered, will be read, not be forwarded, will not be forwarded, slow to respond, delay in,
        limited connectivity, keinen zugriff, eingeschränkten zugriff, nicht weitergeleitet, werde ich ihre,
        werde mich, wird nicht weitergeleitet, weitergeleitet, nach meiner rückkehr, beantworte, antworten,
        schnellstmöglich, melde mich, gelesen, n'aurai pas accès, accès limité, prendrai connaissance,
        je vous répondrai, répondrai, dans les meilleurs délais, ne pourrai, traiterai, acceso limitado,
        no tendré acceso, le responderé, contestaré, responderé, a la mayor brevedad, lo antes posible,
        acesso limitado, não terei acesso, responderei, retornarei o contato, assim que possível,
        accesso limitato, non avrò accesso, risponderò, non potrò, leggerò, beperkt toegang, geen toegang,
        beantwoord, niet doorgestuurd, zal ik uw, reageer, ograniczony dostęp, nie będę mieć dostępu,
        nie mam dostępu, odpowiem, odpiszę, omezený přístup, nebudu mít přístup, odpovím, ozvu se,
        budu reagovat, vyřídím, ограниченный доступ, нет доступа, отвечу, свяжусь, прочитаю,
        обмежений доступ, відповім, зв'яжуся, begränsad tillgång, svarar, återkommer, läser inte, läser jag,
        begrænset adgang, begrenset tilgang, svarer, vender tilbage, læser ikke, leser, vil besvare,
        besvarer, vastaan, en lue, rajoitetusti, vastaamme, 返信が遅れ, ご返信, 返信いたし, ご連絡いたし,
        確認でき, 対応いたし, 回复您, 回覆您, 尽快, 盡快, 无法及时, 無法及時, 无法查看, 查收邮件, 회신, 답변,
        확인이 어, 연락드리, yanıtlayaca, cevaplayaca, dönüş yapaca, erişimim, sınırlı, en kısa,
        περιορισμένη πρόσβαση, δεν θα έχω, θα απαντήσω, θα σας απαντήσω, απαντήσω, korlátozott, válaszolok,
        nem tudok, válaszolni, olvasom, elolvasom, acces limitat, voi răspunde, nu voi avea acces, răspund,
        לא אוכל, אחזור אלי, גישה מוגבלת, سأرد, الرد عليك, سأقوم, وصول محدود, لن أتمكن
        """
    )
)
"""When it will be read or answered."""

URGENT = tuple(
    entries(
        """
        urgent, urgently, emergency, immediate assistance, immediate attention, immediate help,
        please contact, please call, please reach out, in my absence, during my absence, my colleague,
        contact my, please email, please write to, please direct, for assistance, can be reached, reach me,
        deputy, dringend, dringenden fällen, notfall, notfällen, wenden sie sich, kontaktieren sie,
        vertretung, vertritt mich, vertreten, kollege, kollegin, in eiligen, urgence, en mon absence,
        contacter, contactez, adresser à, collègue, collaborateur, joindre, urgente, urgencia,
        póngase en contacto, contacte, contactar, en mi ausencia, compañer, diríjase, dirigirse, comuníquese,
        urgência, entre em contato, contate, na minha ausência, colega, urgenza, urgenze, contattare,
        contatti, rivolgersi, in mia assenza, collega, dringende, spoed, neem contact, contact opnemen,
        tijdens mijn afwezigheid, bereikbaar, pilnych, w sprawach pilnych, pilnie, proszę o kontakt,
        prosimy o kontakt, zastępuje, zastępstwo, kontaktować, naléhav, urgentních, kontaktujte, obraťte se,
        zastupuje, zástup, neodkladn, v případě, срочн, обращайтесь, обратитесь, звоните, свяжитесь,
        меня замещает, пишите, терміново, термінових, звертайтесь, звертайтеся, зателефонуйте, brådskande,
        akuta, kontakta, vänligen ring, kollega, hänvisar, haster, hastesaker, hastende, kontakt, vedrørende,
        kiireelli, ota yhteyttä, ottakaa yhteyttä, sijaiseni, sijainen, お急ぎ, 至急, 緊急, 代わりに, 担当の,
        までご連絡, お問い合わせ, までお願い, 紧急, 急事, 请联系, 請聯絡, 請聯繫, 致电, 联系我的同事, 可致电,
        同事, 拨打, 긴급, 급한, 문의, 연락 주, 연락주, 연락하, 연락 부탁, iletişime geç, arayabilir,
        ulaşabilir, ile irtibat, başvur, επείγον, επικοινωνήστε, απευθυνθείτε, καλέστε, συνάδελφ, sürgős,
        keresse, forduljon, hívja, kollég, helyettes, urgențe, urgentă, contactați, vă rog să contactați,
        apelați, colegul, adresați, للأمور العاجلة, عاجل, يرجى الاتصال, يرجى التواصل, التواصل مع, زميل,
        דחופים, אנא פנה, ניתן לפנות, לפנות אל, ליצור קשר, צרו קשר
        """
    )
)
"""Whom to ask meanwhile."""

THANKS = tuple(
    entries(
        """
        thank you for your, thanks for your, thank you for contacting, thank you for reaching,
        thank you for getting in touch, your email, your e-mail, your message, your mail,
        vielen dank für ihre, danke für ihre, vielen dank für deine, danke für deine, ihre nachricht,
        ihre e-mail, ihre mail, deine nachricht, deine mail, merci pour votre, merci de votre, votre message,
        votre mail, votre e-mail, votre courriel, gracias por su, gracias por tu, su mensaje, su correo,
        obrigado pelo, obrigada pelo, obrigado por, sua mensagem, seu e-mail, seu contato, grazie per,
        sua mail, suo messaggio, vostra mail, tua mail, bedankt voor, dank voor, dank u voor, uw bericht,
        uw e-mail, uw mail, je bericht, dziękuję za, dziękujemy za, twoją wiadomość, państwa wiadomość,
        pani wiadomość, wiadomość, děkuji za, děkujeme za, vaši zprávu, váš e-mail, váš email, vaší zpráv,
        спасибо за, благодарю за, благодарим за, ваше письмо, ваше сообщение, дякую за, дякуємо за, ваш лист,
        ваше повідомлення, tack för ditt, tack för din, ditt mail, ditt mejl, ditt meddelande, tak for din,
        takk for din, din mail, din e-mail, din e-post, din henvendelse, din besked, kiitos viestistä,
        kiitos sähköposti, viestisi, sähköpostisi, kiitos yhteyden, メールありがとう, メールをいただ,
        ご連絡ありがとう, ご連絡いただ, お問い合わせいただ, お世話になって, 您的邮件, 您的郵件, 您的来信,
        您的來信, 您的来函, 您好, 来信, 메일 감사, 메일을 보내, 보내주신, 보내 주신, 메일에, 안녕하세요,
        e-postanız, mailiniz, mesajınız, iletiniz, teşekkür, ευχαριστώ για, ευχαριστούμε για, μήνυμά σας,
        e-mail σας, köszönöm levelét, köszönjük levelét, köszönöm üzenetét, köszönjük üzenetét, levelét,
        üzenetét, megkeresését, vă mulțumesc, vă mulțumim, mulțumesc pentru, mesajul dumneavoastră,
        mesajul dvs, e-mailul, شكرا على, شكراً على, شكرا لرسالتك, شكراً لرسالتك, شكرا لتواصل, شكراً لتواصل,
        رسالتك, رسالتكم, تודה על, תודה על, תודה שפני, הודעתך, פנייתך, פנייתכם
        """
    )
)
"""It speaks of the mail it answers."""

RECEIVED = tuple(
    entries(
        """
        have received your, has been received, received your request, received your email,
        received your message, request has been, ticket has been, case has been, support ticket,
        ticket number, ticket id, reference number, case number, a member of our team, one of our,
        our team will, we will respond, we will reply, we will get back, we'll get back, as soon as possible,
        within 24, business days, working days, business hours, office hours, haben ihre anfrage erhalten,
        ihre anfrage erhalten, haben ihre nachricht erhalten, ist bei uns eingegangen, eingangsbestätigung,
        ticketnummer, vorgangsnummer, bearbeitungsnummer, so schnell wie möglich,
        schnellstmöglich bearbeiten, werktage, geschäftszeiten, avons bien reçu, bien reçu votre,
        numéro de ticket, numéro de dossier, meilleurs délais, dans les plus brefs délais, jours ouvrés,
        hemos recibido su, hemos recibido tu, número de ticket, número de caso, a la brevedad, días hábiles,
        recebemos sua, recebemos seu, recebemos o seu, recebemos a sua, número do chamado,
        número do protocolo, o mais breve possível, dias úteis, abbiamo ricevuto la, ricevuto la sua,
        numero di ticket, il prima possibile, giorni lavorativi, hebben uw bericht ontvangen,
        uw bericht ontvangen, hebben uw, zo spoedig mogelijk, zo snel mogelijk, werkdagen,
        otrzymaliśmy twoje, otrzymaliśmy państwa, twoje zgłoszenie, państwa zgłoszenie, zgłoszenie zostało,
        numer zgłoszenia, dni roboczych, najszybciej, obdrželi jsme, přijali jsme, váš požadavek,
        číslo požadavku, číslo tiketu, pracovních dnů, co nejdříve, мы получили ваш, получили ваше,
        ваше обращение, номер заявки, номер обращения, ближайшее время, рабочих дней, отримали ваш,
        ваше звернення, найближчим часом, робочих днів, har tagit emot, mottagit ditt, ärendenummer,
        återkommer så snart, arbetsdagar, vi har modtaget, vi har mottatt, sagsnummer, saksnummer,
        hurtigst muligt, så snart som mulig, hverdage, virkedager, olemme vastaanottaneet, vastaanotimme,
        tukipyyn, mahdollisimman pian, arkipäiv, 受け付けいたし, 受付いたし, 受付番号, お問い合わせ番号,
        営業日, 担当者より, 已收到您的, 已經收到您的, 收到您的, 工单, 工單, 工作日内, 工作日內, 将尽快,
        접수되었, 접수 되었, 접수번호, 영업일, 담당자가, talebiniz alınmıştır, talebiniz alındı,
        mesajınız alınmıştır, talep numara, iş günü, mesajınız tarafımıza, έχουμε λάβει, λάβαμε το,
        αίτημά σας, αριθμός αιτήματος, εργάσιμ, megkaptuk, beérkezett hozzánk, bejelentés, ügyszám,
        munkanapon, am primit mesaj, am primit solicitarea, solicitarea dumneavoastră, numărul tichetului,
        zile lucrătoare, لقد تلقينا, تم استلام, استلمنا, رقم التذكرة, أيام عمل, אישור קבלת, קיבלנו את,
        פנייתך התקבלה, פנייתכם התקבלה, ימי עסקים, מספר פנייה
        """
    )
)
"""An acknowledgement of a desk."""

HUMAN = tuple(
    entries(
        """
        i have received, i received, i've received, it works, works now, i am back, i saw, i got,
        every customer gets, ich habe erhalten, ich bekomme, vorrei, but i, but the, but my,
        but it, but we, however i, still not, still does, still have, still broken, doesn't work,
        does not work, not working, could you, can you, would you, please call me, please send me,
        please tell me, please ship, please cancel, please close, please help, please fix, please check,
        so please, i need, we need, my order, my invoice, my account, my password, my laptop, i tried,
        i have tried, i would like, i'd like, i want, how do i, instead of, do you, aber ich, aber der,
        aber die, aber das, aber es, leider immer noch, funktioniert nicht, könnten sie, können sie,
        könntest du, kannst du, bitte rufen sie mich, bitte schicken, bitte senden, bitte liefern,
        bitte stornieren, bitte prüfen, ich brauche, ich benötige, ich möchte, meine bestellung,
        meine rechnung, mein konto, mein passwort, deshalb bitte, daher bitte, habe versucht, mais je,
        mais le, mais la, ne fonctionne, ne marche, pourriez-vous, pouvez-vous, je voudrais, j'aimerais,
        j'ai besoin, ma commande, ma facture, mon compte, j'ai essayé, merci de m'envoyer, pero el, pero la,
        pero no, no funciona, podrían, podría, pueden, puede usted, necesito, quisiera, mi pedido,
        mi factura, mi cuenta, mas o, mas a, não funciona, poderia, podem, preciso, gostaria, meu pedido,
        minha fatura, minha conta, ma il, ma la, non funziona, potreste, potete, può, ho bisogno, mio ordine,
        mia fattura, maar de, maar het, werkt niet, kunt u, kun je, zou u, ik wil, ik heb nodig,
        mijn bestelling, mijn factuur, ale nie, nie działa, czy może, czy mogą, potrzebuję, chciał,
        moje zamówienie, moja faktura, moje konto, ale ne, nefunguje, můžete, mohli byste, potřebuji, chtěl,
        moje objednávka, mou objednávku, но не, но у меня, не работает, можете, могли бы, мне нужно, хочу,
        хотел, мой заказ, але не, не працює, чи можете, мені потрібно, моє замовлення, men det, men jag,
        fungerar inte, kan ni, kan du, jag behöver, min beställning, men jeg, virker ikke, fungerer ikke,
        kan i, kan dere, jeg har brug for, jeg trenger, min ordre, min bestilling, mutta, ei toimi, voitteko,
        voisitteko, tarvitsen, tilaukseni, ですが, いただけますか, くださいますか, 動きません, できません,
        困って, 教えて, 但是, 但我, 能否, 可以帮, 無法使用, 无法使用, 不能用, 需要你们, 지만, 주시겠습니까,
        주실 수, 안 됩니다, 되지 않습니다, ama, fakat, çalışmıyor, misiniz, mısınız, istiyorum, siparişim,
        αλλά, δεν λειτουργεί, μπορείτε, χρειάζομαι, θα ήθελα, de nem, nem működik, tudnának, tudna,
        szükségem, szeretné, rendelésem, dar nu, nu funcționează, puteți să, aș dori, am nevoie, comanda mea,
        لكن, لا يعمل, هل يمكن, أحتاج, أريد, אבל, לא עובד, האם אפשר, האם תוכל, אני צריך, אני רוצה
        """
    )
)
"""A person wants something, or tells what goes wrong: no program's words."""

CHALLENGE = tuple(
    entries(
        """
        confirm that you are human, confirm that you're a human, prove you are human,
        verify that you are human, click the link below to confirm your message,
        message will be delivered after, complete the verification, challenge response, sender verification,
        approved sender, added to my approved, confirm your email address to deliver, whitelist request,
        please verify your message, protected by spam arrest, requires verification of new senders, boxbe,
        please authenticate your, to have your message delivered, bestätigen sie, dass sie ein mensch,
        confirmez que vous êtes un humain
        """
    )
)
"""A filter that asks the sender to prove himself."""
