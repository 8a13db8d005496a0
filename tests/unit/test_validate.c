/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/validate.h"

#include <errno.h>

#include "spec/sysctl.h"
#include "tests/unit/check.h"
#include "tests/unit/data.h"

/* A row gives a part of a configuration; the rest of it is good. */
enum part { TOP, PROCESS, LINUX, RESOURCES, SECCOMP };

#define MNT "'namespaces':[{'type':'mount'}]"
#define NS(...) "'namespaces':[{'type':'mount'}," __VA_ARGS__ "]"
#define NET "{'type':'network'}"
#define USR "{'type':'user'}"
#define MAP "[{'containerID':0,'hostID':1000,'size':10}]"
#define MAPS "'uidMappings':" MAP ",'gidMappings':" MAP
#define RULE(members) "'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{" members "}]"

/* error NULL: it is good. */
struct row {
	enum part part;
	const char *text, *error;
};

static const char *config(struct arena *a, const struct row *row)
{
	static const char head[] = "{'ociVersion':'1.3.0','root':{'path':'rootfs'}";
	static const char process[] = "'process':{'args':['sh'],'cwd':'/'";
	cleanup_str struct str s = { 0 };

	switch (row->part) {
	case TOP:
		str_printf(&s, "%s,%s}}", row->text, "'linux':{" MNT);
		break;
	case PROCESS:
		str_printf(&s, "%s,'process':{%s},'linux':{%s}}", head, row->text, MNT);
		break;
	case LINUX:
		str_printf(&s, "%s,%s},'linux':{%s}}", head, process, row->text);
		break;
	case RESOURCES:
		str_printf(&s, "%s,%s},'linux':{%s,'resources':{%s}}}", head, process, MNT,
			   row->text);
		break;
	case SECCOMP:
		str_printf(&s, "%s,%s},'linux':{%s,'seccomp':{%s}}}", head, process, MNT,
			   row->text);
	}
	return quoted(a, s.text);
}

static void check_row(const struct row *row, int code,
		      int (*rule)(const struct spec *spec, struct error *err))
{
	cleanup_arena struct arena a = { 0 };
	const char *text = config(&a, row);
	struct spec *spec = NULL;
	struct error err = { 0 };

	CHECK(spec_parse(&a, text, strlen(text), &spec, &err) == 0);
	if (!spec) {
		printf("# %s: %s\n", err.text, text);
		return;
	}
	CHECK(rule(spec, &err) == (row->error ? -code : 0));
	CHECK_STR(err.text, row->error ? row->error : "");
}

#define HEAD "{'ociVersion':'1.3.0','root':{'path':'rootfs'},'process':{'args':['sh'],'cwd':'/'}"
#define ARGS "'args':['sh'],'cwd':'/',"

