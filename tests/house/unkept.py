"""
Clauses of edition 1 for which the program has less than a function and a test of their own, and functions that cite a whole section; each with why.

`test_evidence` holds these lists against what is cited, both ways: a clause that gains what it lacked leaves its list.
"""

from collections.abc import Mapping

OF_A_SECTION: Mapping[tuple[str, str], str] = {
    ("3", "camket.vault.gate.asking.ask"): "each use that section 3 tells of is asked for here, and what it does not tell of is refused here",
    ("4", "camket.duties.retention.queries.still_here"): "it tells of everything kept why it is kept still and when it goes, by whichever clause",
    ("8", "camket.duties.publishing.queries.editions.words_difference"): "it shows a reader what reads differently; no clause rests on it",
}
LEFT_TO_PEOPLE: Mapping[str, str] = {
    "2.1": "who broke the rules of use is judged by people; there is no desk for it yet",
    "2.2": "a service is locked outside of this program",
    "2.3": "whom the company serves is decided by people",
}
"""Rules that nothing in the program carries out: neither a function of its own nor what carries out rules of their kinds."""

BY_KIND_ALONE: Mapping[str, str] = {
    "2.4": "the gate decides and the journal keeps the reason; there is no desk for breaches yet",
    "3.12": "the gate asks for a reason and a second person; there is no desk for disclosures yet",
    "6.2": "authorities are recipients that the gate knows; nothing is handed over by the program yet",
    "10.1": "the gate would let it be sealed; mail that comes in is not taken in yet",
    "10.2": "the gate asks the adviser for a reason; mail that comes in is not taken in yet",
}
"""Rules that only what carries out rules of their kinds carries out, whichever policy wrote them."""

NO_FUNCTION: Mapping[str, str] = {
    "7.4": "the law's rule pack has the seventy-two hours, and tests read them; whoever notices a leak counts them",
    "9.12": "the law's rule pack has the longer periods, and tests read them; no page counts them yet",
}
"""Clauses without a rule that a test shows and no function cites."""

NEITHER: Mapping[str, str] = {
    "2.5": "asked of whoever decides, and of what they write",
    "2.6": "lifting a measure is a person's decision",
    "5.3": "it says who answers for the processing, and nothing that can be done",
    "9.13": "a person refuses, in writing and with reasons",
    "9.14": "who asks is looked at by a person; what is asked of a mailbox stands at 6.3 and 9.9",
    "9.15": "whether somebody represents another is looked at by a person",
    "9.16": "it names the duties of the person whose data it is",
    "10.3": "advice to whoever writes",
    "10.4": "whom else a message tells of is seen by a person alone",
    "10.5": "mail that comes in is not taken in yet, so nothing of it is sealed or deleted",
    "12.3": "the contract with the carrier",
}
"""Clauses without a rule that no function cites and no test shows."""
