"""Why what somebody showed does not tell who they are; each kind is a sentence for people."""

from domain.decision import Refusal


class NotIdentified(Refusal):
    """It is not known who you are. Sign in, and try again."""

    code = "identity.unknown"


class NothingShown(NotIdentified):
    """Nobody is named: no token was shown. Sign in first."""

    code = "identity.missing"


class NotReadable(NotIdentified):
    """What was shown is not a signed token of the form that is taken here. Sign in anew."""

    code = "identity.not-readable"


class UnknownIssuer(NotIdentified):
    """Whoever issued the token vouches for nobody here. Sign in where this service says."""

    code = "identity.unknown-issuer"


class NotGenuine(NotIdentified):
    """The token is not signed by whom it names, or with a key that is no longer in use. Sign in
    anew.
    """

    code = "identity.not-genuine"


class NotForUs(NotIdentified):
    """The token was issued for another service or for another use. Sign in to this service."""

    code = "identity.not-for-us"


class Expired(NotIdentified):
    """The token has expired. Sign in anew."""

    code = "identity.expired"


class NotValidYet(NotIdentified):
    """The token counts from a later time than it is here. Wait a moment; if that does not help,
    somebody's clock is wrong.
    """

    code = "identity.not-yet"


class LastsTooLong(NotIdentified):
    """The token stays valid for longer than is allowed here. Ask those who run the sign-in to
    issue shorter ones.
    """

    code = "identity.lasts-too-long"


class KeysUnavailable(NotIdentified):
    """The keys of the token's issuer can't be had at the moment. Try again in a minute."""

    code = "identity.unavailable"
