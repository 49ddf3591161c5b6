"""How much of a text stands in other recent mails."""

from outreach.services import sameness

FRAME = "we look after cold rooms in your town and would like to know how you handle it today"
OWN = "your bakery opened a second oven line and somebody has to watch it in the night shift"


def test_shares_of_phrases() -> None:
    meter = sameness.measure(f"{FRAME}. {OWN}.", [FRAME, "another text about other things " * 4])
    assert 0.4 < meter.others < 0.5 and meter.others == meter.closest and not meter.worth_a_look
    assert sameness.measure(FRAME, [FRAME]).worth_a_look


def test_the_frame_of_a_step_is_told_apart() -> None:
    others = [f"{FRAME}. Something {n} of its own stands here for this reader." for n in range(4)]
    meter = sameness.measure(f"{FRAME}. {OWN}.", [OWN], others)
    assert meter.frame > 0.4 and meter.own > 0.7
    assert "belong to the frame of this step" in sameness.words(meter)


def test_many_small_borrowings_add_up() -> None:
    words = f"{FRAME} {OWN}".split()
    others = [" ".join(words[i : i + 9]) for i in range(0, len(words), 6)]
    meter = sameness.measure(" ".join(words), others)
    assert meter.worth_a_look and meter.closest < 0.5


def test_a_short_text_says_nothing() -> None:
    assert sameness.measure("See you tomorrow.", ["See you tomorrow."]) == sameness.Meter()