/* clang-format off */
static const struct row valid[] = {
	/* ---- the top ---- */
	{ TOP, HEAD, NULL },
	{ TOP, "{'ociVersion':'1','root':{'path':'r'}", "process: missing, nothing to run" },
	{ TOP, "{'ociVersion':'1','process':{'args':['sh'],'cwd':'/'}", "root: missing" },
	{ TOP, "{'ociVersion':'1','root':{'path':''},'process':{'args':['sh'],'cwd':'/'}",
	  "root.path: must not be empty" },
	{ TOP, HEAD ",'hostname':'h'", "hostname: needs a uts namespace in linux.namespaces" },
	{ TOP, HEAD ",'domainname':'h'", "domainname: needs a uts namespace in linux.namespaces" },
	{ TOP, HEAD ",'hostname':''", NULL },
	{ TOP, HEAD ",'annotations':{'a':'','b':'x'}", NULL },
	{ TOP, HEAD ",'annotations':{'':'x'}", "annotations: a key must not be empty" },
	{ TOP, HEAD ",'mounts':[{'destination':'','type':'tmpfs'}]",
	  "mounts[0].destination: must not be empty" },
	{ TOP, HEAD ",'mounts':[{'destination':'x','type':'tmpfs'}]", NULL },
	{ TOP, HEAD ",'mounts':[{'destination':'/a','type':'tmpfs'},{'destination':'/b'}]",
	  "mounts[1] /b: a type or the option \"bind\" or \"rbind\" is needed" },
	{ TOP, HEAD ",'mounts':[{'destination':'/b','source':'/s','options':['ro','rbind']}]", NULL },
	{ TOP, HEAD ",'mounts':[{'destination':'/b','options':['rbind']}]",
	  "mounts[0] /b: a bind mount needs a source" },
	{ TOP, HEAD ",'mounts':[{'destination':'/b','type':'tmpfs','uidMappings':" MAP "}]",
	  "mounts[0] /b: uidMappings and gidMappings must be given together" },
	{ TOP, HEAD ",'mounts':[{'destination':'/b','source':'/s','options':['bind','idmap']}]",
	  "mounts[0] /b: option idmap needs uidMappings and gidMappings, or a guest with a user namespace" },
	{ TOP, HEAD ",'mounts':[{'destination':'/b','source':'/s','options':['bind','ridmap']," MAPS "}]", NULL },
	{ TOP, HEAD ",'mounts':[{'destination':'/b','type':'tmpfs','uidMappings':" MAP ","
	  "'gidMappings':[{'containerID':0,'hostID':0,'size':0}]}]",
	  "mounts[0].gidMappings[0].size: must not be 0" },
	{ TOP, HEAD ",'mounts':[{'destination':'/b','type':'tmpfs','gidMappings':" MAP ","
	  "'uidMappings':[{'containerID':0,'hostID':0,'size':0}]}]",
	  "mounts[0].uidMappings[0].size: must not be 0" },
	{ TOP, HEAD ",'hooks':{'poststart':[{'path':'/a','timeout':1},{'path':'b'}]}",
	  "hooks.poststart[1].path: must be absolute, got \"b\"" },
	{ TOP, HEAD ",'hooks':{'createContainer':[{'path':'/a','timeout':0}]}",
	  "hooks.createContainer[0].timeout: must be above 0, got 0" },
	{ TOP, HEAD ",'hooks':{'prestart':[{'path':'/a','timeout':-1}]}",
	  "hooks.prestart[0].timeout: must be above 0, got -1" },
	{ TOP, HEAD ",'hooks':{'startContainer':[{'path':'/a','env':['A=','=b']}]}",
	  "hooks.startContainer[0].env[1]: expected NAME=VALUE" },

	/* ---- process ---- */
	{ PROCESS, "'args':[],'cwd':'/'", "process.args: must not be empty" },
	{ PROCESS, "'cwd':'/'", "process.args: must not be empty" },
	{ PROCESS, "'args':['','x'],'cwd':'/'", "process.args[0]: must not be empty" },
	{ PROCESS, "'args':['sh',''],'cwd':'/'", NULL },
	{ PROCESS, "'args':['sh'],'cwd':'tmp'",
	  "process.cwd: Cwd must be an absolute path, got \"tmp\"" },
	{ PROCESS, "'args':['sh'],'cwd':''",
	  "process.cwd: Cwd must be an absolute path, got \"\"" },
	{ PROCESS, ARGS "'env':['A=','B=c=d']", NULL },
	{ PROCESS, ARGS "'env':['A=b','secret']", "process.env[1]: expected NAME=VALUE" },
	{ PROCESS, ARGS "'env':['=b']", "process.env[0]: expected NAME=VALUE" },
	{ PROCESS, ARGS "'user':{'uid':4294967294,'gid':4294967294,'umask':511}", NULL },
	{ PROCESS, ARGS "'user':{'uid':4294967295}", "process.user.uid: 4294967295 is no user" },
	{ PROCESS, ARGS "'user':{'gid':4294967295}", "process.user.gid: 4294967295 is no group" },
	{ PROCESS, ARGS "'user':{'additionalGids':[0,4294967295]}",
	  "process.user.additionalGids[1]: 4294967295 is no group" },
	{ PROCESS, ARGS "'user':{'umask':512}",
	  "process.user.umask: 512 is above 511 (octal 777)" },
	{ PROCESS, ARGS "'consoleSize':{'height':65536,'width':1}",
	  "process.consoleSize: a terminal has at most 65535 lines and columns" },
	{ PROCESS, ARGS "'capabilities':{'bounding':['CAP_KILL','CAP_NEW_ONE2']}", NULL },
	{ PROCESS, ARGS "'capabilities':{'ambient':['CAP_KILL','KILL']}",
	  "process.capabilities.ambient[1]: \"KILL\" is not the name of a capability" },
	{ PROCESS, ARGS "'capabilities':{'permitted':['cap_kill']}",
	  "process.capabilities.permitted[0]: \"cap_kill\" is not the name of a capability" },
	{ PROCESS, ARGS "'capabilities':{'effective':['CAP_']}",
	  "process.capabilities.effective[0]: \"CAP_\" is not the name of a capability" },
	{ PROCESS, ARGS "'rlimits':[{'type':'RLIMIT_AS','soft':18446744073709551615,'hard':18446744073709551615}]", NULL },
	{ PROCESS, ARGS "'rlimits':[{'type':'RLIMIT_BOGUS','soft':1,'hard':1}]",
	  "process.rlimits[0].type: wrong rlimit value: RLIMIT_BOGUS" },
	{ PROCESS, ARGS "'rlimits':[{'type':'RLIMIT_CPU','soft':2,'hard':1}]",
	  "process.rlimits[0].soft: 2 is above the hard limit 1" },
	{ PROCESS, ARGS "'rlimits':[{'type':'RLIMIT_CPU','soft':1,'hard':1},{'type':'RLIMIT_CPU','soft':1,'hard':1}]",
	  "process.rlimits[1].type: \"RLIMIT_CPU\" is listed twice" },
	{ PROCESS, ARGS "'oomScoreAdj':-1000", NULL },
	{ PROCESS, ARGS "'oomScoreAdj':1001", "process.oomScoreAdj: 1001 is not in -1000..1000" },
	{ PROCESS, ARGS "'scheduler':{'policy':'SCHED_BATCH','nice':19}", NULL },
	{ PROCESS, ARGS "'scheduler':{'policy':'SCHED_OTHER','nice':-21}",
	  "process.scheduler.nice: -21 is not in -20..19" },
	{ PROCESS, ARGS "'scheduler':{'policy':'SCHED_IDLE','nice':1}",
	  "process.scheduler.nice: is for SCHED_OTHER and SCHED_BATCH only" },
	{ PROCESS, ARGS "'scheduler':{'policy':'SCHED_OTHER','priority':1}",
	  "process.scheduler.priority: is for SCHED_FIFO and SCHED_RR only" },
	{ PROCESS, ARGS "'scheduler':{'policy':'SCHED_RR','priority':100}",
	  "process.scheduler.priority: 100 is not in 1..99" },
	{ PROCESS, ARGS "'scheduler':{'policy':'SCHED_FIFO'}",
	  "process.scheduler.priority: 0 is not in 1..99" },
	{ PROCESS, ARGS "'scheduler':{'policy':'SCHED_FIFO','priority':1,'period':1}",
	  "process.scheduler: runtime, deadline and period are for SCHED_DEADLINE only" },
	{ PROCESS, ARGS "'ioPriority':{'class':'IOPRIO_CLASS_RT','priority':8}",
	  "process.ioPriority.priority: 8 is not in 0..7" },
	{ PROCESS, ARGS "'execCPUAffinity':{'initial':'','final':' 0-3, 7,,9-12:1/2'}", NULL },
	{ PROCESS, ARGS "'execCPUAffinity':{'initial':'3-1'}",
	  "process.execCPUAffinity.initial: \"3-1\" is not a list of processors" },
	{ PROCESS, ARGS "'execCPUAffinity':{'final':'0-'}",
	  "process.execCPUAffinity.final: \"0-\" is not a list of processors" },
	{ PROCESS, ARGS "'execCPUAffinity':{'final':'8192'}",
	  "process.execCPUAffinity.final: \"8192\" is not a list of processors" },
	{ PROCESS, ARGS "'execCPUAffinity':{'final':'0x1'}",
	  "process.execCPUAffinity.final: \"0x1\" is not a list of processors" },
	{ PROCESS, ARGS "'execCPUAffinity':{'final':'0-9:2'}",
	  "process.execCPUAffinity.final: \"0-9:2\" is not a list of processors" },
	{ PROCESS, ARGS "'execCPUAffinity':{'final':'0-9:3/2'}",
	  "process.execCPUAffinity.final: \"0-9:3/2\" is not a list of processors" },
	{ PROCESS, ARGS "'execCPUAffinity':{'final':'99999999999999999999'}",
	  "process.execCPUAffinity.final: \"99999999999999999999\" is not a list of processors" },

	/* ---- namespaces and ids ---- */
	{ LINUX, "", "linux.namespaces: \"mount\" is missing, a guest needs one of its own or one to join" },
	{ LINUX, NS("{'type':'pid'},{'type':'pid','path':'/p'}"),
	  "linux.namespaces[2].type: \"pid\" is listed twice" },
	{ LINUX, NS("{'type':'pid','path':'proc/1/ns/pid'}"),
	  "linux.namespaces[1].path: must be absolute, got \"proc/1/ns/pid\"" },
	{ LINUX, "'namespaces':[{'type':'mount','path':'/proc/1/ns/mnt'}]", NULL },
	{ LINUX, MNT "," MAPS, "linux.uidMappings: needs a user namespace in linux.namespaces" },
	{ LINUX, NS(USR) "," MAPS, NULL },
	{ LINUX, NS(USR), "linux.uidMappings: missing, a new user namespace needs them" },
	{ LINUX, NS(USR) ",'uidMappings':" MAP,
	  "linux.gidMappings: missing, uids and gids are mapped together" },
	{ LINUX, NS("{'type':'user','path':'/u'}"), NULL },
	{ LINUX, NS("{'type':'user','path':'/u'}") "," MAPS, NULL },
	{ LINUX, NS("{'type':'user','path':'/u'}") ",'gidMappings':" MAP,
	  "linux.uidMappings: missing, uids and gids are mapped together" },
	{ LINUX, NS(USR) ",'gidMappings':" MAP ",'uidMappings':[{'containerID':0,'hostID':0,'size':0}]",
	  "linux.uidMappings[0].size: must not be 0" },
	{ LINUX, NS(USR) ",'gidMappings':" MAP ",'uidMappings':[{'containerID':0,'hostID':0,'size':4294967295}]", NULL },
	{ LINUX, NS(USR) ",'gidMappings':" MAP ",'uidMappings':[{'containerID':0,'hostID':1,'size':4294967295}]",
	  "linux.uidMappings[0]: the highest id is 4294967294" },
	{ LINUX, NS(USR) ",'gidMappings':" MAP ",'uidMappings':[{'containerID':4294967295,'hostID':1,'size':1}]",
	  "linux.uidMappings[0]: the highest id is 4294967294" },
	{ LINUX, NS(USR) ",'uidMappings':" MAP ",'gidMappings':[{'containerID':0,'hostID':10,'size':10},{'containerID':9,'hostID':50,'size':1}]",
	  "linux.gidMappings[1]: overlaps linux.gidMappings[0]" },
	{ LINUX, NS(USR) ",'uidMappings':" MAP ",'gidMappings':[{'containerID':0,'hostID':10,'size':10},{'containerID':10,'hostID':5,'size':6}]",
	  "linux.gidMappings[1]: overlaps linux.gidMappings[0]" },
	{ LINUX, NS(USR) ",'uidMappings':" MAP ",'gidMappings':[{'containerID':5,'hostID':10,'size':10}]",
	  "process.user.gid: 0 is not mapped by linux.gidMappings" },
	{ LINUX, NS(USR) ",'gidMappings':" MAP ",'uidMappings':[{'containerID':5,'hostID':10,'size':10}]",
	  "process.user.uid: 0 is not mapped by linux.uidMappings" },
	{ LINUX, MNT ",'timeOffsets':{'boottime':{'secs':1}}",
	  "linux.timeOffsets: needs a time namespace in linux.namespaces" },
	{ LINUX, NS("{'type':'time','path':'/t'}") ",'timeOffsets':{'boottime':{'secs':1}}",
	  "linux.timeOffsets: the clocks of a joined time namespace are set already" },
	{ LINUX, NS("{'type':'time'}") ",'timeOffsets':{'boottime':{'secs':-1},'monotonic':{'nanosecs':1000000000}}",
	  "linux.timeOffsets.monotonic.nanosecs: 1000000000 is a second or more" },

	/* ---- the root ---- */
	{ LINUX, MNT ",'rootfsPropagation':'rslave'", NULL },
	{ LINUX, MNT ",'rootfsPropagation':''", NULL },
	{ LINUX, MNT ",'rootfsPropagation':'rw'", "linux.rootfsPropagation: unknown value \"rw\"" },
	{ LINUX, MNT ",'maskedPaths':['/proc/kcore','x']",
	  "linux.maskedPaths[1]: must be absolute, got \"x\"" },
	{ LINUX, MNT ",'readonlyPaths':['']", "linux.readonlyPaths[0]: must be absolute, got \"\"" },
	{ LINUX, MNT ",'devices':[{'path':'/p','type':'p'},{'path':'/u','type':'u','major':4095,'minor':1048575}]", NULL },
	{ LINUX, MNT ",'devices':[{'path':'/u','type':'cc','major':0,'minor':1}]",
	  "linux.devices[0].type: expected c, b, u or p, got \"cc\"" },
	{ LINUX, MNT ",'devices':[{'path':'/u','type':'','major':0,'minor':1}]",
	  "linux.devices[0].type: expected c, b, u or p, got \"\"" },
	{ LINUX, MNT ",'devices':[{'path':'u','type':'c','major':0,'minor':1}]",
	  "linux.devices[0].path: must be absolute, got \"u\"" },
	{ LINUX, MNT ",'devices':[{'path':'/u','type':'c','minor':1}]",
	  "linux.devices[0].major: missing" },
	{ LINUX, MNT ",'devices':[{'path':'/u','type':'b','major':1}]",
	  "linux.devices[0].minor: missing" },
	{ LINUX, MNT ",'devices':[{'path':'/u','type':'b','major':4096,'minor':1}]",
	  "linux.devices[0].major: is not in 0..4095" },
	{ LINUX, MNT ",'devices':[{'path':'/u','type':'b','major':1,'minor':-1}]",
	  "linux.devices[0].minor: is not in 0..1048575" },
	{ LINUX, MNT ",'devices':[{'path':'/u','type':'p','uid':4294967295}]",
	  "linux.devices[0].uid: 4294967295 is no user" },
	{ LINUX, MNT ",'devices':[{'path':'/u','type':'p','gid':4294967295}]",
	  "linux.devices[0].gid: 4294967295 is no group" },

	/* ---- sysctl ---- */
	{ LINUX, NS(NET) ",'sysctl':{'net.ipv4.ip_forward':'1','net/ipv4/conf/eth0.1/forwarding':'1'}", NULL },
	{ LINUX, NS("{'type':'ipc'}") ",'sysctl':{'kernel.shm_rmid_forced':'1','fs.mqueue.msg_max':'1'}", NULL },
	{ LINUX, NS(USR) "," MAPS ",'sysctl':{'user.max_user_namespaces':'0'}", NULL },
	{ LINUX, NS("{'type':'uts'}") ",'sysctl':{'kernel.domainname':'d'}", NULL },
	{ LINUX, NS(NET) ",'sysctl':{'kernel.panic':'1'}",
	  "linux.sysctl: sysctl \"kernel.panic\" is not in a separate kernel namespace" },
	{ LINUX, MNT ",'sysctl':{'net.core.somaxconn':'1'}",
	  "linux.sysctl: sysctl \"net.core.somaxconn\" is not in a separate kernel namespace" },
	{ LINUX, NS("{'type':'ipc'}") ",'sysctl':{'kernel.semx':'1'}",
	  "linux.sysctl: sysctl \"kernel.semx\" is not in a separate kernel namespace" },
	{ LINUX, NS("{'type':'ipc'}") ",'sysctl':{'fs.mqueue':'1'}",
	  "linux.sysctl: sysctl \"fs.mqueue\" is not in a separate kernel namespace" },
	{ LINUX, NS(NET) ",'sysctl':{'network':'1'}",
	  "linux.sysctl: sysctl \"network\" is not in a separate kernel namespace" },
	{ LINUX, NS("{'type':'uts'}") ",'sysctl':{'kernel/hostname':'d'}",
	  "linux.sysctl: \"kernel/hostname\" conflicts with hostname, set that" },
	{ LINUX, NS(NET) ",'sysctl':{'net/../kernel/panic':'d'}",
	  "linux.sysctl: \"net/../kernel/panic\" is not the name of a sysctl" },

	/* ---- what else linux has ---- */
	{ LINUX, MNT ",'netDevices':{'eth0':{}}",
	  "linux.netDevices: needs a network namespace in linux.namespaces" },
	{ LINUX, NS(NET) ",'netDevices':{'eth0':{'name':'ct%d'},'eth1':{}}", NULL },
	{ LINUX, NS(NET) ",'netDevices':{'1234567890123456':{}}",
	  "linux.netDevices: \"1234567890123456\" is not the name of an interface" },
	{ LINUX, NS(NET) ",'netDevices':{'':{}}",
	  "linux.netDevices: \"\" is not the name of an interface" },
	{ LINUX, NS(NET) ",'netDevices':{'eth0':{'name':'..'}}",
	  "linux.netDevices.eth0.name: \"..\" is not the name of an interface" },
	{ LINUX, NS(NET) ",'netDevices':{'eth0':{'name':'a b'}}",
	  "linux.netDevices.eth0.name: \"a b\" is not the name of an interface" },
	{ LINUX, NS(NET) ",'netDevices':{'eth0':{'name':'a%s'}}",
	  "linux.netDevices.eth0.name: \"a%s\" is not the name of an interface" },
	{ LINUX, NS(NET) ",'netDevices':{'eth0':{'name':'a%d%d'}}",
	  "linux.netDevices.eth0.name: \"a%d%d\" is not the name of an interface" },
	{ LINUX, MNT ",'intelRdt':{'closID':'/','memBwSchema':'MB:0=20'}", NULL },
	{ LINUX, MNT ",'intelRdt':{'closID':'..'}",
	  "linux.intelRdt.closID: must be one name or \"/\", got \"..\"" },
	{ LINUX, MNT ",'intelRdt':{'closID':'a/b'}",
	  "linux.intelRdt.closID: must be one name or \"/\", got \"a/b\"" },
	{ LINUX, MNT ",'intelRdt':{'memBwSchema':'L3:0=f'}",
	  "linux.intelRdt.memBwSchema: must begin with \"MB:\"" },
	{ LINUX, MNT ",'intelRdt':{'memBwSchema':'MB:0=20\\n'}",
	  "linux.intelRdt.memBwSchema: must be one line" },
	{ LINUX, MNT ",'intelRdt':{'schemata':['MB:0=2','L3:\\n']}",
	  "linux.intelRdt.schemata: must be one line" },
	{ LINUX, MNT ",'memoryPolicy':{'mode':'MPOL_PREFERRED'}", NULL },
	{ LINUX, MNT ",'memoryPolicy':{'mode':'MPOL_BIND'}",
	  "linux.memoryPolicy.nodes: missing, MPOL_BIND needs one" },
	{ LINUX, MNT ",'memoryPolicy':{'mode':'MPOL_LOCAL','nodes':'1'}",
	  "linux.memoryPolicy.nodes: must be empty with MPOL_LOCAL" },
	{ LINUX, MNT ",'memoryPolicy':{'mode':'MPOL_DEFAULT'}", NULL },
	{ LINUX, MNT ",'memoryPolicy':{'mode':'MPOL_BIND','nodes':'1024'}",
	  "linux.memoryPolicy.nodes: \"1024\" is not a list of memory nodes" },
	{ LINUX, MNT ",'memoryPolicy':{'mode':'MPOL_BIND','nodes':'0','flags':['MPOL_F_STATIC_NODES','MPOL_F_RELATIVE_NODES']}",
	  "linux.memoryPolicy.flags: MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other" },
	{ LINUX, MNT ",'memoryPolicy':{'mode':'MPOL_INTERLEAVE','nodes':'0','flags':['MPOL_F_NUMA_BALANCING']}",
	  "linux.memoryPolicy.flags: MPOL_F_NUMA_BALANCING is for MPOL_BIND and MPOL_PREFERRED_MANY only" },
	{ LINUX, MNT ",'personality':{'domain':'LINUX','flags':[]}", NULL },
	{ LINUX, MNT ",'personality':{'domain':'BSD'}",
	  "linux.personality.domain: expected LINUX or LINUX32, got \"BSD\"" },
	{ LINUX, MNT ",'personality':{'domain':'LINUX','flags':['X']}",
	  "linux.personality.flags: unknown flag \"X\"" },

	/* ---- resources ---- */
	{ RESOURCES, "'devices':[{'allow':true,'access':'rwm'},{'allow':false,'type':'c','major':-1,'access':'m'}]", NULL },
	{ RESOURCES, "'devices':[{'allow':true,'type':'x','access':'rwm'}]",
	  "linux.resources.devices[0].type: expected a, b or c, got \"x\"" },
	{ RESOURCES, "'devices':[{'allow':true}]",
	  "linux.resources.devices[0].access: device access cannot be empty" },
	{ RESOURCES, "'devices':[{'allow':true,'access':'rx'}]",
	  "linux.resources.devices[0].access: expected some of rwm, got \"rx\"" },
	{ RESOURCES, "'devices':[{'allow':true,'access':'r','major':4294967296}]",
	  "linux.resources.devices[0].major: is no number of a device" },
	{ RESOURCES, "'devices':[{'allow':true,'access':'r','minor':-2}]",
	  "linux.resources.devices[0].minor: is no number of a device" },
	{ RESOURCES, "'memory':{'limit':100,'swap':100}", NULL },
	{ RESOURCES, "'memory':{'limit':100,'swap':-1}", NULL },
	{ RESOURCES, "'memory':{'swap':0}", NULL },
	{ RESOURCES, "'memory':{'reservation':-2}",
	  "linux.resources.memory.reservation: -2 is below -1 (no limit)" },
	{ RESOURCES, "'memory':{'swap':5}",
	  "linux.resources.memory.swap: needs linux.resources.memory.limit" },
	{ RESOURCES, "'memory':{'swap':5,'limit':-1}",
	  "linux.resources.memory.swap: needs linux.resources.memory.limit" },
	{ RESOURCES, "'memory':{'swap':5,'limit':6}",
	  "linux.resources.memory.swap: 5 is below memory.limit, which it includes" },
	{ RESOURCES, "'memory':{'swappiness':101}",
	  "linux.resources.memory.swappiness: 101 is not in 0..100" },
	{ RESOURCES, "'cpu':{'shares':0,'quota':-1,'period':0,'cpus':'','mems':'0-1'}", NULL },
	{ RESOURCES, "'cpu':{'period':999}", "linux.resources.cpu.period: 999 is not in 1000..1000000" },
	{ RESOURCES, "'cpu':{'quota':999}", "linux.resources.cpu.quota: 999 is below 1000" },
	{ RESOURCES, "'cpu':{'idle':2}", "linux.resources.cpu.idle: 2 is neither 0 nor 1" },
	{ RESOURCES, "'cpu':{'quota':1000,'burst':1001}",
	  "linux.resources.cpu.burst: 1001 is above cpu.quota" },
	{ RESOURCES, "'cpu':{'cpus':'a'}", "linux.resources.cpu.cpus: \"a\" is not a list like 0-3,7" },
	{ RESOURCES, "'cpu':{'mems':'9999'}",
	  "linux.resources.cpu.mems: \"9999\" is not a list like 0-3,7" },
	{ RESOURCES, "'blockIO':{'weight':0}", NULL },
	{ RESOURCES, "'blockIO':{'weight':9}", "linux.resources.blockIO.weight: 9 is not in 10..1000" },
	{ RESOURCES, "'blockIO':{'weightDevice':[{'major':8,'minor':0,'weight':1001}]}",
	  "linux.resources.blockIO.weightDevice: 1001 is not in 10..1000" },
	{ RESOURCES, "'blockIO':{'throttleWriteIOPSDevice':[{'major':8,'minor':-1}]}",
	  "linux.resources.blockIO.throttleWriteIOPSDevice[0]: 8:-1 is no number of a device" },
	{ RESOURCES, "'hugepageLimits':[{'pageSize':'64KB','limit':0},{'pageSize':'1GB','limit':0}]", NULL },
	{ RESOURCES, "'hugepageLimits':[{'pageSize':'2MiB','limit':0}]",
	  "linux.resources.hugepageLimits[0].pageSize: expected a size like \"2MB\", got \"2MiB\"" },
	{ RESOURCES, "'hugepageLimits':[{'pageSize':'02MB','limit':0}]",
	  "linux.resources.hugepageLimits[0].pageSize: expected a size like \"2MB\", got \"02MB\"" },
	{ RESOURCES, "'hugepageLimits':[{'pageSize':'2','limit':0}]",
	  "linux.resources.hugepageLimits[0].pageSize: expected a size like \"2MB\", got \"2\"" },
	{ RESOURCES, "'unified':{'memory.oom.group':'1','cgroup.max.depth':'3'}", NULL },
	{ RESOURCES, "'unified':{'../memory.max':'1'}",
	  "linux.resources.unified: \"../memory.max\" is not a limit of the form controller.parameter" },
	{ RESOURCES, "'unified':{'memory':'1'}",
	  "linux.resources.unified: \"memory\" is not a limit of the form controller.parameter" },
	{ RESOURCES, "'unified':{'..':'1'}",
	  "linux.resources.unified: \"..\" is not a limit of the form controller.parameter" },
	{ RESOURCES, "'unified':{'cgroup.procs':'1'}",
	  "linux.resources.unified: \"cgroup.procs\" is not a limit of the form controller.parameter" },

	/* ---- seccomp ---- */
	{ SECCOMP, RULE("'names':['a'],'action':'SCMP_ACT_ERRNO','errnoRet':4095"), NULL },
	{ SECCOMP, RULE("'names':['a'],'action':'SCMP_ACT_TRACE','errnoRet':65535"), NULL },
	{ SECCOMP, RULE("'names':['a'],'action':'SCMP_ACT_ERRNO','errnoRet':4096"),
	  "linux.seccomp.syscalls[0].errnoRet: 4096 is above 4095" },
	{ SECCOMP, RULE("'names':['a'],'action':'SCMP_ACT_KILL','errnoRet':1"),
	  "linux.seccomp.syscalls[0].errnoRet: is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE only, not for SCMP_ACT_KILL" },
	{ SECCOMP, "'defaultAction':'SCMP_ACT_ALLOW','defaultErrnoRet':1",
	  "linux.seccomp.defaultErrnoRet: is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE only, not for SCMP_ACT_ALLOW" },
	{ SECCOMP, RULE("'names':[],'action':'SCMP_ACT_LOG'"),
	  "linux.seccomp.syscalls[0].names: must not be empty" },
	{ SECCOMP, RULE("'names':['a',''],'action':'SCMP_ACT_LOG'"),
	  "linux.seccomp.syscalls[0].names[1]: must not be empty" },
	{ SECCOMP, RULE("'names':['a'],'action':'SCMP_ACT_LOG','args':[{'index':6,'value':0,'op':'SCMP_CMP_EQ'}]"),
	  "linux.seccomp.syscalls[0].args[0].index: 6 is not in 0..5" },
	{ SECCOMP, "'defaultAction':'SCMP_ACT_ALLOW','architectures':['SCMP_ARCH_X86','X86']",
	  "linux.seccomp.architectures[1]: unknown value \"X86\"" },
	{ SECCOMP, "'defaultAction':'SCMP_ACT_ALLOW','flags':['SECCOMP_FILTER_FLAG_TSYNC','X']",
	  "linux.seccomp.flags[1]: unknown value \"X\"" },
	{ SECCOMP, "'defaultAction':'SCMP_ACT_ALLOW','flags':['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV']",
	  "linux.seccomp.flags[0]: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV is for SCMP_ACT_NOTIFY only" },
	{ SECCOMP, "'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'/s','listenerMetadata':'m'", NULL },
	{ SECCOMP, "'defaultAction':'SCMP_ACT_ALLOW','listenerMetadata':'m'",
	  "linux.seccomp.listenerMetadata: needs linux.seccomp.listenerPath" },
	{ SECCOMP, "'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'s'",
	  "linux.seccomp.listenerPath: must be absolute, got \"s\"" },
	{ SECCOMP, RULE("'names':['a'],'action':'SCMP_ACT_NOTIFY'"),
	  "linux.seccomp.listenerPath: missing, SCMP_ACT_NOTIFY needs it" },
};

