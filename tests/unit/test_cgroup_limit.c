/* SPDX-License-Identifier: Apache-2.0 */
#include <dlfcn.h>

#include "tests/unit/cgroup_tree.h"
#include "tests/unit/check.h"

static const char *const files[] = {
	"cgroup.events",   "cpu.idle",    "cpu.max",        "cpu.max.burst",
	"cpu.weight",      "cpuset.cpus", "cpuset.mems",    "hugetlb.2MB.max",
	"hugetlb.1GB.max", "io.max",      "io.weight",      "hugetlb.2MB.rsvd.max",
	"memory.high",     "memory.low",  "memory.max",     "memory.swap.max",
	"pids.max",        "rdma.max",    "memory.current",
};

/* clang-format off */
/* Every row: what the guest asks, where that is to be found, and how it reads there. */
static const struct {
	const char *json, *version, *file, *value;
} rows[] = {
	{ "{}", "1.3.0", "memory.max", "" },
	{ "{'pids':{'limit':7}}", "1.2.0", "pids.max", "7" },
	{ "{'pids':{'limit':-1}}", "1.2.0", "pids.max", "max" },
	{ "{'pids':{'limit':-7}}", "1.2.0", "pids.max", "max" },
	{ "{'pids':{'limit':0}}", "1.0.2-dev", "pids.max", "max" },
	{ "{'pids':{'limit':0}}", "1.2.1", "pids.max", "max" },
	{ "{'pids':{'limit':0}}", "1.3.0", "pids.max", "1" },
	{ "{'pids':{'limit':0}}", "1.10.0", "pids.max", "1" },
	{ "{'pids':{'limit':0}}", "2.0.0", "pids.max", "1" },

	{ "{'memory':{'limit':1048576}}", "1.3.0", "memory.max", "1048576" },
	{ "{'memory':{'limit':1048576}}", "1.3.0", "memory.swap.max", "" },
	{ "{'memory':{'limit':0}}", "1.3.0", "memory.max", "" },
	{ "{'memory':{'limit':-1}}", "1.3.0", "memory.max", "max" },
	{ "{'memory':{'limit':-1}}", "1.3.0", "memory.swap.max", "max" },
	{ "{'memory':{'limit':-1,'swap':-1}}", "1.3.0", "memory.swap.max", "max" },
	{ "{'memory':{'limit':100,'swap':-1}}", "1.3.0", "memory.swap.max", "max" },
	{ "{'memory':{'limit':100,'swap':100}}", "1.3.0", "memory.swap.max", "0" },
	{ "{'memory':{'limit':100,'swap':350}}", "1.3.0", "memory.swap.max", "250" },
	{ "{'memory':{'limit':100,'swap':0}}", "1.3.0", "memory.swap.max", "" },
	{ "{'memory':{'limit':9223372036854775807}}", "1.3.0", "memory.max", "9223372036854775807" },
	{ "{'memory':{'reservation':4096}}", "1.3.0", "memory.low", "4096" },
	{ "{'memory':{'reservation':0}}", "1.3.0", "memory.low", "" },
	{ "{'memory':{'reservation':-1}}", "1.3.0", "memory.low", "0" },

	{ "{'cpu':{'shares':0}}", "1.3.0", "cpu.weight", "" },
	{ "{'cpu':{'shares':1}}", "1.3.0", "cpu.weight", "1" },
	{ "{'cpu':{'shares':2}}", "1.3.0", "cpu.weight", "1" },
	{ "{'cpu':{'shares':1024}}", "1.3.0", "cpu.weight", "100" },
	{ "{'cpu':{'shares':262144}}", "1.3.0", "cpu.weight", "10000" },
	{ "{'cpu':{'shares':18446744073709551615}}", "1.3.0", "cpu.weight", "10000" },
	{ "{'cpu':{'shares':512,'idle':1}}", "1.3.0", "cpu.weight", "" },
	{ "{'cpu':{'shares':512,'idle':1}}", "1.3.0", "cpu.idle", "1" },
	{ "{'cpu':{'shares':512,'idle':0}}", "1.3.0", "cpu.weight", "59" },
	{ "{'cpu':{'quota':50000}}", "1.3.0", "cpu.max", "50000" },
	{ "{'cpu':{'quota':50000,'period':20000}}", "1.3.0", "cpu.max", "50000 20000" },
	{ "{'cpu':{'quota':-1}}", "1.3.0", "cpu.max", "max" },
	{ "{'cpu':{'quota':0,'period':20000}}", "1.3.0", "cpu.max", "max 20000" },
	{ "{'cpu':{'period':20000}}", "1.3.0", "cpu.max", "max 20000" },
	{ "{'cpu':{'quota':50000,'period':0}}", "1.3.0", "cpu.max", "50000" },
	{ "{'cpu':{'burst':1000}}", "1.3.0", "cpu.max.burst", "1000" },
	{ "{'cpu':{'burst':0}}", "1.3.0", "cpu.max.burst", "0" },
	{ "{'cpu':{'cpus':'0-1,3','mems':'0'}}", "1.3.0", "cpuset.cpus", "0-1,3" },
	{ "{'cpu':{'cpus':'0-1,3','mems':'0'}}", "1.3.0", "cpuset.mems", "0" },
	{ "{'cpu':{'cpus':''}}", "1.3.0", "cpuset.cpus", "" },

	{ "{'blockIO':{'weight':10}}", "1.3.0", "io.weight", "default 1" },
	{ "{'blockIO':{'weight':500}}", "1.3.0", "io.weight", "default 4950" },
	{ "{'blockIO':{'weight':1000}}", "1.3.0", "io.weight", "default 10000" },
	{ "{'blockIO':{'weight':0}}", "1.3.0", "io.weight", "" },
	{ "{'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':10}]}}", "1.3.0",
	  "io.max", "8:0 rbps=10" },
	{ "{'blockIO':{'throttleWriteBpsDevice':[{'major':8,'minor':1,'rate':18446744073709551615}]}}",
	  "1.3.0", "io.max", "8:1 wbps=18446744073709551615" },
	{ "{'blockIO':{'throttleReadIOPSDevice':[{'major':8,'minor':0,'rate':0}]}}", "1.3.0",
	  "io.max", "8:0 riops=max" },
	{ "{'blockIO':{'throttleWriteIOPSDevice':[{'major':8,'minor':0,'rate':3}]}}", "1.3.0",
	  "io.max", "8:0 wiops=3" },

	{ "{'hugepageLimits':[{'pageSize':'2MB','limit':0}]}", "1.3.0", "hugetlb.2MB.max", "0" },
	{ "{'hugepageLimits':[{'pageSize':'2MB','limit':4194304}]}", "1.3.0",
	  "hugetlb.2MB.rsvd.max", "4194304" },
	{ "{'hugepageLimits':[{'pageSize':'1GB','limit':18446744073709551615}]}", "1.3.0",
	  "hugetlb.1GB.max", "max" },
	{ "{'rdma':{'mlx5_1':{'hcaHandles':3,'hcaObjects':10000}}}", "1.3.0", "rdma.max",
	  "mlx5_1 hca_handle=3 hca_object=10000" },
	{ "{'rdma':{'mlx4_0':{'hcaObjects':1000}}}", "1.3.0", "rdma.max", "mlx4_0 hca_object=1000" },
	{ "{'rdma':{'mlx4_0':{}}}", "1.3.0", "rdma.max", "" },
	{ "{'memory':{'limit':4096},'unified':{'memory.max':'8192'}}", "1.3.0", "memory.max", "8192" },
	{ "{'unified':{'io.max':'8:0 rbps=1\\n\\n8:0 wbps=2\\n'}}", "1.3.0", "io.max", "8:0 wbps=2" },
	{ "{'unified':{'memory.high':''}}", "1.3.0", "memory.high", "" },
};
/* clang-format on */

