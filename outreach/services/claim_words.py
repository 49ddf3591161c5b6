# ruff: noqa: E501  an alternative of a pattern stays on its line
"""The patterns by which claims are found. Each is bounded; English unless a number says it all."""

import re

from outreach.services import claim_everyday as everyday
from outreach.services import claim_tongues as other


def _p(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.I)


_WHO = (
    r"(?:clients?|customers?|companies|businesses|firms|bakeries|bakers|hotels|hoteliers|clinics"
    r"|practices|restaurants?|restaurateurs|stores?|shops?|shop owners|warehouses?|roofers"
    r"|plumbers|dentists|owners|managers|teams?|manufacturers|schools|landlords|offices|operators"
    r"|users|homeowners|contractors|peers|competitors|organi[sz]ations|brands|sites)"
)
_EV = (
    r"(?:opening|expansion|funding(?: round)?|round|acquisition|merger|move|relocation|award|prize"
    r"|job ads?|vacanc(?:y|ies)|job posting|hiring|launch|branch|post|article|talk|interview"
    r"|podcast|webinar|anniversary|renovation|refurbishment|fire|flood(?:ing)?|inspection|outage"
    r"|breakdown|incident|announcement|promotion|nomination|appointment|keynote|stand|booth"
    r"|investment|takeover|storm|hailstorm|break-in|burst pipe|rebrand|rebranding|certification"
    r"|extension|case study|presentation|panel)"
)
_WEATHER = (
    r"(?:storm|storms|hailstorm|hail|flood|floods|flooding|heatwave|heat wave|frost|freeze|fire"
    r"|blackout|power cut|outage|trade fair|fair|exhibition|expo|conference|trade show|summit"
    r"|snowfall|earthquake|strike)"
)

TALKED = (
    r"\bas (?:we |you )?(?:discussed|agreed|promised|talked about|mentioned|requested|asked)\b"
    r"|\b(?:per|after|following|since|from|on|in|during) our (?:last |recent |first |phone |video )?"
    r"(?:call|chat|talk|conversation|meeting|discussion|visit|lunch|coffee)\b"
    r"|\b(?:following up|follow up) on our\b|\bwhen we (?:last )?(?:spoke|met|talked|chatted)\b"
    r"|\b(?:great|good|nice|lovely|pleasure) (?:meeting|speaking|talking|chatting|to (?:meet|speak"
    r"|talk|see|chat))\b|\bthanks? (?:you )?(?:again )?for (?:your|the) (?:call|reply|answer|message"
    r"|time|visit|feedback|interest|mail|email|e-mail|enquiry|inquiry|warm welcome)\b"
    r"|\byou (?:asked|mentioned|told me|told us|said|wrote|promised|requested|agreed|confirmed"
    r"|explained)\b|\bwe (?:spoke|met|talked|chatted)\b|\bour (?:phone )?call (?:on|of|last)\b"
    r"|\bgood to (?:see|hear)\b|\bI enjoyed (?:our|meeting|the)\b|\bwe (?:both )?agreed\b"
)
WROTE = (
    r"\bmy (?:last|previous|earlier|first) (?:e-?mail|mail|message|note|letter|call)s?\b"
    r"|\bfollowing up on my\b|\bI (?:wrote|emailed|called|rang) (?:to )?(?:you )?(?:last|earlier"
    r"|before|about|on|in)\b|\bmy (?:e-?mail|mail|message) (?:of|from)\b"
    r"|\bI (?:sent|left) you\b"
)
_NOUN = r"(?:[a-z-]{1,20} ){0,2}"

