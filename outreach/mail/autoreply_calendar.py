"""Names of months, weekdays and numbers in the languages of the auto-reply reader. Data only.

A word that ends in * stands for everything that begins with it (case endings). Sources: the
languages' own grammars and CLDR's month and day names, wide and abbreviated.
"""

# ruff: noqa: E501  names as people write them

# twelve months, alternatives after spaces
MONTH_NAMES = {
    "en": "january jan|february feb febr|march mar|april apr|may|june jun|july jul|august aug|"
    "september sep sept|october oct|november nov|december dec",
    "de": "januar jänner jaenner jan|februar feber feb|märz maerz mrz mär|april apr|mai|juni jun|"
    "juli jul|august aug|september sep sept|oktober okt|november nov|dezember dez",
    "fr": "janvier janv|février fevr|mars|avril avr|mai|juin|juillet juil|août|septembre sept|"
    "octobre oct|novembre nov|décembre dec",
    "es": "enero ene|febrero feb|marzo mar|abril abr|mayo may|junio jun|julio jul|agosto ago|"
    "septiembre setiembre sep sept|octubre oct|noviembre nov|diciembre dic",
    "it": "gennaio gen|febbraio feb febb|marzo mar|aprile apr|maggio mag|giugno giu|luglio lug|"
    "agosto ago|settembre set sett|ottobre ott|novembre nov|dicembre dic",
    "pt": "janeiro jan|fevereiro fev|março mar|abril abr|maio mai|junho jun|julho jul|agosto ago|"
    "setembro set|outubro out|novembro nov|dezembro dez",
    "nl": "januari jan|februari feb|maart mrt|april apr|mei|juni jun|juli jul|augustus aug|"
    "september sept sep|oktober okt|november nov|december dec",
    "pl": "stycz* sty|luty lutego lutym lut|marzec marca marcu|kwiecień kwiet* kwi|maj maja maju|"
    "czerwiec czerwc* cze|lipiec lipca lipcu lip|sierp* sie|wrzesień wrześn* wrz|październik* paź|"
    "listopad* lis|grudzień grudn* gru",
    "sv": "januari jan|februari feb|mars|april apr|maj|juni jun|juli jul|augusti aug|"
    "september sep sept|oktober okt|november nov|december dec",
    "da": "januar jan|februar feb|marts|april apr|maj|juni jun|juli jul|august aug|"
    "september sep sept|oktober okt|november nov|december dec",
    "no": "januar jan|februar feb|mars|april apr|mai|juni jun|juli jul|august aug|"
    "september sep sept|oktober okt|november nov|desember des",
    "fi": "tammiku*|helmiku*|maalisku*|huhtiku*|toukoku*|kesäku*|heinäku*|eloku*|syysku*|lokaku*|"
    "marrasku*|jouluku*",
    "cs": "leden ledn*|únor*|březen březn*|duben dubn*|květen květn*|červen června červnu|"
    "červenec červenc*|srpen srpna srpnu|září|říjen října říjnu|listopad*|prosinec prosinc*",
    "sk": "január*|február*|marec marca marci|apríl*|máj mája máji|jún júna júni|júl júla júli|"
    "august*|septemb*|októb*|novemb*|decemb*",
    "hu": "január* jan|február* febr|március* márc|április* ápr|május* máj|június* jún|július* júl|"
    "augusztus* aug|szeptember* szept|október* okt|november* nov|december* dec",
    "ro": "ianuarie ian|februarie|martie|aprilie|mai|iunie iun|iulie iul|august|septembrie|"
    "octombrie|noiembrie|decembrie",
    "tr": "ocak*|şubat*|mart marta martta|nisan*|mayıs*|haziran*|temmuz*|ağustos*|eylül*|ekim*|"
    "kasım*|aralık*",
    "ru": "январ* янв|феврал* фев|март марта марте|апрел* апр|май мая мае|июнь июня июне|"
    "июль июля июле|август* авг|сентябр* сен|октябр* окт|ноябр* ноя|декабр* дек",
    "uk": "січень січня січні|лютий лютого|березень березня|квітень квітня|травень травня травні|"
    "червень червня червні|липень липня липні|серпень серпня серпні|вересень вересня вересні|"
    "жовтень жовтня жовтні|листопад*|грудень грудня грудні",
    "hr": "siječanj siječnja siječnju|veljač*|ožujak ožujka ožujku|travanj travnja travnju|"
    "svibanj svibnja svibnju|lipanj lipnja lipnju|srpanj srpnja srpnju|kolovoz*|rujan rujna rujnu|"
    "|studeni studenog studenoga studenom|prosinac prosinca prosincu",
    "et": "jaanuar*|veebruar*|märts märtsi märtsini|aprill*|mai maini|juuni juunini|juuli juulini|august*|"
    "septemb*|oktoob*|novemb*|detsemb*",
    "lt": "sausio|vasario|kovo|balandžio|gegužės|birželio|liepos|rugpjūčio|rugsėjo|spalio|lapkričio|"
    "gruodžio",
    "lv": "janvār*|februār*|marts marta martam martā|aprīl*|maijs maija maijam maijā|jūnij*|jūlij*|"
    "august*|septembr*|oktobr*|novembr*|decembr*",
    "bg": "януари|февруари|март|април|май|юни|юли|август|септември|октомври|ноември|декември",
    "ca": "gener|febrer|març|abril|maig|juny|juliol|agost|setembre|octubre|novembre|desembre",
    "sl": "januar*|februar*|marec marca|april*|maj maja|junij*|julij*|avgust*|septemb*|oktob*|"
    "novemb*|decemb*",
    "el": "ιανουαρ* ιαν|φεβρουαρ* φεβ|μαρτιο* μαρτιου μαρ|απριλι* απρ|μαιου μαιο μαιος|ιουνι* ιουν|"
    "ιουλι* ιουλ|αυγουστ* αυγ|σεπτεμβρ* σεπ|οκτωβρ* οκτ|νοεμβρ* νοε|δεκεμβρ* δεκ",
}
# words of other meaning elsewhere: only where the language fits
SHY_MONTHS = {
    "out": "pt", "set": "it pt", "sie": "pl", "lip": "pl", "lis": "pl", "sty": "pl", "lut": "pl",
    "gru": "pl", "cze": "pl", "kwi": "pl", "mag": "it", "gen": "it", "des": "no", "fev": "pt fr",
    "mar": "en es it pt el", "ian": "ro", "jun": "", "may": "",
}  # fmt: skip
# a name that is another month in one language
OTHER_MONTHS = {"hr": {"listopad": 10, "listopada": 10, "listopadu": 10}}
MONTH_FIRST = ("en", "hu", "es", "tr", "lt")  # "June 15"; the last two now and then