static int guest_open(struct tree *t, struct cgroup *cg)
{
	struct error err;

	if (tree_open(t) < 0)
		return -1;
	tree_dir(t, "g");
	return cgroup_open(&t->mount, "/g", cg, &err);
}

static void guest_files(struct tree *t)
{
	char path[64];

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "g/%s", files[i]);
		tree_put(t, path, "");
	}
}

static void test_rows(void)
{
	cleanup_cgroup struct cgroup cg = CGROUP_INIT;
	cleanup_arena struct arena arena = { 0 };
	cleanup_tree struct tree t;
	char path[64];

	CHECK(guest_open(&t, &cg) >= 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct error err = { 0 };
		const struct spec_resources *res = resources(&arena, rows[i].json);

		guest_files(&t);
		CHECK(cgroup_check(res, &err) == 0);
		CHECK(cgroup_limit(&cg, res, rows[i].version, &err) == 0);
		CHECK(err.code == 0);
		snprintf(path, sizeof(path), "g/%s", rows[i].file);
		CHECK_STR(tree_get(&t, path), rows[i].value);
	}
}

/* clang-format off */
/* No controller at all: what asks for something is refused by name, what asks for nothing is not. */
static const struct {
	const char *json, *error;
} missing[] = {
	{ "{'memory':{'limit':-1,'reservation':0,'swap':-1},'cpu':{'shares':1024,'quota':-1,'burst':0,"
	  "'idle':0,'period':100000},'pids':{'limit':-1},'blockIO':{'weight':0,"
	  "'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':0}]},"
	  "'hugepageLimits':[{'pageSize':'2MB','limit':18446744073709551615}]}", NULL },
	{ "{'cpu':{'period':20000}}", NULL },
	{ "{'pids':{'limit':0}}", NULL },
	{ "{'memory':{'limit':1}}", "linux.resources.memory.limit: the memory controller is not " },
	{ "{'memory':{'limit':1,'swap':2}}", "linux.resources.memory.swap: the memory controller is not " },
	{ "{'memory':{'limit':1,'swap':1}}", "linux.resources.memory.limit: the memory controller is not " },
	{ "{'memory':{'reservation':1}}", "linux.resources.memory.reservation: the memory controller " },
	{ "{'pids':{'limit':1}}", "linux.resources.pids.limit: the pids controller is not " },
	{ "{'cpu':{'shares':2}}", "linux.resources.cpu.shares: the cpu controller is not " },
	{ "{'cpu':{'idle':1}}", "linux.resources.cpu.idle: the cpu controller is not " },
	{ "{'cpu':{'quota':10000}}", "linux.resources.cpu.quota: the cpu controller is not " },
	{ "{'cpu':{'burst':10000}}", "linux.resources.cpu.burst: the cpu controller is not " },
	{ "{'cpu':{'cpus':'0'}}", "linux.resources.cpu.cpus: the cpuset controller is not " },
	{ "{'cpu':{'mems':'0'}}", "linux.resources.cpu.mems: the cpuset controller is not " },
	{ "{'blockIO':{'weight':10}}", "linux.resources.blockIO.weight: the io controller is not " },
	{ "{'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':1}]}}",
	  "linux.resources.blockIO.throttleReadBpsDevice: the io controller is not " },
	{ "{'blockIO':{'weightDevice':[{'major':8,'minor':0,'weight':10}]}}",
	  "linux.resources.blockIO.weightDevice[0]: needs the bfq scheduler" },
	{ "{'hugepageLimits':[{'pageSize':'2MB','limit':0}]}",
	  "linux.resources.hugepageLimits: the hugetlb controller is not " },
	{ "{'rdma':{'x':{'hcaHandles':3}}}", "linux.resources.rdma: the rdma controller is not " },
	{ "{'unified':{'foo.bar':'1'}}", "linux.resources.unified: unified resource \"foo.bar\" can't "
	  "be set: controller \"foo\" not available in this cgroup: enable it above or remove it" },
	{ "{'unified':{'cgroup.bar':'1'}}", "linux.resources.unified: unified resource \"cgroup.bar\" "
	  "can't be set: this kernel has no such file" },
};
/* clang-format on */

