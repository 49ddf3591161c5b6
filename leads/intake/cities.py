"""Larger towns by name, so that a place is known without a capital letter or a word before it.

Those with a star are everyday words or names as well: they count as written and behind "in" only.
"""

import unicodedata
from functools import lru_cache

_TOWNS = """
London, Birmingham, Leeds, Glasgow, Sheffield, Manchester, Edinburgh, Liverpool, Bristol, Cardiff,
Leicester, Coventry, Nottingham, Newcastle, Belfast, Brighton, Plymouth, Southampton, Portsmouth,
Norwich, Oxford, Cambridge, York*, Reading*, Bath*, Exeter, Aberdeen, Dundee, Swansea, Derby*,
Wolverhampton, Stoke*, Hull*, Preston*, Bradford*, Milton Keynes, Northampton, Luton, Ipswich,
Kent, Essex, Surrey, Sussex, Devon*, Cornwall, Norfolk, Suffolk, Yorkshire, Lancashire, Cheshire,
Dublin, Cork*, Galway, Limerick*, Waterford, Kilkenny, New York, Los Angeles, Chicago, Houston*,
Phoenix*, Philadelphia, San Antonio, San Diego, Dallas, Austin*, San Jose, Jacksonville, Columbus*,
Fort Worth, Charlotte*, San Francisco, Seattle, Denver, Washington*, Boston, Nashville, Detroit,
Oklahoma City, Portland, Las Vegas, Memphis, Louisville, Baltimore, Milwaukee, Albuquerque, Tucson,
Fresno, Sacramento, Kansas City, Atlanta, Omaha, Miami, Raleigh, Minneapolis, Tampa, New Orleans,
Cleveland, Honolulu, Orlando, Pittsburgh, Cincinnati, St. Louis, Salt Lake City, Brooklyn, Toronto,
Montreal, Vancouver, Calgary, Ottawa, Edmonton, Winnipeg, Quebec, Halifax, Sydney*, Melbourne,
Brisbane, Perth, Adelaide*, Canberra, Geelong, Hobart, Auckland, Wellington*, Christchurch,
Singapore, Hong Kong, Mumbai, Delhi, Bangalore, Pune, Chennai, Hyderabad, Kolkata, Dubai,
Abu Dhabi, Cape Town, Johannesburg, Durban, Nairobi, Lagos, Berlin, Hamburg, München, Munich, Köln,
Cologne, Frankfurt, Stuttgart, Düsseldorf, Leipzig, Dortmund, Essen*, Bremen, Dresden, Hannover,
Hanover, Nürnberg, Nuremberg, Duisburg, Bochum, Wuppertal, Bielefeld, Bonn, Münster*, Karlsruhe,
Mannheim, Augsburg, Wiesbaden, Gelsenkirchen, Mönchengladbach, Braunschweig, Chemnitz, Kiel,
Aachen, Halle*, Magdeburg, Freiburg, Krefeld, Lübeck, Mainz, Erfurt, Oberhausen, Rostock, Kassel,
Hagen*, Saarbrücken, Potsdam, Hamm, Ludwigshafen, Oldenburg, Leverkusen, Osnabrück, Solingen,
Heidelberg, Herne, Neuss, Darmstadt, Paderborn, Regensburg, Ingolstadt, Würzburg, Wolfsburg, Fürth,
Ulm, Heilbronn, Offenbach, Göttingen, Bottrop, Pforzheim, Recklinghausen, Reutlingen, Koblenz,
Remscheid, Bremerhaven, Trier, Jena, Erlangen, Moers, Siegen*, Hildesheim, Cottbus, Salzgitter,
Gera, Kaiserslautern, Zwickau, Schwerin, Flensburg, Tübingen, Konstanz, Bayreuth, Bamberg, Passau,
Rosenheim, Wien, Vienna, Graz, Linz, Salzburg, Innsbruck, Klagenfurt, Villach, Wels, St. Pölten,
Dornbirn, Bregenz, Zürich, Zurich, Genf, Genève, Geneva, Basel, Bern*, Lausanne, Winterthur,
Luzern, Lucerne, St. Gallen, Lugano, Biel, Thun, Zug*, Fribourg, Chur, Neuchâtel, Schaffhausen,
Sion, Bellinzona, Locarno, Paris*, Marseille, Lyon, Toulouse, Nice*, Nantes, Montpellier,
Strasbourg, Bordeaux, Lille, Rennes, Reims, Toulon, Saint-Étienne, Le Havre, Grenoble, Dijon,
Angers, Nîmes, Villeurbanne, Clermont-Ferrand, Le Mans, Aix-en-Provence, Brest, Tours*, Amiens,
Limoges, Annecy, Perpignan, Besançon, Metz, Orléans, Rouen, Mulhouse, Caen, Nancy*, Avignon,
Poitiers, Versailles, La Rochelle, Pau*, Cannes, Calais, Colmar, Valence, Chambéry, Bayonne,
Lorient, Quimper, Bruxelles, Brussel, Brussels, Anvers, Antwerpen, Antwerp, Gent, Gand, Charleroi,
Liège, Brugge, Bruges, Namur, Leuven, Louvain, Mons, Mechelen, Hasselt, Kortrijk, Oostende,
Luxembourg, Madrid, Barcelona, Valencia, Sevilla, Seville, Zaragoza, Málaga, Murcia, Palma*,
Bilbao, Alicante, Córdoba, Valladolid, Vigo, Gijón, Vitoria, La Coruña, A Coruña, Granada, Elche,
Oviedo, Cartagena, Jerez, Pamplona, Almería, San Sebastián, Burgos, Santander, Castellón, Albacete,
Logroño, Badajoz, Salamanca, Huelva, Lleida, Tarragona, León*, Cádiz, Girona, Toledo, Las Palmas,
Tenerife, Ciudad de México, Guadalajara, Monterrey, Puebla, Tijuana, Mérida, Querétaro, Cancún,
Buenos Aires, Rosario, Mendoza, La Plata, Santiago*, Valparaíso, Concepción, Bogotá, Medellín,
Cali*, Barranquilla, Lima*, Quito, Guayaquil, Montevideo, Caracas, Roma, Rome, Milano, Milan*,
Napoli, Naples, Torino, Turin, Palermo, Genova, Bologna, Firenze, Florence*, Bari, Catania,
Venezia, Venice, Verona, Messina, Padova, Trieste, Brescia, Parma, Taranto, Prato*, Modena,
Reggio Emilia, Perugia, Ravenna, Livorno, Rimini, Cagliari, Foggia, Ferrara, Salerno, Latina*,
Monza, Siracusa, Pescara, Bergamo, Trento, Vicenza, Bolzano, Novara, Piacenza, Ancona, Udine,
Arezzo, Lecce, Pisa, Siena, Lucca, Como*, Varese, Treviso, Pavia, Cremona, Mantova, Amsterdam,
Rotterdam, Den Haag, The Hague, Utrecht, Eindhoven, Groningen, Tilburg, Almere, Breda, Nijmegen,
Enschede, Apeldoorn, Haarlem, Arnhem, Amersfoort, Zaandam, 's-Hertogenbosch, Den Bosch, Zwolle,
Leiden*, Maastricht, Dordrecht, Zoetermeer, Delft, Alkmaar, Leeuwarden, Venlo, Hilversum, Deventer,
Helmond, Roosendaal, Middelburg, Warszawa, Warsaw, Kraków, Krakow, Łódź, Wrocław, Poznań, Gdańsk,
Szczecin, Bydgoszcz, Lublin, Białystok, Katowice, Gdynia, Częstochowa, Radom, Toruń, Sosnowiec,
Rzeszów, Kielce, Gliwice, Olsztyn, Zabrze, Bielsko-Biała, Bytom, Zielona Góra, Rybnik, Ruda Śląska,
Opole, Tychy, Gorzów, Elbląg, Płock, Wałbrzych, Włocławek, Tarnów, Chorzów, Koszalin, Kalisz,
Legnica, Słupsk, Sopot, Lisboa, Lisbon, Porto*, Braga, Coimbra, Faro*, Aveiro, Évora, Leiria,
Setúbal, Funchal, Guimarães, Viseu, Almada, São Paulo, Rio de Janeiro, Brasília, Salvador*,
Fortaleza*, Belo Horizonte, Manaus, Curitiba, Recife, Porto Alegre, Goiânia, Campinas,
Florianópolis, København, Copenhagen, Aarhus, Århus, Odense, Aalborg, Esbjerg, Randers, Kolding,
Horsens, Vejle, Roskilde, Herning, Silkeborg, Stockholm, Göteborg, Gothenburg, Malmö, Uppsala,
Västerås, Örebro, Linköping, Helsingborg, Jönköping, Norrköping, Lund*, Umeå, Gävle, Borås,
Sundsvall, Oslo, Bergen*, Trondheim, Stavanger, Tromsø, Drammen, Kristiansand, Helsinki, Espoo,
Tampere, Turku, Oulu, Praha, Prague, Brno, Ostrava, Plzeň, Bratislava, Košice, Budapest, Debrecen,
Szeged, Bucureşti, Bucharest, Cluj, Timişoara, Sofia*, Zagreb, Ljubljana, Maribor, Belgrade,
Athens, Athen, Istanbul, Ankara, Riga, Tallinn, Vilnius, Kaunas, Kyiv, Lviv
"""
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "ß": "ss", "æ": "ae", "đ": "d"})
LONGEST = 3  # words of a name


def fold(text: str) -> str:
    """Without case and accents; "St." and hyphens are blanks."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(plain.replace("-", " ").replace(".", " ").split())


@lru_cache(maxsize=1)
def _known() -> dict[str, tuple[str, bool]]:
    names = (name.strip() for name in _TOWNS.replace("\n", " ").split(","))
    return {
        fold(name.rstrip("*")): (name.rstrip("*"), name[-1:] == "*") for name in map(_bare, names)
    }


def _bare(name: str) -> str:
    return " ".join(name.split())


def town(words: str, *, alone: bool = False) -> str:
    """The name as it is written, if the words are one; "" otherwise. `alone`: no "in" before it."""
    name, careful = _known().get(fold(words), ("", False))
    return "" if careful and (alone or words != name) else name
