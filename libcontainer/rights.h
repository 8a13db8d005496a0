/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What this process may do to the host, found out by asking the kernel and not by its uid alone. */
enum rights {
	RIGHTS_HOST,   /* root of the host */
	RIGHTS_NESTED, /* root of a user namespace, with mounts of its own; no device nodes */
	RIGHTS_USER,   /* an ordinary user: only inside the guest's user namespace is there more */
};

enum rights rights_own(void);
