#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of `vmafuzz show --html` in a real browser: it loads, steps and marks the difference.

usage: page_test.py VMAFUZZ SHOW_TEST [unittest options]

SHOW_TEST leaves the page of a five-operation mismatch where its argument says. Without Chromium the
test is skipped (77), on a build machine (CI is set) it fails.
"""
import html.parser
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

VMAFUZZ = None
SHOW_TEST = None
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or \
    shutil.which("google-chrome")
WIDE, PHONE = (1280, 900), (390, 800)

AGREEING = """vma-program 1
mmap 4..8 rw private anon
guard_install 5..6
name 4..8 "<b> & </script>"
mmap 8..10 rw private file=close
fork
@1 munmap 4..10
"""


class Document(html.parser.HTMLParser):
    """Elements as (tag, attributes, text below it)."""

    VOID = {"meta", "link", "input", "br"}

    def __init__(self, text):
        super().__init__()
        self.elements, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        element = (tag, dict(attrs), [])
        self.elements.append(element)
        if tag not in self.VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        for element in self.open:
            element[2].append(data)

    def by_id(self, name):
        for tag, attributes, text in self.elements:
            if attributes.get("id") == name:
                return attributes, "".join(text)
        raise AssertionError(f"no element {name}")

    def with_class(self, name):
        return [("".join(text), attributes) for _, attributes, text in self.elements
                if name in (attributes.get("class") or "").split()]


class Page(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def browse(self, path, fragment="", size=WIDE, driver="", errors=False):
        """The document once its scripts have run; whatever the console says is a failure."""
        if driver:
            with open(path, encoding="utf-8") as file:
                text = file.read()
            path = os.path.join(self.folder, "driven.html")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text.replace("</body>", f"<script>{driver}</script></body>"))
        done = subprocess.run(
            [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
             f"--user-data-dir={self.folder}/profile", f"--window-size={size[0]},{size[1]}",
             "--virtual-time-budget=2000", "--host-resolver-rules=MAP * ~NOTFOUND",
             "--dump-dom", f"file://{path}{fragment}"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=False)
        said = [line for line in done.stderr.decode().splitlines() if "CONSOLE" in line]
        self.assertEqual(bool(said), errors, said)
        self.assertEqual(done.returncode, 0, done.stderr.decode()[-2000:])
        return Document(done.stdout.decode())

    def mismatch(self):
        path = os.path.join(self.folder, "five.html")
        subprocess.run([SHOW_TEST, path], check=True)
        return path

    def test_an_error_of_the_script_would_be_seen(self):
        self.browse(self.mismatch(), driver="nothing.of_the_kind();", errors=True)

    def test_mismatch_is_marked(self):
        page = self.browse(self.mismatch(), "#step=5")
        self.assertEqual(page.by_id("where")[1], "5 / 5")
        self.assertEqual(page.by_id("operation")[1], "5. mprotect 4..6 rwx \u2190 disagreement")
        self.assertIn("missed-merge/mprotect/4.2", page.by_id("verdict")[1])
        marked = [attributes["aria-label"] for _, attributes in page.with_class("differs")
                  if "data-start" in attributes]
        self.assertEqual(marked, ["subject: A, pages 2 to 3, differs",
                                  "subject: B, pages 4 to 5, differs",
                                  "model: A, pages 2 to 5, differs"])
        rows = "\n".join(text for text, _ in page.with_class("differs"))
        self.assertIn("vma_count21", rows)
        self.assertNotIn("total_vm", rows)

    def test_nothing_is_marked_before(self):
        path = self.mismatch()
        for step in (0, 3, 4):
            page = self.browse(path, f"#step={step}")
            self.assertEqual(page.with_class("differs"), [], step)
            self.assertEqual(page.by_id("where")[1], f"{step} / 5")

    def test_it_opens_at_the_disagreement_and_bounds_the_step(self):
        path = self.mismatch()
        for fragment in ("", "#step=99", "#nonsense"):
            self.assertEqual(self.browse(path, fragment).by_id("where")[1], "5 / 5", fragment)

    def test_slider_buttons_keys_and_program_step(self):
        press = 'document.dispatchEvent(new KeyboardEvent("keydown", {key: "%s"}));'
        slide = ('const s = document.getElementById("slider"); s.value = 2;'
                 's.dispatchEvent(new Event("input"));')
        path = self.mismatch()
        for driver, step in (('document.getElementById("back").click();', 4),
                             (slide, 2),
                             (slide + 'document.getElementById("forward").click();', 3),
                             (press % "ArrowLeft" * 2, 3), (press % "Home", 0),
                             (press % "Home" + press % "ArrowRight", 1),
                             (press % "Home" + press % "End", 5),
                             ('document.querySelector("#program li button").click();', 1),
                             ('location.hash = "#step=1";', 1)):
            page = self.browse(path, driver=driver)
            self.assertEqual(page.by_id("where")[1], f"{step} / 5", driver)
            self.assertEqual(page.by_id("slider")[0]["aria-valuetext"].split(":")[0],
                             f"step {step} of 5")

    def test_pointing_at_a_vma_tells_its_flags_and_counters(self):
        driver = ('document.querySelector("[data-side=subject] button")'
                  '.dispatchEvent(new Event("mouseenter"));')
        told = self.browse(self.mismatch(), driver=driver).by_id("details")[1]
        for word in ("subject: A", "200000002000-200000004000 rwxp", "rd wr ex", "vma_count\u00a02"):
            self.assertIn(word, told)

    def test_a_phone_needs_no_sideways_scrolling(self):
        fits = ('<script>onmessage = () => parent.postMessage(document.documentElement.scrollWidth'
                ' > innerWidth ? "scrolls" : "fits", "*");</script></body>')
        frame = os.path.join(self.folder, "frame.html")
        inner = os.path.join(self.folder, "inner.html")
        with open(self.mismatch(), encoding="utf-8") as file:
            text = file.read()
        # A window cannot be as narrow as a phone; a frame can.
        with open(frame, "w", encoding="utf-8") as file:
            file.write('<!DOCTYPE html><link rel="icon" href="data:,"><p id="told"></p>'
                       f'<iframe src="inner.html" width="{PHONE[0]}" height="{PHONE[1]}" '
                       'style="border: 0"></iframe><script>onload = () => '
                       'document.querySelector("iframe").contentWindow.postMessage("x", "*");'
                       'onmessage = (e) => { document.getElementById("told").textContent = '
                       'e.data; };</script>')
        for wide, told in (("", "fits"), ('<p style="width: 500px">wide</p>', "scrolls")):
            with open(inner, "w", encoding="utf-8") as file:
                file.write(text.replace("</body>", wide + fits))
            self.assertEqual(self.browse(frame).by_id("told")[1], told)

    def test_page_of_the_command(self):
        program = os.path.join(self.folder, "good.vma")
        path = os.path.join(self.folder, "good.html")
        with open(program, "w", encoding="utf-8") as file:
            file.write(AGREEING)
        done = subprocess.run([VMAFUZZ, "show", "--html", path, program], check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual((done.returncode, done.stdout), (0, b""))
        page = self.browse(path)
        self.assertEqual(page.by_id("where")[1], "6 / 6")
        self.assertEqual(page.with_class("differs"), [])
        self.assertIn("agree after every operation", page.by_id("verdict")[1])
        self.assertIn('"<b> & </script>"', page.by_id("program")[1])
        self.assertEqual([attributes["data-space"] for _, attributes, _ in page.elements
                          if "data-space" in attributes], ["0", "1"])
        self.assertTrue([1 for _, attributes, _ in page.elements
                         if attributes.get("title") == "guard marker at page 5"])
        self.assertIn("@1 close close 8..10", page.by_id("events")[1])


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    if not BROWSER:
        print("page_test: chromium is missing (Debian: chromium)")
        sys.exit(1 if os.environ.get("CI") else 77)
    VMAFUZZ, SHOW_TEST = (os.path.abspath(sys.argv.pop(1)) for _ in range(2))
    unittest.main()