static const struct row supported[] = {
	{ TOP, HEAD, NULL },
	{ TOP, HEAD ",'mounts':[{'destination':'/a','type':'tmpfs','options':['ro','rro']}]", NULL },
	{ TOP, HEAD ",'mounts':[{'destination':'/a','type':'tmpfs','options':['idmap=uids=0-1-2']}]",
	  "mounts[0].options[0]: \"idmap=uids=0-1-2\" is not supported: use uidMappings and gidMappings" },
	{ TOP, HEAD ",'mounts':[{'destination':'/a','type':'ext4','options':['ridmap']," MAPS "}]", NULL },
	{ LINUX, MNT ",'netDevices':{}", NULL },
	{ SECCOMP, "'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'/s'", NULL },
	{ RESOURCES, "'memory':{'kernel':-1,'kernelTCP':0,'disableOOMKiller':false,'useHierarchy':true},"
	  "'cpu':{'realtimePeriod':0},'blockIO':{'leafWeight':0},'network':{},'rdma':{}", NULL },
	{ RESOURCES, "'memory':{'kernel':1}",
	  "linux.resources.memory.kernel: cgroup v2 has no such limit" },
	{ RESOURCES, "'memory':{'kernelTCP':1}",
	  "linux.resources.memory.kernelTCP: cgroup v2 has no such limit" },
	{ RESOURCES, "'memory':{'swappiness':0}",
	  "linux.resources.memory.swappiness: cgroup v2 has no such limit" },
	{ RESOURCES, "'memory':{'disableOOMKiller':true}",
	  "linux.resources.memory.disableOOMKiller: cgroup v2 has no such limit" },
	{ RESOURCES, "'cpu':{'realtimeRuntime':1}",
	  "linux.resources.cpu.realtimeRuntime: cgroup v2 has no such limit" },
	{ RESOURCES, "'cpu':{'realtimePeriod':1}",
	  "linux.resources.cpu.realtimePeriod: cgroup v2 has no such limit" },
	{ RESOURCES, "'blockIO':{'weightDevice':[{'major':8,'minor':0,'leafWeight':10}]}",
	  "linux.resources.blockIO.leafWeight: cgroup v2 has no such limit" },
	{ RESOURCES, "'network':{'classID':1}",
	  "linux.resources.network.classID: cgroup v2 has no such limit" },
	{ RESOURCES, "'network':{'priorities':[{'name':'a','priority':0}]}",
	  "linux.resources.network.priorities: cgroup v2 has no such limit" },
};
/* clang-format on */

