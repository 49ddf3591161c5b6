"""Post: a letter that a person prints and puts into an envelope, with its address label."""

from outreach.channels.base import Channel


class Post(Channel):
    code = "post"
    label = "Post"
    task_title = "Letter"
    icon = "file-text"
    manual = True
    reach = "post"
    reach_word = "postal address"
    prints = True
    text_limit = 6000  # two sides
    text_word = "Letter"
    first_text = "Dear {{first_name|Sir or Madam}},\n\n\n\nKind regards\n\n{{sender_signature}}"
    how = "Check the address, print the letter and its label, post it, then say how it went."
    outcomes = {"sent": "Posted", "bad_address": "The address is wrong"}
    hints = {"bad_address": "Correct the address."}
    effects = {"bad_address": "skip"}

    def problem(self, to: str, text: str, subject: str = "") -> str:
        if len(to.splitlines()) < 2:
            return "There is no postal address: street and town are missing."
        return "The letter is longer than two sides." if len(text) > self.text_limit else ""