static void test_missing(void)
{
	cleanup_cgroup struct cgroup cg = CGROUP_INIT;
	cleanup_arena struct arena arena = { 0 };
	cleanup_tree struct tree t;

	CHECK(guest_open(&t, &cg) >= 0);
	for (size_t i = 0; i < sizeof(missing) / sizeof(*missing); i++) {
		struct error err = { 0 };
		const struct spec_resources *res = resources(&arena, missing[i].json);
		int r = cgroup_limit(&cg, res, "1.2.0", &err);

		CHECK(r == (missing[i].error ? -ENODEV : 0) && err.code == -r);
		if (missing[i].error)
			CHECK_STR((err.text[strlen(missing[i].error)] = '\0', err.text),
				  missing[i].error);
	}
}

/* The controller is there, the one file is not. */
static void test_no_swap_accounting(void)
{
	cleanup_cgroup struct cgroup cg = CGROUP_INIT;
	cleanup_arena struct arena arena = { 0 };
	cleanup_tree struct tree t;
	struct error err = { 0 };

	CHECK(guest_open(&t, &cg) >= 0);
	tree_put(&t, "g/cgroup.controllers", "memory pids\n");
	tree_put(&t, "g/memory.max", "");
	CHECK(cgroup_limit(&cg, resources(&arena, "{'memory':{'limit':8,'swap':8}}"), "1.2.0",
			   &err) == 0);
	CHECK_STR(tree_get(&t, "g/memory.max"), "8");
	CHECK(cgroup_limit(&cg, resources(&arena, "{'memory':{'limit':8,'swap':9}}"), "1.2.0",
			   &err) == -ENODEV);
	CHECK_STR(err.text,
		  "linux.resources.memory.swap: this kernel has no memory.swap.max: remove "
		  "the limit or boot with swapaccount=1");
}