# Monday first
WEEKDAY_NAMES = {
    "en": "monday mon|tuesday tue tues|wednesday wed|thursday thu thur thurs|friday fri|"
    "saturday|sunday",
    "de": "montag* mo|dienstag* di|mittwoch* mi|donnerstag* do|freitag* fr|samstag* sonnabend* sa|"
    "sonntag* so",
    "fr": "lundi lun|mardi|mercredi|jeudi jeu|vendredi ven|samedi|dimanche",
    "es": "lunes|martes|miércoles|jueves|viernes|sábado|domingo",
    "it": "lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica",
    "pt": "segunda segunda-feira|terça terça-feira|quarta quarta-feira|quinta quinta-feira|"
    "sexta sexta-feira|sábado|domingo",
    "nl": "maandag ma|dinsdag|woensdag wo|donderdag|vrijdag vr|zaterdag|zondag",
    "pl": "poniedziałek poniedziałku|wtorek wtorku|środa środę środy|czwartek czwartku|"
    "piątek piątku|sobota sobotę soboty|niedziela niedzielę niedzieli",
    "sv": "måndag* mån|tisdag*|onsdag*|torsdag*|fredag*|lördag*|söndag*",
    "da": "mandag*|tirsdag*|onsdag*|torsdag*|fredag*|lørdag*|søndag*",
    "fi": "maanantai* ma|tiistai* ti|keskiviik* ke|torstai* to|perjantai* pe|lauantai*|sunnuntai*",
    "cs": "pondělí pondělka|úterý úterka|středa středu středy|čtvrtek čtvrtka|pátek pátku|"
    "sobota sobotu soboty|neděle neděli",
    "sk": "pondelok pondelka|utorok utorka|streda stredu stredy|štvrtok štvrtka|piatok piatka|"
    "sobota sobotu|nedeľa nedeľu",
    "hr": "ponedjeljak ponedjeljka|utorak utorka|srijeda srijedu srijede|četvrtak četvrtka|"
    "petak petka|subota subotu subote|nedjelja nedjelju nedjelje",
    "et": "esmaspäev*|teisipäev*|kolmapäev*|neljapäev*|reede*|laupäev*|pühapäev*",
    "lt": "pirmadien*|antradien*|trečiadien*|ketvirtadien*|penktadien*|šeštadien*|sekmadien*",
    "lv": "pirmdien*|otrdien*|trešdien*|ceturtdien*|piektdien*|sestdien*|svētdien*",
    "bg": "понеделник|вторник|сряда|четвъртък|петък|събота|неделя",
    "ca": "dilluns|dimarts|dimecres|dijous|divendres|dissabte|diumenge",
    "sl": "ponedeljek ponedeljka|torek torka|sreda sredo srede|četrtek četrtka|petek petka|"
    "sobota soboto|nedelja nedeljo",
    "hu": "hétfő* hétfo*|kedd*|szerda* szerdá*|csütörtök*|péntek*|szombat*|vasárnap*",
    "ro": "luni|marți marti|miercuri|joi|vineri|sâmbătă|duminică",
    "tr": "pazartesi*|salı*|çarşamba*|perşembe*|cuma|cumartesi*|pazar",
    "ru": "понедельник*|вторник*|среда среду среды|четверг*|пятница пятницу пятницы|"
    "суббота субботу|воскресенье",
    "uk": "понеділ*|вівтор*|середа середу середи|четвер*|пятниц*|субот*|неділ*",
    "el": "δευτερα*|τριτη*|τεταρτη*|πεμπτη*|παρασκευη*|σαββατο*|κυριακη*",
    "ja": "月曜日 月曜 星期一 周一 월요일|火曜日 火曜 星期二 周二 화요일|水曜日 水曜 星期三 周三 수요일|"
    "木曜日 木曜 星期四 周四 목요일|金曜日 金曜 星期五 周五 금요일|土曜日|日曜日",
}
NUMBERS = {
    1: "one a an eine einer einem ein une un una uno um uma een één en ett et jeden jedną jeden "
    "jednu tydzień yksi egy bir один одну одна μια ένα jedan",
    2: "two zwei deux dos due dois duas twee dwa dwie två to kaksi kahden kahdeksi dva dve dvě "
    "két kettő iki два две дві δυο dvije doi două couple",
    3: "three drei trois tres tre tres drie trzy kolme kolmen tři tri három üç три trei três τρεις",
    4: "four vier quatre cuatro quattro quatro cztery fyra fire neljä neljän čtyři štyri négy "
    "dört четыре чотири patru četiri τεσσερις",
    5: "five fünf cinq cinco cinque vijf pięć fem viisi viiden pět päť öt beş пять cinci pet πεντε",
    6: "six sechs seis sei zes sześć sex seks kuusi kuuden šest hat altı шесть șase шість εξι",
    7: "seven sieben sept siete sette sete zeven siedem sju syv seitsemän sedm sedem yedi hét",
    8: "eight acht huit ocho otto oito osiem åtta otte åtte kahdeksan osm osem nyolc sekiz opt",
    9: "nine neun neuf nueve nove negen dziewięć nio ni yhdeksän devět kilenc dokuz nouă",
    10: "ten zehn dix diez dieci dez tien dziesięć tio ti kymmenen deset tíz on десять desať zece",
    12: "twelve zwölf douze doce dodici doze twaalf dwanaście tolv dvanáct",
    14: "fourteen vierzehn quatorze fjorton fjorten czternaście čtrnáct veertien",
    15: "fifteen fünfzehn quinze quince quindici vijftien",
    20: "twenty zwanzig vingt veinte venti vinte twintig tjugo tyve",
}
