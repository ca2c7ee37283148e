"""`init` in a folder that has a mapping: a person is asked for each word that it doesn't know.

The command runs at a terminal of its own, against the simulated company.
"""

from __future__ import annotations

import os
import re
import signal
import stat
from collections.abc import Sequence

import pytest

from acctsync.cli.arguments import Options
from acctsync.cli.context import Session
from acctsync.cli.mending import mend
from acctsync.errors import InputRefused
from acctsync.simulator.server import Simulator
from tests.cli.desk import Desk
from tests.cli.test_processes import Terminal

HOT_DESK = (
    '    "Membership: Hot Desk":          {item: "Memberships:Hot Desk", class: Memberships}\n'
)
OTHERS = '    "Membership: *":                 {item: "Memberships:Other", class: Memberships}\n'
HALIFAX = "    Halifax: Halifax\n"
VISA = "    Visa: {method: Credit Card, deposit_to: Stripe Clearing}\n"
ANY_METHOD = "    other: {deposit_to: Undeposited Funds}\n"


class Person(Terminal):
    """Somebody who waits for each question, and answers it."""

    def __init__(self, desk: Desk, *arguments: str, **variables: str) -> None:
        super().__init__(desk, "init", *arguments, **variables)
        self._seen = 0

    def answer(self, *lines: str) -> None:
        for line in lines:
            self.wait_for_question()
            self.type(line)

    def type_raw(self, typed: bytes) -> None:
        os.write(self._end, typed)

    def wait_for_question(self) -> str:
        """Wait until something is asked; give what was shown since the last answer."""
        while not self.shown[self._seen :].rstrip(" ").endswith("):"):
            assert self._read(), self.shown
        new, self._seen = self.shown[self._seen :], len(self.shown)
        return plain(new)

    @property
    def words(self) -> str:
        return plain(self.shown)


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text).replace("\r\n", "\n")


@pytest.fixture
def unfinished(connected: Desk) -> Desk:
    """Forget what the mapping says of some words."""
    for entry in (HOT_DESK, OTHERS, HALIFAX, VISA, ANY_METHOD):
        connected.edit(entry, "")
    return connected


def lines_of(desk: Desk) -> list[str]:
    return desk.mapping.read_text(encoding="utf-8").splitlines()


def added(desk: Desk, before: Sequence[str]) -> list[str]:
    """Give the lines that were added, after making sure that none went away or moved."""
    after = iter(lines_of(desk))
    new: list[str] = []
    for line in before:
        for other in after:
            if other == line:
                break
            new.append(other)
        else:
            raise AssertionError(f"{line!r} is gone")
    return [*new, *after]


ANSWERS = ("Memberships:Hot Desk", "other", "hal", "card", "stripe")
WRITTEN = [
    '    "Membership: Hot Desk": {item: "Memberships:Hot Desk"}',
    '    "Membership: Virtual Mail": {item: "Memberships:Other"}',
    "    Halifax: Halifax",
    "    Visa: {method: Credit Card, deposit_to: Stripe Clearing}",
]


def test_every_answer_is_written_and_the_mapping_can_be_used(unfinished: Desk) -> None:
    before = lines_of(unfinished)
    person = Person(unfinished)
    person.answer(*ANSWERS)
    assert person.end() == 0, person.words
    assert "4 answers were written to acctsync.yaml." in person.words
    assert "Next: acctsync plan" in person.words
    assert added(unfinished, before) == WRITTEN
    assert unfinished.json("check")["data"]["unmapped"] == []
    assert unfinished.json("push")["data"]["counts"]["create"] == 46


def test_a_question_tells_how_often_a_word_is_used_and_offers_what_is_called_alike(
    unfinished: Desk,
) -> None:
    person = Person(unfinished)
    asked = person.wait_for_question()
    assert "4 words of the export not mapped yet\n" in asked
    assert "choose what it is in Harbour Commons LLC" in asked
    assert asked.partition("[1 of 4] ")[2].splitlines() == [
        'item "Membership: Hot Desk", 4 times, first at billing_invoices_2025-03.csv:2',
        "1   Memberships:Hot Desk         Service",
        "2   Memberships:Other            Service",
        "3   Memberships:Dedicated Desk   Service",
        "Product or service (? for all 11): ",
    ]
    person.type("1")
    asked = person.wait_for_question()
    assert "→ Memberships:Hot Desk\n" in asked
    assert '[2 of 4] item "Membership: Virtual Mail", 2 times' in asked
    person.type("q")
    person.end()


def test_q_stops_and_what_was_answered_is_kept(unfinished: Desk) -> None:
    before = lines_of(unfinished)
    person = Person(unfinished)
    person.answer("1", "", "q")
    assert person.end() == 3
    assert added(unfinished, before) == WRITTEN[:1]
    assert "1 answer was written to acctsync.yaml." in person.words
    left = 'Still not mapped: item "Membership: Virtual Mail", location "Halifax", payment method'
    assert left in " ".join(person.words.split())
    assert "Next: acctsync init asks again" in person.words


