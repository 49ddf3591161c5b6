"""Names as they are compared: transliterated, without titles, spelled by sound, by nickname."""

import re
import unicodedata
from functools import lru_cache

_CYRILLIC = """
а a б b в v г g ґ g д d е e ё e є ye ж zh з z и i і i ї i й i к k л l м m н n о o п p р r с s т t
у u ф f х kh ц ts ч ch ш sh щ shch ъ _ ы y ь _ э e ю yu я ya ћ c ђ dj љ lj њ nj џ dz ј j
"""
_GREEK = """
α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s ς s τ t υ y φ f χ ch ψ ps
ω o
"""
_LETTERS = f"{_CYRILLIC} {_GREEK}".split()
_PLAIN = str.maketrans(
    {key: value.replace("_", "") for key, value in zip(_LETTERS[::2], _LETTERS[1::2], strict=True)}
    | {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"}
    | {"ı": "i", "’": "", "'": "", "`": ""}
)
_WORD = re.compile(r"[^\W\d_]+")
_TITLE_WORDS = """
mr mrs ms miss herr frau dr prof ing dipl mag mba phd msc bsc sir dott dottssa sig mme jr sr
ii iii von van der den de da di del della la le el bin ibn zu zum af av und
"""
_TITLES = frozenset(_TITLE_WORDS.split())
# spellings of one sound, in the order in which they are put right
_SOUND_PAIRS = """
tsch>4 tch>4 dzh>5 dj>5 schtsch>6 shch>6 szcz>6 sch>6 sh>6 sz>6 cz>4 ch>4 zh>6 kh>h ts>c tz>c ph>f
th>t ck>k qu>k x>ks ae>a oe>o ue>u ou>u aa>a w>v ie>i ye>e y>i j>i z>s c>k q>k
"""
_SOUNDS = tuple(pair.split(">") for pair in _SOUND_PAIRS.split())
_GROUPS = """
alexander alex aleksandr aleksander alexandre alejandro alessandro sasha sascha xander sandro olek
alexandra alex aleksandra alessandra sasha sascha sandra ola
andrew andy drew andreas andrei andrey andrzej andre andrea andres andi
anthony tony antonio anton antoine antoni toni
anna ann anne annie ania anya anja hannah hanna ana anita
barbara barb basia babs barbro
benjamin ben benny benji
catherine cathy kate katie kathy katherine kathryn katharina katarzyna kasia katarina katja katya
caterina catarina ekaterina yekaterina karin karen kat
charles charlie chuck carl karl carlos carlo karel
christian chris christiaan kristian cristian
christina chris tina christine kristina kristin cristina
christopher chris christophe christoph kit topher christoforo krzysztof krzys
claudia klaudia
daniel dan danny daniele danilo
david dave davide dawid davy
deborah deb debbie debora
dennis denis denys
dimitri dmitri dmitry dmytro dima dimitrios dimitris
dorothy dorothea dot dottie
edward ed eddie ted teddy eduardo eduard edoardo edouard ned
elizabeth liz beth lizzie betty eliza elisabeth elisabetta elzbieta ela lisa lise bettina elsbeth
emily emilia emilie emma
eugene yevgeny evgeny evgeni jewgeni gene eugen eugenio zhenya yevhen
francis frank francisco francesco franz paco pancho franciszek francois
frederick fred freddy friedrich federico fritz frederic fryderyk fredrik frederik
gabriel gabe gabriele gabor
george georg georgios giorgio jorge jerzy jurek georges yuri jiri jurgen jorg joerg juergen yorgos
gerald gerry jerry gerard gerhard gerd
gregory greg grzegorz gregor gregorio grigory
gunther gunter guenther guenter
helen helena elena ellen olena helene lena
henry harry hank henri heinrich enrico enrique hendrik henrik heinz henryk
igor ihor
irene irina ira irena iryna
jacob jake jakob jacopo jakub kuba
jacques jack
james jim jimmy jamie jaime diego santiago giacomo
jane janet jean joan joanna johanna giovanna juana ioanna asia joanne jo
jennifer jen jenny jenni
jessica jess jessie
john jack johnny jon johannes johann jan juan giovanni jean ivan hans janusz joao jens ian sean
jonathan jon jonny johnny
joseph joe joey josef jose giuseppe jozef josep pepe sepp beppe
joshua josh
judith judy jutta
julia julie giulia yulia iuliia yuliya julka
julian jules giuliano
katharine kit
kenneth ken kenny
konstantin konstantinos kostas costas kostya constantin
lawrence larry lorenzo laurent lars lorenz laurence
leonard leo len lenny leonardo leonhard
louis lou luis luigi ludwig ludovic lewis
lucas luke luca lukas lukasz lucasz luc
ludmila lyudmila mila
magdalena magda lena madeleine maddalena
margaret maggie meg peggy margarita margherita greta gretchen malgorzata gosia margarete margit rita
maria mary marie mariya marija maryam miriam masha mia marisa
mark marc marco marcus markus marek marko marcos
martha marta
martin marty martino marcin martinho
matthew matt mateusz matteo mateo matthias mathias matthieu mattia matus matti
michael mike mick mikey michal michele miguel mikhail mischa mikhael michel mikael mihail mykhailo
monica monika
natalia natalie natasha natalya nataliya talia
nathaniel nathan nat nate
nicholas nick nico nicolas nikolaus niklas klaus nikolai nikolay mikolaj nicola nikos miklos claus
oliver ollie olivier oli
olga olha olya helga
pamela pam
patricia pat patty trish tricia patrizia
patrick pat paddy patricio patryk patrik
paul paolo pablo pavel pawel pavlo paulo pauli pasha
peter pete pietro pedro piotr pierre petr pyotr petros petri peer per
philip phil philipp felipe filippo filip pip
rachel rachael raquel shelly
raymond ray raimund ramon
rebecca becky becca rebekka
richard rick rich dick ricky ricardo riccardo ryszard
robert rob bob bobby robbie roberto bert rupert
roger ruediger ruggero rogelio rudiger
ronald ron ronnie ronaldo
samuel sam sammy samuele
samantha sam sammy
sarah sara sally
sebastian seb bastian sebastiano basti sebastien
sergey sergei serge sergio serhiy serhii
simon simone simeon szymon semyon
sofia sophie sophia zofia sofie zosia
stephanie steph steffi stefanie stefania
stephen steve steven stefan stephan esteban stefano etienne szczepan stefanos
susan sue susie suzanne susanna susanne zuzanna
svetlana sveta svitlana lana
tatiana tanya tania tatjana tetiana
theodore ted teddy theo teodor fyodor fedor teodoro
teresa theresa terry tess tessa resi therese
thomas tom tommy tomas tomasz tommaso thom toma
timothy tim timmy timo timotheus
ulrich uli
ursula ulla uschi orsola
valentina valya
victor viktor vittorio wiktor vic
victoria vicky viktoria tori wiktoria vittoria
vincent vince vincenzo vicente vinnie
vladimir vova volodya volodymyr wladimir wlodzimierz
walter wally walt gualtiero valter
werner wernher
william bill will billy willy guillermo wilhelm guglielmo guillaume willem liam vilhelm
wojciech wojtek adalbert
yaroslav jaroslaw jarek jaroslav
zachary zach zack zak
mohammed muhammad mohamed mohammad mehmet muhammed mo
giulio julius jules julio juliusz
hubert bert
jozefa josephine josie giuseppina jo
kristoffer kris chris
kimberly kim
lidia lydia
ludovica luise louise luisa louisa lou
maximilian max massimiliano maksymilian maxim maksim
pascal pascale pasquale
rosemary rose rosa rosie roza rosalia
salvatore salvador sal toto
tobias toby tobi
veronica veronika weronika vera roni
"""


def _groups() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, line in enumerate(_GROUPS.split("\n")):
        for word in line.split():
            found.setdefault(sound(word), set()).add(number)
    return {word: frozenset(numbers) for word, numbers in found.items()}


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    """Lower-case Latin letters: "Юлия" -> "yuliya", "Müller" -> "muller"."""
    flat = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    flat = "".join(c for c in flat if not unicodedata.combining(c))
    return flat.translate(_PLAIN)


def words(text: str) -> list[str]:
    """The words of a name without titles and particles; all of them where nothing else is left."""
    found = _WORD.findall(plain(text[:200]))
    return [one for one in found if one not in _TITLES] or found


@lru_cache(maxsize=20_000)
def sound(word: str) -> str:
    """One form for spellings of a plain word that sound the same: mueller, muller -> muler."""
    text = word
    for old, new in _SOUNDS:
        text = text.replace(old, new)
    text = "".join(c for i, c in enumerate(text) if i == 0 or c != text[i - 1])
    return text.rstrip("h") or text or word


_GROUP_OF = _groups()


def groups(word: str) -> frozenset[int]:
    """The nickname groups of a plain first name."""
    return _GROUP_OF.get(sound(word), frozenset())


def one_off(a: str, b: str) -> bool:
    """Whether one letter more, less or other, or two in turned order, make one of the other."""
    few, many = sorted((a, b), key=len)
    if len(many) - len(few) > 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(few, many, strict=False)) if x != y), len(few))
    if len(few) < len(many):
        return few[start:] == many[start + 1 :]
    if few[start + 1 :] == many[start + 1 :]:
        return True
    turned = few[start : start + 2] == many[start : start + 2][::-1]
    return turned and few[start + 2 :] == many[start + 2 :]
