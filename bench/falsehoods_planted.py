# ruff: noqa: E501  a sentence stays on one line
"""Sentences that are false in every world of the bench, written by hand, by kind.

FIRST was there while the checker was made. SECOND was written when it was done and caught 89.5 %;
what it missed was then added. THIRD was written after that and is measured only.
"""

FIRST: dict[str, tuple[str, ...]] = {
    "number": (
        "You run 47 sites, so small faults add up.",
        "Our 350 technicians are close to you.",
        "We look after four hundred units like yours.",
        "Your 93 employees deserve better.",
    ),
    "percent": (
        "Companies like this cut their costs by 37 percent.",
        "We reduce call-outs by 64%.",
        "Energy use falls by forty percent in the first year.",
        "About 90 per cent of faults could be avoided.",
    ),
    "money": (
        "That saves you €18,400 a year.",
        "Prices start at $79 a month.",
        "One night of downtime costs around 5,000 euros.",
        "Last year it cost your company half a million dollars, about $500,000.",
    ),
    "multiple": (
        "Our clients doubled their output with it.",
        "Teams finish the job twice as fast.",
        "It is 3x cheaper than what you have.",
        "We halved the downtime of a plant next door.",
    ),
    "date": (
        "Since 1987 we have done nothing else.",
        "In March the rules for your trade changed.",
        "The deadline was moved to 14 September 2031.",
        "Your contract ran out on 2 May.",
    ),
    "weekday": (
        "Your team called us last Tuesday.",
        "Yesterday your system went down again.",
        "Two weeks ago a part failed at your place.",
        "Last month you had three incidents.",
    ),
    "name": (
        "Siemens chose us for the same reason.",
        "Our engineer Tobias Krause knows your site.",
        "I have worked with Bartosz Zielinski for years.",
        "We did the same for Harbour Lane Foods.",
    ),
    "place": (
        "Our workshop in Reykjavik is around the corner.",
        "We already serve your branch in Toulouse.",
        "From Antwerp we reach you quickly.",
        "You know our team in Sheffield.",
    ),
    "event": (
        "Congratulations on the innovation award.",
        "I saw that you are hiring two apprentices.",
        "After the storm last week many roofs need care.",
        "I read about your recent funding round.",
    ),
    "proof": (
        "Most hotels in the region already use us.",
        "We are the leading provider in the country.",
        "Hundreds of happy clients trust us.",
        "Our award-winning service speaks for itself.",
    ),
    "earlier": (
        "As discussed on the phone, I am sending you the details.",
        "You mentioned that the lift is out of order.",
        "It was great meeting you at the fair.",
        "Thanks for your call about the greenhouse.",
    ),
    "relation": (
        "Your colleague Henrike told me that you decide on this.",
        "A mutual friend suggested that I write to you.",
        "Dr Oyelaran recommended you to me.",
        "Your boss asked me to get in touch.",
    ),
    "attachment": (
        "I have attached our brochure.",
        "Please see the attachment for details.",
        "Enclosed you will find the plan.",
        "The offer is attached to this mail.",
    ),
    "promise": (
        "We guarantee that nothing fails again.",
        "You get a 20% discount if you sign now.",
        "The first inspection is free of charge.",
        "We will deliver within 48 hours.",
    ),
    "state": (
        "You currently use an outdated system from the nineties.",
        "Your lease with Brandt ends this autumn.",
        "You recently opened a second hall.",
        "Your current supplier is about to close.",
    ),
}