static void test_samples(void)
{
	static const struct {
		const char *name, *unsupported;
	} samples[] = {
		{ "spec/podman.json", NULL },
		{ "spec/containerd.json", NULL },
		{ "spec/minimal.json", NULL },
		{ "spec/full.json",
		  "linux.resources.memory.swappiness: cgroup v2 has no such limit" },
	};

	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
		cleanup_arena struct arena a = { 0 };
		const char *text = data_file(&a, samples[i].name);
		struct spec *spec = NULL;
		struct error err = { 0 };

		CHECK(spec_parse(&a, text, strlen(text), &spec, &err) == 0);
		CHECK(spec && spec_validate(spec, &err) == 0);
		CHECK_STR(err.text, "");
		CHECK(spec && (spec_supported(spec, &err) < 0) == (samples[i].unsupported != NULL));
		CHECK_STR(err.text, samples[i].unsupported ? samples[i].unsupported : "");
	}
}

/* In a file of its own a property has no prefix, and an update need not be complete. */
static void test_parts(void)
{
	struct spec_process process = { .cwd = "/" };
	struct spec_resources res = { .memory.swap = { true, 5 } };
	struct error err = { 0 };

	CHECK(spec_validate_process(&process, &err) == -EINVAL);
	CHECK_STR(err.text, "args: must not be empty");
	CHECK(spec_validate_resources(&res, &err) == 0);
	res.memory.swap.val = -2;
	CHECK(spec_validate_resources(&res, &err) == -EINVAL);
	CHECK_STR(err.text, "memory.swap: -2 is below -1 (no limit)");
	res.memory.disableOOMKiller = true;
	CHECK(spec_supported_resources(&res, &err) == -ENOTSUP);
	CHECK_STR(err.text, "memory.disableOOMKiller: cgroup v2 has no such limit");
}