@pytest.mark.parametrize("answers", [("",) * 4, ("q",)])
def test_without_an_answer_nothing_is_written(unfinished: Desk, answers: Sequence[str]) -> None:
    before = unfinished.mapping.stat()
    person = Person(unfinished)
    person.answer(*answers)
    assert person.end() == 3
    assert "Nothing was written" in person.words
    after = unfinished.mapping.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_keeps_what_was_answered_but_nothing_of_the_question_under_way(
    unfinished: Desk, number: signal.Signals, code: int
) -> None:
    before = lines_of(unfinished)
    person = Person(unfinished)
    person.answer("1", "", "", "card")
    assert "Account to deposit to" in person.wait_for_question()
    person.process.send_signal(number)
    assert person.end() == code
    assert added(unfinished, before) == WRITTEN[:1]
    assert "1 answer was written to acctsync.yaml." in person.words
    assert "Traceback" not in person.words


def test_the_end_of_standard_input_stops_like_q(unfinished: Desk) -> None:
    before = lines_of(unfinished)
    person = Person(unfinished)
    person.answer("1")
    person.wait_for_question()
    person.type_raw(b"\x04")
    assert person.end() == 3
    assert added(unfinished, before) == WRITTEN[:1]


def test_a_part_of_a_name_offers_all_that_hold_it_and_nonsense_offers_nothing(
    unfinished: Desk,
) -> None:
    person = Person(unfinished)
    person.answer("desk")
    near = person.wait_for_question().splitlines()
    assert near[1:3] == [
        "1   Memberships:Dedicated Desk   Service",
        "2   Memberships:Hot Desk         Service",
    ]
    person.type("zzz")
    assert 'The books have no product or service like "zzz".' in person.wait_for_question()
    person.type("?")
    everything = person.wait_for_question()
    assert "11   Rounding " in everything
    person.type("11")
    person.answer("q")
    person.end()
    assert '    "Membership: Hot Desk": {item: Rounding}' in lines_of(unfinished)


def test_enter_keeps_where_money_goes_by_default(unfinished: Desk) -> None:
    unfinished.edit("  defaults:\n", "  defaults:\n    deposit_to: Checking\n")
    person = Person(unfinished)
    person.answer("", "", "", "1")
    assert "Account to deposit to (Enter: Checking; ? for all 3):" in person.wait_for_question()
    person.type("")
    person.end()
    assert "    Visa: {method: ACH}" in lines_of(unfinished)


def test_what_was_added_in_the_books_meanwhile_can_be_chosen(
    unfinished: Desk, books: Simulator
) -> None:
    person = Person(unfinished)
    person.answer("virtual mailbox")
    assert "no product or service like" in person.wait_for_question()
    item = {**books.books.entities("Item")[5], "Name": "Virtual Mailbox"}
    item |= {"FullyQualifiedName": "Virtual Mailbox", "Id": books.books.new_id("Item")}
    books.books.put("Item", item)
    person.type("r")
    person.answer("virtual mailbox", "q")
    person.end()
    assert '    "Membership: Hot Desk": {item: Virtual Mailbox}' in lines_of(unfinished)


def test_a_name_that_the_books_lack_is_put_right_wherever_it_stands(connected: Desk) -> None:
    before = connected.mapping.read_text(encoding="utf-8")
    connected.edit("{item: Day Pass,", "{item: Day Passes,")
    connected.edit("{item: External Booking,", '{item: "Day Passes" ,')
    person = Person(connected)
    asked = person.wait_for_question()
    assert "1 name of the mapping not in the books" in asked
    assert "The books have no product or service 'Day Passes'." in asked
    assert "and 1 more place." in " ".join(asked.split())
    person.type("1")
    assert person.end() == 0
    wanted = before.replace("{item: External Booking,", "{item: Day Pass ,")
    assert connected.mapping.read_text(encoding="utf-8") == wanted


def test_a_mapping_that_knows_every_word_needs_no_questions(connected: Desk) -> None:
    before = connected.mapping.stat().st_mtime_ns
    person = Person(connected)
    assert person.end() == 0
    assert person.words == "acctsync.yaml maps every word of the export.\n\nNext: acctsync plan\n"
    assert connected.mapping.stat().st_mtime_ns == before


def test_without_a_connection_a_mapping_that_knows_every_word_is_well_too(desk: Desk) -> None:
    person = Person(desk)
    assert person.end() == 0
    assert "maps every word of the export" in person.words


def test_without_a_connection_there_is_nothing_to_choose_from(desk: Desk) -> None:
    desk.edit(HALIFAX, "")
    person = Person(desk)
    assert person.end() == 4
    assert "acctsync connect qbo" in person.words


