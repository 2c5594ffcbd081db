"""Two tiny editions, invented: the second shows advisers a whole number, lets them look for a name, and lets a court have the number too."""

from camket.policy.compiled import CompiledPolicy
from camket.policy.compiler import compile_edition
from camket.policy.source import EditionSource

MANIFEST = """
number = {number}
slug = "tiny"
authoritative = "en"
translations = []
regime = "no-law"
timezone = "Asia/Ho_Chi_Minh"
"""

_FIRST = """# A tiny policy

## 1. What we collect

1.1 We ask for your name, e-mail address, telephone number and message, to advise you.

```rule
[[field]]
id = "full_name"
kind = "name"
max_length = 120

[[field]]
id = "email"
kind = "email"
max_length = 254

[[field]]
id = "phone"
kind = "phone"
max_length = 32

[[field]]
id = "message"
kind = "text"
max_length = 8000

[[purpose]]
id = "advise"
basis = "consent"

[[purpose]]
id = "provide_service"
basis = "contract"
article = "Sample Act art. 1"

[[purpose]]
id = "legal_disclosure"
basis = "legal_obligation"
article = "Sample Act art. 2"

[[collection]]
id = "contact"
fields = ["full_name", "email", "phone"]
purposes = ["advise", "provide_service", "legal_disclosure"]
required = ["full_name"]

[[collection]]
id = "message"
fields = ["message"]
purposes = ["advise"]

[[permit]]
roles = ["visitor", "subject"]
operations = ["collect"]
purposes = ["advise"]
fields = ["full_name", "email", "phone", "message"]

[[permit]]
roles = ["visitor"]
operations = ["collect"]
purposes = ["provide_service"]
fields = ["full_name", "email", "phone"]
```

```words
[field.full_name]
label = "Name"
why = "to call you by it"
[field.email]
label = "E-mail"
why = "to answer"
[field.phone]
label = "Telephone"
why = "to call back"
[field.message]
label = "Message"
why = "to know what you need"
[purpose.advise]
label = "Advice"
consent = "You may use this to advise me."
[purpose.provide_service]
label = "Service"
[purpose.legal_disclosure]
label = "Courts"
[recipient.controller]
label = "We"
[recipient.court]
label = "Court"
```

## 2. What we use it for

2.1 Our advisers read your name, e-mail address and message.

```rule
[[permit]]
roles = ["adviser"]
operations = ["use"]
purposes = ["advise", "provide_service"]
fields = ["full_name", "email"]

[[permit]]
roles = ["adviser"]
operations = ["use", "store"]
purposes = ["advise"]
fields = ["message"]
```

2.2 Of your number they see the end.

```rule
[[permit]]
roles = ["adviser"]
operations = ["use"]
purposes = ["advise"]
fields = ["phone"]
redact = "last4"
```

2.3 They find you by e-mail address or number.

```rule
[[permit]]
roles = ["adviser"]
operations = ["find"]
purposes = ["advise"]
fields = ["email", "phone"]
```

2.4 A court is given your name.

```rule
[[permit]]
roles = ["legal"]
operations = ["disclose"]
purposes = ["legal_disclosure"]
fields = ["full_name"]
recipients = ["court"]
```

2.5 Two people together may look into everything.

```rule
[[permit]]
roles = ["privacy_officer"]
operations = ["use"]
purposes = ["provide_service"]
fields = ["full_name", "email", "phone"]
obligations = ["second_person"]
```

## 3. How long

3.1 Ninety days after we are done.

```rule
[[retain]]
purposes = ["advise", "provide_service", "legal_disclosure"]
after = "inquiry.closed"
keep = "P90D"
then = "erase"

[[permit]]
roles = ["system"]
operations = ["erase"]
purposes = ["advise"]
fields = ["full_name", "email", "phone", "message"]
```

## 4. Who may see it

4.1 We, and a court.

```rule
[[recipient]]
id = "controller"
kind = "controller"

[[recipient]]
id = "court"
kind = "authority"
```

4.2 Auditors see nothing.

```rule
[[forbid]]
roles = ["auditor"]
operations = ["use", "find", "disclose"]
purposes = ["*"]
fields = ["*"]
recipients = ["*"]
```
"""

_CHANGES = (
    ('fields = ["phone"]\nredact = "last4"', 'fields = ["phone"]'),
    ('purposes = ["advise"]\nfields = ["email", "phone"]', 'purposes = ["advise"]\nfields = ["email", "phone", "full_name"]'),
    ('purposes = ["legal_disclosure"]\nfields = ["full_name"]', 'purposes = ["legal_disclosure"]\nfields = ["full_name", "phone"]'),
)


def text_of(number: int) -> str:
    """Return the text of edition 1, or of any later one."""
    text = _FIRST
    for old, new in _CHANGES if number > 1 else ():
        assert old in text
        text = text.replace(old, new)
    return text + f'\n4.3 This is edition {number}.\n\n```rule\nrule = "none"\nwhy = "It only says so."\n```\n'


def tiny_policy(number: int) -> CompiledPolicy:
    """Return a tiny edition, compiled."""
    compilation = compile_edition(EditionSource(files={"edition.toml": MANIFEST.format(number=number), "policy.en.md": text_of(number)}), None)
    assert compilation.policy is not None, "\n".join(f"{one.line} {one.code} {one.message}" for one in compilation.diagnostics)
    return compilation.policy
