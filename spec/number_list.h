/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The highest number of a processor (CONFIG_NR_CPUS) and of a memory node (CONFIG_NODES_SHIFT). */
#define SPEC_MAX_CPU 8191
#define SPEC_MAX_NODE 1023

/*
 * Lists of processors and memory nodes: "0-3,7", also "0-31:1/4" (one of each
 * four) as the kernel has it; spaces around an element are fine, no element is
 * an empty list. max: the highest number.
 */
bool spec_number_list_valid(const char *text, unsigned long long max);

/*
 * A valid list as bits, bit n of word n / 64, into words that are zero and
 * enough for its highest number. Returns how many words up to the last bit.
 */
size_t spec_number_list_bits(const char *text, uint64_t *words);
