/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "libcontainer/warren.h"

#define FIRST_RT 34 /* as callers count: the C library keeps 32 and 33 for itself */
#define LAST_RT 64

/* clang-format off */
static const struct { const char *name; int number; } signals[] = {
	{ "HUP", SIGHUP }, { "INT", SIGINT }, { "QUIT", SIGQUIT }, { "ILL", SIGILL },
	{ "TRAP", SIGTRAP }, { "ABRT", SIGABRT }, { "IOT", SIGABRT }, { "BUS", SIGBUS },
	{ "FPE", SIGFPE }, { "KILL", SIGKILL }, { "USR1", SIGUSR1 }, { "SEGV", SIGSEGV },
	{ "USR2", SIGUSR2 }, { "PIPE", SIGPIPE }, { "ALRM", SIGALRM }, { "TERM", SIGTERM },
	{ "STKFLT", SIGSTKFLT }, { "CHLD", SIGCHLD }, { "CLD", SIGCHLD }, { "CONT", SIGCONT },
	{ "STOP", SIGSTOP }, { "TSTP", SIGTSTP }, { "TTIN", SIGTTIN }, { "TTOU", SIGTTOU },
	{ "URG", SIGURG }, { "XCPU", SIGXCPU }, { "XFSZ", SIGXFSZ }, { "VTALRM", SIGVTALRM },
	{ "PROF", SIGPROF }, { "WINCH", SIGWINCH }, { "IO", SIGIO }, { "POLL", SIGIO },
	{ "PWR", SIGPWR }, { "SYS", SIGSYS },
};
/* clang-format on */

static int real_time(const char *name)
{
	unsigned long long n = 0;

	if (strncasecmp(name, "RTMIN", 5) == 0) {
		if (name[5] && (name[5] != '+' || str_to_u64(name + 6, LAST_RT - FIRST_RT, &n) < 0))
			return -EINVAL;
		return FIRST_RT + (int)n;
	}
	if (strncasecmp(name, "RTMAX", 5) == 0) {
		if (name[5] && (name[5] != '-' || str_to_u64(name + 6, LAST_RT - FIRST_RT, &n) < 0))
			return -EINVAL;
		return LAST_RT - (int)n;
	}
	return -EINVAL;
}

int warren_signal(const char *text)
{
	unsigned long long number;

	if (str_to_u64(text, LAST_RT, &number) >= 0)
		return number == 32 || number == 33 ? -EINVAL : (int)number;
	if (strncasecmp(text, "SIG", 3) == 0)
		text += 3;
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (strcasecmp(signals[i].name, text) == 0)
			return signals[i].number;
	return real_time(text);
}