static void test_uts_names(void)
{
	struct spec_namespace ns[] = { { SPEC_NS_MOUNT, NULL }, { SPEC_NS_UTS, NULL } };
	struct spec_linux linux = { .namespaces = { 2, ns } };
	const char *args[] = { "sh" };
	struct spec_process process = { .args = { 1, args }, .cwd = "/" };
	char name[66];
	struct spec spec = {
		.root.path = "r",
		.process = &process,
		.linux = &linux,
		.hostname = name,
	};
	struct error err = { 0 };

	memset(name, 'x', sizeof(name));
	name[64] = '\0';
	CHECK(spec_validate(&spec, &err) == 0);
	name[64] = 'x';
	name[65] = '\0';
	CHECK(spec_validate(&spec, &err) == -EINVAL);
	CHECK_STR(err.text, "hostname: longer than 64 bytes");
	spec.hostname = NULL;
	spec.linux = NULL;
	CHECK(spec_validate(&spec, &err) == -EINVAL);
}

static void test_many_mappings(void)
{
	struct spec_id_mapping maps[341];
	struct spec_namespace ns[] = { { SPEC_NS_MOUNT, NULL }, { SPEC_NS_USER, NULL } };
	struct spec_linux linux = { .namespaces = { 2, ns },
				    .uidMappings = { 340, maps },
				    .gidMappings = { 340, maps } };
	const char *args[] = { "sh" };
	struct spec_process process = { .args = { 1, args }, .cwd = "/" };
	const struct spec spec = { .root.path = "r", .process = &process, .linux = &linux };
	struct error err = { 0 };

	for (uint32_t i = 0; i < 341; i++)
		maps[i] = (struct spec_id_mapping){ i, i, 1 };
	CHECK(spec_validate(&spec, &err) == 0);
	linux.gidMappings.n = 341;
	CHECK(spec_validate(&spec, &err) == -EINVAL);
	CHECK_STR(err.text, "linux.gidMappings: the kernel takes no more than 340");
}

