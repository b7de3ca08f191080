"""A small OpenID provider over a real socket: discovery, keys, authorize, token and userinfo, and ways to misbehave."""

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "telnyx-desk", "a secret of the tests"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Company:
    """The provider and the one person who is signed in there."""

    def __init__(self) -> None:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.answer(self)

            do_POST = do_GET

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.key = new_key()
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.reset()

    def reset(self) -> None:
        self.person: dict[str, Any] = {
            "sub": "subject-of-amy",
            "email": "amy@example.com",
            "email_verified": True,
            "groups": ["desk-operators"],
            "preferred_username": "amy",
            "given_name": "Amy",
            "family_name": "Adams",
        }
        # What the provider does wrong.
        self.said_issuer = self.issuer
        self.config: dict[str, Any] = {}
        self.token_claims: dict[str, Any] = {}
        self.callback: dict[str, str] = {}
        self.fails: dict[str, int] = {}
        self.only_in_userinfo: tuple[str, ...] = ()
        self.userinfo: dict[str, Any] = {}
        self.signing_key: Any = self.key
        self.algorithm = "RS256"
        self.kid: str | None = "first"
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[dict[str, str]] = []
        self.paths: list[str] = []

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        self.paths.append(parts.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode()
        sent = {name: values[0] for name, values in parse_qs(body or parts.query).items()}
        status, headers, content = self.fails.get(parts.path, 0), {}, b"{}"
        if not status:
            status, headers, content = getattr(
                self,
                {
                    "/.well-known/openid-configuration": "discovery",
                    "/jwks": "jwks",
                    "/authorize": "authorize",
                    "/token": "token",
                    "/userinfo": "more",
                }.get(parts.path, "nothing"),
            )(sent)
        handler.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | headers).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    def nothing(self, sent: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        return 404, {}, b"{}"

    def discovery(self, sent: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        config = {
            "issuer": self.said_issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }
        return 200, {}, json.dumps(config | self.config).encode()

    def jwks(self, sent: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return 200, {}, json.dumps({"keys": [key | {"kid": "first", "use": "sig", "alg": "RS256"}]}).encode()

    def authorize(self, sent: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        self.asked.append(sent)
        assert sent["client_id"] == CLIENT
        assert sent["response_type"] == "code"
        assert sent["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = sent
        back = {"code": code, "state": sent["state"], "iss": self.issuer} | self.callback
        if "error" in back:
            del back["code"]
        return 302, {"Location": f"{sent['redirect_uri']}?{urlencode(back)}"}, b""

    def token(self, sent: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        begun = self.codes.pop(sent.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(sent.get("code_verifier", "").encode()).digest())
        is_right = (
            begun is not None
            and (sent["client_id"], sent["client_secret"]) == (CLIENT, SECRET)
            and begun["redirect_uri"] == sent["redirect_uri"]
            and challenge.decode().rstrip("=") == begun["code_challenge"]
        )
        if not is_right:
            return 400, {}, json.dumps({"error": "invalid_grant"}).encode()
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": begun["nonce"],
            **{name: value for name, value in self.person.items() if name not in self.only_in_userinfo},
            **self.token_claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        headers = {"kid": self.kid} if self.kid else None
        token = jwt.encode(claims, self.signing_key, algorithm=self.algorithm, headers=headers)
        answer = {"access_token": "access", "token_type": "Bearer", "expires_in": 300, "id_token": token}
        return 200, {}, json.dumps(answer).encode()

    def more(self, sent: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        return 200, {}, json.dumps(self.person | self.userinfo).encode()