# (kind, pattern): what a source must speak of is taken from the words that follow
PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("earlier", _p(f"{TALKED}|{other.EARLIER}{everyday.EARLIER}")),
    ("money", _p(everyday.MONEY)),
    ("wrote", _p(WROTE)),
    (
        "relation",
        _p(
            r"\b(?:your|a|my) (?:colleague|boss|assistant|manager|neighbou?r|friend|partner|brother"
            r"|sister|receptionist|predecessor|business partner|office|team|contact|supplier"
            r"|accountant|acquaintance|mutual contact|former colleague|wife|husband)"
            r"(?: of (?:yours|mine))?(?: (?:Mr |Mrs |Ms |Dr )?[A-Z][\w’'-]{1,30}){0,2} "
            r"(?:\w+ly )?(?:told|said|mentioned|suggested|recommended|gave|pointed|referred|asked"
            r"|passed|thought|introduced|put|let)\b"
            r"|\b[A-Z][\w’'-]{1,30} (?:[A-Z][\w’'-]{1,30} )?(?:told (?:me|us)|suggested (?:I|we|that)"
            r"|recommended|referred|introduced|gave me your|pointed me|put us)\b"
            r"|\b(?:mutual|common) (?:friend|contact|connection|acquaintance)s?\b"
            r"|\b(?:was|were|been) (?:recommended|referred|introduced|given your)\b"
            r"|\bon the recommendation of\b|\bsends? (?:their|his|her) regards\b|"
            + other.RELATION
            + everyday.RELATION
        ),
    ),
    (
        "attachment",
        _p(
            r"\b(?:attached|enclosed|in the attachment|see (?:the )?attachment|I(?:'ve| have)? attach"
            r"|find enclosed|attaching)\b|\b(?:im anhang|anbei|beigefügt|ci-joint|en pièce jointe"
            r"|adjunto|in allegato|bijlage|em anexo|w załączniku)\b"
        ),
    ),
    (
        "promise",
        _p(
            r"\bguarantee[ds]?\b|\bwarrant(?:y|ies)\b|\b(?:discount|rebate|price cut|voucher)s?\b"
            r"|\bfree\b|\bcomplimentary\b|\bat no (?:extra )?(?:cost|charge)\b"
            r"|\b(?:no|without) (?:obligation|risk|cost|charge|fee)s?\b|\brefund\b|\bmoney back\b"
            r"|\bwe promise\b|\bnever (?:fails?|breaks? down)\b|\bwill (?:save|cut|halve|double|pay"
            r" for itself|eliminate|increase|boost)\b|\bon (?:us|the house)\b"
            r"|\b(?:lowest|best|special|reduced|introductory) (?:price|rate|offer)s?\b"
            r"|\bcost you nothing\b|\bcosts? nothing\b|\b(?:knock|shave) [^.\n]{1,24} off\b|\btake [^.\n]{1,24} off the (?:price|bill|first)\b|"
            + f"{other.PROMISE}|{everyday.PROMISE}"
        ),
    ),
    (
        "proof",
        _p(
            rf"\b(?:dozens|hundreds|thousands|millions|plenty|scores) of {_NOUN}\w{{3,20}}\b"
            r"|\b(?:trusted|used|chosen|loved|recommended|approved|endorsed) by\b"
            rf"|\b{_WHO} (?:like yours|like you)\b"
            rf"|\bwe(?:'ve| have)? (?:already )?(?:helped|saved|served|supported|equipped|won)\b"
            rf"|\b(?:our|many|most|other|several|numerous|countless|all|nearly all|almost all|lots of"
            rf"|a number of|some|half of(?: the)?|every|nine out of ten) (?:[\w-]{{1,20}} ){{0,2}}"
            rf"{_WHO} (?:in [A-Z]\w+ )?(?:already |now |who \w+ |have |has )?(?:saved?|saves|see|saw"
            r"|report(?:ed)?|cut|love|trust|use|rely|choose|chose|switch(?:ed)?|work|prefer|tell"
            r"|told|buy|come|are (?:already|now)|stay|got|get|noticed|recommend|reduced|call)\b"
            rf"|\b(?:our|many|most) {_WHO} in [A-Z]"
            r"|\b(?:industry|market|world)[- ]lead(?:ing|er)\b|\bleading (?:provider|supplier|company"
            r"|name|firm|specialist|expert|manufacturer|partner|experts|specialists)\b"
            r"|\bmarket leaders?\b|\baward[- ]winning\b|\b(?:number one|number 1|no\. ?1|#1)\b"
            r"|\bproven (?:results|track record|method|system|approach|to)\b|\btwice as\b"
            r"|\b(?:the|our|your|Europe's|country's|region's|city's) (?:\w+ )?(?:best|fastest|cheapest"
            r"|largest|biggest|safest|most (?:reliable|trusted|experienced|popular|advanced|modern)"
            r"|top|only|first|oldest|highest|strongest|most complete)(?:[- ]rated)? (?:\w+ )?(?:company"
            r"|provider|supplier|service|firm|team|product|system|solution|software|choice|price"
            r"|tool|platform|technology|contractor|specialist|rated|one|ones|workshop|installer"
            r"|maintenance|in (?:the|your|town|Europe|Germany|Poland|Denmark))\b"
            r"|\b(?:best|top)[- ](?:rated|in[- ]class|selling)\b|\bworld[- ]class\b|\bunrivall?ed\b"
            r"|\bunmatched\b|\bunique(?:ly)?\b|\bsecond to none\b|\bstate[- ]of[- ]the[- ]art\b"
            r"|\bcertified\b|\baccredited\b|\blicen[sc]ed\b|\bISO ?\d{3,5}\b|\bstudies (?:show|prove)\b"
            r"|\bstudy (?:shows|found|by)\b|\bresearch (?:shows|found|suggests|by)\b|\bstatistics show\b"
            r"|\bexperts (?:say|agree|recommend)\b|\bscientifically\b|\baccording to (?:a|the|recent)\b"
            r"|\bfive[- ]star\b|\bwell[- ]known (?:companies|clients|names)\b|\bfeatured in\b"
            r"|\b(?:nobody|no one|no other \w{3,20}|none) (?:[\w']{1,20} ){0,6}(?:more \w+|better|faster|cheaper"
            r"|safer|as \w+ as)\b|\bevery (?:second|third|other) (?!day|week|month|year)\w{3,20}"
            r"|\b(?:clients?|customers?) of ours\b|\bofficial partner\b|\bpartner of\b|\bworks? with (?:most|many|all)\b|"
            + other.PROOF
            + everyday.PROOF
        ),
    ),
    (
        "multiple",
        _p(
            r"\b(?:doubled?|doubles|doubling|tripled?|triples|quadrupled?|halved?|halves|halving"
            r"|verdoppelt|verdreifacht|halbiert|doublé|divisé par|duplicado|raddoppiato|verdubbeld)\b"
            r"|\b(?:twice|three times|four times|five times|ten times|\d{1,3} times|\d{1,3}x) (?:as|more"
            r"|less|faster|cheaper|better|longer|fewer|the)\b|\b(?:ten|two|three|four|five)fold\b"
            r"|\b\d{1,3}(?:\.\d)?x\b|\bby (?:half|a (?:third|quarter|fifth|tenth))\b"
            r"|\b(?:a|one|two) (?:thirds?|quarters?|fifths?) of\b|\bhalf (?:of )?(?:your|the|their|our"
            r"|all)\b|\bthe majority of\b|" + other.MULTIPLE + everyday.MULTIPLE
        ),
    ),
    (
        "event",
        _p(
            f"{other.EVENT}{everyday.EVENT}"
            + r"|\bcongrat\w* (?:on|for|to)\b[^.!?\n]{3,90}|\b(?:I|we) (?:just |recently |also "
            r"|happened to |couldn't help but |had )?(?:saw|noticed|read|heard|learned|learnt|seen"
            r"|came across|spotted|found out|see|gather|hear|watched|listened to|know) "
            r"(?!a lot|from you\b|it\b|this\b|how you|what|whether|nothing|little)[^.?!\n]{3,110}"
            rf"|\b(?:after|since|following|given|despite|because of|thanks to|with|about) (?:the|your"
            rf"|this|last \w+'s) (?:(?:recent|new|latest|big|heavy|last) ){{0,2}}(?:{_EV}|{_WEATHER})\b"
            rf"|\byour (?:company's )?(?:(?:recent|new|latest|upcoming|third|second|fourth|planned|big"
            rf"|successful|excellent) ){{1,2}}(?:[\w-]{{2,20}} ){{0,2}}"
            rf"(?:{_EV}|site|office|shop|store|warehouse|plant|building|location|hall|hotel|clinic"
            r"|factory|kitchen|contract|role|job|position|website|product|line|team|system|boiler)\b"
            rf"|\byour {_EV}\b|\b(?:well done|kudos|hats off|bravo) (?:on|for|to|with) (?:the|your|that|winning)\b[^.!?\n]{{0,60}}"
            rf"|\b(?:the|last|recent|this) (?:\w+ ){{0,2}}{_WEATHER} (?:in|on|at|last|this|that|hit"
            r"|caused|damaged|of|came|went|has|was)\b"
            r"|\b(?:you|your company|your team|they|your firm) (?:are|is|'re|have been|has been) "
            r"(?:now |currently |also )?(?:hiring|recruiting|expanding|moving|opening|launching|growing"
            r"|planning|building|renovating|closing|investing|migrating|switching|celebrating"
            r"|attending|exhibiting|going through|rolling out|about to)\b"
            r"|\b(?:you|your company|your team|your firm) (?:(?:have|has|'ve) )?(?:just |recently "
            r"|finally )?(?:opened|moved|won|raised|acquired|bought|launched|expanded|hired|closed"
            r"|merged|switched|signed|announced|received|lost|posted|published|renovated|installed"
            r"|replaced|upgraded|started|celebrated|took over|passed|failed|joined|exhibited|attended"
            r"|invested|downloaded|visited|registered|signed up|added|cancelled|became)\b"
        ),
    ),
    (
        "state",
        _p(
            r"\byour (?!message|answer|reply|experience|view|time|opinion|feedback|input|name|role|inbox"
            r"|thoughts?|choice|question|word|note|own|calendar|decision|say|day)(?:\w{3,20} ){0,1}\w{3,20} (?:is|are"
            r"|has|have|was|were) (?!of use|the (?:one|right|person)|on (?:your|the) (?:desk|list|mind))\w{2,}"
            r"|\byou have been \w{3,20}ing\b|\byou(?:'ve| have) (?:had|lost|got|stopped|struggled|reached|grown)\b"
            r"|\byou (?:currently|already|still) (?!know|have my)\w{3,}|\byou (?:use|run|operate"
            r"|rely on|work with|employ|struggle with|struggle|manage|suffer)\b(?! (?:it|this|them|that"
            r"|to)\b)|\byour (?:current|existing|old|present) (?:supplier|provider|contractor|system"
            r"|contract|software|partner|vendor|installer|boiler|roof|equipment)\b"
            r"|\byour (?:contract|lease|warranty|licence|license|certificate|subscription|insurance)"
            r"(?: with [^.,\n]{2,30})? (?:ends|expires|runs out|is up|is due|will end|expired)\b"
            r"|\byour \w{3,20} (?:is|are) (?:failing|broken|outdated|leaking|late|overdue|too slow"
            r"|unhappy|losing|behind|not compliant|illegal|at risk)\b"
        ),
    ),
    (
        "trade",
        _p(
            r"\b(?:your|as an?|for an?|running an?|you run an?) (?:(?:busy|small|family|local|modern) )?"
            r"(?:bakery|hotel|clinic|restaurant|school|law firm|dental practice|warehouse|brewery|farm"
            r"|garage|salon|gym|pharmacy|hospital|supermarket|florist|bookshop|café|cafe|factory"
            r"|dairy|butcher|winery|printing house|print shop|logistics company|roofing company"
            r"|construction company|software company|agency|tax office|car dealership|nursery)\b"
        ),
    ),
    (
        "title",
        _p(
            r"\b(?:as|being|you are|you're) (?:the |an? |their )?(?:new )?(?:[a-z]{2,14} ){0,2}(?:director"
            r"|manager|head of|owner|founder|ceo|cfo|cto|coo|engineer|buyer|chef|president|partner"
            r"|secretary|accountant|supervisor|foreman|principal|chairman)\b"
        ),
    ),
)
NOT_IN_QUESTIONS = {
    "state",
    "title",
    "trade",
    "promise",
    "proof",
    "multiple",
    "attachment",
    "wrote",
}

