# ruff: noqa: E501  one language a line reads better
"""What people say when they object, by kind: the start of a word or phrase is enough."""

KIND_WORDS: dict[str, tuple[str, ...]] = {
    "price": (
        "expensive", "too high", "too much money", "price is", "the price", "pricing", "cheaper", "budget", "cannot afford", "can't afford", "discount", "% less", "cost too", "costs too",
        "teuer", "zu hoch", "der preis", "preislich", "günstiger", "billiger", "rabatt",
        "cher", "le prix", "trop élevé", "moins cher", "remise",
        "caro", "cara", "el precio", "presupuesto", "barato", "descuento",
        "il prezzo", "costa troppo", "costoso", "sconto", "duur", "de prijs", "goedkoper", "korting",
        "drogo", "drogie", "cena", "cenę", "taniej", "rabat", "o preço", "orçamento", "desconto",
    ),
    "timing": (
        "not now", "not right now", "later", "next year", "next quarter", "next month", "bad time", "not a good time", "no time", "too busy", "busy right now", "after the", "in the new year", "revisit", "postpone", "on hold", "not the right time", "in a few months", "in six months",
        "später", "nächstes jahr", "nächsten monat", "keine zeit", "momentan nicht", "derzeit nicht", "im moment nicht", "zurzeit",
        "plus tard", "pas maintenant", "l'année prochaine", "pas le temps", "pas le moment",
        "más adelante", "ahora no", "próximo año", "el año que viene", "no tengo tiempo", "no es el momento",
        "più avanti", "non ora", "prossimo anno", "l'anno prossimo", "non ho tempo", "non è il momento",
        "niet nu", "volgend jaar", "geen tijd", "op dit moment niet", "później", "nie teraz", "w przyszłym roku", "nie mam czasu",
        "mais tarde", "agora não", "no próximo ano", "ano que vem", "sem tempo", "não é o momento",
    ),
    "authority": (
        "not my decision", "don't decide", "do not decide", "not up to me", "my boss", "my manager", "wrong person", "not the right person", "not responsible", "decision maker", "procurement", "purchasing", "head office", "headquarters", "the board", "my partners", "need approval", "check with my",
        "nicht zuständig", "entscheide ich nicht", "mein chef", "meine chefin", "einkauf", "zentrale", "geschäftsführung",
        "ne décide pas", "mon patron", "mon responsable", "service achats", "le siège", "mi jefe", "no decido", "no soy la persona", "departamento de compras",
        "il mio capo", "non decido", "ufficio acquisti", "non sono la persona", "mijn baas", "beslis niet", "niet verantwoordelijk", "hoofdkantoor",
        "mój szef", "nie decyduję", "zarząd", "dział zakupów", "meu chefe", "não decido", "não sou a pessoa", "setor de compras",
    ),
    "need": (
        "no need", "don't need", "do not need", "not needed", "in-house", "in house", "do it ourselves", "works fine", "no problem with", "not relevant", "not a priority", "don't see", "do not see the", "too small",
        "kein bedarf", "brauchen wir nicht", "brauchen das nicht", "machen wir selbst", "läuft gut", "keine priorität",
        "pas besoin", "en interne", "pas une priorité", "aucun intérêt", "no necesit", "lo hacemos nosotros", "funciona bien", "no es prioridad",
        "non ci serve", "non abbiamo bisogno", "lo facciamo noi", "non è una priorità", "niet nodig", "hebben geen behoefte", "doen we zelf", "geen prioriteit",
        "nie potrzeb", "robimy to sami", "nie jest priorytet", "não precis", "fazemos nós", "não é prioridade",
    ),
    "competitor": (
        "have a supplier", "have a provider", "have a vendor", "have someone", "have somebody", "already have", "already work with", "already use", "work with another", "under contract with", "happy with our current", "current provider", "current supplier", "other provider", "another offer", "competitor", "just signed", "just renewed",
        "haben schon", "haben bereits", "anderer anbieter", "anderen anbieter", "dienstleister", "lieferant", "mitbewerber",
        "déjà un", "déjà quelqu'un", "fournisseur", "prestataire", "concurrent", "ya tenemos", "ya trabajamos", "proveedor", "competencia",
        "abbiamo già", "fornitore", "concorrent", "hebben al", "leverancier", "andere partij", "mamy już", "dostawc", "konkurencj",
        "já temos", "já trabalhamos", "fornecedor", "concorrente",
    ),
    "trust": (
        "who are you", "never heard of", "where did you get", "references", "case stud", "proof", "guarantee", "too good to be true", "scam", "is this spam", "bad experience", "skeptical", "sceptical", "how do i know", "a bot", "automated",
        "wer sind sie", "woher haben sie", "referenzen", "nachweis", "unseriös", "skeptisch", "schlechte erfahrung", "garantie",
        "qui êtes", "d'où avez", "références", "arnaque", "mauvaise expérience", "quién es", "quiénes son", "de dónde", "referencias", "estafa", "garantía",
        "chi siete", "da dove avete", "referenze", "truffa", "garanzia", "wie bent u", "hoe komt u aan", "referenties", "oplichting",
        "kim jesteś", "skąd macie", "referencje", "oszustwo", "gwarancj", "quem são", "de onde", "referências", "golpe", "garantia",
    ),
}  # fmt: skip
