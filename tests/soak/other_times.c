/* Preloaded, it has a process and its children live AHEAD seconds later (cc -DAHEAD=...): what they are told of the
   wall clock is later, and what they wait for by the wall clock is asked for as much earlier. The monotonic clock stays.

   libfaketime 0.9.10 shifts that one as well, or breaks sleeping; then threads of Python 3.11 that wait with a timeout
   (sem_clockwait) do not wake up. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NEXT(name) static __typeof__(&name) next; if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

/* Less than this is a time since the machine was started. */
#define WALL 1000000000L

static int is_wall(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE; }

static const struct timespec *earlier(const struct timespec *until, struct timespec *into) {
    if (!until || until->tv_sec < WALL) return until;
    *into = *until;
    into->tv_sec -= AHEAD;
    return into;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    NEXT(clock_gettime);
    int failed = next(clock, now);
    if (!failed && is_wall(clock)) now->tv_sec += AHEAD;
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec exact;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *into) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (into) *into = now.tv_sec;
    return now.tv_sec;
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict until) {
    NEXT(sem_timedwait);
    struct timespec real;
    return next(semaphore, earlier(until, &real));
}

int sem_clockwait(sem_t *restrict semaphore, clockid_t clock, const struct timespec *restrict until) {
    NEXT(sem_clockwait);
    struct timespec real;
    return next(semaphore, clock, is_wall(clock) ? earlier(until, &real) : until);
}

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until) {
    /* On x86-64 the oldest version of this symbol is another kind of condition. */
    static int (*next)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    if (!next) next = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
    if (!next) next = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
    struct timespec real;
    return next(condition, mutex, earlier(until, &real));
}

/* gRPC waits by futexes of its own. */
long syscall(long number, ...) {
    static long (*next)(long, ...);
    if (!next) next = dlsym(RTLD_NEXT, "syscall");
    struct timespec real;
    va_list rest;
    va_start(rest, number);
    long a = va_arg(rest, long), b = va_arg(rest, long), c = va_arg(rest, long);
    long d = va_arg(rest, long), e = va_arg(rest, long), f = va_arg(rest, long);
    va_end(rest);
    if (number == SYS_futex && (b & FUTEX_CLOCK_REALTIME)) d = (long)earlier((const struct timespec *)d, &real);
    return next(number, a, b, c, d, e, f);
}
