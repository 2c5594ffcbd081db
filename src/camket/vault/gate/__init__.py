"""
The one gate: every use of a person's data is asked here, answered by the policy, remembered by the journal, and only then done.

Ask first (`ask`), act with the permit (`prepare`/`keep`, `show`, `find`, `end_matters`). No permit, no data.
"""

from camket.vault.checks import KeysLost
from camket.vault.checks import is_known as is_known_key
from camket.vault.checks import require_same as require_same_key
from camket.vault.do_not_call import CallListImported, CallListRow, NoNumbers
from camket.vault.do_not_call import among as listed_among
from camket.vault.do_not_call import in_use as call_list
from camket.vault.do_not_call import replace as replace_call_list
from camket.vault.epochs import EpochsKept, keep_epochs
from camket.vault.epochs import give_up_lost as give_up_lost_epochs
from camket.vault.epochs import in_use as epochs_in_use
from camket.vault.epochs import newest as newest_epoch
from camket.vault.epochs import to_copy as epochs_to_copy
from camket.vault.gate.asking import Withheld, ask, askable, withheld
from camket.vault.gate.consents import ConsentFact, ConsentRow, agreed_purposes, consent_history, consents_of, record_consents
from camket.vault.gate.erasing import Ended, StillNeeded, collect_ended, end_matters, reconcile
from camket.vault.gate.keeping import GivenFile, Prepared, keep, new_subject, prepare, remember_further
from camket.vault.gate.matters import (
    MatterRow,
    NeedRow,
    ends_of,
    erased_uncollected,
    living_matters,
    mark_planned,
    matter_named,
    matter_rows,
    matters_of,
    resting_planned,
    resting_unplanned,
)
from camket.vault.gate.needs import (
    UnknownHold,
    close_needs,
    close_needs_of_many,
    holds_anybody,
    needs_taken_back,
    open_need,
    place_hold,
    release_hold,
    reopen_needs,
    reopen_needs_of_many,
)
from camket.vault.gate.permit import (
    InsideTransaction,
    MatterId,
    Permit,
    PermitMisused,
    RecordId,
    Refused,
    SubjectId,
    UnknownMatter,
    UnknownSubject,
)
from camket.vault.gate.reaching import Addressee, IndexMoves, Reached, decided_since, held_of, last_opened, reach, reach_again, reach_since
from camket.vault.gate.rebinding import rebind
from camket.vault.gate.remembering import in_one_commit
from camket.vault.gate.showing import (
    KeyMissing,
    Shown,
    ShownFile,
    UnknownFile,
    can_find,
    count_keyless,
    file_sizes,
    find,
    is_proven,
    open_file,
    prove,
    proven_among,
    sharing,
    show,
)
from camket.vault.gate.warrants import (
    AlreadyApproved,
    Justification,
    SamePerson,
    UnknownWarrant,
    WarrantId,
    approve,
    end_warrant,
    give_reason,
    givers_of,
)
from camket.vault.keylock import alone as keeping_keys
from camket.vault.keyring import is_prepared as has_keys
from camket.vault.keyring import prepare as prepare_keys
from camket.vault.keyring import require_all as require_keys
from camket.vault.ledger import LedgerDamaged
from camket.vault.ledger import copy as ledger_copy
from camket.vault.ledger import count as count_ledger_lines
from camket.vault.ledger import is_after as is_ledger_after
from camket.vault.ledger import put_back as put_back_ledger
from camket.vault.reindexing import IndexKept, begin_reindexing, keep_index
from camket.vault.residue import purge_residue
from camket.vault.seal import SealBroken
from camket.vault.sealed import Sealed, SealedBytes

__all__ = [
    "Addressee",
    "AlreadyApproved",
    "CallListImported",
    "CallListRow",
    "ConsentFact",
    "ConsentRow",
    "Ended",
    "EpochsKept",
    "GivenFile",
    "IndexKept",
    "IndexMoves",
    "InsideTransaction",
    "Justification",
    "KeyMissing",
    "KeysLost",
    "LedgerDamaged",
    "MatterId",
    "MatterRow",
    "NeedRow",
    "NoNumbers",
    "Permit",
    "PermitMisused",
    "Prepared",
    "Reached",
    "RecordId",
    "Refused",
    "SamePerson",
    "SealBroken",
    "Sealed",
    "SealedBytes",
    "Shown",
    "ShownFile",
    "StillNeeded",
    "SubjectId",
    "UnknownFile",
    "UnknownHold",
    "UnknownMatter",
    "UnknownSubject",
    "UnknownWarrant",
    "WarrantId",
    "Withheld",
    "agreed_purposes",
    "approve",
    "ask",
    "askable",
    "begin_reindexing",
    "call_list",
    "can_find",
    "close_needs",
    "close_needs_of_many",
    "collect_ended",
    "consent_history",
    "consents_of",
    "count_keyless",
    "count_ledger_lines",
    "decided_since",
    "end_matters",
    "end_warrant",
    "ends_of",
    "epochs_in_use",
    "epochs_to_copy",
    "erased_uncollected",
    "file_sizes",
    "find",
    "give_reason",
    "give_up_lost_epochs",
    "givers_of",
    "has_keys",
    "held_of",
    "holds_anybody",
    "in_one_commit",
    "is_known_key",
    "is_ledger_after",
    "is_proven",
    "keep",
    "keep_epochs",
    "keep_index",
    "keeping_keys",
    "last_opened",
    "ledger_copy",
    "listed_among",
    "living_matters",
    "mark_planned",
    "matter_named",
    "matter_rows",
    "matters_of",
    "needs_taken_back",
    "new_subject",
    "newest_epoch",
    "open_file",
    "open_need",
    "place_hold",
    "prepare",
    "prepare_keys",
    "prove",
    "proven_among",
    "purge_residue",
    "put_back_ledger",
    "reach",
    "reach_again",
    "reach_since",
    "rebind",
    "reconcile",
    "record_consents",
    "release_hold",
    "remember_further",
    "reopen_needs",
    "reopen_needs_of_many",
    "replace_call_list",
    "require_keys",
    "require_same_key",
    "resting_planned",
    "resting_unplanned",
    "sharing",
    "show",
    "withheld",
]