UNSURE = _p(
    r"\b(?:if|whether|when|in case|unless|should|suppose|where|until|wonder|ask|perhaps|maybe|might"
    r"|may|(?:ask|know|tell me|wonder|see) who)\b[^,;]{0,30}$"
)
NO_PROMISE = _p(
    r"\b(?:feel|are you|you are|be|you're|I am|I'm|we are|set|get|(?:somebody|someone|nobody|anyone|everybody|technician|team|he|she|who) is) "
    r"free\b(?! (?:of|trial|audit|check|survey|inspection|month|consult|quote|visit|first|install))"
    r"|\bfree (?:on|at|next|this|to|for a (?:call|chat|talk|quick)|time|slot|moment|afternoon"
    r"|morning|hour|spot|days?)\b|(?<!risk)-free\b|\bcannot guarantee\b|\bno guarantee\b|\bhands[- ]free\b"
    r"|\bfree (?:you|your|up|them)\b|\bon us (?:to|as)\b|\bcount on us\b" + other.NO_PROMISE
)
NOT_PROOF = _p(
    r"\bnot (?:the|your)\b|\bif\b|\bmany teams\b.{0,5}\?|\bwe have won(?:'t|der)|\bour team\b"
    r"|\bthe only (?:thing|question|one|reason|way)\b|\bthe first (?:one|step|thing|look)\b"
    r"|\bthe best (?:one|person|way|time)\b|\bour (?:clients|customers) are\b.{0,3}$"
)
NOT_EVENT = _p(
    r"\b(?:like to|love to|glad to|happy to|want to|hope to|can|could|to|until|once|before|as soon as"
    r"|if|when|whether|should|would|will|not|shall) (?:I |we |you )?(?:\w+ )?(?:saw|noticed|read"
    r"|heard|learn\w*|seen?|hear|know|gather|watch\w*|open|move|find|have|get|your next)\b"
    r"|\bI (?:see|know|hear) (?:that )?(?:you are|you're|you must be|you have|you will be|your)? ?"
    r"(?:busy|inbox|time is|a lot|plate)|\b(?:if|when|whether|once|should|in case|unless) "
    r"(?:you|they|your|the|we)\b|\bI know (?:you|your|this|how|it|that (?:this|it|mail))\b"
    r"(?! (?:have|use|run|are (?:hiring|expanding)|lost|opened|won|just|recently))"
    r"|\bwe (?:see|know|hear) (?:that |this |it |those )?(?:often|again|every|a lot|well)"
)

