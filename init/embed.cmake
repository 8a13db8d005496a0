# SPDX-License-Identifier: Apache-2.0
# The guest side's program as a C array: -D IN=program -D OUT=file.c
file(READ ${IN} hex HEX)
string(REGEX REPLACE "(..)(..)(..)(..)(..)(..)(..)(..)" "0x\\1,0x\\2,0x\\3,0x\\4,0x\\5,0x\\6,0x\\7,0x\\8,\n" hex "${hex}")
string(REGEX REPLACE "\n([0-9a-f][0-9a-f])" "\n0x\\1" hex "${hex}")
string(REGEX REPLACE ",\n(0x..)(..)" ",\n\\1,0x\\2" hex "${hex}")
file(WRITE ${OUT}.tmp "/* Made from ${IN}: the guest side. */\n#include <stddef.h>\n#include \"libcontainer/launch.h\"\n\nconst unsigned char init_image[] = {\n${hex}};\nconst size_t init_image_size = sizeof(init_image);\n")
file(RENAME ${OUT}.tmp ${OUT})