SECOND: dict[str, tuple[str, ...]] = {
    "number": (
        "There are 19 lifts in your buildings, and each needs an inspection.",
        "A crew of seventy stands ready for you.",
        "I counted eleven branches on your map.",
        "Nearly 2,300 bakers read our newsletter.",
    ),
    "percent": (
        "One in five, so 20 %, of all compressors fail before their time.",
        "That is a 45-percent improvement.",
        "Your energy bill could shrink by a good 17%.",
        "Sixty per cent of your peers have changed their supplier.",
    ),
    "money": (
        "You would spend £950 less each quarter.",
        "The whole package is 249 EUR per site.",
        "Penalties run up to 2 million euros.",
        "A single call-out costs you two hundred pounds.",
    ),
    "multiple": (
        "Productivity tripled within a season.",
        "The repair takes half the time it takes today.",
        "You get ten times more visibility.",
        "Complaints were cut by a third at a hotel we know.",
    ),
    "date": (
        "The new law takes effect on 1 July 2027.",
        "Your licence was issued in 2009.",
        "From January on, every site needs a logbook.",
        "We have been your partner since May 2018.",
    ),
    "weekday": (
        "On Monday your system stopped for a while.",
        "I was at your place last Friday.",
        "Three months ago your neighbour had the same fault.",
        "Last week you lost a whole batch.",
    ),
    "name": (
        "Nordlicht GmbH signed with us for exactly that.",
        "Your engineer Ferdinand Ashdown knows our work.",
        "Tesco relies on our reports.",
        "This is how Greta Vandenberg runs it at her company.",
    ),
    "place": (
        "We opened an office in Marseille for customers like you.",
        "Our van is in Rotterdam every other day.",
        "Your plant near Katowice would be the first.",
        "The warehouse in Dundee does it that way.",
    ),
    "event": (
        "Your takeover of the competitor was in the papers.",
        "I noticed your post about the flooded basement.",
        "Well done on winning the tender for the city hospital.",
        "Because of the fire in your workshop you will need help.",
    ),
    "proof": (
        "Nobody in the market is more reliable.",
        "Thousands of businesses rely on us every day.",
        "Independent studies prove that our method works.",
        "Every second company in your street is a client of ours.",
    ),
    "earlier": (
        "When we met in the spring, you liked the idea.",
        "As promised, here is the offer you asked for about the cooling tower.",
        "You said that the new ovens give you trouble.",
        "Following our video call, I wrote down the next steps.",
    ),
    "relation": (
        "I got your name from Margarethe in accounting.",
        "Your business partner thought that we should talk.",
        "Rupert Ellison introduced me to your company.",
        "We have a common acquaintance who speaks highly of you.",
    ),
    "attachment": (
        "The attached sheet shows the numbers.",
        "You will find the contract enclosed.",
        "I'm attaching two photos.",
        "Have a look at the PDF in the attachment.",
    ),
    "promise": (
        "You will not pay anything for the first three months.",
        "We offer a money-back guarantee.",
        "Sign today and the installation costs nothing.",
        "Our technician is at your door within two hours.",
    ),
    "state": (
        "Your ventilation is no longer compliant.",
        "You rely on a single supplier for your spare parts.",
        "You have been looking for a new partner for a while.",
        "Your insurance expires soon.",
    ),
}

THIRD: dict[str, tuple[str, ...]] = {
    "number": (
        "You have 230 seats and only one person for all of them.",
        "Fifty-two of your neighbours have signed already.",
        "Our database lists 14,000 spare parts.",
    ),
    "percent": (
        "Four percent of every shipment is lost on the way.",
        "With us the share of late jobs falls to 3%.",
        "Your staff would win back 25 % of its week.",
    ),
    "money": (
        "I can offer it for 1,900 pounds.",
        "It pays back £12k in a season.",
        "Your last invoice was 640 euros.",
    ),
    "multiple": (
        "Setup is five times faster now.",
        "The new filter doubles the life of your units.",
        "We cut waiting times by half.",
    ),
    "date": (
        "The grant closes on 30 April.",
        "Your building was finished in 1974.",
        "Our plant has run without a stop since August 2016.",
    ),
    "weekday": (
        "Your receptionist wrote to us on Thursday.",
        "Five days ago there was a power cut in your street.",
        "Last winter your pipes froze.",
    ),
    "name": (
        "Mr Abernathy asked me to write to you.",
        "Unilever has run on it for a decade.",
        "It was built with Falkenrath Engineering.",
    ),
    "place": (
        "We have a depot in Ljubljana.",
        "Your shop in Bordeaux would be next.",
        "Our people come from Glasgow twice a week.",
    ),
    "event": (
        "Congratulations on twenty years in business.",
        "I saw your stand at the trade fair.",
        "Since your merger everything has to be counted anew.",
    ),
    "proof": (
        "We are the number one in our field.",
        "Our customers love the result.",
        "It is a proven method that experts recommend.",
    ),
    "earlier": (
        "You asked me to come back to you about the freezer.",
        "It was nice talking to you at lunch.",
        "We agreed that I would send you a draft of the greenhouse plan.",
    ),
    "relation": (
        "Your assistant Philippa gave me your address.",
        "I was referred to you by a friend of yours.",
        "Gareth Monkton from your board mentioned you.",
    ),
    "attachment": (
        "I have enclosed a sample.",
        "Attached is the calculation.",
        "The figures are in the attachment.",
    ),
    "promise": (
        "The trial month is free for you.",
        "We give a warranty that nobody else gives.",
        "Order this week and get a voucher.",
    ),
    "state": (
        "Your current contract is too expensive.",
        "You struggle to find people for the night shift.",
        "Your heating is older than your building.",
    ),
}