static void test_state(void)
{
	cleanup_cgroup struct cgroup cg = CGROUP_INIT;
	cleanup_arena struct arena arena = { 0 };
	cleanup_tree struct tree t;
	struct error err = { 0 };

	CHECK(guest_open(&t, &cg) >= 0);
	guest_files(&t);

	/* A period alone keeps the quota. */
	tree_put(&t, "g/cpu.max", "50000 100000");
	CHECK(cgroup_limit(&cg, resources(&arena, "{'cpu':{'period':200000}}"), "1.2.0", &err) ==
	      0);
	CHECK_STR(tree_get(&t, "g/cpu.max"), "50000 200000");

	/* The weight goes to bfq where bfq is. */
	tree_put(&t, "g/io.bfq.weight", "");
	CHECK(cgroup_limit(&cg, resources(&arena, "{'blockIO':{'weight':500}}"), "1.2.0", &err) ==
	      0);
	CHECK_STR(tree_get(&t, "g/io.bfq.weight"), "500");
	CHECK_STR(tree_get(&t, "g/io.weight"), "");
	CHECK(cgroup_limit(&cg,
			   resources(&arena, "{'blockIO':{'weightDevice':[{'major':8,'minor':16,"
					     "'weight':100}]}}"),
			   "1.2.0", &err) == 0);
	CHECK_STR(tree_get(&t, "g/io.bfq.weight"), "8:16 100");

	tree_put(&t, "g/memory.current", "4096\n");
	CHECK(cgroup_limit(&cg,
			   resources(&arena, "{'memory':{'limit':4096,'checkBeforeUpdate':true}}"),
			   "1.2.0", &err) == -EBUSY);
	CHECK_STR(err.text,
		  "linux.resources.memory.limit: rejecting memory limit 4096 <= usage 4096");
	CHECK_STR(tree_get(&t, "g/memory.max"), "");
	CHECK(cgroup_limit(&cg,
			   resources(&arena, "{'memory':{'limit':4097,'checkBeforeUpdate':true}}"),
			   "1.2.0", &err) == 0);
	CHECK_STR(tree_get(&t, "g/memory.max"), "4097");
}

