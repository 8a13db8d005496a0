/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* 10 to 1000 of the specification onto 1 to 10000 of io.weight. */
static unsigned io_weight(unsigned weight)
{
	return 1 + (weight - 10) * 9999 / 990;
}

/* 1: the file is there, 0: it is not (or nothing is written in this pass). */
static bool has_bfq(const struct limit *l)
{
	cleanup_str struct str text = { 0 };

	return !l->wants && cgfile_read(l->cg->fd, "io.bfq.weight", &text) >= 0;
}

static int limit_io_weight(struct limit *l, const struct spec_block_io *io, bool bfq)
{
	char value[32];

	if (!io->weight.val)
		return 0;
	if (bfq)
		return limit_put_num(l, "blockIO.weight", LIMIT_NEEDED, "io.bfq.weight",
				     io->weight.val);
	snprintf(value, sizeof(value), "default %u", io_weight(io->weight.val));
	return limit_put(l, "blockIO.weight", LIMIT_NEEDED, "io.weight", value);
}

/* Only the bfq scheduler weighs single devices. */
static int limit_io_devices(struct limit *l, const struct spec_block_io *io, bool bfq)
{
	for (size_t i = 0; i < io->weightDevice.n; i++) {
		const struct spec_weight *w = &io->weightDevice.v[i];
		char value[64];
		int r;

		if (!w->weight.val)
			continue;
		if (!l->wants && !bfq)
			return error_set(l->err, ENODEV,
					 "linux.resources.blockIO.weightDevice[%zu]: needs the bfq "
					 "scheduler, which this kernel has not loaded: load it "
					 "(modprobe bfq) or remove the weight",
					 i);
		snprintf(value, sizeof(value), "%lld:%lld %u", (long long)w->major,
			 (long long)w->minor, w->weight.val);
		r = limit_put(l, "blockIO.weightDevice", LIMIT_NEEDED, "io.bfq.weight", value);
		if (r < 0)
			return r;
	}
	return 0;
}

static int limit_throttle(struct limit *l, const char *json, const char *key,
			  const struct spec_throttles *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct spec_throttle *t = &list->v[i];
		char value[96];
		int r;

		if (t->rate)
			snprintf(value, sizeof(value), "%lld:%lld %s=%llu", (long long)t->major,
				 (long long)t->minor, key, (unsigned long long)t->rate);
		else
			snprintf(value, sizeof(value), "%lld:%lld %s=max", (long long)t->major,
				 (long long)t->minor, key);
		r = limit_put(l, json, t->rate ? LIMIT_NEEDED : LIMIT_NOTHING, "io.max", value);
		if (r < 0)
			return r;
	}
	return 0;
}

int limit_io(struct limit *l, const struct spec_block_io *io)
{
	bool bfq = (io->weight.val || io->weightDevice.n) && has_bfq(l);
	int r = limit_io_weight(l, io, bfq);

	if (r >= 0)
		r = limit_io_devices(l, io, bfq);
	if (r >= 0)
		r = limit_throttle(l, "blockIO.throttleReadBpsDevice", "rbps",
				   &io->throttleReadBpsDevice);
	if (r >= 0)
		r = limit_throttle(l, "blockIO.throttleWriteBpsDevice", "wbps",
				   &io->throttleWriteBpsDevice);
	if (r >= 0)
		r = limit_throttle(l, "blockIO.throttleReadIOPSDevice", "riops",
				   &io->throttleReadIOPSDevice);
	if (r >= 0)
		r = limit_throttle(l, "blockIO.throttleWriteIOPSDevice", "wiops",
				   &io->throttleWriteIOPSDevice);
	return r;
}
