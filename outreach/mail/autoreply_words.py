"""How subjects of automatic mail begin, by language. Data only; casefolded."""

# Microsoft Exchange, Gmail, Zimbra and common vacation programs
AUTO_SUBJECTS = (
    "automatic reply", "auto reply", "auto-reply", "autoreply", "auto response", "auto-response",
    "automated reply", "automated response", "automatic response", "out of office",
    "out of the office", "out-of-office", "on vacation", "vacation reply", "away from my desk",
    "i am out of", "annual leave", "on leave", "maternity leave", "parental leave",
    "automatische antwort", "automatische antwoord", "automatisch antwoord", "abwesenheit",
    "abwesend", "ich bin abwesend", "nicht im büro", "im urlaub", "automatische rückmeldung",
    "afwezig", "afwezigheid", "niet aanwezig", "automatisch bericht",
    "réponse automatique", "reponse automatique", "absence du bureau", "absent du bureau",
    "message d'absence", "absence", "en congé", "respuesta automática", "respuesta automatica",
    "fuera de la oficina", "fuera de oficina", "ausente", "ausencia", "de vacaciones",
    "risposta automatica", "fuori sede", "fuori ufficio", "assenza", "in ferie",
    "resposta automática", "resposta automatica", "fora do escritório", "ausência", "de férias",
    "odpowiedź automatyczna", "automatyczna odpowiedź", "autoodpowiedź", "poza biurem",
    "nieobecność", "urlop", "autosvar", "automatiskt svar", "automatisk svar", "frånvaro",
    "inte på kontoret", "fravær", "ikke på kontoret", "ferie", "automaattinen vastaus",
    "poissa toimistosta", "lomalla", "automatická odpověď", "automatická odpoveď",
    "mimo kancelář", "nepřítomnost", "автоответ", "автоматический ответ", "нет на месте",
    "отпуск", "automatikus válasz", "házon kívül", "otomatik yanıt", "otomatik cevap",
    "ofis dışında", "răspuns automat", "în afara biroului", "αυτόματη απάντηση",
    "自动回复", "自動回覆", "自動返信", "자동 응답", "부재중", "automatski odgovor",
)  # fmt: skip
