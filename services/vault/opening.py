"""Opens what is sealed in a row or document, at the edge where somebody may see it."""

from typing import Any

from pydantic import ValidationError

from events.personal import Erased, Sealed
from services.vault.vault import Vault


def opened(value: Any, vault: Vault | None) -> Any:
    """JSON with what is sealed in it opened; without the key it stays `(sealed)`."""
    if isinstance(value, list):
        return [opened(one, vault) for one in value]
    if not isinstance(value, dict):
        return value
    try:
        sealed = Sealed.model_validate(value)
    except ValidationError:
        return {key: opened(one, vault) for key, one in value.items()}
    plain = vault.open(sealed) if vault else "(sealed)"
    return "(erased)" if isinstance(plain, Erased) else plain