/* What is collected for enabling and what is written must agree. */
static void test_collect(void)
{
	cleanup_arena struct arena arena = { 0 };
	struct limit_wants w;

	for (size_t i = 0; i < sizeof(missing) / sizeof(*missing); i++) {
		const struct spec_resources *res = resources(&arena, missing[i].json);

		limit_collect(res, &w);
		CHECK(!w.needed == (!missing[i].error || res->unified.n > 0));
	}
	limit_collect(resources(&arena, "{'pids':{'limit':0},'unified':{'memory.high':'1'}}"), &w);
	CHECK(w.needed == 0 && w.welcome == limit_controllers_in("cpu io memory pids"));
	limit_collect(resources(&arena, "{'cpu':{'cpus':'1'},'unified':{'misc.max':'1'}}"), &w);
	CHECK(w.needed == limit_controllers_in("cpuset") &&
	      w.welcome == limit_controllers_in("cpu io memory pids misc"));
	CHECK(limit_controllers_in("cpusets memoryx\n") == 0);
	CHECK(limit_controllers_in("") == 0);
}

/* Against the formula as it is written, with the mathematics of the C library. */
static void test_weight(void)
{
	void *lib = dlopen("libm.so.6", RTLD_NOW);
	double (*log2_)(double) = NULL, (*pow_)(double, double) = NULL, (*ceil_)(double) = NULL;
	unsigned wrong = 0, last = 0, falls = 0;

	if (lib) {
		*(void **)&log2_ = dlsym(lib, "log2");
		*(void **)&pow_ = dlsym(lib, "pow");
		*(void **)&ceil_ = dlsym(lib, "ceil");
	}
	for (unsigned shares = 1; shares <= 262200; shares++) {
		unsigned weight = limit_cpu_weight(shares);
		double l;

		falls += weight < last;
		last = weight;
		if (!log2_ || !pow_ || !ceil_ || shares < 2 || shares > 262144)
			continue;
		l = log2_(shares);
		/* The subtrahend that makes the three fixed points exact is for rounding alone. */
		wrong += weight !=
			 (unsigned)ceil_(pow_(10, (l * l + 125 * l) / 612 - 7.0 / 34) - 1e-9);
	}
	CHECK(falls == 0);
	if (lib)
		CHECK(wrong == 0);
	else
		printf("# the comparison with the formula needs libm.so.6\n");
	CHECK(limit_cpu_weight(2) == 1);
	CHECK(limit_cpu_weight(3) == 2);
	CHECK(limit_cpu_weight(1023) == 100);
	CHECK(limit_cpu_weight(1024) == 100);
	CHECK(limit_cpu_weight(1025) == 101);
	CHECK(limit_cpu_weight(262143) == 10000);
	if (lib)
		dlclose(lib);
}

