/* Copyright: Contributors to the fintech.platform project
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Preloaded into user-mode-linux 6.1, whose buffer for floating-point registers is smaller than those of processors with AMX. Linux takes
 * registers back only as a whole (arch/x86/kernel/fpu/regset.c, xstateregs_set), so what is missing is added from the registers as they are.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

static char whole[65536];

long ptrace(enum __ptrace_request request, ...)
{
	static long (*real)(enum __ptrace_request, pid_t, void *, void *);
	va_list rest;
	pid_t pid;
	void *address;
	struct iovec *part;

	if (!real)
		real = dlsym(RTLD_NEXT, "ptrace");
	va_start(rest, request);
	pid = va_arg(rest, pid_t);
	address = va_arg(rest, void *);
	part = va_arg(rest, struct iovec *);
	va_end(rest);
	if (request == PTRACE_SETREGSET && (unsigned long)address == NT_X86_XSTATE) {
		struct iovec all = {whole, sizeof(whole)};

		if (!real(PTRACE_GETREGSET, pid, address, &all)) {
			memcpy(whole, part->iov_base, part->iov_len < all.iov_len ? part->iov_len : all.iov_len);
			return real(request, pid, address, &all);
		}
	}
	return real(request, pid, address, part);
}