/* Every group of the user's must be one of the guest's. */
static void test_groups(void)
{
	struct spec_id_mapping map = { 0, 1000, 10 };
	struct spec_namespace ns[] = { { SPEC_NS_MOUNT, NULL }, { SPEC_NS_USER, NULL } };
	struct spec_linux linux = { .namespaces = { 2, ns },
				    .uidMappings = { 1, &map },
				    .gidMappings = { 1, &map } };
	const char *args[] = { "sh" };
	uint32_t groups[] = { 3, 9 };
	struct spec_process process = { .args = { 1, args },
					.cwd = "/",
					.user.additionalGids = { 2, groups } };
	const struct spec spec = { .root.path = "r", .process = &process, .linux = &linux };
	struct error err = { 0 };

	CHECK(spec_validate(&spec, &err) == 0);
	groups[1] = 10;
	CHECK(spec_validate(&spec, &err) == -EINVAL);
	CHECK_STR(err.text,
		  "process.user.additionalGids[1]: 10 is not mapped by linux.gidMappings");
}

static void test_sysctl_paths(void)
{
	/* clang-format off */
	static const struct {
		const char *key, *path;   /* NULL: refused */
	} rows[] = {
		{ "net.ipv4.ip_forward", "net/ipv4/ip_forward" },
		{ "net/ipv4/ip_forward", "net/ipv4/ip_forward" },
		{ "net.ipv4.conf.eth0/1.forwarding", "net/ipv4/conf/eth0.1/forwarding" },
		{ "net/ipv4/conf/eth0.1/forwarding", "net/ipv4/conf/eth0.1/forwarding" },
		{ "a", "a" },
		{ "a.b/", "a/b." },
		{ "a/...", "a/..." },
		{ "", NULL },
		{ ".", NULL },
		{ "/", NULL },
		{ ".a", NULL },
		{ "a.", NULL },
		{ "a..b", NULL },
		{ "a//b", NULL },
		{ "a/..", NULL },
		{ "a/./b", NULL },
		{ "../a", NULL },
		{ "/a", NULL },
		{ "a.//.b", NULL },
		{ "a./.b", NULL },
	};
	/* clang-format on */
	char buf[64];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int r = spec_sysctl_path(rows[i].key, buf, sizeof(buf));

		CHECK(r == (rows[i].path ? 0 : -EINVAL));
		CHECK_STR(r == 0 ? buf : "", rows[i].path ? rows[i].path : "");
	}
	CHECK(spec_sysctl_path("abc", buf, 3) == -ENAMETOOLONG);
	CHECK(spec_sysctl_path("abc", buf, 4) == 0);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(valid) / sizeof(*valid); i++)
		check_row(&valid[i], EINVAL, spec_validate);
	for (size_t i = 0; i < sizeof(supported) / sizeof(*supported); i++)
		check_row(&supported[i], ENOTSUP, spec_supported);
	test_samples();
	test_parts();
	test_uts_names();
	test_many_mappings();
	test_groups();
	test_sysctl_paths();
	return CHECK_DONE();
}
