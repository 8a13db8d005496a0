# SPDX-License-Identifier: Apache-2.0
# The guest side's program as a C array: -D IN=program -D OUT=file.c
file(READ ${IN} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
file(WRITE ${OUT}.tmp "#include <stddef.h>\n#include \"libcontainer/launch.h\"\n\nconst unsigned char init_image[] = {${hex}};\nconst size_t init_image_size = sizeof(init_image);\n")
file(RENAME ${OUT}.tmp ${OUT})
