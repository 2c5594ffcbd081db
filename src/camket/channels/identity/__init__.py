"""The company's own sign-in service, asked over OpenID Connect."""

from camket.channels.identity.company import CompanyProvider, Settings, open_provider, probe
from camket.channels.identity.wire import Patience

__all__ = ["CompanyProvider", "Patience", "Settings", "open_provider", "probe"]
