# SPDX-License-Identifier: GPL-2.0-or-later
"""Small changes of C functions, one at a time: what ci/mutants plants.

A function is read as words (identifiers, numbers, operators), never as a syntax tree: what a change
makes of it need not compile, and then it is none. Functions begin with `{` in the first column and
end with `}` there.
"""

import hashlib
import re

WORD = re.compile(
    r"(?P<skip>\s+|/\*.*?\*/|^\#[^\n]*(?:\\\n[^\n]*)*)|(?P<text>\"(?:\\.|[^\"])*\"|'(?:\\.|[^'])*')"
    r"|(?P<number>\d\w*)|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<operator>->|\+\+|--|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)", re.S | re.M)
HEAD = re.compile(r"^(?P<type>[A-Za-z_][\w\s*]*?[\s*])(?P<name>\w+)\((?P<arguments>[^;{}]*)\)\n\{\n",
                  re.M)
FLAG = re.compile(r"(VM|MREMAP|MAP|PROT|MCL|MLOCK|UFFD)_[A-Z0-9_]+$")
# What an operator becomes, word by word.
RELATIONS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
LOGIC = {"&&": "||", "||": "&&"}
ARITHMETIC = {"+": "-", "-": "+", "+=": "-=", "-=": "+=", "++": "--", "--": "++"}
SIDES = {"prev": "next", "vma_prev": "vma_next", "vma_find_prev": "vma_find", "first": "last",
         "merge_left": "merge_right", "left": "right", "start": "end", "vm_start": "vm_end",
         "lower_of": "higher_of", "remove_middle": "remove_next"}
SIDES.update({there: here for here, there in SIDES.items()})
# A statement begins behind one of these; `)` only where it closes an if.
BETWEEN = ("{", "}", ";", "else")
CONTROL = ("if", "for", "while", "switch", "do", "else", "case", "default", "goto", "struct",
           "const", "static", "bool", "int", "void", "enum", "unsigned")
# What a function of such a type may return whatever it was asked.
CONSTANTS = (("bool", ("true", "false")), ("*", ("NULL",)), ("int", ("0",)), ("uint64_t", ("0",)))


class Mutant:
    """Text [at, until) of a file becomes `to`."""

    def __init__(self, function, operator, span, to):
        self.file, self.function, self.operator = function.file, function.name, operator
        self.at, self.until = span
        self.to = to
        self.before = function.file_text
        self.line = self.before.count("\n", 0, self.at) + 1
        self.id = None

    def text(self):
        return self.before[:self.at] + self.to + self.before[self.until:]

    def diff(self):
        """The lines it changes, before and after."""
        begin = self.before.rfind("\n", 0, self.at) + 1
        end = self.before.find("\n", self.until)
        old = self.before[begin:end]
        new = self.before[begin:self.at] + self.to.rstrip("\n") + self.before[self.until:end]
        return "\n".join([f"-{line}" for line in old.split("\n")] +
                         [f"+{line}" for line in new.split("\n")])


class Word:
    """A word of a function and where it stands in the file."""

    def __init__(self, match):
        self.text, self.kind = match.group(), match.lastgroup
        self.at, self.until = match.span()


class Function:
    """A function's body as words."""

    def __init__(self, file, file_text, head, end):
        self.file, self.file_text = file, file_text
        self.name, self.type = head.group("name"), head.group("type").strip()
        self.names = set(re.findall(r"\w+", file_text[head.start():end]))
        self.words = [Word(match) for match in WORD.finditer(file_text, head.end(), end)
                      if match.lastgroup != "skip"]

    def closing(self, index):
        """Of the bracket that opens at words[index]."""
        depth = 0
        for i in range(index, len(self.words)):
            depth += (self.words[i].text in "([") - (self.words[i].text in ")]")
            if not depth:
                return i
        return index

    def statements(self):
        """(first, last) words of the simple statements, the `;` included."""
        heads = {self.closing(i + 1) for i, word in enumerate(self.words)
                 if word.text in ("if", "for", "while")}
        first, depth = 0, 0
        for i, word in enumerate(self.words):
            depth += (word.text in "([") - (word.text in ")]")
            if depth or not (word.text in BETWEEN or i in heads):
                continue
            if word.text == ";" and i > first:
                yield first, i
            first = i + 1