/* clang-format off */
static const struct {
	const char *json, *error;
} bad[] = {
	{ "{'memory':{'limit':-2}}",
	  "linux.resources.memory.limit: -2 is out of range: -1 (unlimited) or more" },
	{ "{'memory':{'reservation':-5}}",
	  "linux.resources.memory.reservation: -5 is out of range: -1 (unlimited) or more" },
	{ "{'memory':{'swap':100}}",
	  "linux.resources.memory.swap: unable to set swap limit without memory limit: set "
	  "linux.resources.memory.limit as well" },
	{ "{'memory':{'swap':100,'limit':-1}}",
	  "linux.resources.memory.swap: unable to set swap limit without memory limit: set "
	  "linux.resources.memory.limit as well" },
	{ "{'memory':{'swap':99,'limit':100}}",
	  "linux.resources.memory.swap: memory+swap limit should be >= memory limit: 99 < 100" },
	{ "{'memory':{'kernel':99}}",
	  "linux.resources.memory.kernel: cgroup v2 has no such setting: remove it" },
	{ "{'memory':{'kernelTCP':99}}",
	  "linux.resources.memory.kernelTCP: cgroup v2 has no such setting: remove it" },
	{ "{'memory':{'swappiness':0}}",
	  "linux.resources.memory.swappiness: cgroup v2 has no such setting: remove it" },
	{ "{'memory':{'disableOOMKiller':true}}",
	  "linux.resources.memory.disableOOMKiller: cgroup v2 has no such setting: remove it" },
	{ "{'cpu':{'realtimeRuntime':1}}",
	  "linux.resources.cpu.realtimeRuntime: cgroup v2 has no real-time limits: remove it" },
	{ "{'cpu':{'realtimePeriod':1}}",
	  "linux.resources.cpu.realtimePeriod: cgroup v2 has no real-time limits: remove it" },
	{ "{'cpu':{'period':999}}",
	  "linux.resources.cpu.period: 999 is out of range: 1000 to 1000000 microseconds" },
	{ "{'cpu':{'period':1000001}}",
	  "linux.resources.cpu.period: 1000001 is out of range: 1000 to 1000000 microseconds" },
	{ "{'cpu':{'quota':999}}",
	  "linux.resources.cpu.quota: 999 is out of range: at least 1000 microseconds, or -1 for none" },
	{ "{'cpu':{'quota':1000,'burst':1001}}",
	  "linux.resources.cpu.burst: 1001 is greater than the quota" },
	{ "{'cpu':{'idle':2}}", "linux.resources.cpu.idle: 2 is neither 0 nor 1" },
	{ "{'cpu':{'cpus':'0;1'}}", "linux.resources.cpu.cpus: \"0;1\" is not a list like 0-3,8" },
	{ "{'cpu':{'mems':'x'}}", "linux.resources.cpu.mems: \"x\" is not a list like 0-3,8" },
	{ "{'blockIO':{'weight':9}}", "linux.resources.blockIO.weight: 9 is out of range: 10 to 1000" },
	{ "{'blockIO':{'weight':1001}}",
	  "linux.resources.blockIO.weight: 1001 is out of range: 10 to 1000" },
	{ "{'blockIO':{'leafWeight':10}}",
	  "linux.resources.blockIO.leafWeight: cgroup v2 has no such setting: remove it" },
	{ "{'blockIO':{'weightDevice':[{'major':8,'minor':0},{'major':8,'minor':0,'weight':9}]}}",
	  "linux.resources.blockIO.weightDevice[1].weight: 9 is out of range: 10 to 1000" },
	{ "{'blockIO':{'weightDevice':[{'major':-1,'minor':0,'weight':10}]}}",
	  "linux.resources.blockIO.weightDevice[0]: -1:0 is not a device number" },
	{ "{'blockIO':{'throttleWriteIOPSDevice':[{'major':8,'minor':-1,'rate':1}]}}",
	  "linux.resources.blockIO.throttleWriteIOPSDevice[0]: 8:-1 is not a device number" },
	{ "{'hugepageLimits':[{'pageSize':'2MB','limit':0},{'pageSize':'2mB','limit':0}]}",
	  "linux.resources.hugepageLimits[1].pageSize: \"2mB\" is not a size like 64KB, 2MB or 1GB" },
	{ "{'hugepageLimits':[{'pageSize':'02MB','limit':0}]}",
	  "linux.resources.hugepageLimits[0].pageSize: \"02MB\" is not a size like 64KB, 2MB or 1GB" },
	{ "{'hugepageLimits':[{'pageSize':'2MB/../x','limit':0}]}",
	  "linux.resources.hugepageLimits[0].pageSize: \"2MB/../x\" is not a size like 64KB, 2MB or 1GB" },
	{ "{'hugepageLimits':[{'pageSize':'','limit':0}]}",
	  "linux.resources.hugepageLimits[0].pageSize: \"\" is not a size like 64KB, 2MB or 1GB" },
	{ "{'unified':{'../memory.max':'1'}}",
	  "linux.resources.unified: \"../memory.max\" must be a file name (no slashes)" },
	{ "{'unified':{'memory':'1'}}",
	  "linux.resources.unified: \"memory\" must be in the form CONTROLLER.PARAMETER" },
	{ "{'unified':{'.max':'1'}}",
	  "linux.resources.unified: \".max\" must be in the form CONTROLLER.PARAMETER" },
	{ "{'unified':{'cgroup.procs':'0'}}",
	  "linux.resources.unified: \"cgroup.procs\" is not a limit, it belongs to the runtime: remove it" },
	{ "{'rdma':{'a b':{'hcaHandles':1}}}",
	  "linux.resources.rdma: \"a b\" is not the name of a device" },
	{ "{'devices':[{'allow':false,'access':'rwm'},{'allow':true}]}",
	  "linux.resources.devices[1].access: device access at 1 field cannot be empty" },
	{ "{'devices':[{'allow':true,'access':''}]}",
	  "linux.resources.devices[0].access: device access at 0 field cannot be empty" },
	{ "{'devices':[{'allow':true,'access':'rx'}]}",
	  "linux.resources.devices[0].access: \"rx\": only r, w and m are known" },
	{ "{'devices':[{'allow':true,'access':'r','type':'u'}]}",
	  "linux.resources.devices[0].type: \"u\" is none of a, b and c" },
	{ "{'devices':[{'allow':true,'access':'r','type':'cc'}]}",
	  "linux.resources.devices[0].type: \"cc\" is none of a, b and c" },
	{ "{'devices':[{'allow':true,'access':'r','major':4096}]}",
	  "linux.resources.devices[0].major: 4096 is out of range: -1 (all) to 4095" },
	{ "{'devices':[{'allow':true,'access':'r','minor':-2}]}",
	  "linux.resources.devices[0].minor: -2 is out of range: -1 (all) to 1048575" },
};

