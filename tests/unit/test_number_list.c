/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/number_list.h"

#include "tests/unit/check.h"

static void test_valid(void)
{
	static const struct {
		const char *text;
		bool valid;
	} cases[] = {
		{ "", true },
		{ " ", true },
		{ "0", true },
		{ "0-3,7", true },
		{ " 1 , 2-2 ", true },
		{ ",1,", true },
		{ "0-31:1/4", true },
		{ "511", true },
		{ "512", false },
		{ "3-1", false },
		{ "-1", false },
		{ "1-", false },
		{ "a", false },
		{ "1 2", false },
		{ "0-31:5/4", false },
		{ "0-31:0/4", false },
		{ "0-31:1", false },
		{ "0x1", false },
		{ "99999999999999999999", false },
		{ "1-2-3", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const bool valid = spec_number_list_valid(cases[i].text, 511);

		if (valid != cases[i].valid)
			printf("# \"%s\"\n", cases[i].text);
		CHECK(valid == cases[i].valid);
	}
}

static void test_bits(void)
{
	static const struct {
		const char *text;
		size_t n;
		uint64_t first, second;
	} cases[] = {
		{ "", 0, 0, 0 },
		{ "0", 1, 1, 0 },
		{ "0-3, 7", 1, 0x8f, 0 },
		{ "63", 1, 1ULL << 63, 0 },
		{ "64,1", 2, 2, 1 },
		{ "62-65", 2, 3ULL << 62, 3 },
		{ "0-15:2/4", 1, 0x3333, 0 },
		{ "1-6:1/3", 1, 0x12, 0 },
		{ "127", 2, 0, 1ULL << 63 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint64_t words[2] = { 0 };

		CHECK(spec_number_list_bits(cases[i].text, words) == cases[i].n);
		CHECK(words[0] == cases[i].first && words[1] == cases[i].second);
	}
}

int main(void)
{
	test_valid();
	test_bits();
	return CHECK_DONE();
}