# --- numbers ---
LIST_MARK = re.compile(r"\d{1,2}[.)]?")
CODE_BEFORE = _p(
    r"(?:\bversion|\biso|\ben|\bdin|\bsection|\bpage|\bstep|\bno\.|\bnr\.?|\bnumber|\broom|\bsuite"
    r"|\bfloor|\bcovid-?|\bart\.?|\barticle|\bchapter|\boption|\btouch|\bpoint|#|\bweb|\boffice"
    r"|\bwindows|(?-i:\b[A-Z]{1,4}-?)) ?$"
)
CODE_AFTER = re.compile(r"[-]?[a-z]?\d|(?:st|nd|rd|th|º|ª|er)\b|-page|\.\d")
CLOCK_AFTER = _p(r":\d\d|\.\d\d (?:uhr|h)\b| ?(?:am|pm|a\.m|p\.m|o'clock|o’clock|uhr|h\b|noon)")
CLOCK_BEFORE = _p(r"\b(?:at|around|by|um|à|a las|alle|om|às|o godzinie|between|until|till|or|and) "
                  r"(?:\d{1,2}:\d\d (?:and|to|or) |about )?$|\d:$|:\d{0,2}$")  # fmt: skip
SMALL_NOUN = _p(
    r"[ -](?:(?:short|quick|small|simple|other|more|plain|free|easy|honest|possible|concrete|good) )?"
    r"(?:questions?|lines?|words?|things?|points?|options?|reasons?|ideas?|sentences?|pages?|page"
    r"|steps?|ways?|slots?|dates?|names?|halves|lists?|topics?|examples?|parts?|sides?|cents|notes?"
    r"|thoughts?|suggestions?|proposals?|bullets?|paragraphs?|facts|times\b(?! (?:more|faster|less"
    r"|cheaper|as|the))|of (?:us|you|them|your colleagues)|choices|kinds|sorts|taps|clicks?"
    r"|fragen?|zeilen?|punkte|questions|lignes|preguntas|righe|domande|vragen|perguntas|pytania)\b"
)
DURATION_AFTER = _p(
    r"[ -]?(?:seconds?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?|working days?"
    r"|business days?|h\b|minuten|stunden?|tagen?|wochen|monaten?|jahren?|heures?|jours|semaines"
    r"|mois|ans|minutos|horas|días|semanas|meses|años|minuti|ore|giorni|mesi|anni|dagen|uren|weken"
    r"|maanden|jaar|anos|dias|minut|godzin|dni|tygodni|miesięcy|lat" + other.DURATION + r")\b"
)
SECONDS_AFTER = _p(r"[ -]?(?:seconds?|sekunden|secondes|segundos|sekund)\b")
MINUTES_AFTER = _p(
    r"[ -]?(?:\w+ )?(?:seconds?|minutes?|mins?|minuten|minutos|minuti|minut|hours?|stunden?|h\b)"
)
RATE_AFTER = _p(r" times? (?:a|per|each|every)\b")
DEFINITE_BEFORE = _p(r"\b(?:your|all|our|these|those|over|than|save|by|the)(?: [a-z]+)? $")
IDLE_BEFORE = _p(
    r"\b(?:or|these|those|between|next|first|last|the|another|every|either|a|in|one) $"
)
IDLE_AFTER = re.compile(r"-| or \w+ |[,.?!]| (?:of (?:us|you)|more|weeks|or|at|and a)\b")
SEND_BEFORE = _p(
    r"\b(?:I|we)(?:'ll|’ll| can| could| will)? (?:send|bring|show|share|mail) (?:you )?$"
)
PHONE = _p(r"\+\d|\b(?:tel|phone|call|fax|mobile|vat|nip|ust)\b.{0,6}\d|\d{3,}[ -]\d{2,}[ -]\d{2,}")

