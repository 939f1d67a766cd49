"""Messages as mail servers send them back: in the forms of several of them, and made up."""

from email.message import EmailMessage
from typing import Final

OURS: Final = "0123456789abcdef0123456789abcdef"
LETTER: Final = f"""\
From: Leading Together <noreply@leading-together.example>
To: Ada Tregenza <ada@example.org>
Subject: A place for you. Please answer by 4 October 2024
Message-ID: <{OURS}@leading-together.example>
MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"
"""
WORDS: Final = "\nDear Ada\n\nWe are glad.\n"
POSTFIX: Final = """\
Return-Path: <>
Date: Mon, 16 Sep 2024 10:00:05 +0000 (UTC)
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: office@leading-together.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
 boundary="4X6k2w0abc.1726480805/mx.example.org"
Content-Transfer-Encoding: 8bit
Message-Id: <20240916100005.4X6k2w0def@mx.example.org>

This is a MIME-encapsulated message.

--4X6k2w0abc.1726480805/mx.example.org
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--4X6k2w0abc.1726480805/mx.example.org
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
X-Postfix-Queue-ID: 4X6k2w0abc
Arrival-Date: Mon, 16 Sep 2024 10:00:04 +0000 (UTC)

Final-Recipient: rfc822; ada@example.org
Original-Recipient: rfc822;ada@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 <ada@example.org>: Recipient address rejected

--4X6k2w0abc.1726480805/mx.example.org
Content-Description: Undelivered Message
Content-Type: {kind}

{original}
--4X6k2w0abc.1726480805/mx.example.org--
"""


def postfix(
    original: str = LETTER + WORDS,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    kind: str = "message/rfc822",
) -> bytes:
    """As Postfix writes it; with `kind` text/rfc822-headers it sends the headers alone."""
    text = POSTFIX.format(action=action, status=status, kind=kind, original=original)
    return text.encode()


def exchange(original: str = LETTER + WORDS) -> bytes:
    """As Exchange Online writes it: with pictures, and the parts in base64 and in HTML."""
    message = EmailMessage()
    message["From"] = "Microsoft Outlook <MicrosoftExchange329e@example.onmicrosoft.com>"
    message["To"] = "office@leading-together.example"
    message["Subject"] = "Undeliverable: A place for you"
    message.set_content("Your message to ada@example.org couldn't be delivered.")
    message.add_alternative("<p>Your message couldn't be delivered.</p>", subtype="html")
    whole = EmailMessage()
    whole["From"], whole["To"] = str(message["From"]), str(message["To"])
    whole["Subject"] = str(message["Subject"])
    status = (
        "Reporting-MTA: dns;CWXP123MB1234.GBRP123.PROD.OUTLOOK.COM\r\n\r\n"
        "Final-Recipient: RFC822;ada@example.org\r\nAction: FAILED\r\nStatus: 5.1.10 (none)\r\n"
        "Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound\r\n"
    )
    del message["From"], message["To"], message["Subject"]
    parts = (
        message.as_string(),
        f"Content-Type: message/delivery-status\r\n\r\n{status}",
        f"Content-Type: message/rfc822\r\n\r\n{original}",
    )
    border = "_b7f3_CWXP123MB1234_"
    text = "".join(f"--{border}\r\n{one}\r\n" for one in parts)
    kind = f'multipart/report; report-type="delivery-status";\r\n\tboundary="{border}"'
    whole["MIME-Version"] = "1.0"
    head = whole.as_string().rstrip("\n")
    return f"{head}\nContent-Type: {kind}\r\n\r\n{text}--{border}--\r\n".encode()