def test_the_lists_of_another_company_are_not_offered(unfinished: Desk) -> None:
    unfinished.edit("company: Harbour Commons LLC", "company: Somebody Else Inc")
    person = Person(unfinished)
    assert person.end() == 2
    assert "the mapping is for 'Somebody Else Inc'" in person.words


def test_a_mapping_that_was_changed_meanwhile_is_left_alone_and_the_answers_are_told(
    unfinished: Desk,
) -> None:
    person = Person(unfinished)
    person.answer("1")
    unfinished.edit("# the report's clock", "# the report's clock, mine")
    changed = unfinished.mapping.read_bytes()
    person.answer("q")
    assert person.end() == 2
    assert unfinished.mapping.read_bytes() == changed
    assert [each.name for each in unfinished.data.iterdir() if each.name.startswith(".")] == []
    assert "was changed by somebody else meanwhile; nothing was written" in person.words
    told = 'accounting.items."Membership: Hot Desk": {item: "Memberships:Hot Desk"}'
    assert told in person.words


def test_the_file_keeps_its_rights_and_a_link_to_it_stays_a_link(unfinished: Desk) -> None:
    real = unfinished.data / "real.yaml"
    unfinished.mapping.rename(real)
    unfinished.mapping.symlink_to(real)
    real.chmod(0o640)
    person = Person(unfinished)
    person.answer("1", "q")
    person.end()
    assert unfinished.mapping.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert WRITTEN[0] in lines_of(unfinished)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_mapping_that_can_t_be_written_is_told_before_anything_is_asked(unfinished: Desk) -> None:
    unfinished.mapping.chmod(0o444)
    person = Person(unfinished)
    assert person.end() == 2
    assert "can't be written by this user" in person.words


def test_foreign_text_is_shown_but_never_obeyed(unfinished: Desk, books: Simulator) -> None:
    rows = unfinished.data / "coworks_like" / "billing_invoices_2025-03.csv"
    text = rows.read_text(encoding="utf-8")
    hostile = "\x1b[2J[bold red]\u202eksed"
    rows.write_text(text.replace(",Membership,Virtual Mail,", f",Membership,{hostile},"), "utf-8")
    item = {**books.books.entities("Item")[5], "Name": "\x1b]0;x\x07 [link]\u202e"}
    item |= {"FullyQualifiedName": item["Name"], "Id": books.books.new_id("Item")}
    books.books.put("Item", item)
    person = Person(unfinished, "--no-color")
    person.answer("1", "?", "[link]", "q")
    person.end()
    assert "\x1b" not in person.words
    assert "\u202e" not in person.words
    assert 'item "Membership: \\x1b[2J[bold red]\\u202eksed"' in person.words
    assert "→ \\x1b]0;x\\x07 [link]\\u202e" in person.words
    written = r'"Membership: \x1b[2J[bold red]\u202eksed": {item: "\x1b]0;x\x07 [link]\u202e"}'
    assert f"    {written}" in lines_of(unfinished)


def test_on_a_narrow_terminal_nothing_is_wider_than_it(unfinished: Desk) -> None:
    person = Person(unfinished, COLUMNS="60")
    person.answer("?", "3", "", "zzz", "1", "1", "2")
    person.end()
    ours = [line for line in person.words.splitlines() if "(Enter: " not in line]
    assert max(map(len, ours)) <= 60


def test_quiet_questions_are_asked_and_a_good_end_says_nothing(unfinished: Desk) -> None:
    person = Person(unfinished, "--quiet")
    person.answer(*ANSWERS)
    assert person.end() == 0
    assert person.words.endswith("→ Stripe Clearing\n")


# Where nobody can be asked


def test_where_nobody_can_be_asked_the_keys_to_fill_in_are_named(unfinished: Desk) -> None:
    with pytest.raises(InputRefused, match="4 words are not mapped, and nobody can be") as caught:
        mend_at(unfinished, Options(mapping=unfinished.mapping, state_dir=unfinished.state))
    assert caught.value.hint.splitlines() == [
        "Fill in:",
        'accounting.items."Membership: Hot Desk"',
        'accounting.items."Membership: Virtual Mail"',
        "accounting.locations.Halifax",
        "accounting.payment_methods.Visa",
        "acctsync check gives them as YAML to paste.",
    ]


def test_an_envelope_asks_no_questions(unfinished: Desk) -> None:
    options = Options(mapping=unfinished.mapping, state_dir=unfinished.state, as_json=True)
    with pytest.raises(InputRefused) as caught:
        mend_at(unfinished, options)
    assert "acctsync check --json" in caught.value.hint


def mend_at(desk: Desk, options: Options) -> None:
    with Session(options, desk.environment) as session:
        mend(session)