PROPOSAL = _p(
    r"\b(?:I|we)(?: can| could| will| would|'ll|’ll|'d|’d| shall|'m|’m| am| are| suggest| propose"
    r"| have (?:time|space|a slot)| keep)\b|\b(?:shall|may|can|could) (?:I|we)\b|\blet(?: me|'s|’s)\b"
    r"|\bhow about\b|\bsuits?\b|\bworks? (?:for (?:you|me|us)|on my)\b|\bany ?time\b|\bavailable\b|\bcall me\b|\breply\b"
    r"|\banswer\b|\bslots?\b|\bpick\b|\bcalendar\b|\btell me\b|\bwrite (?:back|me)\b|\bsee you\b"
    r"|\blook forward\b|\bhappy to\b|\bpropose\b|\bplease\b|\bpass(?:t|en)\b|\bkönnen wir\b|\bkann ich\b"
    r"|\bwürde\b|\bje (?:peux|vous propose)\b|\bpuedo\b|\bposso\b|\bkan ik\b|\bmogę\b|\bor\b.{0,40}\?$"
    r"|\byou (?:can|could|may) (?:reach|call|book|reply|pick|choose)\b"
)
PAST = _p(
    r"\b(?:last|yesterday|ago|since|past|previous|recently|letzten?|letzter|gestern|seit|hier|depuis"
    r"|dernier|dernière|ayer|pasad[oa]|desde|ieri|scors[oa]|gisteren|vorige|sinds|ontem|wczoraj|od"
    r"|was|were|had|spoke|met|discussed|agreed|opened|won|moved|mentioned|said|told|asked|saw|read)\b"
)
SINCE = _p(r"\b(?:since|until|from|seit|depuis|desde|dal|sinds|od|in|founded|established) $")
TOLD = _p(
    r"\W*(?:you|your|they|vous|votre|sie|ihr|usted|su|lei|você|vocês|jullie|je|u|pani|pan|państwo)\b"
)
OFFERS = _p(r"\b(?:I|we)(?: can|'ll|’ll| will| could) (?:knock|take|give|offer|shave)\b")
GENERIC_DAY = _p(
    r"\b(?:a|an|any|every|each|some|one|most|quiet|busy|many|typical|normal|usual)(?: [a-z]+)? $"
)
PROMISED_WITHIN = _p(
    r"\b(?:within|under|in less than|in under|no later than|at most|maximum|in) (?:\w+ )?(?:\d|two|three"
    r"|four|five|six|ten|twelve|twenty)"
)
WE_WRITE = _p(
    r"\b(?:call|write|ring|answer|get back|send|mail|reply|try|reach out|come back|check in|follow up"
    r"|follow-up|need|takes?)\b"
)
ASK_TIME = _p(
    r"\b(?:call|talk|chat|minutes?|conversation|meeting|demo|visit|look|takes?|show|walk|spare|read"
    r"|coffee|video|phone|tele[fp]\w*|teléfono|téléphone|gespräch|appel|llamada|chiamata|bellen|ligação|rozmow\w+)\b"
)
BY_PHONE = _p(other.BY_PHONE)
ASK_WAIT = _p(
    r"\b(?:I|we)(?:'ll|’ll| will| can| could| would|'d|’d| shall| am going to) (?:\w+ )?(?:call|write"
    r"|ring|try|come|check|get|follow|send|leave|stop|wait|ask|be)\b"
)
MENTIONS_FILE = _p(r"attach|enclos|anhang|anbei|beigef|jointe|adjunt|allegat|bijlage|anexo|załącz")
