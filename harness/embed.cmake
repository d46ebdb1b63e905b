# SPDX-License-Identifier: GPL-2.0-or-later
# cmake -DFROM=page.html -DTO=page_html.c -DNAME=embedded_page_html -P embed.cmake
#
# A file as an array of bytes that ends with a NUL.
file(READ "${FROM}" bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "((0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,))" "\\1\n" bytes
	"${bytes}")
file(WRITE "${TO}" "#include \"embedded.h\"\n\nconst unsigned char ${NAME}[] = {\n${bytes}0\n};\n")
