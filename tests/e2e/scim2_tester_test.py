# SPDX-License-Identifier: MIT
"""The public conformance suite scim2-tester, through nginx, on the embedded store: nothing fails, deviates or is left out.

Its client refuses any answer with an attribute that /Schemas does not define.
"""
import unittest

import virtual_environment
from harness import BASE, Site

virtual_environment.enter("scim2_tester")

import httpx2  # noqa: E402
import scim2_tester  # noqa: E402
import scim2_tester.checkers  # noqa: E402
from scim2_client.engines.httpx2 import SyncSCIMClient  # noqa: E402
from scim2_tester import Status  # noqa: E402
from scim2_tester.utils import CheckConfig, CheckContext  # noqa: E402

CONFIG = "strict = true\n"
PASSED = (Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE)


def check_names():
    """Those of every check that the suite has; what calls others is none itself."""
    return {name for name in scim2_tester.checkers.__all__ if hasattr(getattr(scim2_tester.checkers, name), "tags")}


class Conformance(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        site = cls.enterClassContext(Site(config=CONFIG))
        site.start_scim()
        site.start_nginx()
        http = cls.enterClassContext(httpx2.Client(base_url="http://127.0.0.1:%d%s" % (site.port, BASE),
                                                   headers={"Authorization": "Bearer " + site.token}, timeout=60))
        client = SyncSCIMClient(http)
        cls.results = scim2_tester.check_server(client)
        # The one that check_server() of this version forgets.
        cls.results += scim2_tester.checkers.core_schemas_validation(CheckContext(client, CheckConfig()))

    def test_all_pass(self):
        self.assertEqual([r for r in self.results if r.status not in PASSED], [])

    def test_all_are_run_on_every_resource_type(self):
        ran = {r.title for r in self.results}
        self.assertGreater(len(check_names()), 20)
        self.assertEqual(check_names() - ran, set())
        types = {r.resource_type for r in self.results} - {None}
        self.assertEqual(types, {"User", "Group"})
        of_resources = {r.title for r in self.results if r.resource_type}
        for name in types:
            self.assertEqual({r.title for r in self.results if r.resource_type == name}, of_resources, name)


if __name__ == "__main__":
    unittest.main(verbosity=2)
