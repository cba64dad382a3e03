"""AES-GCM, HMAC and HKDF of the cryptography library, without what lies beside them: Git would wait for it.

The library's own modules hand on these very classes. Where a release has them elsewhere, those are asked.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hmac import HMAC
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
else:
    try:
        from cryptography.hazmat.bindings._rust import openssl

        AESGCM, HMAC, HKDF = openssl.aead.AESGCM, openssl.hmac.HMAC, openssl.kdf.HKDF
    except (ImportError, AttributeError):
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.hmac import HMAC
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

__all__ = ["AESGCM", "HKDF", "HMAC"]
