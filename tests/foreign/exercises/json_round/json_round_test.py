import json
import unittest

from json_round import Contact, dump, load


class JsonTest(unittest.TestCase):
    def setUp(self):
        self.contact = Contact("Ada", ["a@x.org"], born=1815)

    def test_dump_is_json(self):
        self.assertEqual(json.loads(dump(self.contact)), {"name": "Ada", "mails": ["a@x.org"], "born": 1815})

    def test_load(self):
        contact = load('{"name": "Bo", "mails": [], "born": null}')
        self.assertEqual(contact.name, "Bo")
        self.assertEqual(contact.mails, [])
        self.assertIsNone(contact.born)

    def test_there_and_back(self):
        again = load(dump(self.contact))
        self.assertEqual(again.__dict__, self.contact.__dict__)

    def test_no_json(self):
        with self.assertRaises(ValueError):
            load("{")

    def test_vars(self):
        self.assertEqual(vars(self.contact)["born"], 1815)

    def test_has_fields(self):
        self.assertTrue(hasattr(self.contact, "mails"))
        self.assertFalse(hasattr(self.contact, "phone"))
