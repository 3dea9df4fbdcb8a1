# SPDX-License-Identifier: MIT
"""Certificates of a moment, and servers that show them."""
import ssl
import subprocess


def make_certificates(folder):
    """A CA, and what it has signed: for 127.0.0.1, for another name, and out of date."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test CA")
    for name, address, days in (("good", "IP:127.0.0.1", "2"), ("wrong", "DNS:other.example.com", "2"), ("expired", "IP:127.0.0.1", "-1")):
        (folder / "ext").write_text("subjectAltName=%s\n" % address)
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=127.0.0.1")
        openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", name + ".pem", "-days", days, "-extfile", "ext")


def server_context(folder, name):
    """What a server shows who is `name` of those that make_certificates() has made."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / (name + ".pem"), folder / (name + ".key"))
    return context