def functions_of(file, text):
    for head in HEAD.finditer(text):
        end = text.find("\n}\n", head.end())
        yield Function(file, text, head, end + 1)


def is_value(word):
    return word.kind in ("name", "number") or word.text in ")]"


def replacements(function):
    """(operator, word, what it becomes) for single words."""
    words = function.words
    for i, word in enumerate(words):
        if word.text in RELATIONS:
            yield "relation", word, RELATIONS[word.text]
        elif word.text in LOGIC:
            yield "logic", word, LOGIC[word.text]
        elif word.text in ARITHMETIC and (len(word.text) > 1 or i and is_value(words[i - 1])):
            yield "arithmetic", word, ARITHMETIC[word.text]
        elif word.kind == "name" and word.text in SIDES and \
                (words[i - 1].text in ("->", ".") or words[i + 1].text == "(" or
                 SIDES[word.text] in function.names):
            yield "side", word, SIDES[word.text]
        elif word.kind == "number" and word.text.isdigit():
            yield "number", word, str(int(word.text) + 1)
            if int(word.text):
                yield "number", word, str(int(word.text) - 1)
        elif word.text in ("true", "false"):
            yield "number", word, "false" if word.text == "true" else "true"


def dropped_flags(function):
    """`A | B` loses one of the two, and `& ~A` its `~`."""
    words = function.words
    for i, word in enumerate(words):
        if not word.kind == "name" or not FLAG.match(word.text):
            continue
        if words[i - 1].text == "|":
            yield "flag", (words[i - 1].at, word.until), ""
        elif i + 1 < len(words) and words[i + 1].text == "|":
            yield "flag", (word.at, words[i + 1].until), ""


def negations(function):
    words = function.words
    for i, word in enumerate(words):
        if word.text == "if":
            end = function.closing(i + 1)
            texts = [word.text for word in words[i:end]]
            # That one is a relation already.
            if ("==" in texts or "!=" in texts) and "&&" not in texts and "||" not in texts:
                continue
            inside = function.file_text[words[i + 1].until:words[end].at]
            yield "negate", (words[i + 1].at, words[end].until), f"(!({inside}))"


def deletions(function):
    words = function.words
    for first, last in function.statements():
        if words[first].kind == "name" and words[first + 1].text == ":":
            first += 2
        if words[first].text in CONTROL:
            continue
        # A declaration: two names, or a star between them.
        if words[first].text != "return" and words[first].kind == "name" and \
                words[first + 1].kind == "name":
            continue
        # Without the last return there is no telling what it does.
        if words[first].text == "return" and last == len(words) - 1:
            continue
        span = (words[first].at, words[last].until)
        yield "delete", span, ";" + "\n" * function.file_text.count("\n", *span)


def constant_returns(function):
    words = function.words
    values = next((values for name, values in CONSTANTS if name in function.type), ())
    for first, last in function.statements():
        if words[first].text != "return" or last == first + 1:
            continue
        span = (words[first + 1].at, words[last].at)
        for value in values:
            if function.file_text[span[0]:span[1]] != value:
                yield "return", span, value


def mutants_of(function, left_out):
    """All of them, in the order of the text. `left_out`: lines that match change nothing."""
    changes = [(operator, (word.at, word.until), to)
               for operator, word, to in replacements(function)]
    for more in (dropped_flags, negations, deletions, constant_returns):
        changes += more(function)
    seen, mutants = {}, []
    for operator, span, to in sorted(changes, key=lambda change: (change[1], change[0], change[2])):
        mutant = Mutant(function, operator, span, to)
        if left_out.search(mutant.diff()):
            continue
        # By content, so that it stays the same when something else moves.
        what = f"{function.file} {function.name} {operator} " + re.sub(r"\s+", " ", mutant.diff())
        seen[what] = seen.get(what, 0) + 1
        mutant.id = hashlib.sha256(f"{what} {seen[what]}".encode()).hexdigest()[:10]
        mutants.append(mutant)
    return mutants
