import signal
import threading

import pytest

from tagger.commands.interrupts import polite_interrupts, telling_how_to_go_on


@pytest.fixture(autouse=True)
def handler():
    """Python's own handler of Ctrl-C, whoever runs the tests."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press():
    signal.raise_signal(signal.SIGINT)


def test_without_ctrl_c_nothing_is_asked_for(capsys):
    with polite_interrupts("Ending.") as stopping:
        assert not stopping()
    assert capsys.readouterr() == ("", "")


def test_the_first_ctrl_c_asks_and_says_so_on_standard_error(capsys):
    with polite_interrupts("Ending.") as stopping:
        press()
        assert stopping()
        assert stopping()
    assert capsys.readouterr() == ("", "\nEnding.\n")


def test_the_second_ctrl_c_interrupts():
    with polite_interrupts("Ending.") as stopping:
        press()
        with pytest.raises(KeyboardInterrupt):
            press()
        assert stopping()


@pytest.mark.parametrize("presses", [0, 1])
def test_afterwards_ctrl_c_is_what_it_was(presses):
    with polite_interrupts("Ending."):
        for _ in range(presses):
            press()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(KeyboardInterrupt):
        press()


def test_an_error_in_the_block_comes_through_and_ctrl_c_is_what_it_was():
    with pytest.raises(ValueError, match="in the block"), polite_interrupts("Ending."):
        raise ValueError("in the block")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_two_blocks_in_a_row_know_nothing_of_each_other():
    with polite_interrupts("Ending.") as first:
        press()
    with polite_interrupts("Ending.") as second:
        assert not second()
        assert first()


@pytest.mark.parametrize("other", [signal.SIG_IGN, lambda number, frame: None])
def test_who_handles_ctrl_c_already_keeps_it(other, capsys):
    """A shell starts its background jobs with Ctrl-C ignored."""
    signal.signal(signal.SIGINT, other)
    with polite_interrupts("Ending.") as stopping:
        assert signal.getsignal(signal.SIGINT) is other
        press()
        assert not stopping()
    assert signal.getsignal(signal.SIGINT) is other
    assert capsys.readouterr().err == ""


def test_what_it_gives_may_be_asked_from_another_thread():
    answers = []
    with polite_interrupts("Ending.") as stopping:
        press()
        thread = threading.Thread(target=lambda: answers.append(stopping()))
        thread.start()
        thread.join()
    assert answers == [True]


HOW = "tagger: interrupted; the same command with --resume goes on\n"


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize(("can_go_on", "said"), [(True, HOW), (False, "")])
def test_who_ends_a_run_hears_how_it_goes_on_where_it_can(capsys, end, can_go_on, said):
    with pytest.raises(end), telling_how_to_go_on(lambda: can_go_on):
        raise end
    assert capsys.readouterr() == ("", said)


def test_whether_a_run_can_go_on_is_asked_when_it_ends():
    checkpoints = []
    with pytest.raises(KeyboardInterrupt), telling_how_to_go_on(lambda: checkpoints.append("asked")):
        assert not checkpoints
        raise KeyboardInterrupt
    assert checkpoints == ["asked"]


def test_nothing_is_said_of_a_run_that_ends_well_or_fails(capsys):
    with telling_how_to_go_on():
        pass
    with pytest.raises(ValueError, match="a defect"), telling_how_to_go_on():
        raise ValueError("a defect")
    assert capsys.readouterr() == ("", "")