static const char *const good[] = {
	"{'memory':{'limit':-1,'swap':-1,'kernel':-1,'kernelTCP':0,'disableOOMKiller':false}}",
	"{'memory':{'swappiness':18446744073709551615,'useHierarchy':true}}",
	"{'memory':{'limit':100,'swap':100}}",
	"{'cpu':{'quota':-1,'period':0,'burst':0,'realtimeRuntime':0,'realtimePeriod':0,'cpus':''}}",
	"{'cpu':{'quota':1000,'burst':1000,'cpus':'0-3,8','mems':'0'}}",
	"{'blockIO':{'weight':0,'leafWeight':0}}",
	"{'hugepageLimits':[{'pageSize':'64KB','limit':0},{'pageSize':'2MB','limit':1}]}",
	"{'unified':{'memory.oom.group':'1','cgroup.max.depth':'3'}}",
	"{'devices':[{'allow':true,'type':'','access':'mrw','major':-1,'minor':1048575}]}",
};
/* clang-format on */

static void test_check(void)
{
	cleanup_arena struct arena arena = { 0 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct error err = { 0 };

		CHECK(cgroup_check(resources(&arena, bad[i].json), &err) < 0);
		CHECK_STR(err.text, bad[i].error);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct error err = { 0 };

		CHECK(cgroup_check(resources(&arena, good[i]), &err) == 0);
		CHECK_STR(err.text, "");
	}
}

int main(void)
{
	test_rows();
	test_missing();
	test_no_swap_accounting();
	test_state();
	test_collect();
	test_weight();
	test_check();
	return CHECK_DONE();
}
