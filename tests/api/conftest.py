from tests.services.conftest import bus

__all__ = ["bus"]
